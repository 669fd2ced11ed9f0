"""The names that a cell binds and reads (corncob_kernel/names.py, which needs no kernel): a table, and made-up programs
that are run to see what they do with their names."""

import contextlib
import pathlib
import random
import sys

import pytest
from seeds import seed

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tenants/interpreter/python"))
from corncob_kernel.names import names_of  # noqa: E402

PROGRAMS = 1500

# code: what it defines, what it needs; more where that is not all
TABLE = [
    ("", "", ""),
    ("# only a comment", "", ""),
    ("x = 1", "x", ""),
    ("x = y", "x", "y"),
    ("x = 1; y = x", "x y", ""),
    ("x: int = y", "x", "int y"),
    ("x: int", "", "int"),
    ("from __future__ import annotations\nx: T = 1\ndef f(a: A) -> R: pass", "x f", ""),
    ("x += 1", "x", "", {"read": "x"}),
    ("x = x + 1", "x", "", {"read": "x"}),
    ("(a, [b, *c]), d.e, f[g] = h", "a b c", "d f g h", {"mutated": "d f"}),
    ("print((y := x))", "y", "print x"),
    ("[z := i for i in r]", "z", "r", {"certain": ""}),
    ("with o() as (a, b), p(a): c = b", "a b c", "o p"),
    ("for i, j in r: k = i\nelse: m = k", "i j k m", "r", {"read": "r k", "certain": ""}),
    ("while c: x = 1", "x", "c", {"certain": ""}),
    ("while (line := get()): use(line)", "line", "get use", {"certain": "line"}),
    ("import a.b, c.d as e\nfrom f import g as h, i", "a e h i", "", {"modules": "a.b c.d f"}),
    ("a\nfrom .m import *\nfrom n import *\nb", "", "a", {"modules": ".m n", "read": "a b"}),
    ("try: x = f()\nexcept E as e: print(e)\nelse: y = 1\nfinally: z = 2", "x y z", "f E print", {"certain": "z"}),
    ("try: import n\nexcept ImportError: n = None\nn.x", "n", "ImportError", {"certain": "n"}),
    ("try: u\nexcept NameError: u = 1", "u", "NameError", {"read": "NameError u", "certain": ""}),
    ("try: u\nexcept (KeyError, NameError): pass", "", "KeyError NameError", {"read": "KeyError NameError u"}),
    ("with suppress(NameError): u", "", "suppress NameError", {"read": "suppress NameError u"}),
    ("try: pass\nexcept E as e: pass", "", "E", {"deleted": "e"}),
    ("del x", "", "x", {"deleted": "x"}),
    ("x = 1\ndel x", "", ""),
    ("del x\nx = 1", "x", "", {"read": "x", "deleted": ""}),
    ("del d[k], o.a", "", "d k o", {"mutated": "d o", "deleted": ""}),
    ("x = 1\ndel x\nx", "", "x"),
    ("if c: x = 1\nelse: x = 2\nx", "x", "c"),
    ("if c: x = 1\nx", "x", "c", {"certain": "", "read": "c x"}),
    ("if c: raise E\nelse: x = 1\nx", "x", "c E", {"certain": "x"}),
    ("def f(a, b=d, *c, k=e, **m): return a + b + c + k + m + n", "f", "d e n"),
    ("def f():\n x = y\n def g(): return x + z\n return g", "f", "y z"),
    ("def f():\n global x\n x = 1", "f x", "", {"certain": "f"}),
    ("def f():\n x = 1\n def g():\n  nonlocal x\n  x = y\n", "f", "y"),
    ("def f(): return f() + g()\ndef g(): return 1", "f g", "", {"read": "g"}),
    ("def f():\n d['a'] = 1", "f", "d", {"mutated": ""}),
    ("def f():\n try: pass\n except E as e: e\n match p:\n  case [q, *r]: return q, r", "f", "E p"),
    ("async def f(): await g()\nawait f()", "f", "g"),
    ("async with a as b:\n async for c in b: d = [e async for e in c]", "b c d", "a", {"certain": "b"}),
    ("f = lambda a, b=c: a + b + d", "f", "c d"),
    ("x = (lambda: x)()", "x", "", {"read": "x"}),
    ("[a for a in b if a if c for d in a]", "", "b c"),
    ("{k: v for k, v in r.items()}; {k for k in k}; (g for g in h)", "", "r k h"),
    ("[[a for a in b] for b in c]", "", "c"),
    ("class A(B, metaclass=M):\n x = y\n z = x\n def f(self): return x, A, __class__", "A", "B M y x"),
    ("class A:\n z = [i for i in r]\n w = __qualname__", "A", "r"),
    ("@d\nclass A: pass\n@e(x)\ndef f(): pass", "A f", "d e x"),
    (
        "match p:\n case {'k': v, **rest}: a = v\n case C(x=y) | D(y): b = y\n case _: c = 1",
        "v rest a y b c",
        "p C D",
        {"certain": ""},
    ),
    ("match p:\n case [1]: a = 1\n case other: a = 2\na", "a other", "p", {"certain": "a"}),
    ("match p:\n case 1: a = 1\na", "a", "p", {"read": "p a", "certain": ""}),
    ("a and (b := c)", "b", "a c", {"certain": ""}),
    ("x = (a if b else (d := c))", "x d", "a b c", {"certain": "x"}),
    ("x.a = 1; y[0] += z; w.b.c[1].d = 2", "", "x y z w", {"mutated": "x y w"}),
    ("d = {}; d['a'] = 1", "d", "", {"mutated": ""}),
    ("f(x).a = 1", "", "f x", {"mutated": ""}),
    ("x.append(1)", "", "x", {"mutated": ""}),
    ("global x\nx = 1", "x", ""),
    ("f'{a!r:{b}} {(c := 1)}'", "c", "a b"),
    ("get_ipython().run_cell_magic('time', '', 'x = y')", "x", "get_ipython y"),
    ("v = get_ipython().run_line_magic('time', 'f(z)')", "v", "get_ipython f z"),
    ("get_ipython().run_cell_magic('bash', '', 'x = y')", "", "get_ipython"),
    ("get_ipython().run_cell_magic('time', '', 'no python')", "", "get_ipython"),
]


