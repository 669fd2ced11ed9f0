"""An interrupt ends what runs, whatever it is doing, and nothing else."""

import re
import time

import psutil
import pytest
import wire
from deadline import eventually

# Each blocks for longer than any test waits.
THREAD = "import threading\ne = threading.Event()\nt = threading.Thread(target=e.wait, daemon=True)\nt.start()\n"
PAIR = "import socket\na, b = socket.socketpair()\n"
SERVER = "import socket\nserver = socket.create_server(('127.0.0.1', 0), backlog=0)\n"
CLIENT = "def client():\n    c = socket.socket()\n    c.setblocking(False)\n    c.connect_ex(server.getsockname())\n"
BLOCKING = {
    "sleep": "import time; time.sleep(600)",
    "spin": "while True: pass",
    "spin-in-a-function": "def f():\n    while True: [i for i in range(10)]\nf()",
    "generator": "import itertools; sum(1 for i in itertools.count())",
    "timed": "%%time\nimport time\nprint('on', flush=True)\ntime.sleep(600)",
    "finally": "import time\ntry: time.sleep(600)\nfinally: print('cleaned up')",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "lock-timeout": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=600)",
    "rlock": "import threading\nlock = threading.RLock(); held = threading.Event(); e = threading.Event()\n"
    "def hold():\n    with lock: held.set(); e.wait()\n"
    "threading.Thread(target=hold, daemon=True).start(); held.wait()\ntry: lock.acquire()\nfinally: e.set()",
    "condition": "import threading; c = threading.Condition()\nwith c: c.wait()",
    "condition-timeout": "import threading; c = threading.Condition()\nwith c: c.wait_for(lambda: False, timeout=600)",
    "semaphore": "import threading; threading.Semaphore(0).acquire()",
    "barrier": "import threading; threading.Barrier(2).wait()",
    "event": "import threading; threading.Event().wait()",
    "event-timeout": "import threading; threading.Event().wait(600)",
    "join": f"{THREAD}try: t.join()\nfinally: e.set()",
    "future": "import concurrent.futures as f; f.Future().result()",
    "executor": "import concurrent.futures as f, threading; e = threading.Event(); pool = f.ThreadPoolExecutor(1)\n"
    "try: list(pool.map(lambda i: e.wait(), [1]))\nfinally: e.set()",
    "queue-get": "import queue; queue.Queue().get()",
    "queue-get-timeout": "import queue; queue.Queue().get(timeout=600)",
    "simple-queue": "import queue; queue.SimpleQueue().get()",
    "queue-put": "import queue; q = queue.Queue(1); q.put(1); q.put(2)",
    "queue-join": "import queue; q = queue.Queue(); q.put(1); q.join()",
    "recv": f"{PAIR}a.recv(1)",
    "recv-timeout": f"{PAIR}a.settimeout(600); a.recv(1)",
    "sendall": f"{PAIR}a.sendall(bytes(10**8))",
    "makefile": f"{PAIR}a.makefile().readline()",
    "accept": f"{SERVER}server.accept()",
    "connect": f"{SERVER}{CLIENT}    return c\nkept = [client() for i in range(4)]\n"
    "socket.create_connection(server.getsockname())",
    "select": "import select; select.select([], [], [], 600)",
    "poll": "import select; select.poll().poll()",
    "epoll": "import select; select.epoll().poll()",
    "selectors": "import selectors; selectors.DefaultSelector().select()",
    "pipe-read": "import os; r, w = os.pipe(); os.read(r, 1)",
    "pipe-write": "import os; r, w = os.pipe(); os.write(w, bytes(10**7))",
    "fifo": "import os, tempfile; path = tempfile.mktemp(); os.mkfifo(path)\ntry: open(path)\nfinally: os.remove(path)",
    "flock": "import fcntl, tempfile; f = tempfile.NamedTemporaryFile(); g = open(f.name)\n"
    "fcntl.flock(f, fcntl.LOCK_EX); fcntl.flock(g, fcntl.LOCK_EX)",
    "weakref-callback": "import weakref\nclass C: pass\nc = C()\n"
    "def spin(_):\n    while True: pass\nr = weakref.ref(c, spin)\nimport time; del c; time.sleep(600)",
    "del": "import time\nclass C:\n    def __del__(self):\n        while True: pass\nC(); time.sleep(600)",
    "pause": "import signal; signal.pause()",
    "subprocess-run": "import subprocess; subprocess.run(['sleep', '600'])",
    "subprocess-wait": "import subprocess; p = subprocess.Popen(['sleep', '600'])\ntry: p.wait()\nfinally: p.kill()",
    "subprocess-output": "import subprocess; subprocess.check_output(['sleep', '600'])",
    "waitpid": "import os, subprocess; p = subprocess.Popen(['sleep', '600'])\n"
    "try: os.waitpid(p.pid, 0)\nfinally: p.kill()",
    "asyncio-run-in-a-thread": "import asyncio, threading\nloop = asyncio.new_event_loop()\n"
    "t = threading.Thread(target=loop.run_forever, daemon=True)\nt.start()\n"
    "try: t.join()\nfinally: loop.call_soon_threadsafe(loop.stop)",
    "threadsafe-result": "import asyncio, threading\nloop = asyncio.new_event_loop()\n"
    "threading.Thread(target=loop.run_forever, daemon=True).start()\n"
    "try: asyncio.run_coroutine_threadsafe(asyncio.sleep(600), loop).result()\n"
    "finally: loop.call_soon_threadsafe(loop.stop)",
    "await-sleep": "import asyncio; await asyncio.sleep(600)",
    "await-event": "import asyncio; await asyncio.Event().wait()",
    "await-future": "import asyncio; await asyncio.get_running_loop().create_future()",
    "await-queue": "import asyncio; await asyncio.Queue().get()",
    "await-lock": "import asyncio; lock = asyncio.Lock(); await lock.acquire(); await lock.acquire()",
    "await-gather": "import asyncio; await asyncio.gather(asyncio.sleep(600), asyncio.sleep(601))",
    "await-group": "import asyncio\nasync with asyncio.TaskGroup() as g: g.create_task(asyncio.sleep(600))",
    "await-timeout": "import asyncio\nasync with asyncio.timeout(600): await asyncio.sleep(601)",
    "await-shield": "import asyncio; await asyncio.shield(asyncio.sleep(600))",
    "await-wait": "import asyncio; await asyncio.wait([asyncio.ensure_future(asyncio.sleep(600))])",
    "await-thread": "import asyncio, threading; e = threading.Event()\n"
    "try: await asyncio.to_thread(e.wait)\nfinally: e.set()",
    "await-subprocess": "import asyncio; p = await asyncio.create_subprocess_exec('sleep', '600')\n"
    "try: await p.wait()\nfinally: p.kill(); await p.wait()",
    "await-stream": f"import asyncio\n{PAIR}reader, writer = await asyncio.open_connection(sock=a)\n"
    "await reader.read()",
    "async-for": "import asyncio\nasync def ticks():\n    while True: await asyncio.sleep(0.001); yield 1\n"
    "async for tick in ticks(): pass",
    "await-beside-a-task": "import asyncio\nasync def spin():\n    while True: pass\n"
    "t = asyncio.ensure_future(spin()); await asyncio.sleep(600)",
    "await-beside-a-callback": "import asyncio\ndef spin():\n    while True: pass\n"
    "asyncio.get_running_loop().call_soon(spin); await asyncio.sleep(600)",
    "await-nothing": "import asyncio\nwhile True: await asyncio.sleep(0)",
    "regular-expression": "import re; re.match('(a|aa)+$', 'a' * 60 + 'b')",
}
# These return sooner or later, and are ended only then.
LONG_CALLS = {
    "sum": "sum(range(3 * 10**7))\nwhile True: pass",
    "big-number": "x = 7 ** 1500000\nwhile True: pass",
    "sort": "sorted(range(3 * 10**6), key=lambda i: -i)\nwhile True: pass",
    "numpy": "import numpy\ny = numpy.random.rand(400, 400)\nnumpy.linalg.svd(y)\nwhile True: pass",
    "json": "import json\njson.loads('[' + '1,' * 3000000 + '1]')\nwhile True: pass",
}


