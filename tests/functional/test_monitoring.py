"""The dashboard and the alerts of deploy/docker/: every expression has data of a real load, in a real Prometheus."""

import json
import math
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from daemon import ROOT
from deadline import eventually
from fake_hub import FakeHub, user
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from monitoring import (
    DASHBOARD,
    DEPLOY,
    PROMETHEUS_CONFIG,
    RULES,
    dashboard,
    expressions,
    left_sides,
    panels,
    prometheus_config,
    rules,
    variables,
)
from programs import free_port
from prometheus import Prometheus
from test_metrics import SCRAPER, as_tenant, digest, start_kernel

ALERTS_TEST = Path(__file__).with_name("alerts_test.yml")
LOUD = 20_000_000  # characters: more than a socket's buffers and the outbox hold

NOT_SHOWN = {"corncob_process_virtual_memory_bytes"}
OF_A_CONTAINER = "corncob_container_"  # absent without a limit: tests/deploy/test_composition.py has one

CONFIG = """
server: {{message_bytes_max: 1048576, outbox_bytes_max: 1048576, slow_client_timeout_seconds: 1}}
auth:
  tokens: [{{name: laptop, tenant: bob, sha256: {bob}, rights: [read, execute]}}]
tenants:
  defaults: {{quotas: {{kernels_max: 3}}}}
  eve: {{quotas: {{idle_seconds_max: 5, output_bytes_max: 1000}}}}
kernels: {{cull_interval_seconds: 1}}
metrics: {{port: {port}, token_required: true, token_sha256: {scraper}}}
"""


@pytest.fixture
def hub():
    hub = FakeHub({name: user(name) for name in ("ada", "eve")})
    yield hub
    hub.stop()


@pytest.fixture
def watched(fresh_daemon, hub, tmp_path):
    """A daemon behind a Hub, and Prometheus with the configuration that is shipped."""
    port, token_file = free_port(), tmp_path / "metrics_token"
    token_file.write_text(SCRAPER)
    daemon = fresh_daemon(
        config=CONFIG.format(port=port, bob=digest("bob"), scraper=digest(SCRAPER)),
        env=hub.environment,
    )
    prometheus = Prometheus(tmp_path, prometheus_config(port, token_file))
    yield daemon, prometheus
    prometheus.stop()


def load(daemon, hub):
    """Everything that the dashboard shows happens once or more."""
    kernels = {tenant: start_kernel(daemon, tenant) for tenant in ("ada", "bob")}
    for tenant, kernel_id in kernels.items():
        with daemon.client(kernel_id, token=tenant) as client:
            run_cells(daemon, client, tenant)
    ask_for_what_is_refused(daemon, hub)
    run_cached_cells(daemon)
    eve = start_kernel(daemon, "eve")  # prints more than she may, and is culled
    with daemon.client(eve, token="eve") as client:
        client.execute("print('x' * 10000)")
    be_cut_off(daemon, kernels["bob"])
    eventually(lambda: daemon.get(f"/api/kernels/{eve}", **as_tenant("eve")).status_code == 404, timeout=30)
    for tenant, kernel_id in kernels.items():
        assert daemon.delete(f"/api/kernels/{kernel_id}", **as_tenant(tenant)).status_code == 204


def run_cells(daemon, client, tenant):
    for _ in range(5):
        client.run("print('out'); 1 + 1")
    client.collect(client.send_execute("1 / 0"), client.send_execute("'never'"))
    client.request("kernel_info_request")
    sleeping = client.send_execute("print('on', flush=True); import time; time.sleep(60)")
    client.wait_for_output("on")
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt", **as_tenant(tenant))
    client.collect(sleeping)


def run_cached_cells(daemon):
    cached = daemon.post("/api/kernels", json={"name": "python3-cache"}, **as_tenant("ada")).json()["id"]
    with daemon.client(cached, token="ada") as client:
        for code in ("x = 1", "y = x + 1", "y = x + 1"):
            client.run(code)
        ended = client.send_execute("exit()")  # and it begins anew
        client.collect(ended)
        eventually(lambda: "audit=restart" in daemon.log())
    assert daemon.delete(f"/api/kernels/{cached}", **as_tenant("ada")).status_code == 204


def ask_for_what_is_refused(daemon, hub):
    more = [start_kernel(daemon, "ada") for _ in range(2)]
    assert daemon.post("/api/kernels", **as_tenant("ada")).status_code == 403
    for kernel_id in more:
        daemon.delete(f"/api/kernels/{kernel_id}", **as_tenant("ada"))
    assert daemon.get("/api/kernels", **as_tenant("guess")).status_code == 403
    hub.broken = True
    assert daemon.get("/api/kernels", **as_tenant("late")).status_code == 503
    hub.broken = False


