"""Pools of processes in two kernels at the same time: multiprocessing's contexts, concurrent.futures, joblib (loky)."""

import os

import psutil
import pytest
from deadline import eventually
from pairs import both, results

# A module of the kernel's own directory, which workers import from there.
WORK = """
import os, time

def report(number):
    print(f"from {os.environ['CROP']} {number}\\n", end="", flush=True)
    return number * number, os.getcwd(), os.environ["CROP"]

def last(number):
    print("on\\n", end="", flush=True)
    time.sleep(600)
"""
# `pool` stays, `run(function, numbers)` gives the results.
POOLS = {
    "spawn": "import multiprocessing\npool = multiprocessing.get_context('spawn').Pool(2)\nrun = pool.map",
    "forkserver": "import multiprocessing\npool = multiprocessing.get_context('forkserver').Pool(2)\nrun = pool.map",
    "futures": (
        "import multiprocessing\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('spawn'))\n"
        "def run(*work): return list(pool.map(*work))"
    ),
    "loky": (
        "from joblib import Parallel, delayed\n"
        "def run(function, numbers): return Parallel(2)(delayed(function)(number) for number in numbers)"
    ),
}


@pytest.fixture
def workshops(housed_pair, tmp_path):
    """Two kernels with something to do for workers."""
    for name, client in zip(("one", "two"), housed_pair, strict=True):
        (tmp_path / name / "workshop.py").write_text(WORK)
        client.run(f"import os, workshop; os.environ['CROP'] = {name!r}")
    return housed_pair


@pytest.fixture(params=POOLS.values(), ids=POOLS)
def pools(request, workshops):
    for client in workshops:
        client.run(request.param)
    return workshops


def test_what_workers_know_and_print(pools):
    """Also of a cell that uses workers that an earlier one has started."""
    for numbers in ([1, 2], [3, 4, 5]):
        exchanges = both(pools, f"run(workshop.report, {numbers}) == [(n * n, os.getcwd(), '%s') for n in {numbers}]",
                         "one", "two")  # fmt: skip
        for name, exchange in zip(("one", "two"), exchanges, strict=True):
            assert exchange.result == "True", exchange.messages
            assert sorted(exchange.text().splitlines()) == [f"from {name} {number}" for number in numbers]


# While multiprocessing's pool replaces the workers that the interrupt has ended, it may count none and divide by that.
AGAIN = """
import contextlib
count = None
while count is None:
    with contextlib.suppress(ZeroDivisionError):
        count = len(run(workshop.report, [1, 2]))
count
"""


def test_an_interrupt_ends_the_work_of_one_kernel(daemon, pools):
    one, two = pools
    one.late_output = two.late_output = True  # workers say what has become of them
    running = one.send_execute("run(workshop.last, [1, 2])")
    # Both: an interrupt ends a worker that still waits for work, and a pool of futures with it.
    one.wait_for(lambda _: one.exchanges[running].text().count("on") == 2)
    results([two], "len(run(workshop.report, [1, 2]))")
    daemon.post(f"/api/kernels/{one.kernel_id}/interrupt")
    assert one.collect(running).reply["ename"] == "KeyboardInterrupt"
    assert one.run(AGAIN).result == "2", "its workers are still at the old work"
    assert two.run("len(run(workshop.report, [1, 2]))").result == "2"


def wait_for_children(daemon, wanted):
    def children():
        return set(daemon.ps.children(recursive=True))

    eventually(lambda: children() == wanted, tell=lambda: [str(each) for each in children() ^ wanted])


