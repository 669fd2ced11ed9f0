"""Waiting for what is only to be seen by asking again."""

import time

POLL_SECONDS = 0.02


def eventually(holds, timeout=10, tell=lambda: ""):
    """`tell`: what there is instead, for the message of a failure."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout} s: {tell()}"
        time.sleep(POLL_SECONDS)
