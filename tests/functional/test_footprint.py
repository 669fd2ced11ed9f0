"""What the daemon takes it gives back: threads, descriptors, memory."""

import time

import pytest
from deadline import eventually

KERNELS = 500
BACK_WITHIN = 1.10
KILOBYTES_LEFT = 12  # of a kernel's 140: pages that the allocator keeps, in use only in part
STILL_SECONDS = 2
KILOBYTES_OF_REST = 200


def footprint(daemon):
    """Of its memory what is its own alone: pages of files count for less where other daemons have them too."""
    process = daemon.ps
    with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
        own = next(int(line.split()[1]) for line in rollup if line.startswith("Pss_Anon:"))
    return {"threads": process.num_threads(), "descriptors": process.num_fds(), "kilobytes": own}


def churn(daemon, count, code):
    """Starts kernels that live at the same time, runs a cell in each, then deletes them all."""
    kernels = [daemon.start_kernel() for _ in range(count)]
    for kernel_id in kernels:
        with daemon.client(kernel_id) as client:
            client.run(code)
    at_most = footprint(daemon)
    for kernel_id in kernels:
        daemon.stop_kernel(kernel_id)
    return at_most


def at_rest(daemon):
    """The footprint once it changes no more: shells made ahead come a while after the start."""
    last, since = footprint(daemon), time.monotonic()

    def still():
        nonlocal last, since
        now = footprint(daemon)
        growth = now["kilobytes"] - last["kilobytes"]
        if (now["threads"], now["descriptors"]) != (last["threads"], last["descriptors"]) or growth > KILOBYTES_OF_REST:
            last, since = now, time.monotonic()
        return time.monotonic() - since > STILL_SECONDS

    eventually(still, 20)
    return last


def settle(daemon, wanted, timeout=20):
    """The footprint, once threads and descriptors are back at `wanted` or the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        now = footprint(daemon)
        back = all(now[name] <= wanted[name] * BACK_WITHIN for name in wanted)
        if back or time.monotonic() > deadline:
            return now
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_500_kernels_leave_nothing_behind(fresh_daemon):
    daemon = fresh_daemon(env={"KG_MAX_KERNELS": "0"})
    code = "import asyncio; x = list(range(1000)); await asyncio.sleep(0); print(len(x)); x[5]"
    churn(daemon, 1, code)  # what is loaded and cached once
    base = at_rest(daemon)
    at_most = churn(daemon, KERNELS, code)
    after = settle(daemon, base)
    assert at_most["threads"] > base["threads"], "the kernels took nothing, so nothing is shown"
    allowed = {name: value * BACK_WITHIN for name, value in base.items()}
    allowed["kilobytes"] = base["kilobytes"] + KERNELS * KILOBYTES_LEFT
    for name, value in after.items():
        assert value <= allowed[name], f"{name}: {base[name]} before, {at_most[name]} with {KERNELS}, {value} after"
    assert daemon.get("/api/status").json()["kernels"] == 0
    eventually(lambda: daemon.get("/api/status").json()["connections"] == 0)


def test_restarts_leave_nothing_behind(fresh_daemon):
    daemon = fresh_daemon()
    kernel_id = daemon.start_kernel()
    with daemon.client(kernel_id) as client:
        for number in range(25):
            if number == 5:
                base = at_rest(daemon)
            client.run("x = [0] * 1000")
            assert daemon.post(f"/api/kernels/{kernel_id}/restart").status_code == 200
        after = settle(daemon, {"threads": base["threads"], "descriptors": base["descriptors"]})
    assert after["threads"] <= base["threads"] + 1 and after["descriptors"] <= base["descriptors"] + 3
