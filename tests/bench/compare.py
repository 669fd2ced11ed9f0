#!/usr/bin/env python3
"""Corncob beside Jupyter Kernel Gateway with ipykernel: the same figures, one after the other on this machine. Then,
in a second table (`zmq`), kernels that a kernelspec starts, over ZMQ: `corncob attach`, `corncob kernel`, ipykernel. In
a third (`noise`), what a quiet tenant of Corncob gets while another one is noisy. In a fourth (`modes`), what a cell
costs by how it is run, beside async-kernel.

    compare.py [--markdown] [--json F] [--only start,rtt,zmq] [--no-peers]

Starts all of them itself. The peer is left out where kernel_gateway is not installed in this environment.
"""

import argparse
import asyncio
import datetime
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from figures import FIGURES, measure
from gateway_client import Gateway
from gwbench import add_options, names_of
from mode_figures import MODE_FIGURES
from noise import ALONE
from noise import measure as measure_noise
from table import MODE_ROWS, NOISE_ROWS, ROWS, ZMQ_ROWS, as_markdown, as_text
from zmq_figures import kernelspecs_in
from zmq_figures import measure as measure_zmq

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
OURS, PEER = "Corncob", "Kernel Gateway + ipykernel"
ASYNC_KERNEL = "Kernel Gateway + async-kernel"
ZMQ, NOISE, MODES = OTHERS = "zmq", "noise", "modes"  # the names of all figures of the further tables
# The ways to get a kernel over ZMQ, and the kernelspecs for it.
OUR_PROCESS, ATTACHED, IPYKERNEL = "corncob kernel", "corncob attach", "ipykernel"
KERNELSPECS = {ATTACHED: "corncob-attach", OUR_PROCESS: "corncob", IPYKERNEL: "python3"}


def clean_environment(**extra):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KG_", "JUPYTER", "CORNCOB_"))}
    return {**kept, **extra}


def our_binary():
    binary = os.environ.get("CORNCOB_BINARY") or str(ROOT / "build" / "corncob")
    if not Path(binary).exists():
        sys.exit(f"{binary} is not there: build it first (./dev build)")
    return binary


def start_corncob(log, *flags):
    binary = our_binary()
    environment = clean_environment(KG_MAX_KERNELS="0", XDG_STATE_HOME=f"{Path(log.name).parent}/state")
    command = [binary, "serve", "--port", "0", "--log-level", "warn", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    line = process.stdout.readline().strip()
    if not line:
        sys.exit(f"{binary} did not start:\n{Path(log.name).read_text()}")
    address = urlsplit(line)
    return process, f"http://{address.netloc}{address.path}", parse_qs(address.query)["token"][0]


def start_kernel_gateway(log):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    token, url = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    environment = clean_environment(KG_AUTH_TOKEN=token, KG_PORT=str(port), KG_IP="127.0.0.1")
    process = subprocess.Popen([sys.executable, "-m", "kernel_gateway"], stdout=log, stderr=log, env=environment)
    deadline = time.monotonic() + START_SECONDS
    while not answers(f"{url}/api?token={token}"):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"Kernel Gateway did not start:\n{Path(log.name).read_text()}")
        time.sleep(0.05)
    return process, url, token


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def figures_of(name, start, options, names, kernel_name="python3", figures=FIGURES):
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    if name == OURS:  # small per kernel: many are needed to see it; hundreds of the peer's would not fit
        options = argparse.Namespace(**{**vars(options), "idle": options.idle_ours})
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, open(f"{directory}/log", "w") as log:
        process, url, token = start(log)
        options.pid = process.pid
        try:
            return asyncio.run(measured(Gateway(url, token, kernel_name, quickack=True), options, names, figures))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


async def measured(gateway, options, names, figures):
    async with gateway:

        def tell(name, _):
            print(f"  {name}", file=sys.stderr, flush=True)

        return await measure(gateway, options, names, tell, figures)


def zmq_figures(options):
    """By the name of each way to get a kernel over ZMQ."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, open(f"{directory}/log", "w") as log:
        os.environ["JUPYTER_RUNTIME_DIR"] = directory
        os.environ["XDG_STATE_HOME"] = f"{directory}/state"
        install, socket_path = [our_binary(), "install"], f"{directory}/socket"
        attach = [*install, "--attach", "--socket", socket_path, "--name", KERNELSPECS[ATTACHED]]
        kernelspecs = kernelspecs_in(directory, install, attach)
        daemon, _, _ = start_corncob(log, "--attach-socket", socket_path)
        try:
            for name, kernel_name in KERNELSPECS.items():
                if name == IPYKERNEL and options.no_peers:
                    continue
                print(f"measuring {name} over ZMQ ...", file=sys.stderr, flush=True)
                options.daemon_pid = daemon.pid if name == ATTACHED else None
                results[name] = measure_zmq(
                    kernelspecs, kernel_name, options, lambda figure: print(f"  {figure}", file=sys.stderr, flush=True)
                )
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
    return results


def gateway_figures(options, names, peer=PEER, kernel_name="python3", figures=FIGURES):
    """`kernel_name`: of the peer's kernels."""
    results = {OURS: figures_of(OURS, start_corncob, options, names, figures=figures)}
    if options.no_peers or importlib.util.find_spec("kernel_gateway") is None:
        print(f"{peer}: left out", file=sys.stderr)
    else:
        results[peer] = figures_of(peer, start_kernel_gateway, options, names, kernel_name, figures)
    return results


def machine():
    with open("/proc/meminfo") as meminfo:
        gib = round(int(next(meminfo).split()[1]) / 2**20)
    return f"{datetime.date.today().isoformat()}, {len(os.sched_getaffinity(0))} cores, {gib} GiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true", help="a table for the README")
    parser.add_argument("--json", help="file for all figures")
    parser.add_argument("--no-peers", action="store_true", help="Corncob alone")
    parser.add_argument("--idle-ours", type=int, default=200, help="idle kernels whose memory is measured at Corncob")
    parser.add_argument("--zmq-starts", type=int, default=10, help="kernels started one after another over ZMQ")
    parser.add_argument("--zmq-idle", type=int, default=5, help="kernels over ZMQ whose memory is measured")
    add_options(parser, *OTHERS)
    options = parser.parse_args()
    names = names_of(parser, options, *OTHERS)
    of_gateways = [name for name in names if name not in OTHERS]
    tables = []
    if of_gateways:
        tables.append((gateway_figures(options, of_gateways), OURS, ROWS))
    if ZMQ in names:
        tables.append((zmq_figures(options), ATTACHED, ZMQ_ROWS))
    if NOISE in names:
        print("measuring a quiet tenant beside a noisy one ...", file=sys.stderr, flush=True)
        found = measure_noise(
            our_binary(), clean_environment(), options, lambda kind: print(f"  {kind}", file=sys.stderr, flush=True)
        )
        tables.append((found, ALONE, NOISE_ROWS))
    if MODES in names:
        found = gateway_figures(options, list(MODE_FIGURES), ASYNC_KERNEL, "async", MODE_FIGURES)
        tables.append((found, OURS, MODE_ROWS))
    if options.json:
        results = {name: found for results, _, _ in tables for name, found in results.items()}
        Path(options.json).write_text(json.dumps({"machine": machine(), "results": results}, indent=1))
    for results, ours, wanted in tables:
        print((as_markdown if options.markdown else as_text)(results, ours, machine(), wanted), end="\n\n")
    every = [value for results, _, _ in tables for found in results.values() for value in found.values()]
    return 1 if any(isinstance(value, str) for value in every) else 0


if __name__ == "__main__":
    sys.exit(main())
