"""input(), getpass() and ainput(): what a kernel's code asks of the client that sent its cell."""

import asyncio
import contextlib
import functools
import itertools
import json
import os
import sys
import threading

from IPython.core import debugger
from IPython.core.error import StdinNotImplementedError

from . import process_wide
from .context import current_cell
from .jsonable import to_json


class Questions:
    def __init__(self, kernel):
        self._kernel = kernel
        self._numbers = itertools.count(1)

    def ask(self, prompt="", password=False):
        """Waits for the answer. An interrupt ends the wait of the kernel's own thread; what other threads ask ends with
        the kernel."""
        cell = self._cell("getpass" if password else "raw_input")
        question = to_json({"prompt": str(prompt), "password": password})
        own_thread = threading.get_native_id() == self._kernel.thread_id
        while True:
            answer = self._kernel.port.ask_input(cell.request, question, own_thread)
            if answer is not None:
                return _value_of(answer)
            if not own_thread or process_wide.interrupts(self._kernel):
                raise KeyboardInterrupt("Interrupted by user")

    async def ask_meanwhile(self, prompt=""):
        """ainput(): as input(), and the loop goes on. A thread of its own waits; a cancelled question is withdrawn."""
        cell, number, loop = self._cell("ainput"), next(self._numbers), asyncio.get_running_loop()
        future = loop.create_future()
        question = to_json({"prompt": str(prompt), "password": False})

        def wait():
            answer = self._kernel.port.ask_input(cell.request, question, False, number)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel has ended
                loop.call_soon_threadsafe(answered, answer)

        def answered(answer):
            if not future.done():
                future.set_result(answer)

        threading.Thread(target=wait, name="ainput", daemon=True).start()
        try:
            answer = await future
        except BaseException:
            self._kernel.port.withdraw_input(number)
            raise
        if answer is None:
            raise asyncio.CancelledError  # the kernel ends
        return _value_of(answer)

    @staticmethod
    def _cell(asked):
        cell = current_cell()
        if cell is None or not cell.allow_stdin:
            raise StdinNotImplementedError(f"{asked} was called, but this frontend does not support input requests.")
        if cell.recording is not None:
            cell.recording.spoil("it asks for input")
        return cell


def _value_of(answer):
    value = json.loads(answer).get("value", "")
    if value == "\x04":
        raise EOFError
    return value


def builtins_of(kernel):
    """What replaces Python's own in the builtins of a kernel."""

    @functools.wraps(input)
    def input_(prompt="", /):
        return kernel.questions.ask(prompt)

    async def ainput(prompt="", /):
        """As input(), for cells that await: comms and tasks go on while the user thinks."""
        return await kernel.questions.ask_meanwhile(prompt)

    return {"input": input_, "ainput": ainput, "breakpoint": breakpoint_}


def breakpoint_(*args, **kws):
    """As Python's, by this kernel's sys.breakpointhook and PYTHONBREAKPOINT; else the debugger stops in the caller."""
    if sys.breakpointhook is not sys.__breakpointhook__:
        return sys.breakpointhook(*args, **kws)
    name = os.environ.get("PYTHONBREAKPOINT") or "pdb.set_trace"
    if name == "0":
        return None
    if name != "pdb.set_trace":
        module, _, function = name.rpartition(".")
        return getattr(__import__(module or "builtins", fromlist=[function]), function)(*args, **kws)
    debugger.set_trace(sys._getframe(1), kws.get("header"))
    return None
