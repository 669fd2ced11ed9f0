"""Mode cache: what is kept of cells, when it is found again, and what is replayed."""

import re

import pytest
from cached_cells import cached, is_replayed, kernel_beside, never, run_twice, shown
from concurrency import kernel_of
from kernelspecs import installed
from test_kernel_process import launch, run  # noqa: F401  (a fixture, and what it needs)
from test_subshells import Subshell


@pytest.fixture
def cache(daemon):
    with cached(daemon) as client:
        yield client


# --- akernel's: the cell runs again when its inputs have changed, and is known when they are back

SLOW = "time.sleep(0.01)\ny = x + 1\n2 * y"


def test_akernels_example(cache):
    cache.run("import time\nx = 0")
    for x, result, replayed in ((0, "2", False), (0, "2", True), (1, "4", False), (1, "4", True), (0, "2", True)):
        cache.run(f"x = {x}")
        exchange = cache.run(SLOW)
        assert (exchange.result, is_replayed(exchange)) == (result, replayed)
        assert cache.run("y").result == str(x + 1)


def test_over_zmq(launch, tmp_path):  # noqa: F811
    for expected in ({}, {"cache": "hit"}):
        client = launch("--mode", "cache", env={"XDG_STATE_HOME": str(tmp_path)}).client()
        try:
            assert run(client, "%mode")[1] == "cache\n"
            run(client, "import time\nx = 0")
            outputs = []
            reply = client.execute_interactive(f"print('runs')\n{SLOW}", timeout=30, output_hook=outputs.append)
            assert {"cache": "hit"}.items() & reply["metadata"].items() == expected.items()
            assert [m["content"]["text"] for m in outputs if m["msg_type"] == "stream"] == ["runs\n"]
            assert run(client, "y")[2] == ["1"]
        finally:
            client.stop_channels()


def test_an_installed_kernelspec_carries_its_mode(tmp_path):
    patch = installed(tmp_path, "concurrent-cache")
    try:
        text = (tmp_path / "share/jupyter/kernels/corncob-cache-concurrent/kernel.json").read_text()
        assert '"--mode",\n    "cache-concurrent"' in text
    finally:
        patch.undo()


def test_mode_magic(client):
    client.run("x = 1")
    client.run("y = x")
    assert not is_replayed(client.run("y = x"))
    client.run("%mode cache")
    assert client.run("%mode").text() == "cache\n"
    run_twice(client, "from_mode_magic = x + 1")
    client.run("%mode concurrent-cache")
    assert client.run("%mode").text() == "cache-concurrent\n"
    client.run("%mode chained")
    assert client.run("%mode").text() == "chained\n"
    assert not is_replayed(client.run("from_mode_magic = x + 1"))
    assert client.execute("%mode chained-concurrent").reply["ename"] == "UsageError"


# --- what is replayed


def test_all_that_it_shows_is_shown_again_in_order(cache):
    code = (
        "import sys\nfrom IPython.display import display, clear_output, HTML\n"
        "print('one'); print('two', file=sys.stderr); display(HTML('<b>three</b>')); print('four')\n"
        "clear_output(wait=True); sys.stdout.write('five\\n'); display(6, metadata={'a': 1})\n'seven'"
    )
    exchange = run_twice(cache, code)
    kinds = ["stream", "stream", "display_data", "stream", "clear_output", "stream", "display_data", "execute_result"]
    assert [what for what, *_ in shown(exchange)] == kinds


def test_result_out_and_history(cache):
    cache.run("x = [1]")
    first = run_twice(cache, "y = x\ny")
    count = first.reply["execution_count"]
    assert first.only("execute_result")["execution_count"] == count == 4
    assert cache.run("(_ is y, Out[4] is y, _4 is y, In[4])").result == r"(True, True, True, 'y = x\ny')"
    assert cache.run("%history -o 4").text() == "y = x\ny\n[1]\n"
    replayed = cache.execute("y = x\ny", user_expressions={"z": "y + [2]"})
    assert replayed.reply["user_expressions"]["z"]["data"]["text/plain"] == "[1, 2]" and is_replayed(replayed)


def test_a_figure(cache):
    cache.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    cache.run("points = [1, 3, 2]")
    exchange = run_twice(cache, "plt.plot(points)\nplt.title('corn')\nplt.show()\nprint('shown')")
    assert "image/png" in exchange.only("display_data")["data"]
    cache.run("plt.rcParams['lines.linewidth'] = 7")
    assert not is_replayed(cache.run("plt.plot(points)\nplt.title('corn')\nplt.show()\nprint('shown')"))


