"""jupyter_server's gateway kernel manager and client, with the token on the WebSocket too."""

import functools
import os
from contextlib import contextmanager
from unittest import mock

from jupyter_server.gateway import managers
from jupyter_server.gateway.gateway_client import GatewayClient
from traitlets import default


class TokenKernelClient(managers.GatewayKernelClient):
    """jupyter_server's client, which opens its WebSocket without the token that it sends over HTTP."""

    async def start_channels(self, *args, **kwargs):
        header = [f"Authorization: token {GatewayClient.instance().auth_token}"]
        create = functools.partial(managers.websocket.create_connection, header=header)
        with mock.patch.object(managers.websocket, "create_connection", create):
            await super().start_channels(*args, **kwargs)


class TokenKernelManager(managers.GatewayKernelManager):
    @default("client_factory")
    def _client_factory(self):
        return TokenKernelClient


@contextmanager
def gateway(daemon):
    """Within, the managers' one gateway is the daemon; at the end no kernel of theirs may be left there."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER_GATEWAY")}
    with mock.patch.dict(os.environ, outside, clear=True):
        GatewayClient.clear_instance()
        GatewayClient.instance(url=daemon.url, auth_token=daemon.token)
        kernels = len(daemon.get("/api/kernels").json())
        yield
        assert len(daemon.get("/api/kernels").json()) == kernels, "a kernel of the manager's is still there"
        GatewayClient.clear_instance()
