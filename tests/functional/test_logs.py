"""The log: what a line is about, an audit line for whatever is started, stopped or refused, and nothing secret."""

import hashlib
import json

import pytest
from deadline import eventually
from jupyter_ws import Refused

SECRETS = {"ada": "the token of ada", "reader": "the token of a reader"}
CODE, OUTPUT = "surely_no_word_of_a_log = 1", "printed by a cell"


def config(log_format):
    def entry(name, rights):
        digest = hashlib.sha256(SECRETS[name].encode()).hexdigest()
        return f"    - {{name: {name} of tests, tenant: {name}, sha256: {digest}, rights: [{rights}]}}\n"

    return (
        "auth:\n  tokens:\n" + entry("ada", "read, execute") + entry("reader", "read")
        + "tenants: {defaults: {quotas: {kernels_max: 1, output_bytes_max: 1000}}}\n"
        + f"log: {{level: debug, format: {log_format}}}\n"
    )  # fmt: skip


def ask(daemon, who, method, path, **more):
    token = SECRETS.get(who, who)
    return daemon.request(method, path, authorized=False, headers={"Authorization": f"token {token}"}, **more)


def live(daemon):
    """A tenant's day; the id of its kernel."""
    kernel_id = ask(daemon, "ada", "POST", "/api/kernels").json()["id"]
    with daemon.client(kernel_id, token=SECRETS["ada"]) as client:
        client.run(f"{CODE}; print({OUTPUT!r})")
        client.run("print('x' * 2000)")
    assert ask(daemon, "ada", "POST", "/api/kernels").status_code == 403
    assert ask(daemon, "reader", "POST", "/api/kernels").status_code == 403
    assert ask(daemon, "a guess", "GET", "/api/kernels?token=another+guess").status_code == 403
    with pytest.raises(Refused):
        daemon.client(kernel_id, token=SECRETS["reader"])
    assert ask(daemon, "ada", "DELETE", f"/api/kernels/{kernel_id}").status_code == 204
    return kernel_id


def entries(daemon, kernel_id):
    """All lines as JSON, once the kernel's end is among them."""
    eventually(lambda: f'"audit":"stop","tenant":"ada","kernel":"{kernel_id}"' in daemon.log())
    return [json.loads(line) for line in daemon.log_path.read_text().splitlines()]


def one(lines, **wanted):
    found = [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def test_json_lines_say_what_they_are_about(fresh_daemon):
    daemon = fresh_daemon(config=config("json"))
    kernel_id = live(daemon)
    lines = entries(daemon, kernel_id)
    assert all({"time", "level", "message"} <= set(line) for line in lines)
    assert one(lines, audit="start")["kernel"] == kernel_id
    begun = one(lines, method="POST", status=201)
    assert (begun["tenant"], begun["kernel"]) == ("ada", kernel_id) and begun["request"]
    assert one(lines, audit="quota", quota="kernels_max")["tenant"] == "ada"
    assert one(lines, audit="quota", quota="output_bytes_max")["tenant"] == "ada"
    quota = one(lines, audit="refused", tenant="ada", status=403)
    assert "kernels_max is 1, and 1 are in use" in quota["message"] and quota["request"]
    path = f"/api/kernels/{kernel_id}"
    assert "execute" in one(lines, audit="refused", tenant="reader", path="/api/kernels")["message"]
    assert "execute" in one(lines, audit="refused", tenant="reader", path=f"{path}/channels")["message"]
    assert "nobody's" in one(lines, audit="refused", method="GET", path="/api/kernels")["message"]
    ended = one(lines, method="DELETE", status=204)
    assert ended["path"].endswith(kernel_id)
    opened = [line for line in lines if line["message"].startswith("websocket ")]
    assert [(line["tenant"], line["kernel"]) for line in opened] == [("ada", kernel_id)] * 2


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nothing_secret_is_written_down(fresh_daemon, log_format):
    daemon = fresh_daemon(config=config(log_format))
    kernel_id = live(daemon)
    eventually(lambda: "audit" in daemon.log() and "the kernel was shut down" in daemon.log())
    text = daemon.log_path.read_text()
    assert kernel_id in text
    words = (*SECRETS.values(), "guess", CODE, CODE.split()[0], OUTPUT, "xxxx")
    assert not [word for word in words if word in text]


def test_every_response_names_its_line(fresh_daemon):
    daemon = fresh_daemon(config=config("json"))
    response = ask(daemon, "ada", "POST", "/api/kernels")
    request = response.headers["X-Request-Id"]
    eventually(lambda: f'"request":"{request}"' in daemon.log())
