"""Who may do what: every route, method, WebSocket and ZMQ socket with every kind of credentials."""

import itertools
import re

import pytest
import zmq
from deadline import eventually
from identities import OF_NOBODY, SECRETS, ask, endpoints, filled, serving, started, tidy
from jupyter_client.session import Session
from jupyter_ws import Refused
from test_rest import NOWHERE, assert_error
from zmq_clients import SECONDS

OPEN = [("GET", path) for path in ("/api", "/healthz", "/readyz", "/metrics", "/login", "/static/page.css")]
LOGIN = ("GET", "/oauth_callback")  # open, and of no use without what the Hub has sent along
LOGIN_BY_TOKEN = ("POST", "/login")  # open to who has one
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
KNOWN = [("GET", "/")]  # whatever their rights are
LOGOUT = ("POST", "/logout")
ADMIN = [
    ("GET", "/api/admin/activity"),
    ("GET", "/api/admin/tenants"),
    ("GET", "/api/admin/kernels"),
    ("POST", "/api/admin/kernels/alice/{kernel}/interrupt"),
    ("POST", "/api/admin/kernels/alice/{kernel}/restart"),
    ("DELETE", "/api/admin/kernels/alice/{kernel}"),
]
DRAIN = ("POST", "/api/admin/drain")
MATRIX = {
    "open": [*OPEN, LOGIN, LOGIN_BY_TOKEN],
    "known": [*KNOWN, LOGOUT],
    "read": READ,
    "execute": EXECUTE,
    "admin": [*ADMIN, DRAIN],
}
RIGHTS = {
    "alice": ("read", "execute"),
    "reader": ("read",),
    "ops": ("admin",),
    "carol": ("read", "execute"),
    "operator": ("read", "execute", "admin"),
}
WEBSOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("identities")) as daemon:
        yield daemon


@pytest.fixture
def daemon(shared, request):
    """One for all of these tests; none leaves a kernel behind."""
    request.node.daemons = [shared]
    yield shared
    tidy(shared)


def test_the_address_holds_no_token(daemon):
    assert "token" not in daemon.url_line


def fits(pattern, path):
    """Whether the path is one of the route's: {} stands for one segment, {*} for all the rest."""
    expression = re.escape(pattern).replace(r"\{\*\}", ".+").replace(r"\{\}", "[^/]+")
    return re.fullmatch(expression, path.format(session="s", kernel="k"))


def test_every_route_is_in_the_matrix(daemon):
    """As the router lists its routes in the log: a new one without an entry above fails here."""
    routes = re.findall(r"route (\S+) (\S+) (\w+)$", daemon.log_path.read_text(), re.MULTILINE)
    assert len(routes) > 35
    for method, pattern, access in routes:
        entries = {right for right, rows in MATRIX.items() for m, path in rows if m == method and fits(pattern, path)}
        assert entries == {access}, (method, pattern, access, entries)
    for right, rows in MATRIX.items():
        for method, path in rows:
            assert any((m, a) == (method, right) and fits(p, path) for m, p, a in routes), (method, path)


@pytest.mark.parametrize("who", OF_NOBODY)
def test_nobody(daemon, who):
    ids = started(daemon, "alice")
    for method, path in OPEN:
        assert ask(daemon, who, method, path).status_code == 200
    assert_error(ask(daemon, who, *LOGIN), 400)
    answers = set()
    for method, path in [*KNOWN, LOGOUT, *READ, *EXECUTE, *ADMIN, DRAIN]:
        for there in (ids, {"session": NOWHERE, "kernel": NOWHERE}):
            response = ask(daemon, who, method, filled(path, there))
            assert_error(response, 403)
            answers.add(response.text)
            if method == "GET":
                assert ask(daemon, who, "HEAD", filled(path, there)).status_code == 403
    assert len(answers) == 1, "what is there shows to nobody"
    for kernel in (ids["kernel"], NOWHERE):
        assert_error(ask(daemon, who, "GET", f"/api/kernels/{kernel}/channels", headers=WEBSOCKET), 403)
    assert ask(daemon, "alice", "GET", filled("/api/kernels/{kernel}", ids)).status_code == 200


@pytest.mark.parametrize("who", RIGHTS)
def test_rights(daemon, who):
    ids = started(daemon, who if "execute" in RIGHTS[who] else "alice")
    for right in ("read", "execute", "admin"):
        for method, path in MATRIX[right]:
            if (method, path) == DRAIN and "admin" in RIGHTS[who]:
                continue  # it does, and that is a test of its own
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
    for who in ("reader", "bob", "late", "ops", "carol", "operator", "unscoped"):
        with pytest.raises(Refused) as refused:
            daemon.client(ids["kernel"], token=SECRETS[who])
        assert refused.value.status == (404 if "execute" in RIGHTS.get(who, ()) or who == "bob" else 403), who
    own = started(daemon, "carol")
    with daemon.client(own["kernel"], token=SECRETS["carol"]) as client:
        assert client.run("1 + 1").result == "2"


# --- ZMQ: who knows the key is the tenant


def dropped(daemon):
    text = ask(daemon, "none", "GET", "/metrics").text
    return sum(float(each) for each in re.findall(r"^corncob_dropped_messages_total\{.*\} (\S+)$", text, re.MULTILINE))


@pytest.mark.parametrize("which", ["tenant", "kernel"])
@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
def test_zmq_answers_who_has_the_key_and_nobody_else(daemon, which, channel):
    info, anothers = endpoints(daemon)[which]
    right = Session(key=info["key"].encode())
    strangers = {
        "unsigned": Session(key=b""),
        "wrong": Session(key=b"a guess"),
        "another tenant's": Session(key=anothers.encode()),
        "the key's beginning": Session(key=info["key"][:-1].encode()),
    }
    kinds = ["kernel_info_request", "execute_request", "shutdown_request", "interrupt_request", "input_reply"]
    before = dropped(daemon)
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.connect(f"tcp://127.0.0.1:{info[f'{channel}_port']}")
        for session, kind in itertools.product(strangers.values(), kinds):
            session.send(socket, kind, {"code": "1", "restart": False, "value": ""})
        socket.send_multipart([b"<IDS|MSG>", b"", b"{}"])
        sent = len(strangers) * len(kinds) + 1
        eventually(lambda: dropped(daemon) == before + sent)
        if channel == "stdin":  # where nobody asks, nobody is answered
            assert not socket.poll(0)
            return
        asked = right.send(socket, "kernel_info_request")
        assert socket.poll(SECONDS * 1000)
        _, reply = right.recv(socket)
        assert reply["parent_header"]["msg_id"] == asked["header"]["msg_id"], "the first answer is to who has the key"
        assert reply["content"]["status"] == "ok" and not socket.poll(0)
    kernels = ask(daemon, "alice", "GET", "/api/kernels").json()
    assert len(kernels) == (2 if which == "tenant" else 1), "a stranger's session is no kernel"
    assert ask(daemon, "bob", "GET", "/api/kernels").json() == []
