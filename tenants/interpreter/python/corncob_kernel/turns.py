"""A lock for coroutines, of one loop or of several: one after another, in the order in which they came."""

import asyncio
import collections
import threading


class Turns:
    def __init__(self):
        self._lock = threading.Lock()
        self._taken = False
        self._waiting = collections.deque()

    async def __aenter__(self):
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            with self._lock:
                came = turn not in self._waiting
                if not came:
                    self._waiting.remove(turn)
            if came:
                self._pass_on()
            raise

    async def __aexit__(self, *_):
        self._pass_on()

    def _pass_on(self):
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                try:
                    turn.get_loop().call_soon_threadsafe(_give, turn)
                    return
                except RuntimeError:  # its loop is closed, with its cells
                    continue
            self._taken = False


def _give(turn):
    if not turn.done():
        turn.set_result(None)


__all__ = ["Turns"]
