"""The daemon in a container of a test's own, spoken to as the functional tests do."""

import contextlib
import json

import requests
from containers import Container
from jupyter_ws import KernelClient

TOKEN = "a-token-of-the-tests"
PORT = 8888
# As an operator hardens it. Nothing is mounted: what it writes goes to the volumes that the image declares.
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
REQUEST_SECONDS = 30


class Gateway(Container):
    """`settings` are environment variables. Ready when made."""

    def __init__(self, engine, image, *arguments, network, flags=(), settings=(), wait=True):
        environment = {"KG_AUTH_TOKEN": TOKEN, **dict(settings)}
        variables = [word for name, value in environment.items() if value for word in ("--env", f"{name}={value}")]
        # The tests need not wait for the tenth second.
        soon = ["--health-interval", "1s", "--health-retries", "1"]
        super().__init__(engine, image, *arguments, network=network, publish=PORT, flags=[*soon, *variables, *flags])
        if wait:
            self.wait_healthy()
            self.url = f"http://{self.address()}"
        self.http = requests.Session()
        self.http.trust_env = False

    def request(self, method, path, **arguments):
        headers = {"Authorization": f"token {TOKEN}"}
        return self.http.request(method, self.url + path, headers=headers, timeout=REQUEST_SECONDS, **arguments)

    def start_kernel(self, **body):
        response = self.request("POST", "/api/kernels", json=body)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    def client(self, kernel_id, **arguments):
        return KernelClient(self.url, kernel_id, token=TOKEN, **arguments)

    @contextlib.contextmanager
    def kernel(self, **body):
        """A client of a kernel of its own."""
        kernel_id = self.start_kernel(**body)
        with self.client(kernel_id) as client:
            yield client
        self.request("DELETE", f"/api/kernels/{kernel_id}")

    def metric(self, name):
        """Of one without labels."""
        for line in self.request("GET", "/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def json_logs(self):
        return [json.loads(line) for line in self.logs().splitlines() if line.startswith("{")]
