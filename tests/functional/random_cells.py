"""Random programs for the tests of modes: cells over a few names, whose values refer to each other."""

NUMBERS, LISTS, OTHERS, FUNCTIONS = "nmk", "abc", "dso", "fg"

# Runs in the kernel: what the namespace holds, with what is shared told by numbers. Cells do not see it.
STATE = """# nocache
def tell(space):
    seen = {}

    def told(value):
        kind = type(value)
        if kind in (int, float, str, bool, type(None)):
            return value
        if id(value) in seen:
            return f"#{seen[id(value)]}"
        seen[id(value)] = len(seen)
        if kind in (list, tuple):
            return [kind.__name__, seen[id(value)], *[told(each) for each in value]]
        if kind is dict:
            return ["dict", seen[id(value)], *[[told(key), told(value[key])] for key in value]]
        if kind is set:
            return ["set", seen[id(value)], *sorted(map(str, value))]
        if kind.__name__ == "function":
            cells = [told(cell.cell_contents) for cell in value.__closure__ or ()]
            return ["function", seen[id(value)], value.__name__, told(value.__defaults__), cells, told(value.__dict__)]
        return [kind.__name__, seen[id(value)], told(value.__dict__)]

    return {name: told(space[name]) for name in "nmkabcdsofg" if name in space}

import builtins
builtins._state = lambda tell=tell, space=globals(): str(tell(space))
class Plot:
    def __init__(self, crop): self.crop = crop
    def __repr__(self): return "Plot"
    def sow(self, crop):
        self.crop = crop
        return self
del builtins, tell
"""
FORGET = "# nocache\nfor _name in 'nmkabcdsofg': globals().pop(_name, None)\ndel _name"


class Cells:
    def __init__(self, random):
        self._random = random
        self._pick = random.choice

    def cell(self):
        """Its code: a few statements, and perhaps a value."""
        lines = [self._statement() for _ in range(self._random.randint(1, 4))]
        if self._random.random() < 0.5:
            lines.append(self._value())
        return "\n".join(lines)

    def notebook(self, cells):
        return [self._beginning(), *[self.cell() for _ in range(cells)]]

    def edited(self, code):
        """The same cell, a little otherwise: another value, a line more or less, or only a comment."""
        lines = code.split("\n")
        kind = self._random.randrange(4)
        if kind == 0:
            return f"# a remark\n{code}"
        if kind == 1 and len(lines) > 1 and not any(line.startswith((" ", "def")) for line in lines):
            lines.pop(self._random.randrange(len(lines)))
            return "\n".join(lines)
        if kind == 2:
            return f"{self._statement()}\n{code}"
        return code.translate(str.maketrans("123", "231"))

    def _beginning(self):
        n, m, _ = NUMBERS
        a, b, c = LISTS
        return (
            f"{n}, {m} = {self._number()}, {self._number()}\n{a} = [{self._number()}]\n{b} = {self._pick([a, '[]'])}\n"
            f"{c} = [{a}, [{self._number()}]]\nd = {{'x': {b}}}\ns = {{1, 'y'}}\no = Plot({a})\n"
            f"def f(v=1): return v + {n}\ng = f"
        )

    def _number(self):
        return str(self._random.randint(0, 3))

    def _names(self, names):
        return self._pick(names)

    def _value(self):
        n, a, x = self._names(NUMBERS), self._names(LISTS), self._names("abcdso")
        return self._pick(
            [n, a, x, f"{n} + {self._number()}", f"len({a})", f"f({n})", f"g({self._number()})", f"sum([{n}, 1])",
             f"{x} is {a}", f"sorted(map(str, {a}))", "o.crop", "d.get('x')", f"[{a}, {x}]"]
        )  # fmt: skip

    def _statement(self):
        n, m = self._names(NUMBERS), self._names(NUMBERS)
        a, b, x = self._names(LISTS), self._names(LISTS), self._names("abcdsonm")
        number, f = self._number(), self._names(FUNCTIONS)
        return self._pick([
            f"{n} = {m} + {number}", f"{n} = {number}", f"{n} += {m}", f"{a} = {b}", f"{a} = [{x}, {number}]",
            f"{a} = {b} + [{number}]", f"{a}.append({number})", f"{a}.append({b})" if a != b else f"{a}.reverse()",
            f"{a}[:] = [{x}]" if a != x else f"{a}.clear()", f"{a} += [{number}]", f"{a}.pop()", f"{a}[0] = {n}",
            f"d['{number}'] = {x}" if x not in "d" else "d = dict(d)", f"d.pop('{number}', None)", f"{x} = d['x']",
            f"s.add({n})", f"s = s | {{{number}}}", f"s.discard({number})",
            f"o.crop = {x}" if x != "o" else "o = Plot(1)", f"o = Plot({a})", f"o.sow({b})", f"{a} = o.crop",
            f"o.{f} = {n}", f"del {x}", f"del {n}",
            f"print({n}, {a})", f"print('{number}')", f"import sys; print({n}, file=sys.stderr)", f"display({n})",
            f"if {n} > {number}:\n    {m} = {number}\nelse:\n    print('no')", f"for {n} in range({number}): {m} = {n}",
            f"while {n} > 2:\n    {n} -= 1\n    print({n})",
            f"try:\n    {m} = {a}[{number}]\nexcept (IndexError, TypeError):\n    {m} = -1",
            f"def {f}(v={number}):\n    return v + {n}", f"def {f}(v=0):\n    {a}.append(v)\n    return len({a})",
            f"def {f}(v=0):\n    global {n}\n    {n} = v\n    return v",
            f"def make(start):\n    def step(v=0):\n        nonlocal start\n        start += 1\n        return start\n"
            f"    return step\n{f} = make({number})\ndel make",
            f"{f} = lambda v={number}: [v, {n}]", f"{n} = {f}({number})", f"{a} = [{f}({n})]", "g = f", "f, g = g, f",
            f"{a} = [each for each in {b} if each != {number}]", f"({n}, {m}) = ({m}, {n})", f"{a} = {b}, = [{number}]",
            f"{n} = (lambda {m}: {m} + {number})({n})", f"{a} = sorted({{str(v) for v in {b}}})",
            f"await __import__('asyncio').sleep(0)\n{n} = {number}" if number == "3" else f"{n} = -{n}",
            f"{n}: int = {number}", f"assert {n} < 9", f"{a} = {a}[:4]",
        ])  # fmt: skip


__all__ = ["FORGET", "STATE", "Cells"]
