"""An IPython shell that is one of many in its process.

InteractiveShell expects to be alone: it swaps builtins, sys.displayhook, sys.excepthook and __main__ around a cell,
opens a history database and registers itself with atexit. This subclass does none of that. What a cell needs is in its
own namespace; what is one a process is routed by context (routers.py).
"""

import asyncio
import atexit
import bdb
import builtins
import contextlib
import importlib
import sys
import types
import warnings

from IPython.core import page
from IPython.core.autocall import ExitAutocall
from IPython.core.error import UsageError
from IPython.core.extensions import ExtensionManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from traitlets import Any, Instance, Type, default

from .display import KernelDisplayFormatter, KernelDisplayHook, KernelDisplayPublisher
from .history import KernelHistory
from .jsonable import to_json
from .magics import KernelMagics
from .questions import builtins_of
from .tracebacks import CellCompiler, KernelTraceback, text_of

_GUIS_WITHOUT_A_LOOP = {None, "inline", "nbagg", "webagg", "notebook", "ipympl", "widget", "asyncio"}


class KernelExitAutocall(ExitAutocall):
    """exit and quit; `exit(keep_kernel=True)` leaves the kernel running."""

    def __call__(self, keep_kernel=False):
        self._ip.keepkernel_on_exit = keep_kernel
        self._ip.ask_exit()


class KernelExtensions(ExtensionManager):
    def _load_extension(self, module_str):
        importlib.import_module(module_str)  # waits, where another kernel is just importing it
        return super()._load_extension(module_str)


