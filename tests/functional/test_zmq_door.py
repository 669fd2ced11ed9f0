"""Kernels of the daemon that are reached over WebSocket and over ZMQ at the same time."""

import json
import re
import stat
import sys
from pathlib import Path

import pexpect
import pytest
from daemon import clean_environment
from deadline import eventually
from jupyter_client import BlockingKernelClient

SECONDS = 30


@pytest.fixture
def zmq_daemon(fresh_daemon, tmp_path):
    return fresh_daemon(env={"XDG_RUNTIME_DIR": str(tmp_path)})


def zmq_client(daemon, kernel_id):
    response = daemon.get(f"/api/kernels/{kernel_id}/connection")
    assert response.status_code == 200, response.text
    client = BlockingKernelClient()
    client.load_connection_info(response.json())
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    return client


def next_line(client):
    """Of what is printed; it may come in several messages."""
    line = ""
    while not line.endswith("\n"):
        message = client.get_iopub_msg(timeout=SECONDS)
        line += message["content"]["text"] if message["msg_type"] == "stream" else ""
    return line


def test_both_see_each_other_s_cells(zmq_daemon):
    kernel_id = zmq_daemon.start_kernel()
    over_zmq = zmq_client(zmq_daemon, kernel_id)
    with zmq_daemon.client(kernel_id) as over_websocket:
        over_websocket.execute("grain = 'maize'; print('from the WebSocket')")
        assert next_line(over_zmq) == "from the WebSocket\n"
        outputs = []
        reply = over_zmq.execute_interactive("grain.upper()", timeout=SECONDS, output_hook=outputs.append)
        assert reply["content"]["execution_count"] == 2
        assert [m["content"]["data"]["text/plain"] for m in outputs if m["msg_type"] == "execute_result"] == ["'MAIZE'"]
        seen = over_websocket.wait_for(lambda message: message.msg_type == "execute_result")
        assert seen.content["data"]["text/plain"] == "'MAIZE'"
        assert zmq_daemon.kernel(kernel_id)["connections"] == 2
    over_zmq.stop_channels()
    eventually(lambda: zmq_daemon.kernel(kernel_id)["connections"] == 0, SECONDS)


def test_a_console_joins_by_connect_info(zmq_daemon, tmp_path):
    """The sockets are opened for it; the console and the WebSocket's client see each other's cells."""
    kernel_id = zmq_daemon.start_kernel()
    with zmq_daemon.client(kernel_id) as client:
        text = client.run("grain = 'maize'\n%connect_info").text()
        connection_file = re.search(r"^ +\$> jupyter console --existing (\S+)$", text, re.MULTILINE).group(1)
        info = zmq_daemon.get(f"/api/kernels/{kernel_id}/connection").json()
        assert json.loads(text[: text.index("}") + 1]) == info == json.loads(Path(connection_file).read_text())
        assert f"api/kernels/{kernel_id}/channels" in text
        console = pexpect.spawn(
            sys.executable, ["-m", "jupyter_console", "--existing", connection_file, "--simple-prompt"],
            timeout=SECONDS, encoding="utf-8", env=clean_environment({"TERM": "dumb", "HOME": str(tmp_path)}),
            echo=False,
        )  # fmt: skip
        try:
            console.expect(r"In \[\d+\]:")
            console.sendline("grain.upper()")
            console.expect("'MAIZE'")
            seen = client.wait_for(lambda message: message.msg_type == "execute_result")
            assert seen.content["data"]["text/plain"] == "'MAIZE'"
            console.expect(r"In \[\d+\]:")
            client.run("grain = 'barley'")
            console.sendline("grain.upper()")
            console.expect("'BARLEY'")
        finally:
            console.close(force=True)


def test_connect_info_says_why_not(fresh_daemon, tmp_path):
    """A folder that others can write to is not for a key."""
    daemon = fresh_daemon(config=f"zmq: {{runtime_dir: {tmp_path / 'run'}}}\n")
    (tmp_path / "run" / "default").mkdir(parents=True)
    (tmp_path / "run" / "default").chmod(0o777)
    with daemon.client(daemon.start_kernel()) as client:
        text = client.run("%connect_info").text()
    assert "cannot be opened" in text and "is open to other users" in text and "WebSocket" in text


def test_restart_and_end_by_zmq(zmq_daemon):
    kernel_id = zmq_daemon.start_kernel()
    client = zmq_client(zmq_daemon, kernel_id)
    client.execute_interactive("x = 1", timeout=SECONDS)
    client.control_channel.send(client.session.msg("shutdown_request", {"restart": True}))
    assert client.get_control_msg(timeout=SECONDS)["content"] == {"status": "ok", "restart": True}
    reply = client.execute_interactive("x", timeout=SECONDS, output_hook=lambda message: None)
    assert (reply["content"]["ename"], reply["content"]["execution_count"]) == ("NameError", 1)
    client.shutdown()
    eventually(lambda: zmq_daemon.get(f"/api/kernels/{kernel_id}").status_code == 404, SECONDS)
    client.stop_channels()


def test_the_connection_file_is_the_owners_and_goes_with_the_kernel(zmq_daemon, tmp_path):
    kernel_id = zmq_daemon.start_kernel()
    info = zmq_daemon.get(f"/api/kernels/{kernel_id}/connection")
    assert info.headers["Cache-Control"] == "no-store"
    file = tmp_path / "corncob" / "default" / f"kernel-{kernel_id}.json"
    assert json.loads(file.read_text()) == info.json()
    assert zmq_daemon.get(f"/api/kernels/{kernel_id}/connection").json() == info.json()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
    zmq_daemon.stop_kernel(kernel_id)
    eventually(lambda: not file.exists(), SECONDS)
    assert zmq_daemon.get(f"/api/kernels/{kernel_id}/connection").status_code == 404


def test_only_its_owner_is_told(zmq_daemon):
    kernel_id = zmq_daemon.start_kernel()
    path = f"/api/kernels/{kernel_id}/connection"
    assert zmq_daemon.request("GET", path, authorized=False).status_code == 403
    assert zmq_daemon.get("/api/kernels/00000000-0000-4000-8000-000000000000/connection").status_code == 404


def test_ipc(fresh_daemon, tmp_path):
    daemon = fresh_daemon(config=f"zmq: {{transport: ipc, runtime_dir: {tmp_path / 'run'}}}\n")
    kernel_id = daemon.start_kernel()
    client = zmq_client(daemon, kernel_id)
    assert client.execute_interactive("1 + 1", timeout=SECONDS, output_hook=lambda m: None)["content"]["status"] == "ok"
    client.stop_channels()
    sockets = list((tmp_path / "run" / "default").glob(f"{kernel_id}-*"))
    assert len(sockets) == 5 and all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in sockets)
    daemon.stop_kernel(kernel_id)
    eventually(lambda: not list((tmp_path / "run" / "default").iterdir()), SECONDS)
