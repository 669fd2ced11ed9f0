"""What is shown under cells that run again; failures, interrupts, cells side by side."""

import pytest
from reactive_notebook import notebook_of, told

SEVERAL = """
import sys
print('n is', n)
print('to stderr', file=sys.stderr)
for i in range(n):
    display(i)
if n == 3:
    raise ValueError('three')
n
"""


def test_what_is_shown_is_what_a_run_by_hand_shows(notebook):
    def expected(n):
        shown = [("stdout", f"n is {n}\n"), ("stderr", "to stderr\n"), *(("display", str(i)) for i in range(n))]
        return [*shown, ("error", "ValueError", "three") if n == 3 else ("result", str(n))]

    notebook.run("show", SEVERAL)
    for n in (2, 0, 3, 1):
        notebook.run("n", f"n = {n}")
        assert notebook.shown("show") == expected(n)
        notebook.execute("show", SEVERAL)
        assert notebook.shown("show") == expected(n), "by hand"


def test_front_ends_that_follow_display_ids_alone(notebook):
    """They hear the running request only, and update what they have been shown (nbclient, VS Code)."""
    notebook.run("n", "n = 1")
    first = notebook.client.collect(notebook.send("show", "display('first', n)\nn * 10"))
    ids = [message.content["transient"]["display_id"] for message in first.of("display_data", "execute_result")]
    assert len(set(ids)) == 3
    again = notebook.execute("n", "n = 2")
    updates = {m.content["transient"]["display_id"]: m.content["data"] for m in again.of("update_display_data")}
    assert [updates[each]["text/plain"] for each in ids] == ["'first'", "2", "20"]


def test_a_display_id_of_the_users_own_stays(notebook):
    notebook.run("n", "n = 1")
    notebook.run("show", "handle = display(n, display_id='mine')")
    notebook.run("n", "n = 2")
    assert notebook.shown("show") == [("display", "2")]
    notebook.run("update", "handle.update('by hand')")
    assert notebook.shown("show") == [("display", "'by hand'")]


def test_programs_threads_and_figures(notebook):
    notebook.run("print", "import threading\n!echo $n\nt = threading.Thread(target=print, args=('thread', n))\n"
                          "t.start(); t.join()")  # fmt: skip
    notebook.run("plot", "import matplotlib.pyplot as plt\nplt.plot([n]);")
    for n in (1, 2):
        notebook.run("n", f"n = {n}")
        assert notebook.shown("print") == [("stdout", f"{n}\nthread {n}\n".replace("\n", "\r\n", 1))] or (
            notebook.shown("print") == [("stdout", f"{n}\nthread {n}\n")]
        )
        assert notebook.shown("plot") == [("display", "<Figure size 640x480 with 1 Axes>")]


def test_counts_and_histories_are_those_of_the_cells_that_somebody_runs(notebook):
    notebook.run("show", "x + 1")
    notebook.run("x", "x = 1")
    notebook.run("text", "'text'")
    exchange = notebook.execute("x", "x = 41\n'last'")
    assert exchange.reply["execution_count"] == 4 and exchange.result == "'last'"
    [again] = [m for m in notebook.client.exchanges[notebook.requests["show"]].of("execute_result")][-1:]
    assert again.content["execution_count"] == 1 and again.content["data"]["text/plain"] == "42"
    assert notebook.client.run("_, __, Out[1], _1, Out[4], In[4], _i, len(In)").result == repr(
        ("last", "text", 42, 42, "last", "x = 41\n'last'", "x = 41\n'last'", 6)
    )
    assert notebook.client.run("In[1]").result == "'x + 1'", "also that of a cell that has waited"


# --- failures and interrupts


