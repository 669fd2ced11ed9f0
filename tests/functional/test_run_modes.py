"""How one cell runs: `# task`, `# queue`, `# thread`, by line or tag; `%cells`. On both loops."""

import contextlib

import pytest
from concurrency import GATE, begun
from deadline import eventually


@pytest.fixture
def kernel(on_either_loop):
    return on_either_loop


@contextlib.contextmanager
def main_shell_busy(client):
    """The kernel's own thread runs Python all the time."""
    cell = begun(client, "print('busy', flush=True)\nwhile not go.is_set(): pass")
    yield
    client.collect(cell)


# --- task and queue


@pytest.mark.parametrize(
    "line, tags", [("# task\n", []), ("\n\n##task \n", []), ("", ["task"]), ("# queue\n", ["task"])]
)
def test_a_task_runs_beside_the_chain(kernel, line, tags):
    waiting = begun(kernel, "print('waits', flush=True)\nawait gate.wait()\n'waited'")
    task = kernel.send_execute(f"{line}'task'", metadata={"tags": tags})
    assert kernel.collect(task).result == "'task'"
    opener = kernel.send_execute("# task\ngate.set()")
    assert kernel.collect(waiting, opener)[0].result == "'waited'"


def test_a_task_holds_up_nobody(kernel):
    task = begun(kernel, "# task\nprint('waits', flush=True)\nawait gate.wait()\n'task'")
    assert kernel.run("'chained'").result == "'chained'"
    kernel.run("gate.set()")
    assert kernel.collect(task).result == "'task'"


def test_the_queue_in_a_concurrent_kernel(kernel):
    kernel.run("%mode concurrent")
    first = begun(kernel, "# queue\nprint('waits', flush=True)\nawait gate.wait()\norder = ['first']")
    second = kernel.send_execute("order.append('second'); order", metadata={"tags": ["queue"]})
    kernel.run("gate.set()")
    assert kernel.collect(first, second)[1].result == "['first', 'second']"


def test_an_ordinary_comment_is_no_mode(kernel):
    first = begun(kernel, "# task 1: wait\nprint('waits', flush=True)\nawait loop.sleep(0.05)\nx = 1")
    second = kernel.send_execute("# threads are something else\nx")
    assert kernel.collect(first, second)[1].result == "1"


# --- threads


def test_a_thread_runs_while_the_kernels_own_is_busy(kernel):
    with main_shell_busy(kernel):
        cell = kernel.run("# thread\nprint(threading.current_thread() is threading.main_thread())\nx = 5\nx + 1")
        assert cell.text() == "False\n" and cell.result == "6"
        kernel.run("# thread\ngo.set()")
    assert kernel.run("x").result == "5"


def test_a_thread_has_a_loop_and_its_output_is_its_own(kernel):
    cells = [
        kernel.send_execute(f"# thread\nfor i in range(20):\n    print({n}, i)\n    await loop.sleep(0)\n{n}")
        for n in range(5)
    ]
    for number, cell in enumerate(kernel.collect(*cells)):
        assert cell.text() == "".join(f"{number} {i}\n" for i in range(20)) and cell.result == str(number)
    counts = [kernel.exchanges[cell].reply["execution_count"] for cell in cells]
    assert sorted(counts) == list(range(2, 7)) and kernel.run("In[2:7] == sorted(In[2:7])").reply["status"] == "ok"
    for cell in cells:
        exchange = kernel.exchanges[cell]
        assert kernel.run(f"Out[{exchange.reply['execution_count']}]").result == exchange.result


def test_a_named_thread_stays(kernel):
    who = "# thread name='My thread'\nthreading.current_thread().name, threading.get_ident()"
    one, two = kernel.run(who).result, kernel.run(who).result
    assert one == two and "My thread" in one
    assert kernel.run("# thread name=other\nthreading.current_thread().name").result == "'other'"


def test_an_unnamed_thread_is_used_again(kernel):
    who = "# thread\nthreading.get_ident()"
    used = set()

    def one_again():  # it is free a moment after its cell's reply
        thread = kernel.run(who).result
        return thread in used or used.add(thread)

    eventually(one_again)


@pytest.mark.parametrize(
    "line, why",
    [
        ("name=a backend=curio", "backend=curio: there are asyncio and trio"),
        ("nam=a", "not 'nam'"),
        ("backend=", "backend=: there are"),
    ],
)
def test_a_threads_options_are_checked(kernel, line, why):
    refused = kernel.execute(f"# thread {line}\n1")
    assert refused.reply["ename"] == "ValueError" and why in refused.reply["evalue"]


def test_threads_are_bounded(kernel):
    cells = [kernel.send_execute(f"# thread name={number}\n") for number in range(64)]
    kernel.execute("# thread name=one more\n")
    refused = kernel.execute("# thread name=more\n")
    assert refused.reply["ename"] == "RuntimeError" and "64 threads" in refused.reply["evalue"]
    kernel.collect(*cells)


@pytest.mark.parametrize("blocks", ["time.sleep(60)", "while True: pass", "await loop.sleep(60)", "go.wait()"])
def test_an_interrupt_ends_a_cell_on_a_thread(kernel, blocks):
    cells = [begun(kernel, f"# thread\nprint('blocks', flush=True)\n{blocks}") for _ in range(2)]
    kernel.request("interrupt_request", channel="control")
    assert [each.reply["ename"] for each in kernel.collect(*cells)] == ["KeyboardInterrupt"] * 2
    assert kernel.run("# thread\nawait loop.sleep(0.01)\n'goes on'").result == "'goes on'"
    assert kernel.run("time.sleep(0.01)\n'goes on'").result == "'goes on'"


