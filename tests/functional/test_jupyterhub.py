"""Behind a real JupyterHub: its users are tenants, by token and in the browser."""

import secrets
import time

import pytest
import requests
from browser import BROWSER_SECONDS, Browser
from daemon import Daemon
from deadline import eventually
from hub import CACHE_SECONDS, PASSWORD, Hub, xsrf_of
from jupyter_ws import KernelClient, Refused
from programs import free_port
from test_rest import NOWHERE, assert_error

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]

GROUPS = f"auth: {{jupyterhub: {{tenant_by: group, groups: 'staff,physics', cache_seconds: {CACHE_SECONDS}}}}}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def api_port():
    return free_port()


@pytest.fixture(scope="module")
def groups_token():
    return secrets.token_hex(16)


@pytest.fixture(scope="module")
def groups(place, api_port, groups_token):
    """A daemon that the Hub knows but has not started: its tenants are groups."""
    daemon = Daemon(place / "groups.log", ("--base-url", "/services/corncob-groups/"), config=GROUPS, env={
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{api_port}/hub/api",
        "JUPYTERHUB_API_TOKEN": groups_token,
        "JUPYTERHUB_SERVICE_NAME": "corncob-groups",
    })  # fmt: skip
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module")
def hub(place, api_port, groups, groups_token):
    hub = Hub(place, f"http://127.0.0.1:{groups.port}", groups_token, api_port)
    for name in ("ada", "bob", "operator"):
        hub.add_user(name)
    yield hub
    hub.stop()


@pytest.fixture
def ada(hub):
    return hub.token_of("ada")[1]


@pytest.fixture
def bob(hub):
    return hub.token_of("bob")[1]


def start_kernel(hub, token, **more):
    started = hub.ask(token, "POST", "/api/kernels", **more)
    assert started.status_code == 201, started.text
    return started.json()["id"]


def test_two_users_run_notebooks_in_the_browser(hub):
    browser = Browser("jupyterhub.mjs")
    pages = {user: browser.visit(hub.url, hub.log, user=user, password=PASSWORD) for user in ("ada", "bob")}
    for user, seen in pages.items():
        assert [text.strip() for text in seen["text"]] == [f"hello from {user}", "42"]
        assert seen["errors"] == []
        assert seen["address"] == f"{hub.gateway}/"
        assert user in seen["page"] and "Python 3 (Corncob)" in seen["page"], "its kernel is shown"
        api = seen["api"]
        assert len(api["kernels"]) == 1, "it sees its own kernel and no other"
        assert (api["read"], api["forgedRead"], api["forged"], api["wrong"]) == (200, 403, 403, 403)
        assert (api["socket"], api["forgedSocket"]) == (True, False)
        assert "service-corncob" not in api["cookies"], "a script can read the session"
    assert pages["ada"]["pid"] == pages["bob"]["pid"], "both run in one daemon"
    assert pages["ada"]["api"]["kernels"] != pages["bob"]["api"]["kernels"]


def comparable(headers):
    return {name.lower(): value for name, value in headers.items() if name.lower() not in ("date", "x-request-id")}


def test_another_users_kernel_is_one_that_does_not_exist(hub, ada, bob):
    kernel = start_kernel(hub, ada)
    for method, path in (
        ("GET", ""), ("DELETE", ""), ("POST", "/interrupt"), ("POST", "/restart"), ("GET", "/connection"),
        ("GET", "/channels"),
    ):  # fmt: skip
        foreign = hub.ask(bob, method, f"/api/kernels/{kernel}{path}")
        missing = hub.ask(bob, method, f"/api/kernels/{NOWHERE}{path}")
        assert_error(foreign, 404)
        assert foreign.text.replace(kernel, NOWHERE) == missing.text
        assert comparable(foreign.headers) == comparable(missing.headers)
    with pytest.raises(Refused) as refused:
        KernelClient(hub.gateway, kernel, token=bob)
    assert refused.value.status == 404
    refusals = [
        hub.ask(bob, "POST", "/api/sessions", json={"path": "a", "type": "notebook", "name": "", "kernel": {"id": id}})
        for id in (kernel, NOWHERE)
    ]
    assert refusals[0].status_code == refusals[1].status_code == 400
    assert refusals[0].text.replace(kernel, NOWHERE) == refusals[1].text
    assert kernel not in hub.ask(bob, "GET", "/api/kernels").text
    assert hub.ask(ada, "GET", f"/api/kernels/{kernel}").status_code == 200
    with KernelClient(hub.gateway, kernel, token=ada) as client:
        assert client.run("6 * 7").result == "42"
    assert hub.ask(ada, "DELETE", f"/api/kernels/{kernel}").status_code == 204


