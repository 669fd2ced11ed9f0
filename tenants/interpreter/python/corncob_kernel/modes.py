"""Whether cells run in turn or side by side, and what they can ask of one another: akernel's functions.

Also whether cells are reactive (reactive_runs.py).

`__unchain_execution__()` lets cells run side by side from now on, `__chain_execution__()` in turn; `__task__(i)` is
another cell of the same kernel: one that began before (-1: the one before), or the i-th since the kernel began (0: its
first).
"""

import asyncio
import contextlib

from IPython.core.error import UsageError

from . import trio_guest
from .context import current_cell


class CellTask:
    """A cell that may still run. To await it is to wait for its end, however it ends; no harm comes to it by that."""

    def __init__(self, cell):
        self._cell = cell

    def __await__(self):
        if self.done():
            return
        if self._cell is current_cell():
            raise RuntimeError("a cell cannot wait for its own end")
        wait = trio_guest.wait if asyncio.current_task() is None else _wait  # Trio's steps are no task of asyncio's
        yield from wait(self._when_ended).__await__()

    def _when_ended(self, tell):
        """Has `tell` called, on whatever thread. False: nothing will come."""
        return self._cell.line.call(lambda: self._cell.task.add_done_callback(lambda _: tell()))

    def done(self):
        return self._cell is None or self._cell.task.done()

    def cancel(self):
        """Its code ends in CancelledError, where it awaits. False: it has ended already."""
        return not self.done() and self._cell.cancel(asyncio.CancelledError("cancelled by another cell"))


async def _wait(register):
    """Until what is given to `register` is called; at once, if that gives False. On asyncio."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def tell():
        with contextlib.suppress(RuntimeError):  # who waited is gone, with its loop
            loop.call_soon_threadsafe(lambda: ended.done() or ended.set_result(None))

    if register(tell):
        await ended


_MODES = ("cache", "concurrent", "react")
_CHAINED = "chained"  # none of these


class Modes:
    def __init__(self, kernel):
        self._kernel = kernel
        self.chained = "concurrent" not in kernel.port.modes()
        self.cached = "cache" in kernel.port.modes()  # what cells have done is kept, and done again
        self.react = "react" in kernel.port.modes()  # cells run when what they need is there or changes

    @property
    def usual(self):
        """How a cell runs that says nothing of it."""
        return "queue" if self.chained else "task"

    def names(self):
        """As the kernelspec has them; chained has no name of its own, but where there is no other."""
        there = {"cache": self.cached, "concurrent": not self.chained, "react": self.react}
        return [name for name in _MODES if there[name]] or [_CHAINED]

    def change(self, words):
        """To these, and no others."""
        if not set(words) <= {_CHAINED, *_MODES} or {_CHAINED, "concurrent"} <= set(words):
            raise UsageError(
                f"There is no mode {'-'.join(words)!r} to change to; there are {_CHAINED}, or {', '.join(_MODES)}, "
                "joined by dashes."
            )
        self.cached, self.react = "cache" in words, "react" in words
        self._kernel.cells.set_reactive(self.react)
        self.set_chained("concurrent" not in words)

    def set_chained(self, chained):
        cell = current_cell()
        caller = (cell.within or cell).request
        self._kernel.port.set_modes(caller, cache=self.cached, concurrent=not chained, react=self.react)
        self.chained = chained


def builtins_of(kernel):
    def __task__(i=-1, /):
        own = current_cell().number
        number = i if i >= 0 or own is None else own + i
        return CellTask(kernel.cells.by_number(number))

    def __chain_execution__():
        kernel.cells.modes.set_chained(True)

    def __unchain_execution__():
        kernel.cells.modes.set_chained(False)

    functions = (__task__, __chain_execution__, __unchain_execution__)
    return {function.__name__: function for function in functions}


__all__ = ["Modes", "builtins_of"]
