"""What a server's process tree uses, read from outside."""

import psutil


def tree(pid):
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def pss_mib(pid):
    """Proportional set size of a process and all its descendants: shared pages are counted once."""
    total = 0
    for process in tree(pid):
        try:
            with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
                total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass  # it ended meanwhile
    return total / 1024


def cpu_seconds(pid):
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
            total += times.user + times.system
        except psutil.Error:
            pass
    return total


def processes_and_threads(pid):
    processes = threads = 0
    for process in tree(pid):
        try:
            threads += process.num_threads()
            processes += 1
        except psutil.Error:
            pass
    return processes, threads
