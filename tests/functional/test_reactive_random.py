"""Made-up notebooks in reactive kernels: run in any order, edited, cells deleted, names moved from one to another. What
is there in the end, and what is shown, is what a fresh kernel gives that runs their cells in the order of dependencies.
"""

import random
from dataclasses import dataclass, field

import pytest
from reactive_notebook import notebook_of
from seeds import seed

NOTEBOOKS = 200
EDITS = 6
MODES = ("react", "concurrent-react", "cache-react", "cache-concurrent-react")


@dataclass
class Cell:
    """`rank`: it reads only what cells of lower ranks define."""

    key: str
    rank: int
    names: list = field(default_factory=list)
    code: str = ""


class Author:
    def __init__(self, rng):
        self.rng = rng
        self.cells = [Cell(f"cell{i}", i) for i in range(rng.randint(3, 9))]
        for name in range(rng.randint(3, 9)):
            rng.choice(self.cells).names.append(f"v{name}")
        for cell in self.cells:
            self.write(cell)

    def write(self, cell):
        readable = [name for other in self.cells if other.rank < cell.rank for name in other.names] or ["1"]
        parts = [self.definition(name, readable) for name in cell.names]
        parts.append(self.rng.choice(["", f"print({self.value(readable)})", f"display({self.value(readable)})"]))
        own = [f"{name} if '{name}' in globals() else 'none'" for name in cell.names]  # a cell that fails is no subject
        parts.append(self.rng.choice(["", self.value(readable), *own]))
        cell.code = "\n".join(part for part in parts if part)

    def value(self, readable):
        x, y, number = self.rng.choice(readable), self.rng.choice(readable), self.rng.randrange(9)
        return self.rng.choice(
            [x, f"{x} + {y}", f"{x} * {number}", str(number), f"sum([{x} for i in range({number})])",
             f"(lambda k: k + {x})({y})", f"await asyncio.sleep(0, {x})", f"max({x}, {y})"]
        )  # fmt: skip

    def definition(self, name, readable):
        value, other, number = self.value(readable), self.value(readable), self.rng.randrange(9)
        return self.rng.choice(
            [
                f"{name} = {value}",
                f"{name}: int = {value}",
                f"{name} = {value}\n{name} += {number}",
                f"({name}, _rest) = ({value}, {number})",
                f"for {name} in range({number}, {number} + 2): pass",
                f"if ({value}) % 2:\n    {name} = {other}\nelse:\n    {name} = {number}",
                f"if ({value}) % 3:\n    {name} = {other}",
                f"def _make_{name}(n={number}):\n    return n + {self.rng.choice(readable)}\n{name} = _make_{name}()",
                f"class _C_{name}:\n    a = {self.rng.choice(readable)}\n{name} = _C_{name}.a",
                f"_d_{name} = {{}}\n_d_{name}['k'] = {value}\n{name} = _d_{name}['k']",
                f"try:\n    {name} = {value}\nfinally:\n    _f = 1",
            ]
        )

    def edit(self):
        """Returns the cells to run, and the keys of those that are gone."""
        cell = self.rng.choice(self.cells)
        what = self.rng.random()
        if what < 0.15 and len(self.cells) > 2:
            self.cells.remove(cell)
            return [self.rng.choice(self.cells)], [cell.key]
        if what < 0.3:
            return [cell], []  # run again as it is
        if what < 0.5 and cell.names:
            return self.move(cell, self.rng.choice(cell.names)), []
        self.write(cell)
        return [cell], []

    def move(self, cell, name):
        """To a cell that comes earlier, so that all that read it still come later."""
        earlier = [other for other in self.cells if other.rank < cell.rank]
        if not earlier:
            return [cell]
        taker = self.rng.choice(earlier)
        cell.names.remove(name)
        taker.names.append(name)
        self.write(cell)
        self.write(taker)
        return self.rng.sample([cell, taker], 2)


STATE = "{name: value for name, value in globals().items() if name[0] == 'v' and name[1:].isdigit()}"


@pytest.mark.timeout(180)
def test_made_up_notebooks(daemon):
    drawn = seed()
    rng = random.Random(drawn)
    for number in range(NOTEBOOKS):
        author, story = Author(rng), []
        with notebook_of(daemon) as notebook:
            notebook.client.run(f"%mode {rng.choice(MODES)}")
            notebook.client.run("import asyncio")
            steps = [([cell], []) for cell in rng.sample(author.cells, len(author.cells))]
            run_all(notebook, steps, story)
            for _ in range(rng.randint(0, EDITS)):
                run_all(notebook, [author.edit()], story)
            shown = {cell.key: notebook.shown(cell.key) for cell in author.cells}
            state = notebook.client.run(STATE).result
        with notebook_of(daemon) as fresh:
            fresh.client.run("import asyncio")
            run_all(fresh, [([cell], []) for cell in author.cells], [])
            wanted = {cell.key: fresh.shown(cell.key) for cell in author.cells}
            told = f"seed {drawn}, notebook {number}\n" + "\n".join(story)
            assert eval(state) == eval(there := fresh.client.run(STATE).result), f"{state}, not {there}; {told}"
            unlike = {key: (shown[key], wanted[key]) for key in shown if shown[key] != wanted[key]}
            assert not unlike, f"{unlike}; {told}"


def run_all(notebook, steps, story):
    sent = []
    for cells, deleted in steps:
        for cell in cells:
            story.append(f"--- {cell.key}, deleted {deleted}\n{cell.code}")
            sent.append(notebook.send(cell.key, cell.code, metadata={"deletedCells": deleted}, stop_on_error=False))
            deleted = []
    notebook.client.collect(*sent)
    notebook.absorb()
