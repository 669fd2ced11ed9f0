"""The threads that a kernel has beside its own: of its subshells (JEP 91), and of cells that ask for one: `# thread`,
or `# thread name=NAME` for one that stays. What is for them comes past the kernel's own thread, which may be busy."""

import json
import shlex
import threading

from .backends import NAMES
from .context import Cell, enter_cell
from .lines import SideLine
from .subshell_comms import SubshellComms

_THREADS_MAX = 64  # of a kernel, its subshells' included; beyond, a cell is refused
_IDLE_MAX = 10  # kept for the next cell
_IDLE_SECONDS = 60
_END_SECONDS = 1  # the kernel waits for them, before it takes away what they use


class Threads:
    def __init__(self, kernel):
        self._kernel = kernel
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._by_key = {}  # ("subshell", id) or ("name", name) -> SideLine
        self._idle = []  # without a name
        self._all = set()
        self._closed = False
        self._comms = SubshellComms(kernel)

    def take(self, mail):
        """A cell, a comm message, or the end of a subshell. Does not wait."""
        if mail.msg_type == "delete_subshell_request":
            self._end_subshell(mail)
        elif mail.msg_type != "execute_request":
            line = self._named(("subshell", mail.subshell))
            line.post(self._comms.start, line, mail)
        elif mail.run_mode != "thread":
            line = self._named(("subshell", mail.subshell))
            line.post(self._kernel.cells.start, mail, line)
        else:
            self._start_cell(mail)

    def _start_cell(self, mail):
        cells = self._kernel.cells
        try:
            options = _options(mail)
            name, backend = options.get("name"), options.get("backend")
            line = self._named(("name", name)) if name else self._unnamed()
        except Exception as problem:  # its options, or no more threads: it says so
            cells.main.call(lambda problem=problem: cells.start(mail, problem=problem))
            return
        if name:
            line.post(cells.start, mail, line, None, backend)
        else:
            line.post(
                lambda: cells.start(mail, line, None, backend).add_done_callback(lambda task: self._release(line))
            )

    def _named(self, key):
        with self._lock:
            if key not in self._by_key:
                self._by_key[key] = self._make(key[1])
            return self._by_key[key]

    def _unnamed(self):
        with self._lock:
            return self._idle.pop() if self._idle else self._make("cell")

    def _make(self, name):
        if self._closed:
            raise RuntimeError("the kernel ends")
        if len(self._all) >= _THREADS_MAX:
            raise RuntimeError(f"this kernel has {_THREADS_MAX} threads beside its own, as many as it may")
        line = SideLine(self._kernel, name, self._forget)
        self._all.add(line)
        return line

    def _release(self, line):
        """On its thread: the cell is done, its tasks go on."""
        with self._lock:
            keep = len(self._idle) < _IDLE_MAX
            if keep:
                self._idle.append(line)
        if keep:
            line.loop.call_later(_IDLE_SECONDS, self._retire, line)
        else:
            line.stop()

    def _retire(self, line):
        with self._lock:
            if line not in self._idle:
                return  # it works again, and comes back
            self._idle.remove(line)
        line.stop()

    def _forget(self, line):
        with self._lock:
            self._all.discard(line)
            for key in [key for key, value in self._by_key.items() if value is line]:
                del self._by_key[key]
            self._changed.notify_all()

    def _end_subshell(self, mail):
        with self._lock:
            line = self._by_key.pop(("subshell", json.loads(mail.content)["subshell_id"]), None)
        if line is not None:
            self._kernel.cells.interrupt_line(line)
            line.stop()

    def close(self):
        """The kernel ends. Its threads do when what they run has ended: a thread cannot be killed."""
        with self._lock:
            self._closed = True
            lines = list(self._all)
        for line in lines:
            self._kernel.cells.interrupt_line(line)
            line.stop()
        with self._changed:
            self._changed.wait_for(lambda: not self._all, _END_SECONDS)


class StartedThreads:
    """Those that the kernel's code has started and that run: the quota threads_max."""

    def __init__(self):
        self._lock = threading.Lock()
        self._port = None  # before the kernel is anybody's, there is no limit
        self._running = 0

    def adopt(self, port):
        self._port = port

    def take(self):
        """Raises RuntimeError, as where the system has no more threads."""
        limit = self._port.threads_max() if self._port is not None else 0
        with self._lock:
            refused = limit and self._running >= limit
            if not refused:
                self._running += 1
        if refused:
            self._port.limit_hit("threads_max")
            raise RuntimeError(f"can't start new thread: threads_max is {limit}, and as many of this kernel run")

    def give_back(self):
        with self._lock:
            self._running -= 1


def _options(mail):
    """Of a cell's first line: `# thread name="My thread" backend=asyncio`."""
    line = json.loads(mail.content)["code"].lstrip().partition("\n")[0]
    words = shlex.split(line.lstrip("#")) if line.startswith("#") else []
    options = dict(word.partition("=")[::2] for word in words[1:] if words[0] == "thread")
    for name in options:
        if name not in ("name", "backend"):
            raise ValueError(f"# thread knows name and backend, not {name!r}")
    if options.get("backend", NAMES[0]) not in NAMES:
        raise ValueError(f"backend={options['backend']}: there are {' and '.join(NAMES)}")
    return options


def hand_on(kernel, mail):
    """Called on a thread of the daemon's, in order for each kernel."""
    enter_cell(Cell(kernel, None))
    try:
        kernel.threads.take(mail)
    finally:
        enter_cell(None)


__all__ = ["StartedThreads", "Threads", "hand_on"]
