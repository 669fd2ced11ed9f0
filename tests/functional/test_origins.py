"""Which web pages may use the daemon: every way past a careless comparison that is known to have worked somewhere."""

import pytest
from daemon import Daemon
from jupyter_ws import Refused

ALLOWED = "https://trusted.example.com"
REFUSED = {
    "a suffix": "https://trusted.example.com.evil.com",
    "a longer word": "https://trusted.example.comedy",
    "another port": "https://trusted.example.com:9999",
    "the port as a name's part": "https://trusted.example.com:443.evil.com",
    "another scheme": "http://trusted.example.com",
    "a prefix": "https://eviltrusted.example.com",
    "a subdomain": "https://sub.trusted.example.com",
    "a domain above": "https://example.com",
    "any character for the dot": "https://trustedxexample.com",
    "a user": "https://trusted.example.com@evil.com",
    "in the path": "https://evil.com/https://trusted.example.com",
    "in the query": "https://evil.com?https://trusted.example.com",
    "behind a fragment": "https://evil.com#trusted.example.com",
    "a backslash": "https://trusted.example.com\\.evil.com",
    "two of them": "https://trusted.example.com, https://evil.com",
    "two without a comma": "https://trusted.example.com https://evil.com",
    "a dot at the end": "https://trusted.example.com.",
    "a path": "https://trusted.example.com/",
    "null": "null",
    "a file": "file://",
    "a pattern": "*",
    "a look-alike": "https://xn--trustd-8of.example.com",
    "a look-alike as it is": "https://trust\u0435d.example.com".encode(),
    "a full stop of another script": "https://trusted.example\u3002com".encode(),
    "another one": "https://evil.com",
}
ACCEPTED = {
    "it": ALLOWED,
    "in capitals": "HTTPS://Trusted.Example.COM",
    "its standard port": "https://trusted.example.com:443",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    daemon = Daemon(tmp_path_factory.mktemp("origins") / "daemon.log", ("--allow-origin", ALLOWED))
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module")
def kernel(shared):
    return shared.start_kernel()


def preflight(daemon, origin):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
    return daemon.request("OPTIONS", "/api/kernels", authorized=False, headers={"Origin": origin, **asked})


def access_headers(response):
    return {name for name in response.headers if name.startswith("Access-Control-")}


def connect(daemon, kernel, origin):
    text = origin.decode("utf-8") if isinstance(origin, bytes) else origin
    return daemon.client(kernel, headers=[f"Origin: {text}"])


@pytest.mark.parametrize("name", REFUSED)
def test_other_pages(shared, kernel, name):
    origin = REFUSED[name]
    assert access_headers(preflight(shared, origin)) == set()
    assert access_headers(shared.get("/api/kernels", headers={"Origin": origin})) == set()
    with pytest.raises(Refused) as refused:
        connect(shared, kernel, origin)
    assert refused.value.status == 403


@pytest.mark.parametrize("name", ACCEPTED)
def test_pages_that_the_configuration_names(shared, kernel, name):
    origin = ACCEPTED[name]
    before = preflight(shared, origin)  # needs no token
    assert before.status_code in (200, 204)
    assert before.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in before.headers["Access-Control-Allow-Methods"]
    assert "authorization" in before.headers["Access-Control-Allow-Headers"].lower()
    assert shared.get("/api/kernels", headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin
    with connect(shared, kernel, origin) as client:
        assert client.run("1 + 1").result == "2"


def test_pages_of_the_daemon_itself(shared, kernel):
    with connect(shared, kernel, shared.url) as client:
        assert client.run("1 + 1").result == "2"
    for other in (f"http://127.0.0.1:{shared.port + 1}", f"http://localhost:{shared.port}", "http://127.0.0.1"):
        with pytest.raises(Refused):
            connect(shared, kernel, other)


def test_a_websocket_of_no_page_needs_a_token(shared, kernel):
    with shared.client(kernel) as client:
        assert client.run("1 + 1").result == "2"
    for more in ({"token": None}, {"token": None, "headers": [f"Origin: {ALLOWED}"]}):
        with pytest.raises(Refused) as refused:
            shared.client(kernel, **more)
        assert refused.value.status == 403


def test_any_page_where_the_configuration_says_so(fresh_daemon):
    daemon = fresh_daemon("--allow-origin", "*")
    response = daemon.get("/api/kernels", headers={"Origin": "https://anywhere.example"})
    assert response.headers["Access-Control-Allow-Origin"] in ("*", "https://anywhere.example")
    assert "Access-Control-Allow-Credentials" not in response.headers
