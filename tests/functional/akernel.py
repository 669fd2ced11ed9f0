"""What akernel is known to get wrong, for tests that we do not, in whatever mode."""

# code -> what it gives
FAULTS = {
    "annotated": ("q: int = 1\nq", "1"),
    "annotated only": ("q: int\n2", "2"),
    "star import": ("from math import *\nround(pi, 2)", "3.14"),
    "global": ("global g\ng = 2\ng", "2"),
    "future": ("from __future__ import annotations\n3", "3"),
    "multiline": ("'''a\nb'''", r"'a\nb'"),
    "tuple": ("u, v = 1, 2\nu += 1\nu, v", "(2, 2)"),
    "else and finally": ("try:\n    w = 1\nexcept OSError:\n    pass\nelse:\n    w += 1\nfinally:\n    w *= 2\nw", "4"),
    "name": ("__name__", "'__main__'"),
    "history": ("_secret = 4; In[-1][:7]", "'_secret'"),
    "magic": ("%time t = 5\nt", "5"),
    "IPython": ("import IPython; IPython.version_info[0] >= 8, get_ipython() is IPython.get_ipython()", "(True, True)"),
    "false": ("[]", "[]"),
}

# Cells that give nothing, and that end some akernels.
EMPTY = ["", "  \n", "\n\n", "# only a comment", "# a comment\n\n# and another"]

# What follows from a cell is a table of its own: cell -> (ename, evalue, another cell, what that gives).
FAILING = {
    "no arguments": ("raise ValueError()", "ValueError", "", "1", "1"),
    "odd arguments": ("raise OSError(1, 'two', [3])", "PermissionError", "[Errno 1] two: [3]", "1", "1"),
    "a later line": (
        "def kept(): return 'kept'\nimport json\nclass Kept: pass\nraise ValueError('late')\n1",
        "ValueError", "late", "kept(), json.__name__, Kept.__name__", "('kept', 'json', 'Kept')",
    ),
    "syntax": ("1 +", "SyntaxError", "invalid syntax", "1", "1"),
    "no such name": ("_never_there()", "NameError", "name '_never_there' is not defined", "1", "1"),
}  # fmt: skip
