"""`corncob kernel`: a kernel as a process of its own, on ZMQ, with Jupyter's own clients."""

import asyncio
import contextlib
import json
import os
import signal
import stat
import subprocess
import sys

import psutil
import pytest
from daemon import binary, clean_environment
from deadline import eventually
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from kernelspecs import installed, run_corncob
from zmq_clients import SECONDS, begin, connected, life_with_asyncio, reply_to, run


@pytest.fixture(scope="module", autouse=True)
def kernelspec(tmp_path_factory):
    patch = installed(tmp_path_factory.mktemp("prefix"))
    yield
    patch.undo()


@pytest.fixture
def manager(tmp_path):
    manager = KernelManager(kernel_name="corncob")
    manager.start_kernel(cwd=str(tmp_path))
    yield manager
    if manager.is_alive():
        manager.shutdown_kernel()


@pytest.fixture
def client(manager):
    """With a session of its own: clients that a manager makes share one, and take each other's place in the kernel."""
    client = manager.client(session=Session(key=manager.session.key))
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    yield client
    client.stop_channels()


class Process:
    """`corncob kernel -f FILE`, without anybody who manages it."""

    def __init__(self, directory, *flags, content=None, env=None):
        self.path = directory / "connection.json"
        if content is not None:
            self.path.write_text(json.dumps(content))
        self.log_path = directory / "kernel.log"
        env = {"XDG_STATE_HOME": str(directory / "state"), **(env or {})}
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [binary(), "kernel", "-f", str(self.path), "--log-level", "info", *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(env), cwd=directory,
            )  # fmt: skip

    def client(self):
        eventually(lambda: self.process.poll() is not None or self.is_written(), SECONDS)
        return connected(self.path)

    def is_written(self):
        return self.path.exists() and json.loads(self.path.read_text()).get("shell_port", 0) != 0

    def wait(self):
        return self.process.wait(SECONDS)

    def log(self):
        return self.log_path.read_text()


@pytest.fixture
def launch(tmp_path):
    processes = []

    def launch(*flags, **arguments):
        processes.append(Process(tmp_path, *flags, **arguments))
        return processes[-1]

    yield launch
    for each in processes:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(SECONDS)


def test_cells(client):
    assert run(client, "x = 20; print('hello')")[1] == "hello\n"
    reply, _, results = run(client, "2 * x + 2", user_expressions={"y": "x + 1"})
    assert (reply["status"], reply["execution_count"], results) == ("ok", 2, ["42"])
    assert reply["user_expressions"]["y"]["data"]["text/plain"] == "21"
    reply, _, _ = run(client, "1 / 0")
    assert (reply["status"], reply["ename"]) == ("error", "ZeroDivisionError")


def test_input(client):
    def answer(message):
        assert message["content"]["prompt"] == "name? "
        client.input("Ann")

    assert run(client, "print('hello', input('name? '))", allow_stdin=True, stdin_hook=answer)[1] == "hello Ann\n"


def test_every_line_of_many_arrives_in_order(client):
    lines = 20_000
    text = run(client, f"for i in range({lines}): print(i, flush=True)")[1]
    assert text == "".join(f"{i}\n" for i in range(lines))


def test_large_messages_and_buffers(client):
    text = run(client, "print('x' * 5_000_000)")[1]
    assert len(text) == 5_000_001
    code = (
        "from comm import create_comm\n"
        "comm = create_comm(target_name='t', data={}, buffers=[b'\\x00\\xff' * 1_000_000])\n"
        "comm.on_msg(lambda message: print(type(message['buffers'][0]).__name__, len(message['buffers'][0])))\n"
    )
    opened = []
    client.execute_interactive(code, timeout=SECONDS, output_hook=opened.append)
    message = next(message for message in opened if message["msg_type"] == "comm_open")
    assert bytes(message["buffers"][0]) == b"\x00\xff" * 1_000_000
    sent = client.session.msg("comm_msg", {"comm_id": message["content"]["comm_id"], "data": {}})
    client.session.send(client.shell_channel.socket, sent, buffers=[b"y" * 3_000_000])
    line = ""
    while not line.endswith("\n"):  # it may come in several messages
        answer = client.get_iopub_msg(timeout=SECONDS)
        line += answer["content"]["text"] if answer["msg_type"] == "stream" else ""
    assert line == "memoryview 3000000\n"  # as ipykernel gives them


