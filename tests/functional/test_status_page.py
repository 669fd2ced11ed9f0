"""The daemon's page at / in a real browser, what it asks for, and what it costs. Pictures: build/pictures/."""

import hashlib
import os
import re

import pytest
from browser import BROWSER_SECONDS, Browser
from deadline import eventually
from test_rest import assert_error

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]

TOKENS = {name: f"the token of {name}" for name in ("alice", "reader", "bob", "ops")}
OWNERS = {"alice": ("alice", "read, execute"), "reader": ("alice", "read"), "bob": ("bob", "read, execute"),
          "ops": ("operations", "admin")}  # fmt: skip
CONFIG = (
    "log: {level: debug}\n"
    "kernels: {prespawn_count: 0}\n"  # what they take would count for the cells that run meanwhile
    "auth:\n  tokens:\n"
    + "".join(
        f"    - {{name: {name}, tenant: {tenant}, sha256: {hashlib.sha256(TOKENS[name].encode()).hexdigest()},"
        f" rights: [{rights}]}}\n"
        for name, (tenant, rights) in OWNERS.items()
    )
    + "tenants:\n  alice: {zmq: true, quotas: {kernels_max: 4}}\n"
)
MIB = 1 << 20


@pytest.fixture
def daemon(fresh_daemon):
    return fresh_daemon(config=CONFIG)


def ask(daemon, who, method, path, **more):
    return daemon.request(
        method, path, authorized=False, headers={"Authorization": f"token {TOKENS[who]}", **more.pop("headers", {})},
        **more,
    )  # fmt: skip


def start(daemon, who, **body):
    return ask(daemon, who, "POST", "/api/kernels", json=body).json()["id"]


def activity(daemon, who, path="/api/activity"):
    """The kernels that `who` is told of, by id."""
    answer = ask(daemon, who, "GET", path)
    assert answer.status_code == 200, answer.text
    return {kernel["id"]: kernel for tenant in answer.json()["tenants"] for kernel in tenant["kernels"]}


def remembered(daemon, who, path="/api/activity?history"):
    """What the daemon keeps of the last minutes of `who` has cells and messages in it."""
    points = ask(daemon, who, "GET", path).json()["history"]
    return any(point["cells_per_second"] > 0 and point["messages_per_second"] > 0 for point in points)


def work(client):
    for code in ("x = b'x' * (64 << 20)", "x[0]"):
        client.run(code)
    assert client.execute("1 / 0").reply["status"] == "error"


def test_the_page_in_a_browser(daemon):
    session = {"path": "sums.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    busy = ask(daemon, "alice", "POST", "/api/sessions", json=session).json()["kernel"]["id"]
    worked, bobs = start(daemon, "alice", name="python3-concurrent"), start(daemon, "bob")
    client = daemon.client(busy, token=TOKENS["alice"])
    with daemon.client(worked, token=TOKENS["alice"]) as worker:
        work(worker)
        cell = client.send_execute("import time\nprint('on', flush=True)\ntime.sleep(600)")
        queued = client.send_execute("1")
        client.wait_for_output("on\n")
        kernels = {"busy": busy, "worked": worked, "bobs": bobs}
        eventually(lambda: remembered(daemon, "alice"), timeout=30)
        seen = Browser("status_page.mjs").visit(daemon.url, daemon.log, tokens=TOKENS, kernels=kernels)
        interrupted, aborted = client.collect(cell, queued)
        assert interrupted.reply["ename"] == "KeyboardInterrupt", "the button has done it"
        assert aborted.reply["status"] == "aborted"
        client.close(check=False)
    assert_what_alice_saw(seen, daemon, kernels)
    assert_what_the_keyboard_did(seen, busy)
    assert_what_others_saw(seen, kernels)
    assert_the_plots_begin_with_the_last_minutes(seen["plots"])
    assert_nothing_leaked(seen, daemon)
    assert set(activity(daemon, "alice")) == {worked} and not activity(daemon, "bob")


def assert_what_alice_saw(seen, daemon, kernels):
    page = seen["pages"]["alice"]
    assert kernels["bobs"][:8] not in page and "bob" not in page
    for part in ("Python 3 (Corncob)", "sums.ipynb", "busy", "1 queued"):
        assert part in seen["busyRow"], seen["busyRow"]
    for part in ("concurrent", "idle", "1 failed", "3\n"):
        assert part in seen["workedRow"], seen["workedRow"]
    assert 50 < float(re.search(r"([\d.]+) MiB", seen["workedRow"]).group(1)) < 90
    assert f"jupyter lab --gateway-url {daemon.url}" in page
    assert re.search(r"jupyter console --existing \S+/alice/kernel\.json", page)
    assert "2 of 4" in page, "of the quota"
    assert re.search(rf"jupyter console --existing \S+{kernels['worked']}\S*", seen["connection"])
    assert seen["sorted"][0] == "descending" and seen["sorted"][2] == "ascending"
    light, dark = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in seen["colours"])
    assert light > 600 > 200 > dark
    assert seen["width"] <= 380, "nothing sticks out of a narrow window"
    assert seen["askedHidden"] == 2 and "asking again" in seen["lost"]


