"""Cells on Trio. It runs as a guest of their line's loop (trio.lowlevel.start_guest_run), on the same thread: what
belongs to asyncio there, comms and other cells, goes on beside it. Begun by the first cell that is to run on it.
"""

import asyncio
import contextlib
import signal

_END_SECONDS = 1  # for tasks that are cancelled


async def call(function):
    """For what awaits nothing, but wants to find itself on Trio."""
    function()


async def execute(code, global_names, local_names):
    """As `call`: a cell's code."""
    exec(code, global_names, local_names)


async def wait(register):
    """Until what is given to `register` is called, by any thread; at once, if that gives False. On Trio."""
    import trio

    token, ended = trio.lowlevel.current_trio_token(), trio.Event()

    def tell():
        with contextlib.suppress(trio.RunFinishedError):  # who waited is gone
            token.run_sync_soon(ended.set)

    if register(tell):
        await ended.wait()


class TrioGuest:
    """Of one line, and its thread."""

    def __init__(self, loop):
        try:
            import trio
        except ModuleNotFoundError:
            raise ModuleNotFoundError("Trio is not among this kernel's packages: %pip install trio") from None
        self._trio = trio
        self._loop = loop
        self._begun, self._ended = loop.create_future(), loop.create_future()
        on_interrupt = signal.getsignal(signal.SIGINT)
        trio.lowlevel.start_guest_run(
            self._main,
            run_sync_soon_threadsafe=self._call_soon,
            done_callback=lambda _: self._ended.done() or self._ended.set_result(None),
            host_uses_signal_set_wakeup_fd=True,
        )
        signal.signal(signal.SIGINT, on_interrupt)  # Trio takes this for the main thread, and would end itself

    def _call_soon(self, function):
        with contextlib.suppress(RuntimeError):  # the loop is closed: its thread ends
            self._loop.call_soon_threadsafe(function)

    async def _main(self):
        self._token, self._life = self._trio.lowlevel.current_trio_token(), self._trio.CancelScope()
        self._begun.set_result(None)
        with self._life:
            await self._trio.sleep_forever()

    async def begin(self):
        """Waits until it has. Who is cancelled meanwhile is not the only one to wait."""
        await asyncio.shield(self._begun)

    async def run(self, function, context, on_cancel=None):
        """What `await function()` raises on Trio, in that context; None: nothing. asyncio's cancellation of who waits
        for it is handed on, which `on_cancel` is told, and then given as CancelledError."""
        await self.begin()
        done, scope = self._loop.create_future(), self._trio.CancelScope()

        async def task():
            problem = None
            try:
                with scope:
                    await self._trio.lowlevel.checkpoint_if_cancelled()  # what has not begun need not be broken off
                    await function()
            except BaseException as raised:  # also Cancelled, when all of Trio ends here
                problem = _without_ours(_interrupt_in(raised))
            if not done.done():
                done.set_result(asyncio.CancelledError() if scope.cancelled_caught else problem)

        def begin():
            self._trio.lowlevel.spawn_system_task(task, name="cell", context=context)

        self._token.run_sync_soon(begin)

        def cancel():
            if not done.done():
                scope.cancel()
                if on_cancel is not None:
                    on_cancel()

        cancelled = None
        while not done.done():
            try:
                await asyncio.shield(done)
            except asyncio.CancelledError as came:  # perhaps when it had just been done
                cancelled = came
                self._token.run_sync_soon(cancel)
        return cancelled if done.result() is None else done.result()

    def close(self):
        """All its tasks are cancelled; the loop runs until they have ended, or for a moment."""
        with contextlib.suppress(RuntimeError):  # it has ended, or never begun
            self._token.run_sync_soon(self._life.cancel)
        self._loop.run_until_complete(asyncio.wait([self._ended], timeout=_END_SECONDS))


def _interrupt_in(problem):
    """An interrupt within a nursery comes in a group; it is an interrupt all the same."""
    if not isinstance(problem, BaseExceptionGroup) or problem.split(KeyboardInterrupt)[1] is not None:
        return problem
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def _without_ours(problem):
    """A traceback begins in the cell."""
    frames = problem.__traceback__
    while frames is not None and frames.tb_frame.f_globals is globals():
        frames = frames.tb_next
    return problem.with_traceback(frames)


__all__ = ["TrioGuest", "call", "execute", "wait"]
