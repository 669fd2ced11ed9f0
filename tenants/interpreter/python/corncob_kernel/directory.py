"""The working directory. Linux lets a thread have its own (unshare(CLONE_FS), done by the daemon before Python runs
there), but not in every container. Where it does not, there is one for all kernels, and nobody's code may move it.
"""

import errno
import os
from pathlib import Path

from .context import current_kernel


def first_of(port):
    """What a kernel's sys.path names as its own directory."""
    return "" if port.owns_directory() else port.directory()


def _refusal(name):
    return PermissionError(
        errno.EPERM,
        f"os.{name}: all kernels of this daemon share one working directory, so it cannot be changed. The system "
        "refuses unshare(CLONE_FS), as Docker does without --cap-add SYS_ADMIN or a seccomp profile that allows it. "
        "Use absolute paths, or start the daemon in the directory that you need",
    )


def _refuse_where_shared(name):
    change = getattr(os, name)

    def change_directory(path):
        kernel = current_kernel()
        if kernel is not None and not kernel.port.owns_directory() and os.getpid() == _process:
            raise _refusal(name)
        return change(path)

    change_directory.__name__ = change_directory.__qualname__ = name
    change_directory.__doc__ = change.__doc__
    setattr(os, name, change_directory)
    return change


_process = os.getpid()
_chdir = os.chdir


def install():
    for name in ("chdir", "fchdir"):
        _refuse_where_shared(name)


def enter(kernel):
    """Takes the language thread to where the kernel's thread is: completion lists its files."""
    if kernel.port.owns_directory():
        _chdir(Path(f"/proc/self/task/{kernel.thread_id}/cwd"))


__all__ = ["enter", "first_of", "install"]
