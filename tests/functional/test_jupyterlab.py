"""JupyterLab from PyPI, its kernels ours (--gateway-url), used through the page in a real headless browser."""

import pytest
from browser import BROWSER_SECONDS, Browser
from peers import JupyterServer
from PIL import Image

BROWSER = Browser("jupyterlab.mjs")


@pytest.fixture(scope="module")
def page(shared_daemons, tmp_path_factory):
    """What the page showed after jupyterlab.mjs has done its work there."""
    lab = JupyterServer("jupyterlab", shared_daemons(), tmp_path_factory.mktemp("lab"))
    try:
        yield BROWSER.visit(f"{lab.url}/lab?token={lab.token}", lab.log)
    finally:
        lab.stop()


pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]


def test_a_cell_is_typed_and_run(page):
    assert [text.strip() for text in page["text"]] == ["typed in a browser", "42"]
    assert page["prompt"] == "[1]:"
    assert "Python" in page["kernel"]
    assert page["errors"] == []


def test_the_kernel_is_spoken_to_over_a_websocket(page):
    assert any(path.startswith("/api/kernels/") and path.endswith("/channels") for path in page["sockets"])


def test_an_image_and_a_table_are_shown(page):
    assert page["image"]["type"] == "data:image/png;" and page["image"]["width"] > 300 and page["image"]["height"] > 200
    assert "maize" in page["table"]


def test_completion(page):
    assert page["completed"].strip() == "a_long_name_of_corn"


def test_interrupt(page):
    assert page["interruptMs"] < 10_000


def test_restart(page):
    assert page["afterRestart"] == "[1]:"


def test_the_picture(page):
    with Image.open(BROWSER.picture) as picture:
        assert picture.size == (1280, 1000)
        assert len(picture.convert("RGB").getcolors(2**24)) > 100, "an empty page"
