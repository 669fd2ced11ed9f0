"""Cells as IPython would have them: `%magic`, `!command`, `name?` and pasted prompts become Python.

IPython splits every cell into tokens to look for these, which is a sixth of what a small cell costs. Most cells hold no
character that any of them begins with, and stay as they are.
"""

import re

from IPython.core.inputtransformer2 import TransformerManager

from . import backends, caching

# What IPython might change, and more: who is in doubt is looked at by IPython itself.
_LOOKED_FOR = re.compile(
    r"""
      \A\s                                  # indented as a whole, or with empty lines in front
    | [%?] | !(?!=)                         # magics, help, commands
    | ^\ *(?:[,;/]|>>>|\.\.\.)              # calls without parentheses, prompts of Python
    | ^(?:\[(?:nav|ins)\])?\ ?In\ \[        # prompts of IPython
    | ^\ +$                                 # lines of blanks, which become empty
    | [\0\t\r\f\v\x1c-\x1e\x85\u2028\u2029] # lines end, or are indented, in more than one way
    """,
    re.MULTILINE | re.VERBOSE,
)
_INDENTS = re.compile(r"^ *(?=[^ \n#])", re.MULTILINE)


class CellTransformer(TransformerManager):
    """Where somebody has added transformations, or taken some away, all cells are IPython's matter."""

    def __init__(self):
        super().__init__()
        self.cleanup_transforms += [caching.without_wish, backends.without_backend]
        self._as_made = self._all()

    def _all(self):
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]

    def transform_cell(self, cell):
        if _LOOKED_FOR.search(cell) or self._all() != self._as_made or not _dedents_as_it_indents(cell):
            return super().transform_cell(cell)
        return cell if cell.endswith("\n") else f"{cell}\n"


def _dedents_as_it_indents(cell):
    """If not, it may be no Python, which IPython's tokenizer says in words of its own."""
    depths = [0]
    for indent in map(len, _INDENTS.findall(cell)):
        while depths[-1] > indent:
            depths.pop()
            if depths[-1] < indent:
                return False
        if depths[-1] < indent:
            depths.append(indent)
    return True


__all__ = ["CellTransformer"]
