"""Where cells run: the loop of the kernel's own thread, or of a thread beside it.

A thread beside has an asyncio loop of its own. A cell asks for one (`# thread`), or a client for a subshell. The daemon
knows it as a thread that can be interrupted (`corncob_port.Thread`).
"""

import asyncio
import contextlib
import contextvars
import functools
import threading

from . import directory
from .context import enter_cell
from .trio_guest import TrioGuest

CELL, KERNEL = "cell", "kernel"  # for whom an interrupt is: a cell that is cancelled, or all that the kernel runs
_MISSING = object()


class Line:
    """A loop; and the context that its cells share where they follow one another, so that a context variable set in one
    is there in the next."""

    def __init__(self, loop, port):
        self.loop = loop
        self._port = port
        self._thread = threading.get_ident()
        self._context = contextvars.copy_context()
        self._in_context = None  # the cell that runs in it
        self._guest = None

    def context_for(self, cell):
        if self._in_context is None or self._in_context.task.done():
            self._in_context = cell
            return self._context
        return self._context.copy()

    def keep_variables(self, cell, before):
        """What a cell that ran beside another one has set since `before`, for those that come."""
        if cell is self._in_context:
            return
        for variable, value in contextvars.copy_context().items():
            if before.get(variable, _MISSING) is not value and value is not cell:
                self._context.run(variable.set, value)

    def trio(self):
        """Trio, on this loop; from the first call on."""
        if self._guest is None:
            self._guest = TrioGuest(self.loop)
        return self._guest

    def close(self):
        """What runs on it is cancelled."""
        if self._guest is not None:
            self._guest.close()
        _close_loop(self.loop)

    def is_here(self):
        return threading.get_ident() == self._thread

    def call(self, function):
        """On its thread, now or soon. Any thread. False: its loop is closed, its cells are over."""
        if self.is_here():
            function()
            return True
        try:
            self.loop.call_soon_threadsafe(function)
        except RuntimeError:
            return False
        return True

    def break_in(self, cell):
        """Its thread is to be interrupted, unless it is now in another cell than this one, which is cancelled. Any
        thread."""
        task = asyncio.current_task(self.loop)
        if task is cell.task or task not in cell.kernel.cells.running:
            self._port.break_in()

    def take_interrupt(self):
        """For whom one is; false, if there is none."""
        return self._port.take_interrupt()

    def interrupt_again(self, whom):
        self._port.interrupt() if whom == KERNEL else self._port.break_in()

    def withdraw_interrupt(self):
        """What was to be broken off is over."""
        self._port.withdraw_break_in()


class SideLine(Line):
    """A thread with its loop. Its end is told to `ended`, on that thread."""

    def __init__(self, kernel, name, ended):
        self._kernel, self._ended = kernel, ended
        self._stopping = False
        super().__init__(asyncio.SelectorEventLoop(), kernel.port.thread())
        self._thread = None  # not the one that makes it
        self.comm_turn = asyncio.Lock()  # comm messages are handled one after another
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def post(self, function, *args):
        self.loop.call_soon_threadsafe(functools.partial(function, *args))

    def stop(self):
        """What runs is cancelled; then the thread ends. Any thread."""
        self._stopping = True
        self.call(self.loop.stop)

    def break_in(self, cell):
        self._port.interrupt()

    def take_interrupt(self):
        return CELL if self._port.take_interrupt() else ""

    def interrupt_again(self, whom):
        self._port.interrupt()

    def withdraw_interrupt(self):
        self._port.take_interrupt()

    def _run(self):
        kernel = self._kernel
        self._thread = threading.get_ident()
        here.kernel, here.line = kernel, self
        self._port.enter()
        with contextlib.suppress(OSError):  # that of the kernel's thread is gone: the kernel ends
            directory.enter(kernel)
        asyncio.set_event_loop(self.loop)
        while not self._stopping:
            try:
                self.loop.run_forever()
            except KeyboardInterrupt:
                continue  # it hit a callback or another task
            except SystemExit as exit_request:
                kernel.end("exited", f"SystemExit({exit_request.code!r}) in a task")
                break
        self._close()

    def _close(self):
        here.kernel = here.line = None
        self._port.leave()
        self.close()
        self._kernel.cells.answer_lost(self)
        self._ended(self)
        enter_cell(None)


# .kernel, .line: those whose thread this is; .interrupting: for whom a KeyboardInterrupt is on its way, or None
here = threading.local()


def _close_loop(loop):
    """Its tasks are cancelled, and make one more step."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_soon(loop.stop)
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
    except BaseException as problem:  # the last words of a user's task; nobody is left to hear them
        del problem
    asyncio.set_event_loop(None)
    loop.close()


def interrupt_is_lost(problem_type):
    """Asked where Python ignores an exception: in the callback of a weak reference, in `__del__`. An interrupt that has
    hit one of those comes again."""
    whom = getattr(here, "interrupting", None)
    if problem_type is not KeyboardInterrupt or whom is None:
        return False
    here.interrupting = None
    here.line.interrupt_again(whom)
    return True


RUN_SIDE = SideLine._run.__code__  # below it is the frame of the thread, which is nobody's

__all__ = ["CELL", "KERNEL", "RUN_SIDE", "Line", "SideLine", "here", "interrupt_is_lost"]
