"""The client of jupyter_ws.py on the sockets of a connection file, so that a test runs through both doors."""

import zmq
from invariants import check_conversation
from jupyter_ws import DEADLINE_SECONDS, KernelClient
from wire import Message
from zmq_clients import connected

CHANNELS = ("iopub", "shell", "control", "stdin")
PARTS = ("header", "parent_header", "metadata", "content", "buffers")


class ZmqKernelClient(KernelClient):
    def __init__(self, connection_file, session=None):
        self.begin_conversation(str(connection_file), session)
        self._jupyter = connected(connection_file, self.session)
        self._sockets = {name: getattr(self._jupyter, f"{name}_channel").socket for name in CHANNELS}
        self._poller = zmq.Poller()
        for socket in self._sockets.values():
            self._poller.register(socket, zmq.POLLIN)

    def send_message(self, message):
        whole = {part: getattr(message, part) for part in ("header", "parent_header", "metadata", "content")}
        whole |= {"msg_id": message.msg_id, "msg_type": message.msg_type}
        self._jupyter.session.send(self._sockets[message.channel], whole, buffers=message.buffers)

    def next_message(self, timeout=DEADLINE_SECONDS):
        ready = dict(self._poller.poll(max(timeout, 0.001) * 1000))
        for channel in CHANNELS:
            if self._sockets[channel] in ready:
                _, found = self._jupyter.session.recv(self._sockets[channel])
                return Message(channel, *(found[part] for part in PARTS))
        raise TimeoutError(f"no message in {timeout:.1f} s; so far: {self._tail()}")

    def close(self, check=True):
        try:
            if check:
                self.request("kernel_info_request", channel="control")
                for exchange in self.exchanges.values():
                    exchange.messages = _in_one_order(exchange.messages)
                check_conversation(self)
        finally:
            self._jupyter.stop_channels()


def _in_one_order(messages):
    """Between sockets there is none: a reply is looked at as if it had come right before its idle."""
    replies = [m for m in messages if m.channel != "iopub" and m.msg_type != "input_request"]
    rest = [message for message in messages if not any(message is reply for reply in replies)]
    idle = next((place for place, m in enumerate(rest) if m.content.get("execution_state") == "idle"), len(rest))
    return [*rest[:idle], *replies, *rest[idle:]]
