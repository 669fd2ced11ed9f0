"""Every route of the REST API: codes, bodies and headers as jupyter_server has them."""

import datetime
import re

import pytest

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOWHERE = "00000000-0000-4000-8000-000000000000"


def assert_kernel_model(model, **expected):
    assert UUID.fullmatch(model["id"]), model
    assert model["name"] and model["execution_state"] in ("starting", "idle", "busy"), model
    assert isinstance(model["connections"], int)
    assert model["last_activity"].endswith("Z")
    activity = datetime.datetime.fromisoformat(model["last_activity"].replace("Z", "+00:00"))
    age = datetime.datetime.now(datetime.UTC) - activity
    assert datetime.timedelta(minutes=-1) < age < datetime.timedelta(minutes=5)
    for name, value in expected.items():
        assert model[name] == value, model


def assert_error(response, status):
    """An error is JSON that says what is wrong, and gives no traceback."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    body = response.json()
    assert isinstance(body["message"], str) and "reason" in body, body
    assert "Traceback" not in response.text
    return body


# --- the version, health


def test_version_needs_no_token(daemon):
    response = daemon.get("/api", authorized=False)
    assert response.status_code == 200
    assert re.fullmatch(r"\d+\.\d+.*", response.json()["version"])


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_token(daemon, path):
    assert daemon.get(path, authorized=False).status_code == 200


def test_status_counts_kernels_and_connections(fresh_daemon):
    daemon = fresh_daemon()
    before = daemon.get("/api/status").json()
    assert before["kernels"] == 0 and before["connections"] == 0
    assert before["started"].endswith("Z") and before["last_activity"].endswith("Z")
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.run("1")
        during = daemon.get("/api/status").json()
        assert during["kernels"] == 1 and during["connections"] == 1
        assert daemon.kernel(kernel_id)["connections"] == 1
    assert during["started"] == before["started"]


def test_status_page_wants_a_token(daemon):
    assert daemon.get("/", authorized=False).status_code in (401, 403)
    page = daemon.get("/")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    assert "corncob" in page.text.lower()


def test_spec_is_yaml_that_names_the_routes(daemon):
    response = daemon.get("/api/spec.yaml")
    assert response.status_code == 200 and response.headers["Content-Type"].startswith("text/x-yaml")
    for path in ("/api/kernels", "/api/sessions", "/api/kernelspecs"):
        assert path in response.text
    head = daemon.request("HEAD", "/api/spec.yaml")
    assert head.status_code == 200 and head.content == b""
    assert int(head.headers["Content-Length"]) == len(response.content)


# --- who may ask


@pytest.mark.parametrize("scheme", ["token", "Token", "bearer", "Bearer", "TOKEN"])
def test_token_in_the_header(daemon, scheme):
    headers = {"Authorization": f"{scheme} {daemon.token}"}
    assert daemon.get("/api/kernels", authorized=False, headers=headers).status_code == 200


def test_token_in_the_query(daemon):
    assert daemon.get(f"/api/kernels?token={daemon.token}", authorized=False).status_code == 200


PROTECTED = [
    ("GET", "/api/kernels"), ("POST", "/api/kernels"), ("GET", f"/api/kernels/{NOWHERE}"),
    ("DELETE", f"/api/kernels/{NOWHERE}"), ("POST", f"/api/kernels/{NOWHERE}/interrupt"),
    ("POST", f"/api/kernels/{NOWHERE}/restart"), ("GET", "/api/sessions"), ("POST", "/api/sessions"),
    ("GET", "/api/kernelspecs"), ("GET", "/api/kernelspecs/python3"), ("GET", "/kernelspecs/python3/logo-64x64.png"),
    ("GET", "/api/status"), ("GET", "/api/me"), ("GET", "/api/contents"), ("GET", "/api/config/notebook"),
    ("GET", "/api/terminals"),
]  # fmt: skip


@pytest.mark.parametrize("method, path", PROTECTED)
def test_without_a_token_nothing_is_told(daemon, method, path):
    # An unknown kernel and a known one look the same to who has no token.
    assert_error(daemon.request(method, path, authorized=False), 403)


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "token",
        "token ",
        "token wrong",
        "Basic {token}",
        "{token}",
        "token {token}x",
        "token {prefix}",
        "bearer {upper}",
    ],
)
def test_wrong_credentials(daemon, credential):
    token = daemon.token
    value = credential.format(token=token, prefix=token[:-1], upper=token.swapcase() + "!")
    assert_error(daemon.get("/api/kernels", authorized=False, headers={"Authorization": value}), 403)


@pytest.mark.parametrize("query", ["token=", "token=wrong", "tokens=1", "token"])
def test_wrong_token_in_the_query(daemon, query):
    assert_error(daemon.get(f"/api/kernels?{query}", authorized=False), 403)


def test_the_token_is_never_logged(fresh_daemon):
    daemon = fresh_daemon("--log-level", "debug")
    daemon.get(f"/api/kernels?token={daemon.token}", authorized=False)
    daemon.get(f"/api/nothing?token={daemon.token}", authorized=False)
    daemon.get("/api/kernels")
    daemon.stop()
    assert daemon.token not in daemon.log()


def test_token_given_on_the_command_line_or_in_the_environment(fresh_daemon):
    for daemon in (fresh_daemon("--token", "s3cret"), fresh_daemon(env={"KG_AUTH_TOKEN": "s3cret"})):
        ask = {"authorized": False, "headers": {"Authorization": "token s3cret"}}
        assert daemon.get("/api/kernels", **ask).status_code == 200
        assert daemon.get("/api/kernels", authorized=False).status_code == 403


def test_me(daemon):
    body = daemon.get("/api/me").json()
    identity = body["identity"]
    assert set(identity) >= {"username", "name", "display_name", "initials", "avatar_url", "color"}
    assert identity["username"]
    assert isinstance(body["permissions"], dict)


def test_me_with_permissions(daemon):
    query = '{"kernels": ["read", "execute"]}'
    body = daemon.get("/api/me", params={"permissions": query}).json()
    assert set(body["permissions"]["kernels"]) == {"read", "execute"}
    assert_error(daemon.get("/api/me", params={"permissions": "{nonsense"}), 400)


# --- kernelspecs


def test_kernelspecs(daemon):
    body = daemon.get("/api/kernelspecs").json()
    assert body["default"] == "python3"
    model = body["kernelspecs"]["python3"]
    assert model["name"] == "python3"
    spec = model["spec"]
    assert spec["language"] == "python" and spec["display_name"] and spec["interrupt_mode"] == "message"
    assert isinstance(spec["argv"], list) and isinstance(spec["env"], dict) and isinstance(spec["metadata"], dict)
    assert model["resources"]["logo-64x64"] == "/kernelspecs/python3/logo-64x64.png"
    assert daemon.get("/api/kernelspecs/python3").json() == model


def test_unknown_kernelspec(daemon):
    assert "nothing" in assert_error(daemon.get("/api/kernelspecs/nothing"), 404)["message"]


def test_logos(daemon):
    for url in daemon.get("/api/kernelspecs/python3").json()["resources"].values():
        response = daemon.get(url)
        assert response.status_code == 200, url
        head = daemon.request("HEAD", url)
        assert head.status_code == 200 and head.content == b""
        if url.endswith(".png"):
            assert response.content.startswith(b"\x89PNG\r\n\x1a\n")
            assert response.headers["Content-Type"] == "image/png"
            assert "max-age=2592000" in response.headers["Cache-Control"]
    assert_error(daemon.get("/kernelspecs/python3/nothing.png"), 404)
    assert_error(daemon.get("/kernelspecs/nothing/logo-64x64.png"), 404)


@pytest.mark.parametrize("file", ["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "logo-64x64.png%00.txt"])
def test_logos_are_no_way_to_other_files(daemon, file):
    response = daemon.get(f"/kernelspecs/python3/{file}")
    assert response.status_code in (400, 404) and "root:" not in response.text


def test_configured_kernelspec(fresh_daemon):
    config = (
        "kernelspecs:\n  analytics: {display_name: Analytics, env: {COLOUR: yellow}}\nkernels: {default: analytics}\n"
    )
    daemon = fresh_daemon(config=config)
    body = daemon.get("/api/kernelspecs").json()
    assert body["default"] == "analytics" and "python3" in body["kernelspecs"]
    assert body["kernelspecs"]["analytics"]["spec"]["display_name"] == "Analytics"
    kernel_id = daemon.start_kernel()
    assert daemon.kernel(kernel_id)["name"] == "analytics"
    with daemon.client(kernel_id) as client:
        assert client.run("import os; os.environ['COLOUR']").result == "'yellow'"


# --- kernels


def test_kernel_from_birth_to_death(daemon):
    created = daemon.post("/api/kernels", json={"name": "python3"})
    assert created.status_code == 201
    model = created.json()
    assert_kernel_model(model, name="python3", connections=0)
    assert created.headers["Location"] == f"/api/kernels/{model['id']}"
    assert_kernel_model(daemon.kernel(model["id"]), id=model["id"])
    assert model["id"] in [kernel["id"] for kernel in daemon.get("/api/kernels").json()]
    deleted = daemon.delete(f"/api/kernels/{model['id']}")
    assert deleted.status_code == 204 and deleted.content == b""
    assert_error(daemon.get(f"/api/kernels/{model['id']}"), 404)
    assert_error(daemon.delete(f"/api/kernels/{model['id']}"), 404)
    assert model["id"] not in [kernel["id"] for kernel in daemon.get("/api/kernels").json()]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"name": null}'])
def test_kernel_by_default(daemon, body):
    response = daemon.post("/api/kernels", data=body)
    assert response.status_code == 201, response.text
    assert response.json()["name"] == "python3"
    daemon.stop_kernel(response.json()["id"])


def test_kernel_under_a_given_id(daemon):
    wanted = "12345678-1234-4234-8234-123456789abc"
    first = daemon.post("/api/kernels", json={"kernel_id": wanted})
    assert first.status_code == 201 and first.json()["id"] == wanted
    again = daemon.post("/api/kernels", json={"kernel_id": wanted})
    assert again.status_code == 201 and again.json()["id"] == wanted
    assert [kernel["id"] for kernel in daemon.get("/api/kernels").json()].count(wanted) == 1
    daemon.stop_kernel(wanted)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"python3"',
        b"\xff\xfe",
        b'{"name": 5}',
        b'{"env": ["A"]}',
        b'{"env": "A"}',
        b'{"env": {"KERNEL_A": 1}}',
        b'{"kernel_id": "../../x"}',
    ],
)
def test_bad_kernel_requests(daemon, body):
    kernels = len(daemon.get("/api/kernels").json())
    assert_error(daemon.post("/api/kernels", data=body), 400)
    assert len(daemon.get("/api/kernels").json()) == kernels


def test_kernel_of_an_unknown_kernelspec(daemon):
    response = daemon.post("/api/kernels", json={"name": "nothing"})
    assert response.status_code in (404, 500, 501), response.text
    assert "nothing" in response.json()["message"]


def test_env_reaches_the_kernel(daemon):
    kernel_id = daemon.start_kernel(env={"KERNEL_USERNAME": "eve", "PATH": "/nowhere", "LD_PRELOAD": "x.so"})
    with daemon.client(kernel_id) as client:
        seen = client.value("__import__('os').environ.get('KERNEL_USERNAME')")
        assert seen == "eve"
        assert client.value("__import__('os').environ.get('LD_PRELOAD')") is None
        assert client.value("__import__('os').environ.get('PATH')") != "/nowhere"
    daemon.stop_kernel(kernel_id)


@pytest.mark.parametrize("action", ["interrupt", "restart"])
def test_actions_on_no_kernel(daemon, action):
    assert NOWHERE in assert_error(daemon.post(f"/api/kernels/{NOWHERE}/{action}"), 404)["message"]


def test_interrupt_and_restart_of_an_idle_kernel(daemon, kernel_id):
    interrupted = daemon.post(f"/api/kernels/{kernel_id}/interrupt")
    assert interrupted.status_code == 204 and interrupted.content == b""
    restarted = daemon.post(f"/api/kernels/{kernel_id}/restart")
    assert restarted.status_code == 200
    assert_kernel_model(restarted.json(), id=kernel_id)


@pytest.mark.parametrize("kernel_id", ["x", "1-2-3", "a-b-c-d-e", "%2fetc", "'or'1'='1"])
def test_ids_that_are_none(daemon, kernel_id):
    response = daemon.get(f"/api/kernels/{kernel_id}")
    assert_error(response, 404)


def test_what_front_ends_ask_by_themselves_is_no_activity(daemon, kernel_id, client):
    before = daemon.kernel(kernel_id)["last_activity"]
    client.request("kernel_info_request")
    client.request("comm_info_request")
    assert daemon.kernel(kernel_id)["last_activity"] == before
    client.request("complete_request", {"code": "a", "cursor_pos": 1})
    assert daemon.kernel(kernel_id)["last_activity"] > before


def test_execution_state_and_activity(daemon, kernel_id, client):
    before = daemon.kernel(kernel_id)
    running = client.send_execute("print('on', flush=True); input_ = __import__('time').sleep(60)")
    client.wait_for_output("on")
    assert daemon.kernel(kernel_id)["execution_state"] == "busy"
    daemon.post(f"/api/kernels/{kernel_id}/interrupt")
    client.collect(running)
    after = daemon.kernel(kernel_id)
    assert after["execution_state"] == "idle"
    assert after["last_activity"] > before["last_activity"]


def test_kernel_limit(fresh_daemon):
    daemon = fresh_daemon(env={"KG_MAX_KERNELS": "2"})
    first, _ = daemon.start_kernel(), daemon.start_kernel()
    refused = assert_error(daemon.post("/api/kernels", json={}), 403)
    assert refused["reason"] == "Resource Limit" and "2" in refused["message"]
    daemon.stop_kernel(first)
    daemon.start_kernel()


def test_kernels_are_not_listed_where_forbidden(fresh_daemon):
    daemon = fresh_daemon(env={"KG_LIST_KERNELS": "False"})
    kernel_id = daemon.start_kernel()
    for path in ("/api/kernels", "/api/sessions"):
        assert assert_error(daemon.get(path), 403)["reason"] == "Forbidden"
    assert daemon.kernel(kernel_id)["id"] == kernel_id


# --- what a directly connected JupyterLab asks


def test_contents_are_an_empty_read_only_directory(daemon):
    for path in ("/api/contents", "/api/contents/"):
        model = daemon.get(path).json()
        assert model["type"] == "directory" and model["path"] == "" and model["content"] == []
        assert model["writable"] is False
    assert_error(daemon.get("/api/contents/some.ipynb"), 404)


def test_config_and_terminals(daemon):
    assert daemon.get("/api/config/notebook").json() == {}
    for method in ("PUT", "PATCH"):
        assert daemon.request(method, "/api/config/notebook", json={"a": 1}).status_code == 200
    assert daemon.get("/api/terminals").json() == []
    assert daemon.post("/api/terminals").status_code in (404, 501)
