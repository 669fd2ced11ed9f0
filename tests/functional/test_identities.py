"""Who may do what: every route with every kind of token, and what one tenant can learn of another's."""

import datetime
import hashlib
import itertools
import time

import pytest
import requests
from deadline import eventually
from jupyter_ws import Refused
from test_rest import NOWHERE, assert_error

SECRETS = {name: f"the token of {name}" for name in ("alice", "reader", "bob", "ops", "late")}
PAST = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(name, tenant, rights, expires=""):
    digest = hashlib.sha256(SECRETS[name].encode()).hexdigest()
    more = f", expires: {expires}" if expires else ""
    return f"    - {{name: {name}, tenant: {tenant}, sha256: {digest}, rights: [{rights}]{more}}}\n"


CONFIG = (
    "auth:\n  tokens:\n"
    + entry("alice", "alice", "read, execute")
    + entry("reader", "alice", "read")
    + entry("bob", "bob", "read, execute")
    + entry("ops", "operations", "admin")
    + entry("late", "alice", "read, execute, admin", PAST)
    + "tenants:\n  alice: {quotas: {kernels_max: 3}}\n"
)

OPEN = [("GET", "/api"), ("GET", "/healthz"), ("GET", "/readyz")]
READ = [
    ("GET", path)
    for path in (
        "/api/status", "/api/activity", "/api/me", "/api/spec.yaml", "/api/kernels", "/api/kernels/{kernel}",
        "/api/sessions", "/api/sessions/{session}", "/api/kernelspecs", "/api/kernelspecs/python3",
        "/kernelspecs/python3/logo-64x64.png", "/api/contents", "/api/contents/a/b", "/api/config/notebook",
        "/api/terminals", "/api/nbconvert",
    )
] + [("PATCH", "/api/me"), ("PUT", "/api/config/notebook"), ("PATCH", "/api/config/notebook"),
     ("POST", "/api/terminals")]  # fmt: skip
EXECUTE = [
    ("POST", "/api/kernels/{kernel}/interrupt"),
    ("POST", "/api/kernels/{kernel}/restart"),
    ("GET", "/api/kernels/{kernel}/connection"),
    ("GET", "/api/kernels/{kernel}/channels"),
    ("PATCH", "/api/sessions/{session}"),
    ("POST", "/api/kernels"),
    ("POST", "/api/sessions"),
    ("DELETE", "/api/sessions/{session}"),
    ("DELETE", "/api/kernels/{kernel}"),
]
KNOWN = [("GET", "/")]  # whatever its rights are
ADMIN = [
    ("GET", "/api/admin/activity"),
    ("GET", "/api/admin/tenants"),
    ("GET", "/api/admin/kernels"),
    ("POST", "/api/admin/kernels/alice/{kernel}/interrupt"),
    ("POST", "/api/admin/kernels/alice/{kernel}/restart"),
    ("DELETE", "/api/admin/kernels/alice/{kernel}"),
]
RIGHTS = {"alice": ("read", "execute"), "reader": ("read",), "ops": ("admin",)}
OF_NOBODY = {
    "none": {},
    "empty": {"Authorization": "token "},
    "wrong": {"Authorization": "token wrong"},
    "another scheme": {"Authorization": "Basic dGhlIHRva2Vu"},
    "expired": {"Authorization": f"token {SECRETS['late']}"},
    "the digest": {"Authorization": f"token {hashlib.sha256(SECRETS['alice'].encode()).hexdigest()}"},
    "one letter less": {"Authorization": f"token {SECRETS['alice'][:-1]}"},
}


@pytest.fixture
def daemon(fresh_daemon):
    return fresh_daemon(config=CONFIG)


class FromAddress(requests.adapters.HTTPAdapter):
    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


addresses = (f"127.1.{a}.{b}" for a, b in itertools.product(range(256), range(1, 255)))


def ask(daemon, who, method, path, address=None, **more):
    """Who has no token comes from another address each time, unless one is given: guesses are slowed down."""
    if who not in OF_NOBODY:
        headers = {"Authorization": f"Bearer {SECRETS[who]}"}
        return daemon.request(method, path, authorized=False, headers=headers, **more)
    with requests.Session() as http:
        http.trust_env = False
        http.mount("http://", FromAddress(address or next(addresses)))
        return http.request(method, daemon.url + path, headers=OF_NOBODY[who], timeout=30, **more)


def started(daemon, who):
    """The ids of a session of `who` and its kernel."""
    body = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    session = ask(daemon, who, "POST", "/api/sessions", json=body).json()
    return {"session": session["id"], "kernel": session["kernel"]["id"]}


def filled(path, ids):
    return path.format(**ids)


def test_the_address_holds_no_token(daemon):
    assert "token" not in daemon.url_line


@pytest.mark.parametrize("who", OF_NOBODY)
def test_nobody(daemon, who):
    ids = started(daemon, "alice")
    for method, path in OPEN:
        assert ask(daemon, who, method, path).status_code == 200
    answers = set()
    for method, path in KNOWN + READ + EXECUTE + ADMIN + [("POST", "/api/admin/drain")]:
        for there in (ids, {"session": NOWHERE, "kernel": NOWHERE}):
            response = ask(daemon, who, method, filled(path, there))
            assert_error(response, 403)
            answers.add(response.text)
    assert len(answers) == 1, "what is there shows to nobody"
    assert ask(daemon, "alice", "GET", filled("/api/kernels/{kernel}", ids)).status_code == 200


