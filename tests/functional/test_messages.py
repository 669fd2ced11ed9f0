"""Every request but execute, in both forms of the WebSocket protocol."""

import json
import re
import time

import pytest
import wire
from jupyter_ws import Exchange

ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_kernel_info(client, form, channel):
    reply = client.request("kernel_info_request", channel=channel).reply
    assert reply["status"] == "ok" and reply["protocol_version"].startswith("5.")
    assert reply["implementation"] and reply["implementation_version"] and reply["banner"]
    language = reply["language_info"]
    assert language["name"] == "python" and language["version"].startswith("3.")
    assert language["mimetype"] == "text/x-python" and language["file_extension"] == ".py"
    assert language["nbconvert_exporter"] == "python" and language["pygments_lexer"] and language["codemirror_mode"]
    assert isinstance(reply["help_links"], list)


def test_complete(client, form):
    client.run("a_long_name = 1\na_long_number = 2")
    reply = client.request("complete_request", {"code": "print(a_long_", "cursor_pos": 13}).reply
    assert reply["status"] == "ok" and isinstance(reply["metadata"], dict)
    assert {"a_long_name", "a_long_number"} <= {match.rsplit("(", 1)[-1] for match in reply["matches"]}
    assert reply["cursor_end"] == 13 and reply["cursor_start"] <= 6


def test_complete_counts_characters_not_bytes(client):
    code = 'x = "🌽é"; import colle'
    reply = client.request("complete_request", {"code": code, "cursor_pos": len(code)}).reply
    assert any(match.endswith("collections") for match in reply["matches"])
    assert reply["cursor_start"] == code.index("colle") and reply["cursor_end"] == len(code)


def test_complete_of_attributes_of_a_live_object(client):
    client.run("class Corn:\n    def __init__(self): self.kernels_on_it = 500\ncob = Corn()")
    reply = client.request("complete_request", {"code": "cob.ker", "cursor_pos": 7}).reply
    assert [match.removeprefix("cob") for match in reply["matches"]][0].lstrip(".") == "kernels_on_it"


@pytest.mark.parametrize("detail, expected", [(0, "Says how"), (1, "return 4711")])
def test_inspect(client, form, detail, expected):
    client.run("def maize():\n    'Says how.'\n    return 4711")
    reply = client.request("inspect_request", {"code": "maize()", "cursor_pos": 3, "detail_level": detail}).reply
    assert reply["status"] == "ok" and reply["found"] is True
    assert expected in ANSI_COLOURS.sub("", reply["data"]["text/plain"])


def test_inspect_of_nothing(client):
    reply = client.request("inspect_request", {"code": "no_such_name", "cursor_pos": 4, "detail_level": 0}).reply
    assert reply["status"] == "ok" and reply["found"] is False and reply["data"] == {}


@pytest.mark.parametrize(
    "code, status",
    [
        ("1 + 1", "complete"),
        ("for i in range(3):", "incomplete"),
        ("x = = 2", "invalid"),
        ("print('''", "incomplete"),
        ("await thing()", "complete"),
    ],
)
def test_is_complete(client, form, code, status):
    reply = client.request("is_complete_request", {"code": code}).reply
    assert reply["status"] == status
    if code.endswith(":"):
        assert reply["indent"] == "    "


def history(client, **content):
    reply = client.request("history_request", {"output": False, "raw": True, **content}).reply
    assert reply["status"] == "ok"
    return reply["history"]


def test_history(client, form):
    for code in ("a = 1", "b = 2", "a + b"):
        client.run(code)
    client.execute("silent = 1", silent=True)
    client.execute("unstored = 1", store_history=False)
    assert [entry[1:] for entry in history(client, hist_access_type="tail", n=2)] == [[2, "b = 2"], [3, "a + b"]]
    assert [entry[2] for entry in history(client, hist_access_type="range", session=0, start=1, stop=3)] == [
        "a = 1",
        "b = 2",
    ]
    assert [entry[2] for entry in history(client, hist_access_type="search", pattern="b = 2", n=1)] == ["b = 2"]
    with_output = history(client, hist_access_type="tail", n=1, output=True)
    assert with_output[0][2] == ["a + b", "3"]


def test_comm_info_of_a_kernel_without_comms(client, form):
    for content in ({}, {"target_name": "jupyter.widget"}):
        reply = client.request("comm_info_request", content).reply
        assert reply["status"] == "ok" and reply["comms"] == {}


