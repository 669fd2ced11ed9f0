"""Lines that IPython's prefilter would leave as they are skip it: what comes of a line is the same."""

import pytest
import seeds

_COMPARE = """
from IPython.core import prefilter
from IPython.core.autocall import IPyAutocall
from IPython.core.macro import Macro
from corncob_kernel.prefilter import PrefilterManager
class Caller(IPyAutocall):
    rewrite = False
ip = get_ipython()
m, call, value, ll = Macro("x = 1\\n"), Caller(), 3, 5
theirs = prefilter.PrefilterManager(shell=ip, parent=ip)

def differences(lines):
    ours = PrefilterManager(shell=ip, parent=ip)
    found = []
    for line in lines:
        ours.__dict__.pop("_checkers", None)  # as in a kernel that has not needed them yet
        a, b = ours.prefilter_lines(line), theirs.prefilter_lines(line)
        if a != b:
            found.append((line, a, b))
    return found
"""

_LINES = [
    "",
    "\n",
    "   ",
    "1+1",
    "x = 1\n",
    "x, y = 1, 2",
    "pwd",
    "pwd\n",
    "  pwd",
    "ls -l",
    "ls = 3",
    "ls, x = 1, 2",
    "ll",
    "ls",
    "time 1",
    "time(1)",
    "time = 3",
    "cd ..",
    "cd.x",
    "exit",
    "exit()",
    "exit(True)",
    "quit",
    "m",
    "m + 1",
    "  m",
    "m.value",
    "call",
    "call 1",
    "call(1)",
    "call = 1",
    "value 3",
    "value",
    "if m: pass",
    "print 1",
    "len [1]",
    "x # PYTHON-MODE",
    ",call a b",
    ";call a b",
    "/call a b",
    "%pwd",
    "?pwd",
    "pwd?",
    "!ls",
    "one\npwd",
    "pwd\none\n",
]
_PIECES = [*" \t\n.,;/!?%*=+()[]'\"", "ls", "pwd", "m", "call", "value", "exit", "if", "x", "1", " = ", "# PYTHON-MODE"]


@pytest.fixture
def kernel(client):
    client.run(_COMPARE)
    return client


def test_what_comes_of_a_line_is_what_ipython_makes_of_it(kernel):
    assert kernel.run(f"differences({_LINES!r})").result == "[]"


def test_what_comes_of_any_line_is_what_ipython_makes_of_it(kernel):
    assert kernel.run(f"differences({seeds.texts(_PIECES, 6, 3000)!r})").result == "[]"


def test_autocall(kernel):
    kernel.run("%autocall 1")
    assert kernel.run(f"differences({_LINES!r})").result == "[]"
    assert kernel.run("len 'three'").result == "5"


def test_without_automagic(kernel):
    kernel.run("%automagic off")
    assert kernel.run(f"differences({_LINES!r})").result == "[]"
    assert kernel.execute("pwd").reply["ename"] == "NameError"


def test_an_interrupt_leaves_all_or_none(kernel):
    code = (
        "def interrupted(**kwargs):\n    raise KeyboardInterrupt\n"
        "last, prefilter._default_checkers[-1] = prefilter._default_checkers[-1], interrupted\n"
        "try:\n    ip.transform_cell('pwd')\n"
        "except KeyboardInterrupt:\n    print('hit')\n"
        "finally:\n    prefilter._default_checkers[-1] = last"
    )
    assert kernel.run(code).text() == "hit\n"
    assert "run_line_magic('pwd'" in kernel.run("ip.transform_cell('pwd')").result


def test_checkers_of_users_hold_for_every_line(kernel):
    assert kernel.run("'_checkers' in vars(ip.prefilter_manager)").result == "False"
    kernel.run(
        "class Shout(prefilter.PrefilterChecker):\n"
        "    def check(self, line_info):\n"
        "        return self.prefilter_manager.get_handler_by_name('shout') if line_info.line == 'hey' else None\n"
        "class Shouting(prefilter.PrefilterHandler):\n"
        "    handler_name = 'shout'\n"
        "    def handle(self, line_info):\n"
        "        return repr(line_info.line.upper())\n"
        "made = [kind(shell=ip, prefilter_manager=ip.prefilter_manager) for kind in (Shout, Shouting)]"
    )
    assert kernel.run("hey").result == "'HEY'"
    assert kernel.run("pwd").result


def test_transformers_of_users_hold_for_every_line(kernel):
    kernel.run(
        "class Double(prefilter.PrefilterTransformer):\n"
        "    def transform(self, line, continue_prompt):\n"
        "        return line.replace('two', '2')\n"
        "double = Double(shell=ip, prefilter_manager=ip.prefilter_manager)"
    )
    assert kernel.run("two + two").result == "4"
    kernel.run("ip.prefilter_manager.unregister_transformer(double)")
    assert kernel.execute("two + two").reply["ename"] == "NameError"
