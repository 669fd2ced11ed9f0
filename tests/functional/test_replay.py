"""A client that drops and comes back to its kernel gets what it missed, in order, once."""

import re
import socket
import struct

import pytest
import wire
from deadline import eventually

GO_ON = "\nwhile not os.path.exists({path!r}): time.sleep(0.01)\n"


def printing(count, go_on="", width=0, done=""):
    """A cell that prints the lines `0` to `count - 1`: half of them, the other half when there is a file `go_on`."""
    wait = GO_ON.format(path=str(go_on)).strip() if go_on else "pass"
    return (
        "import os, sys, time\n"
        f"for number in range({count}):\n"
        f"    if number == {count // 2}:\n"
        "        print('half', file=sys.stderr, flush=True)\n"
        f"        {wait}\n"
        f"    print(number, 'x' * {width}, flush=True)\n"
        "    if number % 50 == 0: time.sleep(0.02)  # long enough for a message of its own\n"
        f"if {str(done)!r}: open({str(done)!r}, 'w').close()"
    )


def drop(client):
    """As a network does: no close frame. What has arrived and was not read is gone."""
    client.socket.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # acknowledges what was still to be
    client.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.sock.close()
    client.socket.sock = None
    client.socket.connected = False


def come_back(daemon, client, session, form=None):
    """A connection of the same session or a new one, that still waits for the answers to the old one's requests."""
    eventually(lambda: daemon.kernel(client.kernel_id)["connections"] == 0)
    session = client.session if session == "same" else None
    again = daemon.client(client.kernel_id, session=session, form=form or client.form)
    again.exchanges.update(client.exchanges)
    return again


def lines(text):
    return [line.split()[0] for line in text.splitlines()]


@pytest.fixture(params=["same", "another"])
def session(request):
    return request.param


def test_the_rest_of_a_printing_cell(daemon, kernel_id, form, session, tmp_path):
    client, go_on = daemon.client(kernel_id, form=form), tmp_path / "go on"
    cell = client.send_execute(printing(400, go_on))
    client.wait_for_output("half")
    drop(client)
    eventually(lambda: daemon.kernel(kernel_id)["connections"] == 0)
    go_on.touch()
    eventually(lambda: daemon.kernel(kernel_id)["execution_state"] == "idle")  # all is done while nobody listens
    with come_back(daemon, client, session) as again:
        exchange = again.collect(cell)
        assert exchange.reply["status"] == "ok"
        assert lines(exchange.text()) == [str(number) for number in range(400)]
        assert again.run("1 + 1").result == "2"


def test_a_cell_that_goes_on_when_its_client_is_back(daemon, kernel_id, session, tmp_path):
    client, go_on = daemon.client(kernel_id), tmp_path / "go on"
    cell = client.send_execute(printing(100, go_on))
    client.wait_for_output("half")
    drop(client)
    with come_back(daemon, client, session) as again:
        go_on.touch()
        exchange = again.collect(cell)
        assert lines(exchange.text()) == [str(number) for number in range(100)]


class Stalled:
    """A client whose receive buffer is small and that stops reading: much is sent and does not arrive."""

    def __init__(self, daemon, kernel_id, form):
        self.client = daemon.client(kernel_id, form=form, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])

    def arrived(self):
        """The messages that are whole in the socket's own buffer, without taking them out: that would make room."""
        sock = self.client.socket.sock
        sock.setblocking(False)
        data, messages = sock.recv(1 << 24, socket.MSG_PEEK), []
        while len(data) >= 2:
            length, begin = data[1] & 0x7F, 2
            if length >= 126:
                size = 2 if length == 126 else 8
                length, begin = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
            if len(data) < begin + length:
                break
            frame, opcode, data = data[begin : begin + length], data[0] & 0xF, data[begin + length :]
            if opcode in (1, 2):
                decode = wire.decode_v1 if self.client.form == "v1" else wire.decode_legacy
                messages.append(decode(frame.decode() if opcode == 1 else frame))
        return messages


def test_what_was_sent_and_did_not_arrive(daemon, kernel_id, form, session, tmp_path):
    """TCP takes bytes that a laptop which sleeps never gets."""
    stalled, done = Stalled(daemon, kernel_id, form), tmp_path / "done"
    client = stalled.client
    cell = client.send_execute(printing(100, width=30_000, done=done))
    eventually(lambda: done.exists() and daemon.kernel(kernel_id)["execution_state"] == "idle", timeout=30)
    arrived = stalled.arrived()
    drop(client)
    with come_back(daemon, client, session) as again:
        for message in arrived:
            again.received.append(message)
            again.exchanges[cell].add(message)
        exchange = again.collect(cell)
        assert 0 < len(arrived) < len(exchange.messages) / 2, "all had arrived, so nothing is shown"
        assert lines(exchange.text()) == [str(number) for number in range(100)]


def test_each_drop_is_replayed_once(daemon, kernel_id, tmp_path):
    client, go_on = daemon.client(kernel_id), tmp_path / "go on"
    code = f"import os, time\nprint('on', flush=True){GO_ON.format(path=str(go_on))}print('off')"
    cell = client.send_execute(code)
    client.wait_for_output("on\n")
    drop(client)
    eventually(lambda: daemon.kernel(kernel_id)["connections"] == 0)
    go_on.touch()
    eventually(lambda: daemon.kernel(kernel_id)["execution_state"] == "idle")
    with come_back(daemon, client, "another") as taker:
        assert taker.collect(cell).text() == "on\noff\n"
        with daemon.client(kernel_id) as third, daemon.client(kernel_id, session=client.session) as late:
            for newcomer in (third, late):
                newcomer.request("kernel_info_request")
                assert [m for m in newcomer.received if m.parent_id == cell] == []


