"""Two kernels and what the operating system has once a process: signals, the end, directories, environment, tracing."""

import os

import pytest
from deadline import eventually
from pairs import results

# --- finalizers

FINALIZERS = """
import gc, sys
class Grain:
    def __del__(self):
        print('of one'); sys.stderr.write('to stderr\\n')
        raise ValueError('what one has raised')
def drop():
    grain = Grain()
    grain.itself = grain
"""
WRITTEN = ["of one", "to stderr", "what one has raised"]


def written(client):
    return "".join(m.content["text"] for m in client.received if m.msg_type == "stream")


def test_what_finalizers_write_goes_to_their_own_kernel(pair):
    """The collector runs where it has started, and finds what others have left."""
    one, two = pair
    one.late_output = True
    one.run(FINALIZERS + "drop()")
    assert two.run("import contextlib, gc, io\nwith contextlib.redirect_stdout(io.StringIO()) as out: gc.collect()\n"
                   "print(out.getvalue(), end='')").text() == ""  # fmt: skip
    one.run("1 + 1")
    assert all(text in written(one) for text in WRITTEN)
    collected = one.run("drop(); gc.collect(); 1")
    assert all(text in collected.text() for text in ["of one"]) and written(one).count(WRITTEN[2]) == 2
    assert written(two) == ""


LOUD = """
import gc
class Loud:
    def __del__(self):
        for i in range(5000): print('loud')
def drop():
    loud = Loud()
    loud.itself = loud
"""


def test_finalizers_that_write_without_end_hold_up_nobody(pair):
    """What they write waits for the kernel's thread, up to a bound."""
    one, two = pair
    one.late_output = True
    one.run(LOUD)
    for _ in range(10):  # the collector may begin by itself, on the thread of the kernel itself
        one.received.clear()
        running = one.send_execute("gc.collect(); drop()\nprint('on', flush=True)\nwhile True: pass")
        one.wait_for_output("on")
        assert two.run("import gc; gc.collect(); 'goes on'").result == "'goes on'" and written(two) == ""
        one.request("interrupt_request", channel="control")
        one.collect(running)
        one.run("1 + 1")
        if "finalizers have written more than can wait" in written(one):
            break
    assert 0 < written(one).count("loud") < 5000


def test_finalizers_of_a_kernel_that_has_ended_write_nowhere(daemon, pair):
    one, two = pair
    one.run(FINALIZERS + "drop()")
    assert daemon.post(f"/api/kernels/{one.kernel_id}/restart").status_code == 200
    assert one.execute("drop").reply["ename"] == "NameError"
    two.run("import gc; gc.collect()")
    assert written(two) == "" and WRITTEN[2] not in daemon.log()


# --- signals


def test_handlers_of_signals(pair):
    one, two = pair
    for code in ("signal.signal(signal.SIGUSR1, print)", "signal.alarm(5)", "signal.setitimer(signal.ITIMER_REAL, 1)"):
        reply = one.execute(f"import signal; {code}").reply
        assert reply["ename"] == "ValueError" and "all kernels" in reply["evalue"]
    assert (
        one.run("signal.alarm(0), signal.getsignal(signal.SIGINT) is signal.default_int_handler").result == "(0, True)"
    )
    assert two.run("1 + 1").result == "2"


# Writes where nobody reads: by Python, by a program's input, by C code of ours.
INTO_THE_VOID = {
    "pipe": "r, w = os.pipe(); os.close(r); os.write(w, b'x')",
    "program": "p = subprocess.Popen('true', stdin=subprocess.PIPE, bufsize=0); p.wait(); p.stdin.write(b'x')",
    "socket": "a, b = socket.socketpair(); b.close(); os.write(a.fileno(), b'x')",
    "printf": "r, w = os.pipe(); os.close(r); ctypes.CDLL(None).dprintf(w, b'x') >= 0 or 1 / 0",
}


@pytest.mark.parametrize("code", INTO_THE_VOID.values(), ids=INTO_THE_VOID)
def test_a_write_that_nobody_reads_is_an_error_of_its_cell(pair, code):
    """Its signal, SIGPIPE, would end the daemon."""
    one, two = pair
    one.run("import ctypes, os, signal, socket, subprocess")
    assert one.execute(code).reply["ename"] in ("BrokenPipeError", "ZeroDivisionError")
    assert two.run("1 + 1").result == "2"
    ignored = "[signal.getsignal(each) for each in (signal.SIGPIPE, signal.SIGXFSZ)] == [signal.SIG_IGN] * 2"
    assert one.run(ignored).result == "True", "as in every Python"
    shown = "subprocess.run('grep SigIgn /proc/self/status', shell=True, capture_output=True, text=True).stdout"
    assert not int(one.run(f"print({shown})").text().split()[1], 16) & 1 << 12, "but not of programs"


