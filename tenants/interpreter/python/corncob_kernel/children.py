"""What programs print that a cell starts goes to that cell, as they print it, also when the cell has ended.

A process has one set of descriptors 0, 1 and 2, and here they are the daemon's. So programs of kernels get pipes in
their place, which the daemon reads on a thread of its own, without the GIL (kernel_pipes.hpp), and an empty standard
input. The same goes for forked children, and for `sys.stdout.fileno()` and `os.write(1, ...)` of a kernel.
"""

import contextlib
import io
import os
import signal
import subprocess
import threading

from IPython.core import interactiveshell

from . import privates
from .context import current_cell
from .lines import here

_STREAMS = {1: "stdout", 2: "stderr"}
_GROUP = 4  # where fork_exec takes the group to join, behind the streams; 0: one of its own
_GRACE_SECONDS = 0.5  # for a program to end by itself, after an interrupt

_daemon_streams = {}  # descriptor -> (device, inode) of what the daemon itself has there
_forking = threading.local()


def _own_cell():
    """The cell whose code is running, if its programs can have pipes."""
    cell = current_cell()
    return cell if cell is not None and cell.kernel.port is not None else None


def _pipe(cell, stream, terminal=False):
    """A file to write to; what is written is output of the cell. None: of the cell that runs at the time."""
    return io.FileIO(cell.kernel.port.open_pipe(cell.request, stream, terminal), "w")


def descriptor_of(kernel, stream):
    """A kernel's own 1 or 2, for as long as it lives; its output is that of the cell that runs at the time."""
    if stream not in kernel.descriptors:
        kernel.descriptors[stream] = io.FileIO(kernel.port.open_pipe(None, stream), "w")
    return kernel.descriptors[stream].fileno()


def _note_program(pid, leader=False):
    """It ends with the kernel whose code has started it."""
    cell = _own_cell()
    if cell is not None:
        cell.kernel.port.note_program(pid, leader)


def close_descriptors(kernel):
    while kernel.descriptors:
        kernel.descriptors.popitem()[1].close()


# subprocess, os.system, os.popen, os.posix_spawn, IPython's !command.


def _named(wanted, stream):
    """The stream that an argument of Popen means, or None if it means something else."""
    if wanted is None:
        return stream
    if isinstance(wanted, int):
        return _STREAMS.get(wanted)
    return getattr(wanted, "routed_stream", None)


def _route_popen():
    get_handles, execute_child = privates.find("popen_handles"), privates.find("start_process")
    if get_handles is None or execute_child is None:
        return

    def get_handles_of_cell(self, stdin, stdout, stderr):
        cell = _own_cell()
        if cell is None:
            return get_handles(self, stdin, stdout, stderr)
        ends = self._corncob_ends = []

        def to_cell(wanted, stream):
            stream = _named(wanted, stream)
            if stream is None:
                return wanted
            ends.append(_pipe(cell, stream))
            return ends[-1]

        if stdin is None or (isinstance(stdin, int) and stdin == 0):
            stdin = subprocess.DEVNULL
        return get_handles(self, stdin, to_cell(stdout, "stdout"), to_cell(stderr, "stderr"))

    def execute_child_of_cell(self, *arguments):
        own_group = _own_cell() is not None and os.getpid() == _process and _asks_for_no_group(arguments)
        if own_group:
            arguments = (*arguments[:-1], 0)
        try:
            with _uninterrupted():  # it would run on, and nobody know it
                result = execute_child(self, *arguments)
                _note_program(self.pid, own_group)
            return result
        finally:
            for end in self.__dict__.pop("_corncob_ends", ()):
                end.close()  # the pipe ends when the program's end of it is closed

    privates.replace("popen_handles", get_handles_of_cell)
    privates.replace("start_process", execute_child_of_cell)


def _asks_for_no_group(arguments):
    """Whether an interrupt of the kernel is for the program. It then leads a group, so that what it starts is met: a
    shell goes on, if only itself is interrupted. Where Python runs first in the child, it may ask for a session."""
    preexec_fn, (new_session, group) = arguments[2], arguments[-2:]
    return preexec_fn is None and not new_session and group == -1


@contextlib.contextmanager
def _uninterrupted():
    """This thread: an interrupt comes right after."""
    before, here.starts_program = getattr(here, "starts_program", False), True
    try:
        yield
    finally:
        here.starts_program = before


def _run_group(command, end=None, **more):
    """A program that leads a group of its own, run to its end; gives it, and whether an interrupt has ended it. The
    interrupt is for all of the group. While it starts there is none: it would run on, and nobody know it."""
    child, interrupted = None, False
    try:
        with _uninterrupted():
            child = subprocess.Popen(command, shell=True, start_new_session=True, **more)
            if end is not None:
                end.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    except KeyboardInterrupt:
        if child is None:
            raise
        interrupted = True
        _end_group(child)
    child.wait()
    return child, interrupted


