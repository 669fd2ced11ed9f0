"""A Docker daemon for the tests: the one that answers, or one of their own that ends with them."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".dev" / "docker"  # images and layers stay here between runs
START_SECONDS = 60
STOP_SECONDS = 60
COMMAND_SECONDS = 1800  # an image built from nothing, with nothing cached
POLL_SECONDS = 0.1

# What must not lead the tests' commands elsewhere.
FOREIGN = ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG")


class NoDocker(AssertionError):
    """There is no Docker here, and it cannot be started: a failure, in words."""


def as_root():
    kept = "PATH,DOCKER_HOST,DOCKER_BUILDKIT,BUILDKIT_PROGRESS"
    return [] if os.geteuid() == 0 else ["sudo", "-n", f"--preserve-env={kept}"]


def building_client():
    """The docker command: the first that can build with BuildKit, which newer ones can with their buildx alone."""
    tried = []
    for directory in os.get_exec_path():
        client = Path(directory) / "docker"
        if not os.access(client, os.X_OK) or client in tried:
            continue
        tried.append(client)
        version = subprocess.run([client, "--version"], capture_output=True, text=True, check=False).stdout
        buildx = subprocess.run([client, "buildx", "version"], capture_output=True, check=False)
        if buildx.returncode == 0 or "version 20." in version:
            return str(client)
    raise NoDocker(f"no docker command here can build with BuildKit (Debian's docker.io can). Tried: {tried or 'none'}")


class Engine:
    """Runs the docker command. Who makes one closes it: then a daemon that was started for it is ended."""

    def __init__(self):
        self.client = building_client()
        self._daemon = None
        self._place = None
        self.host = os.environ.get("DOCKER_HOST", "")
        if not self._answers():
            if self.host:
                raise NoDocker(f"no Docker daemon answers at DOCKER_HOST={self.host}")
            self._start()

    @property
    def own(self):
        """It was started for this, and ends with it."""
        return self._daemon is not None

    # --- commands

    def run(self, *arguments, check=True, timeout=COMMAND_SECONDS, **options):
        """`docker ARGUMENT...`, finished, with its output as text."""
        process = subprocess.run(
            self.command(*arguments), env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, check=False, **options,
        )  # fmt: skip
        if check and process.returncode != 0:
            said = (process.stdout + process.stderr)[-8000:]
            raise AssertionError(f"docker {' '.join(map(str, arguments))}: {process.returncode}\n{said}")
        return process

    def out(self, *arguments, **options):
        return self.run(*arguments, **options).stdout.strip()

    def command(self, *arguments):
        host = ["--host", self.host] if self.host else []
        return [*as_root(), self.client, *host, *map(str, arguments)]

    def environment(self):
        """For whatever talks to this daemon, Compose too."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        host = {"DOCKER_HOST": self.host} if self.host else {}
        return {**kept, **host, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}

    def has_image(self, name):
        return self.run("image", "inspect", name, check=False).returncode == 0

    # --- the daemon

    def _answers(self):
        try:
            return self.run("version", check=False, timeout=20).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def _start(self):
        daemon = shutil.which("dockerd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not daemon:
            raise NoDocker("no Docker daemon answers, and there is no dockerd to start (Debian: docker.io)")
        STATE.mkdir(parents=True, exist_ok=True)
        # The path of a socket is short, so it is not below the sources.
        self._place = Path(tempfile.mkdtemp(prefix="corncob-docker-"))
        self.host = f"unix://{self._place}/docker.sock"
        log = STATE / "dockerd.log"
        with log.open("wb") as output:
            self._daemon = subprocess.Popen(
                # No bridge of its own: docker0 may be another daemon's. Each test makes its network.
                [*as_root(), daemon, "--host", self.host, "--data-root", STATE / "data", "--exec-root",
                 self._place / "exec", "--pidfile", self._place / "pid", "--bridge", "none"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                self.close()
                said = log.read_text(errors="replace")[-3000:]
                raise NoDocker(f"dockerd cannot run here, so nothing of deploy/docker can be tested:\n{said}")
            time.sleep(POLL_SECONDS)

    def close(self):
        if self._daemon is None:
            return
        if self._daemon.poll() is None:
            pid = self._place / "pid"
            target = pid.read_text().strip() if pid.is_file() else str(self._daemon.pid)
            subprocess.run([*as_root(), "kill", "-TERM", target], check=False)
            try:
                self._daemon.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                subprocess.run([*as_root(), "kill", "-KILL", target], check=False)
                self._daemon.wait(STOP_SECONDS)
        self._daemon = None
        subprocess.run([*as_root(), "rm", "-rf", self._place], check=False)
