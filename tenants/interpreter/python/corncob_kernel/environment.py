"""os.environ, one a kernel: the daemon's, the kernelspec's, what the client gave, and what the kernel's cells change.

Programs started by subprocess inherit the kernel's. C code that calls getenv sees the daemon's.
"""

import errno
import os
from collections.abc import MutableMapping

from . import privates
from .context import current_kernel


class RoutedEnviron(MutableMapping):
    def __init__(self, process):
        self._process = process

    @property
    def _own(self):
        kernel = current_kernel()
        return kernel.environ if kernel is not None else self._process

    def __getitem__(self, name):
        return self._own[name]

    def __setitem__(self, name, value):
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"str expected, not {type(value if isinstance(name, str) else name).__name__}")
        if "\0" in name + value or "=" in name:
            raise ValueError("embedded null byte, or '=' in a name")
        self._own[name] = value

    def __delitem__(self, name):
        del self._own[name]

    def __iter__(self):
        return iter(list(self._own))

    def __len__(self):
        return len(self._own)

    def __repr__(self):
        return f"environ({dict(self._own)!r})"

    def __or__(self, other):
        return dict(self._own) | dict(other)

    def __ror__(self, other):
        return dict(other) | dict(self._own)

    def copy(self):
        return dict(self._own)


# As ipykernel has it: colours, and no pager, which would wait for a key that nobody can press.
_FOR_PROGRAMS = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}


class RoutedBytes(MutableMapping):
    """os.environb, a view of os.environ."""

    def __getitem__(self, name):
        return os.fsencode(os.environ[os.fsdecode(name)])

    def __setitem__(self, name, value):
        os.environ[os.fsdecode(name)] = os.fsdecode(value)

    def __delitem__(self, name):
        del os.environ[os.fsdecode(name)]

    def __iter__(self):
        return map(os.fsencode, os.environ)

    def __len__(self):
        return len(os.environ)


def _route_functions():
    """Those that work on C's environment, or hand it on."""
    put, unset, execute = os.putenv, os.unsetenv, os.execve
    process = os.getpid()

    def putenv(name, value, /):
        if current_kernel() is None:
            return put(name, value)
        os.environ[os.fsdecode(name)] = os.fsdecode(value)

    def unsetenv(name, /):
        if current_kernel() is None:
            return unset(name)
        os.environ.pop(os.fsdecode(name), None)

    def execv(path, argv, /):
        execve(path, argv, dict(os.environ))

    def execve(path, argv, env):
        if current_kernel() is not None and os.getpid() == process:
            raise OSError(errno.EPERM, "os.exec*() would replace the daemon, with the kernels of all; use subprocess")
        execute(path, argv, env)

    os.environb = RoutedBytes()
    os.putenv, os.unsetenv, os.execv, os.execve = putenv, unsetenv, execv, execve


def of_kernel():
    """What a new kernel begins with."""
    return {**_process_environ, **_FOR_PROGRAMS}


_process_environ = os.environ


def install():
    os.environ = RoutedEnviron(_process_environ)
    _route_functions()
    start = privates.find("start_process")

    def execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *more):
        kernel = current_kernel()
        if env is None and kernel is not None:
            env = kernel.environ
        return start(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *more)

    privates.replace("start_process", execute_child)


__all__ = ["install", "of_kernel"]
