"""What is in the image, what is not, and how it is told to run."""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from base_image import BASE_IMAGE
from engine import ROOT, STATE
from image import CORNCOB_IMAGE, build_image, corncob_image, image_config, site_secrets
from shared_ccache import SOURCES

SIZE_MAX = 210_000_000  # bytes, unpacked; deploy/docker/README.md states it
OTHER_LINES_MAX = 200  # bytes of the daemon, twenty of them its build id
TOOLS = "gcc g++ cc c++ cpp clang ld as make ninja cmake ccache git curl wget"


def inside(engine, image, *command, flags=()):
    program, *arguments = command
    return engine.out("run", "--rm", "--network", "none", *flags, "--entrypoint", program, image, *arguments)


def test_it_is_small(engine, corncob):
    size = image_config(engine, corncob)["Size"]
    assert size < SIZE_MAX, f"{size / 1e6:.0f} MB"
    stated = re.search(r"about (\d+) MB", (ROOT / "deploy/docker/README.md").read_text())
    assert abs(int(stated.group(1)) - size / 1e6) < 10, f"the README says {stated.group()}, it is {size / 1e6:.0f} MB"


def test_how_it_runs(engine, corncob):
    config = image_config(engine, corncob)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["tini", "--", "corncob"]
    assert config["Cmd"] == ["serve"]
    assert config["Healthcheck"]["Test"] == ["CMD", "corncob", "healthcheck"]
    assert config["StopSignal"] == "SIGTERM"
    assert set(config["Volumes"]) == {"/srv/corncob", "/var/lib/corncob"}
    assert set(config["ExposedPorts"]) == {"8888/tcp"}
    labels = config["Labels"]
    version = re.search(r"corncob VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    assert labels["org.opencontainers.image.title"] == "Corncob"
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.revision"], "unknown, unless whoever builds it says"
    assert labels["org.opencontainers.image.base.name"] == "debian:bookworm-slim"
    assert inside(engine, corncob, "corncob", "--version") == f"corncob {version}"


def test_there_is_no_compiler(engine, corncob):
    found = inside(engine, corncob, "sh", "-c", f"for tool in {TOOLS}; do command -v $tool || true; done")
    assert found == ""
    headers = "find /usr/include /usr/lib/gcc -type f -name '*.h' 2>/dev/null || true"
    assert inside(engine, corncob, "sh", "-c", headers) == ""


def test_it_is_nobodys_root_and_nothing_of_it_can_be_changed(engine, corncob):
    assert inside(engine, corncob, "id").startswith("uid=10001(corncob) gid=10001(corncob)")
    writable = "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null | sort"
    places = set(inside(engine, corncob, "sh", "-c", writable).split())
    assert places <= {"/srv/corncob", "/var/lib/corncob", "/tmp", "/var/tmp", "/run/lock", "/var/lock"}, places
    suid = "find / -xdev -perm /6000 -type f 2>/dev/null | wc -l"
    assert inside(engine, corncob, "sh", "-c", suid, flags=["--user", "0"]) == "0", "nobody becomes anybody else"


@pytest.fixture(scope="module")
def program(engine, corncob, tmp_path_factory):
    """The binaries, taken out."""
    place = tmp_path_factory.mktemp("program")
    name = f"{place.name}-copy"
    engine.run("create", "--name", name, corncob)
    try:
        engine.run("cp", f"{name}:/opt/corncob/.", place)
    finally:
        engine.run("rm", "--force", "--volumes", name)
    return place


@pytest.mark.parametrize("name", ["corncob", "corncob-attach"])
def test_the_binaries_are_stripped_and_name_no_machine(program, name):
    sections = subprocess.run(["readelf", "-SW", program / name], capture_output=True, text=True, check=True).stdout
    assert ".text" in sections
    assert ".symtab" not in sections and ".debug" not in sections
    assert str(ROOT).encode() not in (program / name).read_bytes(), "no path of the machine that built it"


def version_of(package, *inside_of):
    query = ["dpkg-query", "-W", "-f", "${Version}", package]
    return inside(*inside_of, *query) if inside_of else subprocess.run(query, capture_output=True, text=True).stdout


def headers_are_alike(engine, image):
    return all(version_of(name) == version_of(name, engine, image) for name in ("libssl3", "libpython3.11"))


@pytest.mark.parametrize("name", ["corncob", "corncob-attach"])
def test_built_in_another_place_it_has_the_same_bytes(engine, corncob, program, tmp_path, name):
    """Where this machine's headers are not the image's, the daemon has other numbers of the lines that they assert in,
    and so another build id."""
    here = tmp_path / name
    subprocess.run(["strip", "-o", here, ROOT / "build-image" / name], check=True)
    ours, theirs = here.read_bytes(), (program / name).read_bytes()
    assert len(ours) == len(theirs)
    differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
    exact = name == "corncob-attach" or headers_are_alike(engine, corncob)
    assert differing <= (0 if exact else OTHER_LINES_MAX), f"{differing} bytes differ"


def test_the_compilers_work_was_not_done_twice(engine, corncob):
    """Where headers are the same: the image has Debian's newest, this machine may have older ones."""
    alike = headers_are_alike(engine, corncob)
    log = (STATE / "build.log").read_text()
    if "Cacheable calls" not in log:
        assert "CACHED" in log, log[-3000:]  # the whole layer was there
        return
    hits, calls = map(int, re.search(r"Hits: +(\d+) / +(\d+)", log).groups())
    assert calls > 100 and (hits > calls * 0.9 or not alike), log[-3000:]


def test_what_the_machine_knows_of_registries_is_not_in_it(engine, corncob):
    history = engine.out("history", "--no-trunc", "--format", "{{.CreatedBy}}", corncob)
    for name, text in site_secrets().items():
        for line in text.splitlines():
            assert len(line) < 20 or line not in history, name
    places = ["/run/secrets", "/var/lib/apt/lists", "/var/cache/apt", "/pip-cache", "/ccache"]
    kept = f"find {' '.join(places)} -type f -size +0 2>/dev/null || true"
    assert inside(engine, corncob, "sh", "-c", kept, flags=["--user", "0"]) == ""


@pytest.fixture
def context():
    """The sources as a build sees them, to put files beside the Dockerfile."""
    with tempfile.TemporaryDirectory(prefix="corncob-context-") as place:
        names = [*SOURCES, "deploy/docker"]
        archive = subprocess.run(["tar", "-cf", "-", *names], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-xf", "-"], cwd=place, input=archive, check=True)
        yield Path(place)


def test_more_packages_by_a_file(engine, corncob, context):
    (context / "deploy/docker/requirements.txt").write_text("tabulate==0.9.0\n")
    tag = f"{CORNCOB_IMAGE}-more"
    corncob_image(engine, tag, context, {"REQUIREMENTS": "deploy/docker/requirements.txt"})
    assert inside(engine, tag, "/opt/corncob/.venv/bin/python", "-c", "import tabulate, IPython") == ""


def test_more_packages_on_top_of_the_image(engine, corncob, tmp_path):
    """The Dockerfile of the README."""
    readme = (ROOT / "deploy/docker/README.md").read_text()
    text = re.search(r"```dockerfile\n(.*?)```", readme, re.DOTALL).group(1)
    assert "FROM corncob\n" in text and "pandas" in text
    ca = " PIP_CERT=/run/secrets/ca" if "ca" in site_secrets() else ""
    mounts = "RUN --mount=type=secret,id=pip_conf --mount=type=secret,id=ca"
    text = text.replace("FROM corncob\n", f"FROM {corncob}\n").replace("pandas", "tabulate==0.9.0")
    text = text.replace("RUN ", f"{mounts} PIP_CONFIG_FILE=/run/secrets/pip_conf{ca} ")
    (tmp_path / "Dockerfile").write_text(text)
    tag = f"{CORNCOB_IMAGE}-on-top"
    build_image(engine, tag, tmp_path)
    assert inside(engine, tag, "/opt/corncob/.venv/bin/python", "-c", "import tabulate") == ""
    assert inside(engine, tag, "id", "-u") == "10001"


def test_the_base_is_ours_to_choose(engine, corncob):
    assert (
        image_config(engine, corncob)["RootFS"]["Layers"][0] == image_config(engine, BASE_IMAGE)["RootFS"]["Layers"][0]
    )
