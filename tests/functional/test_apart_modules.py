"""Modules of two kernels: what is found in a kernel's own places is its own, what is installed is shared."""

import pytest
from deadline import eventually
from pairs import both, results


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def houses(housed_pair, tmp_path):
    """(clients, directories) of two kernels."""
    return housed_pair, (tmp_path / "one", tmp_path / "two")


def test_path(pair):
    one, two = pair
    one.run("import sys; sys.path.append('/only/here'); sys.path.insert(0, '/first')")
    assert two.run("import sys; [p for p in sys.path if p in ('/only/here', '/first')]").result == "[]"
    assert one.run("sys.path[0], sys.path[-1]").result == "('/first', '/only/here')"
    one.run("sys.path = ['/new'] + sys.path")
    assert two.run("'/new' in sys.path").result == "False"
    assert one.run("'/new' in sys.path").result == "True"
    # As IPython has it: behind the standard library, before what is installed.
    places = "places = [p.rpartition('/')[2] for p in sys.path]; places.index('') - places.index('site-packages')"
    assert two.run(places).result == "-1"


def test_pythonpath_of_a_kernelspec(fresh_daemon, tmp_path):
    write(tmp_path, {"more/from_pythonpath.py": "x = 5"})
    daemon = fresh_daemon(config=f"kernelspecs:\n  farm:\n    env: {{PYTHONPATH: {tmp_path}/more}}\n")
    with daemon.client(daemon.start_kernel(name="farm")) as client, daemon.client(daemon.start_kernel()) as other:
        assert client.run("import from_pythonpath as m; m.x").result == "5"
        assert other.execute("import from_pythonpath").reply["ename"] == "ModuleNotFoundError"


def test_two_kernels_utils_do_not_meet(houses):
    clients, folders = houses
    for folder in folders:
        write(folder, {"utils.py": f"name = {folder.name!r}\ncount = 0\ndef f():\n    return name"})
    assert results(clients, "import utils; utils.count += 1; utils.f(), utils.count") == ["('one', 1)", "('two', 1)"]
    code = "import sys, inspect, importlib\nsys.modules['utils'] is utils is importlib.import_module('utils')"
    assert results(clients, code) == ["True", "True"]
    code = (
        "[m.name for n, m in sys.modules.items() if n == 'utils'], 'utils' in list(sys.modules), 'utils' in sys.modules"
    )
    assert results(clients, code) == ["(['one'], True, True)", "(['two'], True, True)"]
    assert results(clients, "inspect.getsource(utils).splitlines()[0]") == ["\"name = 'one'\"", "\"name = 'two'\""]


def test_same_directory_separate_state(daemon, tmp_path):
    """Two kernels of one project import one file, and get a module each."""
    write(tmp_path, {"settings_here.py": "values = []"})
    clients = [daemon.client(daemon.start_kernel()) for _ in range(2)]
    results(clients, f"import sys; sys.path.insert(0, {str(tmp_path)!r}); 0")
    for count in "12":
        code = "import settings_here as s; s.values.append(1); len(s.values)"
        assert results(clients, code) == [count, count]
    assert results(clients, "s.values") == ["[1, 1]", "[1, 1]"]
    for client in clients:
        client.close()
        daemon.stop_kernel(client.kernel_id)


def test_a_module_that_only_one_has(houses):
    (one, two), (folder, _) = houses
    write(folder, {"only_mine.py": "x = 1"})
    one.run("import only_mine")
    assert two.execute("import only_mine").reply["ename"] == "ModuleNotFoundError"
    assert (
        two.run("import sys; 'only_mine' in sys.modules, 'only_mine' in list(sys.modules)").result == "(False, False)"
    )


def test_packages_with_submodules(houses):
    clients, folders = houses
    for folder in folders:
        write(
            folder,
            {
                "farm/__init__.py": "from .field import crop",
                "farm/field.py": f"crop = {folder.name!r}",
                "farm/barn/__init__.py": "",
                "farm/barn/loft.py": "from ..field import crop\nfrom farm import field\nimport farm.field as again",
                "open_land/plain.py": f"x = {folder.name!r}",
            },
        )
    code = "import farm.barn.loft as loft; (farm := __import__('farm')).crop, loft.crop, loft.field is loft.again"
    assert results(clients, code) == ["('one', 'one', True)", "('two', 'two', True)"]
    assert results(clients, "from open_land import plain; plain.x") == ["'one'", "'two'"]  # a namespace package
    assert (
        results(clients, "import pkgutil; [m.name for m in pkgutil.iter_modules(farm.__path__)]")
        == ["['barn', 'field']"] * 2
    )


