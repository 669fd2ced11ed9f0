"""One tenant makes all the noise it can; another one's cells and questions are answered all the same."""

import statistics
import subprocess
import sys
import time

import pytest
from daemon import ROOT
from deadline import eventually
from test_metrics import as_tenant, config, samples, start_kernel

MAKER = ROOT / "tests" / "bench" / "noise_maker.py"
KINDS = "spin,print,connections,broken"
ROUND_TRIPS = 40
STARVED_SECONDS = 5  # far beyond what it takes; a tenant that waits for its turn behind all noise waits for minutes


@pytest.fixture
def noisy(fresh_daemon):
    """A daemon in which tenant ada is noisy."""
    daemon = fresh_daemon("--log-level", "error", config=config("{}").replace("kernels_max: 3", "kernels_max: 10"))
    with subprocess.Popen(
        [sys.executable, str(MAKER), daemon.url, "ada", KINDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as noise:
        assert noise.stdout.readline() == "on\n"
        yield daemon
        noise.communicate()
    daemon.kill()  # what spins and prints would be waited for


def timed(action):
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def is_noisy(daemon):
    found = samples(daemon.get("/metrics", authorized=False).text)
    refused = {dict(labels)["reason"] for labels in found.get("corncob_dropped_messages_total", ())}
    busy = {("tenant", "ada"), ("kernel_name", "python3"), ("execution_state", "busy")}
    running = found["corncob_kernels"].get(frozenset(busy), 0)
    return {"message_bytes_max", "frame_too_short"} <= refused and running >= 3


@pytest.mark.timeout(120)
def test_a_quiet_tenant_is_served_beside_a_noisy_one(noisy):
    with noisy.client(start_kernel(noisy, "bob"), token="bob") as quiet:
        eventually(lambda: is_noisy(noisy), 60, lambda: noisy.get("/metrics", authorized=False).text)
        cells = [timed(lambda: quiet.run("1 + 1")) for _ in range(ROUND_TRIPS)]
        questions = [timed(lambda: quiet.request("kernel_info_request")) for _ in range(ROUND_TRIPS)]
        assert max(cells) < STARVED_SECONDS and max(questions) < STARVED_SECONDS
        assert statistics.median(questions) < statistics.median(cells), "it waits for no Python"
        assert noisy.get("/api/kernels", **as_tenant("bob")).status_code == 200
        assert is_noisy(noisy), "until the end"
