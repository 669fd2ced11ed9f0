"""input(), getpass(), ainput() and the debugger: what a cell asks of the client that sent it."""

import re

import pytest
import wire
from pairs import both

ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def asked(client, timeout=20):
    return client.wait_for(lambda message: message.msg_type == "input_request", timeout)


def answer(client, value, request=None):
    """As front ends do it: with the input_request's header as parent; some clients send none."""
    message = client.message("input_reply", {"value": value, "status": "ok"}, channel="stdin")
    if request is not None:
        message.parent_header.update(request.header)
    client.send_frame(wire.encode_v1(message) if client.form == "v1" else wire.encode_legacy(message))


def converse(client, running, *answers):
    """Answers one input_request after another; returns the prompts."""
    prompts = []
    for value in answers:
        request = asked(client)
        assert request.parent_id == running and request.channel == "stdin"
        prompts.append(request.content["prompt"])
        answer(client, value, request)
    return prompts


def start(client, code):
    return client.send_execute(code, allow_stdin=True)


def test_input(client, form):
    running = start(client, "print('before', end='')\nname = input('who? ')\nname * 2")
    request = asked(client)
    assert request.content == {"prompt": "who? ", "password": False} and request.parent_id == running
    assert client.exchanges[running].text() == "before"  # what was printed is there before the question
    answer(client, "ada 🌽", request)
    assert client.collect(running).result == "'ada 🌽ada 🌽'"


def test_getpass(client, form):
    running = start(client, "import getpass\ngetpass.getpass(), getpass.getpass('pin: ')")
    prompts = []
    for value in ("secret", "1234"):
        request = asked(client)
        assert request.content["password"] is True
        prompts.append(request.content["prompt"])
        answer(client, value, request)
    assert client.collect(running).result == "('secret', '1234')" and prompts == ["Password: ", "pin: "]


@pytest.mark.parametrize("code", ["input('?')", "import getpass; getpass.getpass()", "await ainput('?')"])
def test_where_stdin_is_not_allowed(client, code):
    exchange = client.execute(code, allow_stdin=False)
    assert exchange.reply["ename"] == "StdinNotImplementedError" and not exchange.of("input_request")
    assert client.run("1 + 1").result == "2"


def test_the_end_of_input(client):
    running = start(client, "try:\n    input()\nexcept EOFError:\n    print('end')\ninput()")
    converse(client, running, "\x04", "\x04")
    exchange = client.collect(running)
    assert exchange.text() == "end\n" and exchange.reply["ename"] == "EOFError"


def test_only_the_asking_client_answers(daemon, kernel_id, client):
    with daemon.client(kernel_id) as other:
        running = start(client, "input('?')")
        request = asked(client)
        answer(other, "not mine")
        answer(other, "forged", request)
        other.request("kernel_info_request")
        assert not other.exchanges.get(running) and not [m for m in other.received if m.msg_type == "input_request"]
        answer(client, "mine", request)
        assert client.collect(running).result == "'mine'"


def test_a_stale_answer_is_not_taken(client):
    answer(client, "too early")
    running = start(client, "first = input('1')\nfirst, input('2')")
    first = asked(client)
    answer(client, "one", first)
    answer(client, "one again", first)
    second = asked(client)
    answer(client, "and again", first)
    client.request("kernel_info_request")
    answer(client, "two", second)
    assert client.collect(running).result == "('one', 'two')"


def test_an_answer_without_a_parent_is_taken(client):
    running = start(client, "input()")
    asked(client)
    answer(client, "x")
    assert client.collect(running).result == "'x'"


def test_two_kernels_ask_at_once(pair):
    ids = [start(client, "input('?')") for client in pair]
    requests = [asked(client) for client in pair]
    for client, request, value in reversed(list(zip(pair, requests, ("one", "two")))):
        answer(client, value, request)
    assert [client.collect(msg_id).result for client, msg_id in zip(pair, ids)] == ["'one'", "'two'"]


@pytest.mark.parametrize("code", ["input('?')", "import getpass; getpass.getpass()", "await ainput('?')"])
def test_an_interrupt_ends_the_question(daemon, client, code):
    running = start(client, code)
    request = asked(client)
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    assert client.collect(running).reply["ename"] == "KeyboardInterrupt"
    answer(client, "too late", request)
    running = start(client, "input('again?')")
    converse(client, running, "fresh")
    assert client.collect(running).result == "'fresh'"


def test_input_in_a_thread(client):
    """Also two at once: they wait for each other, and every answer reaches who asked."""
    running = start(
        client,
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(3) as pool:\n"
        "    found = list(pool.map(lambda n: (n, input(str(n))), range(3)))\nfound",
    )
    for _ in range(3):
        request = asked(client)
        answer(client, f"answer to {request.content['prompt']}", request)
    assert client.collect(running).result == "[(0, 'answer to 0'), (1, 'answer to 1'), (2, 'answer to 2')]"


def test_a_thread_that_asks_outlives_no_kernel(daemon):
    client = daemon.client(daemon.start_kernel())
    running = start(client, "import threading; threading.Thread(target=input, args=('?',)).start()")
    asked(client)
    client.collect(running)
    daemon.stop_kernel(client.kernel_id)
    client.close(check=False)


