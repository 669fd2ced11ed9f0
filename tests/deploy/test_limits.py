"""Near the limits of its container the daemon refuses new kernels in words, and goes on."""

import pytest
from deadline import eventually

MEMORY_MIB = 256
PIDS = 60
FILL = "block = mmap.mmap(-1, 1 << 20); block.write(b'x' * (1 << 20)); blocks.append(block)"  # and goes back at once


def refused(gateway):
    """The refusal of a new kernel; nothing, if there is one."""
    response = gateway.request("POST", "/api/kernels", json={})
    if response.status_code == 201:
        gateway.request("DELETE", f"/api/kernels/{response.json()['id']}")
        return None
    assert response.status_code == 503, response.text
    assert response.headers["Retry-After"] == "5"
    return response.json()["message"]


@pytest.fixture
def small(serve):
    flags = ["--memory", f"{MEMORY_MIB}m", "--memory-swap", f"{MEMORY_MIB}m", "--pids-limit", str(PIDS)]
    return serve(flags=flags, settings={"KG_MAX_KERNELS": "0"})


def test_near_the_memory_limit(small):
    kernel_id = small.start_kernel()
    multi_id = small.start_kernel(name="python3-multi")
    with small.client(kernel_id) as client, small.client(multi_id) as first:
        first.run("here = 1")
        client.run("import mmap; blocks = []")
        message = None
        while message is None:
            client.run(FILL)
            message = refused(small)
        assert message.startswith(f"no room for a new kernel: of {MEMORY_MIB} MiB of memory 2"), message
        assert message.endswith("(the limit is the container's: /sys/fs/cgroup/memory/memory.limit_in_bytes)") or (
            message.endswith("/sys/fs/cgroup/memory.max)")
        ), message
        assert "kernels.memory_percent_max is 90" in message
        used = small.metric("corncob_container_memory_bytes")
        assert 0.85 * MEMORY_MIB < used / (1 << 20) < MEMORY_MIB
        assert first.value("here") == 1, "who has a kernel goes on"
        with small.client(multi_id) as second:
            reply = second.execute("1").reply
            assert reply["ename"] == "NoKernel" and reply["evalue"].startswith("no room for a new kernel"), reply
            second.abandoned.update(second.exchanges)  # it never was a cell, so it has no execute_input
            client.run("for each in blocks: each.close()")
            eventually(lambda: refused(small) is None)
            assert second.run("2 + 2").result == "4", "when there is room again"
    state = small.state()
    assert state["Running"] and not state["OOMKilled"]
    assert 'reason="memory_percent_max"' in small.request("GET", "/metrics").text


def test_near_the_limit_of_threads(small):
    clients = []
    while (response := small.request("POST", "/api/kernels", json={})).status_code == 201:
        clients.append(small.client(response.json()["id"]))
        clients[-1].run("x = 1")
        assert len(clients) < PIDS
    message = response.json()["message"]
    assert len(clients) > 10
    assert message.startswith(f"no room for a new kernel: of {PIDS} processes and threads 5"), message
    assert "kernels.pids_percent_max is 90" in message
    assert [client.value("x") for client in clients] == [1] * len(clients)
    for client in clients:
        client.close()
    small.request("DELETE", f"/api/kernels/{clients[0].kernel_id}")
    eventually(lambda: refused(small) is None)


def test_kernels_that_have_run_nothing_have_their_threads_later(small):
    """They cost no thread before their first cell, so many could be started, and not one of them could run."""
    kernels = []
    while (response := small.request("POST", "/api/kernels", json={})).status_code == 201:
        kernels.append(response.json()["id"])
        assert len(kernels) < PIDS, "each of them will want a thread"
    assert response.status_code == 503 and "pids_percent_max" in response.json()["message"]
    for kernel_id in kernels:
        with small.client(kernel_id) as client:
            client.run("x = 1")


def test_what_takes_all_memory_is_the_containers_end_and_no_hang(serve):
    """Nobody can keep the cells that run from it: the kernel of the system ends the daemon, and a restart policy begins
    anew."""
    flags = ["--memory", "128m", "--memory-swap", "128m", "--restart", "on-failure:1"]
    gateway = serve(flags=flags)
    with gateway.client(gateway.start_kernel()) as client:
        client.abandoned.add(client.send_execute("taken = b'x' * (1 << 30)"))
        eventually(lambda: gateway.inspect()["RestartCount"] == 1, timeout=60)
        client.close = lambda check: client.socket.close(timeout=1)
    gateway.wait_healthy()
