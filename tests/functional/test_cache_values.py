"""Mode cache: what values count as the same input, and what becomes of objects that cells change and share."""

import pytest
from cached_cells import cached, is_replayed, never, run_twice


@pytest.fixture
def cache(daemon):
    with cached(daemon) as client:
        yield client


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


def test_tuples_and_dataclasses_of_the_notebook(cache):
    define = (
        "# nocache\nfrom collections import namedtuple\nfrom dataclasses import dataclass\n"
        "Span = namedtuple('Span', 'a b')\n@dataclass(frozen=True)\nclass Field:\n    size: int\n"
        "span, field = Span(1, [2]), Field(3)"
    )
    for replayed in (False, True):
        cache.run(define)
        exchange = cache.run("more = [span, span._replace(a=5), field, Field(7)]\nmore")
        assert exchange.result == "[Span(a=1, b=[2]), Span(a=5, b=[2]), Field(size=3), Field(size=7)]"
        assert is_replayed(exchange) == replayed
        assert cache.run("more[1].b is span.b, type(more[3]) is Field").result == "(True, True)"


def test_what_a_function_remembers_is_no_value(cache):
    cache.run("import functools\nfactor = 2\n@functools.lru_cache\ndef scaled(n): return n * factor")
    assert "in place" in never(cache, "v = scaled(1)")
    assert "remembers" in never(cache, "@functools.lru_cache\ndef other(n): return n\nw = other(1)")


def test_a_way_of_its_own_to_be_pickled_is_not_run(cache):
    """It could print, where the cell does not."""
    cache.run("class Loud:\n    def __getstate__(self): print('loud'); return {}\nloud = Loud()")
    for code in ("x = loud", "y = Loud()"):
        assert "way of its own" in never(cache, code)
        assert cache.run(code).outputs == []


def test_a_table_whose_memory_an_array_shows(cache):
    """A table that is put back in place would leave the array behind."""
    make = "# nocache\nimport pandas as pd\ntable = pd.DataFrame({'a': [1, 2]})\n"
    found = []
    for view in ("seen = 0", "seen = table.a.to_numpy()", "seen = table.a.to_numpy()"):
        cache.run(make + view)
        exchange = cache.run("table.loc[0, 'a'] = 9")
        found.append((is_replayed(exchange), cache.run("# nocache\nstr(seen)").result))
    assert found[1:] == [(False, "'[9 2]'")] * 2
    cache.run(make)
    assert is_replayed(cache.run("table.loc[0, 'a'] = 9"))


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


@pytest.mark.parametrize(
    "code",
    [
        "gone = 1\ndel gone",
        "for gone in [1]: del gone",
        "try: 1 / 0\nexcept ZeroDivisionError as gone: pass",
        "def end():\n    global gone\n    gone = 1\n    del gone\nend()\ndel end",
    ],
)
def test_what_is_deleted_is_deleted_also_where_it_had_not_been(cache, code):
    run_twice(cache, code)
    cache.run("gone = 4")
    cache.run(code)
    assert cache.execute("gone").reply["ename"] == "NameError"
    assert is_replayed(cache.run(code))
