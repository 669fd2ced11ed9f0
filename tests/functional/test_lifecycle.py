"""The daemon's own life: its start, its end."""

import re
import signal
import socket
import subprocess
import time

import pytest
from daemon import binary, clean_environment
from deadline import eventually
from jupyter_ws import ClosedByServer


def run(*arguments, **keywords):
    return subprocess.run(
        [binary(), *arguments], capture_output=True, text=True, timeout=30, env=clean_environment(), **keywords
    )


# --- the start


def test_the_line_with_the_address(fresh_daemon):
    daemon = fresh_daemon()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[0-9a-zA-Z_-]{32,}", daemon.url_line)
    daemon.stop()
    assert daemon.stdout_rest() == [], "more than the one line on stdout"


def test_every_start_has_its_own_token(fresh_daemon):
    assert fresh_daemon().token != fresh_daemon().token


def test_version_and_help():
    assert re.search(r"\d+\.\d+", run("--version").stdout)
    for arguments in (["--help"], ["serve", "--help"], ["check-config", "--help"]):
        shown = run(*arguments)
        assert shown.returncode == 0 and "corncob" in shown.stdout.lower()


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--nonsense"],
        ["nonsense"],
        ["serve", "--port", "99999"],
        ["serve", "--isolation", "galaxy"],
        ["serve", "--isolation", "tenant"],
        ["serve", "--config", "/no/such/file.yaml"],
        [],
    ],
)
def test_bad_command_lines(arguments):
    ended = run(*arguments)
    assert ended.returncode == 2 and ended.stderr.strip() and ended.stdout == ""


BAD_CONFIG = """\
server:
  port: many
  io_thread: 2
auth: 5
kernels:
  isolation: galaxy
  default: nothing
"""


def test_check_config_tells_every_problem_at_once(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD_CONFIG)
    ended = run("check-config", str(path))
    assert ended.returncode == 2
    told = ended.stdout + ended.stderr
    for key, line in (
        ("server.port", 2),
        ("server.io_thread", 3),
        ("auth", 4),
        ("kernels.isolation", 6),
        ("kernels.default", 7),
    ):
        assert re.search(rf"bad\.yaml:{line}: {re.escape(key)}\b", told), f"{key} at line {line} in:\n{told}"
    assert "io_threads" in told, "no word of the key that was meant"