@pytest.mark.parametrize("who", RIGHTS)
def test_rights(daemon, who):
    ids = started(daemon, "alice")
    for right, routes in {"read": READ, "execute": EXECUTE, "admin": ADMIN}.items():
        for method, path in routes:
            response = ask(daemon, who, method, filled(path, ids), json={})
            if right in RIGHTS[who]:
                assert response.status_code not in (401, 403), (method, path, response.text)
            else:
                assert right in assert_error(response, 403)["message"], (method, path)
    assert all(ask(daemon, who, method, path).status_code == 200 for method, path in KNOWN)


def test_a_websocket_needs_the_right_to_execute(daemon):
    ids = started(daemon, "alice")
    with daemon.client(ids["kernel"], token=SECRETS["alice"]) as client:
        assert client.run("1 + 1").result == "2"
    for token in (SECRETS["reader"], SECRETS["bob"], SECRETS["late"], SECRETS["ops"], "wrong", ""):
        with pytest.raises(Refused) as refused:
            daemon.client(ids["kernel"], token=token)
        assert refused.value.status == (404 if token == SECRETS["bob"] else 403)


def test_anothers_kernels_are_not_there(daemon):
    """A guessed id of another tenant's gets the very answer of one that nobody has."""
    ids, own = started(daemon, "alice"), started(daemon, "bob")
    for method, path in READ + EXECUTE:
        if "{" not in path:
            continue
        there, nowhere = (
            ask(daemon, "bob", method, filled(path, which), json={})
            for which in (ids, {"session": NOWHERE, "kernel": NOWHERE})
        )
        assert there.status_code == nowhere.status_code == 404, (method, path)
        same = [
            answer.text.replace(ids["kernel"], NOWHERE).replace(ids["session"], NOWHERE) for answer in (there, nowhere)
        ]
        assert same[0] == same[1], (method, path)
        names = [sorted(name for name in answer.headers) for answer in (there, nowhere)]
        assert names[0] == names[1], (method, path)
    assert [kernel["id"] for kernel in ask(daemon, "bob", "GET", "/api/kernels").json()] == [own["kernel"]]
    assert [session["id"] for session in ask(daemon, "bob", "GET", "/api/sessions").json()] == [own["session"]]
    assert ask(daemon, "bob", "GET", "/api/status").json()["kernels"] == 1
    body = {"name": "python3", "kernel_id": ids["kernel"]}
    taken = ask(daemon, "bob", "POST", "/api/kernels", json=body)  # the same id, another kernel
    assert taken.status_code == 201
    with daemon.client(ids["kernel"], token=SECRETS["alice"]) as alice:
        with daemon.client(ids["kernel"], token=SECRETS["bob"]) as bob:
            alice.run("mine = 1")
            assert bob.execute("mine").reply["ename"] == "NameError"


def test_the_operator(daemon):
    ids, other = started(daemon, "alice"), started(daemon, "bob")
    tenants = {each["name"]: each for each in ask(daemon, "ops", "GET", "/api/admin/tenants").json()}
    assert tenants["alice"]["kernels"] == {"used": 1, "maximum": 3} and tenants["alice"]["sessions"] == 1
    assert tenants["bob"]["connections"]["used"] == 0
    kernels = {each["id"]: each for each in ask(daemon, "ops", "GET", "/api/admin/kernels").json()}
    assert {kernels[ids["kernel"]]["tenant"], kernels[other["kernel"]]["tenant"]} == {"alice", "bob"}
    assert_error(ask(daemon, "ops", "DELETE", f"/api/admin/kernels/bob/{ids['kernel']}"), 404)
    assert_error(ask(daemon, "ops", "DELETE", f"/api/admin/kernels/nobody/{ids['kernel']}"), 404)
    for what in ("interrupt", "restart"):
        assert_error(ask(daemon, "ops", "POST", f"/api/admin/kernels/bob/{ids['kernel']}/{what}"), 404)
    kernel = f"/api/admin/kernels/alice/{ids['kernel']}"
    with daemon.client(ids["kernel"], token=SECRETS["alice"]) as alice:
        cell = alice.send_execute("import time\nprint('on', flush=True)\ntime.sleep(600)")
        alice.wait_for_output("on\n")
        assert ask(daemon, "ops", "POST", f"{kernel}/interrupt").status_code == 204
        assert alice.collect(cell).reply["ename"] == "KeyboardInterrupt"
        alice.run("mine = 1")
        assert ask(daemon, "ops", "POST", f"{kernel}/restart").json()["id"] == ids["kernel"]
        assert alice.execute("mine").reply["ename"] == "NameError"
    assert ask(daemon, "ops", "DELETE", f"/api/admin/kernels/alice/{ids['kernel']}").status_code == 204
    assert_error(ask(daemon, "alice", "GET", f"/api/kernels/{ids['kernel']}"), 404)
    assert ask(daemon, "ops", "POST", "/api/admin/drain").status_code == 202
    assert daemon.wait() == 0


def test_who_guesses_waits_and_nobody_else(daemon):
    for _ in range(8):
        assert_error(ask(daemon, "wrong", "GET", "/api/kernels", "127.0.0.1"), 403)
    begin = time.monotonic()
    assert_error(ask(daemon, "wrong", "GET", "/api/kernels", "127.0.0.1"), 403)
    assert time.monotonic() - begin >= 0.5
    begin = time.monotonic()
    for _ in range(20):
        assert ask(daemon, "alice", "GET", "/api/kernels").status_code == 200
        assert_error(ask(daemon, "none", "GET", "/api/kernels", "127.0.0.1"), 403)
    assert time.monotonic() - begin < 3


def test_no_token_is_written_down(daemon):
    started(daemon, "alice")
    for who in ("late", "alice", "wrong"):
        ask(daemon, who, "GET", f"/api/kernels?token={SECRETS.get(who, 'a guess')}")
    eventually(lambda: "its token is nobody's" in daemon.log())
    assert not [word for word in (*SECRETS.values(), "a guess", "wrong") if word in daemon.log()]
