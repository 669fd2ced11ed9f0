"""Completion, inspection, completeness and history beside whatever the kernel's cell does."""

import time

import pytest

# What a cell may be busy with, and what is asked meanwhile. Deadlines are generous: they are for what never comes.
CELLS = {
    "sleep": "import time; print('on', flush=True); time.sleep(60)",
    "await": "import asyncio; print('on', flush=True); await asyncio.sleep(60)",
    "spin": "print('on', flush=True)\nwhile True: pass",
    "input": "print('on', flush=True); input()",
}
QUESTIONS = {
    "complete": ("complete_request", {"code": "a_long_", "cursor_pos": 7}),
    "inspect": ("inspect_request", {"code": "a_long_name", "cursor_pos": 4, "detail_level": 0}),
    "is_complete": ("is_complete_request", {"code": "for i in a_long_name:"}),
    "history": ("history_request", {"hist_access_type": "tail", "n": 2, "raw": True, "output": False}),
}
DEADLINE_SECONDS = 20


def check_answer(question, reply, cell):
    if question == "complete":
        assert "a_long_name" in reply["matches"]
    elif question == "inspect":
        assert reply["found"] and "4711" in reply["data"]["text/plain"]
    elif question == "is_complete":
        assert reply == {"status": "incomplete", "indent": "    "}
    else:
        assert [entry[2] for entry in reply["history"]] == ["a_long_name = 4711", cell]


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS.keys())
@pytest.mark.parametrize("question", QUESTIONS)
def test_beside_the_cell(client, daemon, cell, question):
    client.run("a_long_name = 4711")
    running = client.send_execute(cell, allow_stdin=True)
    client.wait_for_output("on")
    msg_type, content = QUESTIONS[question]
    reply = client.request(msg_type, content, timeout=DEADLINE_SECONDS).reply
    check_answer(question, reply, cell)
    assert not client.exchanges[running].finished()
    daemon.post(f"/api/kernels/{client.kernel_id}/interrupt")
    assert client.collect(running).reply["ename"] == "KeyboardInterrupt"


def complete(client, code, timeout=DEADLINE_SECONDS):
    return client.request("complete_request", {"code": code, "cursor_pos": len(code)}, timeout=timeout).reply


STUCK = (
    "import threading\ngate = threading.Event()\nclass Stuck:\n    def __dir__(self):\n"
    "        gate.wait(); return ['x']\n"
)


def test_a_stuck_completion_holds_up_no_other_kernel(pair):
    one, two = pair
    one.run(f"{STUCK}stuck = Stuck()")
    two.run("a_long_name = 1")
    waiting = one.send("complete_request", {"code": "stuck.", "cursor_pos": 6})
    for _ in range(3):
        assert "a_long_name" in complete(two, "a_long_")["matches"]
    assert two.request("is_complete_request", {"code": "1"}).reply["status"] == "complete"
    assert not one.exchanges[waiting].finished()
    # Its own kernel runs on, too; only what is asked of it comes after.
    behind = one.send("is_complete_request", {"code": "1"})
    assert one.run("1 + 1").result == "2" and not one.exchanges[behind].finished()
    one.run("gate.set()")
    one.collect(waiting, behind)


def test_a_kernel_whose_completion_is_stuck_can_be_restarted(daemon, client):
    client.run(f"{STUCK}stuck = Stuck(); stuck.gate = gate")
    waiting = client.send("complete_request", {"code": "stuck.", "cursor_pos": 6})
    begin = time.monotonic()
    assert daemon.post(f"/api/kernels/{client.kernel_id}/restart").status_code == 200
    client.collect(waiting)
    client.run("a_long_name = 1")
    assert "a_long_name" in complete(client, "a_long_")["matches"]
    assert time.monotonic() - begin < DEADLINE_SECONDS
    code = "import gc\n[o.gate.set() for o in gc.get_objects() if type(o).__name__ == 'Stuck' and vars(o)]; 0"
    assert client.run(code).result == "0"
