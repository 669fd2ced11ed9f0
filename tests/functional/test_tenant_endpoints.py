"""A tenant's own ZMQ endpoint: every `header.session` is a kernel of its own, whatever the others do."""

import asyncio
import json
import stat

import pytest
import zmq
import zmq.asyncio
from daemon import Daemon
from deadline import eventually
from jupyter_client import BlockingKernelClient
from jupyter_client.session import Session
from zmq_clients import SECONDS, begin, connected, reply_to, run

SESSIONS, CELLS, INTERRUPTED = 200, 50, 25
CONFIG = "tenants: {defaults: {zmq: true, quotas: {kernels_max: 0}}, alice: {}}\n"


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    """A daemon whose tenants have endpoints."""
    directory = tmp_path_factory.mktemp("daemon")
    daemon = Daemon(directory / "daemon.log", config=CONFIG)
    yield daemon
    daemon.stop()


@pytest.fixture
def runtime(tenants):
    """Where their connection files are."""
    yield tenants.log_path.parent / "run" / "corncob"
    assert tenants.alive()


def joined(runtime, tenant="default", session=None):
    return connected(runtime / tenant / "kernel.json", session)


@pytest.fixture
def sessions(runtime):
    """Two client sessions at one endpoint; their kernels end with the test."""
    one, two = joined(runtime), joined(runtime)
    yield one, two
    for client in (one, two):
        client.shutdown()
        client.get_control_msg(timeout=SECONDS)
        client.stop_channels()


def control(client, msg_type, **content):
    client.control_channel.send(client.session.msg(msg_type, content))
    return client.get_control_msg(timeout=SECONDS)["content"]


def know_queued(client):
    """What was sent before on shell has come."""
    reply_to(client, client.kernel_info())


SLEEP = "import time; print('on', flush=True); time.sleep(600)"


def test_namespaces_and_counts_are_apart(sessions):
    one, two = sessions
    for number in (1, 2, 3):
        assert run(one, "x = 'one'")[0]["execution_count"] == number
    reply, *_ = run(two, "x")
    assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)
    assert run(one, "x")[2] == ["'one'"]


def test_a_running_cell_holds_up_no_other_session(sessions):
    one, two = sessions
    sleeping = begin(one, SLEEP)
    assert run(two, "1 + 1")[2] == ["2"]
    control(one, "interrupt_request")
    assert reply_to(one, sleeping)["ename"] == "KeyboardInterrupt"


def test_an_interrupt_is_one_session_s(tenants, sessions):
    one, two = sessions
    first, second = begin(one, SLEEP), begin(two, SLEEP)
    control(two, "interrupt_request")
    assert reply_to(two, second)["ename"] == "KeyboardInterrupt"
    assert run(two, "'later'")[2] == ["'later'"]
    states = [kernel["execution_state"] for kernel in tenants.get("/api/kernels").json()]
    assert sorted(states) == ["busy", "idle"]  # the other one sleeps on
    control(one, "interrupt_request")
    assert reply_to(one, first)["ename"] == "KeyboardInterrupt"


def test_cells_side_by_side_are_one_session_s(sessions):
    """A cell that waits for what the next one does: in the session that has unchained its cells, and in no other."""
    one, two = sessions
    run(one, "__unchain_execution__()")
    replies = []
    for client in sessions:
        run(client, "import asyncio; gate = asyncio.Event()")
        waits = begin(client, "print('on', flush=True); await gate.wait()")
        opens = client.execute("gate.set()")
        if client is two:
            know_queued(two)
            control(two, "interrupt_request")
        got = [client.get_shell_msg(timeout=SECONDS) for _ in range(2)]
        statuses = {reply["parent_header"]["msg_id"]: reply["content"]["status"] for reply in got}
        replies.append([statuses[waits], statuses[opens]])
    assert replies == [["ok", "ok"], ["error", "aborted"]]


def test_tasks_are_one_session_s(tenants, sessions):
    one, two = sessions
    waits = begin(one, "import asyncio; print('on', flush=True); await asyncio.sleep(600)")
    run(two, "1")
    assert run(two, "__task__(0).cancel(), __task__(-1).cancel()")[2] == ["(False, False)"]
    states = [kernel["execution_state"] for kernel in tenants.get("/api/kernels").json()]
    assert sorted(states) == ["busy", "idle"]
    control(one, "interrupt_request")
    assert reply_to(one, waits)["ename"] == "KeyboardInterrupt"


def test_an_error_aborts_the_cells_of_one_session(sessions):
    one, two = sessions
    sleeping = begin(one, SLEEP)
    aborted, fine = one.execute("1"), two.execute("2")
    know_queued(one)
    assert reply_to(two, fine)["status"] == "ok"
    control(one, "interrupt_request")
    assert reply_to(one, sleeping)["status"] == "error" and reply_to(one, aborted)["status"] == "aborted"


