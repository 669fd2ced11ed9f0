"""What one tenant can learn of another's, and anybody of tokens: nothing."""

import hashlib
import statistics
import time

import pytest
from deadline import eventually
from identities import SECRETS, ask, endpoints, filled, serving, started, tidy
from jupyter_ws import KernelClient, Refused
from test_identities import MATRIX
from test_rest import NOWHERE, assert_error


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


@pytest.fixture
def own_daemon(tmp_path, request):
    """For a test that ends it, or has it wait."""
    with serving(tmp_path) as daemon:
        request.node.daemons = [daemon]
        yield daemon


def test_anothers_kernels_are_not_there(daemon):
    """A guessed id of another tenant's gets the very answer of one that nobody has."""
    ids, own = started(daemon, "alice"), started(daemon, "bob")
    for method, path in MATRIX["read"] + MATRIX["execute"]:
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


def test_nor_is_anothers_history(daemon):
    everything = {"hist_access_type": "search", "pattern": "*", "n": 1000, "output": True, "raw": True}
    cells = {}
    for who in ("alice", "bob", "alice"):
        kernel = ask(daemon, who, "POST", "/api/kernels").json()["id"]
        with daemon.client(kernel, token=SECRETS[who]) as client:
            client.run(f"'only {who} knows'")
            cells[who] = str(client.request("history_request", everything).reply["history"])
    assert cells["alice"].count("only alice knows") >= 2, "it is there, of an earlier kernel too"
    assert "alice" not in cells["bob"] and "only bob knows" in cells["bob"]


def test_nor_is_what_another_has_stored(daemon):
    """By `%store` and `%bookmark`, which are for the next kernel."""
    stored = {}
    for who in ("alice", "bob", "alice"):
        kernel = ask(daemon, who, "POST", "/api/kernels").json()["id"]
        with daemon.client(kernel, token=SECRETS[who]) as client:
            client.run("%load_ext storemagic\n%store -r\n%bookmark home /")
            stored[who] = client.run("sorted(name for name in globals() if name.startswith('only_'))").result
            client.run(f"only_{who} = 1\n%store only_{who}")
    assert stored == {"alice": "['only_alice']", "bob": "[]"}


def test_users_of_the_hub_that_are_called_like_folders(daemon):
    """Tenants' folders are called like tenants: such a user's by a digest."""
    for who in ("dots", "climber"):
        with daemon.client(started(daemon, who)["kernel"], token=SECRETS[who]) as client:
            client.run("1 + 1")
    place = daemon.log_path.parent / "state" / "corncob"

    def folders():
        return {file.relative_to(place.parent).parts[:2] for file in place.parent.rglob("*") if file.is_file()}

    eventually(lambda: len([name for _, name in folders() if name.startswith("sha256@")]) == 2)
    assert not [path for path in folders() if path[0] != "corncob"]
    assert not list(daemon.log_path.parent.parent.rglob("climber*"))


def test_nor_does_the_time_tell(daemon):
    """Asked in turns, so that what else the machine does falls on both."""
    there, tries = started(daemon, "alice")["kernel"], []

    def ratio():
        times = {there: [], NOWHERE: []}
        for _ in range(200):
            for kernel, taken in times.items():
                begin = time.perf_counter()
                assert ask(daemon, "bob", "GET", f"/api/kernels/{kernel}").status_code == 404
                taken.append(time.perf_counter() - begin)
        tries.append(statistics.median(times[there]) / statistics.median(times[NOWHERE]))
        return tries[-1]

    assert any(2 / 3 < ratio() < 3 / 2 for _ in range(3)), tries


def test_the_operator(own_daemon):
    daemon = own_daemon
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


def test_who_guesses_waits_and_nobody_else(own_daemon):
    daemon = own_daemon
    for _ in range(8):
        assert_error(ask(daemon, "wrong", "GET", "/api/kernels", "127.0.0.1"), 403)
    begin = time.monotonic()
    assert_error(ask(daemon, "wrong", "GET", "/api/kernels", "127.0.0.1"), 403)
    assert time.monotonic() - begin >= 0.5
    times = []
    for _ in range(20):
        begin = time.monotonic()
        assert ask(daemon, "alice", "GET", "/api/kernels").status_code == 200
        assert_error(ask(daemon, "none", "GET", "/api/kernels", "127.0.0.1"), 403)
        times.append(time.monotonic() - begin)
    assert statistics.median(times) < 0.5


def test_no_token_is_written_down(daemon):
    """In no line of the log, however much it says, in no metric and in no error."""
    said = []
    info, key = endpoints(daemon)["kernel"]
    for who in SECRETS:
        said.append(ask(daemon, who, "GET", f"/api/kernels/{NOWHERE}").text)
        for path in ("/api/kernels", f"/api/kernels/{NOWHERE}", "/nowhere", "/api/admin/kernels", "/%ff"):
            more = {"headers": {"Authorization": f"token {SECRETS[who]}", "Cookie": f"token={SECRETS[who]}"}}
            answer = daemon.request("GET", f"{path}?token={SECRETS[who]}", authorized=False, **more)
            said += [answer.text, str(answer.headers)]
        with pytest.raises(Refused) as refused:
            KernelClient(daemon.url, NOWHERE, query=f"&token={SECRETS[who]}")
        said.append(str(refused.value.body))
    said.append(ask(daemon, "wrong", "GET", "/api/kernels?token=a-guess").text)
    eventually(lambda: "its token is nobody's" in daemon.log())
    said += [daemon.log_path.read_text(), ask(daemon, "none", "GET", "/metrics").text]
    digests = [hashlib.sha256(each.encode()).hexdigest() for each in SECRETS.values()]
    secrets = [*SECRETS.values(), *digests, "a-guess", info["key"], key, "the service's own token"]
    assert not [(word, text) for word in secrets for text in said if word in text]


def test_without_tokens_where_the_configuration_says_so(fresh_daemon):
    daemon = fresh_daemon(config="auth: {allow_anyone: true}\n")
    assert "token" not in daemon.url_line and daemon.authorization == {}
    with daemon.client(daemon.start_kernel(), headers=[f"Origin: {daemon.url}"]) as client:
        assert client.run("1 + 1").result == "2"
    assert_error(daemon.post("/api/kernels", headers={"Host": "rebound.example"}), 403)
    assert_error(daemon.post("/api/kernels", headers={"Origin": "https://evil.example"}), 403)
    assert_error(daemon.post("/api/kernels", headers={"Authorization": "token guess"}), 403)
