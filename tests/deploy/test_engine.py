"""What the deployment tests stand on: a daemon, a base image, containers; and words where there is none."""

import engine as engines
import pytest
from containers import Container


def test_the_base_image_is_debian_12_and_slim(engine, base_image):
    command = ["run", "--rm", "--network", "none", base_image, "cat", "/etc/os-release"]
    assert "VERSION_CODENAME=bookworm" in engine.out(*command)
    assert int(engine.out("image", "inspect", "--format", "{{.Size}}", base_image)) < 150_000_000


def test_a_container_is_removed(engine, base_image):
    with Container(engine, base_image, "sleep", "1000", flags=["--network", "none"]) as container:
        assert container.exec("id", "-u").stdout == "0\n"
    assert engine.run("inspect", container.name, check=False).returncode != 0


def test_no_docker_is_said_in_words_and_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(engines.NoDocker, match="no Docker daemon answers at DOCKER_HOST"):
        engines.Engine()
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(engines.NoDocker, match="no docker command here"):
        engines.Engine()


def test_a_daemon_that_cannot_start_is_said_in_words(monkeypatch, tmp_path):
    broken = tmp_path / "dockerd"
    broken.write_text("#!/bin/sh\necho no overlayfs >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(engines.Engine, "_answers", lambda self: False)
    monkeypatch.setattr(engines, "STATE", tmp_path)
    monkeypatch.setattr(engines.shutil, "which", lambda *arguments, **options: str(broken))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    with pytest.raises(engines.NoDocker, match="cannot run here(.|\n)*no overlayfs"):
        engines.Engine()
