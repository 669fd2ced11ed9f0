"""Settings of libraries that decide what cells see, and that no value tells of: how numbers are printed and rounded,
how figures look. Told as what a kernel has changed of them, so that a library that is not imported yet has none."""

import decimal

from .import_hooks import after_import

_found = {}  # package -> (gives the settings, as text; what that was when it was imported)


def _of_numpy(numpy):
    return repr((numpy.get_printoptions(), numpy.geterr()))


def _of_pandas(pandas):
    return repr(dict(pandas.options.d))


def _of_matplotlib(matplotlib):
    return repr(dict(matplotlib.rcParams))


def _of_decimal(decimal):
    context = decimal.getcontext()
    traps = [signal.__name__ for signal, trapped in context.traps.items() if trapped]
    return repr((context.prec, context.rounding, context.Emin, context.Emax, context.capitals, context.clamp, traps))


_SOURCES = {"numpy": _of_numpy, "pandas": _of_pandas, "matplotlib": _of_matplotlib}


def _note(module):
    source = _SOURCES[module.__name__]
    _found[module.__name__] = (lambda: source(module)), source(module)


def of_packages(packages):
    """The changed ones of those that a cell uses; of the running kernel."""
    told = []
    for package in sorted(packages & _found.keys()):
        give, first = _found[package]
        if (now := give()) != first:
            told.append(now)
    return told


def of_display(kernel):
    formatter = kernel.shell.display_formatter.formatters["text/plain"]
    told = [repr((formatter.float_precision, formatter.pprint, formatter.max_width))]
    formats = kernel.inline_backend.figure_formats if kernel.inline_backend is not None else {"png"}
    return [*told, *(sorted(formats) if formats != {"png"} else ())]


def install():
    _found["decimal"] = (lambda: _of_decimal(decimal)), _of_decimal(decimal)
    for name in _SOURCES:
        after_import(name, _note)


__all__ = ["install", "of_display", "of_packages"]
