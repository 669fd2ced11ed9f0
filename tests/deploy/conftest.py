"""Fixtures of the deployment tests: one Docker daemon a run, one image of the sources, containers that are removed."""

import os
import sys
import time
import uuid
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "functional"))  # clients of the daemon

from base_image import base_image as made_base_image  # noqa: E402
from containers import Container  # noqa: E402
from engine import STATE, Engine  # noqa: E402
from gateway import HARDENED, Gateway  # noqa: E402
from image import CORNCOB_IMAGE, corncob_image  # noqa: E402

TEST_SECONDS = 180
BUILD_SECONDS = 1800  # on a machine that has nothing yet


def pytest_collection_modifyitems(items):
    for item in items:
        if "deploy" in item.path.parts and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TEST_SECONDS, func_only=True))


@pytest.fixture(scope="session")
def engine():
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def base_image(engine):
    return made_base_image(engine)


@pytest.fixture(scope="session")
def corncob(engine):
    """The name of the image, built from the sources as they are; or of one that is there, $CORNCOB_TEST_IMAGE."""
    if there := os.environ.get("CORNCOB_TEST_IMAGE"):
        return there
    started = time.monotonic()
    said = corncob_image(engine)
    (STATE / "build.log").write_text(f"{said}\n{time.monotonic() - started:.0f} s\n")
    return CORNCOB_IMAGE


@pytest.fixture(scope="session")
def network(engine):
    """A network of the run's own; on it containers find each other by name."""
    name = f"corncob-test-{uuid.uuid4().hex[:8]}"
    engine.run("network", "create", name)
    yield name
    engine.run("network", "rm", name, check=False)


@pytest.fixture
def run(engine, network):
    """run(IMAGE, ARGUMENT..., flags=[...], publish=PORT): containers of one test's own."""
    containers = []

    def start(image, *arguments, **options):
        container = Container(engine, image, *arguments, **{"network": network, **options})
        containers.append(container)
        return container

    yield start
    for container in containers:
        container.remove()


@pytest.fixture
def serve(engine, network, corncob):
    """serve(ARGUMENT..., flags=[...], settings={...}): hardened daemons of one test's own."""
    gateways = []

    def start(*arguments, flags=(), **options):
        gateway = Gateway(engine, corncob, *arguments, network=network, flags=[*HARDENED, *flags], **options)
        gateways.append(gateway)
        return gateway

    yield start
    for gateway in gateways:
        gateway.remove()


@pytest.fixture(scope="module")
def daemon(engine, network, corncob):
    """One for all tests of a file, with limits as in the README."""
    flags = [*HARDENED, "--memory", "1g", "--pids-limit", "4096"]
    with Gateway(engine, corncob, network=network, flags=flags, settings={"KG_MAX_KERNELS": "0"}) as gateway:
        yield gateway
