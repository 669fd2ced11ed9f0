"""Which kernel, and which of its requests, the running code belongs to.

Everything that is one a process in Python (sys.stdout, get_ipython(), __main__, comm managers) asks here. The answer
follows the code, not the thread: tasks and callbacks inherit it as context variables do, and threads and executor
jobs inherit it because `runtime.start()` makes them copy the context of who started them.
"""

import contextlib
import contextvars


class EndedTask:
    """In the place of a cell's task that is done. asyncio keeps a list of all tasks of the process for as long as
    somebody holds them, and goes through it for each `all_tasks()`: those of thousands of kernels."""

    def done(self):
        return True

    def cancelling(self):
        return 0

    def cancel(self):
        return False

    def add_done_callback(self, callback):
        callback(self)


class Cell:
    """One request being served: the parent of what its code puts out. Of a cell that runs, also what IPython keeps once
    a shell, where several can run at the same time."""

    execution_count = 0  # under which results are kept
    source = ""  # as IPython has transformed it
    exec_result = None  # IPython's record of the run
    displaying = False  # a value is being shown
    display_failed = False  # one could not be shown; the cell has failed then
    error = None  # content of the last error message, for the reply
    figures_drawn = False
    in_user_code = False  # between the first and the last step of its own code
    line = None  # lines.Line: where it runs
    context = None  # in which its code runs; of a cell within another one, see there
    backend = "asyncio"  # on which it awaits
    task = None  # that runs it
    number = None  # 0 for the kernel's first cell; None if it is silent
    started_at = None
    run_mode = ""
    begun = False  # its task has made its first step
    beginning = None  # the lock that it holds until its code runs
    cancelled_by = None  # the exception that it is to end in
    hits = 0  # times that its code was interrupted or cancelled, whatever it has made of that
    hits_before = 0  # the last cancellation
    recording = None  # recordings.Recording: who notes down what it shows
    replayed = False  # it has not run: what it did before was done again
    displays = None  # reactive_output.Displays, where what it displays can be replaced
    held = False  # it is not to run yet: all is done but that
    within = None  # another cell, in whose task it runs
    again = None  # the execution count of the cell that this is another run of

    def __init__(self, kernel, request, allow_stdin=False):
        self.kernel = kernel
        self.request = request  # corncob_port.Request; None for output that belongs to no request
        self.allow_stdin = allow_stdin
        self.payload = []
        self.notes = {}  # for the metadata of its reply
        self.figures_to_draw = []  # at its end

    def cancel(self, cause):
        """Its own code ends in the exception `cause`, where it awaits or computes. Any thread. False: it has ended
        already."""
        if self.task.done():
            return False
        hits = self.hits_before = self.hits
        self.cancelled_by = cause
        if self.begun:  # a task that is cancelled before its first step would never make it
            self.break_in()  # before its line, where it may be withdrawn
            self.line.call(lambda: self._cancel_for(cause, hits))
        return True

    def break_in(self):
        """Now that it is cancelled, its thread is interrupted if it computes. Any thread."""
        running = self.kernel.cells.running.get(self.task, self)  # or one that runs again because of it
        if running.in_user_code and not self.line.is_here():
            self.line.break_in(self)

    def is_cancelled(self):
        return self.cancelled_by is not None or self.within is not None and self.within.is_cancelled()

    def _cancel_for(self, cause, hits):
        """Where it awaits; not if it has been broken off meanwhile: what it does at its end is let be."""
        self.line.withdraw_interrupt()
        if self.cancelled_by is cause and self.hits == hits and not self.task.done():
            if self.backend != "trio":  # there it takes more to reach its code
                self.note_hit()
            self.task.cancel()

    def note_hit(self):
        self.hits += 1
        if self.within is not None:
            self.within.note_hit()

    def drop_cancellation(self):
        """Its code has gone on in spite of one. One that has not reached it yet is still to come."""
        if self.hits != self.hits_before:
            self.take_cancellation()

    def take_cancellation(self):
        """What it was cancelled by, if it was; not by its own doing."""
        cause, self.cancelled_by = self.cancelled_by, None
        while cause is not None and self.task.cancelling():
            self.task.uncancel()
        return cause

    def end_beginning(self):
        if (beginning := self.beginning) is not None:
            self.beginning = None
            beginning.release()

    @contextlib.contextmanager
    def user_code(self, may_interrupt=True):
        """What runs within may be interrupted; or, in the midst of it, may not: the interrupt comes right after."""
        before, self.in_user_code = self.in_user_code, may_interrupt
        try:
            yield
        finally:
            self.in_user_code = before


_current: contextvars.ContextVar = contextvars.ContextVar("corncob_cell", default=None)

current_cell = _current.get
enter_cell = _current.set


def current_kernel():
    """The kernel whose code is running, or None outside of any."""
    cell = _current.get()
    return cell.kernel if cell is not None else None


def current_shell():
    """The IPython shell of the running code, or None outside of any kernel."""
    cell = _current.get()
    return cell.kernel.shell if cell is not None else None


class PerKernel:
    """Called, gives the running kernel's own value, made at its first use; outside of kernels, the process's."""

    def __init__(self, make, outside):
        self._make = make
        self.outside = outside

    def __call__(self):
        cell = _current.get()
        if cell is None:
            return self.outside
        try:
            return cell.kernel.own[self]
        except KeyError:
            return cell.kernel.own.setdefault(self, self._make())

    def replace(self, value):
        cell = _current.get()
        if cell is None:
            self.outside = value
        else:
            cell.kernel.own[self] = value
