"""Two kernels and what libraries keep once a process: matplotlib, pandas, numpy, ipywidgets, comms, extensions."""

import hashlib

import pytest
from pairs import both, results

# --- matplotlib


def test_parameters_of_plots(pair):
    one, two = pair
    both(pair, "import matplotlib as mpl, matplotlib.pyplot as plt")
    one.run("mpl.rcParams['lines.linewidth'] = 17; plt.rc('font', size=33); plt.style.use('dark_background')")
    code = "mpl.rcParams['lines.linewidth'], plt.rcParams['font.size'], plt.rcParams['axes.facecolor']"
    assert one.run(code).result == "(17.0, 33.0, 'black')"
    assert two.run(code).result == "(1.5, 10.0, 'white')"
    one.run("from matplotlib import rcParams; rcParams['font.sans-serif'].insert(0, 'Corn')")
    assert results(pair, "mpl.rcParams['font.sans-serif'][0]") == ["'Corn'", "'DejaVu Sans'"]
    one.run("plt.rcdefaults()")
    two.run("mpl.rcParams['lines.linewidth'] = 3")
    assert results(pair, "plt.plot([1])[0].get_linewidth()") == ["1.5", "3.0"]
    with_context = "with plt.rc_context({'lines.linewidth': 9}):\n    w = mpl.rcParams['lines.linewidth']\nw, "
    assert one.run(f"{with_context} mpl.rcParams['lines.linewidth']").result == "(9.0, 1.5)"
    assert one.run("len(mpl.rcParams) == len(dict(mpl.rcParams)) == len(mpl.rcParams.copy()) > 300").result == "True"


def test_backends(pair):
    one, two = pair
    both(pair, "import matplotlib.pyplot as plt, matplotlib as mpl; plt.figure(); plt.close('all')")
    one.run("mpl.use('svg')")
    assert one.run("mpl.get_backend(), type(plt.figure().canvas).__name__").result == "('svg', 'FigureCanvasSVG')"
    two_shows = two.run("plt.plot([1, 2]); print(mpl.get_backend())")
    assert "inline" in two_shows.text() and two_shows.only("display_data")["data"]["image/png"]
    one.run("plt.close('all')\n%matplotlib inline")
    assert one.run("plt.plot([1, 2]);").only("display_data")["data"]["image/png"]


def test_backend_of_a_kernels_environment(fresh_daemon):
    daemon = fresh_daemon(config="kernelspecs:\n  silent:\n    env: {MPLBACKEND: agg}\n")
    with daemon.client(daemon.start_kernel(name="silent")) as one, daemon.client(daemon.start_kernel()) as two:
        code = "import matplotlib.pyplot as plt; plt.plot([1]); print(plt.get_backend())"
        silent, shown = one.run(code), two.run(code)
        assert silent.text() == "agg\n" and not silent.of("display_data")
        assert "inline" in shown.text() and shown.only("display_data")


def test_interactivity_of_plots(pair):
    one, two = pair
    both(pair, "import matplotlib.pyplot as plt; plt.figure(); plt.close()")
    for _ in range(2):
        one.run("plt.ioff()")
        assert results(pair, "plt.isinteractive()") == ["False", "True"]
        one.run("plt.ion()")
    two.run("plt.ioff()")
    assert results(pair, "plt.isinteractive()") == ["True", "False"]


def test_plots_drawn_at_the_same_time_never_mix(pair):
    """Both draw a series of plots, each different; every picture is the one that the kernel draws when it is alone."""
    code = (
        "import matplotlib.pyplot as plt, hashlib\n"
        "for i in range(6):\n"
        "    fig, ax = plt.subplots(figsize=(3, 2)); ax.plot([i, %d, i * 3], color='C%d', lw=%d)\n"
        "    ax.set_title(f'%s {i} $x^{i}$'); ax.legend(['%s']); plt.show()"
    )
    variants = [code % (1, 0, 1, "corn", "cob"), code % (4, 3, 5, "wheat", "ear")]

    def pictures(exchange):
        return [
            hashlib.sha256(m.content["data"]["image/png"].encode()).hexdigest() for m in exchange.of("display_data")
        ]

    alone = [pictures(client.run(variant)) for client, variant in zip(pair, variants)]
    assert len(set(alone[0] + alone[1])) == 12
    for _ in range(2):
        ids = [client.send_execute(variant) for client, variant in zip(pair, variants)]
        assert [pictures(client.collect(msg_id, timeout=40)) for client, msg_id in zip(pair, ids)] == alone


# --- pandas, numpy


def test_options_of_pandas(pair):
    one, two = pair
    both(pair, "import pandas as pd; frame = pd.DataFrame({'a': range(100)})")
    one.run("pd.set_option('display.min_rows', 4); pd.options.display.precision = 2")
    code = "pd.get_option('display.min_rows'), pd.options.display.precision, len(repr(frame).splitlines())"
    assert one.run(code).result == "(4, 2, 8)" and two.run(code).result == "(10, 6, 14)"
    with_option = "with pd.option_context('display.min_rows', 6): n = len(repr(frame).splitlines())\nn"
    assert two.run(with_option).result == "10" and one.run(code).result == "(4, 2, 8)"
    one.run("pd.reset_option('all')")
    assert one.run("pd.get_option('display.min_rows')").result == "10"


