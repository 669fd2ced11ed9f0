"""The field's own programs, started against the daemon: Jupyter Server and JupyterLab in gateway mode."""

import secrets
import subprocess
import sys
import time

import programs
import requests
from daemon import clean_environment

START_SECONDS = 60


def without_the_outside_world(config):
    """No news, no looking for updates or extensions, no question whether to."""
    settings = config / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    return ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]


class JupyterServer:
    """`module` is jupyter_server or jupyterlab; its files are in `directory`, its kernels run at `daemon` (None: it is
    asked for none, or has its own)."""

    def __init__(self, module, daemon, directory, *flags, env=None):
        self.token, self.directory = secrets.token_hex(16), directory
        self.url = f"http://127.0.0.1:{programs.free_port()}"
        self.log_path = directory / "jupyter.log"
        notebooks = directory / "notebooks"
        notebooks.mkdir()
        places = {f"JUPYTER_{name}_DIR": str(directory / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        command = [sys.executable, "-m", module, "--no-browser", "--allow-root"]
        command += [f"--ServerApp.port={self.url.rsplit(':', 1)[1]}", "--ServerApp.port_retries=0"]
        command += [f"--ServerApp.root_dir={notebooks}", f"--IdentityProvider.token={self.token}"]
        if module == "jupyterlab":
            command += without_the_outside_world(directory / "config")
        command += flags
        environment = clean_environment({"HOME": str(directory), **places, **(env or {})})
        if daemon is not None:
            command += ["--gateway-url", daemon.url]
            environment["JUPYTER_GATEWAY_AUTH_TOKEN"] = daemon.token
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=notebooks)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return requests.get(self.url + "/api", timeout=5).raise_for_status()
            except requests.RequestException:
                assert self.process.poll() is None and time.monotonic() < deadline, self.log()
                time.sleep(0.05)

    def request(self, method, path, **arguments):
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(method, self.url + path, headers=headers, timeout=30, **arguments)

    def log(self):
        return self.log_path.read_text(errors="replace")[-10000:]

    def stop(self):
        programs.stop(self.process)
