"""What is one a process in Python, made to follow the running code to its kernel.

Installed once by runtime.start(); nothing here is swapped around a cell, so two kernels running at the same time
cannot see each other through it.
"""

import builtins
import concurrent.futures.thread
import contextvars
import getpass
import io
import os
import pdb
import sys
import threading
import types

from IPython.core import debugger
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from . import children, privates, process_wide
from .context import current_cell, current_kernel, current_shell
from .finalizers import report, running_cell, running_kernel
from .lines import interrupt_is_lost


class StreamRouter(io.TextIOBase):
    """sys.stdout or sys.stderr: text goes to the cell whose code writes it, elsewhere to the daemon's own stream."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name, fallback):
        self.name = f"<{name}>"
        self.routed_stream = name
        self._fallback = fallback

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        cell = running_cell()
        if cell is None:
            self._fallback.write(text)
        elif text:
            if cell.recording is not None:
                cell.recording.write(self.routed_stream, text)
            cell.kernel.write(cell.request, self.routed_stream, text)
        return len(text)

    def flush(self):
        if current_cell() is None:
            self._fallback.flush()

    def writable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        kernel = current_kernel()
        return self._fallback.fileno() if kernel is None else children.descriptor_of(kernel, self.routed_stream)

    @property
    def buffer(self):
        return _BytesRouter(self)


class NoInput(io.TextIOBase):
    """sys.stdin of a kernel: always at its end, as ipykernel's is. The daemon's own belongs to who started it."""

    name, encoding = "<stdin>", "utf-8"

    def readable(self):
        return True

    def read(self, size=-1):
        return ""

    def readline(self, size=-1):
        return ""

    def close(self):
        """It is everybody's."""


class PrintRouter:
    """What print() and other C code find as sys.stdout: they look into the dictionary of `sys`, past its type. Hands on
    to what Python code sees there, which a cell may have replaced."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        return getattr(getattr(sys, self._name), attribute)

    def write(self, text):
        stream = getattr(sys, self._name)
        return stream.write(text) if stream is not None else None

    def flush(self):
        stream = getattr(sys, self._name)
        if stream is not None:
            stream.flush()


class _BytesRouter(io.RawIOBase):
    """sys.stdout.buffer: bytes are taken as UTF-8."""

    def __init__(self, text):
        self._text = text

    def writable(self):
        return True

    def write(self, data):
        self._text.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


def _route_ipython():
    """get_ipython(), display() and IPython's own lookups give the shell of the running code."""

    def instance(cls, *args, **kwargs):
        return current_shell()

    InteractiveShell.initialized = classmethod(lambda cls: current_shell() is not None)
    InteractiveShell.instance = classmethod(instance)
    builtins.get_ipython = current_shell
    builtins.display = display
    builtins.__IPYTHON__ = True


class RoutedSys(types.ModuleType):
    """The type of `sys`. `sys.stdout = x` in a cell, and so redirect_stdout, capture_output and %%capture, holds for
    that cell's kernel; other kernels print on."""

    def __new__(cls, *arguments):
        """importlib makes new modules as `type(sys)(name)`: those are ordinary ones."""
        return types.ModuleType(*arguments)


