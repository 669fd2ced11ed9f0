"""ipywidgets: the registry of living widgets, and the comm by which a page asks for all of them, kept apart by kernel.

ipywidgets keeps both once a process, and registers its comm targets with the comm manager of the kernel that happens to
import it first.
"""

import functools
import sys

from .import_hooks import after_import
from .routed import RoutedMapping

_CONTROL = "jupyter.widget.control"


class _Control:
    """What ipywidgets keeps of a page's control comm in the class Widget, kept once a comm."""

    _control_comm = None

    def __init__(self, widget_class):
        self.get_manager_state = widget_class.get_manager_state
        self._handle_control_comm_msg = functools.partial(widget_class._handle_control_comm_msg.__func__, self)


def _route(module):
    module._instances = RoutedMapping("widgets", module._instances)
    opened = module.Widget.handle_control_comm_opened.__func__

    def handle_control_comm_opened(cls, comm, msg):
        opened(_Control(cls), comm, msg)

    module.Widget.handle_control_comm_opened = classmethod(handle_control_comm_opened)


def install():
    after_import("ipywidgets.widgets.widget", _route)


def register_targets(comm_manager):
    """Before a comm is opened by a page: another kernel may have been the first to import ipywidgets."""
    register = getattr(sys.modules.get("ipywidgets"), "register_comm_target", None)
    if register is not None and _CONTROL not in comm_manager.targets:
        register()


__all__ = ["install", "register_targets"]
