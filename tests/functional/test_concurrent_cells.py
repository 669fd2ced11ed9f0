"""Cells that run at the same time: what they put out is their own; who is interrupted."""

import pytest
from concurrency import kernel_of, waiting

# --- what belongs to which

OVERLAPPING = """
import sys, warnings
from IPython.display import display
print('first {name}')
await gates['{mine}'].wait()
print('second {name}'); print('error {name}', file=sys.stderr); display('{name}')
get_ipython().set_next_input('next {name}')
'{name}'
"""


def test_output_counts_results_and_payloads_are_those_of_their_cell(gates):
    one = gates.send_execute(OVERLAPPING.format(name="one", mine="a"))
    gates.wait_for_output("first one")
    two = gates.send_execute(OVERLAPPING.format(name="two", mine="b"))
    gates.wait_for_output("first two")
    gates.run("gates['b'].set()")
    second = gates.collect(two)
    gates.run("gates['a'].set()")
    first = gates.collect(one)
    for exchange, name in ((first, "one"), (second, "two")):
        assert exchange.text() == f"first {name}\nsecond {name}\n" and exchange.text("stderr") == f"error {name}\n"
        assert exchange.only("display_data")["data"]["text/plain"] == exchange.result == repr(name)
        count = exchange.only("execute_input")["execution_count"]
        assert count == exchange.reply["execution_count"] == exchange.only("execute_result")["execution_count"]
        assert [each["text"] for each in exchange.reply["payload"]] == [f"next {name}"]
        assert (
            gates.run(f"Out[{count}], _{count}, 'first {name}' in In[{count}]").result == f"({name!r}, {name!r}, True)"
        )
    assert first.reply["execution_count"] + 1 == second.reply["execution_count"]


def test_figures_are_those_of_their_cell(gates):
    draw = "import matplotlib.pyplot as plt\nplt.figure(figsize=({size}, 1))\nplt.plot([1, 2]);\n"
    one = gates.send_execute(f"{draw.format(size=1)}print('drawn', flush=True)\nawait gates['a'].wait()")
    gates.wait_for_output("drawn", timeout=60, parent=one)
    two = gates.run(draw.format(size=2))
    assert not gates.exchanges[one].of("display_data")
    gates.run("gates['a'].set()")
    first = gates.collect(one)
    shown = [each.only("display_data")["data"]["text/plain"] for each in (first, two)]
    assert [text.split("size ")[1].split("x")[0] for text in shown] == ["100", "200"], shown


def test_underscore_is_the_last_result(gates):
    one = waiting(gates, "a", "'one'")
    assert gates.run("'two'").result == "'two'"
    assert gates.run("_").result == "'two'"
    gates.run("gates['a'].set()")
    gates.collect(one)
    assert gates.run("_").result == "'one'"


def test_a_semicolon_silences_its_own_cell(gates):
    one = waiting(gates, "a", "'one';")
    two = waiting(gates, "b", "'two'")
    gates.run("gates['a'].set(); gates['b'].set()")
    first, second = gates.collect(one, two)
    assert not first.of("execute_result") and second.result == "'two'"


def test_errors_are_those_of_their_cell(gates):
    one = waiting(gates, "a", "1 / 0")
    two = waiting(gates, "b", "raise ValueError()")
    three = waiting(gates, "c", "'fine'")
    gates.run("[gate.set() for gate in gates.values()];")
    first, second, third = gates.collect(one, two, three)
    assert [each.reply["status"] for each in (first, second, third)] == ["error", "error", "ok"]
    assert first.reply["ename"] == first.only("error")["ename"] == "ZeroDivisionError"
    assert second.reply["ename"] == second.only("error")["ename"] == "ValueError" and second.reply["evalue"] == ""


def test_a_value_that_cannot_be_shown_fails_its_own_cell(gates):
    gates.run("class Odd:\n    def __repr__(self): 1 / 0")
    one = waiting(gates, "a", "'one'")
    assert gates.execute("Odd()").reply["ename"] == "ZeroDivisionError"
    gates.run("gates['a'].set()")
    assert gates.collect(one).result == "'one'"


def test_stop_on_error_aborts_none_that_runs(gates):
    one = waiting(gates, "a", "'one'")
    assert gates.execute("1 / 0").reply["status"] == "error"
    queued = gates.send_execute("# queue\nprint('q', flush=True)\nawait gates['b'].wait()\n1 / 0")
    gates.wait_for_output("q", parent=queued)
    behind = gates.send_execute("# queue\n2")
    gates.run("gates['b'].set()")
    assert [each.reply["status"] for each in gates.collect(queued, behind)] == ["error", "aborted"]
    gates.run("gates['a'].set()")
    assert gates.collect(one).result == "'one'"


