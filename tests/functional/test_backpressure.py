"""A cell that prints faster than its clients read waits for them; nothing is dropped, and nobody waits for ever."""

import time

import pytest
from deadline import eventually

LINE = 10_000
LINES = 6_000  # 60 MB: more than the sockets' buffers and the outbox hold
STILL_SECONDS = 2  # without progress: it waits; one that only gets no turn would sooner have one
SMALL_OUTBOX = "server: {message_bytes_max: 1048576, outbox_bytes_max: 1048576%s}\n"


def printing(progress):
    """A cell that prints LINES lines, and says in a file how far it is."""
    return f"""
progress = open({str(progress)!r}, 'w')
for i in range({LINES}):
    print(f'{{i:06}}'.ljust({LINE - 1}, '.') + '\\n', end='')  # one write
    progress.seek(0); progress.write(str(i)); progress.flush()
"""


def count(progress):
    text = progress.read_text() if progress.exists() else ""
    return int(text or 0)


def wait_until_it_waits(progress):
    """The cell makes no more progress, and is not done."""
    seen = [(-1, time.monotonic())]

    def stands_still():
        if count(progress) != seen[-1][0]:
            seen.append((count(progress), time.monotonic()))
        return seen[-1][0] > 0 and time.monotonic() - seen[-1][1] > STILL_SECONDS

    eventually(stands_still, timeout=40)
    assert count(progress) < LINES - 1, "it was done before its client read anything"


def lines_of(exchange):
    return [int(line[:6]) for line in exchange.text().splitlines()]


@pytest.fixture
def slow(fresh_daemon):
    """A daemon with little room for clients that do not read, and a kernel in it."""
    daemon = fresh_daemon(config=SMALL_OUTBOX % "")
    return daemon, daemon.start_kernel()


def test_a_cell_waits_for_a_client_that_reads_later(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    with daemon.client(kernel_id) as client:
        cell = client.send_execute(printing(progress))
        wait_until_it_waits(progress)
        with daemon.client(daemon.start_kernel()) as other:
            assert other.execute("1 + 1").result == "2", "another kernel runs on"
        done = client.collect(cell)
        assert done.reply["status"] == "ok"
        assert lines_of(done) == list(range(LINES))


def test_threads_of_a_cell_wait_too(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    with daemon.client(kernel_id) as client:
        code = printing(progress).replace("\n", "\n    ")
        cell = client.send_execute(
            f"import threading\ndef work():{code}\nt = threading.Thread(target=work)\nt.start(); t.join()"
        )
        wait_until_it_waits(progress)
        assert lines_of(client.collect(cell)) == list(range(LINES))


def test_an_interrupt_breaks_the_wait(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    with daemon.client(kernel_id) as client:
        cell = client.send_execute(printing(progress))
        wait_until_it_waits(progress)
        at = count(progress)
        daemon.post(f"/api/kernels/{kernel_id}/interrupt")
        eventually(lambda: daemon.get(f"/api/kernels/{kernel_id}").json()["execution_state"] == "idle")
        assert count(progress) == at
        done = client.collect(cell)
        assert done.reply["ename"] == "KeyboardInterrupt"
        assert lines_of(done) == list(range(at + 1))
        assert client.execute("print('on')").text() == "on\n"


def test_an_interrupt_breaks_the_wait_of_a_callback_too(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    code = printing(progress).replace("\n", "\n    ")
    with daemon.client(kernel_id) as client:
        cell = client.send_execute(
            f"import asyncio\ndef work():{code}\nasyncio.get_running_loop().call_soon(work)\nawait asyncio.sleep(60)"
        )
        wait_until_it_waits(progress)
        daemon.post(f"/api/kernels/{kernel_id}/interrupt")
        eventually(lambda: daemon.get(f"/api/kernels/{kernel_id}").json()["execution_state"] == "idle")
        assert client.collect(cell).reply["ename"] == "KeyboardInterrupt"
        assert client.execute("print('on')").text() == "on\n"


@pytest.mark.parametrize("end", ["delete", "restart"])
def test_the_end_of_the_kernel_breaks_the_wait(slow, tmp_path, end):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    client = daemon.client(kernel_id)
    client.send_execute(printing(progress))
    wait_until_it_waits(progress)
    threads = daemon.ps.num_threads()
    if end == "delete":
        daemon.delete(f"/api/kernels/{kernel_id}")
    else:
        daemon.post(f"/api/kernels/{kernel_id}/restart")
    eventually(lambda: daemon.ps.num_threads() < threads)
    client.close(check=False)


def test_who_does_not_read_at_all_is_disconnected_and_the_others_get_everything(fresh_daemon):
    daemon = fresh_daemon(config=SMALL_OUTBOX % ", slow_client_timeout_seconds: 1")
    kernel_id = daemon.start_kernel()
    lazy = daemon.client(kernel_id)
    with daemon.client(kernel_id) as client:
        done = client.execute(f"for i in range({LINES}): print(f'{{i:06}}'.ljust({LINE - 1}, '.'))")
        assert lines_of(done) == list(range(LINES))
    eventually(lambda: "slow_client_timeout_seconds" in daemon.log())
    lazy.close(check=False)


def test_without_a_client_nothing_waits(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    client = daemon.client(kernel_id)
    client.send_execute(printing(progress))
    eventually(lambda: count(progress) > 0)
    client.close(check=False)
    eventually(lambda: count(progress) == LINES - 1, timeout=40)


def test_the_client_that_made_a_cell_wait_lets_it_go_on_when_it_leaves(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    client = daemon.client(kernel_id)
    client.send_execute(printing(progress))
    wait_until_it_waits(progress)
    client.close(check=False)
    eventually(lambda: count(progress) == LINES - 1, timeout=40)


def test_programs_wait_like_cells(slow, tmp_path):
    daemon, kernel_id = slow
    progress = tmp_path / "progress"
    script = tmp_path / "program.py"
    script.write_text(printing(progress))
    with daemon.client(kernel_id) as client:
        cell = client.send_execute(f"import subprocess, sys\nsubprocess.run([sys.executable, '-u', {str(script)!r}])")
        wait_until_it_waits(progress)
        assert lines_of(client.collect(cell)) == list(range(LINES))


def test_one_huge_print_arrives_whole(slow):
    daemon, kernel_id = slow
    with daemon.client(kernel_id) as client:
        done = client.execute("print('x' * 50_000_000)")
        assert done.text() == "x" * 50_000_000 + "\n"


def test_the_output_quota_ends_the_output_of_a_cell_and_says_so(fresh_daemon):
    daemon = fresh_daemon(config="tenants: {defaults: {quotas: {output_bytes_max: 20000}}}\n")
    with daemon.client(daemon.start_kernel()) as client:
        done = client.execute("for i in range(10000): print(i)\ndisplay(1)\n'result'")
        notices = [m.content["text"] for m in done.of("stream") if m.content["name"] == "stderr"]
        assert len(notices) == 1
        for word in ("output_bytes_max", "20000 bytes", "'default'", "configuration"):
            assert word in notices[0]
        assert "".join(f"{i}\n" for i in range(10000)).startswith(done.text())
        assert 15_000 < len(done.text()) <= 20_000
        assert not done.of("display_data")
        assert done.result == "'result'"
        assert client.execute("print('x' * 30000)\n1/0").reply["ename"] == "ZeroDivisionError"
        assert client.execute("print('each cell has its own')").text() == "each cell has its own\n"
