"""Reactive kernels: which cells run, and when, by the names that they define and read."""

import pytest
from reactive_notebook import notebook_of

# --- akernel's own example (its README's is in test_akernel.py)


def test_the_example_notebook(daemon):
    with notebook_of(daemon, named=False) as notebook:  # there `b` is defined by one cell after another
        notebook.run("a", "a = b + 1\na")
        notebook.run("b", "b")
        for value in range(3):
            notebook.run(f"b{value}", f"b = {value}")
            assert (notebook.result("b"), notebook.result("a")) == (str(value), str(value + 1))
        notebook.run("math", "from math import sin, cos, pi")
        notebook.run("y", "y = sin(x) + cos(x) + a")
        notebook.run("show y", "y")
        notebook.run("show x", "x")
        assert notebook.shown("show y") == notebook.shown("show x") == []
        for x, y in {"0": 4.0, "pi / 2": 4.0, "pi": 2.0, "3 * pi / 2": 2.0}.items():
            notebook.run(f"x = {x}", f"x = {x}")
            assert float(notebook.result("show y")) == pytest.approx(y)
        notebook.run("b3", "b = 3")
        assert float(notebook.result("show y")) == pytest.approx(3.0)
        notebook.run("del y", "del y")
        notebook.run("y again", "y = 2 * a\ny")
        notebook.run("b4", "b = 4")
        assert notebook.result("y again") == "10"


# --- what runs, and when


def test_each_once_and_in_order(either):
    either.run("runs", "runs = []")
    either.run("d", "d = b + c\nrunning('d')")
    either.run("b", "b = a + 1\nrunning('b')")
    either.run("c", "c = a * 10\nrunning('c')")
    either.run("running", "def running(name): runs.append(name)")
    assert set(either.run("a", "a = 1")["ran"]) == {"b", "c", "d"}
    assert either.client.run("runs").result in ("['b', 'c', 'd']", "['c', 'b', 'd']")
    either.client.run("runs.clear()")
    either.run("a", "a = 2")
    assert either.client.run("sorted(runs), runs[-1], d").result == "(['b', 'c', 'd'], 'd', 23)"


def test_only_what_depends_on_it(notebook):
    notebook.run("x", "x = 1")
    notebook.run("y", "y = 1")
    notebook.run("of x", "x + 1")
    notebook.run("of y", "y + 1")
    assert notebook.run("x", "x = 2") == {"ran": ["of x"]}
    assert notebook.run("z", "z = 3") == {}


def test_a_cell_that_a_client_runs_silently_changes_nothing(notebook):
    notebook.run("show", "x")
    notebook.client.execute("x = 1", silent=True)
    assert notebook.shown("show") == []
    notebook.run("other", "'sees it'")
    assert notebook.result("show") == "1"


# --- names


@pytest.mark.parametrize(
    "defining, read",
    [
        ("x, (y, *z) = 1, (2, 3)", "x, y, z"),
        ("x: int = 1", "x"),
        ("(x := 1)", "x"),
        ("for x in range(3): pass", "x"),
        ("with open('/dev/null') as x: pass", "x.name"),
        ("import os.path as x", "x.sep"),
        ("from os import path, sep as x", "x, path.sep"),
        ("def x(): return 1", "x()"),
        ("async def x(): return 1", "await x()"),
        ("class x: y = 1", "x.y"),
        ("x = {}\nx['a'] = 1\nx.setdefault('b', 2)", "x"),
        ("from math import *", "floor(pi)"),
        ("def f():\n    global x\n    x = 1\nf()", "x"),
        ("exec('x = 1')", "x"),
        ("globals()['x'] = 1", "x"),
        ("%time x = 1", "x"),
        ("%%time\nx = 1", "x"),
        ("%%capture x\nprint('captured')", "str(x)"),
        ("x = !echo hello", "x"),
        ("match [1, 2]:\n    case [x, *y]: pass", "x, y"),
        ("try: x = 1\nfinally: y = 2", "x, y"),
    ],
)
def test_a_cell_comes_when_its_names_do(notebook, defining, read):
    notebook.run("reads", read)
    assert notebook.shown("reads") == []
    notebook.run("defines", defining)
    assert notebook.result("reads") == notebook.client.run(read).result


@pytest.mark.parametrize(
    "code",
    [
        "[x for x in range(3)]",
        "(lambda x: x)(1)",
        "def f(x): return x",
        "class A:\n    x = 1\n    y = x",
        "try:\n    x\nexcept NameError:\n    print('it is not there')",
        "len('builtin'), __name__, In, get_ipython, exit",
    ],
)
def test_names_that_are_a_cells_own(notebook, code):
    assert notebook.run("own", code) == {}
    assert notebook.run("x", "x = 1").get("ran", []) == (["own"] if "NameError" in code else [])


def test_functions_read_what_they_will_need(notebook):
    notebook.run("calls", "f()")
    notebook.run("f", "def f(): return [x for _ in range(2)]")
    assert notebook.shown("calls") == []
    notebook.run("x", "x = 1")
    assert notebook.result("calls") == "[1, 1]"
    notebook.run("x", "x = 2")
    assert notebook.result("calls") == "[2, 2]"


