"""Comm messages that come by way of a subshell: JupyterLab sends all of them so.

They are handled by the kernel's own thread where that is free: what their callbacks touch, asyncio's events and tasks
above all, belongs to the cells that run there. Where it is busy, the subshell's thread does it, for that is what
subshells are for.
"""

import asyncio
import contextlib
import contextvars
import threading

_OFFER_SECONDS = 0.05  # the kernel's own thread has to answer within


class SubshellComms:
    def __init__(self, kernel):
        self._kernel = kernel
        self._unseen = set()  # late offers that the kernel's own thread has not seen yet: it is busy
        self._tasks = set()

    def start(self, line, mail):
        """On the subshell's thread."""
        task = line.loop.create_task(self._serve(line, mail), context=contextvars.copy_context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line, mail):
        async with line.comm_turn:
            if not await self._by_kernels_thread(line.loop, mail):
                await self._kernel.on_comm(mail, contextvars.copy_context())
                self._kernel.cells.main.call(lambda: None)  # its loop sees what has been set meanwhile

    async def _by_kernels_thread(self, loop, mail):
        """False: it is busy, and will not do it."""
        main = self._kernel.cells.main
        if self._unseen:
            return False
        taken, seen, over = threading.Lock(), threading.Event(), loop.create_future()

        def accept():
            seen.set()
            self._unseen.discard(seen)
            if taken.acquire(blocking=False):
                self._kernel.start_comm(mail).add_done_callback(tell)

        def tell(_):
            with contextlib.suppress(RuntimeError):  # the subshell is gone
                loop.call_soon_threadsafe(lambda: over.done() or over.set_result(None))

        if not main.call(accept):
            return False
        await asyncio.wait({over}, timeout=_OFFER_SECONDS)
        if taken.acquire(blocking=False):
            self._unseen.add(seen)
            if seen.is_set():
                self._unseen.discard(seen)
            return False
        await asyncio.wait({over})
        return True


__all__ = ["SubshellComms"]
