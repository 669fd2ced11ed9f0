"""Waiting for any child: a kernel waits for those that its own code has started, and not for its neighbours'."""

import errno
import os
import resource
import select

_CHECK_MS = 1000  # children that are started meanwhile are seen then
_NO_USAGE = resource.struct_rusage((0,) * 16)


def _any_child(kernel, options, look):
    """What `look(pid, options)` gives of the first child that has ended; None if none has and nobody is to wait."""
    while True:
        children = kernel.port.children()
        if not children:
            raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
        for pid in children:
            try:
                found = look(pid, options | os.WNOHANG)
            except ChildProcessError:
                continue  # another thread of this kernel has waited for it
            if found[0] != 0:
                return found
        if options & os.WNOHANG:
            return None
        _wait_for_one(children)


def _wait_for_one(children):
    poller, descriptors = select.poll(), []
    try:
        for pid in children:
            descriptors.append(os.pidfd_open(pid))
            poller.register(descriptors[-1], select.POLLIN)
        poller.poll(_CHECK_MS)
    except ProcessLookupError:
        pass
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def functions():
    """For kernels, instead of those of the same names in `os`."""
    process_waitpid, process_wait4 = os.waitpid, os.wait4

    def wait(kernel):
        return _any_child(kernel, 0, process_waitpid)

    def waitpid(kernel, pid, options, /):
        if pid > 0:
            return process_waitpid(pid, options)
        return _any_child(kernel, options, process_waitpid) or (0, 0)

    def wait3(kernel, options):
        return wait4(kernel, -1, options)

    def wait4(kernel, pid, options):
        if pid > 0:
            return process_wait4(pid, options)
        return _any_child(kernel, options, process_wait4) or (0, 0, _NO_USAGE)

    return wait, waitpid, wait3, wait4
