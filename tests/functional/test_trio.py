"""Cells on Trio: in a kernel whose loop it is, by `%%trio` in one whose loop is asyncio, on a thread of its own."""

import pytest
from concurrency import kernel_of
from test_kernel_process import launch, run  # noqa: F401  (a fixture, and what it needs)

WHERE = "import sniffio; sniffio.current_async_library()"
LATER = "import trio\nprint('on', flush=True)\nawait trio.sleep(600)"


@pytest.fixture
def trio(daemon):
    """A client of a kernel whose loop is Trio."""
    with kernel_of(daemon, name="python3-trio") as client:
        yield client


def interrupt(daemon, client, cell):
    assert daemon.post(f"/api/kernels/{client.kernel_id}/interrupt").status_code == 204
    assert client.collect(cell).reply["ename"] == "KeyboardInterrupt"


def test_a_kernel_s_loop(trio):
    assert trio.run(f"await __import__('trio').sleep(0)\n{WHERE}").result == "'trio'"
    assert trio.run(WHERE).result == "'trio'"  # also where nothing is awaited
    assert trio.run(f"%%asyncio\nimport asyncio; await asyncio.sleep(0)\n{WHERE}").result == "'asyncio'"


def test_one_cell_on_the_other(client):
    assert client.run(f"%%trio\nimport trio; await trio.sleep(0)\n{WHERE}").result == "'trio'"
    assert client.run(f"import asyncio; await asyncio.sleep(0)\n{WHERE}").result == "'asyncio'"


@pytest.mark.parametrize("name", ["python3", "python3-trio"])
def test_anyio_is_at_home(daemon, name):
    with kernel_of(daemon, name=name) as client:
        code = (
            "import anyio\norder, first = [], anyio.Event()\nasync def say(n):\n    await anyio.sleep(0.001)\n"
            "    if n == 2: await first.wait()\n    order.append(n)\n    first.set()\n"
            "async with anyio.create_task_group() as group:\n    for n in (2, 1): group.start_soon(say, n)\norder"
        )
        assert client.run(code).result == "[1, 2]"


def test_values_outputs_and_errors_are_the_cell_s(trio):
    trio.run("import trio\nasync def double(n):\n    await trio.sleep(0)\n    print('doubled')\n    return 2 * n")
    exchange = trio.run("x = await double(21); x")
    assert (exchange.result, exchange.text()) == ("42", "doubled\n")
    assert trio.run("x, _").result == "(42, 42)"
    failed = trio.execute("async def f():\n    await trio.sleep(0)\n    1 / 0\nawait f()")
    assert failed.reply["ename"] == "ZeroDivisionError"
    text = "\n".join(failed.reply["traceback"])
    assert "await" in text and "trio_guest" not in text and "corncob_kernel" not in text
    assert trio.execute("raise ValueError('now')").reply["evalue"] == "now"


def test_a_nursery_that_fails_is_a_group(daemon, kernel_id):
    """Which IPython shows on stderr, without a message `error`."""
    trio = daemon.client(kernel_id)
    code = (
        "%%trio\nimport trio\nasync def f():\n    raise ValueError('one')\n"
        "async with trio.open_nursery() as nursery:\n    nursery.start_soon(f)"
    )
    failed = trio.execute(code)
    assert failed.reply["ename"] == "ExceptionGroup" and "ValueError: one" in failed.text("stderr")
    assert trio.run("'still there'").result == "'still there'"
    trio.close(check=False)


def test_context_variables_stay(trio):
    trio.run("import contextvars; v = contextvars.ContextVar('v'); v.set(1); await __import__('trio').sleep(0)")
    assert trio.run("v.get()").result == "1"


@pytest.mark.parametrize("code", [LATER, "import time; print('on', flush=True); time.sleep(600)",
                                  "print('on', flush=True)\nwhile True: pass",
                                  "import trio\nprint('on', flush=True)\nwhile True: await trio.sleep(0)"])  # fmt: skip
def test_an_interrupt(daemon, trio, code):
    cell = trio.send_execute(code)
    trio.wait_for_output("on", parent=cell)
    interrupt(daemon, trio, cell)
    assert trio.run("await __import__('trio').sleep(0.001)\n'later'").result == "'later'"


