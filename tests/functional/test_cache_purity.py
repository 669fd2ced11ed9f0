"""What mode cache does not keep: cells that are seen to do more than compute; and what settles the rest."""

import re

import pytest
from akernel import EMPTY, FAULTS
from cached_cells import cached, is_replayed, never, run_twice


@pytest.fixture
def cache(daemon):
    with cached(daemon) as client:
        yield client


# --- what is not pure

IMPURE = {
    "time": ("import time", "t = time.time()", "time.time"),
    "time, by name": ("from time import perf_counter as clock", "t = clock()", "perf_counter"),
    "time, in a function": (
        "import time\ndef f(): return time.monotonic()\ndef g(): return f()",
        "t = g()",
        "monotonic",
    ),
    "time, forgotten": ("", "from time import time\nt = time()\ndel time", "time.time"),
    "time, overwritten": ("", "import time as clock\nt = clock.time()\nclock = 5", "time.time"),
    "time, hidden": ("def f():\n    import time\n    return time.time()", "t = f()", "time"),
    "time, in a dictionary": ("import time\nd = {'clock': time.time}", "t = d['clock']()", "time.time"),
    "time, in a list in a class": ("import time\nclass A: clocks = [time.monotonic]", "t = A.clocks[0]()", "monotonic"),
    "time, bound": ("import time, functools\np = functools.partial(time.time)", "t = p()", "time.time"),
    "time, by its name": ("import time", "t = getattr(time, 'ti' + 'me')()", "time"),
    "time, handed on": ("import time, operator\ncall = operator.methodcaller('time')", "t = call(time)", "time"),
    "time, a module among others": ("import time\nmodules = [time]", "t = modules[0].time()", "time"),
    "a method of a class": ("import datetime\nnow = [datetime.datetime.now]", "t = now[0]()", "now"),
    "the system, in a dictionary": ("import os\nd = {'pid': os.getpid}", "p = d['pid']()", "getpid"),
    "today": ("import datetime", "d = datetime.datetime.now()", "now"),
    "random": ("import random", "r = random.random()", "random"),
    "random, by name": ("from random import choice", "r = choice([1, 2])", "choice"),
    "random, in a library": ("import numpy as np\ndraw = np.random.normal", "r = [f() for f in [draw]]", "random"),
    "numpy.random": ("import numpy as np", "r = np.random.rand(2)", "numpy.random"),
    "an unseeded generator": ("import numpy as np", "r = np.random.default_rng()", "default_rng"),
    "uuid": ("import uuid", "u = uuid.uuid4()", "uuid4"),
    "environment": ("import os", "e = os.environ.get('HOME')", "os.environ"),
    "a file": ("path = __import__('os').devnull", "text = open(path).read()", "file"),
    "a file, by pathlib": ("import pathlib", "text = pathlib.Path('/dev/null').read_text()", "file"),
    "a directory": ("import os\nlist_it = os.listdir", "found = list_it('/')", "listdir"),
    "a program": ("import subprocess", "out = subprocess.run(['true'])", "subprocess"),
    "workers": (
        "from joblib import Parallel, delayed\nParallel(2)(delayed(abs)(n) for n in [1, 2])",
        "found = Parallel(2)(delayed(abs)(n) for n in [1, 2])",
        "joblib",
    ),
    "a program, by magic": ("", "!true", "get_ipython"),
    "a magic": ("", "%precision 3", "get_ipython"),
    "a socket": ("import socket as s", "c = s.socket().close()", "socket"),
    "a thread": ("import concurrent.futures as c", "with c.ThreadPoolExecutor(1) as e:\n    e.submit(int)", "thread"),
    "a task that goes on": ("import asyncio", "asyncio.ensure_future(asyncio.sleep(0.05))\n1", "ensure_future"),
    "a task, unseen": (
        "import asyncio\ngroup = []\nclass T:\n    make = staticmethod(getattr(asyncio, 'create' + '_task'))",
        "group.append(T.make(asyncio.sleep(0.2)))\n1",
        "task",
    ),
    "dynamic code": ("", "exec('x = 1')", "exec"),
    "the namespace": ("", "globals()['x'] = 1", "globals"),
    "history": ("", "n = len(In)", "in"),
    "a module's attribute": ("import decimal", "decimal.MAX_PREC = decimal.MAX_PREC", "decimal"),
    "a module's item": ("import colorsys as c", "c.__dict__['x'] = 1", "colorsys"),
    "a call for its effect": ("import numpy as np", "np.seterr(all='warn')\n1", "seterr"),
    "a stream": ("import sys, io", "sys.stdout = sys.stdout", "sys"),
    "a generator": ("g = (n for n in range(100))", "first = next(g)", "generator"),
    "input, unseen": ("ask = [input]", "try:\n    ask[0]()\nexcept Exception: pass\n1", "reads"),
    "a lock": ("import threading\nlock = threading.Lock()", "held = lock", "lock"),
    "a comm": ("import comm", "c = comm.create_comm(target_name='t')", "comm"),
    "a made-up display id": ("from IPython.display import display", "display(1, display_id=True);", "made up"),
    "a registry": ("import abc\nclass A(abc.ABC): pass", "A.register(int)", "a.register"),
    "the front end": ("", "get_ipython().set_next_input('x')", "get_ipython"),
}


@pytest.mark.parametrize("before, cell, why", IMPURE.values(), ids=IMPURE)
def test_what_is_not_pure_runs_every_time(cache, before, cell, why):
    cache.run(f"# nocache\n{before}")
    assert why in never(cache, cell).lower()


