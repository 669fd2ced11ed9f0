"""Comms, one manager a kernel. https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages"""

import collections
import contextvars
import weakref

import comm
from comm.base_comm import BaseComm, CommManager

from .context import current_kernel
from .jsonable import to_json
from .modules import while_importing


class KernelComm(BaseComm):
    def __init__(self, *args, **kwargs):
        self._of = weakref.ref(current_kernel())
        super().__init__(*args, **kwargs)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        kernel = self._of()
        if kernel is None:
            return
        content = to_json({"data": data or {}, "comm_id": self.comm_id, **keys})
        message = msg_type, content, to_json(metadata or {}), buffers
        if current_kernel() is kernel:
            kernel.publish(*message)
        else:  # one that is garbage closes in whatever code runs at the time, maybe another kernel's
            contextvars.Context().run(kernel.publish, *message)


class _NoKernelComm(BaseComm):
    """Outside of a kernel a comm goes nowhere."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        pass


def _create_comm(*args, **kwargs):
    return (KernelComm if current_kernel() is not None else _NoKernelComm)(*args, **kwargs)


class KernelComms(CommManager):
    """What a library registers while it is first imported, as ipywidgets does, is registered for all kernels."""

    def __init__(self):
        super().__init__()
        self.targets = collections.ChainMap({}, _process_manager.targets)

    def register_target(self, target_name, f):
        (_process_manager if while_importing() else super()).register_target(target_name, f)

    def unregister_comm(self, closed):
        """Its own kernel's, whosever code runs when one that is garbage closes."""
        kernel = closed._of() if isinstance(closed, KernelComm) else None
        if kernel is not None:
            kernel.comm_manager.comms.pop(closed.comm_id, None)


_process_manager = CommManager()


def _get_comm_manager():
    kernel = current_kernel()
    return kernel.comm_manager if kernel is not None else _process_manager


def install():
    comm.create_comm = _create_comm
    comm.get_comm_manager = _get_comm_manager


__all__ = ["KernelComms", "install"]