def assert_what_the_keyboard_did(seen, busy):
    assert seen["outline"] != "none" and "Skip to the kernels" in seen["passed"]
    assert f"Stop sums.ipynb ({busy[:8]})?" in seen["question"]
    assert (seen["first"], seen["second"]) == ("Cancel", "Stop"), "what can be undone comes first"
    assert seen["spared"] == 1 and seen["afterEscape"].startswith("Stop sums.ipynb")
    assert seen["afterStop"].startswith("Stop Python 3") and busy[:8] not in seen["afterStop"], "the focus goes on"


def assert_what_others_saw(seen, kernels):
    assert seen["readersButtons"] == 0 and kernels["bobs"][:8] not in seen["pages"]["reader"]
    ops = seen["pages"]["ops"]
    assert kernels["bobs"][:8] in ops and kernels["worked"][:8] in ops and "The whole daemon has" in ops
    assert seen["forged"] == {
        "read": 403, "stop": 403, "interrupt": 403, "wrong": 403, "logout": 403, "foreign": 404,
    }  # fmt: skip
    assert seen["stillThere"] == 200


def assert_the_plots_begin_with_the_last_minutes(plots):
    """The most of kernels, cells and messages a second, as each page has shown with its first answer."""
    kernels, cells, messages = plots["reader"]
    assert kernels >= 2 and cells > 0 and messages > cells
    assert plots["bob"] == [1, 0, 0], "another tenant's kernel has done nothing"
    kernels, cells, messages = plots["ops"]
    assert kernels >= 3 and cells > 0 and messages > cells


def assert_nothing_leaked(seen, daemon):
    there = f"{daemon.url}/"
    assert seen["addresses"] == [there, f"{there}login", f"{there}login?refused", there, f"{there}login?refused"]
    assert seen["cookies"] == [{"httpOnly": True, "sameSite": "Lax", "path": "/"}]
    assert seen["readable"] == ["", 0, ""]
    assert seen["hosts"] == [daemon.url], "a request has left the host"
    assert (seen["errors"], seen["violations"]) == ([], [])
    assert {name: found for name, found in seen["axe"].items() if found} == {}
    assert {"light", "dark", "narrow", "dialog", "login", "admin"} <= set(seen["axe"])
    log = daemon.log_path.read_text()
    assert "path=/login" in log and "audit=refused" in log
    for secret in (*TOKENS.values(), "a wrong one"):
        assert secret not in log and secret.replace(" ", "%20") not in log and secret.replace(" ", "+") not in log
        assert secret not in seen["source"]


def test_a_cookie_needs_its_proof_and_a_header_none(daemon):
    answer = daemon.get(f"/?token={TOKENS['alice']}", authorized=False, allow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    name, value = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)
    cookie = {"Cookie": f"{name}={value}"}
    page = daemon.get("/", authorized=False, headers=cookie)
    proof = {"X-XSRFToken": re.search('name="corncob-xsrf" content="([0-9a-f]+)"', page.text).group(1)}
    assert_error(daemon.post("/api/kernels", authorized=False, headers=cookie), 403)
    assert daemon.post("/api/kernels", authorized=False, headers={**cookie, **proof}).status_code == 201
    assert_error(daemon.post("/api/kernels", authorized=False, headers=proof), 403)
    assert ask(daemon, "bob", "POST", "/api/kernels", headers=cookie).status_code == 201, "the token shown decides"
    assert len(activity(daemon, "alice")) == len(activity(daemon, "bob")) == 1


