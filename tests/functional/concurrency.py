"""Kernels whose cells run side by side, and cells that wait until a test lets them go on."""

import contextlib

GATE = "import threading, time\nimport {loop} as loop\ngate, go = loop.Event(), threading.Event()"
LOOPS = {"asyncio": "python3", "trio": "python3-trio"}  # -> a kernelspec whose cells await there


@contextlib.contextmanager
def kernel_of(daemon, **body):
    """A client of a kernel made for it."""
    kernel_id = daemon.start_kernel(**body)
    try:
        with daemon.client(kernel_id) as client:
            yield client
    finally:
        daemon.delete(f"/api/kernels/{kernel_id}")


def waiting(client, gate, then=""):
    """A cell that has begun and waits for its gate (the fixture `gates`)."""
    msg_id = client.send_execute(f"print('waits for {gate}', flush=True)\nawait gates['{gate}'].wait()\n{then}")
    client.wait_for_output(f"waits for {gate}", parent=msg_id)
    return msg_id


def begun(client, code, **fields):
    """A cell that has printed its first word."""
    msg_id = client.send_execute(code, **fields)
    client.wait_for_output("", parent=msg_id)
    return msg_id