def interrupt_by_rest(daemon, client):
    assert daemon.post(f"/api/kernels/{client.kernel_id}/interrupt").status_code == 204


def interrupt_by_message(daemon, client):
    assert client.request("interrupt_request", channel="control").reply["status"] == "ok"


def begin(client, code, **fields):
    """Runs a cell up to where it has printed `on`."""
    running = client.send_execute(code if code.startswith("%%") else f"print('on', flush=True)\n{code}", **fields)
    client.wait_for_output("on", parent=running)
    return running


def check_interrupted(daemon, client, code, interrupt=interrupt_by_rest):
    client.run("x = 'kept'")
    running = begin(client, code)
    interrupt(daemon, client)
    exchange = client.collect(running)
    assert exchange.reply["status"] == "error" and exchange.reply["ename"] == "KeyboardInterrupt", exchange.reply
    assert client.run("x").result == "'kept'"
    assert client.run("import asyncio; await asyncio.sleep(0.001); x").result == "'kept'"
    return exchange


@pytest.mark.parametrize("code", BLOCKING.values(), ids=BLOCKING.keys())
def test_interrupt(daemon, client, code):
    check_interrupted(daemon, client, code)


def test_who_waits_for_a_program_does_not_find_it_ended_first(daemon, client):
    for _ in range(30):
        check_interrupted(daemon, client, BLOCKING["waitpid"])


