"""The figures: each is a coroutine (gateway, options) -> a dictionary of numbers."""

import asyncio
import functools
import json
import time

from bulk_reader import BulkReader
from gateway_client import Kernel
from memory_figures import capacity, memory
from process_usage import cpu_seconds

BLOCKED = "blocked"
REQUEST_SECONDS = 2
INTERRUPT_SECONDS = 6


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def in_ms(seconds):
    return {
        "p50_ms": round(percentile(seconds, 0.5) * 1e3, 3),
        "p99_ms": round(percentile(seconds, 0.99) * 1e3, 3),
        "n": len(seconds),
    }


async def timed(count, action):
    seconds = []
    for _ in range(count):
        begin = time.perf_counter()
        await action()
        seconds.append(time.perf_counter() - begin)
    return seconds


async def start(gateway, options):
    """From POST /api/kernels to the end of the first cell."""
    seconds = []
    for _ in range(options.starts):
        begin = time.perf_counter()
        kernel = await gateway.ready()
        seconds.append(time.perf_counter() - begin)
        await kernel.end()
    return in_ms(seconds)


async def rtt(gateway, options):
    kernel = await gateway.ready()
    await timed(20, lambda: kernel.execute("1+1"))
    execute = await timed(options.rtts, lambda: kernel.execute("1+1"))
    statement = await timed(options.rtts, lambda: kernel.execute("x = 1"))
    info = await timed(options.rtts, lambda: kernel.request("kernel_info_request"))
    complete = {"code": "import o", "cursor_pos": 8}
    completion = await timed(20, lambda: kernel.request("complete_request", complete))
    await kernel.end()
    figures = {"execute": execute, "statement": statement, "kernel_info": info, "complete": completion}
    return {name: in_ms(seconds) for name, seconds in figures.items()}


async def nagle(gateway, options):
    """`1+1` as users see it, with the delayed acknowledgements of an ordinary client."""
    quickack, gateway.quickack = gateway.quickack, False
    try:
        kernel = await gateway.ready()
        seconds = await timed(30, lambda: kernel.execute("1+1"))
        await kernel.end()
    finally:
        gateway.quickack = quickack
    return in_ms(seconds)


async def parallel(gateway, options):
    """Several kernels, each running small cells one after another for a few seconds."""
    kernels = [await gateway.ready() for _ in range(options.parallel)]
    begin, cpu = time.perf_counter(), cpu_seconds(options.pid)
    end = begin + options.seconds

    async def work(kernel):
        cells = 0
        while time.perf_counter() < end:
            await kernel.execute("1+1")
            cells += 1
        return cells

    cells = await asyncio.gather(*(work(kernel) for kernel in kernels))
    elapsed, cpu = time.perf_counter() - begin, cpu_seconds(options.pid) - cpu
    for kernel in kernels:
        await kernel.end()
    return {
        "kernels": options.parallel,
        "cells_per_s": round(sum(cells) / elapsed),
        "server_cpu_us_per_cell": round(cpu / sum(cells) * 1e6),
        "min_share": min(cells),
        "max_share": max(cells),
    }


async def stream(gateway, options):
    """Flushed prints (all of them must arrive), then displays."""
    kernel = await gateway.ready()
    streams = []
    code = f"for i in range({options.prints}): print(i, flush=True)"
    begin = time.perf_counter()
    messages, _ = await kernel.execute(code, timeout=300, streams=streams)
    prints = time.perf_counter() - begin
    arrived = set("".join(json.loads(content)["text"] for content in streams).split())
    lost = len({str(number) for number in range(options.prints)} - arrived)
    begin = time.perf_counter()
    shown, _ = await kernel.execute(
        "from IPython.display import display\nfor i in range(2000): display(i)", timeout=300
    )
    displays = time.perf_counter() - begin
    await kernel.end()
    return {
        "flushed_prints_per_s": round(options.prints / prints),
        "prints_lost": lost,
        "messages_seen": messages,
        "displays_per_s": round(2000 / displays),
        "displays_seen": shown,
    }


BULK = {
    "huge": "s = 'x' * 1000000\nfor i in range(500): print(s)",
    "lines": "s = 'x' * 4000\nfor i in range(50000): print(s)",
}


async def bulk(gateway, options):
    """Output in bulk: in huge prints, and in many lines."""
    kernel = await gateway.ready()
    await kernel.socket.close()  # a second client, which does not read, would hold the cell
    found = {}
    for name, code in BULK.items():
        seconds, size, messages = await asyncio.to_thread(read_bulk, gateway, kernel.id, code)
        found[name] = {"MBps": round(size / seconds / 1e6, 1), "bytes": size, "messages": messages}
    await gateway.stop(kernel.id)
    return found


def read_bulk(gateway, kernel_id, code):
    reader = BulkReader(gateway.url, gateway.token, kernel_id)
    try:
        return reader.execute(code)
    finally:
        reader.close()


WHILE_BUSY = [
    ("kernel_info_ms", "kernel_info_request", {}, "shell"),
    ("kernel_info_control_ms", "kernel_info_request", {}, "control"),
    ("complete_ms", "complete_request", {"code": "import o", "cursor_pos": 8}, "shell"),
]


async def while_it_runs(gateway, options, code):
    """What answers while a cell runs, and how soon an interrupt ends it."""
    kernel = await gateway.ready()
    other = await Kernel(gateway, kernel.id).connect()
    running = await begun(kernel, code)
    found = {}
    for name, msg_type, content, channel in WHILE_BUSY:
        ask = functools.partial(other.request, msg_type, content, channel=channel, timeout=REQUEST_SECONDS)
        try:
            found[name] = in_ms(await timed(options.tries, ask))["p50_ms"]
        except TimeoutError:
            found[name] = BLOCKED
    try:
        seconds = []
        for _ in range(options.tries):
            begin = time.perf_counter()
            await gateway.interrupt(kernel.id)
            reply = await kernel.wait_for("execute_reply", running, timeout=INTERRUPT_SECONDS)
            seconds.append(time.perf_counter() - begin)
            found["ename"] = reply.get("ename")
            running = await begun(kernel, code)
        found["interrupt"] = in_ms(seconds)
        await gateway.interrupt(kernel.id)
        await kernel.wait_for("execute_reply", running, timeout=INTERRUPT_SECONDS)
    except TimeoutError:
        found["interrupt"] = dict.fromkeys(("p50_ms", "p99_ms"), BLOCKED)
    await other.socket.close()
    await kernel.end()
    return found


async def begun(kernel, code):
    """The id of a cell that runs `code` by now."""
    running = await kernel.send_execute(f"print('on', flush=True)\n{code}")
    await kernel.wait_for("stream", running)
    return running


async def busy(gateway, options):
    return {
        "sleep": await while_it_runs(gateway, options, "import time; time.sleep(20)"),
        "spin": await while_it_runs(gateway, options, "while True: pass"),
    }


FIGURES = {
    "memory": memory,  # first: what other figures have freed would be taken for what kernels need
    "start": start,
    "rtt": rtt,
    "nagle": nagle,
    "parallel": parallel,
    "stream": stream,
    "bulk": bulk,
    "busy": busy,
    "capacity": capacity,  # last, for the same reason
}


async def measure(gateway, options, names, tell=lambda name, found: None, figures=FIGURES):
    """All the figures named; one that fails says so in its place, and the others go on."""
    found = {}
    for name in names:
        try:
            found[name] = await figures[name](gateway, options)
        except Exception as error:
            found[name] = f"failed: {type(error).__name__}: {error}"
        tell(name, found[name])
    return found