class KernelShell(InteractiveShell):
    displayhook_class = Type(KernelDisplayHook)
    display_pub_class = Type(KernelDisplayPublisher)
    exiter = Instance(KernelExitAutocall)
    kernel = Any()
    builtin_trap = Any()
    display_trap = Any()
    compiler_class = Type(CellCompiler)
    keepkernel_on_exit = None

    @default("exiter")
    def _default_exiter(self):
        return KernelExitAutocall(self)

    def __init__(self, kernel, ipython_dir, profile_dir):
        self.last_error = None  # content of the last error message, for the reply
        self.warned = {}  # what this kernel's user has been told already
        self.display_failed = False  # a value could not be shown; the cell has failed then
        namespace = types.ModuleType("__main__")
        namespace.__dict__["__builtins__"] = kernel.modules.builtins = _own_builtins(self, kernel)
        kernel.modules.loaded["__main__"] = namespace
        super().__init__(kernel=kernel, user_module=namespace, ipython_dir=ipython_dir, profile_dir=profile_dir)
        # The kernel cleans up when it ends, not when the process does; registered, it would never be freed.
        atexit.unregister(self.atexit_operations)

    # What InteractiveShell sets up for the whole process, or keeps for a terminal.

    def init_sys_modules(self):
        pass

    def init_traceback_handlers(self, custom_exceptions):
        super().init_traceback_handlers(custom_exceptions)
        # run_code() leaves no frame of its own that would have to be left out.
        self.InteractiveTB = KernelTraceback(mode=self.xmode, theme_name=self.colors, tb_offset=0)
        self.InteractiveTB.set_mode(mode=self.xmode)

    def save_sys_module_state(self):
        self._orig_sys_module_state = {}
        self._orig_sys_modules_main_name = "__main__"
        self._orig_sys_modules_main_mod = None

    def restore_sys_module_state(self):
        pass

    def init_virtualenv(self):
        pass

    def init_extension_manager(self):
        self.extension_manager = KernelExtensions(shell=self, parent=self)
        self.configurables.append(self.extension_manager)

    def init_history(self):
        self.history_manager = KernelHistory(self)
        self.configurables.append(self.history_manager)

    def init_builtins(self):
        self.builtin_trap = contextlib.nullcontext()

    def init_display_formatter(self):
        self.display_formatter = KernelDisplayFormatter(parent=self)
        self.configurables.append(self.display_formatter)

    def init_displayhook(self):
        super().init_displayhook()
        self.display_trap = contextlib.nullcontext()

    def init_completer(self):
        """Made at the first completion; most kernels are asked for none before their first cell."""

    def __getattr__(self, name):
        if name == "Completer":
            InteractiveShell.init_completer(self)
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def init_magics(self):
        super().init_magics()
        self.register_magics(KernelMagics)

    def init_hooks(self):
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(self._page_payload), 99)

    def enable_gui(self, gui=None):
        """No toolkit's event loop can run here, where many kernels share a process without a screen. What needs none
        is as good as enabled."""
        if gui not in _GUIS_WITHOUT_A_LOOP:
            raise UsageError(f"Invalid GUI request {gui!r}: no GUI's event loop runs in this kernel")
        self.active_eventloop = gui

    # Messages.

    def _page_payload(self, strg, start=0, screen_lines=0, pager_cmd=None):
        data = strg if isinstance(strg, dict) else {"text/plain": strg}
        self.payload_manager.write_payload({"source": "page", "data": data, "start": max(0, start)})

    def set_next_input(self, text, replace=False):
        self.payload_manager.write_payload({"source": "set_next_input", "text": text, "replace": replace})

    def ask_exit(self):
        self.exit_now = not self.keepkernel_on_exit
        self.payload_manager.write_payload({"source": "ask_exit", "keepkernel": self.keepkernel_on_exit})

    def _showtraceback(self, etype, evalue, stb):
        self.last_error = {"ename": str(etype.__name__), "evalue": text_of(evalue), "traceback": stb}
        self.display_failed = self.display_failed or self.displayhook.is_active
        self.kernel.publish("error", to_json(self.last_error))

    def _format_exception_for_storage(self, exception, filename=None, running_compiled_code=False):
        """What %notebook writes down: what has been shown, not formatted a second time."""
        return self.last_error or {"ename": type(exception).__name__, "evalue": text_of(exception), "traceback": []}

    def get_parent(self):
        return self.kernel.get_parent()

    def set_parent(self, parent):
        """ipykernel's way of saying whose the output is. Here it follows the code that writes it."""

    # Cells.

    async def run_code(self, code_obj, result=None, *, async_=False):
        """As InteractiveShell.run_code, without swapping sys.excepthook; a cancelled cell ends in KeyboardInterrupt.

        Returns True if an error occurred; it has been shown then.
        """
        error = True
        try:
            if self.kernel.take_cancellation():
                raise KeyboardInterrupt  # it came before the first step
            self.kernel.in_user_code = True
            try:
                if async_:
                    await eval(code_obj, self.user_global_ns, self.user_ns)
                else:
                    exec(code_obj, self.user_global_ns, self.user_ns)
            except asyncio.CancelledError as cancelled:
                if not self.kernel.take_cancellation():
                    raise
                raise KeyboardInterrupt().with_traceback(cancelled.__traceback__) from None
            finally:
                self.kernel.in_user_code = False
                self.kernel.take_cancellation()  # the code may have caught it and gone on
        except SystemExit as exit_request:
            self._note_error(result, exit_request)
            self.showtraceback(exception_only=True)
            how = "To exit: use 'exit', 'quit', or Ctrl-D."
            warnings.warn_explicit(how, UserWarning, f"<{__name__}>", 0, registry=self.warned)
        except bdb.BdbQuit as quit_request:
            self._note_error(result, quit_request)
        except self.custom_exceptions:
            etype, value, tb = sys.exc_info()
            self._note_error(result, value)
            self.CustomTB(etype, value, tb)
        except BaseException as problem:
            self._note_error(result, problem.with_traceback(problem.__traceback__.tb_next))  # without this frame
            self.showtraceback(running_compiled_code=True)
        else:
            error = False
        return error

    @staticmethod
    def _note_error(result, problem):
        if result is not None:
            result.error_in_exec = problem


def _own_builtins(shell, kernel):
    """The builtins of one kernel: a copy, so that what a cell puts there stays there."""
    own = types.ModuleType("builtins")
    own.__dict__.update(builtins.__dict__)
    own.__dict__.update(get_ipython=shell.get_ipython, display=display, __IPYTHON__=True, **builtins_of(kernel))
    return own
