"""The daemon as a process: started on a free port, spoken to over HTTP and WebSocket, ended by SIGTERM."""

import os
import queue
import re
import signal
import ssl
import subprocess
import threading
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import requests
from jupyter_ws import KernelClient

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 40
FOREIGN_SETTINGS = re.compile(r"^(KG_|EG_|JUPYTER|CORNCOB_|JPY_)")


def binary():
    return os.environ.get("CORNCOB_BINARY") or str(ROOT / "build" / "corncob")


def clean_environment(extra=None):
    """The surrounding environment without what would configure the daemon or the peers."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN_SETTINGS.match(name)}
    return {**kept, **(extra or {})}


class Daemon:
    def __init__(self, log_path, flags=(), env=None, config=None):
        """`config` is the text of a configuration file; the log is what the daemon writes to stderr."""
        self.log_path = Path(log_path)
        self.ending = False  # it has been sent a signal
        command = [binary(), "serve", "--port", "0", *flags]
        if config is not None:
            config_path = self.log_path.with_suffix(".yaml")
            config_path.write_text(config)
            command += ["--config", str(config_path)]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env={
                    **clean_environment(), "XDG_STATE_HOME": str(self.log_path.parent / "state"),
                    "XDG_RUNTIME_DIR": str(self.log_path.parent / "run"), **(env or {}),
                },
                cwd=self.log_path.parent, text=True,
            )  # fmt: skip
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read_stdout, daemon=True)
        self._reader.start()
        self.http = requests.Session()
        self.http.trust_env = False
        self.tls = None  # what TLS connections are made with
        self.http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a test says who it is, every time
        try:
            self._take_address(self._lines.get(timeout=START_SECONDS))
        except queue.Empty:
            self.process.kill()
            raise AssertionError(f"no URL on stdout in {START_SECONDS} s. Log:\n{self.log()}") from None

    def _read_stdout(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _take_address(self, line):
        if line is None:
            code = self.process.wait(STOP_SECONDS)
            raise AssertionError(f"the daemon ended with {code} before it listened. Log:\n{self.log()}")
        self.url_line = line.rstrip("\n")
        parts = urlsplit(self.url_line)
        self.token = parse_qs(parts.query).get("token", [None])[0]
        self.port = parts.port
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.authorization = {"Authorization": f"token {self.token}"} if self.token else {}

    def trust(self, authority):
        """A file with the certificate of who has signed the daemon's."""
        self.http.verify = authority
        self.tls = ssl.create_default_context(cafile=authority)

    def stdout_rest(self):
        """Every line after the first, once the process has ended."""
        self._reader.join(STOP_SECONDS)
        rest = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                rest.append(line)
        return rest

    # --- HTTP

    def request(self, method, path, *, authorized=True, headers=None, **arguments):
        headers = {**(self.authorization if authorized else {}), **(headers or {})}
        arguments.setdefault("timeout", 30)
        return self.http.request(method, self.url + path, headers=headers, **arguments)

    def get(self, path, **arguments):
        return self.request("GET", path, **arguments)

    def post(self, path, **arguments):
        return self.request("POST", path, **arguments)

    def patch(self, path, **arguments):
        return self.request("PATCH", path, **arguments)

    def delete(self, path, **arguments):
        return self.request("DELETE", path, **arguments)

    # --- kernels

    def start_kernel(self, **body):
        response = self.post("/api/kernels", json=body)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    def stop_kernel(self, kernel_id):
        response = self.delete(f"/api/kernels/{kernel_id}")
        assert response.status_code == 204, response.text

    def kernel(self, kernel_id):
        response = self.get(f"/api/kernels/{kernel_id}")
        assert response.status_code == 200, response.text
        return response.json()

    def client(self, kernel_id, **arguments):
        return KernelClient(self.url, kernel_id, **{"token": self.token, "tls": self.tls, **arguments})

    # --- the process

    @property
    def ps(self):
        return psutil.Process(self.process.pid)

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.ending = True
        self.process.send_signal(number)

    def read_configuration_again(self):
        self.process.send_signal(signal.SIGHUP)

    def wait(self, timeout=STOP_SECONDS):
        return self.process.wait(timeout)

    def log(self):
        return self.log_path.read_text(errors="replace")[-20000:]

    def stop(self):
        """Ends it as an operator does. Anything but exit status 0 is a failure."""
        if self.alive() and not self.ending:  # a second signal would force it
            self.signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM. Log:\n{self.log()}") from None
        finally:
            self.http.close()
        assert code == 0, f"exit status {code}. Log:\n{self.log()}"

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait(STOP_SECONDS)
