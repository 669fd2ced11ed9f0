"""The composition, up: two users behind the Hub, what Prometheus sees of them, and containers that go and come back."""

import http.server
import re
import threading

import pytest
import requests
from browser import BROWSER_SECONDS, Browser
from composition import Composition, build_images
from daemon import ROOT
from deadline import eventually
from hub import xsrf_of
from jupyter_ws import KernelClient
from monitoring import dashboard, expressions, left_sides, rules, variables

pytestmark = pytest.mark.timeout(BROWSER_SECONDS + 60, func_only=True)


@pytest.fixture(scope="module")
def composition(engine, corncob, tmp_path_factory):
    composition = Composition(
        engine, tmp_path_factory.mktemp("composition"), {**build_images(engine), "CORNCOB_IMAGE": corncob}
    )
    try:
        composition.up()
        yield composition
    finally:
        composition.down()


class Control:
    """What the browser's script asks for: its methods, by GET /NAME."""

    def __init__(self, composition):
        self.composition, self.exit_status, self.kernels = composition, None, []
        control = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    getattr(control, self.path.strip("/"))()
                    status, said = 200, b""
                except Exception as problem:  # shown by the script
                    status, said = 500, repr(problem).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def restarts(self):
        return self.composition.containers()["corncob"]["RestartCount"]

    def until_it_is_back(self):
        eventually(lambda: self.restarts() == 1, 60)
        eventually(lambda: self.composition.health("corncob") == "healthy", 60)

    def drain(self):
        self.composition.compose("stop", "corncob")
        self.exit_status = self.composition.containers()["corncob"]["State"]["ExitCode"]

    def start_again(self):
        self.composition.up()

    def kill_the_hub(self):
        self.kernels = self.composition.kernels(token_of(self.composition, "ada"))
        self.composition.compose("kill", "jupyterhub")
        self.composition.up()


def token_of(composition, user):
    """A token that the user makes on the Hub's page."""
    browser = requests.Session()
    browser.trust_env = False
    browser.get(f"{composition.url}/hub/login")
    form = {"username": user, "password": composition.passwords[user], "_xsrf": xsrf_of(browser, "/hub/")}
    entered = browser.post(f"{composition.url}/hub/login", data=form, allow_redirects=False)
    assert entered.status_code == 302, entered.text
    proof = {"X-XSRFToken": xsrf_of(browser, "/hub/")}
    made = browser.post(f"{composition.url}/hub/api/users/{user}/tokens", json={"note": "a test"}, headers=proof)
    assert made.status_code == 201, made.text
    return made.json()["token"]


def test_it_comes_up_closed(composition):
    containers = composition.containers()
    assert {each["State"]["Health"]["Status"] for each in containers.values()} == {"healthy"}
    for service, each in containers.items():
        host = each["HostConfig"]
        assert each["Config"]["User"] not in ("", "root", "0"), service
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["Memory"] > 0, service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        ports = [port for ports in each["NetworkSettings"]["Ports"].values() for port in ports or ()]
        assert {port["HostIp"] for port in ports} <= {"127.0.0.1"}, service
    assert not any(containers["corncob"]["NetworkSettings"]["Ports"].values())


def test_nobody_comes_in_without_a_password_of_their_own(composition):
    for user, password in (("ada", ""), ("ada", composition.passwords["bob"]), ("mallory", ""), ("ada", "admin")):
        browser = requests.Session()
        browser.get(f"{composition.url}/hub/login")
        form = {"username": user, "password": password, "_xsrf": xsrf_of(browser, "/hub/")}
        assert browser.post(f"{composition.url}/hub/login", data=form, allow_redirects=False).status_code == 403
    assert composition.ask("GET", "/api/kernels").status_code == 403
    assert composition.ask("GET", "/metrics", token_of(composition, "bob")).status_code == 404


def test_a_new_user_comes_in_at_once(composition):
    composition.make_secrets("carol")
    assert composition.ask("GET", "/api/me", token_of(composition, "carol")).json()["identity"]["username"] == "carol"


