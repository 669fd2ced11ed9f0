"""Syntax trees, built by several threads at the same time.

CPython 3.11 counts the depth of the tree that it builds in one place for all threads, and takes a count that another
thread has disturbed for an error of its own (SystemError, python/cpython#106905). So they take turns; who does not know
of turns, or cannot wait for one, tries again: each attempt begins with a fresh count.
"""

import ast
import functools
import threading

_ATTEMPTS = 20
_TURN_SECONDS = 1  # an object's finalizer runs amid its owner's turn and may wait for what another waits with
_turn = threading.RLock()


def by_turns(parse):
    @functools.wraps(parse)
    def parse_by_turns(*args, **kwargs):
        mine = _turn.acquire(timeout=_TURN_SECONDS)
        try:
            for _ in range(_ATTEMPTS):
                try:
                    return parse(*args, **kwargs)
                except SystemError as error:
                    if "AST constructor recursion depth mismatch" not in str(error):
                        raise
            return parse(*args, **kwargs)
        finally:
            if mine:
                _turn.release()

    return parse_by_turns


def install():
    ast.parse = by_turns(ast.parse)