# --- ainput


def test_the_loop_goes_on_while_a_cell_awaits_an_answer(client):
    client.run(
        "import asyncio\nfrom comm import get_comm_manager\nseen = []\n"
        "def opened(comm, message): seen.append('comm')\nget_comm_manager().register_target('t', opened)\n"
        "async def tick():\n    seen.append('task')"
    )
    running = start(client, "t = asyncio.create_task(tick()); seen.append(await ainput('name? ')); seen")
    request = asked(client)
    assert request.content == {"prompt": "name? ", "password": False}
    client.collect(client.send("comm_open", {"comm_id": "c" * 32, "target_name": "t", "data": {}}))
    answer(client, "ada", request)
    assert client.collect(running).result == "['task', 'comm', 'ada']"


def test_many_questions_at_once(client):
    running = start(client, "import asyncio\nawait asyncio.gather(*(ainput(str(i)) for i in range(3)))")
    for _ in range(3):
        request = asked(client)
        answer(client, request.content["prompt"] * 2, request)
    assert client.collect(running).result == "['00', '11', '22']"


def test_a_question_that_takes_too_long(client):
    """A cancelled ainput() withdraws its question; the next one is asked at once."""
    running = start(
        client,
        "import asyncio\ntry:\n    await asyncio.wait_for(ainput('slow?'), .05)\n"
        "except TimeoutError:\n    pass\ninput('next?')",
    )
    slow = asked(client)
    request = asked(client)
    assert (slow.content["prompt"], request.content["prompt"]) == ("slow?", "next?")
    answer(client, "late", slow)
    answer(client, "fresh", request)
    assert client.collect(running).result == "'fresh'"


def test_eof_of_an_async_question(client):
    running = start(client, "await ainput()")
    converse(client, running, "\x04")
    assert client.collect(running).reply["ename"] == "EOFError"


# --- the debugger


def shown(client, running):
    return ANSI_COLOURS.sub("", client.exchanges[running].text())


@pytest.mark.parametrize("stop", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_a_session_of_the_debugger(client, stop):
    client.run(f"def grow(n):\n    {stop}\n    m = n * 2\n    return m")
    running = start(client, "seen = []\nheight = grow(21)\nheight, seen")
    steps = ("n", "p n", "up", "p 'in the cell'", "down", "n", "p m, n", "!seen.append(m)", "c")
    prompts = converse(client, running, *steps)
    assert {prompt.strip() for prompt in prompts} == {"ipdb>"}
    assert client.collect(running).result == "(42, [42])"
    text = shown(client, running)
    assert "m = n * 2" in text and "21" in text and "(42, 21)" in text and "in the cell" in text
    assert client.run("1 + 1").result == "2"


def test_leaving_the_debugger(daemon, kernel_id):
    """As in ipykernel: an error in the reply, and none on iopub, which every other error has."""
    client = daemon.client(kernel_id)
    running = start(client, "def f():\n    breakpoint()\n    return 1\nf()")
    converse(client, running, "q")
    exchange = client.collect(running)
    assert exchange.reply["ename"] == "BdbQuit" and not exchange.of("error")
    assert client.run("1 + 1").result == "2"
    client.close(check=False)


def test_an_interrupt_of_the_debugger(daemon, client):
    running = start(client, "breakpoint()\nx = 1")
    asked(client)
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    while not client.exchanges[running].finished():
        message = client.receive()
        if message.msg_type == "input_request":
            answer(client, "q", message)
    assert client.run("1 + 1").result == "2"


def test_post_mortem(client):
    client.execute("def dig(depth):\n    hole = depth * 2\n    return 1 / 0\ndig(4)")
    running = start(client, "%debug")
    prompts = converse(client, running, "p hole", "up", "p 'above'", "q")
    assert {prompt.strip() for prompt in prompts} == {"ipdb>"}
    assert client.collect(running).reply["status"] == "ok"
    assert "8" in shown(client, running) and "above" in shown(client, running)


def test_two_debuggers_at_once(pair):
    both(pair, "def f(x):\n    breakpoint()\n    return x")
    ids = [start(client, f"f('{name}')") for client, name in zip(pair, ("one", "two"))]
    for client, msg_id in zip(pair, ids):
        converse(client, msg_id, "p x + '!'")
    for client, msg_id, name in zip(pair, ids, ("one", "two")):
        converse(client, msg_id, "c")
        assert client.collect(msg_id).result == f"'{name}'" and f"{name}!" in shown(client, msg_id)


def test_breakpoints_of_ones_own(pair):
    one, two = pair
    one.run("import sys; sys.breakpointhook = lambda *a, **k: print('hook', a, k)")
    assert one.run("breakpoint(1, x=2)").text() == "hook (1,) {'x': 2}\n"
    two.run("import os; os.environ['PYTHONBREAKPOINT'] = '0'; breakpoint()")
    two.run("os.environ['PYTHONBREAKPOINT'] = 'builtins.print'")
    assert two.run("breakpoint('called')").text() == "called\n"
