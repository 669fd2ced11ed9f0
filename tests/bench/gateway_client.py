"""A client of any server that speaks the Jupyter Server kernels API, thin enough to measure with."""

import asyncio
import json
import socket
import uuid

import aiohttp
from bench_messages import V1, execute_content, pack_v1, request_header, unpack_v1


class Gateway:
    """`quickack` acknowledges every packet at once: a server that leaves Nagle on is not charged 40 ms a message."""

    def __init__(self, url, token, kernel_name="python3", quickack=False):
        self.url, self.token, self.kernel_name, self.quickack = url.rstrip("/"), token, kernel_name, quickack
        self.ws_url = self.url.replace("http", "ws", 1)
        self.headers = {"Authorization": f"token {token}"} if token else {}

    async def __aenter__(self):
        self.http = aiohttp.ClientSession(
            headers=self.headers,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=300),
        )
        return self

    async def __aexit__(self, *_):
        await self.http.close()

    async def start(self):
        async with self.http.post(f"{self.url}/api/kernels", json={"name": self.kernel_name}) as response:
            assert response.status == 201, (response.status, await response.text())
            return (await response.json())["id"]

    async def ready(self):
        """A kernel that has run a cell, and a connection to it."""
        kernel = await Kernel(self, await self.start()).connect()
        await kernel.execute("pass")
        return kernel

    async def kernelspecs(self):
        async with self.http.get(f"{self.url}/api/kernelspecs") as response:
            return (await response.json())["kernelspecs"]

    async def stop(self, kernel_id):
        async with self.http.delete(f"{self.url}/api/kernels/{kernel_id}") as response:
            return response.status

    async def interrupt(self, kernel_id):
        async with self.http.post(f"{self.url}/api/kernels/{kernel_id}/interrupt") as response:
            return response.status


class Kernel:
    def __init__(self, gateway, kernel_id):
        self.gateway, self.id, self.session = gateway, kernel_id, uuid.uuid4().hex
        self.sent = 0

    async def connect(self):
        self.socket = await self.gateway.http.ws_connect(
            f"{self.gateway.ws_url}/api/kernels/{self.id}/channels?session_id={self.session}",
            protocols=[V1],
            max_msg_size=0,
            headers=self.gateway.headers,
            compress=0,
        )
        self.v1 = self.socket.protocol == V1
        self.tcp = self.socket.get_extra_info("socket")
        return self

    async def end(self):
        await self.socket.close()
        await self.gateway.stop(self.id)

    async def send(self, channel, msg_type, content):
        self.sent += 1
        msg_id = f"{self.session}_{self.sent}"
        header = request_header(msg_type, msg_id, self.session)
        if self.v1:
            await self.socket.send_bytes(pack_v1(channel, header, content))
        else:
            message = {"channel": channel, "header": header, "parent_header": {}, "metadata": {}, "content": content}
            await self.socket.send_str(json.dumps({**message, "buffers": []}))
        return msg_id

    async def send_execute(self, code):
        return await self.send("shell", "execute_request", execute_content(code))

    async def receive(self):
        """(msg_type, id of its parent, content as bytes); the content is not parsed, to measure the server."""
        if self.gateway.quickack:  # not sticky on Linux
            self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        frame = await self.socket.receive()
        if frame.type == aiohttp.WSMsgType.BINARY:
            return unpack_v1(frame.data)
        if frame.type == aiohttp.WSMsgType.TEXT:
            message = json.loads(frame.data)
            parent = message["parent_header"] or {}
            return message["header"]["msg_type"], parent.get("msg_id"), json.dumps(message["content"]).encode()
        raise ConnectionError(f"closed: {frame.type} {frame.data} {frame.extra}")

    async def wait_for(self, msg_type, parent_id, timeout=60):
        async with asyncio.timeout(timeout):
            while True:
                found, parent, content = await self.receive()
                if found == msg_type and parent == parent_id:
                    return json.loads(content)

    async def request(self, msg_type, content=None, channel="shell", timeout=60):
        """Sends and waits for the reply; returns the reply's content."""
        msg_id = await self.send(channel, msg_type, content or {})
        return await self.wait_for(msg_type.replace("_request", "_reply"), msg_id, timeout)

    async def execute(self, code, timeout=60, streams=None):
        """Waits for both the reply and the idle; returns the number of messages and the bytes of their contents.

        The unparsed contents of stream messages are appended to the list `streams`, if given.
        """
        msg_id = await self.send_execute(code)
        replied = idle = False
        messages = size = 0
        async with asyncio.timeout(timeout):
            while not (replied and idle):
                msg_type, parent, content = await self.receive()
                if parent != msg_id:
                    continue
                messages, size = messages + 1, size + len(content)
                if streams is not None and msg_type == "stream":
                    streams.append(content)
                if msg_type == "execute_reply":
                    replied = True
                elif msg_type == "status":
                    idle = json.loads(content)["execution_state"] == "idle"
        return messages, size
