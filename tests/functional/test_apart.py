"""Two kernels at the same time: neither sees what is the other's, neither dies of the other."""

import pytest
from deadline import eventually
from jupyter_ws import ClosedByServer
from pairs import both, results


def test_variables(pair):
    one, two = pair
    one.run("secret = 'mine'; import json as own_name")
    assert two.execute("secret").reply["ename"] == "NameError"
    assert two.execute("own_name").reply["ename"] == "NameError"
    two.run("secret = 'other'")
    assert one.run("secret").result == "'mine'"
    assert one.run("'other' in map(repr, list(globals().values()))").result == "False"


def test_in_out_and_count(pair):
    one, two = pair
    for number in range(5):
        one.run(f"{number} * 10")
    assert two.run("(len(In), Out, _, __, _i)").result == "(2, {}, '', '', '')"
    assert two.run("5").reply["execution_count"] == 2
    assert one.run("Out[3], _5").result == "(20, 40)"
    assert one.run("len(In)").result == "8"


def test_history(pair):
    one, two = pair
    """Each has a running session of its own. What is kept is their tenant's: test_history.py."""
    one.run("needle_in_a_cornfield = 1")
    content = {"output": False, "raw": True, "hist_access_type": "range", "session": 0, "start": 1}
    assert [entry[2] for entry in one.request("history_request", content).reply["history"]] == [
        "needle_in_a_cornfield = 1"
    ]
    assert two.request("history_request", content).reply["history"] == []
    assert "needle" not in two.run("%history").text()


def test_output_goes_to_its_own_clients(pair):
    one, two = pair
    code = "import sys\nfor i in range(300):\n    print('%s', i, flush=True); print('%s', file=sys.stderr)"
    ids = [client.send_execute(code % (letter, letter)) for client, letter in zip(pair, "ab")]
    for client, msg_id, own, other in zip(pair, ids, "ab", "ba"):
        exchange = client.collect(msg_id)
        assert exchange.text() == "".join(f"{own} {i}\n" for i in range(300))
        assert other not in exchange.text("stderr")
        assert not [m for m in client.foreign if m.parent_header]


@pytest.mark.parametrize(
    "redirect", ["with contextlib.redirect_stdout(io.StringIO()) as caught:", "with capture_output() as caught:"]
)
def test_redirected_output_is_redirected_for_one_kernel(pair, redirect):
    one, two = pair
    running = one.send_execute(
        "import contextlib, io, sys, time\nfrom IPython.utils.capture import capture_output\n"
        f"print('on', flush=True)\n{redirect}\n    print('mine')\n    time.sleep(.5)\n    print('mine too')\n"
        "print('over')\ncaught.getvalue() if hasattr(caught, 'getvalue') else caught.stdout"
    )
    one.wait_for_output("on")
    seen = ""
    while not one.exchanges[running].finished():
        seen += two.run("print('other')").text()
        one.request("kernel_info_request")
    assert one.exchanges[running].text() == "on\nover\n" and one.exchanges[running].result == repr("mine\nmine too\n")
    assert seen and seen.replace("other\n", "") == ""


def test_main_module_and_pickle(pair):
    both(pair, "import pickle, sys, __main__\nclass Grain:\n    def __init__(self): self.of = '%s'\n", "one", "two")
    for _ in range(5):
        first, second = both(pair, "pickle.loads(pickle.dumps(Grain())).of")
        assert (first.result, second.result) == ("'one'", "'two'")
    first, second = both(pair, "__main__.Grain is Grain and sys.modules['__main__'].__dict__ is globals()")
    assert (first.result, second.result) == ("True", "True")


def test_current_shell_display_and_stdout(pair):
    for exchange in both(
        pair,
        "from IPython import get_ipython as current\nimport sys, IPython\n"
        "current() is get_ipython() is IPython.core.interactiveshell.InteractiveShell.instance()",
    ):
        assert exchange.result == "True"
    one, two = pair
    one.run("import builtins; builtins.planted = 5")
    one.run("get_ipython().register_magic_function(lambda line: 'magic', magic_name='grown')")
    assert two.run("'grown' in get_ipython().magics_manager.magics['line']").result == "False"


def test_last_error(pair):
    one, two = pair
    one.execute("1 / 0")
    assert two.run("%tb").text("stderr") == "No traceback available to show.\n"
    assert two.run("import sys; hasattr(sys, 'last_value')").result == "False"
    assert one.run("import sys; sys.last_value").result == "ZeroDivisionError('division by zero')"


