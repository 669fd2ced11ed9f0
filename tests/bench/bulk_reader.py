"""A WebSocket client that reads as fast as a socket gives: it looks at the frames' lengths, and into short frames only.

An ordinary client copies and decodes what it receives, and would be what is measured.
"""

import os
import socket
import struct
import time
from urllib.parse import urlsplit

from bench_messages import V1, execute_content, pack_v1, request_header

CHUNK_BYTES = 1 << 20
STATUS_BYTES_MAX = 4096
DEADLINE_SECONDS = 300


class BulkReader:
    """One connection to one kernel; blocking."""

    def __init__(self, url, token, kernel_id):
        at = urlsplit(url)
        self._buffer = bytearray(CHUNK_BYTES)
        self._view = memoryview(self._buffer)
        self._socket = socket.create_connection((at.hostname, at.port), timeout=DEADLINE_SECONDS)
        self._socket.sendall(
            f"GET {at.path.rstrip('/')}/api/kernels/{kernel_id}/channels HTTP/1.1\r\nHost: {at.netloc}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {V1}\r\n"
            f"Authorization: token {token}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        assert b" 101 " in head, head

    def close(self):
        self._socket.close()

    def execute(self, code):
        """Runs a cell to its idle; gives the seconds that took, and how many bytes and messages came."""
        header = request_header("execute_request", os.urandom(8).hex(), "bulk")
        begin = time.perf_counter()
        self._send(pack_v1("shell", header, execute_content(code)))
        size = messages = 0
        while True:
            length = self._frame_bytes()
            size, messages = size + length, messages + 1
            if length > STATUS_BYTES_MAX:
                self._skip(length)
                continue
            frame = self._exactly(length)
            if b'"idle"' in frame and header["msg_id"].encode() in frame:
                return time.perf_counter() - begin, size, messages

    def _send(self, payload):
        assert 126 <= len(payload) < 65536, "the only form of length that a request of ours needs"
        head = struct.pack(">BBH", 0x82, 0xFE, len(payload))
        self._socket.sendall(head + bytes(4) + payload)  # the mask that changes nothing

    def _frame_bytes(self):
        length = self._exactly(2)[1]
        if length == 126:
            return struct.unpack(">H", self._exactly(2))[0]
        return struct.unpack(">Q", self._exactly(8))[0] if length == 127 else length

    def _exactly(self, count):
        got = 0
        while got < count:
            got += self._received(self._view[got:count])
        return bytes(self._view[:count])

    def _skip(self, count):
        while count:
            count -= self._received(self._view[: min(count, CHUNK_BYTES)])

    def _received(self, into):
        count = self._socket.recv_into(into)
        assert count, "the server has closed the connection"
        return count
