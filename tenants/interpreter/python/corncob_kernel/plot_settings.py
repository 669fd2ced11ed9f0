"""Matplotlib's rcParams, backend and interactivity, one of each a kernel.

`rcParams` is imported by name all over matplotlib: it stays one object, whose content is the running kernel's. pyplot
keeps the backend in variables of its own; the few functions that use them find the kernel's there.
"""

import functools
import threading

from .context import PerKernel, current_kernel
from .import_hooks import after_import
from .modules import while_importing

_INLINE = ("inline", "module://matplotlib_inline.backend_inline")


def _route_parameters(matplotlib):
    class RcParams(matplotlib.RcParams):
        """Everything else that RcParams does is made of these."""

        def _set(self, key, val):
            _own()[key] = val
            if _own() is not _shared and while_importing():
                _shared[key] = val

        def _get(self, key):
            return _own()[key]

        def _update_raw(self, other_params):
            for key, value in dict(other_params).items():
                self._set(key, value)

        def _ensure_has_backend(self):
            _own().setdefault("backend", matplotlib.rcsetup._auto_backend_sentinel)

        def __contains__(self, key):
            return key in _own()

        def __iter__(self):
            yield from sorted(_own())

        def __len__(self):
            return len(_own())

        def copy(self):
            plain = matplotlib.RcParams()
            dict.update(plain, _own())
            return plain

        def find_all(self, pattern):
            return self.copy().find_all(pattern)

        def __reduce__(self):
            return self.copy().__reduce__()

    def first():
        own = {key: value[:] if isinstance(value, list) else value for key, value in _shared.items()}
        if backend := current_kernel().environ.get("MPLBACKEND"):
            own["backend"] = matplotlib.rcsetup.validate_backend(backend)
        # IPython switches it on where it enables the inline backend: once a process.
        own["interactive"] = matplotlib.rcParamsOrig["interactive"] or own["backend"] in _INLINE
        return own

    _shared = dict(dict.items(matplotlib.rcParams))
    _own = PerKernel(first, _shared)
    RcParams.__qualname__ = "RcParams"
    matplotlib.rcParams.__class__ = RcParams


class _Pyplot:
    """pyplot's variables in the place of one kernel."""

    def __init__(self, pyplot):
        self.backend = None
        self.display_hook = pyplot._ReplDisplayHook.NONE


class _Turns:
    """pyplot's variables are one kernel's at a time: of the one whose thread is in one of the functions."""

    def __init__(self, pyplot, own):
        self._pyplot = pyplot
        self._own = own
        self._lock = threading.RLock()
        self._taken = False

    def route(self, name):
        function = getattr(self._pyplot, name)

        @functools.wraps(function)
        def routed(*args, **kwargs):
            with self._lock:
                if self._taken:  # one of them calls another
                    return function(*args, **kwargs)
                return self._take_turn(self._own(), function, args, kwargs)

        setattr(self._pyplot, name, routed)

    def _take_turn(self, own, function, args, kwargs):
        pyplot, self._taken = self._pyplot, True
        pyplot._backend_mod, pyplot._REPL_DISPLAYHOOK = own.backend, own.display_hook
        try:
            return function(*args, **kwargs)
        finally:
            own.backend, own.display_hook = pyplot._backend_mod, pyplot._REPL_DISPLAYHOOK
            self._taken = False


def _route_backend(pyplot):
    turns = _Turns(pyplot, PerKernel(lambda: _Pyplot(pyplot), _Pyplot(pyplot)))
    for name in ("switch_backend", "install_repl_displayhook", "uninstall_repl_displayhook", "_get_backend_mod"):
        turns.route(name)


def install():
    after_import("matplotlib", _route_parameters)
    after_import("matplotlib.pyplot", _route_backend)


__all__ = ["install"]
