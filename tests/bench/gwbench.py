#!/usr/bin/env python3
"""Measures any server that speaks the Jupyter Server kernels API (REST and WebSocket channels), from outside.

    gwbench.py --url http://127.0.0.1:8888 --token T --pid SERVER_PID [--kernel python3] [--only start,rtt] [--json F]

Every figure is taken through the public API, so one and the same run compares any gateways.
"""

import argparse
import asyncio
import json

from figures import FIGURES, measure
from gateway_client import Gateway


def add_options(parser, *more):
    """How much is measured; shared with compare.py, which has `more` figures."""
    known = [*FIGURES, *more]
    parser.add_argument("--only", default=",".join(known), help="comma-separated: " + ", ".join(known))
    parser.add_argument("--starts", type=int, default=60, help="kernels started one after another")
    parser.add_argument("--rtts", type=int, default=300, help="round trips of each kind")
    parser.add_argument("--parallel", type=int, default=8, help="kernels at once")
    parser.add_argument("--seconds", type=float, default=4, help="length of the parallel run")
    parser.add_argument("--prints", type=int, default=10000, help="flushed prints of one cell")
    parser.add_argument("--tries", type=int, default=10, help="requests and interrupts while a cell runs, of each kind")
    parser.add_argument("--idle", type=int, default=10, help="idle kernels whose memory is measured")
    parser.add_argument("--capacity-max", type=int, default=10000, help="kernels in 2 GiB, at most")


def names_of(parser, options, *more):
    names, known = options.only.split(","), [*FIGURES, *more]
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}; there are {', '.join(known)}")
    return names


async def run(options, names):
    async with Gateway(options.url, options.token, options.kernel, options.quickack) as gateway:
        return await measure(gateway, options, names, lambda *found: print(found[0], json.dumps(found[1]), flush=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", default="")
    parser.add_argument("--pid", type=int, required=True, help="of the server; its descendants count with it")
    parser.add_argument("--kernel", default="python3", help="name of the kernelspec")
    parser.add_argument("--json", help="file for the figures")
    parser.add_argument("--quickack", action="store_true", help="acknowledge at once (spares Nagle's 40 ms)")
    add_options(parser)
    options = parser.parse_args()
    found = asyncio.run(run(options, names_of(parser, options)))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(found, file, indent=1)


if __name__ == "__main__":
    main()