def test_deleted_and_annotated_names(cache):
    cache.run("x, y = 1, 2")
    assert not is_replayed(cache.run("del x\nz: int = y"))
    cache.run("x, y = 1, 2")
    cache.run("del z")
    assert is_replayed(cache.run("del x\nz: int = y"))
    assert cache.run("'x' in globals(), z, __annotations__").result == "(False, 2, {'z': int})"


def test_comments_and_blanks_do_not_matter(cache):
    cache.run("x = 1")
    cache.run("y = x+1")
    assert is_replayed(cache.run("# a comment\n\ny   =  ( x + 1 )   # and another\n"))
    assert not is_replayed(cache.run("y = x+2"))


def test_a_replayed_function_knows_its_text_and_the_namespace(cache):
    code = "def scaled(a, *, by=[10]):\n    return a * by[0] * factor\nalso = scaled"
    cache.run("factor = 2")
    cache.run(code)
    cache.run("del scaled, also")
    assert is_replayed(cache.run(code))
    assert cache.run("factor = 3\nscaled(2), also is scaled").result == "(60, True)"
    traceback = "".join(cache.execute("scaled(None)").reply["traceback"])
    assert "return a * by[0] * factor" in re.sub("\x1b[^m]*m", "", traceback)


# --- values: what changes the key, what does not, what is shared


def test_a_variable_that_is_input_and_output(cache):
    cache.run("x = 1")
    assert [cache.run("x = x + 1\nx").result for _ in range(4)] == ["2", "3", "4", "5"]
    cache.run("x = 1")
    again = [cache.run("x = x + 1\nx") for _ in range(4)]
    assert [each.result for each in again] == ["2", "3", "4", "5"] and all(map(is_replayed, again))


def test_changes_in_place_are_seen_under_every_name(cache):
    cache.run("a = [1]\nb = {'a': a}")
    cache.run("a.append(len(a))\nc = [b, a]")
    cache.run("a = [1]\nb = {'a': a}")
    assert is_replayed(cache.run("a.append(len(a))\nc = [b, a]"))
    assert cache.run("a, b, b['a'] is a, c[0] is b, c[1] is a").result == "([1, 1], {'a': [1, 1]}, True, True, True)"


OBJECTS = {
    "list": ("v = [1, [2]]", "v[1].append(3); v.insert(0, 0)", "v", "[0, 1, [2, 3]]"),
    "dict": ("v = {1: {}}", "v[1]['k'] = v; v[2] = 3", "v[1]['k'] is v, list(v)", "(True, [1, 2])"),
    "set": ("v = {1, 2}", "v.add(3); v.discard(1)", "v", "{2, 3}"),
    "bytearray": ("v = bytearray(b'abc')", "v[0] = 65", "v", "bytearray(b'Abc')"),
    "deque": ("import collections; v = collections.deque([1], 2)", "v.extend([2, 3])", "v", "deque([2, 3], maxlen=2)"),
    "array": ("import numpy as np; v = np.zeros(3)", "v[1:] = 5", "v.tolist()", "[0.0, 5.0, 5.0]"),
    "frame": (
        "import pandas as pd; v = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
        "v['c'] = v.a * 2; v.loc[0, 'a'] = 9", "v.to_dict('list')",
        "{'a': [9, 2], 'b': ['x', 'y'], 'c': [2, 4]}",
    ),
    "closure": (
        "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return step\n"
        "v = counter()",
        "last = v()", "last, v()", "(1, 2)",
    ),
    "global": ("v = 0\ndef step():\n    global v\n    v += 1", "step(); step()", "v", "2"),
}  # fmt: skip


@pytest.mark.parametrize("before, cell, look, result", OBJECTS.values(), ids=OBJECTS)
def test_what_is_changed_in_place(cache, before, cell, look, result):
    for replayed in (False, True):
        cache.run(f"# nocache\n{before}\nalias = v")
        assert is_replayed(cache.run(cell)) == replayed, cache.run("%cache info").text()
        assert cache.run(f"# nocache\n{look}").result == result
        assert cache.run("# nocache\nalias is v or type(v) is int").result == "True"


