"""What a daemon asks of JupyterHub, answered in this process: whose a token is."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCOPE = "access:services!service=corncob"


class FakeHub:
    """`users`: the model of the user or service of each token, as the Hub's API gives it; others are nobody's. While it
    is `broken`, it answers with 500."""

    def __init__(self, users):
        hub = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                user = hub.users.get(self.headers["Authorization"].removeprefix("token "))
                body = json.dumps(user or {"status": 403, "message": "Forbidden"}).encode()
                self.send_response(500 if hub.broken else 200 if user else 403)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.users, self.broken = users, False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def environment(self):
        """Of a daemon that is its service."""
        return {
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.server.server_port}/hub/api",
            "JUPYTERHUB_API_TOKEN": "the service's own token",
            "JUPYTERHUB_SERVICE_NAME": "corncob",
        }

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def user(name, *, scopes=(SCOPE,), **more):
    return {"name": name, "kind": "user", "admin": False, "groups": [], "scopes": list(scopes), **more}
