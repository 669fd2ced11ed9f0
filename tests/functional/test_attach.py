"""`corncob attach`: kernels of the running daemon, for front ends that start processes on connection files."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from daemon import Daemon, binary, clean_environment
from deadline import eventually
from jupyter_client.manager import KernelManager
from kernelspecs import installed, run_corncob
from zmq_clients import SECONDS, connected, life_with_asyncio, reply_to, run

RSS_BYTES_MAX = 8 * 2**20
START_SECONDS = 0.02


@pytest.fixture(scope="module")
def attachable(tmp_path_factory):
    """A daemon whose socket lies where `corncob attach` looks, and the kernelspec to go there."""
    runtime = tmp_path_factory.mktemp("run")
    patch = installed(tmp_path_factory.mktemp("prefix"), "--attach")
    patch.setenv("XDG_RUNTIME_DIR", str(runtime))
    daemon = Daemon(
        tmp_path_factory.mktemp("daemon") / "daemon.log", env={"KG_MAX_KERNELS": "0", "XDG_RUNTIME_DIR": str(runtime)}
    )
    yield daemon
    patch.undo()
    daemon.stop()


@pytest.fixture
def manager(attachable, tmp_path):
    manager = KernelManager(kernel_name="corncob", connection_file=str(tmp_path / "kernel.json"))
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "GRAIN": "maize"})
    yield manager
    if manager.is_alive():
        manager.shutdown_kernel()
    eventually(lambda: attachable.get("/api/kernels").json() == [], SECONDS)


@pytest.fixture
def client(manager):
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    yield client
    client.stop_channels()


def begin(client, code):
    """Starts a cell that prints something first, and comes back when it has."""
    msg_id = client.execute(code)
    while (message := client.get_iopub_msg(timeout=SECONDS))["msg_type"] != "stream":
        pass
    assert message["parent_header"]["msg_id"] == msg_id
    return msg_id


def attach(*arguments, **options):
    """One attach process without a manager."""
    return subprocess.Popen(
        [binary(), "attach", *map(str, arguments)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=clean_environment(options.pop("env", None)), **options,
    )  # fmt: skip


def end(process, code=0):
    assert process.wait(SECONDS) == code, process.stderr.read()
    return process.stderr.read()


def test_the_kernel_is_the_daemon_s(attachable, client):
    reply, _, results = run(client, "import os; os.getpid(), os.environ['GRAIN']")
    assert results == [repr((attachable.process.pid, "maize"))] and reply["execution_count"] == 1
    (kernel,) = attachable.get("/api/kernels").json()
    with attachable.client(kernel["id"]) as over_websocket:
        assert over_websocket.run("os.environ['GRAIN']").result == "'maize'"


def test_interrupts(manager, client):
    for interrupt in (manager.interrupt_kernel, lambda: os.kill(manager.provisioner.pid, signal.SIGINT)):
        sleeping = begin(client, "import time; print('on', flush=True); time.sleep(600)")
        interrupt()
        assert reply_to(client, sleeping)["ename"] == "KeyboardInterrupt"
    assert run(client, "'goes on'")[2] == ["'goes on'"]


@pytest.mark.parametrize("now", [False, True], ids=["gently", "by SIGKILL"])
def test_restart(attachable, manager, client, now):
    for _ in range(3):
        run(client, "x = 1")
        begin(client, "print('on', flush=True)\nimport time; time.sleep(600)")
        before = manager.provisioner.pid
        manager.restart_kernel(now=now)
        assert manager.provisioner.pid != before
        client.wait_for_ready(timeout=SECONDS)
        reply, _, _ = run(client, "x")
        assert (reply["ename"], reply["execution_count"]) == ("NameError", 1)
    eventually(lambda: len(attachable.get("/api/kernels").json()) == 1, SECONDS)


def test_asyncio_client(attachable):
    asyncio.run(life_with_asyncio("corncob"))


def test_modes(attachable, tmp_path):
    """In a kernel whose cells run side by side, the second cell lets the first one go on."""
    process = attach("-f", tmp_path / "kernel.json", "--mode", "concurrent")
    client = connected(tmp_path / "kernel.json")
    run(client, "import asyncio; gate = asyncio.Event()")
    waits = begin(client, "print('on', flush=True); await gate.wait()")
    opens = client.execute("gate.set()")
    replies = [client.get_shell_msg(timeout=SECONDS) for _ in range(2)]
    assert {reply["parent_header"]["msg_id"] for reply in replies} == {waits, opens}
    assert [reply["content"]["status"] for reply in replies] == ["ok", "ok"]
    client.shutdown()
    client.stop_channels()
    end(process)


def test_many_start_at_once(attachable, tmp_path):
    def life(number):
        process = attach("-f", tmp_path / f"{number}.json")
        client = connected(tmp_path / f"{number}.json")
        results = run(client, f"{number} * 2")[2]
        client.shutdown()
        client.stop_channels()
        end(process)
        return results

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(life, range(24))) == [[str(number * 2)] for number in range(24)]


@pytest.mark.parametrize(
    ("code", "exit_code"), [("exit()", 0), ("import os; os._exit(3)", 1), ("import os; os.abort()", 1)]
)
def test_it_ends_with_the_kernel(attachable, tmp_path, code, exit_code):
    process = attach("-f", tmp_path / "kernel.json")
    client = connected(tmp_path / "kernel.json")
    client.execute(code)
    end(process, exit_code)
    client.stop_channels()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_kernel_ends_with_it(attachable, tmp_path, number):
    process = attach("-f", tmp_path / "kernel.json")
    client = connected(tmp_path / "kernel.json")
    begin(client, "print('on', flush=True)\nwhile True: pass")
    eventually(lambda: len(attachable.get("/api/kernels").json()) == 1, SECONDS)
    process.send_signal(number)
    end(process, -number if number == signal.SIGKILL else 0)
    eventually(lambda: attachable.get("/api/kernels").json() == [], SECONDS)
    client.stop_channels()


def test_it_ends_with_its_parent(attachable, tmp_path):
    parent = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())}\n"
        "print(subprocess.Popen(sys.argv[1:], env=env, start_new_session=True).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    file = tmp_path / "kernel.json"
    starter = subprocess.Popen(
        [sys.executable, "-c", parent, binary(), "attach", "-f", str(file)], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    attached = psutil.Process(int(starter.stdout.readline()))
    try:
        eventually(file.exists, SECONDS)
        starter.kill()
        starter.wait(SECONDS)
        eventually(lambda: attachable.get("/api/kernels").json() == [], SECONDS)
    finally:
        starter.kill()
        with contextlib.suppress(psutil.NoSuchProcess):
            attached.kill()


def test_it_is_small_and_starts_at_once(attachable, tmp_path):
    file = tmp_path / "kernel.json"
    process = attach("-f", file)
    connected(file).stop_channels()
    attached = psutil.Process(process.pid)
    assert attached.memory_info().rss < RSS_BYTES_MAX
    assert not [each.path for each in attached.memory_maps() if "libpython" in each.path]
    process.terminate()
    end(process)

    def cpu_seconds(number):
        """From the first instruction of a kernelspec's command to the sockets, and to the end."""
        program = os.path.join(os.path.dirname(binary()), "corncob-attach")
        process = subprocess.Popen([program, "attach", "-f", str(tmp_path / f"{number}.json")])
        eventually((tmp_path / f"{number}.json").exists, SECONDS)
        process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_utime + usage.ru_stime

    assert any(cpu_seconds(number) < START_SECONDS for number in range(15)), "not even once"