def test_a_signal_to_the_process_s_group(pair):
    one, two = pair
    one.run("import os, signal")
    assert one.execute("os.killpg(0, signal.SIGINT)").reply["ename"] == "KeyboardInterrupt"
    ended = one.send_execute("os.killpg(os.getpgrp(), signal.SIGTERM)")
    one.wait_for_status("restarting")
    assert one.exchanges[ended].reply["status"] == "error"
    refused = two.execute("import os, signal\nos.kill(-1, signal.SIGTERM)").reply
    assert refused["ename"] == "ValueError" and two.run("1 + 1").result == "2"


def test_a_handler_of_interrupts(daemon, pair):
    """A cell may handle its own kernel's interrupts; as in ipykernel, until the cell ends."""
    one, two = pair
    spin = "print('on', flush=True)\nwhile not seen: pass\nseen"
    code = f"import signal\nseen = []\nsignal.signal(signal.SIGINT, lambda number, frame: seen.append(number))\n{spin}"
    running = one.send_execute(code)
    one.wait_for_output("on")
    daemon.post(f"/api/kernels/{one.kernel_id}/interrupt")
    assert one.collect(running).result == "[<Signals.SIGINT: 2>]"
    for client in pair:
        running = client.send_execute("print('on', flush=True)\nwhile True: pass")
        client.wait_for_output("on", parent=running)
        daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
        assert client.collect(running).reply["ename"] == "KeyboardInterrupt"


@pytest.mark.parametrize(
    "interrupt",
    [
        "_thread.interrupt_main()",
        "os.kill(os.getpid(), signal.SIGINT)",
        "signal.raise_signal(signal.SIGINT)",
        "signal.pthread_kill(threading.get_ident(), signal.SIGINT)",
    ],
)
def test_code_that_interrupts_its_own_kernel(pair, interrupt):
    """From the cell, and from a thread of it, which is how a time limit is made; no other kernel notices."""
    one, two = pair
    imports = "import _thread, os, signal, threading, time"
    running = two.send_execute("print('on', flush=True)\ninput()", allow_stdin=True)
    two.wait_for_output("on", parent=running)
    assert one.execute(f"{imports}\n{interrupt}\ntime.sleep(60)").reply["ename"] == "KeyboardInterrupt"
    code = f"threading.Timer(.1, lambda: {interrupt}).start()\ntime.sleep(60)"
    assert one.execute(code).reply["ename"] == "KeyboardInterrupt"
    assert one.run("1 + 1").result == "2"
    two.answer(two.wait_for(lambda message: message.msg_type == "input_request"), "ears")
    assert two.collect(running).result == "'ears'"


def test_ignored_interrupts(daemon, client):
    running = client.send_execute(
        "import signal, asyncio\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('on', flush=True)\n"
        "await asyncio.sleep(.5); print('slept')"
    )
    client.wait_for_output("on")
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    assert client.collect(running).text() == "on\nslept\n"


def test_signals_of_the_loop(client):
    """Libraries that would handle them expect that there are none, as on Windows."""
    code = "import asyncio, signal\nasyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print)"
    reply = client.execute(code).reply
    assert reply["ename"] == "NotImplementedError" and "all kernels" in reply["evalue"]
    assert client.run("asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)").result == "False"


def test_pytest_in_a_cell(client, tmp_path):
    """It would like to handle crashes, and looks for what the process has."""
    (tmp_path / "test_ears.py").write_text(
        "def test_right(): pass\ndef test_wrong(capfd):\n    print('x')\n    assert 0"
    )
    options = ["-q", "--color=no", "-p", "no:cacheprovider"]
    exchange = client.run(f"import os, pytest\nos.chdir({str(tmp_path)!r})\nint(pytest.main({options}))")
    assert exchange.result == "1" and "1 failed, 1 passed" in exchange.text()


def test_a_kernel_that_ignores_interrupts_can_be_stopped(daemon):
    client = daemon.client(daemon.start_kernel())
    client.send_execute(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('on', flush=True)\nwhile True: pass"
    )
    client.wait_for_output("on")
    daemon.stop_kernel(client.kernel_id)
    client.close(check=False)


@pytest.mark.parametrize("code", ["os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 15)", "os.abort()"])
def test_a_kernel_that_kills_itself_kills_no_other(pair, code):
    one, two = pair
    two.run("x = 'alive'")
    one.run("x = 1")
    running = one.send_execute(f"import os; {code}")
    one.wait_for_status("restarting")
    assert one.exchanges[running].reply["status"] == "error"
    assert one.execute("x").reply["ename"] == "NameError"
    assert two.run("x").result == "'alive'"


