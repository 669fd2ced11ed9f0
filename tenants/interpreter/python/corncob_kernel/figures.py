"""Matplotlib figures, kept apart by kernel and shown at the end of the cell that drew them.

pyplot keeps its open figures in one registry a process, Gcf.figs. It is replaced, when pyplot is first imported, by a
dictionary that forwards to the running kernel's own. The inline backend keeps one configuration a process, and teaches
one shell how figures are shown; here every kernel has a configuration of its own, and every shell is taught.
"""

import importlib
import sys
from collections import OrderedDict

from .context import PerKernel, current_kernel
from .import_hooks import after_import
from .routed import RoutedDict

_figures = PerKernel(OrderedDict, OrderedDict())


def _route_registry(pylab_helpers):
    pylab_helpers.Gcf.figs = RoutedDict(_figures)


def _import_whole(matplotlib):
    """Matplotlib was not made for two first imports at the same time: who comes second waits until all is there."""
    importlib.import_module("matplotlib_inline.backend_inline")


class RoutedShow:
    """The inline backend's show(), which remembers what is to be shown at the end of a cell: here a kernel's own."""

    def __init__(self, show):
        self._show = show

    def __call__(self, close=None, block=None):
        return self._show(close, block)

    @property
    def _draw_called(self):
        kernel = current_kernel()
        return kernel is not None and kernel.figures_drawn

    @_draw_called.setter
    def _draw_called(self, drawn):
        if (kernel := current_kernel()) is not None:
            kernel.figures_drawn = drawn

    @property
    def _to_draw(self):
        kernel = current_kernel()
        return kernel.figures_to_draw if kernel is not None else []

    @_to_draw.setter
    def _to_draw(self, figures):
        if (kernel := current_kernel()) is not None:
            kernel.figures_to_draw = figures


def _route_show(backend_inline):
    backend_inline.show = RoutedShow(backend_inline.show)


def _own_backend(cls, *args, **kwargs):
    """InlineBackend.instance() of the running kernel, made at its first use."""
    kernel = current_kernel()
    if kernel is None:
        return cls()
    if kernel.inline_backend is None:
        from IPython.core.pylabtools import select_figure_formats

        backend = kernel.inline_backend = cls(parent=kernel.shell)
        backend.shell = kernel.shell
        kernel.shell.configurables.append(backend)
        select_figure_formats(kernel.shell, backend.figure_formats, **backend.print_figure_kwargs)
    return kernel.inline_backend


def _route_settings(config):
    config.InlineBackend.instance = classmethod(_own_backend)


def install():
    after_import("matplotlib", _import_whole)
    after_import("matplotlib._pylab_helpers", _route_registry)
    after_import("matplotlib_inline.config", _route_settings)
    after_import("matplotlib_inline.backend_inline", _route_show)


def _settings():
    from matplotlib_inline.config import InlineBackend

    return InlineBackend.instance()


def prepare(kernel):
    """Before a cell: another kernel may have imported pyplot, and this one's shell not know figures yet."""
    if kernel.inline_backend is None and "matplotlib.pyplot" in sys.modules:
        _settings()


def show_open_figures(kernel):
    """Shows what the cell has drawn, where the kernel's backend is the inline one and interactive."""
    if kernel.figures_drawn:
        from matplotlib_inline.backend_inline import flush_figures

        flush_figures()


__all__ = ["install", "prepare", "show_open_figures"]