def test_reload_and_autoreload(houses):
    clients, folders = houses
    for folder in folders:
        write(folder, {"grown.py": f"def size():\n    return '{folder.name} 1'"})
    results(clients, "import grown, importlib; grown.size()")
    write(folders[0], {"grown.py": "def size():\n    return 'one, longer'"})
    assert results(clients, "importlib.reload(grown); grown.size()") == ["'one, longer'", "'two 1'"]
    for exchange in both(clients, "%load_ext autoreload\n%autoreload 2"):
        assert exchange.reply["status"] == "ok" and not exchange.outputs
    both(clients, "from grown import size")
    write(folders[1], {"grown.py": "def size():\n    return 'two, much longer'"})
    assert results(clients, "size()") == ["'one, longer'", "'two, much longer'"]


def test_reloads_at_the_same_time(houses):
    """Each waits within its module for the other."""
    clients, folders = houses
    for folder in folders:
        write(folder, {"meeting.py": "met = None"})
    results(clients, "import meeting, importlib; 0")
    marks = [folder / "is in" for folder in folders]
    for folder, here, there in zip(folders, marks, reversed(marks), strict=True):
        code = f"open({str(here)!r}, 'w').close()\nend = time.monotonic() + 10\n"
        code += f"while not os.path.exists({str(there)!r}) and time.monotonic() < end: time.sleep(0.01)\n"
        write(folder, {"meeting.py": f"import os, time\n{code}met = os.path.exists({str(there)!r})"})
    assert results(clients, "importlib.reload(meeting).met") == ["True", "True"]


def test_pickle_and_dataclasses_of_own_modules(houses):
    clients, folders = houses
    for folder in folders:
        write(
            folder,
            {
                "shapes.py": "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\n"
                f"class Shape:\n    size: int = 1\n    of: str = {folder.name!r}\n"
            },
        )
    code = "import pickle, inspect, copy\nfrom shapes import Shape\npickle.loads(pickle.dumps(Shape(3)))"
    assert results(clients, code) == ["Shape(size=3, of='one')", "Shape(size=3, of='two')"]
    code = "inspect.getmodule(Shape).__file__ == inspect.getsourcefile(Shape), type(copy.copy(Shape())) is Shape"
    assert results(clients, code) == ["(True, True)"] * 2
    assert "of: str = 'two'" in clients[1].run("print(inspect.getsource(Shape))").text()


def test_own_module_wins_over_an_installed_one_of_another_kernel(houses):
    """Its own directory comes before what is installed, also when another kernel has imported that already."""
    (one, two), (_, folder) = houses
    write(folder, {"pandas.py": "mine = True"})
    one.run("import pandas")
    assert two.run("import pandas; pandas.mine").result == "True"
    assert one.run("import pandas; hasattr(pandas, 'mine'), pandas.Series([1]).sum()").result in (
        "(False, np.int64(1))",
        "(False, 1)",
    )
    # What was loaded before any kernel is shared whatever a directory holds: IPython's own code needs it.
    write(folder, {"traitlets.py": "mine = True"})
    assert two.run("import traitlets; hasattr(traitlets, 'mine')").result == "False"


def test_installed_modules_are_shared(pair):
    assert len(set(results(pair, "import numpy, json; id(numpy), id(json)"))) == 1


def test_a_slow_import_holds_up_nobody(houses):
    (one, two), folders = houses
    write(folders[0], {"slow.py": "print('importing', flush=True)\nimport threading\nthreading.Event().wait()"})
    write(folders[1], {"slow.py": "x = 'quick'"})
    importing = one.send_execute("import slow")
    one.wait_for_output("importing")
    assert two.run("import slow; slow.x").result == "'quick'"
    one.request("interrupt_request", channel="control")
    assert one.collect(importing).reply["ename"] == "KeyboardInterrupt"


def test_failed_import_is_tried_again(houses):
    (one, two), (folder, _) = houses
    write(folder, {"broken.py": "1/0"})
    for _ in range(2):
        assert one.execute("import broken").reply["ename"] == "ZeroDivisionError"
    write(folder, {"broken.py": "x = 'mended'"})
    assert one.run("import broken; broken.x").result == "'mended'"


