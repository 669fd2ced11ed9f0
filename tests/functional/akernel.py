"""What akernel is known to get wrong, for tests that we do not, in whatever mode."""

# code -> what it gives
FAULTS = {
    "annotated": ("q: int = 1\nq", "1"),
    "star import": ("from math import *\nround(pi, 2)", "3.14"),
    "global": ("global g\ng = 2\ng", "2"),
    "future": ("from __future__ import annotations\n3", "3"),
    "multiline": ("'''a\nb'''", r"'a\nb'"),
    "tuple": ("u, v = 1, 2\nu += 1\nu, v", "(2, 2)"),
}