def test_memory_is_the_kernels_whose_cells_took_it(daemon):
    big, small = start(daemon, "alice"), start(daemon, "alice")
    with daemon.client(big, token=TOKENS["alice"]) as one, daemon.client(small, token=TOKENS["alice"]) as other:
        other.run("x = 1")
        one.run("x = b'x' * (200 << 20)")
        for client in (one, other):
            client.run("y = 1")
        memory = {id: kernel["memory_bytes"] / MIB for id, kernel in activity(daemon, "alice").items()}
        assert 150 < memory[big] < 300 and memory[small] < 50, memory
        one.run("del x")
        eventually(lambda: activity(daemon, "alice")[big]["memory_bytes"] < 100 * MIB)


def test_a_kernel_of_sessions_and_theirs_are_told_apart(daemon):
    multi = start(daemon, "alice", name="python3-multi")
    with daemon.client(multi, token=TOKENS["alice"]) as client:
        client.run("1")
        kernels = activity(daemon, "alice")
    assert "multi" in kernels[multi]["modes"] and kernels[multi]["cells"]["done"] == 0
    (session,) = (kernel for id, kernel in kernels.items() if id != multi)
    assert session["cells"]["done"] == 1 and session["modes"] == []


def test_the_last_minutes_are_remembered(daemon):
    """Those of kernels that have ended as well: a page that is opened later shows them."""
    kernel = start(daemon, "alice")
    with daemon.client(kernel, token=TOKENS["alice"]) as client:
        client.run("1")
    assert ask(daemon, "alice", "DELETE", f"/api/kernels/{kernel}").status_code == 204

    eventually(lambda: remembered(daemon, "alice"), timeout=30)
    assert remembered(daemon, "ops", "/api/admin/activity?history")
    bobs = ask(daemon, "bob", "GET", "/api/activity?history").json()["history"]
    assert len(bobs) >= 2, "the times are the daemon's"
    assert not any(point[name] for point in bobs for name in point.keys() - {"at"}), "another tenant's"
    assert "history" not in ask(daemon, "alice", "GET", "/api/activity").json()
    assert_error(ask(daemon, "alice", "GET", "/api/admin/activity?history"), 403)


def test_modes_are_those_that_count_now(daemon):
    """Not the kernelspec's, once a cell has changed them."""
    kernel = start(daemon, "alice", name="python3-react")

    def modes():
        return activity(daemon, "alice")[kernel]["modes"]

    with daemon.client(kernel, token=TOKENS["alice"]) as client:
        assert modes() == ["react"]
        for code, now in {
            "%mode cache-concurrent": ["cache", "concurrent"],
            "__chain_execution__()": ["cache"],
            "%mode chained": [],
            "%mode react-concurrent": ["react", "concurrent"],
        }.items():
            client.run(code)
            assert modes() == now
    ask(daemon, "alice", "POST", f"/api/kernels/{kernel}/restart")
    assert modes() == ["react"], "it begins anew"


HOLD = """
import ctypes, os
end = os.open({path!r}, os.O_RDWR)
print('on', flush=True)
ctypes.PyDLL(None).read(end, ctypes.create_string_buffer(1), 1)
"""


def test_it_is_told_while_python_is_held(daemon, tmp_path):
    """By a call that waits without letting go of the GIL."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kernel = start(daemon, "alice")
    with daemon.client(kernel, token=TOKENS["alice"]) as client:
        cell = client.send_execute(HOLD.format(path=str(gate)))
        client.wait_for_output("on\n")
        for _ in range(3):
            assert activity(daemon, "alice")[kernel]["cells"]["running"] == 1
        assert ask(daemon, "alice", "GET", "/").status_code == 200
        gate.write_bytes(b"x")
        assert client.collect(cell).result == "1"
