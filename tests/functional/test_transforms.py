"""Cells that IPython would leave as they are skip its transformations: what comes of a cell is the same."""

import pytest
import seeds

_COMPARE = """
from IPython.core.inputtransformer2 import TransformerManager
from corncob_kernel import backends, caching
theirs = TransformerManager()
theirs.cleanup_transforms += [caching.without_wish, backends.without_backend]

def outcome(manager, cell):
    try:
        return manager.transform_cell(cell)
    except Exception as problem:
        return type(problem), str(problem)

def differences(cells):
    ours = get_ipython().input_transformer_manager
    return [(cell, a, b) for cell in cells if (a := outcome(ours, cell)) != (b := outcome(theirs, cell))]
"""

_CELLS = [
    "1+1",
    "x = 1\n",
    "\n\n  \nx = 1",
    "  x = 1\n  y = 2",
    "if x:\n    y\n\n    z\n   \nelse:\n    t",
    "text = '''\n    \nindented\n'''",
    "%time 1",
    "%%bash\nls",
    "a = %time 1",
    "files = !ls",
    "files = !ls | grep x\nprint(files)",
    "!ls",
    "!!ls",
    "x != y",
    "x = a != b\n!ls",
    "print?",
    "print??",
    "?print",
    "x = print?",
    "', '.join?",
    ",f a b",
    ";f a b",
    "/f a b",
    "x = (1\n/ 2)",
    "if x:\n    ,f a b",
    ">>> x = 1\n>>> y",
    ">>> def f():\n...     pass",
    "...",
    "In [1]: x = 1\n   ...: y = 2",
    "[ins] In [1]: x",
    " In [1]: x",
    "[nav] In [2]: x",
    "# nocache\nx = 1",
    "# thread\nx = 1",
    "%%trio\nx = 1",
    "%%nocache\nx = 1",
    "# an ordinary comment\nx = 1",
    "if x:\n\ty = 1\n        z = 2",
    "if x:\n        y\n    z",
    "if x:\n    y = [1,\n  2]\n  z",
    "x = '''\n%time\n'''",
    "x = '''unfinished",
    "x = (1,",
    "x = 1 \\",
    "x\\\n  , y",
    "f'{x!r} {y:%H}'",
    "lambda: (yield)",
    "x = 1;",
    "a\r\nb\r\n",
    "a\rb",
    "a\x0cb\n\x0c\n",
    "a\u2028b\n  \u2028",
    "\xa0x = 1",
    "x = '\x00'",
    "x = $1",
    "`x`",
    "\ud800 = 1",
    "",
    "\n",
    " ",
    "# comment",
    "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n",
    "def f():\n        # deep\n    # shallow\n  # odd\n    return 1",
    "async def f():\n    await g()\nawait f()",
    "x: int = 1\n@decorator\ndef f(): pass",
    "(a\n    .b()\n    .c())",
    "print('''\n>>> x\n... y\n''')",
]

_PIECES = [
    *"%!?,;/>.#'\"()[]{}\\=:@$ \t",
    "\n",
    "\n",
    "\n    ",
    "\n  ",
    "\n ",
    "x",
    "if x:",
    "def f():",
    "'''",
    '"""',
    "!=",
    ">>> ",
    "... ",
    "In [1]: ",
    "...: ",
    "# nocache",
    "%%trio",
    "pass",
    "1",
    " = ",
    "\r\n",
    "\x0c",
]


@pytest.fixture
def kernel(client):
    client.run(_COMPARE)
    return client


def test_what_comes_of_a_cell_is_what_ipython_makes_of_it(kernel):
    assert kernel.run(f"differences({_CELLS!r})").result == "[]"


def test_what_comes_of_any_cell_is_what_ipython_makes_of_it(kernel):
    assert kernel.run(f"differences({seeds.texts(_PIECES, 12, 4000)!r})").result == "[]"


def test_transformations_of_users_hold_for_every_cell(kernel):
    kernel.run(
        "get_ipython().input_transformers_cleanup.append(lambda lines: [each.replace('one', '1') for each in lines])"
    )
    assert kernel.run("one + one").result == "2"
    kernel.run("del get_ipython().input_transformers_cleanup[-1]")
    assert kernel.execute("one + one").reply["ename"] == "NameError"
