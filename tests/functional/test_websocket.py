"""The WebSocket itself: the handshake, hostile frames, limits, several clients of one kernel, the end."""

import base64
import contextlib
import json
import os
import socket
import struct

import pytest
import wire
from deadline import eventually
from jupyter_ws import ClosedByServer, Exchange, KernelClient, Refused
from test_rest import NOWHERE

HASTY_CONNECTIONS = 150


def iopub_view(messages):
    return [(m.msg_type, m.parent_id, str(m.content)) for m in messages if m.channel == "iopub"]


# --- the handshake


def test_unknown_kernel(daemon):
    with pytest.raises(Refused) as refused:
        daemon.client(NOWHERE)
    assert refused.value.status == 404


@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_the_token(daemon, kernel_id, token):
    with pytest.raises(Refused) as refused:
        KernelClient(daemon.url, kernel_id, token=token)
    assert refused.value.status in (401, 403)


def test_token_in_the_query(daemon, kernel_id):
    with KernelClient(daemon.url, kernel_id, query=f"&token={daemon.token}") as client:
        assert client.run("1 + 1").result == "2"


def test_the_best_of_several_subprotocols(daemon, kernel_id):
    ask = (
        f"GET /api/kernels/{kernel_id}/channels HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: token {daemon.token}\r\nSec-WebSocket-Protocol: other, {wire.V1_SUBPROTOCOL}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=20) as connection:
        connection.sendall(ask.encode())
        answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101")
        assert f"sec-websocket-protocol: {wire.V1_SUBPROTOCOL}".encode() in answer.lower()
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_channels_without_an_upgrade(daemon, kernel_id):
    assert daemon.get(f"/api/kernels/{kernel_id}/channels").status_code in (400, 426)


# --- hostile frames: they may cost their sender the connection, and nobody else anything

HEADER = (
    b'{"msg_id":"a","session":"s","username":"u","date":"2026-01-01T00:00:00Z",'
    b'"msg_type":"kernel_info_request","version":"5.4"}'
)
MALFORMED_V1 = {
    "empty": b"",
    "short": b"\x06\x00",
    "no offsets": struct.pack("<Q", 0),
    "endless offsets": struct.pack("<Q", 2**64 - 1) + bytes(64),
    "many offsets": struct.pack("<Q", 10**6) + bytes(64),
    "offsets fall": struct.pack("<7Q", 6, 56, 61, 60, 59, 58, 57) + bytes(64),
    "past the end": struct.pack("<7Q", 6, 56, 61, 62, 63, 64, 2**40) + bytes(16),
    "overflowing": struct.pack("<7Q", 6, 56, 2**64 - 8, 2**64 - 4, 2**64 - 3, 2**64 - 2, 2**64 - 1) + bytes(16),
    "too few parts": wire.join_v1([b"shell", HEADER]),
    "bad utf-8": wire.join_v1([b"shell", b'{"msg_id":"\xff"}', b"{}", b"{}", b"{}"]),
    "no object": wire.join_v1([b"shell", b"[]", b"{}", b"{}", b"{}"]),
    "no header": wire.join_v1([b"shell", b"{}", b"{}", b"{}", b"{}"]),
    "broken json": wire.join_v1([b"shell", HEADER[:-1], b"{}", b"{}", b"{}"]),
    "unknown channel": wire.join_v1([b"iopubx", HEADER, b"{}", b"{}", b"{}"]),
    "iopub": wire.join_v1([b"iopub", HEADER.replace(b"kernel_info_request", b"stream"), b"{}", b"{}", b"{}"]),
    "unknown type": wire.join_v1([b"shell", HEADER.replace(b"kernel_info", b"nonsense"), b"{}", b"{}", b"{}"]),
    "a reply": wire.join_v1([b"shell", HEADER.replace(b"_request", b"_reply"), b"{}", b"{}", b"{}"]),
    "content no json": wire.join_v1([b"shell", HEADER.replace(b"kernel_info", b"execute"), b"{}", b"{}", b"{{{"]),
    "content no object": wire.join_v1([b"shell", HEADER.replace(b"kernel_info", b"execute"), b"{}", b"{}", b"5"]),
    "code no string": wire.join_v1([b"shell", HEADER.replace(b"kernel_info", b"execute"), b"{}", b"{}", b'{"code":5}']),
    "text": "not binary",
}
MALFORMED_LEGACY = {
    "no json": "hello",
    "empty": "",
    "no object": "[1]",
    "no header": '{"channel": "shell"}',
    "deep": "[" * 200000,
    "header a list": '{"channel": "shell", "header": []}',
    "types": '{"channel": 5, "header": {"msg_id": 1}}',
    "short": b"\x00\x00",
    "endless offsets": struct.pack(">I", 2**32 - 1) + bytes(16),
    "past the end": struct.pack(">III", 2, 12, 2**31) + b"{}",
    "offsets fall": struct.pack(">III", 2, 40, 12) + b"{}" * 30,
}
MALFORMED = [("v1", name, frame) for name, frame in MALFORMED_V1.items()]
MALFORMED += [("legacy", name, frame) for name, frame in MALFORMED_LEGACY.items()]


@pytest.mark.parametrize("form, name, frame", MALFORMED, ids=[f"{form}-{name}" for form, name, _ in MALFORMED])
def test_malformed_frames_disturb_nobody(daemon, kernel_id, form, name, frame):
    with daemon.client(kernel_id) as good:
        good.run("x = 1")
        bad = daemon.client(kernel_id, form=form)
        bad.send_frame(frame)
        probe = bad.send_execute("2")  # behind what the frame may have started
        try:
            bad.collect(probe)  # the connection lives on, and is in step
        except ClosedByServer as closed:
            assert closed.code in (1002, 1003, 1007, 1008), closed
        bad.close(check=False)
        assert good.run("x").result == "1"


def test_a_message_without_a_channel_is_for_the_shell(daemon, kernel_id):
    with daemon.client(kernel_id, form="legacy") as client:
        message = client.message("kernel_info_request")
        body = {name: part for name, part in wire.as_legacy_json(message).items() if name != "channel"}
        client.send_frame(json.dumps(body))
        client.exchanges[message.msg_id] = Exchange(message)
        assert client.collect(message.msg_id).reply["status"] == "ok"


def test_bad_websocket_frames(daemon, kernel_id):
    with daemon.client(kernel_id) as good:
        for junk in (b"\xff" * 200, b"\x82\x7f" + b"\xff" * 8, b"\x83\x80" + bytes(4), b"\x09\x80" + bytes(4)):
            bad = daemon.client(kernel_id)
            bad.socket.sock.sendall(junk)
            with pytest.raises((ClosedByServer, OSError)):
                while True:
                    bad.receive()
        assert good.run("1 + 1").result == "2"


def test_a_client_that_vanishes(daemon, kernel_id):
    """A reset in the middle of a cell's output leaves the kernel and the other client as they are."""
    with daemon.client(kernel_id) as good:
        bad = daemon.client(kernel_id)
        bad.send_execute("for i in range(3000): print(i, flush=True)\n'done'")
        bad.wait_for_output("0")
        bad.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        bad.socket.sock.close()
        good.wait_for(lambda m: m.msg_type == "execute_result" and m.content["data"]["text/plain"] == "'done'")
        good.wait_for_status("idle")
        assert good.run("1 + 1").result == "2"


# --- limits


def test_message_beyond_the_limit(fresh_daemon):
    daemon = fresh_daemon(config="server: {message_bytes_max: 65536}\n")
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as good:
        assert good.run(f"len('{'x' * 50000}')").result == "50000"
        bad = daemon.client(kernel_id)
        with contextlib.suppress(OSError):  # the daemon may have closed before all is sent
            bad.send_execute(f"y = '{'x' * 70000}'")
        with pytest.raises(ClosedByServer) as closed:
            while True:
                bad.receive()
        assert closed.value.code == 1009
        assert good.execute("y").reply["ename"] == "NameError"


def test_large_messages_both_ways(client, form):
    text = "🌽" * 1000000
    assert client.execute(f"text = '{text}'; len(text)").result == "1000000"
    assert client.run("print(text)").text() == text + "\n"


# --- several clients


def test_two_clients_see_the_same_order(daemon, kernel_id):
    with daemon.client(kernel_id, form="v1") as one, daemon.client(kernel_id, form="legacy") as two:
        two.request("kernel_info_request")  # a handshake is answered before its kernel knows of the client
        requests = []
        for number in range(20):
            sender = (one, two)[number % 2]
            requests.append(
                (sender, sender.send_execute(f"for i in range(20): print({number}, i, flush=True)\n{number}"))
            )
        for sender, msg_id in requests:
            sender.collect(msg_id)
        for client in (one, two):
            client.request("kernel_info_request")  # what was on its way is here now
        ids = {msg_id for _, msg_id in requests}
        first, second = [[v for v in iopub_view(client.received) if v[1] in ids] for client in (one, two)]
        assert first == second and len(first) >= 20 * 5
        replies = [m.parent_id for m in two.received if m.msg_type == "execute_reply"]
        assert replies == [msg_id for sender, msg_id in requests if sender is two], "a reply went to the wrong client"


def test_the_same_session_replaces_its_stale_connection(daemon, kernel_id):
    first = daemon.client(kernel_id, session="a" * 32)
    first.run("x = 1")
    with daemon.client(kernel_id, session="a" * 32) as second:
        with pytest.raises(ClosedByServer):
            while True:
                first.receive()
        assert second.run("x").result == "1"
        eventually(lambda: daemon.kernel(kernel_id)["connections"] == 1)


def test_a_kernel_survives_its_clients(daemon, kernel_id):
    with daemon.client(kernel_id) as client:
        client.run("x = 'ripe'")
    with daemon.client(kernel_id, form="legacy") as client:
        assert client.run("x").result == "'ripe'"


def test_delete_tells_the_clients(daemon):
    kernel_id = daemon.start_kernel()
    client = daemon.client(kernel_id)
    client.run("1")
    daemon.stop_kernel(kernel_id)
    client.wait_for_status("dead")
    with pytest.raises(ClosedByServer) as closed:
        client.receive()
    assert closed.value.code == 1000


def test_delete_of_a_kernel_with_a_running_cell(daemon):
    kernel_id = daemon.start_kernel()
    client = daemon.client(kernel_id)
    client.send_execute("print('on', flush=True)\nwhile True: pass")
    client.wait_for_output("on")
    daemon.stop_kernel(kernel_id)
    assert kernel_id not in daemon.get("/api/kernels").text
    client.close(check=False)


def test_pings_are_answered(client):
    client.socket.ping(b"corn")
    opcode, frame = client.socket.recv_data_frame(control_frame=True)
    assert opcode == 0xA and frame.data == b"corn"


def test_server_pings_and_gives_up_on_the_dead(fresh_daemon):
    daemon = fresh_daemon(config="server: {ws_ping_interval_seconds: 1}\n")
    kernel_id = daemon.start_kernel()
    client = daemon.client(kernel_id)
    client.socket.settimeout(10)
    opcode, _ = client.socket.recv_data_frame(control_frame=True)  # this one is answered by the library
    assert opcode == 0x9
    bare = client.socket.sock
    bare.settimeout(15)
    while bare.recv(4096):  # from here on nothing is answered
        pass
    eventually(lambda: daemon.get("/api/status").json()["connections"] == 0)
    client.socket.shutdown()


def test_a_connection_that_is_given_up_at_once_disturbs_none_that_comes_later(daemon, kernel_id):
    """As pages do that are loaded anew: both are of one session, and the daemon may come to the earlier one last."""
    for number in range(HASTY_CONNECTIONS):
        session = f"hasty-{number}"
        with socket.create_connection(("127.0.0.1", daemon.port)) as hasty:
            hasty.sendall(
                f"GET /api/kernels/{kernel_id}/channels?session_id={session} HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: token {daemon.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {'x' * 22}==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
        with daemon.client(kernel_id, session=session) as client:
            client.request("kernel_info_request")