def _end_group(child):
    try:
        os.killpg(child.pid, signal.SIGINT)
        child.wait(_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _route_os():
    process_system, process_spawn, process_write = os.system, os.posix_spawn, os.write
    process_spawnp, process_fork = os.posix_spawnp, os.fork

    def system(command):
        if _own_cell() is None:
            return process_system(command)
        child, interrupted = _run_group(os.fspath(command))
        if interrupted:
            raise KeyboardInterrupt
        code = child.returncode
        return code << 8 if code >= 0 else -code  # a wait status, as the system gives it

    def spawn_in_cell(spawn):
        def posix_spawn(path, argv, env, /, *, file_actions=None, **more):
            cell = _own_cell()
            if cell is None:
                return spawn(path, argv, env, file_actions=file_actions or (), **more)
            with _pipe(cell, "stdout") as out, _pipe(cell, "stderr") as err:
                own = [
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                    (os.POSIX_SPAWN_DUP2, err.fileno(), 2),
                ]
                pid = spawn(path, argv, env, file_actions=[*own, *(file_actions or ())], **more)
            _note_program(pid)
            return pid

        return posix_spawn

    def write(fd, data, /):
        stream = _STREAMS.get(fd)
        cell = _own_cell() if stream is not None else None
        if cell is None or os.getpid() != _process:
            return process_write(fd, data)
        return process_write(descriptor_of(cell.kernel, stream), data)

    def fork():
        pid = process_fork()
        if pid != 0:
            _note_program(pid)
        return pid

    os.system, os.write, os.fork = system, write, fork
    os.posix_spawn, os.posix_spawnp = spawn_in_cell(process_spawn), spawn_in_cell(process_spawnp)


# multiprocessing and loky: workers of their contexts "spawn" and "loky", fork servers, trackers of resources.


def _route_workers():
    """They outlive the cell that starts them and work for later ones: what they print is output of the cell that runs
    at the time. Each leads a group, so that what a fork server forks is interrupted and ended with it."""
    start = privates.find("fork_exec")

    def fork_exec(args, executables, close_fds, pass_fds, cwd, env, *more):
        cell = _own_cell()
        if cell is None:
            return start(args, executables, close_fds, pass_fds, cwd, env, *more)
        if cell.recording is not None:
            cell.recording.spoil("it starts a program")
        if env is None:
            env = [os.fsencode(f"{name}={value}") for name, value in cell.kernel.environ.items()]
        if os.getpid() != _process:  # a forked child, whose streams are the cell's
            return start(args, executables, close_fds, pass_fds, cwd, env, *more)
        (stdin, to_stdin, from_stdout, stdout, from_stderr, stderr), more = more[:6], list(more[6:])
        stdout = descriptor_of(cell.kernel, "stdout") if stdout == -1 else stdout
        stderr = descriptor_of(cell.kernel, "stderr") if stderr == -1 else stderr
        more[_GROUP] = 0
        with open(os.devnull) as empty, _uninterrupted():
            streams = (empty.fileno() if stdin == -1 else stdin, to_stdin, from_stdout, stdout, from_stderr, stderr)
            pid = start(args, executables, close_fds, pass_fds, cwd, env, *streams, *more)
            _note_program(pid, leader=True)
        return pid

    privates.replace("fork_exec", fork_exec)


def run_in_terminal(command):
    """IPython's `!command`: on a terminal, so that programs show what they do as they do it. Gives the exit code, or
    minus the signal."""
    with _pipe(current_cell(), "stdout", terminal=True) as end:
        shell = os.environ.get("SHELL") or None
        streams = {"stdin": subprocess.DEVNULL, "stdout": end, "stderr": end}
        child, _ = _run_group(command, end, executable=shell, **streams)
    code = child.returncode  # also of an interrupted one: the cell goes on, as in IPython elsewhere
    return code if code <= 128 else 128 - code


# Forks, among them those of multiprocessing.


def _before_fork():
    cell = _own_cell()
    _forking.ends = (_pipe(cell, "stdout"), _pipe(cell, "stderr")) if cell is not None else ()
    if cell is not None and cell.kernel.thread_id == threading.get_native_id():
        # Known here by a stand-in, it is the main thread of the child: threading makes one where it knows of none.
        _forking.stand_in = (privates.find("threads_known") or {}).pop(threading.get_ident(), None)


def _in_parent():
    _close_ends()
    if (stand_in := _forking.__dict__.pop("stand_in", None)) is not None:
        privates.find("threads_known")[threading.get_ident()] = stand_in


def _close_ends():
    for end in _forking.__dict__.pop("ends", ()):
        end.close()


def _in_child():
    for fd, end in zip(_STREAMS, getattr(_forking, "ends", ()), strict=False):
        if _identity(fd) == _daemon_streams[fd]:  # and not the terminal that os.forkpty() has put there
            os.dup2(end.fileno(), fd)
    _close_ends()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _identity(fd):
    try:
        found = os.fstat(fd)
    except OSError:
        return None
    return found.st_dev, found.st_ino


_process = os.getpid()


def install():
    _daemon_streams.update((fd, _identity(fd)) for fd in _STREAMS)
    _route_popen()
    _route_os()
    _route_workers()
    interactiveshell.system = run_in_terminal
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)


__all__ = ["close_descriptors", "descriptor_of", "install"]