def test_comms_both_ways(client, form):
    """A target in the kernel echoes data and buffers to the client that opened the comm."""
    client.run(
        "from comm import get_comm_manager\n"
        "def opened(comm, message):\n"
        "    comm.on_msg(lambda m: comm.send({'echo': m['content']['data']}, buffers=m['buffers']))\n"
        "get_comm_manager().register_target('echo', opened)"
    )
    comm_id = "c" * 32
    client.collect(client.send("comm_open", {"comm_id": comm_id, "target_name": "echo", "data": {}}))
    info = client.request("comm_info_request", {"target_name": "echo"}).reply
    assert info["comms"] == {comm_id: {"target_name": "echo"}}
    sent = client.send("comm_msg", {"comm_id": comm_id, "data": {"n": 5}}, buffers=[b"\x00\xff\x80", b"", b"x" * 70000])
    exchange = client.collect(sent)
    echo = exchange.of("comm_msg")[0]
    assert echo.content["comm_id"] == comm_id and echo.content["data"] == {"echo": {"n": 5}}
    assert echo.buffers == [b"\x00\xff\x80", b"", b"x" * 70000]
    client.collect(client.send("comm_close", {"comm_id": comm_id, "data": {}}))
    assert client.request("comm_info_request", {"target_name": "echo"}).reply["comms"] == {}


# --- while a cell runs


@pytest.mark.parametrize("code", ["while True: pass", "__import__('time').sleep(60)"])
def test_kernel_info_while_a_cell_runs(client, daemon, code):
    running = client.send_execute(f"print('on', flush=True)\n{code}")
    client.wait_for_output("on")
    for channel in ("shell", "control") * 5:
        client.request("kernel_info_request", channel=channel, timeout=5)
    assert client.request("comm_info_request", timeout=5).reply["status"] == "ok"
    assert not client.exchanges[running].finished()
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    client.collect(running)


def test_language_requests_while_a_cell_sleeps(client, daemon):
    client.run("a_long_name = 1")
    running = client.send_execute("print('on', flush=True); __import__('time').sleep(60)")
    client.wait_for_output("on")
    complete = client.request("complete_request", {"code": "a_long_", "cursor_pos": 7}, timeout=10).reply
    assert "a_long_name" in complete["matches"]
    assert client.request("is_complete_request", {"code": "1"}, timeout=10).reply["status"] == "complete"
    inspect = {"code": "a_long_name", "cursor_pos": 4, "detail_level": 0}
    assert client.request("inspect_request", inspect, timeout=10).reply["found"] is True
    assert history(client, hist_access_type="tail", n=1)
    assert not client.exchanges[running].finished()
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    client.collect(running)


# --- shutdown and restart


def test_restart_keeps_the_id_and_clears_the_namespace(client, daemon, kernel_id):
    client.run("x = 1")
    client.run("x")
    response = daemon.post(f"/api/kernels/{kernel_id}/restart")
    assert response.status_code == 200 and response.json()["id"] == kernel_id
    exchange = client.execute("x")
    assert exchange.reply["ename"] == "NameError" and exchange.reply["execution_count"] == 1
    assert client.run("In").result == "['', 'x', 'In']"
    # To front ends `restarting` means that the kernel has died by itself; JupyterLab says so in a dialog.
    assert "restarting" not in [m.content["execution_state"] for m in client.received if m.msg_type == "status"]


def test_restart_ends_the_running_cell_and_aborts_the_queued_ones(client, daemon, kernel_id):
    running = client.send_execute("print('on', flush=True); __import__('time').sleep(60)")
    queued = [client.send_execute(f"print('never {number}')") for number in range(3)]
    client.wait_for_output("on")
    begin = time.monotonic()
    assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
    assert time.monotonic() - begin < 9, "the restart waited for the cell"
    exchanges = client.collect(running, *queued)
    assert exchanges[0].reply["status"] in ("error", "aborted")
    assert [exchange.reply["status"] for exchange in exchanges[1:]] == ["aborted"] * 3
    assert client.run("1 + 1").reply["execution_count"] == 1


def test_restart_of_a_spinning_cell(client, daemon, kernel_id):
    running = client.send_execute("print('on', flush=True)\nwhile True: pass")
    client.wait_for_output("on")
    assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
    client.collect(running)
    assert client.run("1 + 1").result == "2"


@pytest.mark.parametrize("channel", ["control", "shell"])
def test_shutdown_request(client, daemon, form, channel):
    client.run("x = 1")
    exchange = client.request("shutdown_request", {"restart": False}, channel=channel)
    assert exchange.reply["status"] == "ok" and exchange.reply["restart"] is False
    with daemon.client(daemon.start_kernel()) as other:
        assert other.run("1 + 1").result == "2"
    daemon.stop_kernel(other.kernel_id)
    client.socket.close()


@pytest.mark.parametrize("content", [b"{{{}", b'{"comm_id": nonsense}'])
def test_a_comm_message_of_broken_json_gets_its_idle(client, content):
    """What is between the braces is the kernel's to parse; a front end that waits for the idle must get it."""
    message = client.message("comm_msg")
    header = json.dumps(message.header).encode()
    client.exchanges[message.msg_id] = Exchange(message)
    client.send_frame(wire.join_v1([b"shell", header, b"{}", b"{}", content]))
    client.collect(message.msg_id)
    assert client.run("1 + 1").result == "2"