def test_check_config_of_good_files(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text("server: {port: 0}\n")
    assert run("check-config", str(path)).returncode == 0


def test_a_bad_config_starts_nothing(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD_CONFIG)
    ended = run("serve", "--port", "0", "--config", str(path))
    assert ended.returncode == 2 and ended.stdout == "" and "server.io_thread" in ended.stderr


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("serve", "--port", port)
    assert ended.returncode not in (0, 2) and port in ended.stderr and ended.stdout == ""


# --- the end


def test_sigterm_when_idle(fresh_daemon):
    """There is nothing to wait for."""
    daemon = fresh_daemon("--drain-timeout", "600")
    client = daemon.client(daemon.start_kernel())
    client.run("1")
    daemon.signal(signal.SIGTERM)
    assert closed_with(client) == 1012
    assert daemon.wait() == 0


def closed_with(client):
    with pytest.raises(ClosedByServer) as closed:
        while True:
            client.receive()
    return closed.value.code


def waiting_for(go_on):
    """A cell that goes on when there is this file."""
    return f"import os, time\nprint('on', flush=True)\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.01)\n"


def sigterm(daemon):
    """It drains when this returns."""
    assert daemon.get("/readyz").status_code == 200
    daemon.signal(signal.SIGTERM)
    eventually(lambda: daemon.get("/readyz").status_code == 503)


def test_sigterm_lets_a_running_cell_finish(fresh_daemon, tmp_path):
    daemon, go_on = fresh_daemon("--drain-timeout", "600"), tmp_path / "go on"
    client = daemon.client(daemon.start_kernel())
    running = client.send_execute(waiting_for(go_on) + "print('finished')")
    queued = client.send_execute("print('never')")
    client.wait_for_output("on")
    sigterm(daemon)
    go_on.touch()
    exchange = client.collect(running)
    assert exchange.reply["status"] == "ok" and exchange.text().endswith("finished\n")
    assert closed_with(client) == 1012
    assert client.exchanges[queued].text() in ("", "never\n")  # refused or finished, but answered
    assert client.exchanges[queued].finished()
    assert daemon.wait() == 0


def test_draining_refuses_new_work(fresh_daemon, tmp_path):
    daemon, go_on = fresh_daemon("--drain-timeout", "600"), tmp_path / "go on"
    client = daemon.client(daemon.start_kernel())
    client.send_execute(waiting_for(go_on))
    client.wait_for_output("on")
    sigterm(daemon)
    refused = daemon.post("/api/kernels", json={})
    assert refused.status_code == 503 and refused.headers["Retry-After"] == "5"
    assert daemon.get("/healthz").status_code == 200
    refused = client.execute("print('late')")
    assert refused.reply["status"] in ("error", "aborted") and refused.text() == ""
    go_on.touch()
    assert closed_with(client) == 1012
    assert daemon.wait() == 0


def test_sigterm_interrupts_what_does_not_end(fresh_daemon):
    daemon = fresh_daemon("--drain-timeout", "1")
    client = daemon.client(daemon.start_kernel())
    cell = client.send_execute("print('on', flush=True)\nwhile True: pass")
    client.wait_for_output("on")
    begin = time.monotonic()
    daemon.signal(signal.SIGTERM)
    assert closed_with(client) == 1012
    assert client.exchanges[cell].reply["ename"] == "KernelEnded"
    assert daemon.wait() == 0
    assert time.monotonic() - begin > 0.8
    assert "disowned" not in daemon.log(), "it would have gone on"


def test_a_second_signal_forces(fresh_daemon):
    daemon = fresh_daemon("--drain-timeout", "600")
    client = daemon.client(daemon.start_kernel())
    client.send_execute(
        "print('on', flush=True)\nwhile True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
    )
    client.wait_for_output("on")
    daemon.signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        daemon.wait(1)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() != 0


def test_sigint_is_as_good(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        client.run("1")
    daemon.signal(signal.SIGINT)
    assert daemon.wait() == 0


# --- what does not stop

STUBBORN = """
def stay():
    import os, time
    print('on', flush=True)
    while True:
        try:
            while not os.path.exists({leave!r}):
                time.sleep(0.01)
            return
        except KeyboardInterrupt:
            pass
stay()
print('late')
"""


def disowned(daemon):
    """As the metric says it, and the health check."""
    counted = daemon.get("/healthz").json()["disowned_threads"]
    return counted if f"corncob_disowned_threads {counted}\n" in daemon.get("/metrics").text else None


def test_restart_of_a_cell_that_will_not_stop(fresh_daemon, tmp_path):
    daemon, leave = fresh_daemon(), tmp_path / "leave"
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        client.run("x = 1")
        stubborn = client.send_execute(STUBBORN.format(leave=str(leave)))
        client.wait_for_output("on")
        assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
        assert client.execute("x").reply["ename"] == "NameError"
        assert disowned(daemon) == 0, "the new one has waited for the end of the old one"
        assert client.run("y = 2; 1 + 1").reply["execution_count"] == 2
        assert client.collect(stubborn).reply["status"] == "error"
        eventually(lambda: disowned(daemon) == 1)
        assert daemon.get("/api/status").json()["kernels"] == 1
        leave.touch()
        eventually(lambda: disowned(daemon) == 0)
        assert client.run("y").result == "2"
        assert client.exchanges[stubborn].text() == "on\n", "a kernel of the past is heard"


def test_delete_of_a_cell_that_will_not_stop(fresh_daemon, tmp_path):
    daemon, leave = fresh_daemon(env={"KG_MAX_KERNELS": "1"}), tmp_path / "leave"
    client = daemon.client(daemon.start_kernel())
    client.send_execute(STUBBORN.format(leave=str(leave)))
    client.wait_for_output("on")
    daemon.stop_kernel(client.kernel_id)
    assert closed_with(client) == 1000
    with daemon.client(daemon.start_kernel()) as other:  # the one kernel that is allowed
        assert other.run("1 + 1").result == "2"
        assert disowned(daemon) == 0, "the new one has waited for the end of the old one"
        eventually(lambda: disowned(daemon) == 1)
    leave.touch()
    eventually(lambda: disowned(daemon) == 0)


def test_a_signal_to_a_child_is_not_the_daemons(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        client.run(
            "import multiprocessing, os, signal, time\n"
            "p = multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,))\n"
            "p.start(); p.terminate(); p.join()"
        )
        assert client.run("p.exitcode").result == str(-signal.SIGTERM)
        client.run(
            "r, w = os.pipe()\npid = os.fork()\nif pid == 0:\n"
            "    try: os.write(w, b'.'); time.sleep(600)\n"
            "    except KeyboardInterrupt: os._exit(7)\n"
            "_ = os.read(r, 1); os.kill(pid, signal.SIGINT)"
        )
        assert client.run("os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])").result == "7"
        daemon.start_kernel()
    assert "going down" not in daemon.log()


PROGRAMS = {
    "Popen": "subprocess.Popen(['sleep', '600'])",
    "a group": "subprocess.Popen('sleep 600; true', shell=True, start_new_session=True)",
    "fork": "os.fork() or (time.sleep(600), os._exit(0))",
    "multiprocessing": "multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,)).start()",
    "posix_spawn": "os.posix_spawn('/bin/sleep', ['sleep', '600'], {})",
    "that ignores SIGTERM": "subprocess.Popen(['sh', '-c', 'trap : TERM; while :; do sleep 1; done'])",
}


@pytest.mark.parametrize("ending", ["restart", "delete", "exit"])
def test_programs_end_with_their_kernel(fresh_daemon, ending):
    """As they do with a kernel process; those of other kernels go on."""
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as other:
        other.run("import subprocess; there = subprocess.Popen(['sleep', '600'])")
        kept = set(daemon.ps.children(recursive=True))
        client = daemon.client(daemon.start_kernel())
        client.run("import multiprocessing, os, subprocess, time")
        for code in PROGRAMS.values():
            client.run(f"{code}; None")
        assert len(set(daemon.ps.children(recursive=True)) - kept) >= len(PROGRAMS)
        if ending == "restart":
            assert daemon.post(f"/api/kernels/{client.kernel_id}/restart").status_code == 200
        elif ending == "delete":
            daemon.stop_kernel(client.kernel_id)
        else:
            client.send_execute("os._exit(1)")
        eventually(lambda: set(daemon.ps.children(recursive=True)) == kept)
        assert other.run("there.poll() is None").result == "True"
        client.close(check=False)


def test_a_drain_does_not_wait_for_ever(fresh_daemon, tmp_path):
    daemon = fresh_daemon("--drain-timeout", "1")
    client = daemon.client(daemon.start_kernel())
    client.send_execute(STUBBORN.format(leave=str(tmp_path / "never")))
    client.wait_for_output("on")
    daemon.signal(signal.SIGTERM)
    assert closed_with(client) == 1012
    assert daemon.wait() == 0
    assert "disowned" in daemon.log()
