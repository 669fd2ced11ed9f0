"""/metrics: what Prometheus reads is what the clients did, to the unit."""

import hashlib
import os
import re
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from deadline import eventually
from programs import free_port
from prometheus import Prometheus, check_metrics, scraping
from zmq_clients import connected, run

TENANTS = ("ada", "bob")
SCRAPER = "the scraper's token"
CELLS = 40  # of each client
STARTS = "corncob_kernel_start_duration_seconds"


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def config(metrics, tenants=TENANTS):
    tokens = "".join(
        f"    - {{name: {name}, tenant: {name}, sha256: {digest(name)}, rights: [read, execute]}}\n" for name in tenants
    )
    return f"auth:\n  tokens:\n{tokens}tenants: {{defaults: {{quotas: {{kernels_max: 3}}}}}}\nmetrics: {metrics}\n"


def as_tenant(name):
    return {"authorized": False, "headers": {"Authorization": f"token {name}"}}


def start_kernel(daemon, tenant):
    response = daemon.post("/api/kernels", **as_tenant(tenant))
    assert response.status_code == 201, response.text
    return response.json()["id"]


def samples(text):
    """{name: {labels: value}} of an exposition."""
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
            labels = frozenset(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            found.setdefault(match[1], {})[labels] = float(match[3])
    return found


class Load(threading.Thread):
    """A client that runs cells of all kinds, and counts what it sends and gets."""

    def __init__(self, daemon, tenant, enough):
        super().__init__()
        self.daemon_process, self.tenant, self.enough = daemon, tenant, enough
        self.messages, self.cells, self.problem = Counter(), Counter(), None

    def run(self):
        try:
            kernel_id = start_kernel(self.daemon_process, self.tenant)
            with self.daemon_process.client(kernel_id, token=self.tenant) as client:
                while not self.enough.is_set() or self.cells["ok"] < CELLS:
                    self.work(client)
                asked = client.send_execute("input('? ')", allow_stdin=True)
                client.answer(client.wait_for(lambda m: m.msg_type == "input_request"), "x")
                client.collect(asked)
                self.cells["ok"] += 1
            self.count(client)
        except BaseException as problem:  # shown by the test
            self.problem = problem

    def work(self, client):
        client.run("print('out', flush=True); 1 + 1")
        failing = client.send_execute("1 / 0")
        aborted = client.send_execute("'never'")
        client.collect(failing, aborted)
        client.request("kernel_info_request")
        client.request("complete_request", {"code": "impo", "cursor_pos": 4})
        statuses = [client.exchanges[msg_id].reply["status"] for msg_id in (failing, aborted)]
        assert statuses[0] == "error"
        self.cells.update(["ok", *statuses])

    def count(self, client):
        for exchange in client.exchanges.values():
            self.messages[exchange.request.channel, exchange.request.msg_type, "in"] += 1
        self.messages["stdin", "input_reply", "in"] += 1
        for message in client.received:
            self.messages[message.channel, message.msg_type, "out"] += 1


@pytest.fixture
def watched(fresh_daemon, tmp_path):
    """A daemon with a port of its own for /metrics, which asks for a token, and Prometheus, which has it."""
    port = free_port()
    metrics = f"{{port: {port}, token_required: true, token_sha256: {digest(SCRAPER)}}}"
    daemon = fresh_daemon(config=config(metrics))
    prometheus = Prometheus(tmp_path, scraping(port, SCRAPER))
    yield daemon, prometheus
    prometheus.stop()


def under_load(daemon, prometheus):
    enough = threading.Event()
    clients = [Load(daemon, tenant, enough) for tenant in TENANTS for _ in range(2)]
    for client in clients:
        client.start()
    try:
        prometheus.wait_for_scrapes(5)
    finally:
        enough.set()
        for client in clients:
            client.join(60)
    for client in clients:
        if client.problem:
            raise client.problem
    return clients


@pytest.mark.timeout(120)
def test_prometheus_says_what_the_clients_did(watched):
    daemon, prometheus = watched
    prometheus.wait_for_scrapes(1)
    clients = under_load(daemon, prometheus)
    sent = sum((client.messages for client in clients), Counter())
    prometheus.wait_for_scrapes(2)

    counted = {
        (labels["channel"], labels["msg_type"], labels["direction"]): value
        for labels, value in prometheus.query("corncob_messages_total")
    }
    assert counted == dict(sent)
    for tenant in TENANTS:
        cells = sum((client.cells for client in clients if client.tenant == tenant), Counter())
        told = prometheus.query(f'corncob_cells_total{{tenant="{tenant}"}}')
        assert {labels["status"]: value for labels, value in told} == dict(cells)
        assert prometheus.value(f'corncob_kernels_started_total{{tenant="{tenant}"}}') == 2
        assert prometheus.value(f'sum(corncob_kernels{{tenant="{tenant}"}})') == 2
        assert prometheus.value(f'corncob_quota_used{{tenant="{tenant}",quota="kernels_max"}}') == 2
        assert prometheus.value(f'corncob_quota_limit{{tenant="{tenant}",quota="kernels_max"}}') == 3
    ran = sum(client.cells["ok"] + client.cells["error"] for client in clients)
    for histogram in ("corncob_execute_duration_seconds", "corncob_queue_wait_seconds"):
        assert prometheus.value(f"{histogram}_count") == ran
        assert prometheus.value(f'{histogram}_bucket{{le="+Inf"}}') == ran
        assert 0 <= prometheus.value(f"histogram_quantile(0.5, sum by (le) (rate({histogram}_bucket[10m])))") < 10
    assert prometheus.query(f"{STARTS}_count") == [({"kernel_name": "python3"}, len(clients))]
    assert prometheus.value(f'{STARTS}_bucket{{le="+Inf"}}') == len(clients)
    assert prometheus.value('corncob_http_requests_total{method="POST",status="201"}') == len(clients)
    assert prometheus.value('corncob_http_requests_total{status="101"}') == len(clients)
    eventually(lambda: prometheus.value('corncob_connections{door="websocket"}') == 0)
    assert prometheus.value("corncob_tenants") == len(TENANTS)
    assert 0 < prometheus.value("time() - corncob_start_time_seconds") < 120
    assert prometheus.value("corncob_gil_wait_seconds_count") > 0
    assert prometheus.value("corncob_process_cpu_seconds_total") > 0


def scrape(daemon, **headers):
    response = daemon.get("/metrics", authorized=False, headers=headers)
    assert response.status_code == 200, response.text
    return response.text


def test_promtool_finds_nothing_to_say(fresh_daemon):
    daemon = fresh_daemon()
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.run("print(1)")
        client.execute("1 / 0")
        client.request("kernel_info_request", channel="control")
    daemon.get("/nowhere", authorized=False)
    assert check_metrics(scrape(daemon)) == ""
    assert check_metrics("corncob_x 1\n") != "", "promtool would say nothing to anything"


def starts(daemon):
    """{kernelspec: (how many starts, their seconds together)}"""
    found = samples(scrape(daemon))
    sums = found.get(f"{STARTS}_sum", {})
    return {dict(each)["kernel_name"]: (count, sums[each]) for each, count in found.get(f"{STARTS}_count", {}).items()}


def test_each_start_of_a_kernel_is_timed(fresh_daemon):
    daemon = fresh_daemon(config="{tenants: {defaults: {zmq: true}}, kernels: {prespawn_count: 0}}")
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.request("kernel_info_request")
        assert starts(daemon) == {}, "nothing has needed its Python yet"
        begun = time.monotonic()
        for expected in (1, 1):  # the second cell finds it there
            client.run("1")
            assert starts(daemon)["python3"][0] == expected
        assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
        client.run("1")
        assert starts(daemon)["python3"][0] == 2
        client.collect(client.send_execute("exit()"))  # and it begins anew
        eventually(lambda: "audit=restart" in daemon.log())
        client.run("1")
        assert starts(daemon)["python3"][0] == 3
    session = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3-cache"}}
    started = daemon.post("/api/sessions", json=session).json()["kernel"]["id"]
    with daemon.client(started) as client:
        client.request("complete_request", {"code": "impo", "cursor_pos": 4})
    front_end = connected(daemon.log_path.parent / "run" / "corncob" / "default" / "kernel.json")
    run(front_end, "1")
    front_end.stop_channels()
    (count, seconds), cached = starts(daemon)["python3"], starts(daemon)["python3-cache"]
    assert (count, cached[0]) == (4, 1)
    assert 0 < seconds + cached[1] < time.monotonic() - begun, "they were started one after the other"


def test_a_kernel_that_finds_a_spare_is_timed_from_its_start(fresh_daemon):
    daemon = fresh_daemon()

    def one_is_timed():
        if "python3" in starts(daemon):
            return True
        daemon.start_kernel()  # without a client: it gets ready, or there was no spare yet
        return False

    eventually(one_is_timed)


def test_buckets_of_starts_are_those_of_milliseconds(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        client.run("1")
    found = {float(dict(labels)["le"]): count for labels, count in samples(scrape(daemon))[f"{STARTS}_bucket"].items()}
    assert (min(found), max(bound for bound in found if bound != float("inf"))) == (0.0005, 10)
    assert sorted(found.values()) == [found[bound] for bound in sorted(found)] and found[float("inf")] == 1


def test_an_interrupt_is_counted_and_timed(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        cell = client.send_execute("print('on', flush=True); import time; time.sleep(60)")
        client.wait_for_output("on")
        assert samples(scrape(daemon))["corncob_kernels"] == {
            frozenset({("tenant", "default"), ("kernel_name", "python3"), ("execution_state", "busy")}): 1
        }
        daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
        client.collect(cell)
        found = samples(scrape(daemon))
        assert found["corncob_interrupts_total"][frozenset()] == 1
        assert found["corncob_interrupt_duration_seconds_count"][frozenset()] == 1
        assert found["corncob_interrupt_duration_seconds_sum"][frozenset()] < 20
        assert found["corncob_connections"][frozenset({("door", "websocket")})] == 1


def test_what_the_cache_had_is_counted(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel(name="python3-cache")) as client:
        for code in ("x = 1", "y = x + 1", "y = x + 1", "import time; time.time()"):
            client.run(code)
    found = samples(scrape(daemon))
    labels = frozenset({("tenant", "default")})
    assert (found["corncob_cache_hits_total"][labels], found["corncob_cache_misses_total"][labels]) == (1, 2)


def test_what_is_refused_is_counted(fresh_daemon):
    daemon = fresh_daemon(config=config("{}"))
    for _ in range(3):
        start_kernel(daemon, "ada")
    for _ in range(2):
        assert daemon.post("/api/kernels", **as_tenant("ada")).status_code == 403
    assert daemon.get("/api/kernels", **as_tenant("nobody")).status_code == 403
    assert daemon.get("/api/kernels", authorized=False).status_code == 403
    kernel_id = start_kernel(daemon, "bob")
    client = daemon.client(kernel_id, token="bob")
    client.send_frame(b"\0" * 3)
    eventually(lambda: "corncob_dropped_messages_total" in samples(scrape(daemon)))
    client.close(check=False)
    found = samples(scrape(daemon))
    refused = frozenset({("tenant", "ada"), ("reason", "kernels_max")})
    assert found["corncob_refused_requests_total"] == {refused: 2}
    assert found["corncob_dropped_messages_total"] == {frozenset({("reason", "frame_too_short")}): 1}
    results = {dict(labels)["result"]: value for labels, value in found["corncob_authentications_total"].items()}
    assert results["refused"] == 1 and results["missing"] == 1


def test_labels_are_bounded(fresh_daemon):
    names = [f"tenant{number}" for number in range(6)]
    daemon = fresh_daemon(config=config("{tenant_labels_max: 2}", names))
    kernels = [start_kernel(daemon, name) for name in names]
    sessions = []
    for name, kernel_id in zip(names, kernels, strict=True):
        with daemon.client(kernel_id, token=name) as client:
            client.run("1")
            sessions.append(client.session)
    text = scrape(daemon)
    told = {dict(labels).get("tenant") for found in samples(text).values() for labels in found} - {None}
    assert told == {"tenant0", "tenant1", "other"}
    found = samples(text)
    assert found["corncob_cells_total"][frozenset({("tenant", "other"), ("status", "ok")})] == 4
    assert sum(found["corncob_kernels"].values()) == 6
    assert not [each for each in kernels + sessions + names[2:] if each in text]


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=1.0.0", "text/plain"])
def test_the_scraper_chooses_the_form(daemon, accept):
    response = daemon.get("/metrics", authorized=False, headers={"Accept": accept})
    assert response.headers["Content-Type"].startswith(accept.split(";")[0])
    assert response.text.endswith("# EOF\n") == accept.startswith("application")


def test_the_token_is_known_by_a_file_that_may_change(fresh_daemon, tmp_path):
    known = tmp_path / "metrics_token_sha256"
    known.write_text(digest(SCRAPER) + "\n")
    environment = {"CORNCOB_METRICS_TOKEN_SHA256_FILE": str(known)}
    daemon = fresh_daemon(config="metrics: {token_required: true}", env=environment)

    def status(token):
        return daemon.get("/metrics", **as_tenant(token)).status_code

    assert (status(SCRAPER), status("guess")) == (200, 403)
    known.write_text(digest("another"))
    daemon.read_configuration_again()
    eventually(lambda: "reloaded: changed: metrics.token_sha256" in daemon.log())
    assert (status("another"), status(SCRAPER)) == (200, 403)
    assert digest(SCRAPER) not in daemon.log()


def test_metrics_can_be_switched_off(fresh_daemon):
    assert fresh_daemon(config="metrics: {enabled: false}").get("/metrics").status_code == 404


def value(daemon, name, **labels):
    return samples(daemon.get("/metrics").text).get(name, {}).get(frozenset(labels.items()), 0)


def test_how_kernels_end(fresh_daemon):
    """By themselves, to be begun anew; stopped; culled."""
    daemon = fresh_daemon(config="kernels: {cull_idle_timeout_seconds: 4, cull_interval_seconds: 1}")
    kernel_id = daemon.start_kernel()
    client = daemon.client(kernel_id)  # it keeps the kernel from being culled
    client.execute("import os; os.abort()")
    client.wait_for_status("restarting")
    assert client.run("1 + 1").result == "2"
    daemon.stop_kernel(kernel_id)
    client.close(check=False)
    daemon.start_kernel()
    eventually(lambda: value(daemon, "corncob_kernels_culled_total", tenant="default") == 1, timeout=30)
    eventually(lambda: value(daemon, "corncob_kernels_ended_total", tenant="default") == 2)
    assert value(daemon, "corncob_kernel_autorestarts_total", tenant="default") == 1
    assert value(daemon, "corncob_kernels_started_total", tenant="default") == 2


def test_what_is_kept_for_a_client_that_may_come_back(fresh_daemon):
    daemon = fresh_daemon()
    kernel_id = daemon.start_kernel()
    gone = daemon.client(kernel_id)
    gone.run("1")
    gone.socket.sock.close()
    with daemon.client(kernel_id) as client:
        client.run("print('x' * 100_000)")
        eventually(lambda: value(daemon, "corncob_replay_bytes", tenant="default") > 100_000)
    daemon.stop_kernel(kernel_id)
    eventually(lambda: value(daemon, "corncob_replay_bytes", tenant="default") == 0)


def test_figures_of_the_process(fresh_daemon):
    daemon = fresh_daemon(config="kernels: {prespawn_count: 0}")  # nothing comes and takes memory meanwhile
    folder = Path("/proc", str(daemon.process.pid))
    eventually(lambda: value(daemon, "corncob_process_threads") == len(os.listdir(folder / "task")))
    told = dict(re.findall(r"(\w+):\s+(\d+)", (folder / "status").read_text()))
    figure = {name: value(daemon, f"corncob_process_{name}") for name in ("max_fds", "open_fds")}
    assert f"{figure['max_fds']:.0f} " in re.search("Max open files.*", (folder / "limits").read_text())[0]
    assert abs(figure["open_fds"] - len(os.listdir(folder / "fd"))) <= 3  # connections come and go
    for name, line in (("resident", "VmRSS"), ("virtual", "VmSize")):
        assert value(daemon, f"corncob_process_{name}_memory_bytes") == pytest.approx(int(told[line]) * 1024, rel=0.1)
