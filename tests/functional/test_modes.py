"""Chained and concurrent kernels; akernel's functions; `%mode`."""

import pytest
from concurrency import kernel_of, waiting
from kernelspecs import installed_text

CELLS = 100


# --- which cell runs when


def test_an_installed_kernelspec_carries_its_mode(tmp_path):
    text = installed_text(tmp_path, "concurrent", "corncob-concurrent")
    assert '"--mode",\n    "concurrent"' in text and '"concurrent": true' in text


def test_a_kernelspec_of_the_configuration(fresh_daemon):
    daemon = fresh_daemon(config="kernelspecs:\n  both:\n    modes: [concurrent]\n")
    model = daemon.get("/api/kernelspecs/both").json()["spec"]
    assert model["metadata"]["concurrent"] is True and model["argv"][-2:] == ["--mode", "concurrent"]
    with kernel_of(daemon, name="both") as client:
        assert client.run("%mode").text() == "concurrent\n"


def test_a_hundred_cells_at_once(gates):
    cells = [gates.send_execute(f"await gates['a'].wait()\nprint({i})\n{i}") for i in range(CELLS)]
    assert gates.run("gates['a'].set()").reply["status"] == "ok"
    exchanges = gates.collect(*cells)
    assert [(each.text(), each.result) for each in exchanges] == [(f"{i}\n", str(i)) for i in range(CELLS)]
    counts = [each.reply["execution_count"] for each in exchanges]
    assert counts == list(range(counts[0], counts[0] + CELLS))
    assert gates.run("Out == {i: Out[i] for i in Out} and sorted(Out.values())[-1]").result == str(CELLS - 1)


def test_the_queue_is_bounded_when_cells_run_side_by_side(fresh_daemon):
    daemon = fresh_daemon(config="tenants:\n  defaults:\n    quotas: {queued_cells_max: 3}\n")
    with kernel_of(daemon, name="python3-concurrent") as client:
        client.run("import asyncio; gate = asyncio.Event()")
        cells = [client.send_execute("await gate.wait()") for _ in range(4)]
        refused = client.execute("1", silent=True)  # the kernel is not asked: no execute_input
        assert refused.reply["ename"] == "QueueFull" and "queued_cells_max is 3" in refused.reply["evalue"]
        client.request("interrupt_request", channel="control")
        assert {each.reply["ename"] for each in client.collect(*cells)} == {"KeyboardInterrupt"}


# --- akernel's functions and %mode


def test_unchain_lets_those_that_wait_begin(client):
    client.run("import asyncio\ngate, order = asyncio.Event(), []")
    one = client.send_execute("__unchain_execution__()\nawait gate.wait()\norder.append(1)")
    two = client.send_execute("order.append(2)\ngate.set()")
    client.collect(one, two)
    assert client.run("order").result == "[2, 1]"


def test_chain_makes_the_next_wait(gates):
    one = gates.send_execute("__chain_execution__()\nprint('one', flush=True)\nawait asyncio.sleep(0.05)\nlast = 'one'")
    gates.wait_for_output("one", parent=one)
    two = gates.send_execute("last")
    assert gates.collect(one, two)[1].result == "'one'"
    assert gates.run("%mode").text() == "chained\n"


def test_mode_magic(client):
    assert client.run("%mode").text() == "chained\n"
    client.run("import asyncio\ngate = asyncio.Event()\n%mode concurrent")
    assert client.run("%mode").text() == "concurrent\n"
    one = client.send_execute("await gate.wait()\n'one'")
    client.run("gate.set()")
    assert client.collect(one).result == "'one'"
    client.run("%mode chained")
    assert client.run("%mode").text() == "chained\n"
    refused = client.execute("%mode multi")
    assert refused.reply["ename"] == "UsageError" and "'multi'" in refused.reply["evalue"]


