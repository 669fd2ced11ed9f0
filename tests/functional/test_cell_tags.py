"""What the tags of a cell ask for: `timeout=`, `raises-exception`, `stop-on-error=`. On both loops."""

import random

import pytest
from concurrency import GATE, begun
from deadline import eventually
from seeds import seed


@pytest.fixture
def kernel(on_either_loop):
    return on_either_loop


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
    """Cells beside it, awaiting and on threads, go on."""
    kernel.run("%mode concurrent")
    others = [begun(kernel, f"{line}print('waits', flush=True)\n{waits}\n'fine'") for line, waits in (
        ("", "await gate.wait()"), ("# thread\n", "go.wait()"), ("# thread name=same\n", "go.wait()"))]  # fmt: skip
    late = kernel.send_execute(f"print('on', flush=True)\n{ENDLESS[code]}", metadata={"tags": ["timeout=0.05"]})
    assert kernel.collect(late).reply["ename"] == "TimeoutError"
    kernel.run("gate.set(); go.set()")
    assert [each.result for each in kernel.collect(*others)] == ["'fine'"] * 3


def test_a_cell_that_computes_when_the_time_of_another_runs_out_goes_on(kernel):
    kernel.run("%mode concurrent")
    code = f"since = time.monotonic()\nprint('on', flush=True)\n{ENDLESS['awaits']}"
    awaits = begun(kernel, code, metadata={"tags": ["timeout=1"]})
    busy = kernel.run("while time.monotonic() < since + 1.2: time.sleep(0.01)\n'was busy'")
    assert (busy.result, kernel.collect(awaits).reply["ename"]) == ("'was busy'", "TimeoutError")


def test_a_timeout_ends_what_a_task_of_the_cell_computes(kernel):
    """Where the cell itself awaits."""
    tasks = {"asyncio": "await loop.gather(spin())",
             "trio": "async with loop.open_nursery() as nursery: nursery.start_soon(spin)"}  # fmt: skip
    code = f"async def spin():\n    await loop.sleep(0)\n    while True: pass\n{tasks[kernel.loop]}"
    for line in ("", "# thread\n"):
        late = kernel.execute(f"{line}{code}", metadata={"tags": ["timeout=0.05"]})
        assert late.reply["ename"] == "TimeoutError"
    assert kernel.run("'goes on'").result == "'goes on'"


@pytest.mark.parametrize("line", ["", "# thread\n"], ids=["own thread", "side thread"])
@pytest.mark.parametrize("code", ["await loop.sleep(600)", "for _ in range(10**12): len('')", "time.sleep(600)"])
def test_what_a_cell_does_at_its_end_is_let_be(kernel, line, code):
    """It is broken off once, as by an interrupt."""
    shield = "with loop.CancelScope(shield=True): " if kernel.loop == "trio" else ""
    end = f"time.sleep(0.2)\n    {shield}await loop.sleep(0.01)\n    print('cleaned')"
    cleans = f"{line}try:\n    print('begun')\n    {code}\nfinally:\n    {end}"
    for seconds in (0.02, 1, 10):  # the time may run out before the cell's first line
        late = kernel.execute(cleans, metadata={"tags": [f"timeout={seconds}"]})
        assert late.reply["ename"] == "TimeoutError"
        if late.text():
            break
    assert late.text().endswith("cleaned\n")


SLOW_START = """
import subprocess, time
start = subprocess._fork_exec
def slow(*arguments):
    child, end = start(*arguments), time.monotonic() + 2
    while time.monotonic() < end: pass
    return child
subprocess._fork_exec = slow
"""


@pytest.mark.parametrize("line", ["", "# thread\n"], ids=["own thread", "side thread"])
def test_a_program_that_starts_when_the_time_is_over_is_not_forgotten(fresh_daemon, line):
    """It ends with its kernel."""
    daemon = fresh_daemon()
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.run(SLOW_START)
        late = client.execute(f"{line}subprocess.run(['sleep', '600'])", metadata={"tags": ["timeout=1"]})
        assert late.reply["ename"] == "TimeoutError"
    daemon.stop_kernel(kernel_id)
    eventually(lambda: not daemon.ps.children())