def test_an_interrupt_ends_cells_on_all_threads(kernel):
    aside = begun(kernel, "# thread\nprint('blocks', flush=True)\ntime.sleep(60)")
    own = begun(kernel, "print('blocks', flush=True)\ntime.sleep(60)")
    kernel.request("interrupt_request", channel="control")
    assert [each.reply["ename"] for each in kernel.collect(aside, own)] == ["KeyboardInterrupt"] * 2


def test_a_cell_on_a_thread_can_be_cancelled(kernel):
    cell = begun(kernel, "# thread\nprint('blocks', flush=True)\ntime.sleep(60)")
    assert kernel.run("__task__().cancel()").result == "True"
    assert kernel.collect(cell).reply["ename"] == "CancelledError"


@pytest.mark.parametrize("busy", ["while True: pass", "time.sleep(600)", "await loop.sleep(600)"])
def test_a_cell_on_a_thread_cancels_one_that_is_not(kernel, busy):
    cell = begun(kernel, f"print('blocks', flush=True)\n{busy}")
    assert kernel.run("# thread\n__task__().cancel()").result == "True"
    assert kernel.collect(cell).reply["ename"] == "CancelledError"
    assert kernel.run("'goes on'").result == "'goes on'"


def test_a_cell_waits_for_one_on_a_thread(kernel):
    cell = begun(kernel, "# thread\nprint('waits', flush=True)\ngo.wait()\nfound = 'on a thread'")
    waiting = begun(kernel, "print('waits', flush=True)\nawait __task__()\nfound")
    kernel.run("# task\ngo.set()")
    assert kernel.collect(cell, waiting)[1].result == "'on a thread'"


def test_no_thread_outlives_its_kernel(daemon):
    def run_kernel():
        kernel_id = daemon.start_kernel()
        client = daemon.client(kernel_id)
        client.run(GATE.format(loop="asyncio"))
        for number in range(5):
            client.run(f"# thread name={number}\n")
        begun(client, "# thread\nprint('blocks', flush=True)\ntime.sleep(60)")
        daemon.delete(f"/api/kernels/{kernel_id}")
        client.wait_for_status("dead")
        client.close(check=False)

    run_kernel()
    usual = daemon.ps.num_threads()
    for _ in range(3):
        run_kernel()
    eventually(lambda: daemon.ps.num_threads() <= usual + 4)  # the daemon's own come and go


# --- what runs


def test_cells_that_run_are_shown_and_cancelled(kernel):
    chained = begun(kernel, "print('waits', flush=True)\nawait gate.wait()")
    aside = begun(kernel, "# thread\nprint('waits', flush=True)\ngo.wait()")
    shown = kernel.run("# task\n%cells").text().splitlines()
    assert shown[0].split() == ["number", "cell", "mode", "since"] and len(shown) == 4
    rows = [row.split() for row in shown[1:]]
    assert [row[:3] for row in rows] == [["1", "[2]", "queue"], ["2", "[3]", "thread"], ["3", "[4]", "task"]]
    assert kernel.run("# task\n%cells cancel 2").text() == ""
    assert kernel.collect(aside).reply["ename"] == "CancelledError"
    assert "no cell" in kernel.run("# task\n%cells cancel 2").text()
    assert kernel.execute("# task\n%cells stop").reply["ename"] == "UsageError"
    kernel.run("# task\ngate.set()")
    kernel.collect(chained)


# --- the table of message types in tenants/README.md

DIRECT = {
    "kernel_info_request": {},
    "comm_info_request": {},
    "connect_request": {},
    "list_subshell_request": {},
    "create_subshell_request": {},
}
BESIDE = {
    "complete_request": {"code": "gat", "cursor_pos": 3},
    "inspect_request": {"code": "gate", "cursor_pos": 2, "detail_level": 0},
    "is_complete_request": {"code": "1"},
    "history_request": {"hist_access_type": "tail", "n": 1, "raw": True, "output": False},
}


def test_no_message_waits_for_a_busy_cell(kernel):
    """None that has a line of its own; a cell behind it, and comms, which are the busy thread's, do."""
    with main_shell_busy(kernel):
        behind = kernel.send_execute("'behind'")
        comm = kernel.send("comm_msg", {"comm_id": "nobody's", "data": {}})
        for msg_type, content in {**DIRECT, **BESIDE}.items():
            for channel in ("control",) if "subshell" in msg_type else ("shell", "control"):
                reply = kernel.request(msg_type, content, channel=channel).reply
                assert reply.get("status", "ok") in ("ok", "complete"), (msg_type, reply)
        assert not kernel.exchanges[behind].replied and not kernel.exchanges[comm].idle
        kernel.run("# thread\ngo.set()")
    kernel.collect(behind, comm)


def test_no_message_waits_for_one_that_is_stuck_beside(kernel):
    """A completion that does not come back holds up what is beside the same kernel's cells, and nothing else."""
    kernel.run("class Stuck:\n    def __dir__(self): go.wait(); return ['found']\nstuck = Stuck()")
    completion = kernel.send("complete_request", {"code": "stuck.fo", "cursor_pos": 8})
    for msg_type, content in DIRECT.items():
        kernel.request(msg_type, content, channel="control")
    assert kernel.run("await loop.sleep(0)\n'chained'").result == "'chained'"
    assert kernel.run("# thread\ngo.set()\n'thread'").result == "'thread'"
    assert kernel.collect(completion).reply["matches"] == ["found"]
