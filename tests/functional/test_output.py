"""What is printed, wherever a cell's code has got to, goes to that cell, in order; two kernels at the same time."""

import json

import psutil
import pytest
from deadline import eventually
from pairs import both, two_kernels


@pytest.fixture
def late_pair(daemon):
    """Two kernels whose clients expect output of cells that have ended."""
    for clients in two_kernels(daemon):
        for client in clients:
            client.late_output = True
        yield clients


def texts(exchanges, name="stdout"):
    return [exchange.text(name) for exchange in exchanges]


# Programs.

PROGRAMS = {
    "os.system": "import os\nstatus = os.system('echo %s')",
    "subprocess.run": "import subprocess\nsubprocess.run(['echo', '%s'])",
    "subprocess.call, shell": "import subprocess\nsubprocess.call('echo %s', shell=True)",
    "Popen": "import subprocess\nsubprocess.Popen(['echo', '%s']).wait()",
    "Popen(stdout=sys.stdout)": "import subprocess, sys\nsubprocess.run(['echo', '%s'], stdout=sys.stdout)",
    "Popen(stdout=sys.__stdout__)": "import subprocess, sys\nsubprocess.run(['echo', '%s'], stdout=sys.__stdout__)",
    "Popen(stdout=1)": "import subprocess\nsubprocess.run(['echo', '%s'], stdout=1)",
    "Popen(stderr=STDOUT)": "import subprocess\nsubprocess.run('echo %s >&2', shell=True, stderr=subprocess.STDOUT)",
    "preexec_fn": "import subprocess\nsubprocess.run(['echo', '%s'], preexec_fn=lambda: None)",
    "os.popen": "import os\nprint(os.popen('echo %s').read(), end='')",
    "os.posix_spawn": (
        "import os\npid = os.posix_spawn('/bin/echo', ['echo', '%s'], os.environ)\nstatus = os.waitpid(pid, 0)"
    ),
    "os.spawnlp": "import os\nstatus = os.spawnlp(os.P_WAIT, 'echo', 'echo', '%s')",
    "asyncio": "import asyncio\np = await asyncio.create_subprocess_exec('echo', '%s')\n_ = await p.wait()",
    "asyncio, shell": "import asyncio\np = await asyncio.create_subprocess_shell('echo %s')\n_ = await p.wait()",
    "!": "!echo %s",
    "!!": "out = !echo %s\nprint(out.s)",
    "%system": "lines = %%system echo %s\nprint(lines.s)",
    "%sx": "lines = %%sx echo %s\nprint(lines.s)",
    "%%bash": "%%%%bash\necho %s",
    "%%sh": "%%%%sh\necho %s",
    "%%script": "%%%%script python3\nprint('%s')",
    "multiprocessing": (
        "import multiprocessing\np = multiprocessing.Process(target=print, args=('%s',))\np.start(); p.join()"
    ),
    "os.fork": "import os\nif os.fork() == 0:\n    print('%s')\n    os._exit(0)\n_ = os.wait()",
    "os.write": "import os\n_ = os.write(1, b'%s\\n')",
    "sys.__stdout__": "import sys\nprint('%s', file=sys.__stdout__)",
    "sys.stdout.fileno()": "import os, sys\n_ = os.write(sys.stdout.fileno(), b'%s\\n')",
    "sys.stdout.buffer": "import sys\n_ = sys.stdout.buffer.write(b'%s\\n')",
}


