"""One kernel on its own thread: cells are tasks of its event loop.

The daemon's side of it is the port (`corncob_port.Port`): mail in, outputs and replies out. It hands over one
execute_request at a time; comm messages arrive at any time and are handled while a cell awaits.
"""

import asyncio
import contextlib
import contextvars
import datetime
import inspect
import json
import sys
import threading

from IPython.core.profiledir import ProfileDir
from IPython.paths import get_ipython_dir

from . import children, directory, environment, figures, history_store, loggers, privates, process_wide
from .comms import KernelComms
from .context import Cell, current_cell, enter_cell
from .jsonable import to_json
from .loop import KernelLoop
from .modules import Own, imports_shared
from .questions import Questions
from .shell import KernelShell
from .tracebacks import text_of

_NOT_USERS = ("asyncio.", "selectors", f"{__package__}.")  # modules of the loop
# The coroutines around a cell's own, which would not know of what interrupts them.
_AROUND = {"IPython.core.interactiveshell", f"{__package__}.kernel", f"{__package__}.shell"}
_BY_TURNS = f"{__package__}.parsing"  # cut off there, it would keep its turn
_RUN_HANDLE = privates.code_of("run_handle")
_here = threading.local()  # .kernel: the kernel whose thread this is


class Kernel:
    """Made, run and ended on one thread; `publish` and `write` may be called from threads that cells start."""

    def __init__(self):
        """What every kernel needs, made before it is known whose it will be."""
        self.port = None
        self.own = {}  # what is one a process elsewhere: context.PerKernel
        self.figures_drawn, self.figures_to_draw = False, []  # since the last cell
        self.inline_backend = None  # matplotlib's settings, once it is imported
        self.replaced = {}  # attributes of `sys` that a cell has replaced, e.g. stdout
        self.argv = [""]
        self.descriptors = {}  # name of a stream -> the file whose descriptor stands for it
        self.environ = environment.of_kernel()
        self.modules = Own("", "")
        self.thread_id = threading.get_native_id()
        self.comm_manager = KernelComms()
        self.cell_task = None  # the last cell's, also when it is done: its own last steps are ours, not the user's
        self.in_user_code = False  # between the first and the last step of a cell's own code
        self.closing = False  # from now on, users' code runs in tasks only, and what is around them must not be cut off
        self._cancelled = False
        self._unanswered = set()  # mail whose cell has not been replied to
        self._unstarted = None  # the mail of a cell whose task has not made its first step
        self._ending = None
        self._background = set()
        self.questions = Questions(self)
        enter_cell(Cell(self, None))
        self.shell = KernelShell(self, *_profile())

    def adopt(self, port):
        """Now it is the port's kernel."""
        self.port = port
        self.write = port.write
        self.environ.update(port.environment())
        self.shell.history_manager.begin(history_store.store_of(port.tenant()))
        self.modules.begin(directory.first_of(port), self.environ.get("PYTHONPATH", ""))
        self.loop = KernelLoop(port, self._on_mail)
        # Cells share one context, so that a context variable set in one is there in the next.
        self._context = contextvars.copy_context()

    # Out.

    def write(self, request, stream, text):
        """Replaced by the port's, once there is one."""

    def publish(self, msg_type, content, metadata=b"{}", buffers=None):
        cell = current_cell()
        request = cell.request if cell is not None else None
        self.port.publish(request, msg_type, content, metadata, buffers or [])

    def get_parent(self):
        """As ipykernel's: the request whose code asks. ipywidgets' Output catches what has this parent."""
        cell = current_cell()
        return {"header": json.loads(cell.request.header)} if cell is not None and cell.request is not None else {}

    # In.

    def _on_mail(self, mail):
        """Called by the loop's selector for each request, and with None for what else may have happened."""
        if mail is None:
            if self.port.closed():
                self.end("stopped", "")
            elif self.port.take_interrupt() and process_wide.interrupts(self):
                self._cancel_cell()
        elif mail.msg_type == "execute_request":
            self.start_cell(mail)
        else:
            task = self.loop.create_task(self._on_comm(mail), context=contextvars.copy_context())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    def start_cell(self, mail):
        self._unanswered.add(mail)
        self._unstarted = mail
        self.cell_task = self.loop.create_task(self._execute(mail), context=self._context)
        self.cell_task.add_done_callback(lambda task: self._answer_at_last(mail, task))
        return self.cell_task

    def _answer_at_last(self, mail, task):
        """Whatever became of a cell's task, its client gets a reply: without one, no cell would ever run again."""
        failed = not task.cancelled() and task.exception() is not None
        if mail in self._unanswered:
            why = repr(type(task.exception()).__name__ if failed else "cancelled")
            lost = {"status": "error", "ename": "KernelError", "evalue": f"the cell could not be answered: {why}"}
            self._reply(mail, to_json({**lost, "traceback": []}), b"{}", True, True)

    def _reply(self, mail, *reply):
        self._unanswered.discard(mail)
        self.port.reply(mail.request, *reply)

    def _cancel_cell(self):
        if self._unstarted is not None:
            self._cancelled = True  # a task that is cancelled before its first step would never make it
        elif self.cell_task is not None and not self.cell_task.done():
            self._cancelled = True
            self.cell_task.cancel()

    def take_cancellation(self):
        """True if the cell was cancelled by an interrupt, not by its own doing."""
        cancelled, self._cancelled = self._cancelled, False
        if cancelled:
            self.cell_task.uncancel()
        return cancelled

    def end(self, reason, detail):
        """The kernel ends after the step that runs now. Any thread."""
        self._ending = self._ending or (reason, detail)
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _on_comm(self, mail):
        enter_cell(Cell(self, mail.request))
        try:
            message = {
                "header": json.loads(mail.header),
                "metadata": json.loads(mail.metadata),
                "content": json.loads(mail.content),
                "buffers": [memoryview(buffer) for buffer in mail.buffers],
            }
            getattr(self.comm_manager, mail.msg_type)(None, None, message)
        except KeyboardInterrupt:
            self.shell.showtraceback()
            self._cancel_cell()  # the interrupt was meant for all that this kernel does
        except Exception:
            self.shell.showtraceback()
        finally:
            self.port.reply(mail.request, b"{}", b"{}", False, False)

    # Cells.

    async def _execute(self, mail):
        started = datetime.datetime.now(datetime.UTC).isoformat()  # front ends show how long a cell took
        self._unstarted = None
        try:
            wish = json.loads(mail.content)
            if not isinstance(wish.get("code"), str):
                raise ValueError("execute_request lacks the field 'code', or it is no string")
        except ValueError as problem:
            self._refuse(mail, problem)
            return
        enter_cell(Cell(self, mail.request, bool(wish.get("allow_stdin", False))))
        process_wide.forget_handler(self)
        stop_on_error = bool(wish.get("stop_on_error", True)) and not wish.get("silent", False)
        try:
            content = await self._run_cell(wish, mail)
            reply = to_json(content)
        except BaseException as problem:  # an interrupt between two steps of ours, or what a cell put into its reply
            content = self._error(problem)
            reply = to_json(content)
        self.take_cancellation()  # one that came too late for its cell must not meet the next one
        failed = content["status"] == "error"
        metadata = b'{"started":"%s","status":"%s"}' % (started.encode(), content["status"].encode())
        self._reply(mail, reply, metadata, failed, failed and stop_on_error)
        if self.shell.exit_now:
            self.end("exited", "the cell asked to exit")

    async def _run_cell(self, wish, mail):
        shell, code = self.shell, wish["code"]
        silent = bool(wish.get("silent", False))
        store_history = bool(wish.get("store_history", True)) and not silent
        shell.last_error, shell.display_failed = None, False
        if not silent:
            self.publish("execute_input", to_json({"code": code, "execution_count": shell.execution_count}))
        figures.prepare(self)
        problem, transformed = None, code
        try:
            transformed = shell.transform_cell(code)
        except Exception:
            problem = sys.exc_info()
        result = None
        cell_meta = json.loads(mail.metadata) if mail.metadata != b"{}" else {}
        try:
            result = await shell.run_cell_async(
                code,
                store_history=store_history,
                silent=silent,
                transformed_cell=transformed,
                preprocessing_exc_tuple=problem,
                cell_id=cell_meta.get("cellId"),
                cell_meta=cell_meta,
            )
        finally:
            with self.user_code():
                figures.show_open_figures(self)
                shell.events.trigger("post_execute")
                if not silent:
                    shell.events.trigger("post_run_cell", result)
        error = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        return self._reply_content(error, wish)

    def _reply_content(self, error, wish):
        shell = self.shell
        content = {"status": "ok", "execution_count": shell.execution_count - 1, "user_expressions": {}}
        if error is not None or shell.display_failed:
            shown = shell.last_error or {"traceback": []}
            content.update({**shown, **_name_of(error)} if error is not None else shown, status="error")
        elif wish.get("user_expressions"):
            with self.user_code():
                content["user_expressions"] = shell.user_expressions(wish["user_expressions"])
        content["payload"] = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        return content

    def _error(self, problem):
        content = {**_name_of(problem), "traceback": []}
        self.publish("error", to_json(content))
        count = self.shell.execution_count - 1
        return {"status": "error", "execution_count": count, "user_expressions": {}, "payload": [], **content}

    def _refuse(self, mail, problem):
        enter_cell(Cell(self, mail.request))
        self._reply(mail, to_json(self._error(problem)), b"{}", True, True)

    @contextlib.contextmanager
    def user_code(self, may_interrupt=True):
        """What runs within may be interrupted; or, in the midst of it, may not: the interrupt comes right after."""
        before, self.in_user_code = self.in_user_code, may_interrupt
        try:
            yield
        finally:
            self.in_user_code = before

    def wants_interrupt(self):
        """Asked by the port, where the kernel's thread has waited for slow clients and an interrupt ended that."""
        frame = sys._getframe(1)
        while frame is not None and str(frame.f_globals.get("__name__")).startswith(f"{__package__}."):
            frame = frame.f_back
        return wants_interrupt(frame)

    # The thread.

    def run_until_end(self):
        """Runs the loop until the kernel ends; returns (reason, detail)."""
        asyncio.set_event_loop(self.loop)
        while self._ending is None:
            try:
                self.loop.run_forever()
            except KeyboardInterrupt:
                self._cancel_cell()  # it hit a callback or another task; it was meant for all that this kernel does
            except SystemExit as exit_request:
                reason = "crashed" if exit_request.code else "exited"
                self.end(reason, f"SystemExit({exit_request.code!r}) in a task")
        return self._ending

    def close(self):
        """Drops all that the kernel holds. Cycles are broken by hand: a full collection stops everyone's kernels."""
        process_wide.run_exit_functions(self)
        loggers.close_handlers(self)
        self.shell.history_manager.end_session()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.call_soon(self.loop.stop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        except BaseException as problem:  # the last words of a user's task; nobody is left to hear them
            del problem
        asyncio.set_event_loop(None)
        self.loop.close()
        self.drop()

    def drop(self):
        self.shell.user_ns.clear()
        self.shell.user_ns_hidden.clear()
        self.shell.__dict__.clear()
        self.modules.close()
        self.own.clear()
        children.close_descriptors(self)
        self.questions = None
        self.figures_to_draw.clear()
        enter_cell(None)
        # threading keeps a stand-in for each thread that it did not start itself; ours ends now.
        (privates.find("threads_known") or {}).pop(threading.get_ident(), None)


def _name_of(error):
    return {"ename": type(error).__name__, "evalue": text_of(error)}


def _profile():
    """The profile directory, looked up (and made) once a process."""
    global _profile_cache
    if _profile_cache is None:
        ipython_dir = get_ipython_dir()
        _profile_cache = (ipython_dir, ProfileDir.create_profile_dir_by_name(ipython_dir, "default"))
    return _profile_cache


_profile_cache = None


def _runs_users(frame):
    """Whether `frame` is part of what the loop has called, not of the loop itself. A task counts as the current one
    also while the loop notes down when it is to go on: cut off there, it never would."""
    name = str(frame.f_globals.get("__name__")) if frame is not None else None
    if name == _BY_TURNS or name in _AROUND and frame.f_code.co_flags & inspect.CO_COROUTINE:
        return False
    while frame is not None and frame.f_code is not _RUN_HANDLE:
        if not str(frame.f_globals.get("__name__")).startswith(_NOT_USERS):
            return True
        frame = frame.f_back
    return False


def wants_interrupt(frame):
    """Asked at SIGINT, on the thread that the daemon has chosen (interrupter.hpp), in the middle of whatever that
    thread does: is KeyboardInterrupt to be raised here, in `frame`? Only in user code; elsewhere the interrupt stays
    pending: the loop sees it when it next waits, or the end of the cell withdraws it.
    """
    kernel = getattr(_here, "kernel", None)
    if kernel is None or kernel.loop.mailbox.waiting:
        return False
    task = asyncio.current_task(kernel.loop)
    if task is None and kernel.closing or task is kernel.cell_task is not None and not kernel.in_user_code:
        return False
    if not _runs_users(frame):
        return False  # the loop at its own work, which would not survive it
    if imports_shared(frame):
        return False
    return kernel.port.take_interrupt() and process_wide.interrupts(kernel, frame)


def run(assignment):
    """A kernel's whole life, on its own thread. Returns why it ended: (reason, detail)."""
    kernel = Kernel()
    port = assignment.wait()
    if port is None:
        kernel.drop()
        return "stopped", ""
    kernel.adopt(port)
    _here.kernel = kernel
    port.ready(kernel)
    try:
        return kernel.run_until_end()
    finally:
        kernel.closing = True
        port.unready()
        kernel.close()  # what users' tasks do at their end can be interrupted, too
        _here.kernel = None