def test_a_mode_is_its_own_kernels(pair):
    one, two = pair
    one.run("import asyncio\n__unchain_execution__()")
    assert two.run("%mode").text() == "chained\n"
    two.run("import asyncio\nmine = asyncio.Event()")
    cell = two.send_execute("print('runs', flush=True)\nawait mine.wait()\n'mine'")
    two.wait_for_output("runs")
    assert one.run("__task__().cancel(), __task__(0).cancel(), __task__(0).done()").result == "(False, False, True)"
    two.request("interrupt_request", channel="control")
    assert two.collect(cell).reply["ename"] == "KeyboardInterrupt"


def test_a_restart_gives_the_kernelspecs_mode_back(daemon, client):
    client.run("%mode concurrent")
    assert daemon.post(f"/api/kernels/{client.kernel_id}/restart").status_code == 200
    assert client.run("%mode").text() == "chained\n"


def test_await_another_cell(gates):
    one = waiting(gates, "a", "done = 'one'")
    two = gates.send_execute("print('two', flush=True)\nawait __task__()\ndone")
    gates.wait_for_output("two", parent=two)
    gates.run("gates['a'].set()")
    assert gates.collect(one, two)[1].result == "'one'"
    assert gates.run(
        "await __task__()\nawait __task__(0)\nawait __task__(-100)\nawait __task__(10**6)\n'all over'"
    ).result


def test_await_by_absolute_number(concurrent):
    concurrent.run("gate = asyncio.Event()")  # number 1: the fixture's is 0
    one = concurrent.send_execute("print('one', flush=True)\nawait gate.wait()\nfound = 'one'")
    concurrent.wait_for_output("one", parent=one)
    silent = concurrent.send_execute("0", silent=True)  # is not counted
    two = concurrent.send_execute("print('two', flush=True)\nawait __task__(2)\nfound")
    concurrent.wait_for_output("two", parent=two)
    concurrent.run("gate.set()")
    assert concurrent.collect(one, silent, two)[2].result == "'one'"


def test_a_cell_cannot_wait_for_itself(concurrent):
    refused = concurrent.execute("await __task__(1)")
    assert refused.reply["ename"] == "RuntimeError" and "its own end" in refused.reply["evalue"]


def test_who_gives_up_waiting_leaves_the_other_alone(gates):
    one = waiting(gates, "a", "'one'")
    assert gates.execute("await asyncio.wait_for(__task__(), 0.01)").reply["ename"] == "TimeoutError"
    gates.run("gates['a'].set()")
    assert gates.collect(one).result == "'one'"


# --- meanwhile


@pytest.mark.parametrize("name", ["python3", "python3-concurrent"])
def test_all_else_goes_on_while_a_cell_awaits(daemon, name):
    with kernel_of(daemon, name=name) as client:
        client.run(
            "import asyncio, comm\ngate, seen, some_name = asyncio.Event(), [], 1\n"
            "def target(c, opened):\n    c.on_msg(lambda m: (seen.append(m['content']['data']), gate.set()))\n"
            "comm.get_comm_manager().register_target('t', target)"
        )
        cell = client.send_execute("answer = await ainput('?')\nawait gate.wait()\nanswer, seen", allow_stdin=True)
        question = client.wait_for(lambda m: m.msg_type == "input_request")
        assert client.request("complete_request", {"code": "some_na", "cursor_pos": 7}).reply["matches"] == [
            "some_name"
        ]
        assert client.request("inspect_request", {"code": "gate", "cursor_pos": 4, "detail_level": 0}).reply["found"]
        asked = {"hist_access_type": "tail", "n": 5, "raw": True, "output": False}
        assert "ainput" in str(client.request("history_request", asked).reply["history"])
        client.answer(question, "an answer")
        client.request("comm_open", {"comm_id": "c", "target_name": "t", "data": {}})
        client.request("comm_msg", {"comm_id": "c", "data": 1})
        assert client.collect(cell).result == "('an answer', [1])"