def test_a_restart_is_one_session_s(sessions):
    one, two = sessions
    for client in sessions:
        run(client, "x = 1")
    assert control(one, "shutdown_request", restart=True) == {"status": "ok", "restart": True}
    reply, *_ = run(one, "x")
    assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)
    assert run(two, "x")[2] == ["1"]


def test_exit_ends_one_session_s_kernel(sessions):
    one, two = sessions
    for client in sessions:
        run(client, "x = 1")
    run(one, "import os; os._exit(3)")
    # Its reply may come before its end does.
    eventually(lambda: run(one, "x")[0].get("ename") == "NameError", SECONDS)
    assert run(two, "x")[2] == ["1"]


def test_comms_are_one_session_s(sessions):
    one, two = sessions
    run(one, "from comm import create_comm\nheard = []\ncomm = create_comm(target_name='t')\ncomm.on_msg(heard.append)")
    comm_id = eval(run(one, "comm.comm_id")[2][0])  # noqa: S307 (a repr of a str)

    def comms(client):
        return reply_to(client, client.comm_info())["comms"]

    assert (list(comms(one)), list(comms(two))) == ([comm_id], [])
    two.shell_channel.send(two.session.msg("comm_msg", {"comm_id": comm_id, "data": {}}))
    assert run(two, "1")[2] == ["1"] and run(one, "heard")[2] == ["[]"]
    one.shell_channel.send(one.session.msg("comm_msg", {"comm_id": comm_id, "data": {}}))
    assert run(one, "len(heard)")[2] == ["1"]


def test_questions_are_one_session_s(sessions):
    asked = [client.execute("input('name? ')", allow_stdin=True) for client in sessions]
    for client in sessions:
        assert client.get_stdin_msg(timeout=SECONDS)["content"]["prompt"] == "name? "
    for client, name in reversed(list(zip(sessions, ("Ann", "Bob"), strict=True))):
        client.input(name)
    for client, msg_id in zip(sessions, asked, strict=True):
        assert reply_to(client, msg_id)["status"] == "ok"
    assert [run(client, "_")[2] for client in sessions] == [["'Ann'"], ["'Bob'"]]


def test_histories_are_sessions_of_their_own(sessions):
    numbers = [run(client, "get_ipython().history_manager.session_number")[2][0] for client in sessions]
    assert len(set(numbers)) == 2
    assert [run(client, "In[1:]")[2][0].count("session_number") for client in sessions] == [1, 1]


def test_a_session_is_shared_by_its_clients(runtime):
    one = joined(runtime)
    run(one, "x = 1")
    other = joined(runtime, session=one.session.session)  # Jupyter's clients then take each other's place at ZMQ
    reply, _, results = run(other, "x")
    assert (results, reply["execution_count"]) == (["1"], 2)
    other.shutdown()
    assert other.get_control_msg(timeout=SECONDS)["content"]["status"] == "ok"
    for client in (one, other):
        client.stop_channels()


def test_connect_reply_names_the_ports(runtime, sessions):
    one, _ = sessions
    info = json.loads((runtime / "default" / "kernel.json").read_text())
    request = one.session.msg("connect_request", {})
    one.shell_channel.send(request)
    content = reply_to(one, request["header"]["msg_id"])
    ports = {f"{channel}_port": info[f"{channel}_port"] for channel in ("shell", "control", "iopub", "stdin", "hb")}
    assert content == {"status": "ok", **ports}


def test_tenants_are_apart(tenants, runtime, sessions):
    """One session id at two endpoints: two kernels; and the key of one is nothing at the other."""
    one, _ = sessions
    run(one, "x = 1")
    alice = joined(runtime, "alice", session=one.session.session)
    assert run(alice, "x")[0]["ename"] == "NameError"
    files = [json.loads((runtime / tenant / "kernel.json").read_text()) for tenant in ("default", "alice")]
    assert files[0]["key"] != files[1]["key"]
    stranger = BlockingKernelClient()
    stranger.load_connection_info({**files[1], "key": files[0]["key"]})
    stranger.start_channels()
    stranger.kernel_info()
    eventually(lambda: "tenant=alice zmq: message dropped: bad_signature" in tenants.log(), SECONDS)
    assert run(alice, "'still there'")[2] == ["'still there'"]
    for client in (alice, stranger):
        client.stop_channels()


