"""Cells whose outcome is kept: run once, then replayed where code and inputs are the same, also by another kernel of
the tenant's and by the next daemon.

A cell is kept if it is seen to do nothing but compute (purity.py, audit.py), if its inputs have values that can be told
(fingerprints.py), and if what it has changed can be pickled (outcomes.py). Any other one simply runs; the daemon's log
says why at the level debug, `%cache info` for the last one.
"""

import re

import corncob_port

from . import cache_store
from .attempts import Attempt
from .cell_texts import CellTexts
from .identities import Unfit

_NO_CACHE = re.compile(r"^\s*#\s*nocache\s*$", re.MULTILINE)
_WISHES = {"%%cache": True, "%%nocache": False}  # as the first line of a cell


def without_wish(lines):
    """A cell as it runs."""
    return ["\n", *lines[1:]] if lines and lines[0].strip() in _WISHES else lines


def _wish_of(raw_cell):
    """True: it is to be kept, whatever it is seen to do; False: it is not; None: as the kernel's mode says."""
    if _NO_CACHE.search(raw_cell):
        return False
    return _WISHES.get(raw_cell.lstrip().partition("\n")[0].strip())


class CellCache:
    """Of one kernel; the store is the tenant's."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.texts = CellTexts()
        self._running = {}  # cell -> what it tries; None: nobody knows what it does
        self.hits = self.kept = self.not_kept = 0
        self.last_reason = None

    @property
    def store(self):
        return cache_store.store_of(self.kernel.port.tenant())

    async def run(self, cell, nodes, cell_name, interactivity, compiler, result, run):
        """As `await run()`, which runs the nodes; or what that would have done."""
        cell.end_beginning()
        attempt = self._attempt(cell, nodes, cell_name, interactivity, compiler, result)
        names = attempt.names if attempt is not None else None
        for other in list(self._running.values()):
            if other is not None:
                other.beside.append(names)
        if attempt is not None:
            attempt.beside = [other and other.names for other in list(self._running.values())]
        self._running[cell] = attempt
        try:
            if attempt is None:
                return await run()
            hit = attempt.replay()
            self.kernel.port.cache_looked_up(hit)
            if hit:
                self.hits += 1
                cell.replayed = True
                return False
            return await attempt.record(run)
        finally:
            del self._running[cell]

    def _attempt(self, cell, nodes, cell_name, interactivity, compiler, result):
        wish = _wish_of(result.info.raw_cell)
        if wish is False:
            self.tell("it asks not to be")
            return None
        try:
            return Attempt(self, cell, nodes, cell_name, interactivity, compiler, result, wish is True)
        except Exception as problem:  # also of what values do, when they are asked for their parts
            self.tell(problem)
            return None

    def wants(self, cell, result):
        """Whether a cell is tried at all."""
        if cell.in_user_code or result is None or result.info.silent:
            return False
        if result.info.raw_cell.startswith("%cache"):  # who asks is not what it is asked about
            return False
        return self.kernel.cells.modes.cached or _wish_of(result.info.raw_cell) is True

    def lines(self):
        """For who asks what it does."""
        store = self.store
        entries, size = store.size()
        yield f"{entries} cells are kept, {size / 1e6:.1f} of at most {store.bytes_max / 1e6:.1f} MB"
        yield f"in this kernel: {self.hits} replayed, {self.kept} kept, {self.not_kept} not kept"
        if self.last_reason is not None:
            yield f"the last one that was not kept: {self.last_reason}"

    def tell(self, why):
        self.not_kept += 1
        self.last_reason = str(why) if isinstance(why, (str, Unfit)) else f"{type(why).__name__}: {why}"
        corncob_port.debug(f"cache: a cell of kernel {self.kernel.port.kernel_id()} is not kept: {self.last_reason}")


__all__ = ["CellCache", "without_wish"]
