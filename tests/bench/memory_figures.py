"""What kernels cost in memory, and how many of them fit into some."""

import asyncio
import time

from process_usage import processes_and_threads, pss_mib

CAPACITY_MIB = 2048
LOOKED_AT_FIRST = 10  # kernels
STOPPED_AT_ONCE = 8


async def started(gateway):
    """An idle kernel that has run a cell and has no client; its id."""
    kernel = await gateway.ready()
    await kernel.socket.close()
    return kernel.id


async def memory(gateway, options):
    """PSS of the server's process tree per idle kernel that has run a cell."""
    await (await gateway.ready()).end()  # what the first kernel of all costs is no kernel's
    before, (processes_before, threads_before) = pss_mib(options.pid), processes_and_threads(options.pid)
    kernel_ids = []
    begin = time.perf_counter()
    for _ in range(options.idle):
        kernel_ids.append(await started(gateway))
    elapsed = time.perf_counter() - begin
    await asyncio.sleep(1)  # let caches and allocators settle before the reading
    at_most, (processes, threads) = pss_mib(options.pid), processes_and_threads(options.pid)
    for kernel_id in kernel_ids:
        await gateway.stop(kernel_id)
    await asyncio.sleep(1)
    return {
        "base_MiB": round(before, 1),
        "kernels": options.idle,
        "MiB_per_kernel": round((at_most - before) / options.idle, 3),
        "after_MiB": round(pss_mib(options.pid), 1),
        "processes": [processes_before, processes],
        "threads": [threads_before, threads],
        "starts_per_s": round(options.idle / elapsed, 2),
    }


async def capacity(gateway, options):
    """Idle kernels that have run a cell, until the server's process tree has CAPACITY_MIB, or no more are wanted."""
    kernel_ids, begin = [], time.perf_counter()
    base = used = pss_mib(options.pid)
    while used < CAPACITY_MIB and len(kernel_ids) < options.capacity_max:
        for _ in range(min(_until_next_look(base, used, len(kernel_ids)), options.capacity_max - len(kernel_ids))):
            kernel_ids.append(await started(gateway))
        used = pss_mib(options.pid)
    elapsed = time.perf_counter() - begin
    last = await gateway.ready()
    await last.execute("1+1")
    await last.end()
    left = iter(kernel_ids)
    await asyncio.gather(*[_stop_each(gateway, left) for _ in range(STOPPED_AT_ONCE)])
    return {"kernels": len(kernel_ids), "MiB": round(used), "starts_per_s": round(len(kernel_ids) / elapsed, 1)}


def _until_next_look(base, used, kernels):
    """Half of the kernels that will fit, if each needs as much as those before; at least one."""
    if kernels == 0:
        return LOOKED_AT_FIRST
    return max(1, int((CAPACITY_MIB - used) / max(used - base, 1) * kernels / 2))


async def _stop_each(gateway, kernel_ids):
    for kernel_id in kernel_ids:
        await gateway.stop(kernel_id)
