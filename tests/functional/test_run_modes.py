"""How one cell runs: `# task`, `# queue`, `# thread`, tags, and what a cell's tags ask for; `%cells`. On both loops."""

import contextlib

import pytest
from concurrency import kernel_of
from deadline import eventually

GATE = "import threading, time\nimport {loop} as loop\ngate, go = loop.Event(), threading.Event()"
LOOPS = {"asyncio": "python3", "trio": "python3-trio"}  # -> a kernelspec whose cells await there


@pytest.fixture(params=LOOPS)
def kernel(request, daemon):
    with kernel_of(daemon, name=LOOPS[request.param]) as client:
        client.run(GATE.format(loop=request.param))
        client.loop = request.param
        yield client


def begun(client, code, **fields):
    """A cell that has printed its first word."""
    msg_id = client.send_execute(code, **fields)
    client.wait_for_output("", parent=msg_id)
    return msg_id


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


# --- tags


ENDLESS = {
    "awaits": "await loop.sleep(600)",
    "sleeps": "time.sleep(600)",
    "computes": "while True: pass",
    "awaits in turn": "while True: await loop.sleep(0)",
    "in a lock": "go.wait()",
    "in a program": "import subprocess\nsubprocess.run(['sleep', '600'])",
}


@pytest.mark.parametrize("line", ["", "# thread\n"], ids=["own thread", "side thread"])
@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS)
def test_timeout(kernel, line, code):
    late = kernel.send_execute(f"{line}{code}", metadata={"tags": ["timeout=0.05"]})
    behind = kernel.send_execute("await loop.sleep(0.01)\n'goes on'", metadata={"tags": ["timeout=60"]})
    ended, after = kernel.collect(late, behind)
    assert (ended.reply["ename"], ended.only("error")["ename"]) == ("TimeoutError",) * 2
    assert "timeout=0.05" in ended.reply["evalue"] and after.result == "'goes on'", "it aborts nothing"


@pytest.mark.parametrize("code", ["awaits", "computes", "sleeps"])
def test_a_timeout_is_one_cell_s(kernel, code):
    """Cells beside it, awaiting and on threads, go on; and so does one that was computing when it ran out."""
    kernel.run("%mode concurrent")
    others = [begun(kernel, f"{line}print('waits', flush=True)\n{waits}\n'fine'") for line, waits in (
        ("", "await gate.wait()"), ("# thread\n", "go.wait()"), ("# thread name=same\n", "go.wait()"))]  # fmt: skip
    late = kernel.send_execute(f"print('on', flush=True)\n{ENDLESS[code]}", metadata={"tags": ["timeout=0.05"]})
    assert kernel.collect(late).reply["ename"] == "TimeoutError"
    awaits = kernel.send_execute(f"print('on', flush=True)\n{ENDLESS['awaits']}", metadata={"tags": ["timeout=0.05"]})
    kernel.wait_for_output("on", parent=awaits)
    busy = kernel.run("for _ in range(20): time.sleep(0.01)\n'was busy'")
    assert (busy.result, kernel.collect(awaits).reply["ename"]) == ("'was busy'", "TimeoutError")
    kernel.run("gate.set(); go.set()")
    assert [each.result for each in kernel.collect(*others)] == ["'fine'"] * 3


def test_a_timeout_ends_what_a_task_of_the_cell_computes(kernel):
    """Where the cell itself awaits."""
    tasks = {"asyncio": "await loop.gather(spin())",
             "trio": "async with loop.open_nursery() as nursery: nursery.start_soon(spin)"}  # fmt: skip
    code = f"async def spin():\n    await loop.sleep(0)\n    while True: pass\n{tasks[kernel.loop]}"
    for line in ("", "# thread\n"):
        late = kernel.execute(f"{line}{code}", metadata={"tags": ["timeout=0.05"]})
        assert late.reply["ename"] == "TimeoutError"
    assert kernel.run("'goes on'").result == "'goes on'"


def test_an_interrupt_comes_before_a_timeout(kernel):
    cell = begun(kernel, "print('blocks', flush=True)\ntime.sleep(600)", metadata={"tags": ["timeout=60"]})
    kernel.request("interrupt_request", channel="control")
    assert kernel.collect(cell).reply["ename"] == "KeyboardInterrupt"


@pytest.mark.parametrize("tag", ["timeout=soon", "timeout=-1", "timeout=nan", "timeout=", "stop-on-error=maybe"])
def test_a_tag_that_says_nothing(kernel, tag):
    refused = kernel.execute("1", metadata={"tags": [tag]})
    assert refused.reply["ename"] == "ValueError" and tag in refused.reply["evalue"]


def test_raises_exception(kernel):
    tagged = {"metadata": {"tags": ["raises-exception"]}}
    failing = kernel.send_execute("await loop.sleep(0.05)\n1 / 0", **tagged)
    behind = kernel.send_execute("2")
    first, second = kernel.collect(failing, behind)
    assert first.reply["ename"] == "ZeroDivisionError" and second.result == "2"
    assert kernel.execute("1", **tagged).reply["ename"] == "RuntimeError"


@pytest.mark.parametrize(
    "tags, stop_on_error, ends",
    [
        (["stop-on-error=true"], False, "aborted"),
        (["stop-on-error=True", "raises-exception", "timeout=60"], False, "aborted"),
        (["stop-on-error=false"], True, "ok"),
        (["timeout=60"], True, "ok"),
        ([], True, "aborted"),
        ([], False, "ok"),
    ],
)
def test_stop_on_error(kernel, tags, stop_on_error, ends):
    failing = kernel.send_execute("await loop.sleep(0.05)\n1 / 0", metadata={"tags": tags}, stop_on_error=stop_on_error)
    behind = kernel.send_execute("2")
    assert [each.reply["status"] for each in kernel.collect(failing, behind)] == ["error", ends]


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
