"""An interrupt ends what runs, whatever it is doing, soon, and nothing else."""

import time

import pytest

BLOCKING = {
    "sleep": "import time; time.sleep(60)",
    "spin": "while True: pass",
    "asyncio": "import asyncio; await asyncio.sleep(60)",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "event": "import threading; threading.Event().wait()",
    "queue": "import queue; queue.Queue().get()",
    "socket": "import socket; a, b = socket.socketpair(); a.recv(1)",
    "join": "from threading import *; e = Event(); t = Thread(target=e.wait, daemon=True); t.start(); t.join()",
    "select": "import select; select.select([], [], [], 60)",
    "subprocess": "import subprocess; subprocess.run(['sleep', '60'])",
}


def interrupt_by_rest(daemon, client):
    assert daemon.post(f"/api/kernels/{client.kernel_id}/interrupt").status_code == 204


def interrupt_by_message(daemon, client):
    assert client.request("interrupt_request", channel="control", timeout=5).reply["status"] == "ok"


@pytest.mark.parametrize("interrupt", [interrupt_by_rest, interrupt_by_message])
@pytest.mark.parametrize("code", BLOCKING.values(), ids=BLOCKING.keys())
def test_interrupt(daemon, client, code, interrupt):
    client.run("x = 'kept'")
    running = client.send_execute(f"print('on', flush=True)\n{code}")
    client.wait_for_output("on")
    begin = time.monotonic()
    interrupt(daemon, client)
    exchange = client.collect(running, timeout=10)
    elapsed = time.monotonic() - begin
    assert exchange.reply["status"] == "error"
    assert exchange.reply["ename"] in ("KeyboardInterrupt", "CancelledError")
    assert elapsed < 2, f"the interrupt took {elapsed:.2f} s"
    assert client.run("x").result == "'kept'"


def test_interrupt_can_be_caught(daemon, client):
    running = client.send_execute(
        "import time\nprint('on', flush=True)\n"
        "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('caught')\nprint('went on')"
    )
    client.wait_for_output("on")
    interrupt_by_rest(daemon, client)
    exchange = client.collect(running)
    assert exchange.reply["status"] == "ok" and exchange.text().endswith("caught\nwent on\n")


def test_interrupt_aborts_what_is_queued(daemon, client):
    running = client.send_execute("print('on', flush=True); import time; time.sleep(60)")
    queued = client.send_execute("print('never')")
    client.wait_for_output("on")
    interrupt_by_rest(daemon, client)
    first, second = client.collect(running, queued)
    assert first.reply["status"] == "error" and second.reply["status"] == "aborted"
    assert client.run("1 + 1").result == "2"


def test_interrupt_of_an_idle_kernel_spoils_nothing(daemon, client):
    client.run("1")
    for _ in range(20):
        interrupt_by_rest(daemon, client)
    for number in range(20):
        assert client.run(f"{number} + 1").result == str(number + 1)


def test_interrupt_hits_one_kernel_only(daemon, client):
    with daemon.client(daemon.start_kernel()) as other:
        code = "import time\nprint('on', flush=True)\nend = time.monotonic() + 1\n"
        code += "while time.monotonic() < end: pass\n'whole'"
        running = other.send_execute(code)
        other.wait_for_output("on")
        for _ in range(3):
            target = client.send_execute("print('on', flush=True)\nwhile True: pass")
            client.wait_for_output("on", parent=target)
            interrupt_by_rest(daemon, client)
            assert client.collect(target).reply["ename"] == "KeyboardInterrupt"
        assert other.collect(running).result == "'whole'"
    daemon.stop_kernel(other.kernel_id)


def test_many_interrupts_of_many_cells(daemon, client):
    for number in range(25):
        running = client.send_execute("print('on', flush=True); import time; time.sleep(60)")
        client.wait_for_output("on", parent=running)
        interrupt_by_rest(daemon, client)
        assert client.collect(running).reply["ename"] == "KeyboardInterrupt", number
        assert client.run(f"{number}").result == f"{number}"


def test_a_traceback_shows_the_users_code_only(daemon, client):
    running = client.send_execute("print('on', flush=True)\nimport time; time.sleep(60)")
    client.wait_for_output("on")
    interrupt_by_rest(daemon, client)
    shown = "\n".join(client.collect(running).reply["traceback"])
    assert "sleep" in shown and "corncob" not in shown
