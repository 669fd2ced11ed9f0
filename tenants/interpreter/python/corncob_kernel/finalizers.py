"""Finalizers (`__del__`, callbacks of weak references) of what the garbage collector finds: it runs on whichever
kernel's thread it has started, and finds objects of all kernels. What they write goes to the kernel whose code they
are.

That is known by the builtins that a kernel's code is compiled against. A library's code has the process's: what it
writes in a finalizer goes where the collector runs.
"""

import builtins
import collections
import contextlib
import contextvars
import gc
import sys
import threading
import types
import weakref

from .context import Cell, current_cell, enter_cell

# What may wait for a kernel's thread; the rest is left out, and that is said.
_PIECES_MAX, _CHARACTERS_MAX = 1000, 1000  # of each piece

_kernels = weakref.WeakValueDictionary()  # id of a kernel's builtins -> the kernel
_waiting = weakref.WeakKeyDictionary()  # kernel -> what its finalizers have written elsewhere
_GONE = types.SimpleNamespace(write=lambda request, stream, text: None, replaced={})  # a kernel that has ended
_collector = None  # the thread that collects: one at a time in a process


class _Elsewhere:
    """A kernel whose code runs on another one's thread, which must not wait for its clients."""

    def __init__(self, kernel):
        self._kernel = kernel

    def __getattr__(self, name):
        return getattr(self._kernel, name)

    def write(self, request, stream, text):
        """Without the lock that a finalizer might find taken by the code it has interrupted: each step is atomic."""
        waiting = _waiting.setdefault(self._kernel, collections.deque())
        if len(waiting) > _PIECES_MAX:
            return
        if len(waiting) == _PIECES_MAX or len(text) > _CHARACTERS_MAX:
            text = f"{text[:_CHARACTERS_MAX]}\n[finalizers have written more than can wait for this kernel]\n"
        waiting.append((request, stream, text))
        if len(waiting) == 1:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._kernel.loop.call_soon_threadsafe(
                    _write_here, self._kernel, waiting, context=contextvars.Context()
                )


def _write_here(kernel, waiting):
    while waiting:
        kernel.write(*waiting.popleft())


def know(kernel):
    _kernels[id(kernel.modules.builtins.__dict__)] = kernel


def running_cell():
    """The cell whose code runs, also if it is that of a finalizer; None outside of kernels. For what it writes."""
    cell = current_cell()
    return cell if _collector is None else _cell_of_code(sys._getframe(1), cell)


def running_kernel():
    cell = current_cell()
    if _collector is not None:
        cell = _cell_of_code(sys._getframe(1), cell)
    return cell.kernel if cell is not None else None


def report(unraisable):
    """An exception that nobody can catch, told to the kernel whose code has raised it."""
    global _collector
    traceback, cell = unraisable.exc_traceback, current_cell()
    owner = _cell_of_code(traceback.tb_frame, cell) if traceback is not None else cell
    if owner is cell:
        sys.unraisablehook(unraisable)
    elif owner.kernel is not _GONE:
        collector, _collector = _collector, None  # what follows runs as code of that kernel
        try:
            contextvars.Context().run(_report_as, owner, unraisable)
        finally:
            _collector = collector


def _report_as(cell, unraisable):
    enter_cell(cell)
    sys.unraisablehook(unraisable)


def _cell_of_code(frame, cell):
    """Of a frame, where this thread collects; else `cell`, which is the thread's."""
    if _collector != threading.get_ident():
        return cell
    while frame is not None and frame.f_builtins is builtins.__dict__:
        frame = frame.f_back
    if frame is None:
        return cell
    kernel = _kernels.get(id(frame.f_builtins))
    if kernel is None:
        return Cell(_GONE, None)
    if cell is not None and cell.kernel is kernel:
        return cell
    running = list(kernel.cells.running.values())
    return Cell(_Elsewhere(kernel), running[-1].request if running else None)


def _note(phase, info):
    global _collector
    _collector = threading.get_ident() if phase == "start" else None


def install():
    gc.callbacks.append(_note)


__all__ = ["install", "know", "report", "running_cell", "running_kernel"]