def test_the_admin_is_one_here_too(composition):
    ada, bob = (token_of(composition, user) for user in ("ada", "bob"))
    assert composition.ask("GET", "/api/admin/tenants", ada).status_code == 200
    assert composition.ask("GET", "/api/admin/tenants", bob).status_code == 403


def test_a_user_runs_a_notebook_and_sees_the_gateways_page(composition):
    seen = Browser("jupyterhub.mjs").visit(
        composition.url, composition.logs, user="bob", password=composition.passwords["bob"]
    )
    assert [text.strip() for text in seen["text"]] == ["hello from bob", "42"]
    assert seen["errors"] == []
    assert "bob" in seen["page"]
    assert composition.kernels(token_of(composition, "ada")) == [], "another's kernels are not seen"


def test_notebooks_recover_when_containers_go_and_come_back(composition):
    control = Control(composition)
    browser = Browser(str(__file__).replace("test_composition.py", "composition.mjs"))
    password = composition.passwords["ada"]
    seen = browser.visit(composition.url, composition.logs, user="ada", password=password, control=control.url)
    control.server.shutdown()
    assert seen["directory"].split() == ["/srv/notebooks/ada", "kept"]
    assert control.exit_status == 0, "SIGTERM drains"
    assert seen["errors"] == []
    ids = {kernel["id"] for kernel in composition.kernels(token_of(composition, "ada"))}
    assert control.kernels and ids > {kernel["id"] for kernel in control.kernels}, "kernels outlive the Hub"


def test_history_is_backed_up_as_the_guide_says(composition):
    (example,) = re.findall(r"-c \\\n    '(import sqlite3.*)'", (ROOT / "deploy" / "README.md").read_text())
    kept, copy = "/var/lib/corncob/ada/history.sqlite", "/srv/corncob/ada-history.sqlite"
    inside = ("exec", "-T", "corncob", "/opt/corncob/.venv/bin/python", "-c")
    composition.compose(*inside, example, kept, copy)
    query = f"import sqlite3; print(*sqlite3.connect({copy!r}).execute('select source from history'))"
    assert "note.txt" in composition.compose(*inside, query), "the cells that ada has run"


def test_and_comes_back_as_the_guide_says(composition, tmp_path):
    """What has been run since is not there any more, though its write-ahead log outlives the stop."""
    composition.compose("cp", "corncob:/srv/corncob/ada-history.sqlite", str(tmp_path / "ada-history.sqlite"))
    ada = token_of(composition, "ada")
    kernel_id = composition.ask("POST", "/api/kernels", ada).json()["id"]
    with KernelClient(composition.gateway, kernel_id, token=ada) as client:
        client.run("'after the backup'")
        assert "after the backup" in client.run("%history -g").text()
    (example,) = re.findall(
        r"^(docker compose stop .*?)^```$", (ROOT / "deploy" / "README.md").read_text(), re.M | re.S
    )
    composition.shell(example.replace("--wait", "--wait --no-build"), tmp_path)
    kernel_id = composition.ask("POST", "/api/kernels", ada).json()["id"]
    with KernelClient(composition.gateway, kernel_id, token=ada) as client:
        history = client.run("%history -g").text()
    assert "note.txt" in history and "after the backup" not in history


def test_prometheus_sees_all_of_it(composition):
    prometheus = composition.prometheus
    eventually(lambda: prometheus.value('min(up{job=~"corncob|jupyterhub|prometheus"})') == 1, 60)
    assert prometheus.value("count(up)") == 3
    eventually(lambda: prometheus.value("corncob_tenants") >= 1, 60)
    assert prometheus.value('sum(corncob_hub_checks_total{result="principal"})') >= 1
    assert prometheus.value("corncob_container_memory_limit_bytes") == 2**30
    assert 0 < prometheus.value("corncob_container_memory_bytes") < 2**30
    asked = [each for _, each in expressions(dashboard(), dict.fromkeys(variables(dashboard()), ".*"))]
    for expression in [*asked, *(side for rule in rules() for side in left_sides(rule["expr"]))]:
        found = prometheus.query(expression)  # raises if it makes no sense
        assert found or "corncob_container_" not in expression, expression
    told = [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
    assert len(told) == len(rules()) and not [rule for rule in told if rule["health"] not in ("ok", "unknown")]
