"""What a cell is seen to do beside computing: files, sockets, programs, threads. Python tells it to an audit hook,
which holds for all of the process and for good; it looks away where no cell is being recorded (recordings.py)."""

import os
import sys

from . import modules, privates
from .context import current_cell

_EVENTS = frozenset({
    "open", "os.chdir", "os.chmod", "os.chown", "os.chflags", "os.exec", "os.fork", "os.forkpty", "os.fwalk",
    "os.kill", "os.killpg", "os.link", "os.listdir", "os.listxattr", "os.getxattr", "os.setxattr", "os.lockf",
    "os.mkdir", "os.posix_spawn", "os.putenv", "os.unsetenv", "os.remove", "os.rename", "os.rmdir", "os.scandir",
    "os.spawn", "os.symlink", "os.system", "os.truncate", "os.utime", "os.walk", "glob.glob", "pathlib.Path.glob",
    "pty.spawn", "shutil.rmtree", "shutil.copyfile", "shutil.move", "tempfile.mkstemp", "tempfile.mkdtemp",
    "subprocess.Popen", "socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo",
    "socket.gethostbyname", "socket.gethostname", "socket.gethostbyaddr", "socket.sendto", "socket.sendmsg",
    "urllib.Request", "ftplib.connect", "smtplib.connect", "imaplib.open", "poplib.connect", "telnetlib.Telnet.open",
    "http.client.connect", "webbrowser.open", "syslog.syslog", "sqlite3.connect", "mmap.__new__", "fcntl.fcntl",
    "fcntl.flock", "fcntl.ioctl", "fcntl.lockf", "ctypes.dlopen", "ctypes.call_function", "_thread.start_new_thread",
    "signal.pthread_kill", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames",
    "sys.settrace", "sys.setprofile", "sys.addaudithook", "builtins.input", "builtins.breakpoint",
    "resource.setrlimit", "resource.prlimit", "setopencodehook",
})  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_UNCHANGING = ("/usr/share/", "/usr/lib/")  # read-only to kernels: fonts, time zones, the standard library
_FINDS_OWN = modules.finds_own.__code__  # it looks for what an import is about
_installed = False


def _hook(event, arguments):
    if event not in _EVENTS:
        return
    cell = current_cell()
    recording = cell.recording if cell is not None else None
    if recording is None or recording.why_not is not None or _is_import():
        return
    if event != "open":
        recording.spoil(f"it was seen to do: {event}")
    elif not _is_read_of_installed(*arguments):
        recording.spoil(f"it opens the file {arguments[0]}")


def _is_read_of_installed(path, mode, flags):
    if isinstance(path, int):
        return True  # a descriptor: it was seen when it was opened
    if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING):
        return False
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str):
        return False
    return path.startswith(_UNCHANGING) or modules.is_installed(path)


def _is_import():
    """What an import does is done again by the import, on a hit."""
    frame = sys._getframe(2)
    while frame is not None:
        if privates.is_import_machinery(frame) or frame.f_code is _FINDS_OWN:
            return True
        frame = frame.f_back
    return False


def install():
    """When the first cell is recorded: every kernel pays for it, a fraction of a microsecond an event."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


__all__ = ["install"]