@pytest.mark.parametrize("ending", ["restart", "delete"])
def test_workers_and_what_looks_after_them_end_with_their_kernel(fresh_daemon, tmp_path, ending):
    daemon = fresh_daemon()
    (tmp_path / "workshop.py").write_text(WORK)
    one, two = (daemon.client(daemon.start_kernel(env={"KERNEL_WORKING_DIR": str(tmp_path)})) for _ in range(2))
    for client in (one, two):
        client.run("import os, workshop; os.environ['CROP'] = 'corn'")
    two.run(POOLS["loky"])
    two.run("run(workshop.report, [1, 2])")
    kept = set(daemon.ps.children(recursive=True))
    for name, code in POOLS.items():
        one.run(code.replace("pool ", f"pool_{name} ").replace("pool.", f"pool_{name}."))
        one.run("run(workshop.report, [1, 2])")
    started = set(daemon.ps.children(recursive=True)) - kept
    assert len(started) >= 2 * len(POOLS) + 3, "workers, a fork server, two trackers"
    if ending == "restart":
        assert daemon.post(f"/api/kernels/{one.kernel_id}/restart").status_code == 200
    else:
        daemon.stop_kernel(one.kernel_id)
    gone, alive = psutil.wait_procs(started, timeout=20)
    assert not alive
    assert not [each for each in kept if not each.is_running()]
    wait_for_children(daemon, kept)
    assert two.run("len(run(workshop.report, [1, 2]))").result == "2"
    daemon.stop_kernel(two.kernel_id)
    prefix = f"sem.loky-{daemon.process.pid}-"
    eventually(lambda: not [name for name in os.listdir("/dev/shm") if name.startswith(prefix)])
    assert "Traceback" not in daemon.log()


def test_functions_of_cells(pair):
    """loky takes them along; a worker of the context spawn looks for them in its own __main__, as it does for
    ipykernel's."""
    code = "factor = %s\ndef times(number): return number * factor\n"
    assert results(pair, code + POOLS["loky"] + "\nrun(times, [1, 2, 3])", 10, 100) == [
        "[10, 20, 30]",
        "[100, 200, 300]",
    ]
    one, two = pair
    one.late_output = True
    assert one.execute(POOLS["futures"] + "\nrun(times, [1])").reply["ename"] == "BrokenProcessPool"
    assert two.run("run(times, [4])").result == "[400]"


def test_start_method_and_children(pair):
    one, two = pair
    one.run("import multiprocessing as m, time; m.set_start_method('spawn')")
    one.run("p = m.Process(target=time.sleep, args=(600,)); p.start()")
    assert one.run("m.get_start_method(), m.active_children() == [p]").result == "('spawn', True)"
    two.run("import multiprocessing as m; m.set_start_method('forkserver')")
    assert two.run("m.get_start_method(), m.active_children()").result == "('forkserver', [])"
    assert one.run("p.terminate(); p.join(); p.exitcode, m.active_children()").result == "(-15, [])"


def test_shared_memory_is_a_kernels(daemon, pair):
    """What a kernel leaves behind is removed at its end, by its own tracker."""
    code = "from multiprocessing import shared_memory\nm = shared_memory.SharedMemory(create=True, size=10); m.name"
    names = [name.strip("'") for name in results(pair, code)]
    assert all(os.path.exists(f"/dev/shm/{name}") for name in names)
    daemon.post(f"/api/kernels/{pair[0].kernel_id}/restart")
    eventually(lambda: not os.path.exists(f"/dev/shm/{names[0]}"))
    assert os.path.exists(f"/dev/shm/{names[1]}")
    pair[1].run("m.close(); m.unlink()")
    assert not os.path.exists(f"/dev/shm/{names[1]}")


def test_exit_codes_of_forked_processes(pair):
    """The only thread of a child is its main thread, whichever has forked."""
    code = (
        "import multiprocessing, sys, threading\ncontext = multiprocessing.get_context('fork')\n"
        "def ended(target, *args):\n"
        "    process = context.Process(target=target, args=args)\n    process.start(), process.join()\n"
        "    return process.exitcode\n"
        "def main(): sys.exit(threading.current_thread() is threading.main_thread() and 7)\n"
    )
    for client in pair:
        client.run(code)
        assert client.run("ended(print, 'child'), ended(sys.exit, 3), ended(main)").result == "(0, 3, 7)"
        client.run("codes = []\nthread = threading.Thread(target=lambda: codes.append(ended(main)))")
        assert client.run("thread.start(), thread.join(), codes").result.endswith("[7])")
        assert client.run("threading.current_thread().name").result == "'MainThread'"
