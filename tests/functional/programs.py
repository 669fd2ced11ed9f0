"""Programs of others that tests start: a port for them, and their end."""

import itertools
import os
import socket
import subprocess

STOP_SECONDS = 20

# Below those that Linux gives to whoever asks for any (net.ipv4.ip_local_port_range): until it is bound nobody else
# gets it. Each process begins elsewhere.
PORTS = range(10_000, 32_000)
PORTS_OF_A_PROCESS = 50
_first = os.getpid() * PORTS_OF_A_PROCESS % len(PORTS)
_ports = itertools.chain(PORTS[_first:], PORTS[:_first])


def free_port():
    """Never the same one twice."""
    return next(filter(_is_free, _ports))


def _is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def stop(process):
    """Gently; and if that does not help, not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
