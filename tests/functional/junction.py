"""One address for a JupyterLab and the daemon: a page is connected to its kernels directly, without a server between.

JupyterLab's page knows one address. What it asks about kernels goes to the daemon from here, everything else to the
Jupyter Server that serves the page. Of each request the head is read, to find its way; all that follows is handed on
byte for byte, WebSockets included.

It can also be what fails between the two: `GET /junction/cut` breaks all WebSockets off, without a closing handshake,
and refuses new ones until `GET /junction/mend`. `GET /junction/until-cut` is answered once they are broken off: a cell
that waits for it goes on unheard; `until-back` once there is one again. A proxy has acknowledged what it has read, so
all of that still reaches the client.
"""

import asyncio
import contextlib
import re
import threading
from urllib.parse import urlsplit

COMMAND = re.compile(r"GET /junction/(cut|mend|until-cut|until-back) ")
OF_KERNELS = re.compile(r"/(api/(kernels|sessions|kernelspecs)|kernelspecs)\b")
CHUNK_BYTES = 65536
START_SECONDS = 10


class Junction:
    def __init__(self, page_url, daemon):
        self._page = urlsplit(page_url)
        self._daemon, self.token = urlsplit(daemon.url), daemon.token
        self._started, self._stop, self._cut, self._back = threading.Event(), None, None, None
        self._websockets = set()  # tasks
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._started.wait(START_SECONDS), "the junction does not listen"

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self):
        self._loop = asyncio.get_running_loop()
        self._stop, self._cut, self._back = asyncio.Event(), asyncio.Event(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._started.set()
        await self._stop.wait()
        server.close()  # the connections' tasks are cancelled as asyncio.run() ends

    async def _serve(self, reader, writer):
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if command := COMMAND.match(head.decode()):
                return await self._obey(command.group(1), writer)
            is_websocket = bool(re.search(rb"(?im)^upgrade: *websocket", head))
            if is_websocket and self._cut.is_set():
                return
            path = head.split(b" ", 2)[1].decode()
            to_daemon = bool(OF_KERNELS.match(path))
            target = self._daemon if to_daemon else self._page
            back, forth = await asyncio.open_connection(target.hostname, target.port)
            with contextlib.closing(forth):
                forth.write(self._head(head, to_daemon))
                if is_websocket:
                    await self._until_cut(_pump(reader, forth), _pump(back, writer), forth)
                else:
                    await _until_one_ends(_pump(reader, forth), _pump(back, writer))

    async def _obey(self, command, writer):
        if command == "cut":
            self._cut.set()
            self._back.clear()
            await asyncio.gather(*self._websockets, return_exceptions=True)
        elif command == "mend":
            self._cut.clear()
        elif command == "until-back":
            await self._back.wait()
        else:
            await self._cut.wait()
            await asyncio.gather(*self._websockets, return_exceptions=True)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async def _until_cut(self, there, back, forth):
        """Cut off, the target sees the end of its client; what it had sent by then goes on to the client."""
        there, back, cut = (asyncio.ensure_future(each) for each in (there, back, self._cut.wait()))
        self._websockets.add(back)
        self._back.set()
        try:
            await asyncio.wait([there, back, cut], return_when=asyncio.FIRST_COMPLETED)
            if cut.done():
                there.cancel()
                forth.write_eof()
                await back
        finally:
            self._websockets.discard(back)
            for task in (there, back, cut):
                task.cancel()
            await asyncio.gather(there, back, cut, return_exceptions=True)

    def _head(self, head, to_daemon):
        """One request a connection, unless it becomes a WebSocket, to whose handshake a browser cannot add a token."""
        request, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        added = {} if re.search(rb"(?im)^upgrade:", head) else {b"connection": b"close"}
        if to_daemon:
            added[b"authorization"] = f"token {self.token}".encode()
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