@pytest.mark.parametrize("code", LONG_CALLS.values(), ids=LONG_CALLS.keys())
def test_interrupt_of_a_long_call(daemon, client, code):
    check_interrupted(daemon, client, code)


@pytest.mark.parametrize("name", ["sleep", "spin", "lock", "await-sleep"])
def test_interrupt_by_message(daemon, client, name):
    check_interrupted(daemon, client, BLOCKING[name], interrupt_by_message)


def command_of(process):
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it has ended since, or is a zombie
        return ""


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("!echo on; sleep 612.5; touch went-on", None),  # the cell goes on
        ("%%bash\necho on\nsleep 612.5\ntouch went-on", "CalledProcessError"),
        ("%%bash\necho on\nfor i in 1 2 3; do sleep 612.5; touch went-on; done", "CalledProcessError"),
        ("subprocess.run(['bash', '-c', 'echo on; (sleep 612.5; touch went-on); echo'])", "KeyboardInterrupt"),
        ("subprocess.check_output('echo on >&2; sleep 612.5; touch went-on', shell=True)", "KeyboardInterrupt"),
        ("os.system('echo on; sleep 612.5; touch went-on')", "KeyboardInterrupt"),
        ("print('on', flush=True)\nx = !sleep 612.5; touch went-on", None),
    ],
)
def test_interrupt_of_a_command(daemon, client, tmp_path, code, ename):
    """It is for all that the command has started, as in a terminal; a shell would go on, if only itself were hit."""
    client.run(f"import os, subprocess\nos.chdir({str(tmp_path)!r})")
    running = client.send_execute(code)
    client.wait_for_output("on", parent=running)
    interrupt_by_rest(daemon, client)
    assert client.collect(running).reply.get("ename") == ename

    eventually(lambda: not [p for p in daemon.ps.children(recursive=True) if "612.5" in command_of(p)])
    client.run("1 + 1")
    assert not (tmp_path / "went-on").exists()


def test_a_command_with_a_session_of_its_own_is_let_be(daemon, client):
    client.run("import subprocess\nown = subprocess.Popen(['sleep', '60'], start_new_session=True)")
    running = client.send_execute("print('on', flush=True)\nsubprocess.run(['sleep', '60'])")
    client.wait_for_output("on", parent=running)
    interrupt_by_rest(daemon, client)
    assert client.collect(running).reply["ename"] == "KeyboardInterrupt"
    assert client.run("own.poll()\nown.kill(), own.wait()").result == "(None, -9)"


