"""Which kernel, and which of its requests, the running code belongs to.

Everything that is one a process in Python (sys.stdout, get_ipython(), __main__, comm managers) asks here. The answer
follows the code, not the thread: tasks and callbacks inherit it as context variables do, and threads and executor
jobs inherit it because `runtime.start()` makes them copy the context of who started them.
"""

import contextvars


class Cell:
    """One request being served: the parent of what its code puts out."""

    __slots__ = ("kernel", "request", "allow_stdin")

    def __init__(self, kernel, request, allow_stdin=False):
        self.kernel = kernel
        self.request = request  # corncob_port.Request; None for output that belongs to no request
        self.allow_stdin = allow_stdin


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
