"""Subshells (JEP 91): a second shell of the same kernel, with a queue and a thread of its own."""

import pytest
import wire
from deadline import eventually

CELL_SECONDS = 20


class Subshell:
    """Sends to a subshell what its client would send to the kernel."""

    def __init__(self, client):
        self.client = client
        self.id = control(client, "create_subshell_request")["subshell_id"]

    def send(self, msg_type, content=None):
        message = self.client.message(msg_type, content)
        message.header["subshell_id"] = self.id
        self.client.exchanges[message.msg_id] = type(next(iter(self.client.exchanges.values())))(message)
        self.client.send_frame(wire.encode_v1(message))
        return message.msg_id

    def start(self, code, **fields):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        return self.send("execute_request", {**content, "stop_on_error": True, **fields})

    def run(self, code, **fields):
        exchange = self.client.collect(self.start(code, **fields))
        assert exchange.reply["status"] == "ok", exchange.reply
        return exchange


def control(client, msg_type, **content):
    exchange = client.request(msg_type, content, channel="control")
    replies = [m.content for m in exchange.messages if m.msg_type == msg_type.replace("request", "reply")]
    return replies[0]


@pytest.fixture
def kernel(client):
    client.run("import asyncio, threading, time\ngo = threading.Event()")
    return client


@pytest.fixture
def subshell(kernel):
    return Subshell(kernel)


def busy(client):
    """The main shell runs Python all the time until `go` is set."""
    cell = client.send_execute("print('busy', flush=True)\nwhile not go.is_set(): pass")
    client.wait_for_output("busy", parent=cell)
    return cell


def test_are_made_listed_and_deleted(kernel):
    assert "kernel subshells" in kernel.request("kernel_info_request").reply["supported_features"]
    assert control(kernel, "list_subshell_request") == {"status": "ok", "subshell_id": []}
    ids = [control(kernel, "create_subshell_request")["subshell_id"] for _ in range(2)]
    assert sorted(control(kernel, "list_subshell_request")["subshell_id"]) == sorted(ids)
    assert control(kernel, "delete_subshell_request", subshell_id=ids[0]) == {"status": "ok"}
    assert control(kernel, "list_subshell_request")["subshell_id"] == ids[1:]
    assert control(kernel, "delete_subshell_request", subshell_id=ids[0])["status"] == "error"


def test_runs_while_the_main_shell_is_busy(kernel, subshell):
    main = busy(kernel)
    exchange = subshell.run("print('from the subshell'); x = 7\nx")
    assert exchange.text() == "from the subshell\n" and exchange.result == "7"
    parent = exchange.of("stream")[0].parent_header
    assert parent["subshell_id"] == subshell.id
    subshell.run("go.set()")
    kernel.collect(main)
    assert kernel.run("x").result == "7", "they share their namespace"


def test_the_main_shell_runs_while_a_subshell_is_busy(kernel, subshell):
    cell = subshell.start("print('busy', flush=True)\nwhile not go.is_set(): pass")
    kernel.wait_for_output("busy", parent=cell)
    kernel.run("go.set()")
    kernel.collect(cell)


def test_cells_of_a_subshell_run_in_turn(kernel, subshell):
    subshell.run("gate, order = asyncio.Event(), []")
    cells = [subshell.start(f"await asyncio.sleep({0.05 if i == 0 else 0})\norder.append({i})") for i in range(3)]
    kernel.collect(*cells)
    assert kernel.run("order").result == "[0, 1, 2]"


def test_two_subshells_run_side_by_side(kernel, subshell):
    other = Subshell(kernel)
    first = subshell.start("go.wait(20)")
    second = other.start("go.set()\nthreading.get_ident()")
    assert kernel.collect(first, second)[0].result == "True"
    assert kernel.exchanges[second].result != subshell.run("threading.get_ident()").result


def test_execution_counts_are_one_row(kernel, subshell):
    counts = [subshell.run("1").reply["execution_count"], kernel.run("2").reply["execution_count"]]
    counts.append(subshell.run("3").reply["execution_count"])
    assert counts == [2, 3, 4]
    assert kernel.run("Out[2], Out[3], Out[4]").result == "(1, 2, 3)"


def test_an_error_aborts_the_queue_of_its_shell_alone(kernel, subshell):
    main = busy(kernel)
    behind_main = kernel.send_execute("'main goes on'")
    failing = subshell.start("fail = threading.Event()\nprint('on', flush=True)\nfail.wait()\n1 / 0")
    kernel.wait_for_output("on", parent=failing)
    behind = subshell.start("2")
    kernel.request("kernel_info_request")  # answered once the daemon has it
    Subshell(kernel).run("fail.set()")
    assert [each.reply["status"] for each in kernel.collect(failing, behind)] == ["error", "aborted"]
    assert subshell.run("go.set()\n'goes on'").result == "'goes on'"
    assert kernel.collect(main, behind_main)[1].result == "'main goes on'"