def test_an_interrupt_ends_what_a_nursery_runs(daemon, trio):
    code = (
        "import trio\nasync def forever():\n    try:\n        await trio.sleep_forever()\n"
        "    finally:\n        print('ended')\n"
        "async with trio.open_nursery() as nursery:\n    nursery.start_soon(forever)\n    await trio.sleep(0)\n"
        "    print('on', flush=True)"
    )
    cell = trio.send_execute(code)
    trio.wait_for_output("on", parent=cell)
    interrupt(daemon, trio, cell)
    assert "ended\n" in trio.exchanges[cell].text()


def test_comms_and_questions_go_on_meanwhile(daemon, trio):
    trio.run("import comm, trio\nheard = trio.Event()\ndef opened(c, m):\n    c.on_msg(lambda m: heard.set())\n"
             "comm.get_comm_manager().register_target('t', opened)")  # fmt: skip
    waits = trio.send_execute(
        "print('on', flush=True)\nwith trio.move_on_after(20):\n    await heard.wait()\n    print('heard')"
    )
    trio.wait_for_output("on", parent=waits)
    assert trio.request("complete_request", {"code": "hea", "cursor_pos": 3}).reply["status"] == "ok"
    trio.collect(trio.send("comm_open", {"comm_id": "c", "target_name": "t", "data": {}}))
    trio.collect(trio.send("comm_msg", {"comm_id": "c", "data": {}}))
    assert trio.collect(waits).text() == "on\nheard\n"


def test_cells_side_by_side(daemon):
    """Of Trio and of asyncio, in one kernel."""
    with kernel_of(daemon, name="python3-concurrent") as client:
        client.run("import asyncio, trio\nasyncio_gate = asyncio.Event()")
        one = client.send_execute(
            "%%trio\nprint('on', flush=True)\ngate = trio.Event()\nawait gate.wait()\nprint('trio')"
        )
        client.wait_for_output("on", parent=one)
        two = client.send_execute("await asyncio_gate.wait()\nprint('asyncio')")
        client.run("%%trio\ngate.set()")
        assert client.collect(one).text() == "on\ntrio\n"
        client.run("asyncio_gate.set()")
        assert client.collect(two).text() == "asyncio\n"


def test_one_cell_is_cancelled(daemon):
    with kernel_of(daemon, name="python3-trio") as client:
        client.run("__unchain_execution__()")
        cell = client.send_execute(LATER)
        client.wait_for_output("on", parent=cell)
        assert client.run("__task__(-1).cancel()").result == "True"
        assert client.collect(cell).reply["ename"] == "CancelledError"


def test_a_timeout(trio):
    late = trio.collect(trio.send_execute(LATER, metadata={"tags": ["timeout=0.1"]}))
    assert late.reply["ename"] == "TimeoutError"


def test_a_cell_that_ends_before_trio_has_begun(trio):
    """It takes nothing from those that follow."""
    for number in range(10):
        line = f"# thread name={number}\n"
        ended = trio.execute(
            f"{line}import trio; await trio.sleep(600)", metadata={"tags": [f"timeout={number / 1e4 + 1e-6}"]}
        )
        assert ended.reply["ename"] == "TimeoutError"
        assert trio.run(f"{line}await __import__('trio').sleep(0)\n{WHERE}").result == "'trio'"


@pytest.mark.parametrize("header", ["# thread backend=trio", "# thread name=worker backend=trio"])
def test_on_a_thread(daemon, client, header):
    code = f"{header}\nimport threading, trio\nawait trio.sleep(0)\nname = threading.current_thread().name\n{WHERE}"
    assert client.run(code).result == "'trio'"
    assert client.value("name") == ("worker" if "name=" in header else "cell")
    cell = client.send_execute(f"{header}\n{LATER}")
    client.wait_for_output("on", parent=cell)
    interrupt(daemon, client, cell)


def test_a_kernel_that_ends_ends_its_tasks(daemon):
    kernel_id = daemon.start_kernel(name="python3-trio")
    with daemon.client(kernel_id) as client:
        client.run("import trio\nawait trio.sleep(0)")
    assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
    with daemon.client(kernel_id) as client:
        assert client.run(WHERE).result == "'trio'"
    daemon.delete(f"/api/kernels/{kernel_id}")


def test_over_zmq(launch):  # noqa: F811
    client = launch("--mode", "trio-concurrent").client()
    try:
        assert run(client, WHERE)[2] == ["'trio'"]
        assert run(client, "%mode")[1] == "concurrent\n"
    finally:
        client.stop_channels()
