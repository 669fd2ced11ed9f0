"""The messages that the benchmarks send, and WebSocket frames of the v1 subprotocol."""

import json
import struct

V1 = "v1.kernel.websocket.jupyter.org"


def request_header(msg_type, msg_id, session):
    return {
        "msg_id": msg_id,
        "session": session,
        "username": "bench",
        "date": "2026-01-01T00:00:00Z",
        "msg_type": msg_type,
        "version": "5.4",
    }


def execute_content(code):
    return {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }


def pack_v1(channel, header, content):
    parts = [channel.encode(), json.dumps(header).encode(), b"{}", b"{}", json.dumps(content).encode()]
    count = len(parts) + 1
    offsets = [8 * (count + 1)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{count + 1}Q", count, *offsets) + b"".join(parts)


def unpack_v1(frame):
    (count,) = struct.unpack_from("<Q", frame)
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    _, header, parent, _, content = [frame[begin:end] for begin, end in zip(offsets[:5], offsets[1:6])]
    return json.loads(header)["msg_type"], (json.loads(parent) or {}).get("msg_id"), content
