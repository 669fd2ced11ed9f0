"""Two kernels and what libraries keep once a process: random generators, warnings, logging."""

import pytest
import wire
from deadline import eventually
from pairs import both, results

# --- random, numpy.random

RANDOM = {
    "random": ("import random", "random.seed({})", "[random.random(), random.randint(1, 99), random.gauss(0, 1)]"),
    "bound earlier": (
        "from random import random, choice, seed, shuffle, gauss",
        "seed({})",
        "[random(), choice(range(100)), gauss(0, 1)]",
    ),
    "numpy": (
        "import numpy as np",
        "np.random.seed({})",
        "[float(np.random.rand()), int(np.random.randint(99)), float(np.random.normal()), "
        "np.random.permutation(5).tolist()]",
    ),
    "numpy bound earlier": (
        "from numpy.random import rand, seed, choice",
        "seed({})",
        "[float(rand()), int(choice(1000))]",
    ),
    "pandas": (
        "import numpy as np, pandas as pd; frame = pd.DataFrame({{'a': range(1000)}})",
        "np.random.seed({})",
        "frame.a.sample(3).tolist()",
    ),
}


@pytest.mark.parametrize("imports, seed, draw", RANDOM.values(), ids=RANDOM.keys())
def test_a_seed_is_its_kernels(pair, imports, seed, draw):
    """Drawing in turns gives each what it would get if it were alone."""
    one, two = pair
    both(pair, imports.replace("{{", "{").replace("}}", "}"))
    alone = []
    for number in (1, 2):
        one.run(seed.format(number))
        alone.append([one.run(draw).result for _ in range(3)])
    results(pair, "%s; 0", *(seed.format(number) for number in (1, 2)))
    assert alone[0] != alone[1]
    assert [list(drawn) for drawn in zip(*(results(pair, draw) for _ in range(3)))] == alone


def test_without_a_seed_kernels_draw_differently(pair):
    first, second = results(pair, "import random, numpy as np; random.random(), np.random.rand()")
    assert first != second


def test_states_of_generators(pair):
    one, two = pair
    both(pair, "import random, numpy as np; state, npstate = random.getstate(), np.random.get_state()")
    first = one.run("random.gauss(0, 1), random.sample(range(100), 5), np.random.rand()").result
    two.run("random.seed(5); np.random.seed(5)")
    one.run("random.setstate(state); np.random.set_state(npstate)")
    assert one.run("random.gauss(0, 1), random.sample(range(100), 5), np.random.rand()").result == first
    one.run("np.random.set_bit_generator(np.random.PCG64(3)); g = np.random.RandomState(np.random.PCG64(3))")
    assert one.run("np.random.rand() == g.rand(), type(np.random.get_bit_generator()).__name__").result == (
        "(True, 'PCG64')"
    )
    assert two.run("type(np.random.get_bit_generator()).__name__").result == "'MT19937'"


def test_the_generator_is_as_pythons(client):
    """The same numbers as a generator of one's own, and the instance behind the functions is one of its kind."""
    code = (
        "import random, numpy as np, copy, pickle\nrandom.seed(7); own = random.Random(7)\n"
        "same = all([random.random() == own.random(), random.choice('abcdef') == own.choice('abcdef'),\n"
        "  random.gauss(0, 1) == own.gauss(0, 1), random.gauss(0, 1) == own.gauss(0, 1),\n"
        "  random.sample(range(99), 9) == own.sample(range(99), 9), random.randbytes(9) == own.randbytes(9)])\n"
        "np.random.seed(7); np_own = np.random.RandomState(7)\n"
        "rand = np.random.mtrand._rand\n"
        "same, (np.random.rand(3) == np_own.rand(3)).all(), (np.random.randn(3) == np_own.randn(3)).all(),"
        "isinstance(rand, np.random.RandomState), pickle.loads(pickle.dumps(rand)).rand() == copy.copy(rand).rand(),"
        "np.random.default_rng(1).integers(9) == np.random.default_rng(1).integers(9)"
    )
    assert "False" not in client.run(code).result