def test_admins_of_the_hub_are_ours_where_the_configuration_says_so(hub, ada):
    operator = hub.token_of("operator")[1]
    kernel = start_kernel(hub, ada)
    assert_error(hub.ask(ada, "GET", "/api/admin/kernels"), 403)
    assert kernel in hub.ask(operator, "GET", "/api/admin/kernels").text
    assert hub.ask(operator, "DELETE", f"/api/admin/kernels/ada/{kernel}").status_code == 204


def test_a_token_without_the_scope_is_refused_in_words(hub):
    _, token = hub.token_of("ada", scopes=["read:users:name!user"])
    refused = hub.ask(token, "GET", "/api/kernels")
    assert_error(refused, 403)
    assert "access:services!service=corncob" in refused.json()["message"]


def test_a_revoked_token_is_refused(hub):
    token_id, token = hub.token_of("ada")
    assert hub.ask(token, "GET", "/api/kernels").status_code == 200
    hub.revoke("ada", token_id)
    eventually(lambda: hub.ask(token, "GET", "/api/kernels").status_code == 403)
    assert_error(hub.ask(token, "GET", "/api/kernels"), 403)
    assert_error(hub.ask("guess", "GET", "/api/kernels"), 403)


def test_who_changes_the_group_changes_the_tenant(hub, groups, ada, bob):
    def kernels(token):
        answer = hub.ask(token, "GET", "/api/kernels", url=groups.url)
        return [kernel["id"] for kernel in answer.json()] if answer.ok else answer.json()["message"]

    nowhere = "JupyterHub's user 'ada' is in no group that is a tenant here"
    assert kernels(ada) == nowhere
    hub.set_group("physics", "ada", "bob")
    eventually(lambda: kernels(ada) == kernels(bob) == [])
    kernel = start_kernel(hub, ada, url=groups.url)
    assert kernels(bob) == [kernel], "the group shares its kernels"
    hub.set_group("staff", "ada")
    eventually(lambda: kernels(ada) == [])
    assert kernels(bob) == [kernel]
    hub.set_group("staff")
    hub.set_group("physics", "bob")
    eventually(lambda: kernels(ada) == nowhere)
    assert hub.ask(bob, "DELETE", f"/api/kernels/{kernel}", url=groups.url).status_code == 204


def test_login_by_cookie_and_without_it(hub):
    """What the browser's test shows, header by header."""
    stranger = requests.get(f"{hub.gateway}/", headers={"Accept": "text/html"}, allow_redirects=False)
    assert stranger.status_code == 302 and "code_challenge_method=S256" in stranger.headers["Location"]
    ada = hub.log_in("ada")
    page = ada.get(f"{hub.gateway}/")
    assert page.ok and "Corncob" in page.text, page.text
    cookie = next(cookie for cookie in ada.cookies if cookie.name == "service-corncob")
    assert cookie.path == "/services/corncob/" and cookie.has_nonstandard_attr("HttpOnly")
    proof = xsrf_of(ada, "/services/corncob/")
    assert_error(ada.post(f"{hub.gateway}/api/kernels"), 403)
    bob = hub.log_in("bob")
    bob.get(f"{hub.gateway}/")
    theirs = {"X-XSRFToken": xsrf_of(bob, "/services/corncob/")}
    assert_error(ada.post(f"{hub.gateway}/api/kernels", headers=theirs), 403)
    started = ada.post(f"{hub.gateway}/api/kernels", headers={"X-XSRFToken": proof})
    assert started.status_code == 201
    path = f"{hub.gateway}/api/kernels/{started.json()['id']}"
    assert_error(ada.delete(path), 403)
    assert ada.delete(path, headers={"X-XSRFToken": proof}).status_code == 204


def test_the_hub_is_away_and_comes_back(hub, groups, groups_token, ada):
    """Last: the Hub takes the daemon that it has started along, the other one stays."""
    hub.set_group("physics", "ada")

    def ask():
        return hub.ask(ada, "GET", "/api/kernels", url=groups.url)

    eventually(lambda: ask().status_code == 200)
    kernel = start_kernel(hub, ada, url=groups.url)
    client = KernelClient(groups.url, kernel, token=ada)
    hub.stop()
    eventually(lambda: ask().status_code == 503)
    refused = ask()
    assert_error(refused, 503)
    assert "JupyterHub cannot be reached" in refused.json()["message"]
    assert refused.headers["Retry-After"] == "5"
    begin = time.monotonic()
    assert groups.get("/healthz").status_code == 200 and time.monotonic() - begin < 5
    assert client.run("6 * 7").result == "42", "who is connected goes on"
    client.close()
    hub.start()
    eventually(lambda: ask().status_code == 200)
    assert [each["id"] for each in ask().json()] == [kernel]
    log = groups.log()
    assert "JupyterHub answers again" in log
    assert not [secret for secret in (ada, hub.token, groups_token) if secret in log], "a token is written down"
