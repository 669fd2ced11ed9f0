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
import functools
import importlib
import sys
import types
import warnings

from IPython.core import page
from IPython.core.autocall import ExitAutocall
from IPython.core.error import UsageError
from IPython.core.extensions import ExtensionManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.payload import PayloadManager
from IPython.display import display
from traitlets import Any, Instance, Type, default
from traitlets.config import Config

from . import finalizers, modes, profile, questions
from .context import current_cell
from .display import KernelDisplayFormatter, KernelDisplayHook, KernelDisplayPublisher
from .history import KernelHistory
from .jsonable import to_json
from .magics import KernelMagics
from .prefilter import PrefilterManager
from .tracebacks import CellCompiler, KernelTraceback, text_of
from .transforms import CellTransformer
from .trio_guest import execute

# A kernel's first cell would wait for them.
_MADE_AT_FIRST_USE = (
    "input_transformer_manager",
    "autocall",
    "input_transformers_post",
    "ast_transformers",
    "ast_node_interactivity",
)
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


class CellPayload(PayloadManager):
    """What goes along with the reply of the cell that has said it."""

    @property
    def _payload(self):
        return current_cell().payload

    @_payload.setter
    def _payload(self, payload):
        current_cell().payload = payload


class ZMQInteractiveShell(InteractiveShell):
    """By its name, and by a section of its configuration, libraries know that they are in a notebook: rich, tqdm,
    pandas, plotly."""

    displayhook_class = Type(KernelDisplayHook)
    display_pub_class = Type(KernelDisplayPublisher)
    exiter = Instance(KernelExitAutocall)
    kernel = Any()
    builtin_trap = Any()
    display_trap = Any()
    compiler_class = Type(CellCompiler)
    input_transformer_manager = Instance(CellTransformer, ())
    keepkernel_on_exit = None

    @default("exiter")
    def _default_exiter(self):
        return KernelExitAutocall(self)

    def __init__(self, kernel, ipython_dir, profile_dir):
        self.warned = {}  # what this kernel's user has been told already
        namespace = types.ModuleType("__main__", "Automatically created module for IPython interactive environment")
        namespace.__dict__["__builtins__"] = kernel.modules.builtins = _own_builtins(self, kernel)
        kernel.modules.loaded["__main__"] = namespace
        finalizers.know(kernel)
        super().__init__(kernel=kernel, user_module=namespace, ipython_dir=ipython_dir, profile_dir=profile_dir)
        self.config["IPKernelApp"] = Config()
        for name in _MADE_AT_FIRST_USE:
            getattr(self, name)
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

    @property
    def db(self):
        if self._db is None:
            self._db = profile.open_db(self.kernel.port.tenant())
        return self._db

    @db.setter
    def db(self, value):
        self._db = value

    def init_prefilter(self):
        self.prefilter_manager = PrefilterManager(shell=self, parent=self)
        self.configurables.append(self.prefilter_manager)
        self.prefilter = self.prefilter_manager.prefilter_lines

    def init_payload(self):
        self.payload_manager = CellPayload(parent=self)
        self.configurables.append(self.payload_manager)

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
        cell = current_cell()
        cell.error = {"ename": str(etype.__name__), "evalue": text_of(evalue), "traceback": stb}
        cell.display_failed = cell.display_failed or cell.displaying
        self.kernel.publish("error", to_json(cell.error))

    def _format_exception_for_storage(self, exception, filename=None, running_compiled_code=False):
        """What %notebook writes down: what has been shown, not formatted a second time."""
        shown = current_cell().error
        return shown or {"ename": type(exception).__name__, "evalue": text_of(exception), "traceback": []}

    def get_parent(self):
        return self.kernel.get_parent()

    parent_header = property(get_parent)

    def set_parent(self, parent):
        """ipykernel's way of saying whose the output is. Here it follows the code that writes it."""

    # Cells.

    async def run_cell_async(self, raw_cell, store_history=False, silent=False, *args, **kwargs):
        """Notes what the display hook needs to know of this cell while others run beside it. Also called by a cell's
        own code, to run another one within it."""
        cell = current_cell()
        around = cell.execution_count, cell.source, cell.exec_result
        last = self.last_execution_succeeded, self.last_execution_result
        counted = store_history and not silent and raw_cell and not raw_cell.isspace()
        cell.execution_count = cell.again or (self.execution_count if counted else self.execution_count - 1)
        cell.source = kwargs.get("transformed_cell") or raw_cell
        try:
            return await super().run_cell_async(raw_cell, store_history, silent, *args, **kwargs)
        finally:
            if cell.again is not None:
                self.last_execution_succeeded, self.last_execution_result = last
            if cell.in_user_code:
                cell.execution_count, cell.source, cell.exec_result = around

    async def run_ast_nodes(self, nodelist, cell_name, interactivity="last_expr", compiler=compile, result=None):
        run = functools.partial(super().run_ast_nodes, nodelist, cell_name, interactivity, compiler, result)
        cell, cache = current_cell(), self.kernel.cells.cache
        if cell.held:
            return False
        if not nodelist or not cache.wants(cell, result):
            return await run()
        return await cache.run(cell, nodelist, cell_name, interactivity, compiler, result, run)

    async def run_code(self, code_obj, result=None, *, async_=False):
        """As InteractiveShell.run_code, without swapping sys.excepthook; a cancelled cell ends in what it was cancelled
        by: an interrupt, another cell.

        Returns True if an error occurred; it has been shown then.
        """
        error, cell = True, current_cell()
        try:
            cell.end_beginning()
            if (cause := cell.take_cancellation()) is not None:
                raise cause  # it came before the first step
            outside, cell.in_user_code = cell.in_user_code, True
            try:
                if cell.backend == "trio":
                    call = functools.partial(eval if async_ else execute, code_obj, self.user_global_ns, self.user_ns)
                    with cell.user_code(may_interrupt=False):  # Trio would not survive it, nor anybody after it
                        trio = cell.line.trio()
                        await trio.begin()
                    problem = await trio.run(call, (cell.within or cell).context, cell.note_hit)
                    if problem is not None:
                        raise problem
                elif async_:
                    await eval(code_obj, self.user_global_ns, self.user_ns)
                else:
                    exec(code_obj, self.user_global_ns, self.user_ns)
            except (asyncio.CancelledError, KeyboardInterrupt) as cut_off:
                cause = cell.take_cancellation()
                if cause is None or type(cause) is type(cut_off):
                    raise
                raise cause.with_traceback(cut_off.__traceback__) from None
            finally:
                cell.in_user_code = outside
                cell.drop_cancellation()  # the code may have caught it and gone on
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
    own.__dict__.update(get_ipython=shell.get_ipython, display=display, __IPYTHON__=True)
    own.__dict__.update(**questions.builtins_of(kernel), **modes.builtins_of(kernel))
    return own
