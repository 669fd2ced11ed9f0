"""The two WebSocket forms of a Jupyter message, written from their specification and strict about it.

https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
"""

import json
import struct
from dataclasses import dataclass, field

V1_SUBPROTOCOL = "v1.kernel.websocket.jupyter.org"


@dataclass
class Message:
    channel: str
    header: dict
    parent_header: dict = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)
    content: dict = field(default_factory=dict)
    buffers: list = field(default_factory=list)

    @property
    def msg_id(self):
        return self.header["msg_id"]

    @property
    def msg_type(self):
        return self.header["msg_type"]

    @property
    def parent_id(self):
        return self.parent_header.get("msg_id")

    def __str__(self):
        return f"{self.channel}/{self.msg_type} of {self.parent_id}: {str(self.content)[:200]}"


def encode_v1(message):
    """One binary frame: a table of uint64 little-endian offsets, then the channel and the parts."""
    parts = [message.channel.encode()]
    parts += [
        json.dumps(part).encode() for part in (message.header, message.parent_header, message.metadata, message.content)
    ]
    parts += [bytes(buffer) for buffer in message.buffers]
    return join_v1(parts)


def join_v1(parts):
    count = len(parts) + 1
    offsets = [8 * (1 + count)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{count + 1}Q", count, *offsets) + b"".join(parts)


def decode_v1(frame):
    (count,) = struct.unpack_from("<Q", frame)
    assert count >= 6, f"a message has a channel, four parts and an end, not {count} offsets"
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    assert offsets[0] == 8 * (1 + count), f"the channel begins after the table, not at {offsets[0]}"
    assert list(offsets) == sorted(offsets), f"offsets fall: {offsets}"
    assert offsets[-1] == len(frame), f"the last offset is {offsets[-1]}, the frame has {len(frame)} bytes"
    channel, header, parent, metadata, content, *buffers = [
        bytes(frame[begin:end]) for begin, end in zip(offsets, offsets[1:])
    ]
    return Message(
        channel.decode(),
        json.loads(header),
        json.loads(parent),
        json.loads(metadata),
        json.loads(content),
        buffers,
    )


def as_legacy_json(message):
    return {
        "channel": message.channel,
        "header": message.header,
        "parent_header": message.parent_header,
        "metadata": message.metadata,
        "content": message.content,
    }


def encode_legacy(message):
    """A text frame; with buffers a binary one with uint32 big-endian offsets that count the JSON part."""
    body = as_legacy_json(message)
    if not message.buffers:
        return json.dumps({**body, "buffers": []})
    parts = [json.dumps(body).encode(), *(bytes(buffer) for buffer in message.buffers)]
    offsets = [4 * (1 + len(parts))]
    for part in parts[:-1]:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f">{len(parts) + 1}I", len(parts), *offsets) + b"".join(parts)


def decode_legacy(frame):
    buffers = []
    if isinstance(frame, bytes):
        (count,) = struct.unpack_from(">I", frame)
        offsets = [*struct.unpack_from(f">{count}I", frame, 4), len(frame)]
        assert offsets[0] == 4 * (1 + count), f"the JSON begins after the table, not at {offsets[0]}"
        assert offsets == sorted(offsets), f"offsets fall: {offsets}"
        text, *buffers = [bytes(frame[begin:end]) for begin, end in zip(offsets, offsets[1:])]
        body = json.loads(text)
        assert body.get("buffers", []) == []
    else:
        body = json.loads(frame)
        assert body["buffers"] == []
        assert body["msg_id"] == body["header"]["msg_id"]
        assert body["msg_type"] == body["header"]["msg_type"]
    return Message(body["channel"], body["header"], body["parent_header"], body["metadata"], body["content"], buffers)
