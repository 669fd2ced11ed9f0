"""Fixtures of the functional tests. Every test talks to a real daemon, a process of its own worker."""

import itertools

import pytest
from concurrency import GATE, LOOPS, kernel_of
from daemon import Daemon
from pairs import two_kernels
from reactive_notebook import notebook_of

TEST_SECONDS = 60


def pytest_collection_modifyitems(items):
    for item in items:
        if "functional" in item.path.parts and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the log of every daemon that the test used."""
    report = yield
    if report.failed:
        item.failed = True  # fixtures then do not bury the first error under a second one
        for daemon in getattr(item, "daemons", []):
            report.sections.append(("daemon's log", daemon.log()))
    return report


@pytest.fixture(scope="session")
def shared_daemons(tmp_path_factory):
    """The one daemon of a worker, in a list; replaced where a test has killed it."""
    directory, number = tmp_path_factory.mktemp("daemon"), itertools.count()
    daemons = []

    def current():
        if not daemons or not daemons[-1].alive():
            daemons.append(Daemon(directory / f"shared-{next(number)}.log", env={"KG_MAX_KERNELS": "0"}))
        return daemons[-1]

    yield current
    if daemons and daemons[-1].alive():
        daemons[-1].stop()


@pytest.fixture
def daemon(shared_daemons, request):
    """A daemon with the default configuration, shared by the tests of a worker; it must survive each of them."""
    daemon = shared_daemons()
    request.node.daemons = [*getattr(request.node, "daemons", []), daemon]
    yield daemon
    assert daemon.alive(), f"the daemon died with {daemon.process.returncode}"


@pytest.fixture
def fresh_daemon(tmp_path, request):
    """Makes daemons of one test's own: fresh_daemon(*flags, env={...}, config="yaml")."""
    number, daemons = itertools.count(), []
    request.node.daemons = getattr(request.node, "daemons", [])

    def make(*flags, env=None, config=None):
        daemon = Daemon(tmp_path / f"daemon-{next(number)}.log", flags, env, config)
        daemons.append(daemon)
        request.node.daemons.append(daemon)
        return daemon

    yield make
    try:
        for daemon in daemons:
            if daemon.alive():
                daemon.stop()
    finally:
        for daemon in daemons:
            daemon.kill()


@pytest.fixture
def kernel_id(daemon):
    """A kernel that has run nothing yet, deleted afterwards."""
    kernel_id = daemon.start_kernel()
    yield kernel_id
    daemon.delete(f"/api/kernels/{kernel_id}")


@pytest.fixture(params=["v1", "legacy"])
def form(request):
    """Both forms of the WebSocket protocol."""
    return request.param


@pytest.fixture
def client(daemon, kernel_id, request):
    """A client of one kernel; its whole conversation is held to the invariants, if the test itself passes."""
    form = request.getfixturevalue("form") if "form" in request.fixturenames else "v1"
    client = daemon.client(kernel_id, form=form)
    yield client
    failed = getattr(request.node, "failed", False)
    client.close(check=not failed and client.socket.connected)


@pytest.fixture
def pair(daemon):
    """Clients of two kernels, which live at the same time."""
    yield from two_kernels(daemon)


@pytest.fixture
def doomed_pair(fresh_daemon):
    """The same in a daemon of the test's own, for cells that could spoil it for every later test."""
    yield from two_kernels(fresh_daemon())


@pytest.fixture
def housed_pair(daemon, tmp_path):
    """Two kernels, each with a directory of its own: `tmp_path / "one"` and `tmp_path / "two"`."""
    houses = [tmp_path / name for name in ("one", "two")]
    for house in houses:
        house.mkdir()
    yield from two_kernels(daemon, *({"env": {"KERNEL_WORKING_DIR": str(house)}} for house in houses))


@pytest.fixture
def concurrent(daemon):
    """A client of a kernel whose cells run side by side."""
    with kernel_of(daemon, name="python3-concurrent") as client:
        client.run("import asyncio")
        yield client


@pytest.fixture(params=LOOPS)
def on_either_loop(request, daemon):
    """A client of a kernel that awaits on asyncio, or on Trio; `gate` and `go` are for cells to wait at."""
    with kernel_of(daemon, name=LOOPS[request.param]) as client:
        client.run(GATE.format(loop=request.param))
        client.loop = request.param
        yield client


@pytest.fixture
def gates(concurrent):
    """The same, with gates that cells wait at and other cells open."""
    concurrent.run("gates = {name: asyncio.Event() for name in 'abcd'}")
    return concurrent


@pytest.fixture
def notebook(daemon):
    """A notebook of a reactive kernel."""
    with notebook_of(daemon) as notebook:
        yield notebook


@pytest.fixture(params=["chained", "concurrent"])
def either(request, notebook):
    """The same, with its cells in turn and side by side."""
    if request.param == "concurrent":
        notebook.client.run("%mode concurrent-react")
    return notebook