def test_deleting_from_sys_modules(pair):
    """One kernel that wants a module anew gets it anew; the others keep theirs."""
    one, two = pair
    two.run("import colorsys, sys; before = colorsys")
    assert one.run(
        "import colorsys, sys; old = sys.modules.pop('colorsys'); import colorsys; colorsys is old"
    ).result == ("False")
    assert one.run("sys.modules['colorsys'] is colorsys").result == "True"
    assert two.run("import colorsys; colorsys is before is sys.modules['colorsys']").result == "True"


def test_stand_ins_are_the_kernels_own(pair):
    one, two = pair
    one.run("import sys, types; sys.modules['requests_of_ours'] = types.ModuleType('requests_of_ours')")
    assert one.run("import requests_of_ours; requests_of_ours.__name__").result == "'requests_of_ours'"
    assert two.execute("import requests_of_ours").reply["ename"] == "ModuleNotFoundError"
    code = (
        "from unittest import mock\nwith mock.patch.dict('sys.modules', {'json': 5}):\n    import json\n    print(json)"
    )
    assert one.run(code).text() == "5\n"
    assert [r.result for r in both(pair, "import json; json.dumps([])")] == ["'[]'", "'[]'"]


def test_builtins_module(pair):
    """What a cell puts into builtins is there in its kernel, also in its own modules, and nowhere else."""
    one, two = pair
    one.run("import builtins; builtins.planted = 5")
    assert one.run("planted, builtins.planted").result == "(5, 5)"
    assert two.execute("planted").reply["ename"] == "NameError"
    assert two.run("import builtins; hasattr(builtins, 'planted')").result == "False"
    assert one.run("import pickle; pickle.loads(pickle.dumps(len)) is len is builtins.len").result == "True"


def test_threads_and_processes_see_their_kernels_modules(houses):
    clients, folders = houses
    for folder in folders:
        write(folder, {"in_thread.py": f"x = {folder.name!r}"})
    code = (
        "from concurrent.futures import ThreadPoolExecutor\nimport os\n"
        "def ask():\n    import in_thread\n    return in_thread.x\n"
        "with ThreadPoolExecutor(1) as pool:\n    found = pool.submit(ask).result()\n"
        "r, w = os.pipe()\nif os.fork() == 0:\n    os.write(w, ask().encode()); os._exit(0)\n"
        "os.wait(); found, os.read(r, 10)"
    )
    assert results(clients, code) == ["('one', b'one')", "('two', b'two')"]


def test_run_leaves_main_alone(houses):
    clients, folders = houses
    for folder in folders:
        write(
            folder, {"script.py": "import __main__, sys\nclass K: pass\nprint(__name__, sys.argv[1:], __main__.K is K)"}
        )
    for exchange in both(clients, "%run script.py a"):
        assert exchange.text() == "__main__ ['a'] True\n"
    assert results(clients, "import __main__, sys; __main__.__dict__ is globals(), sys.argv") == ["(True, [''])"] * 2


def test_the_end_of_a_kernel_frees_its_modules(daemon, tmp_path):
    write(tmp_path, {"heavy.py": "class Load:\n    pass\nload = Load()\ndef f():\n    return load"})
    client, other = (daemon.client(daemon.start_kernel()) for _ in range(2))
    client.run(f"import sys; sys.path.append({str(tmp_path)!r}); import heavy")
    count = "import gc; sum(type(o).__name__ == 'Load' for o in gc.get_objects())"
    assert other.run(count).result == "1"
    client.close()
    daemon.stop_kernel(client.kernel_id)
    # The answer to DELETE does not wait for the kernel's thread, which lets go of all it had.
    eventually(lambda: other.run(f"gc.collect(); {count}").result == "0")
    other.close()
    daemon.stop_kernel(other.kernel_id)


def test_attributes_of_modules_are_not_those_of_sys(houses):
    """importlib makes modules of the type that `sys` has; a module may well have a `path` or an `argv` of its own."""
    (one, _), (folder, _) = houses
    write(folder, {"named.py": "path = argv = stdout = 'mine'"})
    code = "import named, sys; named.path, named.argv, named.stdout, type(named), type(sys.path), sys.argv"
    assert one.run(code).result == "('mine', 'mine', 'mine', module, list, [''])"
