"""HTTP itself: errors, methods, limits, prefixes, and what a hostile client sends."""

import json
import socket

import pytest
from test_rest import assert_error


def raw(daemon, request, count=1):
    """Sends bytes as they are and returns everything until the daemon closes or `count` responses are there."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while answer.count(b"HTTP/1.1 ") < count or not answer.endswith((b"}", b"\n")):
            data = connection.recv(65536)
            if not data:
                break
            answer += data
    return answer


def closes(daemon, request):
    """The answer, once the daemon has closed the connection by itself."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer


def test_unknown_routes(daemon):
    for path in ("/api/nothing", "/nothing", "/api/kernels/", "/api//kernels"):
        assert assert_error(daemon.get(path), 404)["reason"] == "Not Found"


@pytest.mark.parametrize(
    "method, path",
    [
        ("PUT", "/api/kernels"),
        ("DELETE", "/api/kernels"),
        ("POST", "/api"),
        ("PUT", "/api/sessions"),
        ("GET", "/api/kernels/{id}/interrupt"),
        ("DELETE", "/api/kernelspecs"),
    ],
)
def test_methods_that_are_none(daemon, kernel_id, method, path):
    response = daemon.request(method, path.format(id=kernel_id))
    assert_error(response, 405)
    assert response.headers["Allow"]


def test_errors_in_general(daemon):
    response = daemon.get("/api/nothing")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors" in response.headers["Content-Security-Policy"]


def test_keep_alive_and_pipelining(daemon):
    one = f"GET /api HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n\r\n".encode()
    answer = raw(daemon, one * 3, count=3)
    assert answer.count(b"HTTP/1.1 200") == 3


def test_base_url(fresh_daemon):
    daemon = fresh_daemon("--base-url", "/jupyter/gateway")
    assert daemon.url.endswith("/jupyter/gateway")
    created = daemon.post("/api/kernels", json={})
    assert created.headers["Location"] == f"/jupyter/gateway/api/kernels/{created.json()['id']}"
    logo = daemon.get("/api/kernelspecs/python3").json()["resources"]["logo-64x64"]
    assert logo == "/jupyter/gateway/kernelspecs/python3/logo-64x64.png"
    outside = daemon.url.removesuffix("/jupyter/gateway")
    assert daemon.http.get(outside + "/api", timeout=20).status_code == 404
    assert daemon.http.get(outside + "/jupyter/gatewayx/api", timeout=20).status_code == 404
    with daemon.client(created.json()["id"]) as client:
        assert client.run("6*7").result == "42"


# --- limits


def test_header_beyond_the_limit(daemon):
    assert daemon.get("/api", headers={"X-Long": "x" * 20000}).status_code == 431
    assert daemon.get("/api/" + "x" * 20000).status_code in (414, 431)


def test_body_beyond_the_limit(daemon):
    kernels = len(daemon.get("/api/kernels").json())
    body = json.dumps({"name": "python3", "padding": "x" * 1100000}).encode()
    head = f"POST /api/kernels HTTP/1.1\r\nHost: a\r\nAuthorization: token {daemon.token}\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    # The daemon may answer before it has read what it does not want: only the head is sent.
    answer = raw(daemon, head.encode())
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert len(daemon.get("/api/kernels").json()) == kernels


def test_configured_limits(fresh_daemon):
    daemon = fresh_daemon(config="server: {header_bytes_max: 2048, body_bytes_max: 1024}\n")
    assert daemon.get("/api", headers={"X-Long": "x" * 3000}).status_code == 431
    assert daemon.post("/api/kernels", data=b"{" + b" " * 2000 + b"}").status_code == 413


def test_chunked_bodies(daemon):
    pieces = iter([b'{"name"', b': "python3"}'])
    created = daemon.post("/api/kernels", data=pieces)
    assert created.status_code == 201, created.text
    daemon.stop_kernel(created.json()["id"])
    endless = iter([b" " * 65536] * 40)
    try:
        assert daemon.post("/api/kernels", data=endless).status_code == 413
    except OSError:
        pass  # the daemon has closed while we were still sending, which is as good
    assert daemon.get("/api").status_code == 200


@pytest.mark.parametrize(
    "request_text",
    [
        "GARBAGE\r\n\r\n",
        "GET /api HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET /api HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "POST /api/kernels HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /api/kernels HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/kernels HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET /api HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    ],
)
def test_malformed_requests_are_answered_and_closed(daemon, request_text):
    answer = closes(daemon, request_text.encode())
    assert answer.startswith(b"HTTP/1.1 400"), answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1, "a smuggled request was answered"


def test_slow_request(fresh_daemon):
    daemon = fresh_daemon(config="server: {request_timeout_seconds: 1}\n")
    answer = closes(daemon, b"GET /api HTTP/1.1\r\nHost:")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer
    answer = closes(daemon, b"POST /api/kernels HTTP/1.1\r\nHost: a\r\nAuthorization: token "
                    + daemon.token.encode() + b"\r\nContent-Length: 100\r\n\r\n{")  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert daemon.get("/api").status_code == 200