def test_a_failure_leaves_stale_what_depends_on_it(notebook):
    notebook.run("x", "x = 1")
    notebook.run("y", "y = 1 / x")
    notebook.run("z", "y + 1")
    exchange = notebook.execute("x", "x = 0")
    assert exchange.reply["status"] == "ok"
    assert told(exchange) == {"ran": ["y"], "failed": ["y"], "stale": ["z"]}
    error, tells = notebook.shown("y")
    assert "In[2]" in "".join(notebook.messages("y")[0].content["traceback"])
    assert error == ("error", "ZeroDivisionError", "division by zero")
    assert tells == ("stderr", "Stale, because this cell has failed:\n  [3] y + 1 (cell z)\n")
    assert notebook.shown("z") == [("result", "2.0"), ("stderr", "Stale: [2] y = 1 / x (cell y) has failed.\n")]
    assert notebook.run("x", "x = 2") == {"ran": ["y", "z"]}
    assert (notebook.shown("y"), notebook.shown("z")) == ([], [("result", "1.5")])


def test_the_same_where_somebody_has_run_the_one_that_fails(notebook):
    notebook.run("x", "x = 1\ny = 2")
    notebook.run("show", "x")
    failed = notebook.execute("x", "x = 5\nraise RuntimeError()\ny = 2")
    assert (failed.reply["ename"], failed.reply["evalue"]) == ("RuntimeError", "")
    assert told(failed) == {"stale": ["show"]}
    assert notebook.shown("show")[0] == ("result", "1") and notebook.shown("show")[1][0] == "stderr"
    assert notebook.client.run("x").result == "5", "what came before the failing line is kept"
    assert notebook.execute("x", "x = = 5").reply["ename"] == "SyntaxError"
    notebook.run("x", "x = 6")
    assert notebook.shown("show") == [("result", "6")]


def test_an_interrupt_ends_the_wave(either):
    either.run("n", "n = 0")
    either.run("slow", "import time\nprint('slow', n, flush=True)\nif n: time.sleep(60)\nm = n")
    either.run("after", "m")
    trigger = either.send("n", "n = 1")
    either.client.wait_for_output("slow 1")
    either.client.request("interrupt_request", channel="control")
    exchange = either.client.collect(trigger)
    assert exchange.reply["ename"] == "KeyboardInterrupt" and told(exchange)["stale"] == ["after"]
    assert either.shown("slow")[:2] == [("stdout", "slow 1\n"), ("error", "KeyboardInterrupt", "")]
    assert either.run("n", "n = 0") == {"ran": ["slow", "after"]}
    assert either.shown("after") == [("result", "0")]


def test_an_interrupt_of_a_wave_that_awaits(either):
    either.run("n", "n = 0")
    either.run("slow", "import asyncio\nprint('slow', n, flush=True)\nif n: await asyncio.sleep(60)")
    trigger = either.send("n", "n = 1")
    either.client.wait_for_output("slow 1")
    either.client.request("interrupt_request", channel="control")
    assert either.client.collect(trigger).reply["ename"] == "KeyboardInterrupt"
    assert either.run("n", "n = 0") == {"ran": ["slow"]}


def test_tags(notebook):
    tagged = {"metadata": {"tags": ["raises-exception"]}}
    assert notebook.run("raises", "1 / n", **tagged) == {"waits_for": ["n"]}
    notebook.run("n", "n = 0")
    assert notebook.shown("raises")[0][:2] == ("error", "ZeroDivisionError")
    notebook.run("sleeps", "import asyncio\nawait asyncio.sleep(m)", metadata={"tags": ["timeout=0.05"]})
    assert notebook.run("m", "m = 60")["failed"] == ["sleeps"]
    assert notebook.shown("sleeps")[0][:2] == ("error", "TimeoutError")
    notebook.run("m", "m = 0")
    notebook.run("sleeps", "import asyncio\nawait asyncio.sleep(m)")
    assert notebook.run("m", "m = 0.06") == {"ran": ["sleeps"]}, "the tag is gone, the code is the same"


# --- side by side, on threads


