"""The quotas of a tenant: what is beyond is refused in words, and no race lets one more through."""

import contextlib
import hashlib
import selectors
import socket
import time

import pytest
from deadline import eventually
from jupyter_ws import ClosedByServer, Refused
from test_rest import assert_error

RACERS, ROUNDS = 200, 25


def config(quotas):
    digest = hashlib.sha256(b"bob").hexdigest()
    return (
        f"auth: {{tokens: [{{name: bob, tenant: bob, sha256: {digest}, rights: [read, execute]}}]}}\n"
        f"tenants: {{alice: {{quotas: {quotas}}}}}\n"
    )


@pytest.fixture
def tenant(fresh_daemon):
    """Makes a daemon where the tenant of its token has these quotas, and another tenant, bob, the defaults."""

    def make(quotas, more=""):
        digest = hashlib.sha256(b"alice").hexdigest()
        entry = f"tokens: [{{name: alice, tenant: alice, sha256: {digest}, rights: [read, execute, admin]}}, "
        daemon = fresh_daemon(config=config(quotas).replace("tokens: [", entry) + more)
        daemon.token, daemon.authorization = "alice", {"Authorization": "token alice"}
        return daemon

    return make


def bobs(daemon):
    return {"authorized": False, "headers": {"Authorization": "token bob"}}


# --- the race


class Racers:
    """Connections that each send a request at the same moment."""

    def __init__(self, daemon):
        self.sockets = [socket.create_connection(("127.0.0.1", daemon.port), 30) for _ in range(RACERS)]

    def race(self, method, path, headers="", body=""):
        """The status of every answer."""
        for number, each in enumerate(self.sockets):
            text = body.replace("{number}", str(number))
            head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: token alice\r\n{headers}"
            each.sendall(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
        answers = dict.fromkeys(self.sockets, b"")
        with selectors.DefaultSelector() as selector:
            for each in self.sockets:
                selector.register(each, selectors.EVENT_READ)
            deadline = time.monotonic() + 30
            while selector.get_map():
                assert time.monotonic() < deadline
                for key, _ in selector.select(1):
                    data = key.fileobj.recv(65536)
                    assert data, "the connection was closed"
                    answers[key.fileobj] += data
                    if complete(answers[key.fileobj]):
                        selector.unregister(key.fileobj)
        return [int(answer[9:12]) for answer in answers.values()]

    def close(self):
        for each in self.sockets:
            each.close()


def complete(answer):
    head, found, body = answer.partition(b"\r\n\r\n")
    length = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), None)
    return bool(found) and len(body) >= int(length.split(b":")[1] if length else 0)


@pytest.mark.timeout(180)
def test_exactly_one_gets_the_last_kernel(tenant):
    daemon = tenant("{kernels_max: 3}")
    with contextlib.closing(Racers(daemon)) as racers:
        kept = [daemon.start_kernel() for _ in range(2)]
        for number in range(ROUNDS):
            statuses = racers.race("POST", "/api/kernels", body="")
            assert sorted(set(statuses)) == [201, 403] and statuses.count(201) == 1, number
            kernels = [kernel["id"] for kernel in daemon.get("/api/kernels").json()]
            assert len(kernels) == 3
            (last,) = set(kernels) - set(kept)
            daemon.stop_kernel(last)
    assert len(daemon.get("/api/kernels").json()) == 2


@pytest.mark.timeout(180)
def test_exactly_one_gets_the_last_session(tenant):
    daemon = tenant("{sessions_max: 1, kernels_max: 0}")
    body = '{"path": "{number}", "type": "notebook", "kernel": {"name": "python3"}}'
    with contextlib.closing(Racers(daemon)) as racers:
        for number in range(ROUNDS):
            statuses = racers.race("POST", "/api/sessions", body=body)
            assert sorted(set(statuses)) == [201, 403] and statuses.count(201) == 1, number
            (session,) = daemon.get("/api/sessions").json()
            assert len(daemon.get("/api/kernels").json()) == 1, "who got no session got a kernel"
            assert daemon.delete(f"/api/sessions/{session['id']}").status_code == 204


@pytest.mark.timeout(180)
def test_exactly_one_gets_the_last_connection(tenant):
    daemon = tenant("{connections_max: 1}")
    path = f"/api/kernels/{daemon.start_kernel()}/channels"
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )

    def in_use():
        return daemon.get("/metrics").text.count('corncob_quota_used{quota="connections_max",tenant="alice"} 1\n')

    for number in range(ROUNDS // 5):
        with contextlib.closing(Racers(daemon)) as racers:
            statuses = racers.race("GET", path, upgrade, "")
            assert sorted(set(statuses)) == [101, 403] and statuses.count(101) == 1, number
        eventually(lambda: in_use() == 0)


# --- what there is many of


def test_kernels(tenant):
    daemon = tenant("{kernels_max: 1}")
    daemon.start_kernel()
    assert "kernels_max is 1, and 1 are in use" in assert_error(daemon.post("/api/kernels"), 403)["message"]
    assert daemon.post("/api/kernels", **bobs(daemon)).status_code == 201, "it is another tenant's"


def test_sessions(tenant):
    daemon = tenant("{sessions_max: 2}")

    def create(path):
        return daemon.post("/api/sessions", json={"path": path, "type": "notebook", "kernel": {"name": "python3"}})

    first = create("a").json()
    assert create("b").status_code == 201
    assert "sessions_max is 2, and 2 are in use" in assert_error(create("c"), 403)["message"]
    assert create("a").json()["id"] == first["id"], "it is there already"
    assert len(daemon.get("/api/kernels").json()) == 2, "no kernel was started in vain"
    assert daemon.delete(f"/api/sessions/{first['id']}").status_code == 204
    assert create("c").status_code == 201


def test_connections(tenant):
    daemon = tenant("{connections_max: 1}")
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id):
        with pytest.raises(Refused) as refused:
            daemon.client(kernel_id)
        assert refused.value.status == 403 and b"connections_max is 1, and 1 are in use" in refused.value.body

    def free():
        with contextlib.suppress(Refused):
            daemon.client(kernel_id).close()
            return True
        return False

    eventually(free)