def test_signals_to_oneself_and_to_others(client):
    assert (
        client.execute("import os, signal; os.kill(os.getpid(), signal.SIGINT)").reply["ename"] == "KeyboardInterrupt"
    )
    assert client.execute("signal.raise_signal(signal.SIGINT)").reply["ename"] == "KeyboardInterrupt"
    assert client.execute("os.kill(os.getpid(), signal.SIGUSR1)").reply["ename"] == "ValueError"
    code = "import subprocess; p = subprocess.Popen(['sleep', '60']); os.kill(p.pid, signal.SIGTERM); p.wait()"
    assert client.run(code).result == "-15"
    assert client.run("os.kill(os.getpid(), 0)").outputs == []


# --- children


@pytest.mark.parametrize(
    "wait",
    ["os.wait()", "os.waitpid(-1, 0)", "os.waitpid(0, 0)", "os.wait3(0)[:2]", "os.wait4(-1, 0)[:2]"],
)
def test_a_kernel_waits_for_its_own_children(pair, wait, tmp_path):
    one, two = pair
    go_on = tmp_path / "go on"
    one.run(
        "import os, time\nmine = os.fork()\nif mine == 0:\n"
        f"    while not os.path.exists({str(go_on)!r}): time.sleep(0.01)\n    os._exit(3)"
    )
    assert two.execute(f"import os; {wait}").reply["ename"] == "ChildProcessError"
    assert one.run("os.waitpid(-1, os.WNOHANG), os.wait4(-1, os.WNOHANG)[0]").result == "((0, 0), 0)"
    waiting = one.send_execute(f"print('on', flush=True); {wait} == (mine, 3 << 8)")
    one.wait_for_output("on")
    two.run("for code in range(3):\n    if os.fork() == 0: os._exit(code)")  # none of them is the other's
    assert two.run(f"sorted({wait}[1] >> 8 for _ in range(3))").result == "[0, 1, 2]"
    assert two.execute(wait).reply["ename"] == "ChildProcessError"
    assert not one.exchanges[waiting].replied, "a neighbour's child ended the wait"
    go_on.touch()
    assert one.collect(waiting).result == "True"


# --- the end


def test_functions_at_the_end(daemon, pair, tmp_path):
    """atexit is the end of a kernel, also where libraries look after everybody's things."""
    one, two = pair
    file = tmp_path / "end"
    code = (
        "import atexit, tempfile, weakref\n"
        f"def note(text):\n    with open({str(file)!r}, 'a') as f: print(text, file=f)\n"
        "atexit.register(note, '%s first'); atexit.register(lambda: 1 / 0); atexit.register(note, text='%s last')\n"
        "gone = atexit.register(lambda: note('never')); atexit.unregister(gone)\n"
        "folder = tempfile.TemporaryDirectory(); folder.name"
    )
    first, second = (
        client.run(code.replace("%s", name)).result.strip("'") for client, name in zip(pair, ("one", "two"))
    )
    assert os.path.isdir(first) and os.path.isdir(second)
    daemon.post(f"/api/kernels/{one.kernel_id}/restart")
    assert one.run("1 + 1").result == "2"
    eventually(lambda: file.exists() and file.read_text() == "one last\none first\n" and not os.path.isdir(first))
    assert os.path.isdir(second)
    daemon.stop_kernel(two.kernel_id)
    eventually(lambda: file.read_text() == "one last\none first\ntwo last\ntwo first\n")
    eventually(lambda: not os.path.isdir(second))


# --- directory and environment


def test_directories(housed_pair, tmp_path):
    """Where the system lets threads have directories of their own; elsewhere chdir is refused, and nobody is moved."""
    one, two = housed_pair
    (tmp_path / "one" / "below").mkdir()
    before = two.run("import os; os.getcwd()").result
    exchange = one.execute("import os; os.chdir('below'); os.getcwd()")
    if exchange.reply["status"] == "ok":
        assert exchange.result == repr(str(tmp_path / "one" / "below"))
        assert one.run("import subprocess; subprocess.check_output(['pwd'], text=True)").result.endswith("below\\n'")
    else:
        assert exchange.reply["ename"] == "PermissionError" and "share" in exchange.reply["evalue"]
    assert two.run("os.getcwd()").result == before