@pytest.mark.parametrize("code", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_a_program_prints_belongs_to_its_cell(pair, code):
    exchanges = both(pair, code, "one", "two")
    assert [exchange.reply["status"] for exchange in exchanges] == ["ok", "ok"]
    assert texts(exchanges) == ["one\n", "two\n"]
    assert texts(exchanges, "stderr") == ["", ""]


ERRORS = {
    "os.system": "import os\nstatus = os.system('echo %s >&2')",
    "subprocess.run": "import subprocess\nsubprocess.run('echo %s >&2', shell=True)",
    "os.popen": "import os\ntext = os.popen('echo %s >&2').read()",
    "%%bash": "%%%%bash\necho %s >&2",
    "os.write": "import os\n_ = os.write(2, b'%s\\n')",
    "forked": "import os\nif os.fork() == 0:\n    os.write(2, b'%s\\n')\n    os._exit(0)\n_ = os.wait()",
}


@pytest.mark.parametrize("code", ERRORS.values(), ids=ERRORS.keys())
def test_what_it_prints_as_an_error_too(pair, code):
    exchanges = both(pair, code, "one", "two")
    assert texts(exchanges, "stderr") == ["one\n", "two\n"]
    assert texts(exchanges) == ["", ""]


def test_a_programs_output_comes_in_its_place(client):
    done = client.run(
        "import os, subprocess\n"
        "print('1'); os.system('echo 2'); print('3'); subprocess.run(['echo', '4']); print('5')\n"
        "get_ipython().system('echo 6'); print('7'); _ = os.write(1, b'8\\n'); print('9')"
    )
    assert done.text() == "".join(f"{i}\n" for i in range(1, 10))
    shown = client.run("import os\n_ = os.system('echo before')\ndisplay('x')\n_ = os.system('echo after')")
    assert [m.msg_type for m in shown.outputs] == ["stream", "display_data", "stream"]


@pytest.mark.parametrize("start", ["import subprocess; subprocess.run(%r, shell=True)", "get_ipython().system(%r)"])
def test_output_is_there_while_the_program_runs(client, tmp_path, start):
    gate = tmp_path / "gate"
    cell = client.send_execute(start % f"echo first; while [ ! -e {gate} ]; do sleep 0.02; done; echo second")
    client.wait_for_output("first", parent=cell)
    gate.touch()
    assert client.collect(cell).text() == "first\nsecond\n"


def test_the_bang_is_on_a_terminal_so_that_programs_do_not_hold_back(client, tmp_path):
    gate, script = tmp_path / "gate", tmp_path / "script.py"
    script.write_text(
        "import os, sys, time\nprint('first', sys.stdout.isatty(), repr(sys.stdin.read()))\n"
        f"while not os.path.exists({str(gate)!r}): time.sleep(0.02)\n"
    )
    cell = client.send_execute(f"import sys\n!{{sys.executable}} {script}")
    client.wait_for_output("first True ''", parent=cell)
    gate.touch()
    assert client.collect(cell).text() == "first True ''\n"


def test_all_of_what_a_program_prints_arrives(pair):
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'for i in range(200000): print(i, \"%s\")'])"
    for name, done in zip(("é", "雪"), both(pair, code, "é", "雪"), strict=True):
        assert done.text() == "".join(f"{i} {name}\n" for i in range(200000))


def test_bytes_that_are_no_text_do_no_harm(client):
    done = client.run("import os\n_ = os.system(r\"printf 'a\\377b\\342\\230'; sleep 0.05; printf '\\203'\")")
    assert done.text() == "a\ufffdb\u2603"


def test_programs_get_an_empty_input(client):
    done = client.run("import subprocess, os\nsubprocess.run(['cat'])\n_ = os.system('cat')\n!cat\nprint('done')")
    assert done.text() == "done\n"


def test_what_is_redirected_is_left_alone(client, tmp_path):
    out = tmp_path / "out"
    done = client.run(
        "import subprocess\n"
        "a = subprocess.run('echo a; echo b >&2', shell=True, capture_output=True, text=True)\n"
        f"with open({str(out)!r}, 'w') as f: subprocess.run('echo c', shell=True, stdout=f)\n"
        "d = subprocess.check_output('cat', input=b'd')\n"
        "print(repr((a.stdout, a.stderr, d)))"
    )
    assert done.text() == "('a\\n', 'b\\n', b'd')\n"
    assert out.read_text() == "c\n"


