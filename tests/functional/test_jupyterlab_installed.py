"""JupyterLab in a real browser with an installed kernelspec: its server starts our kernels and speaks ZMQ to them."""

import os

import pytest
from browser import BROWSER_SECONDS, Browser
from kernelspecs import WAYS
from peers import JupyterServer

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module", params=WAYS)
def page(request, tmp_path_factory):
    """What the page showed after jupyterlab_installed.mjs has done its work there."""
    with WAYS[request.param](tmp_path_factory.mktemp):
        lab = JupyterServer(
            "jupyterlab", None, tmp_path_factory.mktemp("lab"),
            "--KernelSpecManager.allowed_kernelspecs=corncob", "--MultiKernelManager.default_kernel_name=corncob",
            env={"JUPYTER_PATH": os.environ["JUPYTER_PATH"]},
        )  # fmt: skip
        try:
            yield Browser("jupyterlab_installed.mjs").visit(f"{lab.url}/lab?token={lab.token}", lab.log)
        finally:
            lab.stop()


def test_cells(page):
    assert [text.strip() for text in page["text"]] == ["typed in a browser", "42"]
    assert page["prompt"] == "[1]:" and "Corncob" in page["kernel"]
    assert page["errors"] == []


def test_every_line_is_shown_once(page):
    assert "".join(page["lines"]).split() == [str(i) for i in range(2000)]


def test_input(page):
    assert page["question"].strip() == "name?" and page["answered"]


def test_interrupt(page):
    assert page["interruptMs"] < 10_000


def test_restart(page):
    assert page["afterRestart"] == "[1]:"