def test_a_timeout_between_two_statements_is_not_lost(kernel):
    """A cell runs statement by statement."""
    code = "\n".join(["x = 1"] * 300 + ["await loop.sleep(600)"])
    for part in range(20):
        late = kernel.execute(code, metadata={"tags": [f"timeout={part / 1000 + 1e-6}"]})
        assert late.reply["ename"] == "TimeoutError"


MANY = [*ENDLESS.values(), *(f"# thread\n{code}" for code in ENDLESS.values()),
        *(f"# thread name=same\n{ENDLESS[code]}" for code in ("awaits", "computes"))]  # fmt: skip
ENDING = ["for _ in range(50): await loop.sleep(0.0001)\n'ok'", "sum(range(100_000));\n'ok'"]


def test_many_timeouts_at_once(kernel):
    """Every cell that does not end by itself is ended, and no other."""
    kernel.run("%mode concurrent")
    drawn = seed()
    rng = random.Random(drawn)
    for _ in range(10):
        codes = [rng.choice(MANY + 3 * ENDING) for _ in range(6)]
        times = [rng.choice((0.001, 0.01, 0.03)) if code in MANY else 60 for code in codes]
        sent = [kernel.send_execute(c, metadata={"tags": [f"timeout={t}"]}) for c, t in zip(codes, times, strict=True)]
        for code, cell in zip(codes, kernel.collect(*sent), strict=True):
            assert cell.reply.get("ename") == ("TimeoutError" if code in MANY else None), code


def test_a_timeout_beyond_all_clocks(kernel, daemon):
    cell = begun(kernel, "print('waits', flush=True)\nawait gate.wait()\n1", metadata={"tags": ["timeout=1e300"]})
    kernel.run("# task\ngate.set()")
    assert kernel.collect(cell).result == "1" and "OverflowError" not in daemon.log()


def test_a_timeout_ends_the_cell_also_where_it_hits_a_task_of_it(client):
    """One that the cell does not await; on Trio there is none."""
    client.run(GATE.format(loop="asyncio"))
    code = "async def spin():\n    while True: pass\ntask = loop.create_task(spin())\nawait gate.wait()"
    late = client.execute(code, metadata={"tags": ["timeout=0.05"]})
    assert late.reply["ename"] == "TimeoutError" and client.run("'goes on'").result == "'goes on'"


def test_an_interrupt_comes_before_a_timeout(kernel):
    cell = begun(kernel, "print('blocks', flush=True)\ntime.sleep(600)", metadata={"tags": ["timeout=60"]})
    kernel.request("interrupt_request", channel="control")
    assert kernel.collect(cell).reply["ename"] == "KeyboardInterrupt"


@pytest.mark.parametrize("tag", ["timeout=soon", "timeout=-1", "timeout=nan", "timeout=", "stop-on-error=maybe"])
def test_a_tag_that_says_nothing(kernel, tag):
    refused = kernel.execute("1", metadata={"tags": [tag]})
    assert refused.reply["ename"] == "ValueError" and tag in refused.reply["evalue"]


def failing_before_another(kernel, **fields):
    """The exchanges of a cell that fails once another is behind it, and of that other."""
    failing = begun(kernel, "print('on', flush=True)\nawait gate.wait()\n1 / 0", **fields)
    behind = kernel.send_execute("2")
    kernel.request("kernel_info_request")  # answered once the daemon has it
    kernel.run("# task\ngate.set()")
    return kernel.collect(failing, behind)


def test_raises_exception(kernel):
    tagged = {"metadata": {"tags": ["raises-exception"]}}
    first, second = failing_before_another(kernel, **tagged)
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
    cells = failing_before_another(kernel, metadata={"tags": tags}, stop_on_error=stop_on_error)
    assert [each.reply["status"] for each in cells] == ["error", ends]
