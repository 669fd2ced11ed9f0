"""Hundreds of interrupts on dozens of kernels at the same time: each meets only whom it was meant for.

Random, by a seed that is printed (seeds.py).
"""

import concurrent.futures
import random

import pytest
from seeds import seed

KERNELS = 24
ROUNDS = 12
DEADLINE_SECONDS = 60

BLOCKING = (
    "time.sleep(600)",
    "while True: pass",
    "threading.Event().wait()",
    "queue.Queue().get()",
    "a, b = socket.socketpair(); a.recv(1)",
    "select.select([], [], [], 600)",
    "await asyncio.sleep(600)",
    "while True: await asyncio.sleep(0)",
    "await asyncio.gather(asyncio.Event().wait(), asyncio.sleep(600))",
    "sum(range(4 * 10**6))\nwhile True: pass",
    "zlib.crc32(bytes(10**8))\nwhile True: pass",
)
IMPORTS = "import asyncio, queue, select, socket, threading, time, zlib"
WHOLE = (  # nobody interrupts these
    ("sum(i * i for i in range(30000))", str(sum(i * i for i in range(30000)))),
    ("sum(range(2 * 10**6))", str(sum(range(2 * 10**6)))),
    ("time.sleep(0.05); 'slept'", "'slept'"),
    ("await asyncio.sleep(0.05); 'awaited'", "'awaited'"),
    ("threading.Event().wait(0.05)", "False"),
    ("len(bytes(zlib.crc32(bytes(10**6)) % 7 + 1)) > 0", "True"),
)


class Person:
    """One user at one kernel: on a thread of its own, with a random sequence of its own."""

    def __init__(self, daemon, seed):
        self.daemon, self.random = daemon, random.Random(seed)
        self.client = daemon.client(daemon.start_kernel())
        self.interrupts = 0
        self.run(IMPORTS)

    def run(self, code):
        exchange = self.client.execute(code, timeout=DEADLINE_SECONDS)
        assert exchange.reply["status"] == "ok", (code, exchange.reply)
        return exchange

    def interrupt(self):
        self.interrupts += 1
        if self.random.random() < 0.5:
            self.client.request("interrupt_request", channel="control", timeout=DEADLINE_SECONDS)
        else:
            assert self.daemon.post(f"/api/kernels/{self.client.kernel_id}/interrupt").status_code == 204

    def works_undisturbed(self):
        code, result = self.random.choice(WHOLE)
        assert self.run(code).result == result, code

    def is_interrupted(self):
        code = self.random.choice(BLOCKING)
        running = self.client.send_execute(f"print('on', flush=True)\n{code}")
        self.client.wait_for_output("on", DEADLINE_SECONDS, parent=running)
        queued = [self.client.send_execute("'never'") for _ in range(self.random.choice((0, 0, 2)))]
        if queued:
            self.client.collect(self.barrier(), timeout=DEADLINE_SECONDS)  # they are there: interrupts take another way
        for _ in range(self.random.choice((1, 1, 3))):
            self.interrupt()
        cell, *others = self.client.collect(running, *queued, self.barrier(), timeout=DEADLINE_SECONDS)
        assert cell.reply["status"] == "error" and cell.reply["ename"] == "KeyboardInterrupt", (code, cell.reply)
        assert all(other.reply["status"] == "aborted" for other in others[:-1]), code

    def interrupts_just_at_the_end(self):
        """The cell may be done or not; the one after it must be whole."""
        running = self.client.send_execute(self.random.choice(("1", "time.sleep(0.001)", "await asyncio.sleep(0.001)")))
        self.interrupt()
        reply = self.client.collect(running, timeout=DEADLINE_SECONDS).reply
        assert reply["status"] == "ok" or reply["ename"] == "KeyboardInterrupt", reply
        self.works_undisturbed()

    def barrier(self):
        return self.client.send("kernel_info_request")

    def lives(self):
        for _ in range(ROUNDS):
            self.random.choice((self.works_undisturbed, self.is_interrupted, self.interrupts_just_at_the_end))()
        self.works_undisturbed()
        self.client.close()  # holds the whole conversation to the invariants
        self.daemon.stop_kernel(self.client.kernel_id)
        return self.interrupts


class Bystander(Person):
    """Whom nobody interrupts."""

    def lives(self):
        for _ in range(ROUNDS * 4):
            self.works_undisturbed()
        self.client.close()
        self.daemon.stop_kernel(self.client.kernel_id)
        return 0


@pytest.mark.timeout(240)
def test_hundreds_of_interrupts_on_dozens_of_kernels(daemon):
    drawn = seed()
    people = [(Bystander if number % 3 == 0 else Person)(daemon, f"{drawn}-{number}") for number in range(KERNELS)]
    with concurrent.futures.ThreadPoolExecutor(KERNELS) as pool:
        interrupts = sum(pool.map(lambda person: person.lives(), people))
    assert interrupts > 100
    with daemon.client(daemon.start_kernel()) as client:
        assert client.run("1 + 1").result == "2"
    daemon.stop_kernel(client.kernel_id)
