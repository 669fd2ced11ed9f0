"""Logging, configured in every kernel for itself: levels, handlers, filters and switches of all loggers.

The loggers stay those of the process, by name. Their attributes become properties: what a kernel's code sets is the
kernel's, what a library sets while it is first imported is where every kernel begins. Factories and names of levels are
shared.
"""

import logging
import warnings
import weakref

from . import privates
from .context import PerKernel
from .modules import while_importing
from .routed import RoutedDict, RoutedList

_settings = PerKernel(dict, None)  # (logger, attribute) -> the kernel's own value


class _Setting:
    """An attribute of a logger. What all kernels share of it lies in the logger's own dictionary."""

    def __init__(self, name, default=None):
        self._name = name
        self._default = default

    def __get__(self, logger, owner=None):
        if logger is None:
            return self
        settings = _settings()
        if settings is not None:
            found = settings.get((logger, self._name), self)
            if found is not self:
                return found
        return self._shared(logger)

    def _shared(self, logger):
        try:
            return vars(logger)[self._name]
        except KeyError:
            if self._default is None:
                raise AttributeError(self._name) from None
            return vars(logger).setdefault(self._name, self._default())

    def __set__(self, logger, value):
        settings = _settings()
        if settings is None or self._name not in vars(logger) or while_importing():
            vars(logger)[self._name] = value
        else:
            settings[logger, self._name] = value


class _Collection(_Setting):
    """One that is changed in place: a kernel gets a copy when it first looks."""

    def __get__(self, logger, owner=None):
        if logger is None:
            return self
        settings = _settings()
        if settings is None:
            return self._shared(logger)
        found = settings.get((logger, self._name))
        if found is None:
            found = self._shared(logger)
            if not while_importing():
                found = settings.setdefault((logger, self._name), found.copy())
        return found


class _Cache(_Setting):
    """What a logger remembers about levels holds for one kernel."""

    def __get__(self, logger, owner=None):
        if logger is None:
            return self
        settings = _settings()
        if settings is None:
            return self._shared(logger)
        return settings.setdefault((logger, self._name), {})

    def __set__(self, logger, value):
        vars(logger)[self._name] = value


def _capture_warnings(capture):
    """warnings.showwarning is a kernel's own; logging keeps one note a process on whether it has been replaced."""
    warnings.showwarning = privates.find("show_as_log" if capture else "shown_before")


def close_handlers(kernel):
    """At the kernel's end: what is buffered is written, files are closed."""
    logging.shutdown(kernel.own.pop(_handlers, []))


_handlers = PerKernel(list, privates.find("log_handlers"))
_handlers_by_name = PerKernel(weakref.WeakValueDictionary, privates.find("log_handlers_by_name"))


def install():
    if privates.find("show_as_log") is not None:
        privates.replace("shown_before", warnings.showwarning)
        logging.captureWarnings = _capture_warnings
    privates.replace("log_handlers", RoutedList(_handlers))
    privates.replace("log_handlers_by_name", RoutedDict(_handlers_by_name))
    if privates.find("log_cache") is None:
        return  # what is remembered of levels would hold for all
    for name in ("level", "propagate", "disabled"):
        setattr(logging.Logger, name, _Setting(name))
    for name in ("handlers", "filters"):
        setattr(logging.Logger, name, _Collection(name))
    cache, disable = privates.name_of("log_cache"), privates.name_of("log_disable")
    setattr(logging.Logger, cache, _Cache(cache, dict))
    setattr(logging.Manager, disable, _Setting(disable))


__all__ = ["close_handlers", "install"]