def test_arguments(pair):
    one, two = pair
    one.run("import sys; sys.argv.append('x')")
    assert two.run("import sys; sys.argv").result == "['']"
    assert one.run("sys.argv").result == "['', 'x']"


def test_figures(pair):
    first, second = both(
        pair, "%%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.figure('%s'); plt.get_figlabels()", "a", "b"
    )
    assert (first.result, second.result) == ("['a']", "['b']")


@pytest.mark.parametrize("before", ["%matplotlib inline\n", ""])
def test_every_kernel_shows_its_plots(pair, before):
    """Not only the first one of the process."""
    code = f"{before}import matplotlib.pyplot as plt\nplt.figure(figsize=(3, 2))\nplt.plot([1, 3, 2]);"
    for client in (*pair, *pair):
        assert client.run(code).only("display_data")["data"]["image/png"].startswith("iVBOR")


def test_tasks_and_loops(pair):
    first, second = both(pair, "import asyncio\nid(asyncio.get_running_loop())")
    assert first.result != second.result
    pair[0].run("async def forever():\n    await asyncio.sleep(1000)\ntask = asyncio.create_task(forever())")
    assert pair[1].run("[t for t in asyncio.all_tasks() if 'forever' in repr(t)]").result == "[]"


def test_cells_that_are_over_are_in_no_list_of_tasks(pair):
    """Which is one a process: each end of a kernel, and each `all_tasks()`, goes through it."""
    for client in pair:
        client.run("import asyncio\nawait asyncio.sleep(0)")
        client.execute("1/0")
    # Those of other tests' kernels may still be on their way out.
    count = "import gc; gc.collect(); sum(isinstance(o, asyncio.Task) and o.done() for o in gc.get_objects())"
    eventually(lambda: pair[0].run(count).result == "0")


def test_cells_run_at_the_same_time(pair):
    one, two = pair
    sleeping = one.send_execute("print('on', flush=True); import time; time.sleep(30)")
    one.wait_for_output("on")
    assert two.run("1 + 1").result == "2"
    assert not one.exchanges[sleeping].finished()


# --- what kills a kernel kills one kernel


def assert_began_anew(client):
    """As jupyter_server's restarter says it, with everything answered that was under way."""
    client.wait_for_status("restarting")
    assert client.received[-1].parent_header == {}
    exchange = client.execute("x")
    assert exchange.reply["ename"] == "NameError" and exchange.reply["execution_count"] == 1


@pytest.mark.parametrize("code", ["exit()", "quit()"])
def test_exit_begins_its_kernel_anew_and_no_other(pair, code):
    one, two = pair
    two.run("x = 'alive'")
    for _ in range(7):  # more often than a kernel may crash
        one.run("x = 1")
        assert one.execute(code).reply["status"] == "ok"
        assert_began_anew(one)
    assert two.run("x").result == "'alive'"


@pytest.mark.parametrize("code", ["raise SystemExit", "import sys; sys.exit(3)"])
def test_a_raised_exit_is_an_error(pair, code):
    """IPython shows it and goes on."""
    one, two = pair
    one.run("x = 1")
    assert one.execute(code).reply["ename"] == "SystemExit"
    assert one.run("x").result == "1"


CRASHES = {
    "os._exit": "import os; os._exit(3)",
    "SystemExit in a task": "import asyncio\nasync def end(): raise SystemExit(3)\n"
    "await asyncio.gather(asyncio.create_task(end()))",
    "SystemExit in a callback": "import asyncio\ndef end(): raise SystemExit(3)\n"
    "asyncio.get_running_loop().call_soon(end)\nawait asyncio.sleep(60)",
}


