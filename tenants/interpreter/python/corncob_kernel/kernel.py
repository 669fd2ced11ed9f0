"""One kernel on its own thread: cells are tasks of its event loop.

The daemon's side of it is the port (`corncob_port.Port`): mail in, outputs and replies out. It hands over a cell when
that is to begin; comm messages arrive at any time and are handled while cells await.
"""

import asyncio
import contextvars
import functools
import inspect
import json
import sys
import threading

from IPython.core.profiledir import ProfileDir
from IPython.paths import get_ipython_dir

from . import children, directory, environment, history_store, loggers, pools, privates, process_wide, trio_guest
from .cells import Cells
from .comms import KernelComms
from .context import Cell, current_cell, enter_cell
from .lines import CELL, KERNEL, RUN_SIDE, here
from .loop import KernelLoop
from .modules import Own, imports_shared
from .questions import Questions
from .shell import ZMQInteractiveShell
from .threads import StartedThreads, Threads

_NOT_USERS = ("asyncio.", "selectors", "trio.", "outcome.", f"{__package__}.")  # modules of the loop
_TRIO = "trio._core._run"
_UNSAFE = ("trio.", "outcome.")  # they would not survive it, not even where users' code has called them
# The coroutines around a cell's own, which would not know of what interrupts them.
_AROUND = {"IPython.core.interactiveshell", f"{__package__}.cells", f"{__package__}.shell"}
_BY_TURNS = f"{__package__}.parsing"  # cut off there, it would keep its turn
_RUN_HANDLE = privates.code_of("run_handle")
_RUN_ON_TRIO = trio_guest.TrioGuest.run.__code__  # it waits for users' code, which runs elsewhere


class Kernel:
    """Made, run and ended on one thread; `publish` and `write` may be called from threads that cells start."""

    def __init__(self):
        """What every kernel needs, made before it is known whose it will be."""
        self.port = None
        self.own = {}  # what is one a process elsewhere: context.PerKernel
        self.inline_backend = None  # matplotlib's settings, once it is imported
        self.replaced = {}  # attributes of `sys` that a cell has replaced, e.g. stdout
        self.argv = [""]
        self.descriptors = {}  # name of a stream -> the file whose descriptor stands for it
        self.environ = environment.of_kernel()
        self.modules = Own("", "")
        self.thread_id = threading.get_native_id()
        self.started_threads = StartedThreads()
        self.comm_manager = KernelComms()
        self.closing = False  # from now on, users' code runs in tasks only, and what is around them must not be cut off
        self._ending = None
        self._background = set()
        self.questions = Questions(self)
        enter_cell(Cell(self, None))
        self.shell = ZMQInteractiveShell(self, *_profile())

    def adopt(self, port):
        """Now it is the port's kernel."""
        self.port = port
        self.started_threads.adopt(port)
        self.write = port.write
        self.backend = port.loop()
        self.environ.update(port.environment())
        self.shell.history_manager.begin(history_store.store_of(port.tenant()))
        self.modules.begin(directory.first_of(port), self.environ.get("PYTHONPATH", ""))
        self.loop = KernelLoop(port, self._on_mail)
        self.cells = Cells(self)
        self.threads = Threads(self)

    # Out.

    def write(self, request, stream, text):
        """Replaced by the port's, once there is one."""

    def publish(self, msg_type, content, metadata=b"{}", buffers=None):
        cell = current_cell()
        request = cell.request if cell is not None else None
        if cell is not None and cell.recording is not None:
            cell.recording.note_message(msg_type)
        self.port.publish(request, msg_type, content, metadata, buffers or [])

    def get_parent(self):
        """As ipykernel's: the request whose code asks. ipywidgets' Output catches what has this parent."""
        cell = current_cell()
        if cell is None or cell.request is None:
            return {}
        header = json.loads(cell.request.header)
        return {"header": header, "msg_id": header["msg_id"], "msg_type": header["msg_type"], "parent_header": {}}

    # In.

    def _on_mail(self, mail):
        """Called by the loop's selector for each request, and with None for what else may have happened."""
        if mail is None:
            if self.port.closed():
                self.end("stopped", "")
            elif self.port.take_interrupt() == KERNEL and process_wide.interrupts(self):
                self.cells.interrupt()
        elif self._ending is not None:
            pass  # it would be part of what is gone in a moment: the daemon answers it, when this kernel has ended
        elif mail.msg_type == "execute_request":
            self.cells.start(mail)
        else:
            self.start_comm(mail)

    def start_comm(self, mail):
        """On the thread where it is to be handled."""
        context = contextvars.copy_context()
        task = asyncio.get_running_loop().create_task(self.on_comm(mail, context), context=context)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def end(self, reason, detail):
        """The kernel ends after the step that runs now. Any thread."""
        self._ending = self._ending or (reason, detail)
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def on_comm(self, mail, context):
        """`context`: in which it runs."""
        enter_cell(Cell(self, mail.request))
        try:
            message = {
                "header": json.loads(mail.header),
                "metadata": json.loads(mail.metadata),
                "content": json.loads(mail.content),
                "buffers": [memoryview(buffer) for buffer in mail.buffers],
            }
            handle = functools.partial(getattr(self.comm_manager, mail.msg_type), None, None, message)
            if self.backend == "trio":  # callbacks wake what waits there
                problem = await here.line.trio().run(functools.partial(trio_guest.call, handle), context)
                if problem is not None:
                    raise problem
            else:
                handle()
        except KeyboardInterrupt:
            self.shell.showtraceback()
            self.cells.interrupt()  # it was meant for all that this kernel does
        except Exception:
            self.shell.showtraceback()
        finally:
            self.port.reply(mail.request, b"{}", b"{}", False, False)

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
                if here.interrupting != CELL:  # it hit a callback or another task
                    self.cells.interrupt()
            except SystemExit as exit_request:
                reason = "crashed" if exit_request.code else "exited"
                self.end(reason, f"SystemExit({exit_request.code!r}) in a task")
        return self._ending

    def close(self):
        """Drops all that the kernel holds. Cycles are broken by hand: a full collection stops everyone's kernels."""
        process_wide.run_exit_functions(self)
        loggers.close_handlers(self)
        self.shell.history_manager.end_session()
        self.threads.close()
        self.cells.main.close()
        pools.close(self)
        self.drop()

    def drop(self):
        self.shell.user_ns.clear()
        self.shell.user_ns_hidden.clear()
        self.shell.__dict__.clear()
        self.modules.close()
        self.own.clear()
        children.close_descriptors(self)
        self.questions = None
        enter_cell(None)
        # threading keeps a stand-in for each thread that it did not start itself; ours ends now.
        (privates.find("threads_known") or {}).pop(threading.get_ident(), None)


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
    if name == _BY_TURNS or name.startswith(_UNSAFE):
        return False
    if name in _AROUND and frame.f_code.co_flags & inspect.CO_COROUTINE:
        return False
    users, above = False, None
    while frame is not None and frame.f_code is not _RUN_HANDLE and frame.f_code is not RUN_SIDE:
        name = str(frame.f_globals.get("__name__"))
        if name == _TRIO and frame.f_code.co_name == "unrolled_run" and not _is_users_task(above):
            return False
        if frame.f_code is _RUN_ON_TRIO:
            return False
        users = users or not name.startswith(_NOT_USERS)
        above, frame = frame, frame.f_back
    return users