@pytest.mark.parametrize("code, defined, needed, more", [(*row, {})[:4] for row in TABLE], ids=[r[0] for r in TABLE])
def test_table(code, defined, needed, more):
    names = names_of(code)
    own = {} if "certain" in more else {"certain": defined}  # what a cell defines is certain, if nothing else is said
    for field, wanted in {"defined": defined, "needed": needed, **own, **more}.items():
        assert getattr(names, field) == set(wanted.split()), f"{field} of {code!r}"
    assert names.needed <= names.read and names.certain <= names.defined


def test_imports():
    names = names_of("import numpy as np, a.b\nfrom math import sin\nfrom m import *\nimport q\nq = 1\nx = 2")
    assert dict(names.imported) == {"np": "numpy", "a": "a", "sin": "math:sin"}
    assert names.star_imports == ("m",)


def test_long_code():
    """Which the compiler takes, too."""
    branches = "if a == 0: b = 0\n" + "".join(f"elif a == {i}: b = c{i}\n" for i in range(1, 900)) + "else: b = d"
    compile(branches, "", "exec")
    names = names_of(branches)
    assert (names.defined, names.certain) == ({"b"}, {"b"}) and {"a", "c899", "d"} <= names.needed
    total = "s = a + " + " + ".join(f"b{i}" for i in range(2000))
    compile(total, "", "exec")
    assert {"a", "b0", "b1999"} <= names_of(total).needed


def test_no_python():
    with pytest.raises(SyntaxError):
        names_of("x = = 1")


# --- made-up programs: what they do when they run is what has been told of them


class Outside(int):
    """A value from before the program."""


class Namespace(dict):
    """Notes which names are looked up that the program has not bound."""

    def __init__(self, outside):
        super().__init__({name: Outside() for name in outside})
        self.outside, self.used = dict(self), set()

    def is_outside(self, name):
        """CPython binds some names past __setitem__."""
        return self.outside.get(name, self) is self.get(name)

    def __getitem__(self, name):
        if self.is_outside(name):
            self.used.add(name)
        return super().__getitem__(name)

    def __delitem__(self, name):
        if self.is_outside(name):
            self.used.add(name)
        super().__delitem__(name)


