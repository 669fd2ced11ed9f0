"""One address for a JupyterLab and the daemon: a page is connected to its kernels directly, without a server between.

JupyterLab's page knows one address. What it asks about kernels goes to the daemon from here, everything else to the
Jupyter Server that serves the page. Of each request the head is read, to find its way; all that follows is handed on
byte for byte, WebSockets included.
"""

import asyncio
import contextlib
import re
import threading
from urllib.parse import urlsplit

OF_KERNELS = re.compile(r"/(api/(kernels|sessions|kernelspecs)|kernelspecs)\b")
CHUNK_BYTES = 65536
START_SECONDS = 10


class Junction:
    def __init__(self, page_url, daemon):
        self._page = urlsplit(page_url)
        self._daemon, self._token = urlsplit(daemon.url), daemon.token
        self._started, self._stop = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._started.wait(START_SECONDS), "the junction does not listen"

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._started.set()
        await self._stop.wait()
        server.close()  # the connections' tasks are cancelled as asyncio.run() ends

    async def _serve(self, reader, writer):
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            to_daemon = bool(OF_KERNELS.match(path))
            target = self._daemon if to_daemon else self._page
            back, forth = await asyncio.open_connection(target.hostname, target.port)
            with contextlib.closing(forth):
                forth.write(self._head(head, to_daemon))
                await _until_one_ends(_pump(reader, forth), _pump(back, writer))

    def _head(self, head, to_daemon):
        """One request a connection, unless it becomes a WebSocket, to whose handshake a browser cannot add a token."""
        request, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        added = {} if re.search(rb"(?im)^upgrade:", head) else {b"connection": b"close"}
        if to_daemon:
            added[b"authorization"] = f"token {self._token}".encode()
        kept = [field for field in fields if field.split(b":")[0].lower() not in added]
        return b"\r\n".join([request, *kept, *(name + b": " + value for name, value in added.items()), b"", b""])


async def _pump(source, sink):
    while data := await source.read(CHUNK_BYTES):
        sink.write(data)
        await sink.drain()


async def _until_one_ends(*pumps):
    tasks = [asyncio.create_task(pump) for pump in pumps]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
