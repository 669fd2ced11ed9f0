"""Mode cache: what is kept of cells, when it is found again, and what is replayed."""

import ast
import itertools
import re

import pytest
from cached_cells import cached, is_replayed, kernel_beside, run_twice, shown
from concurrency import kernel_of
from kernelspecs import installed_text
from test_subshells import Subshell


@pytest.fixture
def cache(daemon):
    with cached(daemon) as client:
        yield client


# --- akernel's: the cell runs again when its inputs have changed, and is known when they are back

SLOW = "time.sleep(0.01)\ny = x + 1\n2 * y"


def test_akernels_example(cache):
    cache.run("import time\nx = 0")
    for x, result, replayed in ((0, "2", False), (0, "2", True), (1, "4", False), (1, "4", True), (0, "2", True)):
        cache.run(f"x = {x}")
        exchange = cache.run(SLOW)
        assert (exchange.result, is_replayed(exchange)) == (result, replayed)
        assert cache.run("y").result == str(x + 1)


def test_an_installed_kernelspec_carries_its_mode(tmp_path):
    text = installed_text(tmp_path, "concurrent-cache", "corncob-cache-concurrent")
    assert '"--mode",\n    "cache-concurrent"' in text


def test_mode_magic(client):
    client.run("x = 1")
    client.run("y = x")
    assert not is_replayed(client.run("y = x"))
    client.run("%mode cache")
    assert client.run("%mode").text() == "cache\n"
    run_twice(client, "from_mode_magic = x + 1")
    client.run("%mode concurrent-cache")
    assert client.run("%mode").text() == "cache-concurrent\n"
    client.run("%mode chained")
    assert client.run("%mode").text() == "chained\n"
    assert not is_replayed(client.run("from_mode_magic = x + 1"))
    assert client.execute("%mode chained-concurrent").reply["ename"] == "UsageError"


# --- what is replayed


def test_all_that_it_shows_is_shown_again_in_order(cache):
    code = (
        "import sys\nfrom IPython.display import display, clear_output, HTML\n"
        "print('one'); print('two', file=sys.stderr); display(HTML('<b>three</b>')); print('four')\n"
        "clear_output(wait=True); sys.stdout.write('five\\n'); display(6, metadata={'a': 1})\n'seven'"
    )
    exchange = run_twice(cache, code)
    kinds = ["stream", "stream", "display_data", "stream", "clear_output", "stream", "display_data", "execute_result"]
    assert [what for what, *_ in shown(exchange)] == kinds


def test_result_out_and_history(cache):
    cache.run("x = [1]")
    first = run_twice(cache, "y = x\ny")
    count = first.reply["execution_count"]
    assert first.only("execute_result")["execution_count"] == count == 4
    assert cache.run("(_ is y, Out[4] is y, _4 is y, In[4])").result == r"(True, True, True, 'y = x\ny')"
    assert cache.run("%history -o 4").text() == "y = x\ny\n[1]\n"
    replayed = cache.execute("y = x\ny", user_expressions={"z": "y + [2]"})
    assert replayed.reply["user_expressions"]["z"]["data"]["text/plain"] == "[1, 2]" and is_replayed(replayed)


def test_a_figure(cache):
    cache.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    cache.run("points = [1, 3, 2]")
    exchange = run_twice(cache, "plt.plot(points)\nplt.title('corn')\nplt.show()\nprint('shown')")
    assert "image/png" in exchange.only("display_data")["data"]
    cache.run("plt.rcParams['lines.linewidth'] = 7")
    assert not is_replayed(cache.run("plt.plot(points)\nplt.title('corn')\nplt.show()\nprint('shown')"))


def test_an_environment_reached_by_a_link_is_an_installed_one(cache, fresh_daemon, tmp_path):
    link = tmp_path / "environment"
    link.symlink_to(ast.literal_eval(cache.run("import sys\nsys.prefix").result))
    with cached(fresh_daemon("--python-prefix", str(link))) as client:
        run_twice(client, "import IPython\ntext = open(IPython.__file__).read()\ntext.count('\\n') > 10")


def test_deleted_and_annotated_names(cache):
    cache.run("x, y = 1, 2")
    assert not is_replayed(cache.run("del x\nz: int = y"))
    cache.run("x, y = 1, 2")
    cache.run("del z")
    assert is_replayed(cache.run("del x\nz: int = y"))
    assert cache.run("'x' in globals(), z, __annotations__").result == "(False, 2, {'z': int})"


def test_comments_and_blanks_do_not_matter(cache):
    cache.run("x = 1")
    cache.run("y = x+1")
    assert is_replayed(cache.run("# a comment\n\ny   =  ( x + 1 )   # and another\n"))
    assert not is_replayed(cache.run("y = x+2"))


