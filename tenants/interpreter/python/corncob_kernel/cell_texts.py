"""What is known of a cell by its text alone. Remembered: most cells run more than once."""

import ast
from collections import OrderedDict

from .code_names import Names
from .purity import Code

_REMEMBERED = 128  # the last ones


class CellText:
    def __init__(self, code, dump, purity):
        self.code = code  # compiled in one piece
        self.dump = dump  # its syntax tree, without comments and blanks
        self.purity = purity


class CellTexts:
    """One a kernel."""

    def __init__(self):
        self.names_of = Names()
        self._known = OrderedDict()

    def get(self, shell, nodes, cell_name, compiler, text):
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if shell.autoawait else 0
        key = text, cell_name, compiler.flags, flags
        found = self._known.get(key) if not shell.ast_transformers else None
        if found is None:
            found = self._known[key] = self._make(list(nodes), cell_name, compiler, flags)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _make(self, nodes, cell_name, compiler, flags):
        module = ast.Module(nodes, [])
        with compiler.extra_flags(flags):
            code = compiler(module, cell_name, "exec")
        return CellText(code, ast.dump(module), Code(nodes, self.names_of(code)))


__all__ = ["CellTexts"]
