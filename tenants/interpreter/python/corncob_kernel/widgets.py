"""ipywidgets: the registry of living widgets, and the comm by which a page asks for all of them, kept apart by kernel.

ipywidgets keeps both once a process.
"""

import functools

from .context import PerKernel
from .import_hooks import after_import
from .routed import RoutedDict


class _Control:
    """What ipywidgets keeps of a page's control comm in the class Widget, kept once a comm."""

    _control_comm = None

    def __init__(self, widget_class):
        self.get_manager_state = widget_class.get_manager_state
        self._handle_control_comm_msg = functools.partial(widget_class._handle_control_comm_msg.__func__, self)


def _route(module):
    module._instances = RoutedDict(PerKernel(dict, module._instances))
    opened = module.Widget.handle_control_comm_opened.__func__

    def handle_control_comm_opened(cls, comm, msg):
        opened(_Control(cls), comm, msg)

    module.Widget.handle_control_comm_opened = classmethod(handle_control_comm_opened)


def install():
    after_import("ipywidgets.widgets.widget", _route)


__all__ = ["install"]