def test_a_replayed_function_knows_its_text_and_the_namespace(cache):
    code = "def scaled(a, *, by=[10]):\n    return a * by[0] * factor\nalso = scaled"
    cache.run("factor = 2")
    cache.run(code)
    cache.run("del scaled, also")
    assert is_replayed(cache.run(code))
    assert cache.run("factor = 3\nscaled(2), also is scaled").result == "(60, True)"
    traceback = "".join(cache.execute("scaled(None)").reply["traceback"])
    assert "return a * by[0] * factor" in re.sub("\x1b[^m]*m", "", traceback)


# --- other kernels, restarts


def test_another_kernel_of_the_tenant_finds_it(daemon, cache):
    cells = ["import math\nx = {'b', 'a'}\nz = [3]", "y = sorted(x), math.pi, z\nprint(y)", "z.append(y)\nlen(z)"]
    first = [cache.run(code) for code in cells]
    with kernel_beside(cache, daemon) as other:
        second = [other.run(code) for code in cells]
        assert all(map(is_replayed, second)) and [shown(each) for each in second] == [shown(each) for each in first]
        assert other.run("y[2] is z, math.floor(2.5)").result == "(True, 2)"


def test_a_restart_of_the_kernel(daemon, cache):
    cache.run("x = 2")
    cache.run("y = x ** 10\ny")
    assert daemon.post(f"/api/kernels/{cache.kernel_id}/restart").status_code == 200
    assert cache.execute("y").reply["ename"] == "NameError"
    cache.run("x = 2")
    assert is_replayed(cache.run("y = x ** 10\ny"))


def test_other_versions_are_other_inputs(cache):
    cache.run("import numpy as np")
    run_twice(cache, "n = np.float64(1)")
    cache.run(
        "# nocache\nfrom corncob_kernel import fingerprints\nknown = fingerprints._version_of\n"
        "fingerprints._version_of = lambda package: '0' if package == 'numpy' else known(package)"
    )
    try:
        assert not is_replayed(cache.run("n = np.float64(1)"))
    finally:
        cache.run("# nocache\nfingerprints._version_of = known")


# --- cells side by side


def test_cells_beside_each_other(daemon):
    with cached(daemon) as client:
        client.run("%mode cache-concurrent")
        client.run("import asyncio\na, b = 1, 2")
        cells = [
            f"await asyncio.sleep(0.05)\n{name}{name} = {name} + 1\nprint('{name}')\n{name}{name}" for name in "ab"
        ]
        for replayed in (False, True):
            exchanges = client.collect(*[client.send_execute(code) for code in cells])
            assert [is_replayed(each) for each in exchanges] == [replayed] * 2
            assert [(each.text(), each.result) for each in exchanges] == [("a\n", "2"), ("b\n", "3")]
        client.run("%mode cache")
        assert client.run("aa, bb").result == "(2, 3)"


def test_cells_that_touch_the_same_are_not_kept_while_they_run_beside(daemon):
    with cached(daemon) as client:
        client.run("%mode cache-concurrent")
        client.run("import asyncio")
        cells = ["while a == 1: await asyncio.sleep(0.01)\nc = a", "await asyncio.sleep(0.01)\na = a + 1"]
        for code, replayed in itertools.product(cells, (False, True)):  # each for itself is kept
            client.run("# nocache\na = 2")
            assert is_replayed(client.run(code)) == replayed
        client.run("# nocache\na = 1")
        client.collect(*[client.send_execute(code) for code in cells])
        client.run("# nocache\na = 1")
        exchanges = client.collect(*[client.send_execute(code) for code in cells])
        assert not any(map(is_replayed, exchanges))
        assert client.run("# nocache\na, c").result == "(2, 2)"


def test_on_a_thread_and_in_a_subshell(cache):
    cache.run("x = 3")
    run_twice(cache, "# thread\non_thread = x * 2\nprint(on_thread)")
    subshell = Subshell(cache)
    exchanges = [subshell.run("in_subshell = x * 3\nin_subshell") for _ in range(2)]
    assert [is_replayed(each) for each in exchanges] == [False, True]
    assert [each.result for each in exchanges] == ["9", "9"]


def test_the_tenants_other_kernels_need_no_cache(daemon, cache):
    """%%cache is for one cell, in any kernel."""
    with kernel_of(daemon) as plain:
        plain.run("x = 1")
        run_twice(plain, "%%cache\ny = x + 41\ny")
        assert not is_replayed(plain.run("y = x + 41\ny"))
    cache.run("x = 1")
    assert is_replayed(cache.run("y = x + 41\ny"))