def test_instances_of_a_class_of_the_notebook(cache):
    define = "# nocache\nclass Barn:\n    cows = 0\n    def __init__(self): self.hay = []\nbarn = Barn()\nboth = [barn]"
    for replayed in (False, True):
        cache.run(define)
        exchange = cache.run("barn.hay.append('bale')\nbarn.cows = 2\nother = Barn()\nboth.append(other)")
        assert is_replayed(exchange) == replayed
        look = "[b.__dict__ for b in both], both[0] is barn, type(other) is Barn"
        assert cache.run(look).result == "([{'hay': ['bale'], 'cows': 2}, {'hay': []}], True, True)"
    assert "class" in never(cache, "class Stall: pass")


def test_a_class_counts_by_what_it_is(cache):
    cache.run("# nocache\nclass Seed:\n    def grow(self): return 1")
    run_twice(cache, "grown = Seed().grow()")
    cache.run("# nocache\nclass Seed:\n    def grow(self): return 2")
    assert not is_replayed(cache.run("grown = Seed().grow()"))
    assert cache.run("grown").result == "2"


CHANGED = {
    "code": ("def f(): return 1", "def f(): return 2"),
    "default": ("def f(a=1): return a", "def f(a=2): return a"),
    "closure": (
        "def make(n):\n    def f(): return n\n    return f\nf = make(1)",
        "def make(n):\n    def f(): return n\n    return f\nf = make(2)",
    ),
    "global of a function that it calls": (
        "factor = 1\ndef g(): return factor\ndef f(): return g()",
        "factor = 2\ndef g(): return factor\ndef f(): return g()",
    ),
    "type": ("def f(): return 1", "def f(): return True"),
    "builtin": ("def f(): return 1\n", "f = lambda: 2\n"),
}  # fmt: skip


@pytest.mark.parametrize("one, other", CHANGED.values(), ids=CHANGED)
def test_a_function_counts_by_its_code_and_all_it_uses(cache, one, other):
    results = {}
    for code in (one, other, one, other):
        cache.run(f"# nocache\n{code}")
        exchange = cache.run("value = f()\nvalue")
        assert is_replayed(exchange) == (code in results)
        assert results.setdefault(code, exchange.result) == exchange.result
    assert results[one] != results[other]


def test_comments_in_a_function_do_not_count(cache):
    cache.run("def f(): return 1")
    cache.run("v = f()")
    cache.run("def f():\n    # one\n    return 1")
    assert is_replayed(cache.run("v = f()"))


EQUAL_BUT_NOT_THE_SAME = ["1", "True", "1.0", "'1'", "b'1'", "[1]", "(1,)", "{1}", "{1: 1}", "None", "-0.0", "0.0"]


def test_values_of_other_types_are_other_inputs(cache):
    for value in EQUAL_BUT_NOT_THE_SAME:
        cache.run(f"v = {value}")
        exchange = cache.run("seen = repr(v)\nseen")
        assert not is_replayed(exchange) and exchange.result == repr(value), value


def test_sharing_counts(cache):
    for replayed in (False, True):
        for make, result in (("a = [0]; b = [a, a]", "[[0, 1], [0, 1]]"), ("a = [0]; b = [a, [0]]", "[[0, 1], [0]]")):
            cache.run(f"# nocache\n{make}")
            assert is_replayed(cache.run("b[0].append(1)")) == replayed
            assert cache.run("# nocache\nb").result == result


def test_an_absent_name_is_an_input(cache):
    code = "try:\n    seen = maybe\nexcept NameError:\n    seen = 'nothing'\nseen"
    assert cache.run(code).result == "'nothing'"
    cache.run("maybe = 5")
    assert cache.run(code).result == "5"
    cache.run("del maybe")
    assert cache.run(code).result == "'nothing'"


def test_arrays_and_frames_count_by_content(cache):
    cache.run("import numpy as np, pandas as pd")
    for first, other in (
        ("np.arange(10)", "np.arange(1, 11)"),
        ("np.arange(10)", "np.arange(10.0)"),
        ("np.arange(6).reshape(2, 3)", "np.arange(6).reshape(3, 2)"),
        ("np.arange(4).reshape(2, 2)", "np.arange(4).reshape(2, 2).T.copy()"),
        ("np.array(['a', None], object)", "np.array(['b', None], object)"),
        ("np.array(['2020-01-01'], 'M8[D]')", "np.array(['2020-01-02'], 'M8[D]')"),
        ("pd.DataFrame({'a': [1, 2]})", "pd.DataFrame({'b': [1, 2]})"),
        ("pd.DataFrame({'a': [1, 2]})", "pd.DataFrame({'a': [1, 3]})"),
        ("pd.Series(list('ab'))", "pd.Series(list('ac'))"),
        ("pd.Series([1, 2], index=[0, 1])", "pd.Series([1, 2], index=[0, 2])"),
        ("pd.Categorical(['a', 'b'])", "pd.Categorical(['b', 'a'])"),
    ):
        cache.run("%cache clear")
        replayed = []
        for value in (first, other, first, other):
            cache.run(f"# nocache\nv = {value}")
            replayed.append(is_replayed(cache.run("w = [v]\nstr(v)")))
        assert replayed == [False, False, True, True], (first, other)


