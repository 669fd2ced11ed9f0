"""akernel's README and examples, and what it gets wrong, through WebSocket and through ZMQ."""

import contextlib
import itertools

import pytest
from akernel import EMPTY, FAILING, FAULTS
from cached_cells import is_replayed, shown
from doors import CHAINED, DOORS
from kernelspecs import installed_text
from reactive_notebook import Notebook

MODES = (CHAINED, "concurrent", "react", "cache", "multi", "cache-concurrent-multi-react")


@pytest.fixture(scope="module", params=DOORS)
def door(request, tmp_path_factory):
    door = DOORS[request.param](tmp_path_factory.mktemp("door"))
    yield door
    door.close()


@pytest.fixture(scope="module", params=MODES)
def kernel(request, door):
    """A kernel of each mode, which many cells are tried in."""
    with door.kernel(request.param) as connect, connect() as client:
        client.late_output = True  # reactive cells
        client.modes = request.param
        client.run("import asyncio, time")
        yield client


@contextlib.contextmanager
def client_of(door, modes, setup="import asyncio"):
    with door.kernel(modes) as connect, connect() as client:
        client.run(setup)
        yield client


# --- the README


@pytest.mark.parametrize("modes", [CHAINED, "concurrent", "react", "cache", "multi", "cache-multi-react-concurrent"])
def test_install(tmp_path, modes):
    text = installed_text(tmp_path, modes, "corncob" if modes == CHAINED else f"corncob-{modes}")
    said = f'"--mode",\n    "{"-".join(sorted(modes.split("-")))}"'
    assert said in text if modes != CHAINED else "--mode" not in text


COUNTING = """
for i in range(3):
    print('cell {name}:', i, flush=True)
    await asyncio.sleep(0.05)
"""


def order_of(client, *cells):
    ids = [client.send_execute(code) for code in cells]
    client.collect(*ids)
    return [line.split()[1][:-1] for line in lines_of(client)]


def lines_of(client):
    """What the cells have printed, in order; a line may come in several messages."""
    streams = (m for m in client.received if m.msg_type == "stream")
    texts = ("".join(m.content["text"] for m in each) for _, each in itertools.groupby(streams, lambda m: m.parent_id))
    return [line for text in texts for line in text.splitlines()]


@pytest.mark.parametrize("modes, setup", [("concurrent", ""), (CHAINED, "__unchain_execution__()")])
def test_cells_that_await_run_side_by_side(door, modes, setup):
    with client_of(door, modes, f"import asyncio\nboth = asyncio.Event()\n{setup}") as client:
        one, two = (COUNTING.format(name=name) for name in "12")
        order = order_of(client, f"await both.wait(){one}", f"both.set(){two}")
        assert sorted(order) == ["1"] * 3 + ["2"] * 3 and len(list(itertools.groupby(order))) > 2, order


@pytest.mark.parametrize("modes, setup", [("concurrent", "__chain_execution__()"), (CHAINED, "")])
def test_chained_cells_run_in_turn(door, modes, setup):
    with client_of(door, modes, f"import asyncio\n{setup}") as client:
        assert order_of(client, *(COUNTING.format(name=name) for name in "12")) == ["1"] * 3 + ["2"] * 3


def test_a_cell_that_blocks_holds_up_those_beside_it(door):
    blocking = COUNTING.format(name=2).replace("await asyncio.sleep", "time.sleep")
    with client_of(door, "concurrent", "import asyncio, time") as client:
        order = order_of(client, COUNTING.format(name=1), blocking)
        assert order[order.index("2") :][:3] == ["2"] * 3, order


def test_a_cell_waits_for_the_one_before(door):
    with client_of(door, "concurrent") as client:
        cells = [client.send_execute(COUNTING.format(name=name)) for name in "12"]
        third = client.send_execute("await __task__()  # wait for cell 2 to be finished\nprint('cell 2 has run')")
        client.collect(*cells, third)
        lines = lines_of(client)
        assert lines.index("cell 2: 2") < lines.index("cell 2 has run")