PURE = {
    "functions in a list": ("import math\nfs = [math.sin, len, str.upper, sorted]", "r = fs[0](1.0), fs[2]('a')"),
    "a class in a dictionary": ("import collections\nd = {'c': collections.Counter}", "r = d['c']('abca')['a']"),
    "a seeded generator": ("import numpy as np", "r = np.random.default_rng(7).normal(size=3)"),
    "sleep": ("import time", "time.sleep(0.001)\nslept = 1"),
    "awaiting": ("import asyncio", "await asyncio.sleep(0.001)\nawait asyncio.gather(asyncio.sleep(0))\nwaited = 1"),
    "paths": ("import os", "p = os.path.join('a', 'b')"),
    "dates": ("import datetime", "d = datetime.date(2026, 11, 26) + datetime.timedelta(days=1)"),
    "an import of a new module": ("", "import colorsys\nc = colorsys.rgb_to_hls(1, 0, 0)"),
    "a resource of a library": ("", "import zoneinfo\nz = zoneinfo.ZoneInfo('Europe/Berlin')\nstr(z)"),
    "writing to stdout": ("import sys", "sys.stdout.write('x')\nsys.stderr.write('y');"),
}


@pytest.mark.parametrize("before, cell", PURE.values(), ids=PURE)
def test_what_is_pure_is_kept(cache, before, cell):
    cache.run(f"# nocache\n{before}")
    run_twice(cache, cell)


def test_a_cell_that_fails_is_not_kept(cache):
    cache.run("calls = [0]")
    for _ in range(2):
        failed = cache.execute("calls[0] += 1\n1 / 0")
        assert failed.reply["ename"] == "ZeroDivisionError" and not is_replayed(failed)
    assert cache.run("calls").result == "[2]"


def test_a_registry_that_is_changed_unseen(cache):
    define = "# nocache\nimport abc\nclass A(abc.ABC): pass\ndef register(cls): cls.register(int)"
    for _ in range(2):
        cache.run(define)
        assert not is_replayed(cache.run("register(A)")) and cache.run("isinstance(1, A)").result == "True"


@pytest.mark.parametrize("waits", ["time.sleep(60)", "await asyncio.sleep(60)"])
def test_a_cell_that_has_caught_its_interrupt_is_not_kept(cache, waits):
    cache.run("import asyncio, time")
    code = f"try:\n    print('tries', flush=True)\n    {waits}\nexcept BaseException:\n    caught = True"
    for _ in range(2):
        cell = cache.send_execute(code)
        cache.wait_for_output("tries", parent=cell)
        cache.request("interrupt_request", channel="control")
        exchange = cache.collect(cell)
        assert exchange.reply["status"] == "ok" and not is_replayed(exchange)
        cache.run("# nocache\ndel caught")


def test_what_cannot_be_told_apart_gives_no_false_hit(cache):
    """akernel leaves an input that cannot be pickled out of its key."""
    for value in (1, 2):
        cache.run(f"class Odd:\n    def __reduce__(self): raise TypeError('no')\nodd = Odd(); odd.value = {value}")
        exchange = cache.run("odd.value")
        assert exchange.result == str(value) and not is_replayed(exchange)


@pytest.mark.parametrize("code", EMPTY)
def test_empty_cells(cache, code):
    assert cache.run(code).outputs == cache.run(code).outputs == []


@pytest.mark.parametrize("code, result", FAULTS.values(), ids=FAULTS)
def test_cells_that_akernel_does_not_run(cache, code, result):
    assert [cache.run(code).result for _ in range(3)] == [result] * 3


# --- what settles the rest


@pytest.mark.parametrize("code", ["# nocache\ny = x", "y = x  \n  # nocache", "%%nocache\ny = x"])
def test_nocache(cache, code):
    cache.run("x = 1")
    assert "asks not to be" in never(cache, code)
    run_twice(cache, "y = x")


def test_cache_in_spite_of_all(cache):
    code = "%%cache\nimport time\nt = time.time()\nprint(t)\nt"
    assert run_twice(cache, code).text()
    assert "time" in never(cache, code.partition("\n")[2])


def test_lines_count_behind_a_magic(cache):
    traceback = cache.execute("%%nocache\nfine = 1\n1 / 0").reply["traceback"]
    assert "----> 3" in re.sub("\x1b[^m]*m", "", "".join(traceback))


def test_info_and_clear(cache):
    assert cache.run("%cache info").text().startswith("0 cells are kept, 0.0 of at most 1073.7 MB\n")
    cache.run("x = 1")
    run_twice(cache, "y = x")
    text = cache.run("%cache info").text().splitlines()
    assert text[0].startswith("2 cells are kept") and text[1].startswith("in this kernel: 1 replayed, 2 kept")
    cache.run("%cache clear")
    assert not is_replayed(cache.run("y = x"))
    assert cache.execute("%cache").reply["ename"] == "UsageError"
    assert cache.execute("x = 1\n%%cache").reply["status"] == "error"


def test_the_log_says_why_at_debug(fresh_daemon):
    daemon = fresh_daemon("--log-level", "debug")
    with cached(daemon) as client:
        client.run("import time")
        client.run("t = time.time()")
    lines = [line for line in daemon.log().splitlines() if "is not kept: it uses time.time" in line]
    assert len(lines) == 1 and client.kernel_id in lines[0]
