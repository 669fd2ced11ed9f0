#!/usr/bin/env python3
"""A noisy tenant: noise_maker.py URL TOKEN KIND,KIND,... makes noise until its standard input ends.

It says "on" when the noise has begun.
"""

import json
import os
import socket
import struct
import sys
import threading
import urllib.request
from urllib.parse import urlsplit

from bench_messages import V1, execute_content, pack_v1, request_header

CONNECTIONS = 1000  # at a time
SPINNING = 2  # kernels
PRINT = "s = 'x' * 4000\nfor i in range(2_500_000): print(s)"  # 10 GB
HUGE = 1 << 40  # bytes that a frame says it has


class Noise:
    def __init__(self, url, token):
        self.url, self.token, self.at = url.rstrip("/"), token, urlsplit(url)

    def start_kernel(self):
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/kernels", data=b"", headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["id"]

    def connect(self, kernel_id=None):
        """A WebSocket, or a TCP connection that says nothing."""
        connection = socket.create_connection((self.at.hostname, self.at.port), timeout=60)
        if kernel_id:
            connection.sendall(
                f"GET {self.at.path.rstrip('/')}/api/kernels/{kernel_id}/channels HTTP/1.1\r\nHost: {self.at.netloc}"
                f"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {V1}\r\n"
                f"Authorization: token {self.token}\r\n\r\n".encode()
            )
        return connection

    def upgraded(self, kernel_id):
        connection, head = self.connect(kernel_id), b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        return connection

    def execute(self, code):
        """The connection on which a cell now runs in a kernel of its own."""
        connection = self.upgraded(self.start_kernel())
        header = request_header("execute_request", os.urandom(8).hex(), "noise")
        connection.sendall(frame(pack_v1("shell", header, execute_content(code))))
        return connection

    def spin(self):
        self.spinning = [self.execute("while True: pass") for _ in range(SPINNING)]
        return lambda: read_on(self.spinning[0])

    def print(self):
        cell = self.execute(PRINT)
        return lambda: read_on(cell)

    def connections(self):
        """Thousands, half of them WebSockets, of which the quota refuses most; all over again."""
        kernel_id = self.start_kernel()

        def forever():
            while True:
                opened = [self.connect(kernel_id if number % 2 else None) for number in range(CONNECTIONS)]
                for each in opened:
                    each.close()

        return forever

    def broken(self):
        kernel_id = self.start_kernel()

        def forever():
            while True:
                oversize = self.upgraded(kernel_id)
                oversize.sendall(struct.pack(">BBQ", 0x82, 0xFF, HUGE) + bytes(4))
                oversize.recv(1024)  # so that it is read before it is closed
                oversize.close()
                for payload in (b"", b"\0" * 100, os.urandom(300), pack_v1("shell", {"msg_type": "x"}, {})):
                    broken = self.upgraded(kernel_id)
                    broken.sendall(frame(payload))
                    broken.close()
                for text in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n"):
                    garbage = self.connect()
                    garbage.sendall(text)
                    garbage.close()

        return forever


def frame(payload):
    if len(payload) < 126:
        return struct.pack(">BB", 0x82, 0x80 | len(payload)) + bytes(4) + payload
    return struct.pack(">BBH", 0x82, 0xFE, len(payload)) + bytes(4) + payload


def read_on(connection):
    buffer = bytearray(1 << 20)
    while connection.recv_into(buffer):
        pass


def until_it_fails(work):
    try:
        work()
    except OSError:  # the daemon has ended, or cut us off
        pass


KINDS = ("spin", "print", "connections", "broken")


def main():
    url, token, kinds = sys.argv[1:]
    os.nice(10)  # noise comes from elsewhere: it must not take the CPU that the one who measures needs
    noise = Noise(url, token)
    for kind in kinds.split(","):
        threading.Thread(target=until_it_fails, args=(getattr(noise, kind)(),), daemon=True).start()
    print("on", flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