def test_views_are_not_torn_apart(cache):
    cache.run("import numpy as np\na = np.zeros(4)")
    assert "same memory" in never(cache, "b = a[1:]")
    cache.run("b[0] = 1")
    assert cache.run("a.tolist()").result == "[0.0, 1.0, 0.0, 0.0]"


# --- other kernels, restarts


def test_another_kernel_of_the_tenant_finds_it(daemon, cache):
    cells = ["import math\nx = {'b', 'a'}\nz = [3]", "y = sorted(x), math.pi, z\nprint(y)", "z.append(y)\nlen(z)"]
    first = [cache.run(code) for code in cells]
    with kernel_beside(cache, daemon) as other:
        second = [other.run(code) for code in cells]
        assert all(map(is_replayed, second)) and [shown(each) for each in second] == [shown(each) for each in first]
        assert other.run("y[2] is z, math.floor(2.5)").result == "(True, 2)"


def test_a_restart_of_the_kernel(daemon, cache):
    cache.run("x = 2")
    cache.run("y = x ** 10\ny")
    assert daemon.post(f"/api/kernels/{cache.kernel_id}/restart").status_code == 200
    assert cache.execute("y").reply["ename"] == "NameError"
    cache.run("x = 2")
    assert is_replayed(cache.run("y = x ** 10\ny"))


def test_other_versions_are_other_inputs(cache):
    cache.run("import numpy as np")
    run_twice(cache, "n = np.float64(1)")
    cache.run(
        "# nocache\nfrom corncob_kernel import fingerprints\nknown = fingerprints._version_of\n"
        "fingerprints._version_of = lambda package: '0' if package == 'numpy' else known(package)"
    )
    try:
        assert not is_replayed(cache.run("n = np.float64(1)"))
    finally:
        cache.run("# nocache\nfingerprints._version_of = known")


# --- cells side by side


def test_cells_beside_each_other(daemon):
    with cached(daemon) as client:
        client.run("%mode cache-concurrent")
        client.run("import asyncio\na, b = 1, 2")
        cells = [
            f"await asyncio.sleep(0.05)\n{name}{name} = {name} + 1\nprint('{name}')\n{name}{name}" for name in "ab"
        ]
        for replayed in (False, True):
            exchanges = client.collect(*[client.send_execute(code) for code in cells])
            assert [is_replayed(each) for each in exchanges] == [replayed] * 2
            assert [(each.text(), each.result) for each in exchanges] == [("a\n", "2"), ("b\n", "3")]
        client.run("%mode cache")
        assert client.run("aa, bb").result == "(2, 3)"


def test_cells_that_touch_the_same_are_not_kept_while_they_run_beside(daemon):
    with cached(daemon) as client:
        client.run("%mode cache-concurrent")
        client.run("import asyncio\na = 1")
        cells = ["await asyncio.sleep(0.05)\nc = a", "await asyncio.sleep(0.02)\na = a + 1"]
        client.collect(*[client.send_execute(code) for code in cells])
        client.run("# nocache\na = 1")
        exchanges = client.collect(*[client.send_execute(code) for code in cells])
        assert not any(map(is_replayed, exchanges))
        assert client.run("# nocache\na, c").result == "(2, 2)"


def test_on_a_thread_and_in_a_subshell(cache):
    cache.run("x = 3")
    run_twice(cache, "# thread\non_thread = x * 2\nprint(on_thread)")
    subshell = Subshell(cache)
    exchanges = [subshell.run("in_subshell = x * 3\nin_subshell") for _ in range(2)]
    assert [is_replayed(each) for each in exchanges] == [False, True]
    assert [each.result for each in exchanges] == ["9", "9"]


def test_the_tenants_other_kernels_need_no_cache(daemon, cache):
    """%%cache is for one cell, in any kernel."""
    with kernel_of(daemon) as plain:
        plain.run("x = 1")
        run_twice(plain, "%%cache\ny = x + 41\ny")
        assert not is_replayed(plain.run("y = x + 41\ny"))
    cache.run("x = 1")
    assert is_replayed(cache.run("y = x + 41\ny"))