def _route_sys():
    sys.__stdout__, sys.__stderr__ = StreamRouter("stdout", sys.__stdout__), StreamRouter("stderr", sys.__stderr__)
    defaults = {
        "stdout": lambda kernel, stream=sys.__stdout__: stream,
        "stderr": lambda kernel, stream=sys.__stderr__: stream,
        "stdin": lambda kernel, stream=NoInput(): stream if kernel is not None else sys.__stdin__,
        "excepthook": lambda kernel: sys.__excepthook__,
        "breakpointhook": lambda kernel: sys.__breakpointhook__,
        "unraisablehook": lambda kernel: sys.__unraisablehook__,
        "displayhook": lambda kernel: kernel.shell.displayhook if kernel is not None else sys.__displayhook__,
        "argv": lambda kernel: kernel.argv if kernel is not None else [""],
        "path": lambda kernel, path=sys.path: kernel.modules.path if kernel is not None else path,
    }

    def route(name, default):
        whose = running_kernel if name in ("stdout", "stderr") else current_kernel

        def get(module):
            kernel = whose()
            if kernel is not None and name in kernel.replaced:
                return kernel.replaced[name]
            if default is None:
                raise AttributeError(f"module 'sys' has no attribute {name!r}")
            return default(kernel)

        def replace(module, value):
            kernel = current_kernel()
            if kernel is None:
                raise AttributeError(f"sys.{name} can be replaced only by a kernel's code")
            if default is not None and value is default(kernel):
                kernel.replaced.pop(name, None)
            else:
                kernel.replaced[name] = value

        setattr(RoutedSys, name, property(get, replace))

    for name, default in defaults.items():
        route(name, default)
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # what %debug and %tb look at
        route(name, None)
    for name in ("stdout", "stderr"):
        sys.__dict__[name] = PrintRouter(name)
    sys.__dict__["displayhook"] = lambda value: sys.displayhook(value)
    sys.__dict__["unraisablehook"] = lambda unraisable: interrupt_is_lost(unraisable.exc_type) or report(unraisable)
    sys.__class__ = RoutedSys


def _route_input():
    process_input, process_getpass = builtins.input, getpass.getpass

    def routed_input(prompt=""):
        kernel = current_kernel()
        return kernel.questions.ask(prompt) if kernel is not None else process_input(prompt)

    def routed_getpass(prompt="Password: ", stream=None):
        kernel = current_kernel()
        return kernel.questions.ask(prompt, password=True) if kernel is not None else process_getpass(prompt, stream)

    builtins.input = routed_input
    getpass.getpass = routed_getpass


def _inherit_context():
    """Threads and executor jobs run in the context of who started them: their output goes to that cell."""
    thread_start = threading.Thread.start
    thread_main = privates.find("thread_main")
    submit = concurrent.futures.thread.ThreadPoolExecutor.submit

    def start(self):
        if (cell := current_cell()) is not None and cell.recording is not None:
            cell.recording.spoil("it starts a thread")
        self._corncob_context = contextvars.copy_context()
        if (kernel := current_kernel()) is None:
            return thread_start(self)
        kernel.started_threads.take()
        try:
            thread_start(self)
        except BaseException:
            if self.__dict__.pop("_corncob_context", None) is not None:  # else it runs, and gives back by itself
                kernel.started_threads.give_back()
            raise

    def run_thread(self):
        if (kernel := current_kernel()) is None:
            return thread_main(self)
        try:
            process_wide.begin_thread(kernel)
            thread_main(self)
        finally:
            kernel.started_threads.give_back()

    def bootstrap_inner(self):
        context = self.__dict__.pop("_corncob_context", None)
        return context.run(run_thread, self) if context is not None else thread_main(self)

    def submit_in_context(self, fn, /, *args, **kwargs):
        return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

    threading.Thread.start = start
    privates.replace("thread_main", bootstrap_inner)
    concurrent.futures.thread.ThreadPoolExecutor.submit = submit_in_context


def _end_kernels_only():
    """os._exit() in a cell ends that cell's kernel, not everybody's process. In a forked child it is the real one."""
    process, process_exit = os.getpid(), os._exit

    def end_kernel(status):
        kernel = current_kernel()
        if kernel is None or os.getpid() != process:
            process_exit(status)
        kernel.end("crashed" if status else "exited", f"os._exit({status})")
        raise SystemExit(status)

    os._exit = end_kernel


class KernelPdb(debugger.InterruptiblePdb):
    """Stops in no code of ours."""

    def stop_here(self, frame):
        ours = str(frame.f_globals.get("__name__")).startswith(f"{__package__}.")
        return not ours and super().stop_here(frame)


def _replace_pdb():
    """As ipykernel has it: pdb is IPython's debugger, which can be interrupted."""
    debugger.Pdb = pdb.Pdb = KernelPdb
    pdb.set_trace = debugger.set_trace


def install():
    _replace_pdb()
    _route_sys()
    _route_ipython()
    _route_input()
    _inherit_context()
    _end_kernels_only()