def test_the_working_directory_is_the_process_s(client, tmp_path):
    (tmp_path / "below").mkdir()
    assert run(client, "import os; os.getcwd()")[2] == [repr(str(tmp_path))]
    assert run(client, "os.chdir('below'); open('here', 'w').close(); os.getcwd()")[2] == [
        repr(str(tmp_path / "below"))
    ]
    assert (tmp_path / "below" / "here").exists()


def test_its_history_is_there_for_the_next_one(launch):
    for number in range(2):
        process = launch()
        client = process.client()
        run(client, f"'kernel {number}'")
        assert ("kernel 0" in run(client, "%history -g 'kernel*'")[1]) and run(client, "%history")[1].count("\n") == 3
        client.shutdown()
        assert process.wait() == 0
        client.stop_channels()
        process.path.unlink(missing_ok=True)


def test_two_clients_see_each_other(manager, client):
    other = connected(manager.connection_file)
    run(client, "shared = 'from the first'")
    assert run(other, "shared")[2] == ["'from the first'"]
    seen = client.get_iopub_msg(timeout=SECONDS)
    while seen["msg_type"] != "execute_result":
        seen = client.get_iopub_msg(timeout=SECONDS)
    assert seen["parent_header"]["session"] == other.session.session
    other.stop_channels()


def test_control_and_heartbeat_answer_while_a_cell_spins(manager, client):
    spinning = begin(client, "print('on', flush=True)\nwhile True: pass")
    client.hb_channel.unpause()
    eventually(client.hb_channel.is_beating, SECONDS)
    message = client.session.msg("kernel_info_request", {})
    client.control_channel.send(message)
    assert client.get_control_msg(timeout=SECONDS)["msg_type"] == "kernel_info_reply"
    manager.interrupt_kernel()
    assert reply_to(client, spinning)["ename"] == "KeyboardInterrupt"


def test_interrupt_by_message(manager, client):
    assert manager.kernel_spec.interrupt_mode == "message"
    sleeping = begin(client, "import time; print('on', flush=True); time.sleep(600)")
    manager.interrupt_kernel()
    assert reply_to(client, sleeping)["ename"] == "KeyboardInterrupt"
    assert run(client, "'goes on'")[2] == ["'goes on'"]


def test_interrupt_by_sigint(manager, client):
    sleeping = begin(client, "import time; print('on', flush=True); time.sleep(600)")
    os.kill(manager.provisioner.pid, signal.SIGINT)
    assert reply_to(client, sleeping)["ename"] == "KeyboardInterrupt"
    assert run(client, "'goes on'")[2] == ["'goes on'"]


def test_restart(manager, client):
    run(client, "x = 1")
    first = manager.provisioner.pid
    manager.restart_kernel()
    assert manager.provisioner.pid != first
    client.wait_for_ready(timeout=SECONDS)
    reply, _, _ = run(client, "x")
    assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)


def test_asyncio_client():
    asyncio.run(life_with_asyncio("corncob"))


def test_connect_info(launch):
    kernel = launch()
    client = kernel.client()
    text = run(client, "%connect_info")[1]
    assert json.loads(text[: text.index("}") + 1]) == json.loads(kernel.path.read_text())
    assert f"$> jupyter console --existing {kernel.path}\n" in text and "WebSocket" not in text
    client.stop_channels()


def test_wildcard_ports(launch):
    kernel = launch(content={"key": "", "shell_port": 0, "kernel_name": "mine"})
    client = kernel.client()
    written = json.loads(kernel.path.read_text())
    ports = [written[f"{name}_port"] for name in ("shell", "control", "iopub", "stdin", "hb")]
    assert len(set(ports)) == 5 and min(ports) > 1023
    assert written["key"] == "" and written["kernel_name"] == "mine"
    assert run(client, "1 + 1")[2] == ["2"]
    client.stop_channels()