def test_subshells(tenant):
    daemon = tenant("{subshells_max: 1}")
    with daemon.client(daemon.start_kernel()) as client:
        assert client.request("create_subshell_request", channel="control").reply["status"] == "ok"
        refused = client.request("create_subshell_request", channel="control").reply
        assert refused["ename"] == "TooManySubshells" and "subshells_max is 1" in refused["evalue"]


THREADS = """
import threading
release = threading.Event()
threads = []
try:
    for _ in range(10):
        threads.append(threading.Thread(target=release.wait))
        threads[-1].start()
except RuntimeError as problem:
    print(problem)
print(len(threads) - 1)
"""


def test_threads(tenant):
    daemon = tenant("{threads_max: 3}")
    with daemon.client(daemon.start_kernel()) as client:
        printed = client.run(THREADS).text()
        assert "threads_max is 3" in printed and printed.endswith("\n3\n")
        client.run("release.set()\nfor thread in threads[:3]: thread.join()")
        again = "threads = [threading.Thread(target=int) for _ in range(3)]\nfor each in threads: each.start()"
        for _ in range(3):
            client.run(again + "\nfor each in threads: each.join()")
        assert client.execute("threads[0].start()").reply["ename"] == "RuntimeError"
        client.run(again + "\nfor each in threads: each.join()")
    metrics = daemon.get("/metrics").text
    assert 'corncob_limit_hits_total{limit="threads_max",tenant="alice"} 1' in metrics


# --- how often, how long, how much


def test_requests_a_second(tenant):
    daemon = tenant("{requests_per_second_max: 5}")
    answers = [daemon.get("/api/kernels") for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "40 requests came in less than 7 s"
    assert refused[0].headers["Retry-After"] == "1"
    assert "requests_per_second_max is 5" in refused[0].json()["message"]
    assert [daemon.get("/api/kernels", **bobs(daemon)).status_code for _ in range(20)] == [200] * 20
    eventually(lambda: daemon.get("/api/kernels").status_code == 200)


def test_messages_a_second(tenant):
    daemon = tenant("{requests_per_second_max: 20}")
    client = daemon.client(daemon.start_kernel())
    sent = [client.send("kernel_info_request") for _ in range(100)]
    sent.append(client.send("interrupt_request", channel="control"))
    exchanges = client.collect(*sent)
    refused = [each.reply for each in exchanges if each.reply["status"] == "error"]
    assert refused and all(reply["ename"] == "TooManyRequests" for reply in refused)
    assert "requests_per_second_max is 20" in refused[0]["evalue"]
    assert exchanges[-1].reply["status"] == "ok", "what ends something is let through"
    eventually(lambda: client.execute("1 + 1").reply["status"] == "ok")
    client.close(check=False)


def test_a_cells_time(tenant):
    daemon = tenant("{cell_seconds_max: 1}")
    with daemon.client(daemon.start_kernel()) as client:
        client.run("kept = 1")
        stopped = client.execute("import time\ntime.sleep(600)")
        assert stopped.reply["ename"] == "KeyboardInterrupt"
        assert "cell_seconds_max: this cell has run for the 1 s" in stopped.text("stderr")
        client.run("kept")
    assert 'corncob_limit_hits_total{limit="cell_seconds_max",tenant="alice"} 1' in daemon.get("/metrics").text


def test_the_size_of_a_message(tenant):
    daemon = tenant("{message_bytes_max: 2000}")
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.run("1")
    client = daemon.client(kernel_id)
    client.send_execute("#" * 3000)
    with pytest.raises(ClosedByServer) as closed:
        client.receive()
    assert closed.value.code == 1009
    kernel_id = daemon.post("/api/kernels", **bobs(daemon)).json()["id"]
    with daemon.client(kernel_id, token="bob") as client:
        client.run("#" * 3000)


def test_idle_time(tenant):
    daemon = tenant("{idle_seconds_max: 1}", "kernels: {cull_interval_seconds: 1}\n")
    daemon.start_kernel()
    kept = daemon.post("/api/kernels", **bobs(daemon)).json()["id"]
    eventually(lambda: daemon.get("/api/kernels").json() == [], 20)
    assert [kernel["id"] for kernel in daemon.get("/api/kernels", **bobs(daemon)).json()] == [kept]


def test_each_refusal_is_in_the_log_and_the_metrics(tenant):
    daemon = tenant("{kernels_max: 1, sessions_max: 1, requests_per_second_max: 0}")
    daemon.start_kernel()
    for _ in range(3):
        assert daemon.post("/api/kernels").status_code == 403
    eventually(lambda: "audit=quota tenant=alice quota=kernels_max times=1" in daemon.log())
    assert 'corncob_refused_requests_total{reason="kernels_max",tenant="alice"} 3' in daemon.get("/metrics").text