def test_comms_go_on_while_a_cell_awaits(door):
    """Which is what akernel is for, beside ipykernel."""
    setup = (
        "import asyncio, comm\nheard = asyncio.Event()\n"
        "comm.get_comm_manager().register_target('t', lambda c, m: c.on_msg(lambda m: heard.set()))"
    )
    with client_of(door, CHAINED, setup) as client:
        cell = client.send_execute("print('waits', flush=True)\nawait heard.wait()\n'heard'")
        client.wait_for_output("waits", parent=cell)
        client.request("comm_open", {"comm_id": "c", "target_name": "t", "data": {}})
        client.request("comm_msg", {"comm_id": "c", "data": {}})
        assert client.collect(cell).result == "'heard'"


@pytest.mark.parametrize("named", [True, False], ids=["with ids", "without"])
def test_a_variable_reacts(door, named):
    with client_of(door, "react") as client:
        notebook = Notebook(client, named)
        notebook.run("one", 'a = b + 1  # "b" is not defined yet\na')
        assert notebook.shown("one") == []
        notebook.run("two", 'b = 2  # triggers the computation of "a" in cell 1')
        assert notebook.result("one") == "3" and client.run("a").result == "3"


def test_a_cell_is_known_by_its_inputs(door):
    cell = "time.sleep(0.01)\nprint('computes')\ny = x + 1\n2 * y"
    with client_of(door, "cache", "import time\n%cache clear") as client:
        for x, result, replayed in ((0, "2", False), (0, "2", True), (1, "4", False), (1, "4", True), (0, "2", True)):
            client.run(f"x = {x}")
            exchange = client.run(cell)
            assert (exchange.result, exchange.text(), is_replayed(exchange)) == (result, "computes\n", replayed)
            assert client.run("y").result == str(x + 1)


def test_sessions_share_a_kernel_and_no_state(door):
    with door.kernel("multi") as connect, connect() as one, connect() as two:
        one.run("import asyncio\nx = 'one'")
        waits = one.send_execute("print('waits', flush=True)\nawait asyncio.sleep(600)")
        one.wait_for_output("waits", parent=waits)
        assert two.execute("x").reply["ename"] == "NameError"
        assert two.run("x = 'two'; x").reply["execution_count"] == 2
        one.request("interrupt_request", channel="control")
        one.collect(waits)
        assert one.run("x").result == "'one'"


# --- its faults, in each mode


def test_the_mode_is_told(kernel):
    told = [mode for mode in kernel.modes.split("-") if mode != "multi"]
    assert kernel.run("%mode").text() == ("-".join(told) or CHAINED) + "\n"


@pytest.mark.parametrize("code, result", FAULTS.values(), ids=FAULTS)
def test_a_cell_runs(kernel, code, result):
    assert kernel.run(code).result == result


@pytest.mark.parametrize("code", EMPTY)
def test_an_empty_cell(kernel, code):
    assert kernel.run(code).outputs == []


@pytest.mark.parametrize("code, ename, evalue, then, result", FAILING.values(), ids=FAILING)
def test_a_cell_fails(kernel, code, ename, evalue, then, result):
    if (ename, kernel.modes.count("react")) == ("NameError", 1):
        assert kernel.run(code).outputs == [], "it waits"
    else:
        failed = kernel.execute(code)
        [error] = failed.of("error")
        for told in (failed.reply, error.content):
            assert (told["ename"], bool(told["traceback"])) == (ename, True)
            assert told["evalue"].partition(" (")[0] == evalue.partition(" (")[0]
    assert kernel.run(then).result == result


def test_what_a_cell_shows(kernel):
    code = (
        "import sys\nfrom IPython.display import HTML, display\n"
        "sys.stdout.write('raw\\n'); print('error', file=sys.stderr)\n"
        "display(HTML('<b>1</b>'))\nclass Rich:\n    def _repr_html_(self): return '<i>2</i>'\n"
        "    def __repr__(self): return 'Rich'\nRich()"
    )
    exchange = kernel.run(code)
    assert (exchange.text(), exchange.text("stderr")) == ("raw\n", "error\n")
    assert exchange.only("display_data")["data"]["text/html"] == "<b>1</b>"
    result = exchange.only("execute_result")
    assert result["data"] == {"text/html": "<i>2</i>", "text/plain": "Rich"}
    assert kernel.run("_").only("execute_result")["data"] == result["data"]