def test_a_file_of_its_own_making(launch):
    kernel = launch()
    client = kernel.client()
    assert stat.S_IMODE(kernel.path.stat().st_mode) == 0o600
    assert len(json.loads(kernel.path.read_text())["key"]) == 64
    assert run(client, "1 + 1")[2] == ["2"]
    client.shutdown()
    assert kernel.wait() == 0, kernel.log()
    client.stop_channels()


def test_ipc(launch, tmp_path):
    kernel = launch(content={"key": "k", "transport": "ipc", "ip": str(tmp_path / "socket")})
    client = kernel.client()
    assert run(client, "1 + 1")[2] == ["2"]
    sockets = list(tmp_path.glob("socket-*"))
    assert len(sockets) == 5 and all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in sockets)
    client.stop_channels()


def test_exit_in_a_cell_ends_the_process(launch):
    kernel = launch()
    client = kernel.client()
    assert reply_to(client, client.execute("exit()"))["status"] == "ok"
    assert kernel.wait() == 0, kernel.log()
    client.stop_channels()


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("import os; os._exit(3)", 1),
        ("import os; os._exit(0)", 0),
        ("import os; os.abort()", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 1),
        ("import asyncio, sys; asyncio.get_running_loop().call_soon(sys.exit, 1); await asyncio.sleep(60)", 1),
    ],
)
def test_the_exit_code_says_whether_it_has_crashed(launch, code, exit_code):
    kernel = launch()
    client = kernel.client()
    assert reply_to(client, client.execute(code))["status"] == "error"
    assert kernel.wait() == exit_code, kernel.log()
    client.stop_channels()


@pytest.mark.parametrize("restart", [False, True])
def test_shutdown_while_a_cell_runs(launch, restart):
    kernel = launch()
    client = kernel.client()
    begin(client, "import time; print('on', flush=True); time.sleep(600)")
    client.control_channel.send(client.session.msg("shutdown_request", {"restart": restart}))
    reply = client.get_control_msg(timeout=SECONDS)
    assert (reply["msg_type"], reply["content"]) == ("shutdown_reply", {"status": "ok", "restart": restart})
    assert kernel.wait() == 0, kernel.log()
    client.stop_channels()


def test_sigterm_ends_it(launch):
    kernel = launch()
    client = kernel.client()
    begin(client, "print('on', flush=True)\nwhile True: pass")
    kernel.process.send_signal(signal.SIGTERM)
    assert kernel.wait() == 0, kernel.log()
    client.stop_channels()


def has_ended(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_ends_with_its_parent(tmp_path):
    file = tmp_path / "connection.json"
    parent = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())}\n"
        "print(subprocess.Popen(sys.argv[1:], env=env, start_new_session=True).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", parent, binary(), "kernel", "-f", str(file)], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    kernel = psutil.Process(int(starter.stdout.readline()))
    try:
        eventually(file.exists, SECONDS)
        client = connected(file)
        assert run(client, "import os; os.environ['JPY_PARENT_PID']")[2] == [repr(str(starter.pid))]
        client.stop_channels()
        starter.kill()
        starter.wait(SECONDS)
        eventually(lambda: has_ended(kernel), SECONDS)
    finally:
        starter.kill()
        with contextlib.suppress(psutil.NoSuchProcess):
            kernel.kill()


def test_what_cannot_be_is_said_in_a_line(launch, tmp_path):
    first = launch()
    first.client().stop_channels()
    taken = tmp_path / "taken.json"
    taken.write_text(first.path.read_text())
    second = run_corncob("kernel", "-f", taken)
    assert second.returncode == 1 and second.stdout == ""
    assert second.stderr.startswith("corncob: cannot bind shell to tcp://127.0.0.1:") and second.stderr.count("\n") == 1
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert run_corncob("kernel", "-f", broken).stderr == f"corncob: {broken}: is no JSON object\n"
    mode = run_corncob("kernel", "-f", taken, "--mode", "nonsense")
    assert mode.returncode == 2 and mode.stderr.startswith('corncob: unknown mode "nonsense"; there are ')
    assert run_corncob("kernel").returncode == 2