def test_settings_of_numpy_and_decimal(pair):
    one, two = pair
    one.run("import numpy as np, decimal; np.set_printoptions(precision=2); np.seterr(divide='raise')")
    one.run("decimal.getcontext().prec = 5")
    assert one.execute("np.float64(1) / 0").reply["ename"] == "FloatingPointError"
    assert one.run("print(np.array([1/3]), decimal.Decimal(1) / 3)").text() == "[0.33] 0.33333\n"
    exchange = two.run("import numpy as np, decimal; print(np.array([1/3]), decimal.Decimal(1) / 3, np.float64(1) / 0)")
    assert exchange.text() == "[0.33333333] 0.3333333333333333333333333333 inf\n"


# --- comms and widgets


def test_targets_of_comms(pair):
    one, two = pair
    one.run("from comm import get_comm_manager as manager; manager().register_target('mine', lambda comm, message: 0)")
    assert two.run("from comm import get_comm_manager as manager; 'mine' in manager().targets").result == "False"
    assert one.run("'mine' in manager().targets, manager() is manager()").result == "(True, True)"


def test_widgets(pair):
    one, two = pair
    both(
        pair, "import ipywidgets as w; from ipywidgets.widgets.widget import _instances\nslider = w.IntSlider(%s)", 1, 2
    )
    for client in pair:
        assert client.run("sum(type(i) is w.IntSlider for i in _instances.values())").result == "1"
        assert client.run("from comm import get_comm_manager as m; 'jupyter.widget' in m().targets").result == "True"
    states = results(
        pair,
        "[s['state']['value'] for s in w.Widget.get_manager_state()['state'].values() "
        "if s['model_name'] == 'IntSliderModel']",
    )
    assert states == ["[1]", "[2]"]
    one.run("w.Widget.close_all()")
    assert one.run("len(_instances)").result == "0"
    assert two.run("slider.model_id in _instances, slider.comm is not None").result == "(True, True)"


def test_control_comms_of_widgets(pair):
    """A front end that comes back asks for all widgets: it gets its own kernel's, on the comm that it has opened."""
    both(pair, "import ipywidgets as w; slider = w.IntSlider(%s)", 10, 20)
    answers = []
    for client, comm_id in zip(pair, ("a" * 32, "b" * 32)):
        content = {"comm_id": comm_id, "target_name": "jupyter.widget.control", "data": {}}
        client.collect(client.send("comm_open", content, metadata={"version": "1.0.0"}))
    for client, comm_id in zip(pair, ("a" * 32, "b" * 32)):
        asked = client.send("comm_msg", {"comm_id": comm_id, "data": {"method": "request_states"}})
        message = client.collect(asked).only("comm_msg")
        assert message["comm_id"] == comm_id
        states = message["data"]["states"].values()
        answers.append([s["state"]["value"] for s in states if s["model_name"] == "IntSliderModel"])
    assert answers == [[10], [20]]


# --- IPython


def test_extensions_and_magics(housed_pair, tmp_path):
    one, two = housed_pair
    (tmp_path / "one" / "growing.py").write_text(
        "from IPython.core.magic import register_line_magic\n"
        "def load_ipython_extension(ip):\n"
        "    ip.register_magic_function(lambda line: 'grown ' + line, magic_name='grow')\n"
        "def unload_ipython_extension(ip):\n    del ip.magics_manager.magics['line']['grow']\n"
    )
    one.run("%load_ext growing")
    assert one.run("%grow x").result == "'grown x'"
    assert two.execute("%grow x").reply["ename"] == "UsageError"
    assert two.execute("%load_ext growing").reply["ename"] == "ModuleNotFoundError"
    assert "already loaded" in one.run("%load_ext growing").text()
    one.run("%unload_ext growing")
    assert one.execute("%grow x").reply["ename"] == "UsageError"


def test_settings_of_shells(pair):
    one, two = pair
    one.run("%precision 2\n%config InteractiveShell.ast_node_interactivity = 'all'\n%xmode Minimal\n%alias corn echo x")
    assert [m.content["data"]["text/plain"] for m in one.run("1.234\n2.345").of("execute_result")] == ["1.23", "2.35"]
    exchange = two.run("1.234\n2.345")
    assert exchange.result == "2.345"
    assert len(two.execute("1/0").reply["traceback"]) > 1
    assert two.execute("%corn").reply["ename"] == "UsageError"


@pytest.mark.parametrize("package", ["pickle", "cloudpickle"])
def test_what_cells_define_is_pickled(pair, package):
    code = (
        f"import {package} as p, dataclasses, typing, enum\n"
        "@dataclasses.dataclass\nclass Grain:\n"
        "    of: str = '%s'\n    more: 'list' = dataclasses.field(default_factory=list)\n"
        "class Kind(enum.Enum):\n    own = '%s'\nclass Pair(typing.NamedTuple):\n    x: int\n"
        "def f(x): return x, Grain().of, Kind.own.value"
    )
    both(pair, code, *((name, name) for name in ("one", "two")))
    code = "g, k, t, h = p.loads(p.dumps((Grain(), Kind.own, Pair(3), f)))\n"
    code += "g == Grain(), type(g) is Grain, k is Kind.own, t == Pair(3), h(1), Grain.__module__"
    for _ in range(3):
        assert results(pair, code) == [
            f"(True, True, True, True, (1, '{n}', '{n}'), '__main__')" for n in ("one", "two")
        ]


def test_functions_by_value(pair):
    """What cloudpickle makes of a function of one kernel runs in another."""
    one, two = pair
    text = (
        one.run(
            "import cloudpickle, base64\nbase = 5\ndef plus(x): return x + base\n"
            "print(base64.b64encode(cloudpickle.dumps(plus)).decode())"
        )
        .text()
        .strip()
    )
    assert two.run(f"import pickle, base64; base = 7; pickle.loads(base64.b64decode('{text}'))(1)").result == "6"
