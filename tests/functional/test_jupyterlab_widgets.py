"""ipywidgets in JupyterLab in a real browser, directly connected with the daemon: the v1 protocol, comms both ways."""

import hashlib

import pytest
from browser import BROWSER_SECONDS, Browser
from junction import Junction
from peers import JupyterServer
from PIL import Image

BROWSER = Browser("jupyterlab_widgets.mjs")

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def page(shared_daemons, tmp_path_factory):
    """What the page showed."""
    lab = JupyterServer("jupyterlab", None, tmp_path_factory.mktemp("lab"))
    junction = Junction(lab.url, shared_daemons())
    try:
        yield BROWSER.visit(f"{junction.url}/lab?token={lab.token}", lab.log)
    finally:
        junction.stop()
        lab.stop()


def test_the_page_speaks_v1_with_the_daemon(page, daemon):
    assert page["protocols"] and set(page["protocols"]) == {"v1.kernel.websocket.jupyter.org"}
    assert page["errors"] == []


def test_a_slider_wakes_an_awaiting_cell(page):
    """The cell runs all the while; each step of the slider reaches Python, and its callbacks' output the page."""
    assert page["runsBefore"] == "[*]:"
    assert "waiting" in page["woken"] and "woken at 3" in page["woken"]


def test_python_moves_the_slider(page):
    assert page["moved"] == "42"


def test_bytes_reach_the_page(page):
    assert page["image"] == {"width": 120, "height": 45}


def test_bytes_reach_python(page):
    content = bytes(number % 251 for number in range(100000))
    assert page["upload"].split() == ["ears.bin", hashlib.sha256(content).hexdigest()]


def test_output_of_a_callback_lands_in_its_widget(page):
    assert page["shelled"].strip() == "shelled in"


def test_interact(page):
    assert page["squared"].strip() == "25"


def test_a_widget_closed_by_python_leaves_the_page(page):
    assert page["closed"]


def test_a_page_that_comes_back_finds_the_widgets_alive(page):
    """It opens a comm itself and asks for the state of all widgets; then both sides move the slider again."""
    assert page["restored"] == "42" and page["value"].strip() == "41"


def test_a_slider_reaches_a_cell_that_never_awaits(page):
    """JupyterLab sends comm messages to a subshell where a kernel has them (JEP 91)."""
    assert "seen 40" in page["seenWhileBusy"]


def test_the_picture(page):
    with Image.open(BROWSER.picture) as picture:
        assert picture.size == (1280, 1000)
        assert len(picture.convert("RGB").getcolors(2**24)) > 100, "an empty page"