@pytest.mark.parametrize("ask", ["input('name? ')", "__import__('getpass').getpass('name? ')"])
def test_interrupt_of_a_question(daemon, client, ask):
    client.run("x = 'kept'")
    running = client.send_execute(ask, allow_stdin=True)
    question = client.wait_for(lambda message: message.msg_type == "input_request")
    interrupt_by_rest(daemon, client)
    assert client.collect(running).reply["ename"] == "KeyboardInterrupt"
    late = client.message("input_reply", {"status": "ok", "value": "too late"}, "stdin")
    late.parent_header = question.header
    client.send_frame(wire.encode_v1(late))
    assert client.run("x").result == "'kept'"


def test_the_cleaning_up_is_done(daemon, client):
    assert check_interrupted(daemon, client, BLOCKING["finally"]).text() == "on\ncleaned up\n"


def test_interrupt_can_be_caught(daemon, client):
    running = begin(
        client,
        "import time\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('caught')\nprint('went on')",
    )
    interrupt_by_rest(daemon, client)
    exchange = client.collect(running)
    assert exchange.reply["status"] == "ok" and exchange.text().endswith("caught\nwent on\n")


def test_what_catches_one_interrupt_is_ended_by_the_next(daemon, client):
    running = begin(
        client, "import time\ntry: time.sleep(600)\nexcept KeyboardInterrupt: print('again'); time.sleep(600)"
    )
    interrupt_by_rest(daemon, client)
    client.wait_for_output("again")
    interrupt_by_rest(daemon, client)
    assert client.collect(running).reply["ename"] == "KeyboardInterrupt"


def test_a_cell_that_catches_its_cancellation_leaves_none_for_the_next(daemon, client):
    """An awaiting cell is cancelled; it may go on, and what comes after it runs undisturbed."""
    running = begin(
        client,
        "import asyncio\ntry: await asyncio.sleep(600)\nexcept asyncio.CancelledError: print('caught')\n'went on'",
    )
    interrupt_by_rest(daemon, client)
    assert client.collect(running).result == "'went on'"
    assert client.run("await asyncio.sleep(0.001); 'whole'").result == "'whole'"


def test_a_cancellation_of_the_cells_own_is_none_of_an_interrupt(client):
    exchange = client.execute("import asyncio\nt = asyncio.ensure_future(asyncio.sleep(600)); t.cancel(); await t")
    assert exchange.reply["ename"] == "CancelledError"


def test_interrupt_aborts_what_is_queued(daemon, client):
    running = begin(client, BLOCKING["sleep"])
    queued = [client.send_execute(f"print('never {number}')") for number in range(5)]
    client.request("kernel_info_request")  # answered once the daemon has them: the interrupt takes another way
    interrupt_by_rest(daemon, client)
    first, *others = client.collect(running, *queued)
    assert first.reply["status"] == "error"
    assert [other.reply["status"] for other in others] == ["aborted"] * 5
    assert client.run("1 + 1").result == "2"


def test_interrupt_aborts_nothing_where_the_cell_does_not_ask_for_it(daemon, client):
    running = begin(client, BLOCKING["sleep"], stop_on_error=False)
    queued = client.send_execute("'runs all the same'")
    interrupt_by_rest(daemon, client)
    first, second = client.collect(running, queued)
    assert first.reply["status"] == "error" and second.result == "'runs all the same'"


def test_interrupt_of_an_idle_kernel_spoils_nothing(daemon, client):
    client.run("1")
    for _ in range(20):
        interrupt_by_rest(daemon, client)
    for number in range(20):
        assert client.run(f"{number} + 1").result == str(number + 1)


def test_interrupt_hits_one_kernel_only(daemon, client):
    with daemon.client(daemon.start_kernel()) as other:
        end = "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass\n'whole'"
        running = begin(other, end)
        for _ in range(3):
            target = begin(client, BLOCKING["spin"])
            interrupt_by_rest(daemon, client)
            assert client.collect(target).reply["ename"] == "KeyboardInterrupt"
        assert other.collect(running).result == "'whole'"
    daemon.stop_kernel(other.kernel_id)


