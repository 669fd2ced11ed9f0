"""Whole notebooks (`notebooks/*.md`), run by nbclient on Corncob and on ipykernel, their outputs compared cell by cell.

A difference is a bug, or it is declared with its reason in UNLIKE. Pictures are compared by size and pixels.
"""

import base64
import concurrent.futures
import io
from pathlib import Path

import nbformat.v4 as v4
import pytest
from gateway_kernels import TokenKernelManager, gateway
from jupyter_client import AsyncKernelManager
from likeness.case import FRAME_OF_IPYTHON, TIMES, Unlike
from likeness.cells_errors import RECURSION
from likeness.cells_plots import SVG_NOISE
from likeness.notebooks import pictures_differ, read, run, tell_cell
from likeness.sides import peer, peer_environment
from likeness.story import difference, expected
from PIL import Image

NOTEBOOKS = sorted((Path(__file__).resolve().parent / "notebooks").glob("*.md"))
LEAST = 20

# What no two runs have in common, in any kernel.
VARY = {
    "errors": RECURSION,
    "magics": TIMES,
    "plot_styles": SVG_NOISE,
    "processes": {r"after [\d.]+ seconds": "after <n> seconds"},
    "widgets": {r"\b[0-9a-f]{32}\b": "<model>"},
}
ENDS_OF_LINES = Unlike("the terminal's CR before each LF is kept by ipykernel and of no use to a notebook", "\r(?=¶)")
UNLIKE = {
    "errors": [FRAME_OF_IPYTHON],
    "help_and_source": [FRAME_OF_IPYTHON],
    "magics": [ENDS_OF_LINES],
    "shell_commands": [ENDS_OF_LINES],
    "unicode": [ENDS_OF_LINES],
    "without_input": [
        Unlike(
            "ipykernel shows frames of its own between input() and its error",
            r"[^\n]*File <packages>/ipykernel/[^\n]*\n(?:(?! *¶\n)[^\n]*\n)* *¶\n",
        )
    ],
}


@pytest.fixture(scope="module")
def run_both(shared_daemons):
    def run_both(path, directory):
        ours, theirs = directory / "ours", directory / "theirs"
        ours.mkdir(), theirs.mkdir()
        notebook = read(path)
        with gateway(shared_daemons()), concurrent.futures.ThreadPoolExecutor(1) as beside:
            manager = AsyncKernelManager(**peer(theirs))
            peers = beside.submit(run, notebook.copy(), theirs, manager, env=peer_environment(theirs))
            own = run(read(path), ours, TokenKernelManager(kernel_name="python3"))
            return (peers.result(), theirs), (own, ours)

    return run_both


@pytest.mark.timeout(180)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_as_in_ipykernel(daemon, run_both, tmp_path, path):
    vary, unlike = VARY.get(path.stem, {}), UNLIKE.get(path.stem, ())
    peers, own = run_both(path, tmp_path)
    theirs, ours = (
        "\n".join(tell_cell(n, cell, place, vary) for n, cell in enumerate(book.cells) if cell.cell_type == "code")
        for book, place in (peers, own)
    )
    assert not (found := difference(expected(theirs, unlike), ours)), f"unlike ipykernel:\n{found}"
    for number, (their_cell, our_cell) in enumerate(zip(peers[0].cells, own[0].cells)):
        if our_cell.cell_type == "code":
            assert not (found := pictures_differ(their_cell, our_cell)), f"cell {number}: {found}"


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= LEAST and not (UNLIKE.keys() | VARY.keys()) - {path.stem for path in NOTEBOOKS}


def test_a_difference_is_found(tmp_path):
    """The comparison itself: a changed number, a changed picture, and a picture too many are seen."""
    path = tmp_path / "book.md"
    path.write_text("# Title\n\n```python\n1\n```\n\ntext\n\n```python\n%matplotlib inline\n```\n")
    book = read(path)
    assert [cell.cell_type for cell in book.cells] == ["markdown", "code", "markdown", "code"]
    first, second = (read(path).cells[1] for _ in range(2))
    first.outputs, second.outputs = ([_result({"text/plain": text})] for text in ("1", "2"))
    assert tell_cell(1, first, tmp_path, {}) != tell_cell(1, second, tmp_path, {})
    first.outputs, second.outputs = ([_result({"image/png": _png(color)})] for color in ("red", "blue"))
    assert tell_cell(1, first, tmp_path, {}) == tell_cell(1, second, tmp_path, {})
    assert "pixels" in pictures_differ(first, second) and not pictures_differ(first, first)
    second.outputs = []
    assert "1 pictures, not 0" in pictures_differ(first, second)


def _result(data):
    return v4.new_output("execute_result", data, execution_count=1)


def _png(color):
    file = io.BytesIO()
    Image.new("RGB", (4, 3), color).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()
