"""The composition of deploy/docker, up in a folder of its own, with images made here of other projects' packages."""

import json
import re
import resource
import shlex
import shutil
import subprocess
import uuid
from pathlib import Path

import compose  # the package that brings Compose; its own entry point loses the exit status
import requests
from engine import ROOT, as_root
from image import build_image
from programs import free_port
from prometheus import Queries

DEPLOY = ROOT / "deploy" / "docker"
IMAGES = Path(__file__).with_name("images")
COMPOSE = Path(compose.__file__).with_name("docker-compose")
SERVICES = ("corncob", "jupyterhub", "prometheus")  # no registry that is reached here has Grafana
SECONDS = 150


def pinned(name):
    """The version that the tests' own environments have."""
    if found := re.search(rf"^{name}==(\S+)$", (ROOT / "tests" / "requirements.txt").read_text(), re.MULTILINE):
        return found[1]
    return json.loads((ROOT / "tests" / "functional" / "package.json").read_text())["dependencies"][name]


def build_images(engine):
    """{variable of compose.yaml: image}, Corncob's not included."""
    names = {name: f"corncob-test/{name}" for name in ("jupyterhub-base", "jupyterhub", "prometheus")}
    versions = {"JUPYTERHUB": pinned("jupyterhub"), "PROXY": pinned("configurable-http-proxy")}
    build_image(engine, names["jupyterhub-base"], IMAGES / "jupyterhub", args=versions)
    build_image(engine, names["prometheus"], IMAGES / "prometheus")
    base = {"JUPYTERHUB_BASE": names["jupyterhub-base"], "JUPYTERLAB": pinned("jupyterlab")}
    build_image(engine, names["jupyterhub"], DEPLOY / "jupyterhub", args=base)
    return {"JUPYTERHUB_IMAGE": names["jupyterhub"], "PROMETHEUS_IMAGE": names["prometheus"]}


class Composition:
    """`directory` is empty, `images` are variables of compose.yaml. Who makes one ends it by `down`."""

    def __init__(self, engine, directory, images):
        self.engine, self.folder = engine, directory / "docker"
        self.project = f"corncob-test-{uuid.uuid4().hex[:8]}"
        hub, prometheus = free_port(), free_port()
        self.url, self.prometheus = f"http://127.0.0.1:{hub}", Queries(prometheus)
        self.gateway = f"{self.url}/services/corncob"
        addresses = {"JUPYTERHUB_ADDRESS": f"127.0.0.1:{hub}", "PROMETHEUS_ADDRESS": f"127.0.0.1:{prometheus}"}
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # more is not to be had where the machine is a container
        self.variables = {**images, **addresses, "CORNCOB_MEMORY": "1g", "CORNCOB_FILES": min(files, 65536)}
        shutil.copytree(DEPLOY, self.folder, ignore=shutil.ignore_patterns("secrets"))
        scrapes = self.folder / "prometheus" / "prometheus.yml"
        scrapes.write_text(scrapes.read_text().replace("15s", "1s"))
        self.make_secrets("ada", "bob")

    def make_secrets(self, *users):
        subprocess.run([self.folder / "make-secrets", *users], check=True, capture_output=True)
        lines = (self.folder / "secrets" / "users").read_text().splitlines()
        self.passwords = dict(line.split() for line in lines)

    def command(self, *arguments):
        variables = [f"{name}={value}" for name, value in {**self.engine.environment(), **self.variables}.items()]
        return [*as_root(), "env", *variables, COMPOSE, "--project-name", self.project, *arguments]

    def shell(self, text, directory):
        """Runs an example of the pages, `docker compose` in it being this one, in `directory`."""
        here = shlex.join(map(str, self.command("--file", self.folder / "compose.yaml")))
        text = text.replace("docker compose ", here + " ")
        done = subprocess.run(["bash", "-euc", text], capture_output=True, text=True, timeout=SECONDS, check=False,
                              cwd=directory)  # fmt: skip
        assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{self.logs()}"

    def compose(self, *arguments, check=True):
        """`docker compose ARGUMENT...`, finished, with its output as text."""
        command = self.command(*arguments)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=self.folder,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}\n{self.logs()}"
        return done.stdout

    def up(self, *more):
        self.compose("up", "--detach", "--wait", "--no-build", "--pull", "never", *more, *SERVICES)

    def down(self):
        self.compose("down", "--volumes", "--timeout", "30", check=False)

    def logs(self, *services):
        return self.compose("logs", "--no-color", "--tail", "100", *services, check=False)

    def containers(self):
        """{service: what `docker inspect` says}."""
        names = [each["Name"] for each in map(json.loads, self.compose("ps", "--all", "--format", "json").splitlines())]
        found = json.loads(self.engine.out("inspect", *names))
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def health(self, service):
        return self.containers()[service]["State"].get("Health", {}).get("Status")

    def kernels(self, token):
        """Of a token's tenant, asked through the Hub's proxy."""
        return self.ask("GET", "/api/kernels", token).json()

    def ask(self, method, path, token=None, **arguments):
        headers = {"Authorization": f"token {token}"} if token else {}
        return requests.request(method, self.gateway + path, headers=headers, timeout=30, **arguments)