LONG_CALL = """
import hashlib, time
def call(times):  # lets go of the GIL, and looks at no signal until it is done
    begin = time.thread_time()
    hashlib.pbkdf2_hmac('sha256', b'grain', b'salt', int(times))
    return time.thread_time() - begin
call(1e5 / call(1e5))
while True: pass
"""


def interrupt_seconds(daemon, client):
    target = begin(client, "time.sleep(600)")
    start = time.perf_counter()
    interrupt_by_rest(daemon, client)
    client.collect(target)
    return time.perf_counter() - start


def test_one_is_not_kept_waiting_by_a_call_that_cannot_be_interrupted(daemon, pair):
    """An interrupt under way to a kernel in a long call of C does not delay that of another."""
    stubborn, other = pair
    other.run("import time")
    running = begin(stubborn, LONG_CALL)
    before = [interrupt_seconds(daemon, other) for _ in range(5)]
    interrupt_by_rest(daemon, stubborn)
    since, beside = time.perf_counter(), []
    while not stubborn.exchanges[running].finished():
        seconds = interrupt_seconds(daemon, other)
        stubborn.request("kernel_info_request")  # if the call is over, this is known now
        is_still_tried = not stubborn.exchanges[running].finished()
        if is_still_tried and time.perf_counter() - since > 0.2:  # every 2 ms at first, and then every 50
            beside.append(seconds)
    assert stubborn.exchanges[running].reply["ename"] == "KeyboardInterrupt"
    assert min(beside) < min(before) + 0.025, f"the one waits for the other: {before}, {beside}"


def test_interrupt_while_completing(daemon, client):
    """Both are wanted from one kernel at the same time, and neither is lost."""
    client.run("import time\na_long_name = 1")
    for _ in range(5):
        running = begin(client, "time.sleep(600)")
        asked = [client.send("complete_request", {"code": "a_long_", "cursor_pos": 7}) for _ in range(5)]
        interrupt_by_rest(daemon, client)
        cell, *completions = client.collect(running, *asked)
        assert cell.reply["ename"] == "KeyboardInterrupt"
        assert all(completion.reply["matches"] == ["a_long_name"] for completion in completions)


def test_a_slow_completion_is_not_interrupted(daemon, client):
    """An interrupt is for the cell; what is asked beside it is answered all the same."""
    client.run("import time\nclass Slow:\n    def __dir__(self): time.sleep(0.3); return ['grain']\nslow = Slow()")
    asked = client.send("complete_request", {"code": "slow.gr", "cursor_pos": 7})
    running = begin(client, "time.sleep(600)")
    interrupt_by_rest(daemon, client)
    cell, completion = client.collect(running, asked)
    assert cell.reply["ename"] == "KeyboardInterrupt" and completion.reply["status"] == "ok"


def test_many_interrupts_of_many_cells(daemon, client):
    for number in range(25):
        running = begin(client, BLOCKING["sleep"])
        interrupt_by_rest(daemon, client)
        assert client.collect(running).reply["ename"] == "KeyboardInterrupt", number
        assert client.run(f"{number}").result == f"{number}"


def test_a_traceback_shows_the_users_code_only(daemon, client):
    running = begin(client, BLOCKING["sleep"])
    interrupt_by_rest(daemon, client)
    shown = "\n".join(client.collect(running).reply["traceback"])
    assert "sleep" in shown and "corncob" not in re.sub(r"/corncob_\d+/\d+\.py", "", shown)


def test_an_interrupt_does_not_break_a_library_that_is_just_being_imported(fresh_daemon):
    """numpy can be loaded once a process; cut off in the middle of that, it would be lost to all kernels."""
    daemon = fresh_daemon()
    one, two = (daemon.client(daemon.start_kernel()) for _ in range(2))
    running = one.send_execute("print('on', flush=True)\nimport numpy\nwhile True: pass")
    one.wait_for_output("on")
    interrupt_by_rest(daemon, one)
    assert one.collect(running).reply["ename"] == "KeyboardInterrupt"
    for client in (one, two):
        assert client.run("import numpy; int(numpy.arange(3).sum())").result == "3"
        client.close()