def _is_users_task(frame):
    """What Trio's loop has called: a task, not a part of its own."""
    if frame is None or not frame.f_code.co_flags & inspect.CO_COROUTINE:
        return False
    return not str(frame.f_globals.get("__name__")).startswith("trio.")


def _cell_on_trio():
    """Whose code runs where asyncio knows of no task: Trio makes a step."""
    cell = current_cell()
    return cell if cell is not None and cell.backend == "trio" and cell.in_user_code else None


def wants_interrupt(frame):
    """Asked at SIGINT, on the thread that the daemon has chosen (interrupter.hpp), in the middle of whatever that
    thread does: is KeyboardInterrupt to be raised here, in `frame`? Only in user code; elsewhere the interrupt stays
    pending: the loop sees it when it next waits, or the end of the cell withdraws it.
    """
    kernel = getattr(here, "kernel", None)
    if kernel is None:
        return False
    line = here.line
    if line is kernel.cells.main and kernel.loop.mailbox.waiting:
        return False
    if getattr(here, "starts_program", False):
        return False
    task = asyncio.current_task(line.loop)
    cell = kernel.cells.running.get(task) if task is not None else _cell_on_trio()
    if task is None and kernel.closing or cell is not None and not cell.in_user_code:
        return False
    if not _runs_users(frame):
        return False  # the loop at its own work, which would not survive it
    if imports_shared(frame):
        return False
    whose = cell if cell is not None else current_cell()  # also where a task runs that the cell has made
    is_cancelled = whose is not None and whose.is_cancelled()
    if line is not kernel.cells.main and not is_cancelled:
        return False  # it is for another cell of that thread
    whom = line.take_interrupt()
    if whom == KERNEL:
        if not process_wide.interrupts(kernel, frame):
            return False
        if cell is not None:
            kernel.cells.interrupt_soon(cell)
    elif not whom or not is_cancelled:
        return False
    if cell is not None:  # where a task of it is hit, the cell itself is not yet
        cell.note_hit()
    here.interrupting = whom
    return True


def run(assignment):
    """A kernel's whole life, on its own thread. Returns why it ended: (reason, detail)."""
    threading.current_thread().name = "MainThread"  # to its user
    kernel = Kernel()
    port = assignment.wait()
    if port is None:
        kernel.drop()
        return "stopped", ""
    kernel.adopt(port)
    here.kernel, here.line, here.interrupting = kernel, kernel.cells.main, None
    port.ready(kernel)
    try:
        return kernel.run_until_end()
    finally:
        kernel.closing = True
        port.unready()
        kernel.close()  # what users' tasks do at their end can be interrupted, too
        here.kernel = here.line = None