def test_a_second_client_gets_nothing_old(daemon, kernel_id):
    with daemon.client(kernel_id) as first:
        cell = first.run("print('old')").request.msg_id
        with daemon.client(kernel_id) as second:
            second.request("kernel_info_request")
            assert [m for m in second.received if m.parent_id == cell] == []


def test_what_others_did_meanwhile(daemon, kernel_id, tmp_path):
    """One order for all: the one that was away sees the outputs that the other saw, in the same order."""
    away = daemon.client(kernel_id)
    away.run("1")
    with daemon.client(kernel_id) as other:
        other.request("kernel_info_request")  # a handshake is answered before its kernel knows of the client
        drop(away)
        eventually(lambda: daemon.kernel(kernel_id)["connections"] == 1)
        for number in range(20):
            other.run(f"print({number}); {number}")
        with daemon.client(kernel_id, session=away.session) as again:
            again.request("kernel_info_request")
            seen = {m.msg_id: place for place, m in enumerate(other.received) if m.channel == "iopub"}
            replayed = [m for m in again.received if m.msg_id in seen and m.msg_type != "status"]
            assert [seen[m.msg_id] for m in replayed] == sorted(seen[m.msg_id] for m in replayed)
            wanted = [m.msg_id for m in other.received if m.channel == "iopub" and m.msg_type != "status"]
            assert [m.msg_id for m in replayed] == wanted
            states = [m for m in again.received if m.msg_type == "status" and m.parent_id in other.exchanges]
            assert [m.content["execution_state"] for m in states] == ["idle"], "only the last state matters"


def test_replies_to_many_requests(daemon, kernel_id, form, session, tmp_path):
    client, go_on = daemon.client(kernel_id, form=form), tmp_path / "go on"
    running = client.send_execute(f"import os, time\nprint('on', flush=True){GO_ON.format(path=str(go_on))}")
    queued = [client.send_execute(f"{number} * 10") for number in range(10)]
    client.wait_for_output("on")
    drop(client)
    eventually(lambda: daemon.kernel(kernel_id)["connections"] == 0)
    go_on.touch()
    eventually(lambda: daemon.kernel(kernel_id)["execution_state"] == "idle")
    with come_back(daemon, client, session) as again:
        exchanges = again.collect(running, *queued)
        assert [exchange.result for exchange in exchanges[1:]] == [str(number * 10) for number in range(10)]


def test_a_question_that_was_asked_meanwhile(daemon, kernel_id, form, session, tmp_path):
    client, go_on = daemon.client(kernel_id, form=form), tmp_path / "go on"
    code = f"import os, time\nprint('on', flush=True){GO_ON.format(path=str(go_on))}input('name? ')"
    cell = client.send_execute(code, allow_stdin=True)
    client.wait_for_output("on")
    drop(client)
    eventually(lambda: daemon.kernel(kernel_id)["connections"] == 0)
    go_on.touch()
    with come_back(daemon, client, session) as again:
        question = again.wait_for(lambda m: m.msg_type == "input_request")
        assert question.channel == "stdin" and question.parent_id == cell and question.content["prompt"] == "name? "
        answer = again.send("input_reply", {"value": "maize"}, channel="stdin")
        again.abandoned.add(answer)
        assert again.collect(cell).result == "'maize'"


def test_an_overflow_is_told_once(fresh_daemon, form, tmp_path):
    daemon, go_on = fresh_daemon(config="kernels: {replay_bytes_max: 200000}\n"), tmp_path / "go on"
    client = daemon.client(daemon.start_kernel(), form=form)
    cell = client.send_execute(printing(300, go_on, width=5000))
    client.wait_for_output("half")
    drop(client)
    eventually(lambda: daemon.kernel(client.kernel_id)["connections"] == 0)
    go_on.touch()
    eventually(lambda: daemon.kernel(client.kernel_id)["execution_state"] == "idle")
    with come_back(daemon, client, "same") as again:
        exchange = again.collect(cell)
        notices = [m for m in exchange.of("stream") if m.content["text"].startswith("[corncob]")]
        assert len(notices) == 1 and notices[0].content["name"] == "stderr"
        text = notices[0].content["text"]
        assert "kernels.replay_bytes_max is 200000" in text
        told = re.match(r"\[corncob\] (\d+) messages", text)[1]
        assert f'corncob_dropped_messages_total{{reason="replay_bytes_max"}} {told}\n' in daemon.get("/metrics").text
        after = exchange.messages[exchange.messages.index(notices[0]) + 1 :]
        printed = [m.content for m in after if m.msg_type == "stream" and m.content["name"] == "stdout"]
        printed = "".join(content["text"] for content in printed)
        rest = lines(printed.partition("\n")[2])  # the gap may end within a line
        assert rest == [str(number) for number in range(300 - len(rest), 300)] and 10 < len(rest) < 150


def test_nothing_is_kept_over_a_restart(daemon, kernel_id):
    client = daemon.client(kernel_id)
    cell = client.send_execute(
        "import time\nprint('on', flush=True)\nfor i in range(1000): print(i, flush=True); time.sleep(0.1)"
    )
    client.wait_for_output("on\n")
    drop(client)
    eventually(lambda: daemon.kernel(kernel_id)["connections"] == 0)
    assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
    with come_back(daemon, client, "same") as again:
        exchange = again.collect(cell)  # its reply is not lost
        assert exchange.reply["ename"] == "KernelEnded" and exchange.text().startswith("on\n")
        assert again.execute("i").reply["ename"] == "NameError"
        states = [m for m in again.received if m.msg_type == "status" and not m.parent_header]
        assert [m.content["execution_state"] for m in states] == ["starting", "idle"]
