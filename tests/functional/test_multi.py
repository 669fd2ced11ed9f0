"""Kernels of mode multi: every `header.session` is a kernel of its own, over WebSocket and ZMQ. What akernel's `multi`
shares by mistake is apart.
"""

import functools

import pytest
from deadline import eventually
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from jupyter_zmq import ZmqKernelClient
from kernelspecs import WAYS
from test_kernel_process import launch  # noqa: F401  (a fixture)
from zmq_clients import SECONDS, begin, reply_to, run

SLEEP = "import time; print('on', flush=True); time.sleep(600)"


DOORS = ("websocket", "zmq")
of_a_websocket = pytest.mark.parametrize("sessions", ["websocket"], indirect=True)


@pytest.fixture
def kernel_id(daemon):
    before = {kernel["id"] for kernel in daemon.get("/api/kernels").json()}
    kernel_id = daemon.start_kernel(name="python3-multi")
    yield kernel_id
    daemon.delete(f"/api/kernels/{kernel_id}")
    assert {kernel["id"] for kernel in daemon.get("/api/kernels").json()} <= before, "its sessions end with it"


@pytest.fixture(params=DOORS)
def sessions(request):
    """Clients of two sessions, over WebSocket and over ZMQ."""
    if request.param == "websocket":
        connect = functools.partial(request.getfixturevalue("daemon").client, request.getfixturevalue("kernel_id"))
    else:
        process = request.getfixturevalue("launch")("--mode", "multi")
        connect = functools.partial(ZmqKernelClient, process.path)
    with connect() as one, connect() as two:
        yield one, two


def sleeping(client):
    msg_id = client.send_execute(SLEEP)
    client.wait_for_output("on", parent=msg_id)
    return msg_id


def interrupted(client, msg_id):
    client.request("interrupt_request", channel="control")
    return client.collect(msg_id).reply["ename"] == "KeyboardInterrupt"


def test_namespaces_counts_and_results_are_apart(sessions):
    one, two = sessions
    assert one.run("x = 'one'; x").result == "'one'"
    assert [one.run("_").reply["execution_count"] for _ in range(2)] == [2, 3]
    reply = two.execute("x").reply
    assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)
    assert two.run("Out, In[1:]").result == "({}, ['x', 'Out, In[1:]'])"


@of_a_websocket  # over ZMQ, who subscribes to everything hears all sessions
def test_iopub_is_one_session_s(sessions):
    one, two = sessions
    one.run("print('mine')")
    two.run("print('ours')")
    for client in sessions:
        client.request("kernel_info_request")
        assert all(m.parent_header["session"] == client.session for m in client.received if m.parent_header)
        assert client.foreign == []


def test_a_running_cell_holds_up_no_other_session(sessions):
    one, two = sessions
    cell = sleeping(one)
    assert two.run("1 + 1").result == "2"
    assert interrupted(one, cell)


def test_an_interrupt_is_one_session_s(sessions):
    cells = [sleeping(client) for client in sessions]
    one, two = sessions
    assert interrupted(two, cells[1])
    assert two.run("'on'").result == "'on'" and not one.exchanges[cells[0]].replied
    assert interrupted(one, cells[0])


def test_cells_side_by_side_are_one_session_s(sessions):
    one, two = sessions
    one.run("__unchain_execution__()")
    for client in sessions:
        client.run("import asyncio; gate = asyncio.Event()")
    cells = [one.send_execute("await gate.wait()"), one.send_execute("gate.set()")]
    assert [each.reply["status"] for each in one.collect(*cells)] == ["ok", "ok"]
    waits = two.send_execute("print('on', flush=True); await gate.wait()")
    two.wait_for_output("on", parent=waits)
    opens = two.send_execute("gate.set()")
    two.request("kernel_info_request")  # answered once `opens` has come: the interrupt takes another way
    assert interrupted(two, waits) and two.collect(opens).reply["status"] == "aborted"


def test_tasks_are_one_session_s(sessions):
    one, two = sessions
    waits = one.send_execute("import asyncio; print('on', flush=True); await asyncio.sleep(600)")
    one.wait_for_output("on", parent=waits)
    two.run("1")
    assert two.run("__task__(0).cancel(), __task__(-1).cancel()").result == "(False, False)"
    assert interrupted(one, waits)


