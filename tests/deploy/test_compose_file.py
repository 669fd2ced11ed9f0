"""compose.yaml as it is shipped, its secrets, and the examples of the pages beside it; without a Docker daemon."""

import ast
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from composition import COMPOSE, DEPLOY
from engine import ROOT
from jupyterhub.app import JupyterHub
from traitlets.config import Config

OFFICIAL = {
    "corncob": r"corncob:\d+\.\d+\.\d+",
    "jupyterhub": r"corncob-jupyterhub:\d+\.\d+",
    "prometheus": r"prom/prometheus:v\d+\.\d+\.\d+",
    "grafana": r"grafana/grafana:\d+\.\d+\.\d+",
}
PAGES = sorted(path for path in (ROOT / "deploy").rglob("*.md"))


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(DEPLOY, tmp_path / "deploy" / "docker", ignore=shutil.ignore_patterns("secrets"))


def configuration(folder, *variables):
    """What Compose makes of the file; it refuses what its schema does not know."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, **dict(each.split("=", 1) for each in variables)}
    done = subprocess.run(
        [COMPOSE, "config", "--format", "json"], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


def make_secrets(folder, *users, expected=0):
    done = subprocess.run([folder / "make-secrets", *users], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == expected, done.stderr
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def test_names_are_the_official_ones_and_can_be_others(folder):
    services = configuration(folder)["services"]
    assert services.keys() == OFFICIAL.keys()
    for name, image in OFFICIAL.items():
        assert re.fullmatch(image, services[name]["image"]), services[name]["image"]
        other = configuration(folder, f"{name.upper()}_IMAGE=mine:1")["services"][name]["image"]
        assert other == "mine:1"


def test_every_variable_is_told_of():
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (DEPLOY / "composition.md").read_text(), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == used


def test_every_service_is_closed(folder):
    for name, service in configuration(folder)["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert int(service["mem_limit"]) > 0 and service["restart"] == "unless-stopped", name
        assert not service.get("privileged") and "pid" not in service and "network_mode" not in service, name
        assert {port["host_ip"] for port in service.get("ports", [])} <= {"127.0.0.1"}, name
        for volume in service.get("volumes", []):
            assert "docker.sock" not in volume["source"], name
            assert volume["type"] == "volume" or volume["read_only"], f"{name} could write {volume['source']}"


def lint(folder):
    """{rule: services} of what compose-lint finds."""
    command = [sys.executable, "-m", "compose_lint", "check", "--format", "json", "compose.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    found = {}
    for each in json.loads(done.stdout)["findings"]:
        found.setdefault(each["rule_id"], set()).add(each["service"])
    return found


def test_compose_lint_finds_nothing_that_is_not_meant_so(folder):
    assert lint(folder) == {
        "CL-0026": set(OFFICIAL),  # no limit of CPU: it would only slow cells, and a small machine has no such number
        "CL-0019": set(OFFICIAL),  # a tag and no digest: which one is for the operator's registry to say
    }
    text = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(text.replace("  cap_drop: [ALL]", "  privileged: true"))
    assert len(lint(folder)) > 2, "compose-lint would say nothing to anything"


def test_no_secret_is_in_the_file(folder):
    text = (folder / "compose.yaml").read_text() + (folder / "jupyterhub" / "jupyterhub_config.py").read_text()
    for name, service in configuration(folder)["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"TOKEN|PASSWORD|SECRET|KEY", variable) or value.startswith("/run/secrets/"), name
    assert not re.search(r"(?i)password\s*[:=]\s*[\"']\w", text)


def test_they_start_in_the_order_of_their_health(folder):
    services = configuration(folder)["services"]
    waits = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    assert waits == {
        "corncob": set(), "jupyterhub": {"corncob"}, "prometheus": {"corncob"}, "grafana": {"prometheus"},
    }  # fmt: skip
    for service in services.values():
        assert all(each["condition"] == "service_healthy" for each in service.get("depends_on", {}).values())
    for name in ("corncob", "jupyterhub"):
        build = services[name]["build"]
        assert "\nHEALTHCHECK " in (Path(build["context"]) / build["dockerfile"]).read_text()
    assert services["prometheus"]["healthcheck"] and services["grafana"]["healthcheck"]


def test_secrets_are_made_once_and_never_the_same(folder, tmp_path):
    first = make_secrets(folder, "ada", "bob")
    assert re.fullmatch(r"ada [0-9a-f]{24}\nbob [0-9a-f]{24}\n", first["users"])
    assert all(re.fullmatch(r"[0-9a-f]{48}", first[name]) for name in first.keys() - {"users", "metrics_token_sha256"})
    assert len(set(first.values())) == len(first)
    again = make_secrets(folder, "bob", "carol")
    assert again["users"].startswith(first["users"]) and again["users"].count("\n") == 3
    assert {**again, "users": ""} == {**first, "users": ""}
    another = make_secrets(shutil.copytree(DEPLOY, tmp_path / "other", ignore=shutil.ignore_patterns("secrets")))
    assert re.fullmatch(r"admin [0-9a-f]{24}\n", another["users"])
    assert not {text for text in another.values()} & set(first.values())
    make_secrets(folder, "../../etc", expected=2)


def test_secrets_are_everything_that_is_asked_for_and_closed_to_others(folder):
    made = make_secrets(folder)
    config = configuration(folder)
    assert {each["file"].rpartition("/")[2] for each in config["secrets"].values()} == made.keys()
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "secrets").iterdir()} == {0o444}
    assert "/deploy/docker/secrets/" in (ROOT / ".gitignore").read_text()


def test_corncob_knows_the_digest_of_prometheus_token_and_not_the_token(folder):
    made = make_secrets(folder)
    digest = hashlib.sha256(made["metrics_token"].encode()).hexdigest()
    assert made["metrics_token_sha256"].strip() == digest
    services = configuration(folder)["services"]
    given = {name: {each["source"] for each in service.get("secrets", [])} for name, service in services.items()}
    assert [name for name, secrets in given.items() if "metrics_token" in secrets] == ["prometheus"]
    (name,) = (name for name in services["corncob"]["environment"] if "METRICS" in name)
    assert services["corncob"]["environment"][name] == "/run/secrets/metrics_token_sha256"
    assert "metrics_token_sha256" in given["corncob"]
    (settings,) = services["corncob"]["configs"]
    assert settings["target"] == "/etc/corncob/corncob.yaml"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_can_be_read(page):
    text = page.read_text()
    for language, example in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "python":
            ast.parse(example)
        elif language == "yaml":
            assert list(yaml.safe_load_all(example))
        elif language == "sh":
            subprocess.run(["bash", "-n"], input=example, text=True, check=True, timeout=10)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / target).exists(), target


def test_a_daemon_for_each_group_as_the_guide_says():
    (example,) = re.findall(
        r"^```python\n(daemons = .*?)^```$", (ROOT / "deploy" / "README.md").read_text(), re.M | re.S
    )
    c = Config()
    exec(compile(example, "deploy/README.md", "exec"), {"c": c, "secret": lambda name: f"the {name}"})
    assert [service["api_token"] for service in c.JupyterHub.services] == [
        "the corncob_physics_api_token", "the corncob_staff_api_token",
    ]  # fmt: skip
    groups = [SimpleNamespace(name="chess"), SimpleNamespace(name="staff")]
    spawner = SimpleNamespace(user=SimpleNamespace(groups=groups), api_token="hers")
    assert c.Spawner.server_token_scopes(spawner)[-1] == "access:services!service=corncob-staff"
    given = {name: value(spawner) for name, value in c.Spawner.environment.items()}
    assert given == {
        "JUPYTER_GATEWAY_URL": "http://corncob-staff:8888/services/corncob-staff",
        "JUPYTER_GATEWAY_AUTH_TOKEN": "hers",
    }
    hub = JupyterHub(config=c)  # which refuses what its traits do not take
    assert set(hub.load_groups) == {"physics", "staff"} and len(hub.load_roles) == 2