def test_a_program_that_outlives_its_cell_still_prints_to_it(late_pair, tmp_path):
    gate = tmp_path / "gate"
    code = f"import subprocess\np = subprocess.Popen('while [ ! -e {gate} ]; do sleep 0.02; done; echo %s', shell=True)"
    started = both(late_pair, code, "one", "two")
    assert texts(started) == ["", ""]
    for client in late_pair:
        client.run("print('meanwhile')")
    gate.touch()
    for client, cell, text in zip(late_pair, started, ("one\n", "two\n"), strict=True):
        while cell.text() != text:
            client.receive()
        assert client.run("p.wait()").result == "0"


def test_exit_codes(client):
    done = client.run(
        "import os, subprocess\n"
        "a = os.waitstatus_to_exitcode(os.system('exit 3')), os.waitstatus_to_exitcode(os.system('kill -9 $$'))\n"
        "!exit 4\nb = _exit_code\n!kill -9 $$\nc = _exit_code\n(a, b, c)"
    )
    assert done.result == "((3, -9), 4, -9)"


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("import os; os.system('echo on; sleep 60')", "KeyboardInterrupt"),
        ("import subprocess; subprocess.run('echo on; sleep 60; echo', shell=True)", "KeyboardInterrupt"),
        ("!echo on; sleep 60", None),  # as in IPython: it was the program that was to end
    ],
)
def test_an_interrupt_ends_the_program(daemon, client, code, ename):
    cell = client.send_execute(code)
    client.wait_for_output("on", parent=cell)
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    assert client.collect(cell).reply.get("ename") == ename
    # Popen leaves what it has killed to be waited for by the next one.
    running = [p for p in daemon.ps.children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]
    assert not psutil.wait_procs(running, timeout=10)[1]


def test_a_forked_child_that_runs_on_ends_with_its_cell(daemon, client):
    done = client.run(
        "import os\npid = os.fork()\n_ = os.write(1, b'parent\\n' if pid else b'child\\n')\n"
        "if pid: _ = os.waitpid(pid, 0)"
    )
    assert sorted(done.text().split()) == ["child", "parent"]
    assert client.run("1 + 1").result == "2"


@pytest.fixture
def alone(fresh_daemon):
    """A daemon of the test's own that makes no shells ahead: nothing else opens descriptors."""
    return fresh_daemon(config="kernels: {prespawn_count: 0}")


def test_no_descriptor_is_left(alone):
    with alone.client(alone.start_kernel()) as client:
        client.run("import os, subprocess, sys\n_ = sys.stdout.fileno(); os.system('true')\n!true")
        client.request("history_request", {"hist_access_type": "tail", "n": 1})  # its database is open from now on
        before = alone.ps.num_fds()
        client.run(
            "for i in range(50):\n    subprocess.run(['true']); os.system('true')\n"
            "!true\nif os.fork() == 0: os._exit(0)"
        )
        eventually(lambda: alone.ps.num_fds() <= before)


def test_a_kernel_that_ends_closes_its_pipes(alone):
    daemon = alone
    with daemon.client(daemon.start_kernel()) as client:
        client.run("import os; _ = os.system('true')")
        client.request("history_request", {"hist_access_type": "tail", "n": 1})
    eventually(lambda: daemon.get("/api/status").json()["connections"] == 0)
    before = daemon.ps.num_fds()
    kernel_id = daemon.start_kernel()
    client = daemon.client(kernel_id)
    client.run("import subprocess, sys; p = subprocess.Popen('sleep 60', shell=True); _ = sys.stderr.fileno()")
    daemon.delete(f"/api/kernels/{kernel_id}")
    client.close(check=False)
    eventually(lambda: daemon.ps.num_fds() <= before)
    for child in daemon.ps.children(recursive=True):
        child.kill()


# Python's own ways to print, after the cell has ended.

