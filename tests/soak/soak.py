#!/usr/bin/env python3
"""Mixed load on many kernels for a long time: no message lost, no reply missing, everything in order; and the daemon
holds no more at the end than at the beginning.

    soak.py [SECONDS] [--kernels N] [--seed N]

What is done is drawn from a seed, which is printed. Starts a daemon of its own, speaks to it over loopback, ends it.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import random
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "functional"))

from daemon import ROOT, Daemon
from gauges import read_at_rest, slope
from load import Worker

SECONDS = 1800
KERNELS, WORKERS = 100, 10
ROUNDS_MIN, ROUNDS_MAX, ROUND_SECONDS = 4, 15, 120
# From the second round to the last, on the whole: caches fill, and among a hundred kernels that come and go the
# allocator keeps pages that are in use only in part. Both level off; what leaks does not.
MEMORY_GROWTH_MIB_MAX = 16
DESCRIPTORS_MAX = 2  # of what closes a moment later
MEMORY_GROWTH_PER_ROUND_MIB_MAX = 0.5
# Of those that answer editors the first is always there; a further one is started when all have work, and stays.
LANGUAGE_THREADS_MAX = int(
    re.search(r"kLanguageThreadsMax = (\d+)", (ROOT / "tenants" / "language_worker.hpp").read_text())[1]
)


def soak(daemon, seconds, kernels=KERNELS, seed=0, say=print):
    """Raises AssertionError for what is wrong; the readings of the rounds."""
    rounds = max(ROUNDS_MIN, min(ROUNDS_MAX, round(seconds / ROUND_SECONDS)))
    say(f"{kernels} kernels, {rounds} rounds of {seconds / rounds:.0f} s, seed {seed}")
    readings = []
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        each = [(daemon, kernels // WORKERS, f"{seed}-{number}") for number in range(WORKERS)]
        workers = list(pool.map(lambda parts: Worker(*parts), each))
        for number in range(rounds):
            together(pool, workers, lambda worker: worker.works(seconds / rounds))
            together(pool, workers, Worker.starts_afresh)
            readings.append(read_at_rest(daemon.ps, readings[-1].threads if number > 1 else 0))
            say(f"round {number + 1}: {readings[-1]}")
        assert len(daemon.get("/api/kernels").json()) == kernels, "kernels are left over, or gone"
        together(pool, workers, Worker.leaves)
    done = sum((collections.Counter(worker.done) for worker in workers), collections.Counter())
    say(", ".join(f"{count} {name}" for name, count in sorted(done.items())))
    assert daemon.get("/api/kernels").json() == []
    check_flat(readings)
    return readings


def together(pool, workers, what):
    """All of them have ended when this returns; the first that failed is told."""
    for future in concurrent.futures.wait([pool.submit(what, worker) for worker in workers]).done:
        future.result()


def check_flat(readings):
    """The first round is what a daemon needs once."""
    later = readings[1:]
    told = "\n".join(map(str, readings))
    descriptors = [reading.descriptors for reading in later]
    assert max(descriptors) - min(descriptors) <= DESCRIPTORS_MAX, f"descriptors:\n{told}"
    threads = [reading.threads for reading in later]
    assert threads == sorted(threads) and threads[-1] - threads[0] < LANGUAGE_THREADS_MAX, f"threads:\n{told}"
    memory = [reading.memory_mib for reading in later]
    growth = slope(memory)
    allowed = max(MEMORY_GROWTH_MIB_MAX / (len(memory) - 1), MEMORY_GROWTH_PER_ROUND_MIB_MAX)
    assert growth <= allowed, f"memory grows by {growth:.2f} MiB a round:\n{told}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS, help="of load; %(default)s by default")
    parser.add_argument("--kernels", type=int, default=KERNELS)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        daemon = Daemon(pathlib.Path(directory) / "daemon.log", ["--log-level", "warn"], env={"KG_MAX_KERNELS": "0"})
        try:
            soak(daemon, options.seconds, options.kernels, options.seed, lambda line: print(line, flush=True))
            daemon.stop()
        except BaseException:
            print(daemon.log(), file=sys.stderr)
            raise
        finally:
            daemon.kill()


if __name__ == "__main__":
    main()
