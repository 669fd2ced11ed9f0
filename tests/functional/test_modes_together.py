"""All modes at once: a reactive, concurrent kernel with a cache for every session, over WebSocket and ZMQ."""

import re

import pytest
from concurrency import kernel_of
from doors import DOORS
from reactive_notebook import Notebook

ALL = "cache-concurrent-multi-react"


@pytest.fixture(scope="module", params=DOORS)
def door(request, tmp_path_factory):
    door = DOORS[request.param](tmp_path_factory.mktemp("door"))
    yield door
    door.close()


@pytest.fixture
def connect(door):
    """Connects to one kernel of all modes; each time as a session of its own, unless one is given."""
    with door.kernel(ALL) as connect:
        yield connect


@pytest.fixture
def sessions(connect):
    with connect() as one, connect() as two:
        yield Notebook(one), Notebook(two)


def replayed(notebook):
    """How many cells have been, since its kernel's begin."""
    said = notebook.client.run("%cache info").text()
    return int(re.search(r"(\d+) replayed", said).group(1))


def value(notebook, expression):
    """Asked in a way that leaves no cell behind."""
    told = notebook.client.execute("", silent=True, user_expressions={"value": expression}).reply["user_expressions"]
    return told["value"]["data"]["text/plain"]


CELLS = {
    "area": "print('computes')\narea = width * height\narea",
    "doubled": "doubled = 2 * area\ndisplay(doubled)\nf'{doubled} in all'",
    "height": "height = 3",
}


def shown_for(area):
    return {
        "area": [("stdout", "computes\n"), ("result", str(area))],
        "doubled": [("display", str(2 * area)), ("result", repr(f"{2 * area} in all"))],
        "height": [],
    }


def shown(notebook):
    return {cell: notebook.shown(cell) for cell in CELLS}


def test_waves_are_replayed(sessions):
    one, two = sessions
    waits = [one.run(cell, code) for cell, code in CELLS.items()]
    assert waits == [{"waits_for": ["height", "width"]}, {"waits_for": ["area"]}, {}]
    for width in (1, 2):
        assert one.run("width", f"width = {width}") == {"ran": ["area", "doubled"]}
        assert shown(one) == shown_for(3 * width)
    before = replayed(one)
    for width in (1, 2, 1):
        assert one.run("width", f"width = {width}") == {"ran": ["area", "doubled"]}, "nobody sees a difference"
        assert shown(one) == shown_for(3 * width)
        assert value(one, "width, area, doubled") == str((width, 3 * width, 6 * width))
    assert replayed(one) == before + 3 * 3, "`width`, `area`, `doubled`"
    # The other session knows nothing of these cells and names; its cells of the same code and inputs are in the cache.
    assert two.run("show", "width") == {"waits_for": ["width"]}
    assert two.client.run("%reactive").only("display_data")["data"]["text/plain"].count("width") == 2
    before = replayed(two)
    for cell, code in CELLS.items():
        two.run(cell, code)
    two.run("width", "width = 2")
    assert shown(two) == shown_for(6) and shown(one) == shown_for(3)
    assert replayed(two) == before + 4


def test_a_cell_that_has_changed_takes_part(sessions):
    one, _ = sessions
    for cell, code in CELLS.items():
        one.run(cell, code)
    one.run("width", "width = 1")
    one.run("area", "area = width + height")
    assert one.shown("doubled") == shown_for(4)["doubled"]
    one.run("area", CELLS["area"])
    assert shown(one) == shown_for(3)
    one.run("area", "1")
    assert one.shown("doubled") == [] and value(one, "'area' in globals()") == "False"
    one.run("area", CELLS["area"])
    assert shown(one) == shown_for(3)


def test_cells_beside_each_other(sessions):
    """One that awaits holds up no wave, and is part of one when its gate opens; the other session has its own."""
    one, two = sessions
    for notebook in sessions:
        notebook.client.run("# nocache\nimport asyncio\ngate = asyncio.Event()")
    waits = one.send("late", "print('waits', flush=True)\nawait gate.wait()\nlate = 10")
    one.client.wait_for_output("waits", parent=waits)
    one.run("sum", "late + n")
    one.run("n", "n = 1")
    assert one.shown("sum") == []
    two.run("sum", "late + n")
    two.run("n", "n = 1")
    two.run("late", "late = 20")
    assert two.result("sum") == "21"
    one.client.run("gate.set()")
    one.client.collect(waits)
    assert one.result("sum") == "11"


def test_a_failure_and_an_interrupt_stay_in_their_session(sessions):
    one, two = sessions
    for notebook in sessions:
        notebook.run("inverse", "1 / n")
        notebook.run("n", "n = 1")
    assert one.run("n", "n = 0")["failed"] == ["inverse"]
    assert (one.shown("inverse")[0][1], two.result("inverse")) == ("ZeroDivisionError", "1.0")
    for notebook in sessions:
        notebook.run("slow", "import time\nprint('slow', m, flush=True)\nif m: time.sleep(600)")
        notebook.run("m", "m = 0")
    cell = one.send("m", "m = 1")
    one.client.wait_for_output("slow 1")
    assert two.run("n", "n = 2") == {"ran": ["inverse"]} and two.result("inverse") == "0.5"
    one.client.request("interrupt_request", channel="control")
    assert one.client.collect(cell).reply["ename"] == "KeyboardInterrupt"
    assert one.run("n", "n = 1") == {"ran": ["inverse"]} and one.result("inverse") == "1.0"


def test_a_session_comes_back(connect):
    with connect() as client:
        notebook = Notebook(client)
        notebook.run("y", "y = x + 1\ny")
        notebook.run("x", "x = 1")
    again = Notebook(connect(session=client.session))
    assert again.run("x", "x = 5") == {"ran": ["y"]} and value(again, "y") == "6"
    again.client.close(check=False)  # what runs again has a request of the old page as its parent


def test_by_magic(daemon):
    """The same modes in a kernel that has begun with none, and none of them afterwards."""
    with kernel_of(daemon) as client:
        notebook = Notebook(client)
        client.run("%mode cache-concurrent-react")
        assert client.run("%mode").text() == "cache-concurrent-react\n"
        client.run("%cache clear")
        for cell, code in CELLS.items():
            notebook.run(cell, code)
        for width in (1, 2, 1):
            notebook.run("width", f"width = {width}")
            assert shown(notebook) == shown_for(3 * width)
        assert replayed(notebook) == 3
        client.run("%mode chained")
        assert notebook.run("width", "width = 7") == {} and value(notebook, "area") == "3"
        client.run("%mode cache-react")
        assert notebook.run("height", "height = 4") == {}, "the graph begins anew with the cells that are run"


@pytest.mark.parametrize("modes", ["concurrent-multi", "multi-react", "cache-multi"])
def test_sessions_are_apart_in_each_mode(door, modes):
    with door.kernel(modes) as connect, connect() as one, connect() as two:
        for client in (one, two):
            client.late_output = "react" in modes
            assert client.run("%mode").text() == modes.replace("multi", "").strip("-") + "\n"
        one.run("x = 'one'")
        shown = two.execute("x")
        assert shown.outputs == [] if "react" in modes else shown.reply["ename"] == "NameError"
        two.run("x = 'two'")
        assert (one.run("x").result, two.run("x").result) == ("'one'", "'two'")
        one.run("%mode chained")
        assert two.run("%mode").text() != "chained\n"