LATE = {
    "thread": "import threading\nthreading.Thread(target=lambda: (gate.wait(20), print('%s'))).start()",
    "timer": "import threading\nt = threading.Timer(0.01, lambda: (gate.wait(20), print('%s'))); t.start()",
    "executor": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
        "f = pool.submit(lambda: (gate.wait(20), print('%s')))"
    ),
    "executor's callback": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
        "f = pool.submit(gate.wait, 20); f.add_done_callback(lambda f: print('%s'))"
    ),
    "asyncio.to_thread": (
        "import asyncio\nt = asyncio.create_task(asyncio.to_thread(lambda: (gate.wait(20), print('%s'))))"
    ),
    "run_in_executor": (
        "import asyncio\nt = asyncio.get_running_loop().run_in_executor(None, lambda: (gate.wait(20), print('%s')))"
    ),
    "task": (
        "import asyncio\n"
        "async def late():\n    while not gate.is_set(): await asyncio.sleep(0.01)\n    print('%s')\n"
        "t = asyncio.create_task(late())"
    ),
    "call_later": (
        "import asyncio\nloop = asyncio.get_running_loop()\n"
        "def late():\n    print('%s') if gate.is_set() else loop.call_later(0.01, late)\nloop.call_later(0.01, late)"
    ),
    "task's callback": (
        "import asyncio\n"
        "async def late():\n    while not gate.is_set(): await asyncio.sleep(0.01)\n"
        "t = asyncio.create_task(late()); t.add_done_callback(lambda t: print('%s'))"
    ),
    "logging": (
        "import logging, threading, sys\n"
        "log = logging.getLogger('%s'); log.propagate = False\n"
        "h = logging.StreamHandler(sys.stdout); log.addHandler(h)\n"
        "threading.Thread(target=lambda: (gate.wait(20), log.warning('%s'))).start()"
    ),
    "thread of a thread": (
        "import threading\n"
        "def outer():\n    gate.wait(20); t = threading.Thread(target=print, args=('%s',)); t.start(); t.join()\n"
        "threading.Thread(target=outer).start()"
    ),
}


@pytest.mark.parametrize("code", LATE.values(), ids=LATE.keys())
def test_output_after_the_end_of_a_cell_is_still_its_own(late_pair, code):
    both(late_pair, "import threading\ngate = threading.Event()")
    words = ("one", "two")
    ids = [c.send_execute(code.replace("%s", word)) for c, word in zip(late_pair, words, strict=True)]
    started = [c.collect(i) for c, i in zip(late_pair, ids, strict=True)]
    assert [cell.reply["status"] for cell in started] == ["ok", "ok"], started[0].reply
    assert texts(started) == ["", ""]
    later = both(late_pair, "gate.set(); print('later')")
    for client, cell, word in zip(late_pair, started, words, strict=True):
        while cell.text() != f"{word}\n":
            client.receive()
    assert texts(later) == ["later\n", "later\n"]


@pytest.mark.parametrize(
    "code",
    ["import warnings; warnings.warn('careful %s')", "import logging; logging.getLogger('a').warning('careful %s')"],
)
def test_warnings_and_logging_go_to_the_cell(pair, code):
    for word, done in zip(("one", "two"), both(pair, code, "one", "two"), strict=True):
        assert f"careful {word}" in done.text("stderr")
        assert "careful" not in done.text()


# Many small ones are few messages.


@pytest.mark.parametrize("flush", [True, False])
def test_flushed_prints_are_few_messages_and_none_is_lost(pair, flush):
    for done in both(pair, f"for i in range(10000): print(i, flush={flush})"):
        assert done.text() == "".join(f"{i}\n" for i in range(10000))
        # One for each 10 ms of printing; this many would mean ten seconds.
        assert len(done.of("stream")) < 1000


def test_lines_of_both_streams_keep_their_order(client):
    done = client.run("import sys\nfor i in range(200): print(i, file=(sys.stdout, sys.stderr)[i % 2])")
    assert "".join(m.content["text"] for m in done.of("stream")) == "".join(f"{i}\n" for i in range(200))


def test_what_the_environment_tells_programs(client):
    names = ["TERM", "PAGER", "GIT_PAGER"]
    found = client.value(f"[__import__('os').environ[name] for name in {json.dumps(names)}]")
    assert found == ["xterm-color", "cat", "cat"]
