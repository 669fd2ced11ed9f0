"""The figures of several servers side by side, with the ratio to ours and the goal."""

LOWER, HIGHER = "lower", "higher"

# label, where the number is, unit, which direction is better, the goal of the design
ROWS = [
    ("start to first cell done, p50", "start.p50_ms", "ms", LOWER, "≤ 2"),
    ("memory per idle kernel", "memory.MiB_per_kernel", "MiB", LOWER, "≤ 0.15"),
    ("`1+1` round trip, p50", "rtt.execute.p50_ms", "ms", LOWER, "≤ 0.25"),
    ("`1+1` round trip, p99", "rtt.execute.p99_ms", "ms", LOWER, ""),
    ("`1+1` with delayed ACKs, p50", "nagle.p50_ms", "ms", LOWER, ""),
    ("`x = 1` round trip, p50", "rtt.statement.p50_ms", "ms", LOWER, ""),
    ("kernel_info round trip, p50", "rtt.kernel_info.p50_ms", "ms", LOWER, "≤ 0.06"),
    ("completion, p50", "rtt.complete.p50_ms", "ms", LOWER, ""),
    ("server CPU per small cell", "parallel.server_cpu_us_per_cell", "µs", LOWER, "≤ 200"),
    ("cells per second, many kernels", "parallel.cells_per_s", "/s", HIGHER, "≥ 5000"),
    ("flushed prints", "stream.flushed_prints_per_s", "/s", HIGHER, "≥ 200000"),
    ("flushed prints lost, of 10,000", "stream.prints_lost", "", LOWER, "0"),
    ("bulk output, huge prints", "bulk.huge.MBps", "MB/s", HIGHER, "≥ 200"),
    ("bulk output, lines of 4 kB", "bulk.lines.MBps", "MB/s", HIGHER, "≥ 200"),
    ("displays", "stream.displays_per_s", "/s", HIGHER, ""),
    ("kernel_info while a cell sleeps, p50", "busy.sleep.kernel_info_ms", "ms", LOWER, "≤ 0.2"),
    ("kernel_info while a cell spins, p50", "busy.spin.kernel_info_ms", "ms", LOWER, "≤ 0.2"),
    ("completion while a cell sleeps, p50", "busy.sleep.complete_ms", "ms", LOWER, "≤ 10"),
    ("interrupt of `time.sleep`, p50", "busy.sleep.interrupt.p50_ms", "ms", LOWER, "≤ 1"),
    ("interrupt of `while True`, p50", "busy.spin.interrupt.p50_ms", "ms", LOWER, ""),
    ("kernels in 2 GiB", "capacity.kernels", "", HIGHER, "10,000"),
    ("kernels started per second", "memory.starts_per_s", "/s", HIGHER, ""),
]

# The same for kernels over ZMQ (zmq_figures.py).
ZMQ_ROWS = [
    ("start to first cell replied, p50", "start.p50_ms", "ms", LOWER, ""),
    ("memory per kernel", "memory.MiB_per_kernel", "MiB", LOWER, ""),
    ("`1+1` round trip, p50", "rtt.execute.p50_ms", "ms", LOWER, ""),
    ("`1+1` round trip, p99", "rtt.execute.p99_ms", "ms", LOWER, ""),
    ("kernel_info round trip, p50", "rtt.kernel_info.p50_ms", "ms", LOWER, ""),
    ("iopub messages", "iopub.messages_per_s", "/s", HIGHER, ""),
]

# Of one cell, `y = x + 1`, by how it is run (mode_figures.py).
MODE_ROWS = [
    ("`y = x + 1` in turn, p50", "cells.chained.p50_ms", "ms", LOWER, ""),
    ("the same as `# task`", "cells.task.p50_ms", "ms", LOWER, ""),
    ("as `# thread`", "cells.thread.p50_ms", "ms", LOWER, ""),
    ("in a concurrent kernel", "cells.concurrent.p50_ms", "ms", LOWER, ""),
    ("in a reactive kernel of 500 other cells", "reactive.execute.p50_ms", "ms", LOWER, ""),
    ("in mode cache, replayed", "cache.small.hit.p50_ms", "ms", LOWER, ""),
    ("in mode cache, run and kept", "cache.small.miss.p50_ms", "ms", LOWER, ""),
    ("in all three modes, replayed", "together.p50_ms", "ms", LOWER, ""),
    ("each of 500 reactive cells in a row that run again", "reactive.wave_us_per_cell", "µs", LOWER, ""),
    ("`y = big.sum()` of 100 MB, p50", "cache.big.plain.p50_ms", "ms", LOWER, ""),
    ("the same in mode cache, replayed", "cache.big.hit.p50_ms", "ms", LOWER, ""),
    ("the same in mode cache, run and kept", "cache.big.miss.p50_ms", "ms", LOWER, ""),
    ("1,000 cells that sleep 1 s at once: time beside that", "sleepers.ms", "ms", LOWER, ""),
]

# Of a quiet tenant beside a noisy one (noise.py): the ratio says how many times slower.
NOISE_ROWS = [
    ("`1+1` round trip, p50", "execute.p50_ms", "ms", LOWER, ""),
    ("`1+1` round trip, p99", "execute.p99_ms", "ms", LOWER, ""),
    ("kernel_info round trip, p50", "kernel_info.p50_ms", "ms", LOWER, ""),
    ("kernel_info round trip, p99", "kernel_info.p99_ms", "ms", LOWER, ""),
]


def look_up(found, path):
    """The number at a dotted path; a word where it was not to be had, None where it was not asked for."""
    for name in path.split("."):
        if isinstance(found, str):
            return "failed"
        if found is None or name not in found:
            return None
        found = found[name]
    return found


def ratio(ours, theirs, better):
    """How many times better ours is."""
    numbers = all(isinstance(value, (int, float)) and value > 0 for value in (ours, theirs))
    if not numbers:
        return "∞" if theirs == "blocked" and isinstance(ours, (int, float)) else ""
    return f"{theirs / ours if better == LOWER else ours / theirs:.3g}x"


def shown(value, unit):
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,} {unit}".strip()


def rows(results, our_name, wanted):
    peers = [name for name in results if name != our_name]
    yield ["figure", our_name, *[head for name in peers for head in (name, "ratio")], "goal"]
    for label, path, unit, better, goal in wanted:
        ours = look_up(results[our_name], path)
        if ours is None:
            continue
        line = [label, shown(ours, unit)]
        for name in peers:
            theirs = look_up(results[name], path)
            line += [shown(theirs, unit), ratio(ours, theirs, better)]
        yield [*line, f"{goal} {unit}".strip() if goal else ""]


def as_markdown(results, our_name, machine, wanted):
    head, *body = rows(results, our_name, wanted)
    lines = [f"Measured {machine}.", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(line) + " |" for line in body)])


def as_text(results, our_name, machine, wanted):
    table = list(rows(results, our_name, wanted))
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]
    return "\n".join([machine, "", lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