def test_the_connection_file_is_the_owners_and_goes_with_the_daemon(fresh_daemon, tmp_path):
    daemon = fresh_daemon(env={"XDG_RUNTIME_DIR": str(tmp_path)}, config="tenants: {default: {zmq: true}, bob: {}}\n")
    file = tmp_path / "corncob" / "default" / "kernel.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not (tmp_path / "corncob" / "bob").exists()
    client = joined(tmp_path / "corncob")
    (kernel,) = daemon.get("/api/kernels").json()
    client.execute("x = 1")
    daemon.stop()
    assert kernel and not file.exists()
    client.stop_channels()


def test_sessions_too_many_are_refused_and_idle_ones_end(fresh_daemon, tmp_path):
    daemon = fresh_daemon(
        env={"XDG_RUNTIME_DIR": str(tmp_path)},
        config="tenants: {default: {zmq: true, quotas: {kernels_max: 1}}}\nzmq: {session_idle_timeout_seconds: 1}\n",
    )
    one = joined(tmp_path / "corncob")
    busy = begin(one, SLEEP)
    two = BlockingKernelClient(connection_file=str(tmp_path / "corncob" / "default" / "kernel.json"))
    two.load_connection_file()
    two.start_channels()
    while two.get_iopub_msg(timeout=SECONDS)["msg_type"] != "iopub_welcome":
        pass
    reply = two.execute_interactive("1", timeout=SECONDS)["content"]
    assert reply["status"] == "error" and "kernels_max is 1" in reply["evalue"]
    assert len(daemon.get("/api/kernels").json()) == 1
    control(one, "interrupt_request")
    assert reply_to(one, busy)["ename"] == "KeyboardInterrupt"
    eventually(lambda: daemon.get("/api/kernels").json() == [], SECONDS)
    assert run(two, "1")[2] == ["1"]
    for client in (one, two):
        client.stop_channels()


class Peer:
    """A client session on sockets that hear this session alone; one of very many."""

    def __init__(self, context, info):
        self.session = Session(key=info["key"].encode())
        self.sockets = {}
        for channel, kind in (("shell", zmq.DEALER), ("control", zmq.DEALER), ("iopub", zmq.SUB)):
            socket = self.sockets[channel] = context.socket(kind)
            socket.linger = 0
            if kind == zmq.SUB:
                socket.subscribe(f"{self.session.session}.")
            socket.connect(f"tcp://{info['ip']}:{info[f'{channel}_port']}")

    def ask(self, channel, msg_type, **content):
        return self.session.send(self.sockets[channel], msg_type, content)["header"]["msg_id"]

    async def receive(self, channel):
        _, frames = self.session.feed_identities(await self.sockets[channel].recv_multipart())
        message = self.session.deserialize(frames)
        if message["msg_type"] != "iopub_welcome":
            assert message["parent_header"]["session"] == self.session.session, "another session's message"
        return message

    async def run(self, code, interrupted=False):
        """Sends one cell; the reply and all that was published for it."""
        published, idle, asked = [], set(), [self.ask("shell", "execute_request", code=code, silent=False)]
        while idle != set(asked):
            message = await self.receive("iopub")
            parent = message["parent_header"]["msg_id"]
            assert parent in asked
            if parent == asked[0]:
                published.append(message)
            if message["content"].get("execution_state") == "idle":
                idle.add(parent)
            if interrupted and message["msg_type"] == "stream" and len(asked) == 1:  # a print may come in two
                asked.append(self.ask("control", "interrupt_request"))
        replies = [await self.receive(channel) for channel in ("shell", "control")[: len(asked)]]
        assert [reply["parent_header"]["msg_id"] for reply in replies] == asked
        return replies[0]["content"], published

    def close(self):
        for socket in self.sockets.values():
            socket.close()


async def life(context, info, number):
    peer = Peer(context, info)
    assert (await peer.receive("iopub"))["msg_type"] == "iopub_welcome"
    reply, _ = await peer.run(f"counter = {number}")
    assert reply["execution_count"] == 1
    for cell in range(1, CELLS):
        if cell == INTERRUPTED:
            reply, _ = await peer.run(f"counter += 1\n{SLEEP}", interrupted=True)
            assert reply["ename"] == "KeyboardInterrupt"
        else:
            reply, published = await peer.run("counter += 1; counter")
            results = [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "execute_result"]
            assert results == [str(number + cell)]
        assert reply["execution_count"] == cell + 1
    peer.ask("control", "shutdown_request", restart=False)
    assert (await peer.receive("control"))["msg_type"] == "shutdown_reply"
    peer.close()


@pytest.mark.timeout(240)
def test_very_many_sessions_at_once(runtime):
    info = json.loads((runtime / "default" / "kernel.json").read_text())

    async def lives():
        with zmq.asyncio.Context() as context:
            context.set(zmq.MAX_SOCKETS, 3 * SESSIONS + 100)
            await asyncio.gather(*(life(context, info, 1000 * number) for number in range(SESSIONS)))

    asyncio.run(lives())
