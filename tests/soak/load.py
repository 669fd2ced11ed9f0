"""The mixed load of a soak: what one worker does with its kernels, and what it expects of each answer."""

import random
import time
import uuid

PRINTS = 400
INTERRUPTED = ("time.sleep(600)", "while True: pass", "await asyncio.sleep(600)", "threading.Event().wait()")
LANGUAGE = (
    ("complete_request", {"code": "a_long_na", "cursor_pos": 9}, lambda reply: "a_long_name" in reply["matches"]),
    ("inspect_request", {"code": "len", "cursor_pos": 3, "detail_level": 0}, lambda reply: reply["found"]),
    ("is_complete_request", {"code": "for i in x:"}, lambda reply: reply["status"] == "incomplete"),
    ("history_request", {"hist_access_type": "tail", "n": 3}, lambda reply: len(reply["history"]) <= 3),
    ("comm_info_request", {}, lambda reply: "comms" in reply),
    ("kernel_info_request", {}, lambda reply: reply["implementation"]),
)
FIRST_CELL = """
import asyncio, threading, time, comm
a_long_name, state = 1, {}
def mirror(c, message):
    c.on_msg(lambda m: c.send(m['content']['data'], buffers=m['buffers']))
comm.get_comm_manager().register_target('mirror', mirror)
"""
REQUEST_SECONDS = 120
RECEIVED_MAX = 3000  # messages that a client keeps: then it connects anew


