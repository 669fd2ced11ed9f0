"""A real JupyterHub with its proxy, two services of ours and a single-user JupyterLab for each user."""

import json
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests
from daemon import STOP_SECONDS, binary, clean_environment
from peers import without_the_outside_world
from programs import free_port

HERE = Path(__file__).resolve().parent
PROXY = HERE / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
PASSWORD = "the password of everybody"
START_SECONDS = 60
CACHE_SECONDS = 1  # how long our daemons believe the Hub

CONFIG = """
import json

c = get_config()
given = json.loads({given!r})
c.JupyterHub.bind_url = given["url"]
c.JupyterHub.hub_bind_url = given["hub"]
c.JupyterHub.db_url = "sqlite:///" + given["directory"] + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = given["directory"] + "/cookie_secret"
c.ConfigurableHTTPProxy.command = given["proxy"]
c.ConfigurableHTTPProxy.api_url = given["proxy_api"]
c.ConfigurableHTTPProxy.pid_file = given["directory"] + "/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = given["password"]
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"operator"}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = given["directory"] + "/home/{{username}}"
c.Spawner.cmd = given["singleuser"]
c.Spawner.args = given["arguments"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 60

# What the README's section "Behind JupyterHub" says.
access = ["access:services!service=corncob", "access:services!service=corncob-groups"]
c.JupyterHub.services = [
    {{"name": "corncob", "url": given["corncob"], "command": given["command"], "oauth_no_confirm": True,
      "environment": given["environment"]}},
    {{"name": "corncob-groups", "url": given["groups"], "api_token": given["groups_token"], "oauth_no_confirm": True}},
    {{"name": "tests", "api_token": given["token"]}},
]
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self", *access]}},
    {{"name": "tests", "services": ["tests"],
      "scopes": ["admin:users", "admin:servers", "admin:groups", "tokens", "access:servers"]}},
]
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", *access]
c.Spawner.environment = {{
    "JUPYTER_GATEWAY_URL": given["corncob"] + "/services/corncob",
    "JUPYTER_GATEWAY_AUTH_TOKEN": lambda spawner: spawner.api_token,
}}
"""


class Hub:
    """`directory` is empty. The Hub, its proxy and the users' servers are processes; `corncob` is one of the Hub's."""

    def __init__(self, directory, groups_url, groups_token, api_port):
        self.directory, self.token = directory, secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.api_url = f"http://127.0.0.1:{api_port}/hub/api"
        self.corncob_port = free_port()
        self.gateway = f"{self.url}/services/corncob"
        self.log_path = directory / "hub.log"
        self.process = None
        self.http = requests.Session()
        self.http.trust_env = False
        corncob_config = directory / "corncob.yaml"
        corncob_config.write_text(
            f"auth: {{jupyterhub: {{cache_seconds: {CACHE_SECONDS}, admin_by: hub}}}}\nlog: {{level: debug}}\n"
        )
        given = {
            "url": self.url,
            "hub": f"http://127.0.0.1:{api_port}",
            "directory": str(directory),
            "proxy": ["node", str(PROXY)],
            "proxy_api": f"http://127.0.0.1:{free_port()}",
            "password": PASSWORD,
            "singleuser": [sys.executable, "-m", "jupyterhub.singleuser"],
            "arguments": ["--allow-root", *without_the_outside_world(directory / "config")],
            "corncob": f"http://127.0.0.1:{self.corncob_port}",
            "command": [binary(), "serve", "--config", str(corncob_config)],
            "environment": {
                "XDG_STATE_HOME": str(directory / "state"),
                "XDG_RUNTIME_DIR": str(directory / "run"),
            },
            "groups": groups_url,
            "groups_token": groups_token,
            "token": self.token,
        }
        self.config = directory / "jupyterhub_config.py"
        self.config.write_text(CONFIG.format(given=json.dumps(given)))
        for name in ("ada", "bob", "operator"):
            (directory / "home" / name).mkdir(parents=True)
        self.start()

    def start(self):
        places = {f"JUPYTER_{name}_DIR": str(self.directory / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(self.config)], stdout=log, stderr=log,
                env=clean_environment({"HOME": str(self.directory), **places}), cwd=self.directory,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not (self.answers("/hub/api/") and self.answers("/services/corncob/healthz")):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.2)

    def answers(self, path):
        try:
            return self.http.get(self.url + path, timeout=5).ok
        except requests.RequestException:
            return False

    def stop(self):
        """The Hub, its proxy, its service and its users' servers."""
        family = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            for each in family[1:]:
                if each.is_running():
                    each.kill()
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(STOP_SECONDS)

    def log(self):
        return self.log_path.read_text(errors="replace")[-20000:]

    # --- the Hub's API

    def api(self, method, path, token=None, **arguments):
        headers = {"Authorization": f"token {token or self.token}"}
        return self.http.request(method, f"{self.url}/hub/api{path}", headers=headers, timeout=60, **arguments)

    def add_user(self, name):
        assert self.api("POST", f"/users/{name}").status_code in (201, 409)

    def token_of(self, name, **more):
        """A new token of a user's own: its id and itself."""
        made = self.api("POST", f"/users/{name}/tokens", json={"note": "a test", **more})
        assert made.status_code == 201, made.text
        return made.json()["id"], made.json()["token"]

    def revoke(self, name, token_id):
        assert self.api("DELETE", f"/users/{name}/tokens/{token_id}").status_code == 204

    def set_group(self, group, *names):
        """The group has these users and no others."""
        self.api("POST", f"/groups/{group}")
        now = set(self.api("GET", f"/groups/{group}").json()["users"])
        for method, users in (("POST", set(names) - now), ("DELETE", now - set(names))):
            if users:
                assert self.api(method, f"/groups/{group}/users", json={"users": sorted(users)}).ok

    # --- the service behind the proxy

    def ask(self, token, method, path, url=None, **arguments):
        headers = {"Authorization": f"token {token}", **arguments.pop("headers", {})}
        return self.http.request(method, (url or self.gateway) + path, headers=headers, timeout=30, **arguments)

    def log_in(self, name):
        """A browser's cookies, without a browser: a session that has logged in at the Hub."""
        browser = requests.Session()
        browser.trust_env = False
        browser.headers.update({"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})
        page = browser.get(f"{self.url}/hub/login")
        form = {"username": name, "password": PASSWORD, "_xsrf": xsrf_of(browser, "/hub/")}
        assert page.ok and browser.post(f"{self.url}/hub/login", data=form, allow_redirects=False).status_code == 302
        return browser


def xsrf_of(browser, path):
    return next(cookie.value for cookie in browser.cookies if cookie.name == "_xsrf" and cookie.path == path)