class Author:
    """Writes programs that end."""

    def __init__(self, rng):
        self.rng = rng

    def name(self):
        return self.rng.choice("abcdefg")

    def value(self):
        x, y, z = self.name(), self.name(), self.name()
        return self.rng.choice(
            [
                x,
                f"{x} + 1 if {y} else {z}",
                f"({x} or ({y} := {z}))",
                f"[{x} for {x} in [{y}, {z}]]",
                f"[{x} + {y} for {y} in range(2) if {z}]",
                f"(lambda {x}: {x} or {y})({z})",
                f"len([{x} := i for i in range({self.rng.randrange(2)})])",
                str(self.rng.randrange(3)),
            ]
        )

    def block(self, depth, indent):
        return "".join(self.statement(depth - 1, indent + " ") for _ in range(self.rng.randint(1, 3)))

    def statement(self, depth, pad=""):
        x, y, value = self.name(), self.name(), self.value()
        simple = [
            f"{pad}{x} = {value}\n",
            f"{pad}{x} += {value}\n",
            f"{pad}{x}, {y} = {value}, {self.value()}\n",
            f"{pad}del {x}\n",
            f"{pad}import math as {x}\n",
            f"{pad}{value}\n",
            f"{pad}if {x}: raise ValueError\n",
        ]
        if depth <= 0:
            return self.rng.choice(simple)
        one, two = self.block(depth, pad), self.block(depth, pad)
        shared = f"{pad} global {y}\n" if self.rng.random() < 0.5 else ""
        compound = [
            f"{pad}if {value}:\n{one}{pad}else:\n{two}",
            f"{pad}for {x} in range({self.rng.randrange(3)}):\n{one}{pad} if {y}: break\n{pad}else:\n{two}",
            f"{pad}try:\n{one}{pad}except Exception as {x}:\n{two}",
            f"{pad}try:\n{one}{pad}except NameError:\n{two}{pad}else:\n{one}{pad}finally:\n{two}",
            f"{pad}def {x}(p):\n{shared}{one}{pad} return {y}\n{pad}{x}(1)\n",
            f"{pad}class {x}:\n{self.block(1, pad)}{pad} def m(self):\n{shared}{self.block(1, pad + ' ')}"
            f"{pad}{x}().m()\n",
            f"{pad}match {value}:\n{pad} case 0: {y} = 1\n{pad} case [{x}, *{y}]: pass\n{pad} case _:\n"
            + self.block(depth, pad + " "),
            f"{pad}with memoryview(b'') as {x}:\n{one}",
        ]
        return self.rng.choice([*simple, *compound, *compound])

    def program(self):
        return "".join(self.statement(2) for _ in range(self.rng.randint(1, 4)))


def test_made_up_programs():
    drawn = seed()
    rng = random.Random(drawn)
    author, ran_through = Author(rng), 0
    for _ in range(PROGRAMS):
        code = author.program()
        with contextlib.suppress(SyntaxError):  # a name that is declared global after it is used
            compiled = compile(code, "program", "exec")
            ran_through += check(code, compiled, {name for name in "abcdefg" if rng.random() < 0.7})
    assert ran_through > PROGRAMS / 10


def check(code, compiled, outside):
    names, space, ended = names_of(code), Namespace(outside), False
    with contextlib.suppress(Exception, RecursionError):
        exec(compiled, space)
        ended = True
    now = {name for name in space if name in "abcdefg"}
    bound = {name for name in now if not space.is_outside(name)}
    used = {name for name in space.used if name in "abcdefg"}
    story = f"outside {outside}, names {names}, of\n{code}"
    assert used <= names.read, f"used {used - names.read}: {story}"
    if ended:
        assert bound <= names.defined, story
        assert names.certain <= now, story
        assert outside - now <= names.deleted, story
    return ended