class User:
    """One kernel and its client; every answer is checked as it comes, and the conversation when it is closed."""

    def __init__(self, daemon, chance):
        self.daemon, self.random = daemon, chance
        self.client = daemon.client(daemon.start_kernel())
        self.begin()

    def begin(self):
        self.marks = 0
        self.run(FIRST_CELL)

    def run(self, code):
        exchange = self.client.execute(code, timeout=REQUEST_SECONDS)
        assert exchange.reply["status"] == "ok", (code, exchange.reply)
        return exchange

    def acts(self):
        """One random action; its name."""
        action = self.random.choice(ACTIONS)
        action(self)
        if len(self.client.received) > RECEIVED_MAX:
            self.reconnects()
        return action.__name__

    # --- cells

    def prints(self):
        count = self.random.randrange(PRINTS)
        wanted = "".join(f"{number}\n" for number in range(count))
        assert self.run(f"for i in range({count}): print(i, flush=True)").text() == wanted

    def remembers(self):
        self.marks += 1
        assert self.run(f"state[{self.marks}] = 1; len(state)").result == str(self.marks)

    def displays(self):
        shown = self.run("h = display('a', display_id=True)\nfor i in range(20): h.update(i)\ndisplay('b')")
        assert [len(shown.of(kind)) for kind in ("display_data", "update_display_data")] == [2, 20]

    def fails(self):
        assert self.client.execute("1 / 0", timeout=REQUEST_SECONDS).reply["ename"] == "ZeroDivisionError"

    def awaits(self):
        code = "(await asyncio.gather(*(asyncio.sleep(0.001, i) for i in range(20))))[-1]"
        assert self.run(code).result == "19"

    def threads(self):
        code = "ts = [threading.Thread(target=print, args=('thread', i)) for i in range(5)]\n"
        code += "for t in ts: t.start()\nfor t in ts: t.join()"
        assert self.run(code).text().count("thread") == 5

    def queues(self):
        ids = [self.client.send_execute(f"state.get('none', {number})") for number in range(10)]
        exchanges = self.client.collect(*ids, timeout=REQUEST_SECONDS)
        assert [exchange.result for exchange in exchanges] == [str(number) for number in range(10)]

    def answers_a_question(self):
        asking = self.client.send_execute("input('? ')", allow_stdin=True)
        question = self.client.wait_for(lambda message: message.msg_type == "input_request", REQUEST_SECONDS)
        self.client.answer(question, "corn")
        assert self.client.collect(asking, timeout=REQUEST_SECONDS).result == "'corn'"

    # --- beside cells

    def asks(self):
        msg_type, content, right = self.random.choice(LANGUAGE)
        reply = self.client.request(msg_type, content, timeout=REQUEST_SECONDS).reply
        assert right(reply), (msg_type, reply)

    def talks_by_comm(self):
        comm_id, buffers = uuid.uuid4().hex, [self.random.randbytes(self.random.randrange(5000))]
        opened = {"comm_id": comm_id, "target_name": "mirror", "data": {}}
        self.client.collect(self.client.send("comm_open", opened), timeout=REQUEST_SECONDS)
        for number in range(5):
            sent = self.client.send("comm_msg", {"comm_id": comm_id, "data": {"n": number}}, buffers=buffers)
            echo = self.client.collect(sent, timeout=REQUEST_SECONDS).of("comm_msg")[0]
            assert echo.content["data"] == {"n": number} and echo.buffers == buffers
        closed = self.client.send("comm_close", {"comm_id": comm_id, "data": {}})
        self.client.collect(closed, timeout=REQUEST_SECONDS)

    def is_interrupted(self):
        running = self.client.send_execute(f"print('on', flush=True)\n{self.random.choice(INTERRUPTED)}")
        self.client.wait_for_output("on", REQUEST_SECONDS, parent=running)
        queued = self.client.send_execute("'never'")
        self.asks()
        assert self.daemon.post(f"/api/kernels/{self.client.kernel_id}/interrupt").status_code == 204
        cell, other = self.client.collect(running, queued, timeout=REQUEST_SECONDS)
        assert cell.reply["ename"] == "KeyboardInterrupt" and other.reply["status"] == "aborted"

    # --- connections and kernels

    def reconnects(self):
        kernel_id = self.client.kernel_id
        self.client.close()
        self.client = self.daemon.client(kernel_id)
        assert self.run("len(state)").result == str(self.marks)

    def is_watched(self):
        """Another client sees the same iopub messages in the same order."""
        with self.daemon.client(self.client.kernel_id) as other:
            other.request("kernel_info_request", timeout=REQUEST_SECONDS)  # it is subscribed then
            cell = self.run("for i in range(50): print(i, flush=True); display(i)")
            msg_id = cell.request.msg_id
            other.wait_for(
                lambda m: m.parent_id == msg_id and m.content.get("execution_state") == "idle", REQUEST_SECONDS
            )
            seen = [m for m in other.received if m.parent_id == msg_id and m.channel == "iopub"]
            mine = [m for m in cell.messages if m.channel == "iopub"]
            assert [m.msg_id for m in seen] == [m.msg_id for m in mine], (list(map(str, seen)), list(map(str, mine)))

    def restarts(self):
        kernel_id = self.client.kernel_id
        self.client.close()
        assert self.daemon.post(f"/api/kernels/{kernel_id}/restart", timeout=REQUEST_SECONDS).status_code == 200
        self.client = self.daemon.client(kernel_id)
        assert self.client.execute("state", timeout=REQUEST_SECONDS).reply["ename"] == "NameError"
        self.begin()

    def is_replaced(self):
        self.leaves()
        self.client = self.daemon.client(self.daemon.start_kernel())
        self.begin()

    def leaves(self):
        self.client.close()
        self.daemon.stop_kernel(self.client.kernel_id)


ACTIONS = (
    *(User.prints, User.remembers, User.displays, User.fails, User.awaits, User.threads, User.queues) * 2,
    *(User.answers_a_question, User.asks, User.talks_by_comm, User.is_interrupted),
    *(User.reconnects, User.is_watched, User.restarts, User.is_replaced),
)


class Worker:
    """Some users, one after another, on a thread of its own."""

    def __init__(self, daemon, kernels, seed):
        self.random = random.Random(seed)
        self.users = [User(daemon, self.random) for _ in range(kernels)]
        self.done = {}  # how often what was done

    def works(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            name = self.random.choice(self.users).acts()
            self.done[name] = self.done.get(name, 0) + 1

    def starts_afresh(self):
        for user in self.users:
            user.restarts()

    def leaves(self):
        for user in self.users:
            user.leaves()