def be_cut_off(daemon, kernel_id):
    broken = daemon.client(kernel_id, token="bob")
    broken.send_frame(b"\0" * 3)
    broken.close(check=False)
    lazy = daemon.client(kernel_id, token="bob")
    with daemon.client(kernel_id, token="bob") as client:
        client.execute(f"for _ in range({LOUD // 10000}): print('x' * 10000)")
    lazy.close(check=False)


def finite(found):
    return [value for _, value in found if math.isfinite(value)]


@pytest.mark.timeout(150)
def test_every_expression_has_data(watched, hub):
    """The load comes twice, with scrapes between: a rate is of a counter that was there before."""
    daemon, prometheus = watched
    prometheus.wait_for_scrapes(1)
    load(daemon, hub)
    prometheus.wait_for_scrapes(2)
    load(daemon, hub)
    kernel_id = start_kernel(daemon, "ada")
    with daemon.client(kernel_id, token="ada") as client:
        client.run("1")
        prometheus.wait_for_scrapes(2)
        everybody, somebody = values_of_variables(prometheus)
        asked = list(expressions(dashboard(), everybody))
        here = [(title, each) for title, each in asked if OF_A_CONTAINER not in each]
        assert len(here) == len(asked) - 4
        empty = [f"{title}: {each}" for title, each in here if not finite(prometheus.query(each))]
        assert not empty, "no data:\n" + "\n".join(empty)
        for _, expression in expressions(dashboard(), somebody):
            prometheus.query(expression)  # raises if it makes no sense
    for rule in rules():
        for side in left_sides(rule["expr"]):
            assert OF_A_CONTAINER in side or finite(prometheus.query(side)), (
                f"{rule.get('alert') or rule['record']}: no data: {side}"
            )
    told = [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
    assert len(told) == len(rules())
    assert not [rule for rule in told if rule["health"] != "ok"]


def values_of_variables(prometheus):
    """Of the dashboard's variables: as if all were chosen, and one of each."""
    found = {
        name: prometheus.api(f"label/{label}/values", **{"match[]": metric})
        for name, (metric, label) in variables(dashboard()).items()
    }
    assert found["tenant"] == ["ada", "bob", "eve"]
    return dict.fromkeys(found, ".*"), {name: values[0] for name, values in found.items()}


def promtool(*arguments):
    ended = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_promtool_takes_rules_and_configuration(tmp_path):
    for what, path in (("rules", RULES), ("config", PROMETHEUS_CONFIG)):
        status, said = promtool("check", what, *(["--syntax-only"] if what == "config" else []), str(path))
        assert status == 0, said
    broken = tmp_path / "alerts.yml"
    broken.write_text(RULES.read_text().replace("changes(", "changed("))
    assert promtool("check", "rules", str(broken))[0] != 0, "promtool would say nothing to anything"


def test_every_alert_fires_and_does_not():
    status, said = promtool("test", "rules", str(ALERTS_TEST))
    assert status == 0, said
    fired = set(re.findall(r'alertname="(\w+)"', ALERTS_TEST.read_text()))
    assert fired == {rule["alert"] for rule in rules() if "alert" in rule}


def test_every_alert_says_what_it_is():
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("critical", "warning"), rule
            assert set(rule["annotations"]) == {"summary", "description"}, rule


def test_every_panel_asks_the_provisioned_data_source():
    provisioned = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())
    source = {"type": "prometheus", "uid": provisioned["datasources"][0]["uid"]}
    board = dashboard()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert all(panel["datasource"] == source for panel in panels(board))
    assert all(variable["datasource"] == source for variable in board["templating"]["list"])


def lost(given, kept, place=""):
    """What is in the one and not in the other."""
    if isinstance(given, dict):
        kept = kept if isinstance(kept, dict) else {}
        return [each for key, value in given.items() for each in lost(value, kept.get(key), f"{place}.{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = enumerate(zip(given, kept, strict=True))
        return [each for number, pair in pairs for each in lost(*pair, f"{place}[{number}]")]
    return [] if given == kept else [f"{place}: {given!r}"]


def test_grafana_knows_every_key_of_the_dashboard():
    """By Grafana's own models: what they do not know, they do not keep."""

    def kept(board):
        return json.loads(JSONEncoder().encode(Dashboard.from_json(board)))

    plugins.register_default_plugins()
    assert lost(dashboard(), kept(dashboard())) == []
    misspelt = dashboard()
    misspelt["panels"][1]["fieldConfig"]["defaults"]["units"] = "s"
    assert lost(misspelt, kept(misspelt)) == [".panels[1].fieldConfig.defaults.units: 's'"]


def test_every_metric_of_the_daemon_is_shown_or_needs_no_picture():
    """A metric that nobody looks at is found when somebody needs it: never."""
    text = DASHBOARD.read_text() + RULES.read_text()
    declared = (ROOT / "server" / "metrics" / "declarations.cpp").read_text()
    names = set(re.findall(r'"(corncob_\w+)"', declared))
    assert len(names) > 40
    assert {name for name in names if name not in text} == NOT_SHOWN
