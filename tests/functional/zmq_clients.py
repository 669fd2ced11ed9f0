"""Jupyter's own clients of a kernel that is reached over ZMQ, be it a process or one of the daemon's."""

import pathlib

from deadline import eventually
from jupyter_client import AsyncKernelManager, BlockingKernelClient

SECONDS = 30


def connected(connection_file, session=None):
    """A client of a kernel that is up, or about to write its connection file; of that session, if one is given."""
    eventually(pathlib.Path(connection_file).exists, SECONDS)
    client = BlockingKernelClient(connection_file=str(connection_file))
    client.load_connection_file()
    if session is not None:
        client.session.session = session
    client.start_channels()
    eventually(lambda: _is_ready(client), SECONDS)
    return client


def _is_ready(client):
    """One heartbeat missed in a second counts for the client as death; a kernel that has just come may miss it."""
    try:
        client.wait_for_ready(timeout=SECONDS)
    except RuntimeError as gone:
        if "died" not in str(gone):
            raise
        return False
    return True


def run(client, code, **options):
    """The reply to a cell, and what it printed and gave."""
    outputs = []
    reply = client.execute_interactive(code, timeout=SECONDS, output_hook=outputs.append, **options)
    text = "".join(message["content"]["text"] for message in outputs if message["msg_type"] == "stream")
    results = [m["content"]["data"]["text/plain"] for m in outputs if m["msg_type"] == "execute_result"]
    return reply["content"], text, results


def begin(client, code):
    """Starts a cell that prints something first, and comes back when it has."""
    msg_id = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == msg_id:
            return msg_id


def reply_to(client, msg_id):
    while True:
        reply = client.get_shell_msg(timeout=SECONDS)
        if reply["parent_header"]["msg_id"] == msg_id:
            return reply["content"]


async def life_with_asyncio(kernel_name):
    """A kernel of the asyncio manager and its client: started, run, shut down."""
    manager = AsyncKernelManager(kernel_name=kernel_name)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=SECONDS)
    replies = [await client.execute_interactive(f"x{i} = {i}", timeout=SECONDS) for i in range(20)]
    assert [reply["content"]["execution_count"] for reply in replies] == list(range(1, 21))
    client.stop_channels()
    await manager.shutdown_kernel()
    assert not await manager.is_alive()
