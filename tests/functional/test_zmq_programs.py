"""The field's own programs on an installed kernelspec, over ZMQ: console and run on a terminal, nbclient, papermill,
nbconvert. JupyterLab: test_jupyterlab_installed.py.
"""

import os
import subprocess
import sys

import nbformat
import nbformat.v4 as v4
import pexpect
import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from kernelspecs import WAYS
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

SECONDS = 60
PROMPT = r"In \[\d+\]: "

pytestmark = pytest.mark.timeout(3 * SECONDS)


@pytest.fixture(scope="module", params=WAYS, autouse=True)
def kernelspec(request, tmp_path_factory):
    with WAYS[request.param](tmp_path_factory.mktemp):
        yield


@pytest.fixture
def terminal(tmp_path):
    """Starts a program of Jupyter's on a terminal of its own."""
    opened = []

    def start(*arguments):
        environment = {**os.environ, "TERM": "dumb", "JUPYTER_PREFER_ENV_PATH": "1"}
        program = pexpect.spawn(
            sys.executable, ["-m", *map(str, arguments)], encoding="utf-8", timeout=SECONDS, cwd=str(tmp_path),
            env=environment, dimensions=(50, 200), echo=False,
        )  # fmt: skip
        opened.append(program)
        return program

    yield start
    for program in opened:
        program.close(force=True)


@pytest.fixture
def kernel():
    """A kernel that other clients have, and where it is."""
    manager = KernelManager(kernel_name="corncob")
    manager.start_kernel()
    client = BlockingKernelClient(connection_file=manager.connection_file)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=SECONDS)
    yield manager.connection_file, client
    client.stop_channels()
    manager.shutdown_kernel()


def result_of(client, code):
    outputs = []
    client.execute_interactive(code, timeout=SECONDS, output_hook=outputs.append)
    return next(m["content"]["data"]["text/plain"] for m in outputs if m["msg_type"] == "execute_result")


def await_subscription(console):
    """jupyter_console does not wait until it is subscribed to a new kernel's iopub: ZMQ connects the sockets one by
    one, again every 100 ms until the kernel has bound them. Who types faster has it wait for an idle that it has
    missed; an interrupt publishes another one.
    """
    console.expect(PROMPT)
    while True:
        console.sendline("'sub' + 'scribed'")
        seen = console.expect(["'subscribed'", PROMPT, pexpect.TIMEOUT], timeout=SECONDS / 6)
        if seen == 2:
            console.sendintr()
        if seen != 1:
            console.expect(PROMPT)
        if seen == 0:
            return


def interrupt(console):
    """jupyter_console may lose a Ctrl-C that comes while it shows what the kernel says: then one presses it again."""
    for _ in range(5):
        console.sendintr()
        if console.expect(["KeyboardInterrupt", pexpect.TIMEOUT], timeout=SECONDS / 6) == 0:
            return
    pytest.fail("the cell was not interrupted")


def test_console(terminal):
    """Cells, errors, input(), an interrupt, and the end of the kernel with its console."""
    console = terminal("jupyter_console", "--kernel", "corncob", "--simple-prompt")
    await_subscription(console)
    console.sendline("'mai' + 'ze'")
    console.expect("'maize'")
    console.expect(PROMPT)
    console.sendline("1 / 0")
    console.expect("ZeroDivisionError")
    console.expect(PROMPT)
    console.sendline("'hello ' + input('name? ')")
    console.expect(r"name\? ")
    console.sendline("Ann")
    console.expect("'hello Ann'")
    console.expect(PROMPT)
    console.sendline("import time; print('asl' + 'eep', flush=True); time.sleep(600)")
    console.expect("asleep")
    interrupt(console)
    console.expect(PROMPT)
    console.sendline("'goes' + ' on'")
    console.expect("'goes on'")
    console.expect(PROMPT)
    console.sendline("exit")
    console.expect(pexpect.EOF)
    console.close()
    assert console.exitstatus == 0


def test_console_on_an_existing_kernel(terminal, kernel):
    """It shares the kernel with who started it, and leaves it alone when it goes."""
    connection_file, client = kernel
    assert result_of(client, "grain = 'maize'; grain") == "'maize'"
    console = terminal("jupyter_console", "--existing", connection_file, "--simple-prompt")
    console.expect(PROMPT)
    console.sendline("grain.upper()")
    console.expect("'MAIZE'")
    console.expect(PROMPT)
    console.sendline("tons = int(input('tons? '))")
    console.expect(r"tons\? ")
    console.sendline("12")
    console.expect(PROMPT)
    console.close(force=True)  # as closing the window does; `exit` would end the kernel
    assert result_of(client, "tons") == "12"