def test_comms_are_handled_while_the_main_shell_is_busy(kernel, subshell):
    kernel.run(
        "import comm\ndef target(c, opened):\n    c.on_msg(lambda m: c.send({'got': m['content']['data'], "
        "'thread': threading.current_thread().name}))\ncomm.get_comm_manager().register_target('t', target)"
    )
    kernel.request("comm_open", {"comm_id": "c", "target_name": "t", "data": {}})
    main = busy(kernel)
    for number in range(20):
        answer = kernel.collect(subshell.send("comm_msg", {"comm_id": "c", "data": number}))
        assert answer.only("comm_msg")["data"] == {"got": number, "thread": subshell.id}
    subshell.run("go.set()")
    kernel.collect(main)


def test_comms_are_handled_by_the_kernels_own_thread_while_that_is_free(kernel, subshell):
    """Their callbacks wake cells that wait for asyncio's events, and start tasks beside them."""
    kernel.run(
        "import comm\nmoved, task = asyncio.Event(), None\nasync def later():\n    moved.set()\n"
        "def on_msg(m):\n    global task\n    task = asyncio.create_task(later())\n"
        "comm.get_comm_manager().register_target('t', lambda c, opened: c.on_msg(on_msg))"
    )
    kernel.collect(subshell.send("comm_open", {"comm_id": "c", "target_name": "t", "data": {}}))
    cell = kernel.send_execute("print('waits', flush=True)\nawait moved.wait()\nawait task\n'woken'")
    kernel.wait_for_output("waits", parent=cell)
    kernel.collect(subshell.send("comm_msg", {"comm_id": "c", "data": 1}))
    assert kernel.collect(cell).result == "'woken'"


def test_input_in_a_subshell(kernel, subshell):
    cell = subshell.start("input('name? ')", allow_stdin=True)
    question = kernel.wait_for(lambda m: m.msg_type == "input_request")
    kernel.answer(question, "Ada")
    assert kernel.collect(cell).result == "'Ada'"


@pytest.mark.parametrize("blocks", ["time.sleep(60)", "await asyncio.sleep(60)", "while True: pass"])
def test_an_interrupt_ends_what_runs_in_it(kernel, subshell, blocks):
    cell = subshell.start(f"print('runs', flush=True)\n{blocks}")
    kernel.wait_for_output("runs", parent=cell)
    kernel.request("interrupt_request", channel="control")
    assert kernel.collect(cell).reply["ename"] == "KeyboardInterrupt"
    assert subshell.run("'goes on'").result == "'goes on'"


@pytest.mark.parametrize("blocks", ["time.sleep(60)", "await asyncio.sleep(60)"])
def test_deleted_while_a_cell_runs(kernel, subshell, blocks):
    cell = subshell.start(f"print('runs', flush=True)\n{blocks}")
    kernel.wait_for_output("runs", parent=cell)
    waiting = subshell.start("1")
    assert control(kernel, "delete_subshell_request", subshell_id=subshell.id) == {"status": "ok"}
    first, second = kernel.collect(cell, waiting)
    assert first.reply["status"] == "error" and second.reply["status"] == "aborted"
    assert kernel.run("'goes on'").result == "'goes on'"
    code = f"{subshell.id!r} in [t.name for t in threading.enumerate()]"
    eventually(lambda: kernel.run(code).result == "False")


def test_one_that_is_not_there(kernel, subshell):
    control(kernel, "delete_subshell_request", subshell_id=subshell.id)
    refused = kernel.collect(subshell.start("1", silent=True))
    assert refused.reply["ename"] == "UnknownSubshellError" and subshell.id in refused.reply["evalue"]
    kernel.collect(subshell.send("comm_msg", {"comm_id": "c", "data": 1}))


def test_are_bounded(kernel):
    for _ in range(32):
        assert control(kernel, "create_subshell_request")["status"] == "ok"
    refused = control(kernel, "create_subshell_request")
    assert refused["status"] == "error" and "subshells_max is 32" in refused["evalue"]


def test_a_restart_ends_them(daemon, kernel, subshell):
    assert subshell.run("1").result == "1"
    assert daemon.post(f"/api/kernels/{kernel.kernel_id}/restart").status_code == 200
    assert control(kernel, "list_subshell_request")["subshell_id"] == []
    assert Subshell(kernel).run("2").result == "2"


def test_unchained_its_cells_run_side_by_side(kernel, subshell):
    subshell.run("gate = asyncio.Event()\n%mode concurrent")
    first = subshell.start("print('waits', flush=True)\nawait gate.wait()\n'first'")
    kernel.wait_for_output("waits", parent=first)
    second = subshell.start("gate.set()")
    assert kernel.collect(first, second)[0].result == "'first'"