def test_what_runs_on_after_a_cell_prints_to_it(gates):
    gates.late_output = True
    cell = gates.send_execute("async def later():\n    await gates['a'].wait()\n    print('late', flush=True)\n"
                              "task = asyncio.create_task(later())")  # fmt: skip
    gates.collect(cell)
    gates.run("gates['a'].set(); await task")
    assert gates.exchanges[cell].text() == "late\n"


def test_context_variables(gates):
    gates.run("import contextvars\nv = contextvars.ContextVar('v', default='none')\nv.set('before');")
    one = gates.send_execute("v.set('one')\nprint('set', flush=True)\nawait gates['a'].wait()\nv.get()")
    gates.wait_for_output("set", parent=one)
    two = gates.send_execute("print(v.get(), flush=True)\nv.set('two')\nawait gates['b'].wait()\nv.get()")
    gates.wait_for_output("", parent=two)
    gates.run("gates['a'].set(); gates['b'].set()")
    assert [each.result for each in gates.collect(one, two)] == ["'one'", "'two'"], "each sees its own"
    gates.run("v.set('three');")
    assert gates.run("v.get()").result == "'three'", "those that follow see what was set before"


def test_the_kernel_is_busy_as_long_as_one_runs(gates, daemon):
    one, two = waiting(gates, "a"), waiting(gates, "b")
    gates.run("gates['b'].set()")
    gates.collect(two)
    assert daemon.kernel(gates.kernel_id)["execution_state"] == "busy"
    gates.run("gates['a'].set()")
    gates.collect(one)
    assert daemon.kernel(gates.kernel_id)["execution_state"] == "idle"


# --- interrupts


def test_one_cell_alone_can_be_cancelled(gates):
    one = waiting(gates, "a", "'one'")
    two = waiting(gates, "b", "'two'")
    assert gates.run("__task__(-2).cancel()").result == "True"
    cancelled = gates.collect(one)
    assert cancelled.reply["status"] == "error" and cancelled.reply["ename"] == "CancelledError"
    gates.run("gates['b'].set()")
    assert gates.collect(two).result == "'two'"
    assert gates.run("__task__(-4).cancel()").result == "False"


def test_an_interrupt_ends_all_that_run_in_this_kernel(daemon, gates):
    with kernel_of(daemon, name="python3-concurrent") as other:
        other.run("import asyncio\ngate = asyncio.Event()")
        theirs = other.send_execute("print('waits', flush=True)\nawait gate.wait()\n'fine'")
        other.wait_for_output("waits")
        cells = [waiting(gates, name) for name in "abc"]
        assert daemon.post(f"/api/kernels/{gates.kernel_id}/interrupt").status_code == 204
        assert [each.reply["ename"] for each in gates.collect(*cells)] == ["KeyboardInterrupt"] * 3
        other.run("gate.set()")
        assert other.collect(theirs).result == "'fine'"
    assert gates.run("'goes on'").result == "'goes on'"


@pytest.mark.parametrize("busy", ["while True: pass", "import time\ntime.sleep(60)"])
def test_an_interrupt_ends_the_one_that_blocks_and_those_that_wait(gates, busy):
    cells = [waiting(gates, name) for name in "ab"]
    cells.append(gates.send_execute(f"print('blocks', flush=True)\n{busy}"))
    gates.wait_for_output("blocks")
    gates.request("interrupt_request", channel="control")
    assert [each.reply["ename"] for each in gates.collect(*cells)] == ["KeyboardInterrupt"] * 3
    assert gates.run("await asyncio.sleep(0.01)\n'goes on'").result == "'goes on'"


def test_a_cell_that_handles_its_interrupt_goes_on(gates):
    careful = waiting(gates, "a")  # ends
    kept = gates.send_execute("try:\n    print('tries', flush=True)\n    await gates['b'].wait()\n"
                              "except asyncio.CancelledError:\n    print('caught', flush=True)\n"
                              "await gates['c'].wait()\n'kept'")  # fmt: skip
    gates.wait_for_output("tries")
    gates.request("interrupt_request", channel="control")
    gates.wait_for_output("caught")
    assert gates.collect(careful).reply["ename"] == "KeyboardInterrupt"
    gates.run("gates['c'].set()")
    assert gates.collect(kept).result == "'kept'"