def test_one_line_says_why_it_cannot(attachable, tmp_path):
    nobody = run_corncob("attach", "-f", tmp_path / "kernel.json", "--socket", tmp_path / "nobody")
    assert nobody.returncode == 1 and nobody.stdout == ""
    assert nobody.stderr == f"corncob: no daemon waits at {tmp_path}/nobody; start one with: corncob serve\n"
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    refused = run_corncob("attach", "-f", broken)
    assert (refused.returncode, refused.stderr) == (1, f"corncob: {broken}: is no JSON object\n")
    mode = run_corncob("attach", "-f", tmp_path / "kernel.json", "--mode", "nonsense")
    assert mode.returncode == 1 and mode.stderr.startswith('corncob: unknown mode "nonsense"')
    assert run_corncob("attach").returncode == 2
    eventually(lambda: attachable.get("/api/kernels").json() == [], SECONDS)


def test_ports_that_stay_in_use_are_named(attachable, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    process = attach("-f", first)
    client = connected(first)
    second.write_text(first.read_text())
    refused = run_corncob("attach", "-f", second)
    assert refused.returncode == 1 and refused.stderr.startswith("corncob: cannot bind shell to tcp://127.0.0.1:")
    assert run(client, "'still there'")[2] == ["'still there'"]
    client.shutdown()
    client.stop_channels()
    end(process)


def test_the_kernels_of_a_tenant_are_counted(fresh_daemon, tmp_path_factory):
    directory = tmp_path_factory.mktemp("s")
    fresh_daemon("--attach-socket", str(directory / "s"), env={"KG_MAX_KERNELS": "1"})
    process = attach("-f", directory / "kernel.json", "--socket", directory / "s")
    connected(directory / "kernel.json").stop_channels()
    refused = run_corncob("attach", "-f", directory / "other.json", "--socket", directory / "s")
    assert refused.returncode == 1 and "kernels_max is 1" in refused.stderr
    process.terminate()
    end(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_daemon_s_end(fresh_daemon, tmp_path_factory, number):
    directory = tmp_path_factory.mktemp("s")
    daemon = fresh_daemon("--attach-socket", str(directory / "s"))
    process = attach("-f", directory / "kernel.json", "--socket", directory / "s")
    connected(directory / "kernel.json").stop_channels()
    daemon.signal(number)
    said = end(process, 0 if number == signal.SIGTERM else 1)
    assert said == ("" if number == signal.SIGTERM else "corncob: the daemon is gone, and the kernel with it\n")
    daemon.wait()
    assert (directory / "s").exists() == (number == signal.SIGKILL)
    again = fresh_daemon("--attach-socket", str(directory / "s"))
    assert "corncob attach will not find" not in again.log()
    second = fresh_daemon("--attach-socket", str(directory / "s"))
    assert "another daemon waits there" in second.log() and second.get("/api").status_code == 200