def test_async_cells_take_part(either):
    either.run("asyncio", "import asyncio")
    either.run("y", "await asyncio.sleep(0)\ny = x + 1\ny")
    either.run("z", "z = [item async for item in items(y)]\nz")
    either.run("items", "async def items(n):\n    for i in range(n): yield i")
    either.run("x", "x = await asyncio.sleep(0, 1)")
    assert (either.result("y"), either.result("z")) == ("2", "[0, 1]")


def test_cells_side_by_side(daemon):
    with notebook_of(daemon) as notebook:
        notebook.client.run("%mode react-concurrent\nimport asyncio\ngates = {name: asyncio.Event() for name in 'ab'}")
        notebook.run("sum", "a + b")
        waiting = [notebook.send(name, f"await gates['{name}'].wait()\n{name} = 1") for name in "ab"]
        reads = notebook.send("reads", "before = a\nprint('has read', flush=True)\nawait gates['b'].wait()\nbefore")
        notebook.client.collect(reads)  # it waits for `a`, and has run through in that
        notebook.client.run("gates['b'].set()")
        notebook.client.collect(waiting[1])
        assert notebook.shown("sum") == []
        notebook.client.run("gates['a'].set()")
        notebook.client.collect(*waiting)
        assert (notebook.result("sum"), notebook.shown("reads")) == ("2", [("stdout", "has read\n"), ("result", "1")])


def test_a_cell_whose_input_changes_while_it_runs(daemon):
    with notebook_of(daemon) as notebook:
        notebook.client.run("%mode react-concurrent\nimport asyncio\ngate = asyncio.Event()")
        notebook.run("x", "x = 1")
        slow = notebook.send("slow", "y = x\nprint('y is', y, flush=True)\nawait gate.wait()\nNone")
        notebook.client.wait_for_output("y is 1", parent=slow)
        notebook.run("x", "x = 2")
        notebook.client.run("gate.set()")
        notebook.client.collect(slow)
        assert notebook.shown("slow") == [("stdout", "y is 2\n")]
        assert notebook.client.run("y").result == "2"


LATE = "print('begins', flush=True)\nawait gate.wait()\nx = 1"


@pytest.mark.parametrize("code", ["x = 2", "x = 2\nawait other_gate.wait()", "y = 2", "x = = 2", None])
def test_a_cell_that_is_edited_while_it_runs(daemon, code):
    """What its old code sets in the end is not to stay."""
    with notebook_of(daemon) as notebook:
        client = notebook.client
        client.run("%mode react-concurrent\nimport asyncio\ngate, other_gate = asyncio.Event(), asyncio.Event()")
        notebook.run("show x", "x")
        notebook.run("show y", "y")
        old = notebook.send("cell", LATE)
        client.wait_for_output("begins", parent=old)
        if code is None:
            notebook.run("another", "1", metadata={"deletedCells": ["cell"]})
        else:
            new = notebook.send("cell", code)
            if "other_gate" not in code:
                client.collect(new)
        client.run("gate.set()")
        client.collect(old)
        client.run("other_gate.set()")
        if code is not None:
            client.collect(new)
        x = {"y = 2": None, None: None, "x = = 2": "1"}.get(code, "2")
        assert notebook.shown("show x") == ([("result", x)] if x else [])
        assert notebook.shown("show y") == ([("result", "2")] if code == "y = 2" else [])
        assert client.run("globals().get('x')").of("execute_result") == [] or client.run("x").result == x


def test_cells_on_threads_and_subshells(notebook):
    notebook.run("thread", "# thread\nimport threading\nfrom_thread = x, threading.current_thread().name\nx")
    notebook.run("show", "from_thread[0]")
    notebook.run("x", "x = 1")
    assert (notebook.result("thread"), notebook.result("show")) == ("1", "1")
    notebook.run("x", "# thread\nx = 2")
    assert (notebook.result("thread"), notebook.result("show")) == ("2", "2")
