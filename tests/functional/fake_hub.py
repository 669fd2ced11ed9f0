"""As much of JupyterHub's API as Corncob asks for: whose a token is."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeHub:
    """Its users' tokens are their names; every other token is nobody's. While `broken`, it answers with 500."""

    def __init__(self, *users):
        self.users, self.broken = users, False
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(*hub.status(self.headers["Authorization"]))
                body = hub.model(self.headers["Authorization"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.api_url = f"http://127.0.0.1:{self.server.server_port}/hub/api"

    def user(self, authorization):
        name = authorization.removeprefix("token ")
        return name if name in self.users else None

    def status(self, authorization):
        if self.broken:
            return (500,)
        return (200,) if self.user(authorization) else (403,)

    def model(self, authorization):
        scopes = ["access:services!service=corncob"]
        return json.dumps({"kind": "user", "name": self.user(authorization), "scopes": scopes}).encode()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