def test_environment(pair):
    one, two = pair
    one.run("import os; os.environ['CROP'] = 'corn'; os.putenv('FIELD', 'west'); os.environb[b'SOIL'] = b'clay'")
    names = "('CROP', 'FIELD', 'SOIL')"
    assert one.run(f"[os.getenv(n) for n in {names}], os.getenvb(b'CROP')").result == (
        "(['corn', 'west', 'clay'], b'corn')"
    )
    assert two.run(f"import os; [os.getenv(n) for n in {names}]").result == "[None, None, None]"
    child = "import subprocess; subprocess.check_output('echo $CROP $FIELD $SOIL', shell=True)"
    assert results(pair, child) == ["b'corn west clay\\n'", "b'\\n'"]
    forked = (
        "r, w = os.pipe()\nif os.fork() == 0:\n    os.dup2(w, 1); os.execvp('sh', ['sh', '-c', 'echo $CROP'])\n"
        "os.wait(); os.read(r, 99)"
    )
    assert results(pair, forked) == ["b'corn\\n'", "b'\\n'"]
    one.run("os.unsetenv('FIELD'); del os.environb[b'SOIL']; os.environ.pop('CROP')")
    assert results(pair, child) == ["b'\\n'", "b'\\n'"]


def test_exec_in_a_cell_is_refused(pair):
    one, two = pair
    reply = one.execute("import os; os.execvp('true', ['true'])").reply
    assert reply["ename"] in ("PermissionError", "OSError") and "the daemon" in reply["evalue"]
    assert two.run("1").result == "1"


# --- tracing, the collector, standard streams


def test_tracing(pair):
    """Trace functions are those of a kernel's thread, and of the threads that its code starts."""
    one, two = pair
    code = (
        "import sys, threading\ncalls = []\ndef trace(frame, event, arg): calls.append(frame.f_code.co_name)\n"
        "def traced(): pass\nthreading.settrace(trace)\n"
        "thread = threading.Thread(target=traced); thread.start(); thread.join()\n"
        "'traced' in calls, threading.gettrace() is trace"
    )
    assert one.run(code).result == "(True, True)"
    code = "import threading, sys\nseen = []\nt = threading.Thread(target=lambda: seen.append(sys.gettrace()))\n"
    assert two.run(f"{code}t.start(); t.join()\nseen, threading.gettrace()").result == "([None], None)"
    one.run("sys.setprofile(lambda *a: calls.append(a[1]))")
    assert two.run("sys.getprofile()").outputs == []


def test_the_garbage_collector_is_everybodys(pair):
    one, two = pair
    assert (
        one.run(
            "import gc; gc.disable(); gc.freeze(); gc.set_threshold(1); gc.isenabled(), gc.get_threshold()[0]"
        ).result
        == "(False, 1)"
    )
    assert two.run("import gc; gc.isenabled(), gc.get_threshold()[0] > 1").result == "(True, True)"
    code = (
        "class Loop:\n    pass\nimport weakref\nl = Loop(); l.me = l; ref = weakref.ref(l); del l; gc.collect(); ref()"
    )
    assert one.run(code).outputs == []
    assert one.run("%timeit -n 2 -r 1 pass").text() and one.run("gc.isenabled()").result == "False"


def test_standard_input_of_a_cell(pair):
    """The terminal that the daemon was started from is not a cell's to read."""
    assert results(pair, "import sys; sys.stdin.read(), sys.stdin.readline(), list(sys.stdin)") == ["('', '', [])"] * 2


def test_hooks_of_sys(pair):
    one, two = pair
    one.run("import sys; sys.excepthook = print; sys.unraisablehook = lambda u: print('unraisable', u.exc_value)")
    assert two.run("import sys; sys.excepthook is sys.__excepthook__").result == "True"
    code = "class Bad:\n    def __del__(self): 1 / 0\nb = Bad(); del b"
    assert one.run(code).text() == "unraisable division by zero\n"
    assert "ZeroDivisionError" in two.run(code).text("stderr")


# --- what is shared: what happens then


def test_what_is_shared(doomed_pair):
    """The rows of the table in tenants/README.md that cannot be kept apart: what one kernel sets, the other sees."""
    one, two = doomed_pair
    imports = "import sys, json, locale, os\n"
    one.run(f"{imports}sys.setrecursionlimit(2345); json.planted = 1; locale.setlocale(locale.LC_ALL, 'C.UTF-8')")
    code = f"{imports}sys.getrecursionlimit(), json.planted, locale.setlocale(locale.LC_ALL), os.getpid()"
    first, second = results(doomed_pair, code)
    assert first == second and first.startswith("(2345, 1, 'C.UTF-8'")
    one.run("import faulthandler; faulthandler.enable()")
    assert results(doomed_pair, "import faulthandler; faulthandler.is_enabled()") == ["True", "False"]