def test_comms_are_one_session_s(sessions):
    one, two = sessions
    one.run("from comm import create_comm; comm = create_comm(target_name='t')")
    comms = [client.request("comm_info_request").reply["comms"] for client in sessions]
    assert [len(each) for each in comms] == [1, 0]


def test_a_restart_and_exit_are_one_session_s(sessions):
    one, two = sessions
    for client in sessions:
        client.run("x = 1")
    one.request("shutdown_request", {"restart": True}, channel="control")
    reply = one.execute("x").reply
    assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)
    one.request("shutdown_request", {"restart": False}, channel="control")
    assert one.execute("x").reply["ename"] == "NameError"
    assert two.run("x").result == "1"


def test_a_page_that_is_loaded_anew_keeps_its_session(daemon, kernel_id):
    with daemon.client(kernel_id) as one:
        one.run("x = 1")
    with daemon.client(kernel_id, session=one.session) as again:
        assert again.run("x").result == "1"


@of_a_websocket
def test_the_sessions_are_kernels_of_the_tenant(daemon, kernel_id, sessions):
    before = {kernel["id"] for kernel in daemon.get("/api/kernels").json()}
    one, two = sessions
    cells = [sleeping(client) for client in sessions]
    mine = [kernel for kernel in daemon.get("/api/kernels").json() if kernel["id"] not in before]
    assert [kernel["execution_state"] for kernel in mine] == ["busy", "busy"]
    model = daemon.get(f"/api/kernels/{kernel_id}").json()
    assert (model["name"], model["execution_state"], model["connections"]) == ("python3-multi", "busy", 2)
    assert daemon.post(f"/api/kernels/{kernel_id}/interrupt").status_code == 204  # all of them
    for client, cell in zip(sessions, cells, strict=True):
        assert client.collect(cell).reply["ename"] == "KeyboardInterrupt"
    assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
    assert [client.execute("cells").reply["execution_count"] for client in sessions] == [1, 1]


# --- over ZMQ


def other_client(client):
    """Of the same sockets, with a session of its own."""
    other = BlockingKernelClient()
    other.load_connection_info(client.get_connection_info())
    other.start_channels()
    other.wait_for_ready(timeout=SECONDS)
    return other


def ends_with_its_last_session(one):
    """Two sessions of one connection file: apart; the first to leave leaves the other alone."""
    two = other_client(one)
    run(one, "x = 'one'")
    assert run(two, "x")[0]["ename"] == "NameError"
    msg_id = begin(one, SLEEP)
    assert run(two, "1 + 1")[2] == ["2"]
    one.control_channel.send(one.session.msg("interrupt_request"))
    assert reply_to(one, msg_id)["ename"] == "KeyboardInterrupt"
    one.shutdown()
    one.get_control_msg(timeout=SECONDS)
    assert run(two, "'still there'")[2] == ["'still there'"]
    two.shutdown()
    two.get_control_msg(timeout=SECONDS)
    for client in (one, two):
        client.stop_channels()


def test_as_a_process(launch):  # noqa: F811
    process = launch("--mode", "multi")
    ends_with_its_last_session(process.client())
    assert process.wait() == 0


@pytest.mark.parametrize("way", WAYS)
def test_by_a_kernelspec(tmp_path_factory, way):
    """A kernelspec's kernel lives and ends by jupyter_client's manager as any other."""
    with WAYS[way](tmp_path_factory.mktemp, "multi"):
        manager = KernelManager(kernel_name="corncob-multi")
        manager.start_kernel()
        one = manager.client(session=Session(key=manager.session.key))  # asks the manager whether it lives
        one.start_channels()
        one.wait_for_ready(timeout=SECONDS)
        two = other_client(one)
        run(one, "x = 1")
        assert run(two, "x")[0]["ename"] == "NameError"
        manager.shutdown_kernel()
        eventually(lambda: not manager.is_alive(), SECONDS)
        for client in (one, two):
            client.stop_channels()