@pytest.mark.parametrize("code", CRASHES.values(), ids=CRASHES)
def test_what_ends_a_kernel_begins_it_anew_and_no_other(pair, tmp_path, code):
    one, two = pair
    gate = tmp_path / "gate"
    two.run("x = 'alive'")
    one.run("x = 1")
    waits = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    running, queued = one.send_execute(waits + code), one.send_execute("print('never')")
    one.request("kernel_info_request")  # answered once the daemon has both
    gate.touch()
    assert_began_anew(one)
    assert one.exchanges[running].reply["status"] == "error"
    assert one.exchanges[queued].reply["status"] == "aborted"
    assert two.run("x").result == "'alive'"


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import os; os._exit(0)", "exit()"])
def test_a_cell_that_comes_when_a_kernel_is_about_to_end_is_not_part_of_what_is_gone(pair, code):
    """It is answered, by the daemon or by the kernel that has begun anew."""
    client, _ = pair
    for number in range(1, 6):
        client.run(f"x = {number}")
        ending = client.send_execute(code)
        while not client.exchanges[ending].replied:
            client.receive()
        next_one, last = client.send_execute("x"), client.send_execute("'last'")
        reply = client.collect(next_one).reply
        assert reply["status"] == "error" and reply["ename"] in ("KernelEnded", "NameError"), reply
        client.collect(last)
        client.run("1")


def test_a_kernel_that_crashes_again_and_again_is_dead(daemon):
    client = daemon.client(daemon.start_kernel())
    for _ in range(5):
        client.execute("import os; os._exit(3)")
        client.wait_for_status("restarting")
    client.send_execute("import os; os._exit(3)")
    client.wait_for_status("dead")
    assert daemon.get(f"/api/kernels/{client.kernel_id}").status_code == 404
    with pytest.raises(ClosedByServer) as closed:
        client.receive()
    assert closed.value.code == 1000


def test_a_cell_that_ends_its_thread_harms_no_other_kernel(pair):
    one, two = pair
    two.run("x = 'alive'")
    assert one.execute("import _thread; _thread.exit()").reply["ename"] == "SystemExit"
    assert two.run("x").result == "'alive'"


def test_the_end_of_a_thread_of_a_cell_ends_no_kernel(pair):
    one, two = pair
    one.late_output = True
    one.run(
        "import threading, sys\nfor f in (sys.exit, lambda: 1 / 0):\n"
        "    thread = threading.Thread(target=f); thread.start(); thread.join()"
    )
    assert one.run("1 + 1").result == "2" and two.run("2 + 2").result == "4"


@pytest.mark.parametrize(
    "code",
    [
        "def f(n): return f(n + 1)\nf(0)",
        "x = bytearray(2**60)",
        "import gc; [1/0 for _ in gc.get_objects()]",
        "import threading; [threading.Thread(target=lambda: None).start() for _ in range(200)]; 1/0",
        "import sys; sys.stdout.close(); 1/0",
        "import sys; sys.stdout = None; 1/0",
        "del __builtins__; 1/0",
        "globals().clear(); 1/0",
    ],
)
def test_a_cell_that_goes_wrong_harms_no_other_kernel(doomed_pair, code):
    one, two = doomed_pair
    two.run("x = 'alive'")
    assert one.execute(code).reply["status"] == "error"
    assert two.run("x").result == "'alive'"
    assert two.run("print('again')").text() == "again\n"


def test_deleting_one_leaves_the_other(daemon, pair):
    one, two = pair
    two.run("x = 'alive'")
    one.run("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()")
    daemon.stop_kernel(one.kernel_id)
    assert two.run("x").result == "'alive'"


def test_ten_kernels_at_once(daemon):
    clients = [daemon.client(daemon.start_kernel(), form=("v1", "legacy")[i % 2]) for i in range(10)]
    for round_number in range(5):
        ids = [c.send_execute(f"x = {i} * 1000 + {round_number}\nprint(x)\nx") for i, c in enumerate(clients)]
        for number, (client, msg_id) in enumerate(zip(clients, ids)):
            exchange = client.collect(msg_id)
            assert exchange.result == str(number * 1000 + round_number) and exchange.text() == exchange.result + "\n"
            assert exchange.reply["execution_count"] == round_number + 1
    for client in clients:
        client.close()
        daemon.stop_kernel(client.kernel_id)


def test_syntax_trees_built_at_the_same_time(doomed_pair):
    """CPython 3.11 takes a tree for broken that was interrupted by another one; here each is, by collected garbage."""
    results(doomed_pair, "import ast, gc, time; gc.set_threshold(20); gc.callbacks.append(lambda *a: time.sleep(0)); 1")
    code = "text = '(1, [2, 3], lambda four: five(six, *seven))\\n' * 100 # %s\n"
    code += "{len(ast.parse(text).body) for i in range(20)}"
    for _ in range(3):
        assert results(doomed_pair, code, 1, 2) == ["{100}", "{100}"]
