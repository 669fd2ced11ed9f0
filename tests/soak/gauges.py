"""What a daemon holds, read while it is at rest; and whether that stays what it was."""

import time
from dataclasses import dataclass

SETTLE_SECONDS = 20
STILL_SECONDS = 1.5


@dataclass(frozen=True)
class Reading:
    memory_mib: float
    descriptors: int
    threads: int

    def __str__(self):
        return f"{self.memory_mib:.1f} MiB, {self.descriptors} descriptors, {self.threads} threads"


def read(process):
    return Reading(process.memory_full_info().uss / 2**20, process.num_fds(), process.num_threads())


def read_at_rest(process, threads_min=0):
    """Once it has changed no more for a while: what has ended is cleared away a little later. And once it has as many
    threads as that: where all are busy, shells made ahead come later still."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last, since = read(process), time.monotonic()
    while time.monotonic() < deadline and (time.monotonic() - since < STILL_SECONDS or last.threads < threads_min):
        time.sleep(0.1)
        now = read(process)
        if (now.descriptors, now.threads) != (last.descriptors, last.threads) or now.memory_mib < last.memory_mib - 0.5:
            since = time.monotonic()
        last = now
    return last


def slope(values):
    """By how much they rise from one to the next, on the whole (least squares)."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((number - middle) ** 2 for number in range(len(values)))
    return sum((number - middle) * (value - mean) for number, value in enumerate(values)) / spread
