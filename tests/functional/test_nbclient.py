"""nbclient runs whole notebooks at the gateway, by jupyter_server's own gateway kernel manager."""

import base64
import io

import nbformat.v4 as v4
import pytest
from gateway_kernels import TokenKernelManager, gateway
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image


@pytest.fixture
def execute(daemon):
    """Runs the cells of a notebook and returns it; text beginning with # is a markdown cell."""

    def execute(*sources, **options):
        cells = [v4.new_markdown_cell(s) if s.startswith("#") else v4.new_code_cell(s) for s in sources]
        notebook = v4.new_notebook(cells=cells)
        runner = NotebookClient(
            notebook, kernel_name="python3", timeout=40, kernel_manager_class=TokenKernelManager, **options
        )
        try:
            runner.execute()
        finally:
            execute.notebook = notebook
        return notebook

    with gateway(daemon):
        yield execute


def image_of(output):
    return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))


def test_text_and_markdown(execute):
    notebook = execute("# A title\n\n*text*", "x = 20\nprint('hello')", "x * 2 + 2", "## More", "None")
    title, first, second, more, last = notebook.cells
    assert title.cell_type == more.cell_type == "markdown" and title.source.startswith("# A title")
    assert [(o.output_type, o.text) for o in first.outputs] == [("stream", "hello\n")]
    assert second.outputs[0].data == {"text/plain": "42"} and second.execution_count == 2
    assert last.outputs == [] and last.execution_count == 3
    nbformat_version = (notebook.nbformat, notebook.metadata.language_info.name)
    assert nbformat_version == (4, "python")


def test_an_error_stops_the_notebook(execute):
    with pytest.raises(CellExecutionError) as error:
        execute("1", "raise ValueError('weevils')", "2")
    assert (error.value.ename, error.value.evalue) == ("ValueError", "weevils")
    first, failed, never = execute.notebook.cells
    assert failed.outputs[0].output_type == "error" and "weevils" in "".join(failed.outputs[0].traceback)
    assert first.execution_count == 1 and never.execution_count is None


def test_errors_that_are_allowed(execute):
    notebook = execute("1 / 0", "'goes on'", allow_errors=True)
    assert notebook.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert notebook.cells[1].outputs[0].data["text/plain"] == "'goes on'"


def test_pandas(execute):
    notebook = execute("import pandas as pd", "pd.DataFrame({'grain': ['maize', 'rye'], 'tons': [12, 7]})")
    data = notebook.cells[1].outputs[0].data
    assert "<table" in data["text/html"] and "<td>maize</td>" in data["text/html"]
    assert "maize" in data["text/plain"]


def test_matplotlib(execute):
    notebook = execute(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np",
        "x = np.linspace(0, 10, 200)\nplt.figure(figsize=(6, 4))\nplt.plot(x, np.sin(x), 'r');",
        "fig, axes = plt.subplots(1, 2)\naxes[0].bar([1, 2], [3, 4])\nplt.show()\nprint('after')",
    )
    image = image_of(notebook.cells[1].outputs[0])
    assert image.format == "PNG" and 300 < image.width < 1200 and 200 < image.height < 900
    red = sum(r > 200 and g < 80 and b < 80 for r, g, b in image.convert("RGB").getdata())
    assert red > 200, "the curve is not in the picture"
    kinds = [output.output_type for output in notebook.cells[2].outputs]
    assert kinds == ["display_data", "stream"]


def test_updates_and_clearing(execute):
    notebook = execute(
        "from IPython.display import display, clear_output\nhandle = display('first', display_id=True)",
        "handle.update('second')",
        "print('gone'); clear_output(); print('stays')",
    )
    assert notebook.cells[0].outputs[0].data["text/plain"] == "'second'"
    assert [output.text for output in notebook.cells[2].outputs] == ["stays\n"]


def test_await_and_long_output(execute):
    notebook = execute(
        "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
        "for i in range(3000): print(i, flush=True)",
    )
    assert notebook.cells[0].outputs[0].data["text/plain"] == "'awaited'"
    assert "".join(output.text for output in notebook.cells[1].outputs) == "".join(f"{i}\n" for i in range(3000))