def test_what_a_request_asks_for(kernel):
    count = kernel.run("1").reply["execution_count"]
    silent = kernel.execute("print('nothing'); 2", silent=True)
    assert not silent.of("execute_result", "execute_input") and silent.reply["execution_count"] == count
    asked = kernel.execute("3", user_expressions={"two": "1 + 1", "no": "1 / 0"})
    told = asked.reply["user_expressions"]
    assert (told["two"]["data"]["text/plain"], told["no"]["status"]) == ("2", "error")
    assert asked.reply["execution_count"] == count + 1
    assert kernel.run("get_ipython().set_next_input('next')").reply["payload"][0]["text"] == "next"
    assert kernel.execute("1 +").reply["execution_count"] == count + 3
    assert kernel.run("4").reply["execution_count"] == count + 4


def test_what_else_is_asked(kernel):
    kernel.run("_some_name = {'key': 1}")
    asked = {"complete_request": {"code": "_some_na", "cursor_pos": 8}, "is_complete_request": {"code": "if 1:"},
             "inspect_request": {"code": "_some_name", "cursor_pos": 4, "detail_level": 0},
             "history_request": {"hist_access_type": "tail", "n": 3, "raw": True, "output": False}}  # fmt: skip
    told = {msg_type: kernel.request(msg_type, content).reply for msg_type, content in asked.items()}
    assert told["complete_request"]["matches"] == ["_some_name"] and told["inspect_request"]["found"]
    assert told["is_complete_request"]["status"] == "incomplete" and "_some_name" in str(told["history_request"])
    kernel.run("from comm import create_comm\n_comm = create_comm(target_name='mine')")
    assert [c["target_name"] for c in kernel.request("comm_info_request").reply["comms"].values()] == ["mine"]
    kernel.run("_comm.close()")


@pytest.mark.parametrize("blocks", ["await asyncio.sleep(600)", "time.sleep(600)", "while True: pass"])
def test_an_interrupt(kernel, blocks):
    """It is an error, it aborts what waits behind it, and nothing that comes later."""
    cell = kernel.send_execute(f"# queue\nprint('blocks', flush=True)\n{blocks}")
    kernel.wait_for_output("blocks", parent=cell)
    behind = kernel.send_execute("# queue\n1")
    kernel.request("kernel_info_request")  # answered once `behind` has come: the interrupt takes another way
    kernel.request("interrupt_request", channel="control")
    first, second = kernel.collect(cell, behind)
    assert (first.reply["ename"], first.only("error")["ename"]) == ("KeyboardInterrupt",) * 2
    assert second.reply["status"] == "aborted"
    assert kernel.run("await asyncio.sleep(0)\n'later'").result == "'later'"


def test_a_restart_takes_the_namespace(door):
    """Over ZMQ it takes a new process, which is a new namespace anyhow."""
    with door.kernel("multi") as connect, connect() as one, connect() as two:
        for client in (one, two):
            client.run("x = 1")
        one.request("shutdown_request", {"restart": True}, channel="control")
        assert (one.execute("x").reply["ename"], two.run("x").result) == ("NameError", "1")


# --- of its cache


def test_several_inputs_are_known_by_other_processes(door):
    """Whatever the hash seed."""
    cells = ["a, b, c = {'x', 'y', 'z'}, {'k': 1}, 'text'", "d = sorted(a), b, c\nprint(d)\nd"]
    found = []
    for _ in range(2):
        with client_of(door, "cache") as client:
            found.append([client.run(code) for code in cells])
    assert list(map(is_replayed, found[1])) == [True, True]
    assert list(map(shown, found[0])) == list(map(shown, found[1]))


def test_an_input_that_cannot_be_pickled_gives_no_false_hit(door):
    with client_of(door, "cache", "import threading\n%cache clear") as client:
        for value in (1, 2):
            client.run(f"lock = threading.Lock(); lock_holder = [lock, {value}]")
            exchange = client.run("y = lock_holder[1] + 1\ny")
            assert (exchange.result, is_replayed(exchange)) == (str(value + 1), False)


def test_counting_up_counts(door):
    with client_of(door, "cache", "x = 0\n%cache clear") as client:
        for expected in (1, 2, 3):
            client.run("x = x + 1")
            assert client.run("x").result == str(expected)
        client.run("x = 0")
        assert is_replayed(client.run("x = x + 1")) and client.run("x").result == "1"
