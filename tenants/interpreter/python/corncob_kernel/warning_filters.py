"""The warnings module, with filters, hooks and memory of its own in every kernel.

CPython's C code and the module's context managers ask the module for its attributes: they become properties. The
functions of the module look into its dictionary instead, where they find what hands on. What a library has warned of
is remembered in the library's own dictionary, `__warningregistry__`, which is one for all kernels: where a library
warns by `warnings.warn`, the memory of the kernel that called it is used. Warnings that C code raises in a library's
name are remembered for all.
"""

import sys
import types
import warnings
import weakref

from . import privates
from .context import PerKernel, current_kernel
from .modules import while_importing


class _Filters:
    """What one kernel has in place of warnings.filters."""

    def __init__(self):
        self.now = self.first = list(_process.now)  # catch_warnings replaces `now` and puts it back
        _all.add(self)


_all = weakref.WeakSet()
_process = types.SimpleNamespace(now=warnings.filters)
_filters = PerKernel(_Filters, _process)
_registries = PerKernel(dict, {})  # of shared modules, by their names
_hooks = PerKernel(dict, {})  # showwarning and its kin, where they have been replaced
_once = PerKernel(dict, warnings.onceregistry)


class _HandingOn:
    """`filters` as the functions of the module see it. A library that adds a filter while it is first imported adds it
    for all kernels: it will not be executed again for the next one that imports it."""

    def insert(self, index, item):
        for own in self._for_whom():
            own.now.insert(index, item)

    def append(self, item):
        for own in self._for_whom():
            own.now.append(item)

    def remove(self, item):
        _filters().now.remove(item)

    def __setitem__(self, index, items):
        _filters().now[index] = items

    def __contains__(self, item):
        return item in _filters().now

    def __iter__(self):
        return iter(_filters().now)

    @staticmethod
    def _for_whom():
        own = _filters()
        if own is not _process and own.now is own.first and while_importing():
            return [_process, *_all]
        return [own]


def _hook(name):
    original = getattr(warnings, name)

    def get(module):
        return _hooks().get(name, original)

    def replace(module, value):
        if value is original:
            _hooks().pop(name, None)
        else:
            _hooks()[name] = value

    return property(get, replace)


class RoutedWarnings(types.ModuleType):
    filters = property(lambda module: _filters().now, lambda module, value: setattr(_filters(), "now", value))
    onceregistry = property(lambda module: _once(), lambda module, value: _once.replace(value))
    showwarning = _hook("showwarning")
    formatwarning = _hook("formatwarning")


_original = types.SimpleNamespace(**vars(warnings))
_format_plainly = privates.find("format_warning_plainly")


def _show(message):
    """As warnings._showwarnmsg, by the hooks of the running kernel."""
    if warnings.showwarning is _original.showwarning:
        return privates.find("show_warning_plainly")(message)
    if not callable(warnings.showwarning):
        raise TypeError("warnings.showwarning() must be set to a function or method")
    return warnings.showwarning(
        message.message, message.category, message.filename, message.lineno, message.file, message.line
    )


def _format(message):
    if warnings.formatwarning is _original.formatwarning:
        return _format_plainly(message)
    return warnings.formatwarning(message.message, message.category, message.filename, message.lineno, message.line)


def _is_machinery(frame):
    return "importlib" in frame.f_code.co_filename and "_bootstrap" in frame.f_code.co_filename


def _frame_at(stacklevel):
    """Whom warn(stacklevel=n) names; None beyond the outermost."""
    frame = sys._getframe(2)
    plain = stacklevel <= 1 or _is_machinery(frame)
    for _ in range(stacklevel - 1):
        frame = frame.f_back
        while frame is not None and not plain and _is_machinery(frame):
            frame = frame.f_back
        if frame is None:
            break
    return frame


def warn(message, category=None, stacklevel=1, source=None, **more):
    kernel = current_kernel()
    frame = _frame_at(stacklevel) if kernel is not None and not more else None
    if frame is None or frame.f_builtins is kernel.modules.builtins.__dict__ or not _is_kind(message, category):
        return _original.warn(message, category, stacklevel + 1, source, **more)
    kind = type(message) if isinstance(message, Warning) else category or UserWarning
    name = frame.f_globals.get("__name__") or "<string>"
    registry = _registries().setdefault(name, {})
    return _original.warn_explicit(
        message, kind, frame.f_code.co_filename, frame.f_lineno, name, registry, None, source
    )


def _is_kind(message, category):
    return isinstance(message, Warning) or category is None or isinstance(category, type)


def install():
    warn.__doc__ = _original.warn.__doc__
    warn.__module__ = "warnings"
    vars(warnings).update(filters=_HandingOn(), warn=warn)
    if privates.find("show_warning_plainly") is not None and _format_plainly is not None:
        privates.replace("show_warning", _show)
        privates.replace("format_warning", _format)
        plainly = privates.name_of("show_warning_plainly")
        setattr(RoutedWarnings, plainly, _hook(plainly))
    warnings.__class__ = RoutedWarnings


__all__ = ["install"]