def test_a_forked_child_draws_on_its_own(client):
    code = (
        "import os, random\nrandom.seed(1)\nr, w = os.pipe()\n"
        "if os.fork() == 0:\n    os.write(w, repr(random.random()).encode()); os._exit(0)\n"
        "os.wait(); os.read(r, 50).decode() == repr(random.random())"
    )
    assert client.run(code).result == "False"


# --- warnings


def test_filters_of_warnings(pair):
    one, two = pair
    one.run("import warnings; warnings.simplefilter('error')")
    assert one.execute("warnings.warn('x')").reply["ename"] == "UserWarning"
    assert "UserWarning: x" in two.run("import warnings; warnings.warn('x')").text("stderr")
    two.run("warnings.filterwarnings('ignore', message='quiet')")
    assert two.run("warnings.warn('quiet')").outputs == []
    assert one.execute("warnings.warn('quiet')").reply["ename"] == "UserWarning"
    one.run("warnings.resetwarnings()")
    assert one.run("warnings.filters").result == "[]"
    assert two.run("len(warnings.filters) > 3").result == "True"


def test_caught_warnings_are_caught_in_one_kernel(pair):
    one, two = pair
    running = one.send_execute(
        "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n    warnings.warn('mine')\n    print('on', flush=True)\n"
        "    input()\n    warnings.warn('mine too')\n[str(w.message) for w in caught]",
        allow_stdin=True,
    )
    one.wait_for(lambda m: m.msg_type == "input_request")
    assert "other" in two.run("import warnings; warnings.warn('other')").text("stderr")
    one.send_frame(wire.encode_v1(one.message("input_reply", {"value": ""}, "stdin")))
    exchange = one.collect(running)
    assert exchange.result == "['mine', 'mine too']" and exchange.text("stderr") == ""
    assert "again" in one.run("warnings.warn('again')").text("stderr")


def test_hooks_of_warnings(pair):
    one, two = pair
    one.run(
        "import warnings\nwarnings.showwarning = lambda m, c, f, l, file=None, line=None: print('shown', m)\n"
        "warnings.simplefilter('always')"
    )
    assert one.run("warnings.warn('x')").text() == "shown x\n"
    assert "UserWarning: x" in two.run("import warnings; warnings.warn('x')").text("stderr")
    two.run("warnings.formatwarning = lambda *a, **k: 'formatted\\n'")
    assert two.run("warnings.warn('y')").text("stderr") == "formatted\n"
    assert one.run("import numpy; numpy.float64(1) / 0").text().startswith("shown divide by zero")


def test_each_kernel_is_warned_once_by_a_shared_module(pair):
    """A library warns once a place; that the other kernel has seen it is no reason not to tell this one."""
    code = "import warnings, bisect\nexec(compile('def old(): warnings.warn(\"old\", UserWarning)', 'lib.py', 'exec'), "
    code += "bisect.__dict__)\nbisect.warnings = warnings\nfor _ in range(3): bisect.old()"
    for client in (*pair, *pair):
        client.run("import bisect; bisect.__dict__.pop('__warningregistry__', None)")
    for client in pair:
        assert client.run(code).text("stderr").count("UserWarning: old") == 1
    for client in pair:
        assert client.run("bisect.old()").text("stderr") == ""


def test_stacklevels(client):
    """The place named is the caller's, as with Python's own warn()."""
    code = "import warnings\ndef f(n):\n    warnings.warn(f'{n}', stacklevel=n)\ndef g():\n    f(1); f(2); f(3)"
    client.run(code)
    told = client.run("warnings.simplefilter('always')\n\n\n\n\n\n\ng()").text("stderr")
    places = [line.rsplit(":", 3)[1] for line in told.splitlines() if "UserWarning" in line]
    assert places == ["3", "5", "8"]
    told = client.run("warnings.warn('deep', stacklevel=99); warnings.warn(DeprecationWarning('kind'))").text("stderr")
    assert "deep" in told and "DeprecationWarning: kind" in told
    assert client.execute("warnings.warn('x', int)").reply["ename"] == "TypeError"