def test_what_others_change(notebook):
    """Items and attributes set in another cell, a function's globals, what a cell deletes."""
    notebook.run("d", "d = {'a': 1}")
    notebook.run("show", "sorted(d.items())")
    notebook.run("more", "d['b'] = 2")
    assert notebook.result("show") == "[('a', 1), ('b', 2)]"
    notebook.run("d", "d = {'z': 1}")
    assert notebook.result("show") == "[('b', 2), ('z', 1)]"
    notebook.run("f", "def f():\n    global g\n    g = 7")
    notebook.run("g", "g")
    notebook.run("call", "f()")
    assert notebook.result("g") == "7"
    notebook.run("del", "del g")
    assert notebook.shown("g") == []


def test_reset_takes_everything(notebook):
    notebook.run("x", "x = 1")
    notebook.run("show", "x")
    notebook.run("reset", "%reset -f")
    assert notebook.shown("show") == []
    notebook.run("x", "x = 2")
    assert notebook.result("show") == "2"


# --- edits


def test_old_definitions_go_with_the_old_code(notebook):
    notebook.run("both", "x = 1\ny = 2")
    notebook.run("of y", "z = y\nz")
    notebook.run("of z", "z + 1")
    notebook.run("both", "x = 1")
    assert notebook.shown("of y") == notebook.shown("of z") == []
    assert notebook.client.run("[name for name in 'xyz' if name in globals()]").result == "['x']"
    notebook.run("y", "y = 5")
    assert (notebook.result("of y"), notebook.result("of z")) == ("5", "6")


def test_what_may_not_be_defined_again_is_not_left_over(notebook):
    notebook.run("x", "x = 1")
    notebook.run("y", "if x > 0:\n    y = 'positive'")
    notebook.run("show", "y")
    notebook.run("x", "x = -1")
    assert notebook.shown("show") == []


def test_deleted_cells(notebook):
    notebook.run("x", "x = 1")
    notebook.run("show", "x")
    notebook.run("other", "1", metadata={"deletedCells": ["x", "never seen"]})
    assert notebook.shown("show") == [] and notebook.client.run("'x' in globals()").result == "False"
    notebook.run("x again", "x = 2")
    assert notebook.result("show") == "2"


def test_one_name_and_two_cells(notebook):
    notebook.run("one", "x = 1")
    notebook.run("show", "x")
    refused = notebook.execute("two", "x = 2").reply
    assert refused["ename"] == "ReactiveError"
    assert "'x' is defined by two cells: [1] x = 1 (cell one) and [3] x = 2 (cell two)" in refused["evalue"]
    assert notebook.result("show") == "1" and notebook.client.run("x").result == "1"
    notebook.run("one", "y = 1")  # now the second one may have it
    assert notebook.shown("two") == [] and notebook.result("show") == "2"


def test_what_several_cells_may_define(notebook):
    for cell in ("one", "two"):
        notebook.run(cell, "import os, math as m\nfrom os.path import join\n_private = 1\nfor _ in range(2): pass")
    assert notebook.execute("three", "import cmath as m").reply["ename"] == "ReactiveError"
    notebook.run("show", "os.sep")
    notebook.run("one", "1")
    assert notebook.result("show") == "'/'"


def test_cells_without_ids_take_over(daemon):
    with notebook_of(daemon, named=False) as console:
        console.run("1", "x = 1")
        console.run("2", "y = x + 1")
        console.run("3", "y")
        console.run("4", "x = 2")
        assert console.result("3") == "3"
        console.run("5", "y = 10")
        console.run("6", "x = 5")  # `y` no longer depends on it
        assert console.result("3") == "10"
        console.run("7", "y = y + 1")
        console.run("8", "y = y + 1")
        assert console.result("3") == "12"


def test_a_console_beside_the_notebook(notebook):
    notebook.run("x", "x = 1")
    notebook.run("show", "x")
    notebook.client.run("x = 2")
    assert notebook.result("show") == "2"
    notebook.run("x", "x = 1")
    assert notebook.result("show") == "1"


def test_circles(notebook):
    notebook.run("a", "a = b + 1")
    notebook.run("b", "b = c + 1")
    refused = notebook.execute("c", "c = a + 1").reply
    assert refused["ename"] == "ReactiveError" and "in a circle" in refused["evalue"]
    for cell in ("[1] a = b + 1 (cell a)", "[2] b = c + 1 (cell b)", "[3] c = a + 1 (cell c)"):
        assert cell in refused["evalue"]
    notebook.run("a", "a = 1")
    assert notebook.client.run("a, b, c").result == "(1, 3, 2)"
    assert notebook.run("own", "n = 0\nn = n + 1") == {}


def test_a_long_circle_is_told_in_short(notebook):
    cells = 400
    sent = [notebook.send(f"cell{i}", f"v{i + 1} = v{i}") for i in range(cells)]
    notebook.client.collect(*sent)
    refused = notebook.execute("last", f"v0 = v{cells}").reply
    assert refused["ename"] == "ReactiveError" and len(refused["evalue"]) < 1000
    for told in ("v0 = v400", "v1 = v0", f"… {cells + 1 - 10} more …", "v400 = v399"):
        assert told in refused["evalue"]
    notebook.run("last", "v0 = 1")
    assert notebook.client.run(f"v{cells}").result == "1"
