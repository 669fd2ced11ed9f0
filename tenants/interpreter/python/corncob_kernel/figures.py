"""Matplotlib figures, kept apart by kernel and shown at the end of the cell that drew them.

pyplot keeps its open figures in one registry a process, Gcf.figs. It is replaced, when pyplot is first imported, by a
dictionary that forwards to the running kernel's own. The inline backend keeps one configuration a process, and teaches
one shell how figures are shown; here every kernel has a configuration of its own, and every shell is taught.
"""

import importlib
import sys
import weakref
from collections import OrderedDict

from .context import PerKernel, current_cell, current_kernel
from .import_hooks import after_import
from .routed import RoutedDict


class Figures(OrderedDict):
    """pyplot's open figures; knows which cell has made each."""

    def __init__(self, *items):
        self._makers = weakref.WeakKeyDictionary()
        super().__init__(*items)

    def __setitem__(self, number, manager):
        self._makers.setdefault(manager, current_cell())
        super().__setitem__(number, manager)

    def made_beside(self, cell):
        """Those of cells that still run: they show them themselves."""
        return {number: manager for number, manager in self.items() if self._runs_beside(cell, self._makers[manager])}

    @staticmethod
    def _runs_beside(cell, maker):
        return maker not in (None, cell) and maker.task is not None and not maker.task.done()


_figures = PerKernel(Figures, Figures())


def _route_registry(pylab_helpers):
    pylab_helpers.Gcf.figs = RoutedDict(_figures)


def _import_whole(matplotlib):
    """Matplotlib was not made for two first imports at the same time: who comes second waits until all is there."""
    importlib.import_module("matplotlib_inline.backend_inline")


class RoutedShow:
    """The inline backend's show(), which remembers what is to be shown at the end of a cell: here a cell's own."""

    def __init__(self, show):
        self._show = show

    def __call__(self, close=None, block=None):
        return self._show(close, block)

    @property
    def _draw_called(self):
        cell = current_cell()
        return cell is not None and cell.figures_drawn

    @_draw_called.setter
    def _draw_called(self, drawn):
        if (cell := current_cell()) is not None:
            cell.figures_drawn = drawn

    @property
    def _to_draw(self):
        cell = current_cell()
        return cell.figures_to_draw if cell is not None else []

    @_to_draw.setter
    def _to_draw(self, figures):
        if (cell := current_cell()) is not None:
            cell.figures_to_draw = figures


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


def show_open_figures(cell):
    """Shows what the cell has drawn, where the kernel's backend is the inline one and interactive."""
    if cell.figures_drawn:
        from matplotlib_inline.backend_inline import flush_figures

        figures = _figures()
        aside = figures.made_beside(cell)
        for number in aside:
            del figures[number]
        try:
            flush_figures()
        finally:
            figures.update(aside)


__all__ = ["install", "prepare", "show_open_figures"]