def test_run_a_file(terminal, tmp_path):
    """jupyter_client 8.10 itself fails at an input() of the file: it awaits a bool."""
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint('hello')\nprint('to stderr', file=sys.stderr)\n6 * 7\n")
    program = terminal("jupyter_client.runapp", "--kernel", "corncob", script)
    program.expect("hello")
    program.expect("to stderr")
    program.expect("42")
    program.expect(pexpect.EOF)
    program.close()
    assert program.exitstatus == 0


def test_run_is_interrupted(terminal, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import time\nprint('asleep', flush=True)\ntime.sleep(600)\n")
    program = terminal("jupyter_client.runapp", "--kernel", "corncob", script)
    program.expect("asleep")
    program.sendintr()
    program.expect("KeyboardInterrupt")
    program.expect("jupyter-run error running")
    program.expect(pexpect.EOF)
    program.close()
    assert program.exitstatus == 1


def test_run_on_an_existing_kernel(terminal, kernel, tmp_path):
    connection_file, client = kernel
    script = tmp_path / "script.py"
    script.write_text("grain = 'maize'\nprint('done')\n")
    program = terminal("jupyter_client.runapp", "--existing", connection_file, script)
    program.expect("done")
    program.expect(pexpect.EOF)
    assert result_of(client, "grain") == "'maize'"


def notebook_of(*sources, tags=()):
    """A notebook that asks for our kernel; its first cell has the `tags`."""
    cells = [v4.new_code_cell(source) for source in sources]
    cells[0].metadata.tags = list(tags)
    kernelspec = {"name": "corncob", "display_name": "Corncob", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})


@pytest.fixture
def written(tmp_path):
    """Writes a notebook to a file."""

    def write(notebook):
        path = tmp_path / "notebook.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def run_program(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], capture_output=True, text=True, timeout=2 * SECONDS, cwd=cwd,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_nbclient():
    notebook = notebook_of("x = 6", "print('hello')", "x * 7", "await __import__('asyncio').sleep(0)")
    NotebookClient(notebook, timeout=SECONDS).execute()
    assert notebook.cells[1].outputs[0].text == "hello\n"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "42"
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3, 4]
    assert notebook.metadata.language_info.name == "python"


def test_nbclient_stops_at_an_error():
    notebook = notebook_of("input()", "2")
    with pytest.raises(CellExecutionError) as error:
        NotebookClient(notebook, timeout=SECONDS).execute()
    assert error.value.ename == "StdinNotImplementedError"
    assert notebook.cells[1].execution_count is None


def test_nbclient_interrupts_what_takes_too_long():
    notebook = notebook_of("1", "import time; time.sleep(600)", "'goes on'")
    client = NotebookClient(notebook, interrupt_on_timeout=True, allow_errors=True)
    client.timeout_func = lambda cell: 1 if "sleep" in cell.source else SECONDS
    client.execute()
    assert notebook.cells[1].outputs[0].ename == "KeyboardInterrupt"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "'goes on'"


def test_nbclient_gives_up_what_takes_too_long():
    notebook = notebook_of("import time; time.sleep(600)")
    with pytest.raises(CellTimeoutError):
        NotebookClient(notebook, timeout=1).execute()


def test_papermill(written, tmp_path):
    path = written(notebook_of("grain, tons = 'rye', 1", "print(grain, tons * 2)", tags=["parameters"]))
    done = run_program("papermill", path, "out.ipynb", "-p", "grain", "maize", "-p", "tons", "21", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", 4)
    assert notebook.cells[2].outputs[0].text == "maize 42\n"
    assert notebook.metadata.papermill.exception is None


def test_papermill_writes_down_an_error(written, tmp_path):
    path = written(notebook_of("1", "raise ValueError('weevils')", "2"))
    done = run_program("papermill", path, "out.ipynb", cwd=tmp_path)
    assert done.returncode == 1 and "ValueError: weevils" in done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", 4)
    failed = next(cell for cell in notebook.cells if "raise" in cell.source)
    assert failed.outputs[0].ename == "ValueError" and notebook.metadata.papermill.exception
    assert notebook.cells[-1].execution_count is None


def test_nbconvert(written, tmp_path):
    code = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 2]);"
    path = written(notebook_of("print('hello')", code, "import pandas; pandas.DataFrame({'grain': ['maize']})"))
    done = run_program("nbconvert", "--to", "html", "--execute", path, "--output", "page", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text()
    assert "hello" in page and "data:image/png;base64," in page and "<td>maize</td>" in page
    done = run_program("nbconvert", "--to", "notebook", "--execute", path, "--output", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "again.ipynb", 4)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert notebook.cells[0].outputs[0].text == "hello\n"


def test_nbconvert_fails_at_an_error(written, tmp_path):
    path = written(notebook_of("raise ValueError('weevils')"))
    done = run_program("nbconvert", "--to", "notebook", "--execute", path, "--output", "out", cwd=tmp_path)
    assert done.returncode == 1 and "weevils" in done.stderr
    assert not (tmp_path / "out.ipynb").exists()