# --- logging


def test_the_root_logger(pair):
    one, two = pair
    one.run("import logging; logging.basicConfig(level=logging.DEBUG, format='mine %(message)s')")
    assert one.run("logging.debug('x')").text("stderr") == "mine x\n"
    assert two.run("import logging; logging.debug('x'); logging.getLogger().level").result == "30"
    assert two.run("logging.warning('y')").text("stderr") == "WARNING:root:y\n"
    assert one.run("logging.getLogger('some.name').isEnabledFor(10)").result == "True"
    assert two.run("logging.getLogger('some.name').isEnabledFor(10)").result == "False"
    one.run("logging.getLogger().handlers.clear(); logging.getLogger().setLevel(logging.ERROR)")
    assert one.run("logging.getLogger('some.name').info('x')").outputs == []
    assert two.run("logging.warning('z')").text("stderr") == "WARNING:root:z\n"


def test_the_same_notebook_in_two_kernels_logs_once_in_each(pair):
    code = (
        "import logging, sys\nlogger = logging.getLogger('of.a.notebook')\nlogger.setLevel(logging.INFO)\n"
        "handler = logging.StreamHandler(sys.stdout); handler.setFormatter(logging.Formatter('%s %%(message)s'))\n"
        "logger.addHandler(handler); logger.propagate = False"
    )
    both(pair, code, "one", "two")
    for _ in range(2):
        assert [e.text() for e in both(pair, "logger.info('hello')")] == ["one hello\n", "two hello\n"]
    pair[0].run("logger.removeHandler(handler); logger.disabled = True")
    assert pair[1].run("logger.info('still')").text() == "two still\n"


def test_disabled_logging_and_captured_warnings(pair):
    one, two = pair
    both(pair, "import logging, warnings; logging.captureWarnings(True)")
    for client in pair:
        assert "py.warnings" in client.run(
            "logging.getLogger().handlers or logging.basicConfig(); warnings.warn('w')"
        ).text("stderr")
    one.run("logging.captureWarnings(False); logging.disable(logging.CRITICAL)")
    assert one.run("logging.error('x')").outputs == []
    assert "ERROR:root:x" in two.run("logging.error('x')").text("stderr")
    assert "py.warnings" in two.run("warnings.warn('w2')").text("stderr")
    assert "py.warnings" not in one.run("warnings.warn('w2')").text("stderr")


def test_dict_config_closes_no_other_kernels_files(pair, tmp_path):
    one, two = pair
    log = tmp_path / "two.log"
    two.run(f"import logging; logging.basicConfig(filename={str(log)!r}, filemode='w', level=20); logging.info('a')")
    one.run(
        "import logging.config\nlogging.config.dictConfig({'version': 1, 'root': {'level': 'DEBUG', 'handlers': []}})"
    )
    two.run("logging.info('b')")
    assert log.read_text() == "INFO:root:a\nINFO:root:b\n"


def test_the_end_of_a_kernel_closes_its_log(daemon, tmp_path):
    client = daemon.client(daemon.start_kernel())
    client.run(
        "import logging.handlers\n"
        f"file = logging.FileHandler({str(tmp_path / 'log')!r})\n"
        "logging.getLogger().addHandler(logging.handlers.MemoryHandler(100, target=file)); logging.warning('kept')"
    )
    client.close()
    daemon.stop_kernel(client.kernel_id)
    eventually(lambda: (tmp_path / "log").read_text() == "kept\n")


def test_loggers_of_libraries(pair):
    """What a library sets up when it is imported holds for all kernels; a kernel changes it for itself."""
    one, two = pair
    both(pair, "import logging, matplotlib")
    one.run("logging.getLogger('matplotlib').setLevel(logging.DEBUG)")
    assert one.run("logging.getLogger('matplotlib.font_manager').getEffectiveLevel()").result == "10"
    assert two.run("logging.getLogger('matplotlib.font_manager').getEffectiveLevel()").result == "30"
