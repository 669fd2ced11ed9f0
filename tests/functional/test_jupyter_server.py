"""A real Jupyter Server whose kernels are ours (--gateway-url): its REST, its WebSocket, its session manager."""

import time

import pytest
from jupyter_ws import KernelClient
from peers import JupyterServer


@pytest.fixture(scope="module")
def server(shared_daemons, tmp_path_factory):
    server = JupyterServer("jupyter_server", shared_daemons(), tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _with_logs(server, request, daemon):
    """The server's own log stands beside the daemon's where a test fails."""
    request.node.daemons.append(server)


@pytest.fixture
def session(server, request):
    body = {"path": f"{request.node.name}.ipynb", "name": "n", "type": "notebook", "kernel": {"name": "python3"}}
    response = server.request("POST", "/api/sessions", json=body)
    assert response.status_code == 201, response.text
    yield response.json()
    server.request("DELETE", f"/api/sessions/{response.json()['id']}")


def connect(server, kernel_id):
    # The server forces the legacy form on its clients in gateway mode.
    return KernelClient(server.url, kernel_id, token=server.token, form="legacy")


def test_kernelspecs_and_logos(server, daemon):
    body = server.request("GET", "/api/kernelspecs").json()
    assert body["default"] == "python3"
    ours = daemon.get("/api/kernelspecs").json()["kernelspecs"]["python3"]
    assert body["kernelspecs"]["python3"]["spec"] == ours["spec"]
    for url in body["kernelspecs"]["python3"]["resources"].values():
        logo = server.request("GET", url)
        assert logo.status_code == 200 and len(logo.content) > 100
    assert server.request("GET", "/api/kernelspecs/python3").json()["name"] == "python3"


def test_kernels(server, daemon):
    created = server.request("POST", "/api/kernels", json={"name": "python3"})
    assert created.status_code == 201, created.text
    kernel_id = created.json()["id"]
    assert daemon.kernel(kernel_id)["name"] == "python3"
    assert kernel_id in [kernel["id"] for kernel in server.request("GET", "/api/kernels").json()]
    assert server.request("GET", f"/api/kernels/{kernel_id}").json()["execution_state"] in ("idle", "starting")
    assert server.request("DELETE", f"/api/kernels/{kernel_id}").status_code == 204
    assert daemon.get(f"/api/kernels/{kernel_id}").status_code == 404


def test_cells(server, session):
    with connect(server, session["kernel"]["id"]) as client:
        assert client.request("kernel_info_request").reply["status"] == "ok"
        exchange = client.run("print('through the server'); 6 * 7")
        assert exchange.text() == "through the server\n" and exchange.result == "42"
        assert client.execute("1 / 0").reply["ename"] == "ZeroDivisionError"
        assert client.request("complete_request", {"code": "impor", "cursor_pos": 5}).reply["matches"]
        assert client.run("from IPython.display import HTML; HTML('<b>x</b>')").of("execute_result")


def test_many_messages(server, session):
    with connect(server, session["kernel"]["id"]) as client:
        exchange = client.run("for i in range(2000): print(i, flush=True)")
        assert exchange.text() == "".join(f"{i}\n" for i in range(2000))


def test_interrupt(server, session):
    kernel_id = session["kernel"]["id"]
    with connect(server, kernel_id) as client:
        running = client.send_execute("print('on', flush=True); import time; time.sleep(60)")
        client.wait_for_output("on")
        assert server.request("POST", f"/api/kernels/{kernel_id}/interrupt").status_code == 204
        assert client.collect(running).reply["ename"] == "KeyboardInterrupt"


def test_restart(server, session):
    kernel_id = session["kernel"]["id"]
    with connect(server, kernel_id) as client:
        client.run("x = 1")
        response = server.request("POST", f"/api/kernels/{kernel_id}/restart")
        assert response.status_code == 200 and response.json()["id"] == kernel_id
    with connect(server, kernel_id) as client:
        assert client.execute("x").reply["ename"] == "NameError"


def test_working_directory(server, session):
    """The server names the notebook's directory in KERNEL_WORKING_DIR."""
    with connect(server, session["kernel"]["id"]) as client:
        notebooks = str(server.directory / "notebooks")
        assert client.value("__import__('os').environ['KERNEL_WORKING_DIR']") == notebooks


def test_a_session_moves_to_another_kernel(server, daemon, session):
    response = server.request("PATCH", f"/api/sessions/{session['id']}", json={"kernel": {"name": "python3"}})
    assert response.status_code == 200, response.text
    new_kernel = response.json()["kernel"]["id"]
    assert new_kernel != session["kernel"]["id"]
    assert daemon.kernel(new_kernel)["id"] == new_kernel
    assert daemon.get(f"/api/kernels/{session['kernel']['id']}").status_code == 404


def test_a_kernel_that_ends_at_the_gateway(server, daemon, session):
    """The server finds out, and forgets the session with it."""
    daemon.stop_kernel(session["kernel"]["id"])
    deadline = time.monotonic() + 20
    while server.request("GET", f"/api/sessions/{session['id']}").status_code != 404:
        assert time.monotonic() < deadline, "the server still believes in the session"
        server.request("GET", "/api/kernels")
