"""Kernels of whatever modes, reached over WebSocket or over ZMQ: the same tests run through both."""

import contextlib

from daemon import Daemon
from jupyter_zmq import ZmqKernelClient
from test_kernel_process import Process

# What a kernelspec's name is made of. Words of `corncob install` and of `corncob kernel --mode`, joined by dashes.
SEVERAL = ("cache-multi", "concurrent-multi", "multi-react", "cache-concurrent-multi-react")
CHAINED = "chained"


class OverWebSocket:
    """One daemon with a kernelspec for each combination."""

    def __init__(self, directory):
        kernelspecs = "".join(f"  {modes}:\n    modes: [{modes.replace('-', ', ')}]\n" for modes in SEVERAL)
        self._daemon = Daemon(directory / "daemon.log", config=f"kernelspecs:\n{kernelspecs}")

    @contextlib.contextmanager
    def kernel(self, modes):
        """Gives a function that connects to a new kernel of these modes, as a session of its own or a given one."""
        name = modes if modes in SEVERAL else "python3" if modes == CHAINED else f"python3-{modes}"
        kernel_id = self._daemon.start_kernel(name=name)
        try:
            yield lambda **options: self._daemon.client(kernel_id, **options)
        finally:
            self._daemon.delete(f"/api/kernels/{kernel_id}")

    def close(self):
        self._daemon.stop()


class OverZmq:
    """A process for each kernel."""

    def __init__(self, directory):
        self._directory, self._count = directory, 0

    @contextlib.contextmanager
    def kernel(self, modes):
        self._count += 1
        directory = self._directory / str(self._count)
        directory.mkdir()
        flags = [] if modes == CHAINED else ["--mode", modes]
        process = Process(directory, *flags, env={"XDG_STATE_HOME": str(directory.parent / "state")})
        try:
            yield lambda **options: ZmqKernelClient(process.path, **options)
        finally:
            process.process.terminate()
            process.wait()

    def close(self):
        pass


DOORS = {"websocket": OverWebSocket, "zmq": OverZmq}
