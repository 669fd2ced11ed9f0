"""What a cell costs by how it is run: chained, beside others, reactive, cached. As figures.py; servers that lack a mode
are asked for no figure of it."""

import asyncio
import functools
import time

from bench_messages import execute_content
from figures import in_ms, percentile, timed

CELL = "y = x + 1"
REACTIVE_CELLS, REACTIVE_WAVES = 500, 5
BIG = "import numpy as np\nbig = np.ones(12_500_000)"  # 100 MB
BIG_CELLS = 20
SLEEPERS, SLEEP_SECONDS = 1000, 1
WARM_UP = 20


async def kernel_of(gateway, *modes):
    """A kernel of these modes, or None. `x` is 1."""
    kernel = await gateway.ready()
    if modes:
        reply = await kernel.request("execute_request", execute_content(f"%mode {'-'.join(modes)}"))
        if reply["status"] != "ok":
            await kernel.end()
            return None
    await kernel.execute("x = 1")
    return kernel


async def cost(kernel, cell, count):
    action = functools.partial(kernel.execute, cell)
    await timed(WARM_UP, action)
    return in_ms(await timed(count, action))


async def cells(gateway, options):
    """The same cell in turn, beside others, on a thread; in a kernel whose usual way is to run them side by side."""
    kernel = await kernel_of(gateway)
    found = {}
    for name, line in (("chained", ""), ("task", "# task\n"), ("thread", "# thread\n")):
        found[name] = await cost(kernel, line + CELL, options.rtts)
    await kernel.end()
    if (kernel := await kernel_of(gateway, "concurrent")) is not None:
        found["concurrent"] = await cost(kernel, CELL, options.rtts)
        await kernel.end()
    return found


async def sleepers(gateway, options):
    """Very many cells at once in one kernel, which all sleep: from the first request to the last idle, what is more
    than a second."""
    kernel = await kernel_of(gateway)
    try:
        await kernel.execute("import asyncio")
        begin = time.perf_counter()
        code = f"# task\nawait asyncio.sleep({SLEEP_SECONDS})"
        left = {await kernel.send_execute(code) for _ in range(SLEEPERS)}
        async with asyncio.timeout(120):
            while left:
                msg_type, parent, content = await kernel.receive()
                if msg_type == "status" and b'"idle"' in content:
                    left.discard(parent)
        seconds = time.perf_counter() - begin - SLEEP_SECONDS
    finally:
        await kernel.end()
    return {"ms": round(seconds * 1e3, 1), "us_per_cell": round(seconds / SLEEPERS * 1e6, 1)}


async def reactive(gateway, options):
    """A small cell in a reactive kernel of many others; and a change on which all of these depend, one on the other."""
    kernel = await kernel_of(gateway, "react")
    if kernel is None:
        return {}
    try:
        for number in range(REACTIVE_CELLS):
            await kernel.execute(f"v{number + 1} = v{number} + 1")
        waves = await timed(REACTIVE_WAVES, lambda: kernel.execute("v0 = 0"))
        execute = await cost(kernel, CELL, options.rtts)
    finally:
        await kernel.end()
    wave = round(percentile(waves, 0.5) / REACTIVE_CELLS * 1e6)
    return {"execute": execute, "wave_us_per_cell": wave}


async def cache(gateway, options):
    """Cells that are replayed, and that run and are kept, beside plain ones."""
    cached = await kernel_of(gateway, "cache")
    if cached is None:
        return {}
    plain, found = await kernel_of(gateway), {}
    await cached.execute("%cache clear")
    for name, before, cell, count in (("small", "x = 1", CELL, options.rtts), ("big", BIG, "y = big.sum()", BIG_CELLS)):
        others = [f"{cell} + {number}" for number in range(count)]
        for kernel in (plain, cached):
            await kernel.execute(before)
            await kernel.execute(cell)
        found[name] = {
            "plain": in_ms(await timed(count, functools.partial(plain.execute, cell))),
            "hit": in_ms(await timed(count, functools.partial(cached.execute, cell))),
            "miss": in_ms(await timed(count, lambda others=others: cached.execute(others.pop()))),
        }
    for kernel in (plain, cached):
        await kernel.end()
    return found


async def together(gateway, options):
    """All modes at once: a cell that is replayed."""
    kernel = await kernel_of(gateway, "cache", "concurrent", "react")
    if kernel is None:
        return {}
    found = await cost(kernel, CELL, options.rtts)
    await kernel.end()
    return found


MODE_FIGURES = {"cells": cells, "sleepers": sleepers, "reactive": reactive, "cache": cache, "together": together}
