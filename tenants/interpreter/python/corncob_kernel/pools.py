"""What multiprocessing and loky (joblib) keep once a process, kept once a kernel: the pool that is used again, the fork
server, the trackers of resources, the start method, the children.

The processes themselves are started as children.py says, and end with their kernel.
"""

import contextlib
import functools
import os
import threading
import types
import weakref

from .context import PerKernel, current_kernel
from .import_hooks import after_import

_LOKY = ("joblib.externals.loky", "loky")  # joblib brings its own


def _route_object(thing, make, outside):
    """`thing`, which libraries hold, hands on to the running kernel's own, which `make` gives. Gives those."""
    own = PerKernel(make, outside)

    def __getattribute__(self, name):
        value = getattr(own(), name)
        if not isinstance(value, types.MethodType) or isinstance(value.__self__, type):
            return value

        @functools.wraps(value)
        def method(*args, **kwargs):
            return getattr(own(), name)(*args, **kwargs)

        return method

    def __setattr__(self, name, value):
        setattr(own(), name, value)

    members = {"__getattribute__": __getattribute__, "__setattr__": __setattr__, "__del__": lambda self: None}
    thing.__class__ = type(type(thing).__name__, (type(thing),), members)
    return own


def _route_functions(module, fresh, *functions):
    """Functions with a state in global names: each kernel's are of its own. `fresh` makes what they are to be at first;
    `functions`: (owner, name)."""
    own = PerKernel(lambda: {**vars(module), **{name: make() for name, make in fresh.items()}}, vars(module))

    def routed(original):
        function = getattr(original, "__func__", original)

        @functools.wraps(function)
        def call(*args, **kwargs):
            copy = types.FunctionType(function.__code__, own(), function.__name__, None, function.__closure__)
            copy.__defaults__, copy.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
            return copy(*args, **kwargs)

        return classmethod(call) if isinstance(original, classmethod) else call

    for owner, name in functions:
        setattr(owner, name, routed(vars(owner)[name]))


class _RoutedSet:
    def __init__(self, own):
        self._own = own

    def add(self, value):
        self._own().add(value)

    def discard(self, value):
        self._own().discard(value)

    def __iter__(self):
        return iter(self._own())

    def __len__(self):
        return len(self._own())


# Servers that live as long as a descriptor of theirs is open.


def _tracker_of(base):
    """A kernel's own tracker of resources. One finalizer may be run by another kernel's thread: a name is taken back
    where it was given."""
    owners = weakref.WeakValueDictionary()

    class Tracker(base):
        def __init__(self, ended=False):
            super().__init__()
            self.ended = ended
            self.names = set()
            self.sending = threading.RLock()

        def _send(self, cmd, name, rtype):
            if name in self.names or cmd == "REGISTER":
                owner = self
            else:
                owner = owners.get(name, self if cmd != "UNREGISTER" else None)
            if owner is not None:
                owner.send(cmd, name, rtype, owners)

        def send(self, cmd, name, rtype, owners):
            with self.sending:
                if self.ended:
                    return
                if cmd == "REGISTER":
                    self.names.add(name)
                    owners[name] = self
                elif cmd == "UNREGISTER":
                    self.names.discard(name)
                base._send(self, cmd, name, rtype)

        def close(self):
            """It ends, too, when the workers have: they hold the same descriptor. Nobody waits for that here."""
            with self.sending:
                self.ended = True
                descriptor, self._fd = self._fd, None
                if descriptor is not None:
                    os.close(descriptor)

        def __del__(self):
            self.close()

    return Tracker


def _fork_server_of(base):
    class Server(base):
        def close(self):
            with self._lock:
                descriptor, self._forkserver_alive_fd = self._forkserver_alive_fd, None
                address, self._forkserver_address = self._forkserver_address, None
                self._forkserver_pid = None
            if descriptor is not None:
                os.close(descriptor)
            if isinstance(address, str) and address and not address.startswith("\0"):
                with contextlib.suppress(OSError):
                    os.unlink(address)

        def __del__(self):
            self.close()

    return Server


_daemons_directory = os.getcwd()
_servers = []  # PerKernel of each kind


def _route_tracker(module):
    tracker = _tracker_of(type(module._resource_tracker))
    outside = tracker(ended=True)  # what is left of a kernel that has ended may speak to it
    _servers.append(_route_object(module._resource_tracker, tracker, outside))


def _forgive(module):
    """A tracker may have unlinked a semaphore before the collector comes to it, when its kernel has ended."""
    unlink = module.sem_unlink

    def sem_unlink(name):
        with contextlib.suppress(FileNotFoundError):
            unlink(name)

    module.sem_unlink = sem_unlink


def _route_fork_server(module):
    server = _fork_server_of(type(module._forkserver))
    _servers.append(_route_object(module._forkserver, server, server()))


def close(kernel):
    """Its servers end when its workers do."""
    for own in _servers:
        server = kernel.own.get(own)
        if server is not None:
            server.close()


# The rest.


def _route_context(module):
    default = module._default_context
    make = functools.partial(type(default), default._default_context)
    _route_object(default, make, make())


class _Process(types.ModuleType):
    """The type of multiprocessing.process."""

    @property
    def ORIGINAL_DIR(self):  # what an empty entry of sys.path means in a worker
        kernel = current_kernel()
        return (kernel.port.directory() if kernel is not None else "") or _daemons_directory

    @ORIGINAL_DIR.setter
    def ORIGINAL_DIR(self, value):
        """A forked worker is told; what it says afterwards is as before."""


def _route_process(module):
    module._children = _RoutedSet(PerKernel(set, set()))
    module.__class__ = _Process


def _route_reused_pool(module):
    fresh = {"_executor": lambda: None, "_executor_kwargs": lambda: None, "_executor_lock": threading.RLock}
    pool = module._ReusablePoolExecutor
    _route_functions(module, fresh, (pool, "get_reusable_executor"), (pool, "submit"))


def _route_joblib(module):
    fresh = {"_executor_args": lambda: None}
    _route_functions(module, fresh, (module.MemmappingExecutor, "get_memmapping_executor"))


def install():
    after_import("multiprocessing.context", _route_context)
    after_import("multiprocessing.process", _route_process)
    after_import("multiprocessing.resource_tracker", _route_tracker)
    after_import("multiprocessing.synchronize", _forgive)
    after_import("multiprocessing.forkserver", _route_fork_server)
    for loky in _LOKY:
        after_import(f"{loky}.backend.resource_tracker", _route_tracker)
        after_import(f"{loky}.backend.synchronize", _forgive)
        after_import(f"{loky}.reusable_executor", _route_reused_pool)
    after_import("joblib.executor", _route_joblib)


__all__ = ["close", "install"]
