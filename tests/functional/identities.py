"""Two tenants, some tokens of each, a Hub with users of its own: a daemon for tests of who may do what."""

import contextlib
import datetime
import hashlib
import itertools
import json

import requests
from daemon import Daemon
from fake_hub import FakeHub, user

OF_THE_HUB = {
    "carol": user("carol"),
    "operator": user("operator", admin=True),
    "dots": user(".."),
    "climber": user("../../climber"),
    "unscoped": user("dave", scopes=["access:services!service=another"]),
}
SECRETS = {name: f"the token of {name}" for name in ("alice", "reader", "bob", "ops", "late")}
SECRETS |= {name: f"the-hub-s-token-of-{name}" for name in OF_THE_HUB}
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
    + "  jupyterhub: {admin_by: hub}\n"
    + "tenants:\n  alice: {zmq: true, quotas: {kernels_max: 3}}\n  bob: {zmq: true}\nlog: {level: debug}\n"
)

OF_NOBODY = {
    "none": {},
    "empty": {"Authorization": "token "},
    "wrong": {"Authorization": "token wrong"},
    "another scheme": {"Authorization": "Basic dGhlIHRva2Vu"},
    "expired": {"Authorization": f"token {SECRETS['late']}"},
    "the digest": {"Authorization": f"token {hashlib.sha256(SECRETS['alice'].encode()).hexdigest()}"},
    "one letter less": {"Authorization": f"token {SECRETS['alice'][:-1]}"},
    "no token behind the word": {"Authorization": "token"},
    "no word before the token": {"Authorization": SECRETS["alice"]},
    "two tokens": {"Authorization": f"token {SECRETS['alice']} {SECRETS['bob']}"},
    "no text": {"Authorization": b"token \xff\xfe"},
    "very long": {"Authorization": "token " + "x" * 10_000},
    "not for this service": {"Authorization": f"token {SECRETS['unscoped']}"},
}


@contextlib.contextmanager
def serving(folder):
    """A daemon with all of them, and the Hub that it asks."""
    hub = FakeHub({SECRETS[name]: model for name, model in OF_THE_HUB.items()})
    try:
        daemon = Daemon(folder / "daemon.log", config=CONFIG, env=hub.environment)
        yield daemon
        daemon.stop()
    finally:
        hub.stop()


def tidy(daemon):
    """Ends all kernels."""
    for kernel in ask(daemon, "ops", "GET", "/api/admin/kernels").json():
        ask(daemon, "ops", "DELETE", f"/api/admin/kernels/{kernel['tenant']}/{kernel['id']}")


class FromAddress(requests.adapters.HTTPAdapter):
    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


addresses = (f"127.1.{a}.{b}" for a, b in itertools.product(range(256), range(1, 255)))


def ask(daemon, who, method, path, address=None, headers=None, **more):
    """Who has no token comes from another address each time, unless one is given: guesses are slowed down."""
    if who not in OF_NOBODY:
        headers = {"Authorization": f"Bearer {SECRETS[who]}", **(headers or {})}
        return daemon.request(method, path, authorized=False, headers=headers, **more)
    with requests.Session() as http:
        http.trust_env = False
        http.mount("http://", FromAddress(address or next(addresses)))
        return http.request(
            method, daemon.url + path, headers={**OF_NOBODY[who], **(headers or {})}, timeout=30, **more
        )


def started(daemon, who):
    """The ids of a session of `who` and its kernel."""
    body = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    session = ask(daemon, who, "POST", "/api/sessions", json=body).json()
    return {"session": session["id"], "kernel": session["kernel"]["id"]}


def filled(path, ids):
    return path.format(**ids)


def endpoints(daemon):
    """Of both tenants, and of one of alice's kernels: the connection, and another tenant's key."""
    run = daemon.log_path.parent / "run" / "corncob"
    alice, bob = (json.loads((run / name / "kernel.json").read_text()) for name in ("alice", "bob"))
    kernel = started(daemon, "alice")["kernel"]
    of_kernel = ask(daemon, "alice", "GET", f"/api/kernels/{kernel}/connection").json()
    return {"tenant": (alice, bob["key"]), "kernel": (of_kernel, alice["key"])}
