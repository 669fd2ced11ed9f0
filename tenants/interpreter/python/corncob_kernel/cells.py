"""The cells of a kernel: each is a task of its loop, and several can run at the same time.

Which cell may begin when is the daemon's matter (tenants/cell_queue.hpp): what arrives here begins at once.
"""

import contextlib
import contextvars
import datetime
import itertools
import json
import sys
import threading

from . import backends, figures, process_wide
from .caching import CellCache
from .context import Cell, EndedTask, current_cell, enter_cell
from .jsonable import to_json
from .lines import Line, here
from .modes import Modes
from .reactive_runs import Reactive
from .source import Source
from .tags import Tags
from .tracebacks import text_of

_LATE_AGAIN_SECONDS = 0.05  # between tries to end a cell that is late: it may not have been where it can be ended


class Cells:
    def __init__(self, kernel):
        self._kernel = kernel
        self.main = Line(kernel.loop, kernel.port)
        self.running = {}  # task -> Cell; a little longer than it runs: a task's last steps are ours, not the user's
        self.modes = Modes(kernel)
        self.cache = CellCache(kernel)
        self.reactive = None
        self.set_reactive(self.modes.react)
        self._unanswered = {}  # mail -> its cell, which has not been replied to
        self._next_number = itertools.count()
        # One cell begins at a time, whatever thread it is on: it gets its number, and its place in the history.
        self._beginning = threading.Lock()

    def set_reactive(self, wanted):
        if wanted != (self.reactive is not None):
            self.reactive = Reactive(self, self._kernel) if wanted else None

    # Beginning and end.

    def start(self, mail, line=None, problem=None, backend=None):
        """On the thread of `line`, by default the kernel's own; there on `backend`, by default the kernel's. `problem`:
        what the cell fails with instead."""
        cell = Cell(self._kernel, mail.request)
        cell.line, cell.backend = line or self.main, backend or self._kernel.backend
        cell.run_mode = mail.run_mode or ("subshell" if mail.subshell else self.modes.usual)
        self._unanswered[mail] = cell
        running = self._execute(cell, mail, problem)
        cell.context = cell.line.context_for(cell)
        task = cell.task = cell.line.loop.create_task(running, context=cell.context)
        self.running[task] = cell
        task.add_done_callback(lambda task: self._done(mail, task))
        return task

    def _done(self, mail, task):
        """Whatever became of a cell's task, its client gets a reply: without one, no cell would ever run again."""
        cell = self.running.pop(task, None)
        if cell is not None:
            cell.task = EndedTask()
        if mail in self._unanswered:
            failed = not task.cancelled() and task.exception() is not None
            self._lose(mail, repr(type(task.exception()).__name__ if failed else "cancelled"))

    def _lose(self, mail, why):
        lost = {"status": "error", "ename": "KernelError", "evalue": f"the cell could not be answered: {why}"}
        self._reply(mail, to_json({**lost, "traceback": []}), b"{}", True, True)

    def answer_lost(self, line):
        """Its loop has ended, and will run no cell to its end."""
        for mail, cell in list(self._unanswered.items()):
            if cell.line is line:
                self.running.pop(cell.task, None)
                self._lose(mail, "its thread has ended")

    def _reply(self, mail, *reply):
        if self._unanswered.pop(mail, None) is not None:
            self._kernel.port.reply(mail.request, *reply)

    # Interrupts.

    def interrupt(self):
        """All that run."""
        for cell in list(self.running.values()):
            cell.cancel(KeyboardInterrupt())

    def interrupt_line(self, line):
        for cell in list(self.running.values()):
            if cell.line is line:
                cell.cancel(KeyboardInterrupt())

    def interrupt_soon(self, already):
        """All that run but for `already`, in whose midst we are."""
        others = [cell for cell in list(self.running.values()) if cell is not already]
        if others:
            self._kernel.loop.call_soon(lambda: [cell.cancel(KeyboardInterrupt()) for cell in others])

    # What others ask.

    def all_running(self):
        return [cell for cell in list(self.running.values()) if cell.begun and not cell.task.done()]

    def by_number(self, number):
        """The running cell of that number, or None."""
        return next((cell for cell in self.all_running() if cell.number == number), None)

    # Running one.

    async def _execute(self, cell, mail, problem):
        cell.begun = True
        cell.started_at = datetime.datetime.now(datetime.UTC)
        started = cell.started_at.isoformat()  # front ends show how long a cell took
        before = contextvars.copy_context()
        enter_cell(cell)
        try:
            wish = json.loads(mail.content)
            if not isinstance(wish.get("code"), str):
                raise ValueError("execute_request lacks the field 'code', or it is no string")
        except ValueError as malformed:
            self._reply(mail, to_json(self._error(malformed)), b"{}", True, True)
            return
        cell.allow_stdin = bool(wish.get("allow_stdin", False))
        cell.source = wish["code"]
        silent = bool(wish.get("silent", False))
        if not silent:
            cell.number = next(self._next_number)
        if len(self.running) == 1:
            process_wide.forget_handler(self._kernel)
        stop_on_error = bool(wish.get("stop_on_error", True))
        try:
            self._beginning.acquire()
            cell.beginning = self._beginning
            if not silent:
                count = self._kernel.shell.execution_count
                self._kernel.publish("execute_input", to_json({"code": wish["code"], "execution_count": count}))
            if problem is not None:
                raise problem
            metadata = json.loads(mail.metadata) if mail.metadata != b"{}" else {}
            tags = Tags(metadata)
            if tags.stop_on_error is not None:
                stop_on_error = tags.stop_on_error
            content = await self.in_time(cell, tags, self._run(cell, wish, metadata, tags))
            reply = to_json(content)
        except BaseException as failure:  # an interrupt between two steps of ours, or what a cell put into its reply
            if cell.execution_count == 0 and not silent:  # it has failed before it ran
                cell.execution_count = self._kernel.shell.execution_count
                self._kernel.shell.execution_count += 1
            content = self._error(failure)
            reply = to_json(content)
        finally:
            cell.end_beginning()
        cell.take_cancellation()  # one that came too late
        cell.line.withdraw_interrupt()
        here.interrupting = None
        cell.line.keep_variables(cell, before)
        failed = content["status"] == "error"
        cached = {"cache": "hit"} if cell.replayed else {}
        metadata = to_json({"started": started, "status": content["status"], **cached, **cell.notes})
        self._reply(mail, reply, metadata, failed, failed and stop_on_error and not silent)
        if self._kernel.shell.exit_now:
            self._kernel.end("exited", "the cell asked to exit")

    async def in_time(self, cell, tags, running):
        """Awaits `running`, for as long as the cell's tags allow."""
        if tags.timeout is None:
            return await running
        ended = threading.Event()
        arguments = (cell, tags.timeout, ended)
        timer = threading.Thread(target=_end_late_cell, args=arguments, name="timeout", daemon=True)
        contextvars.Context().run(timer.start)  # it is none of the cell's
        try:
            return await running
        finally:
            ended.set()

    async def _run(self, cell, wish, metadata, tags):
        shell, code = self._kernel.shell, wish["code"]
        problem, transformed = None, code
        try:
            transformed = shell.transform_cell(code)
        except Exception:
            problem = sys.exc_info()
        silent = bool(wish.get("silent", False))
        store_history = bool(wish.get("store_history", True)) and not silent
        source = Source(code, transformed, problem, metadata, store_history, silent)
        run = self.run_source if self.reactive is None or silent else self.reactive.run
        result = await run(cell, source)
        error = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
        content = self._reply_content(cell, error, wish)
        if tags.raises_exception and content["status"] == "ok" and not cell.held:
            raise RuntimeError("the cell is tagged raises-exception, and has raised none")
        return content

    async def run_source(self, cell, source):
        """In the midst of the cell's task. Gives IPython's result."""
        shell, result = self._kernel.shell, None
        cell.backend = backends.asked_for(source.code) or cell.backend
        figures.prepare(self._kernel)
        try:
            result = await shell.run_cell_async(
                source.code,
                store_history=source.store_history,
                silent=source.silent,
                transformed_cell=source.transformed,
                preprocessing_exc_tuple=source.problem,
                cell_id=source.metadata.get("cellId"),
                cell_meta=source.metadata,
            )
        finally:
            with cell.user_code():
                figures.show_open_figures(cell)
                shell.events.trigger("post_execute")
                if not source.silent:
                    shell.events.trigger("post_run_cell", result)
        return result

    @contextlib.contextmanager
    def in_place_of(self, cell, other):
        """`other` runs for a while in the task of `cell`, which then goes on."""
        self._beginning.acquire()
        other.beginning = self._beginning
        self.running[cell.task] = other
        enter_cell(other)
        try:
            yield
        finally:
            other.end_beginning()
            enter_cell(cell)
            self.running[cell.task] = cell

    def _reply_content(self, cell, error, wish):
        content = {"status": "ok", "execution_count": cell.execution_count, "user_expressions": {}}
        if error is not None or cell.display_failed:
            shown = cell.error or {"traceback": []}
            content.update({**shown, **_name_of(error)} if error is not None else shown, status="error")
        elif wish.get("user_expressions"):
            with cell.user_code():
                content["user_expressions"] = self._kernel.shell.user_expressions(wish["user_expressions"])
        content["payload"], cell.payload = cell.payload, []
        return content

    def _error(self, problem):
        content = {**_name_of(problem), "traceback": []}
        self._kernel.publish("error", to_json(content))
        count = current_cell().execution_count or self._kernel.shell.execution_count - 1
        return {"status": "error", "execution_count": count, "user_expressions": {}, "payload": [], **content}


def _end_late_cell(cell, seconds, ended):
    """On a thread of its own: that of the cell may compute, or sleep."""
    if ended.wait(min(seconds, threading.TIMEOUT_MAX)):
        return
    late = TimeoutError(f"the cell has taken longer than its tag timeout={seconds:g} allows")
    hits = cell.hits
    cell.cancel(late)
    while not ended.wait(_LATE_AGAIN_SECONDS) and cell.hits == hits:
        cell.break_in()


def _name_of(error):
    return {"ename": type(error).__name__, "evalue": text_of(error)}


__all__ = ["Cells"]
