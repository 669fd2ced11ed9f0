"""A reactive notebook in JupyterLab in a real browser: a change in one cell changes what is shown under others."""

import pytest
from browser import BROWSER_SECONDS, Browser
from peers import JupyterServer
from PIL import Image

BROWSER = Browser("jupyterlab_reactive.mjs")

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def page(shared_daemons, tmp_path_factory):
    """What the page showed."""
    lab = JupyterServer("jupyterlab", shared_daemons(), tmp_path_factory.mktemp("lab"))
    try:
        yield BROWSER.visit(f"{lab.url}/lab?token={lab.token}", lab.log)
    finally:
        lab.stop()


def texts(width):
    return [f"the width is {width}", *map(str, range(width)), str(width * 100)]


def test_cells_wait_for_their_input_and_show_nothing(page):
    assert page["waiting"] == [0, 0] and page["errors"] == []


def test_the_picture_under_another_cell_changes(page):
    widths = [page[each]["width"] for each in ("first", "second", "third")]
    assert widths[1] > 2 * widths[0] and widths[0] < widths[2] < widths[1], widths


def test_printed_text_displays_and_results_change_with_it(page):
    assert [text.strip() for text in page["textsFirst"]] == texts(2)
    assert [text.strip() for text in page["textsSecond"]] == texts(6)


def test_prompts_are_those_of_the_runs_by_hand(page):
    assert page["prompts"] == ["[1]:", "[2]:", "[5]:"]


def test_an_error_takes_the_place_of_what_was_shown(page):
    assert page["wrong"] == [0, "the width is wide"]


def test_the_graph_is_shown(page):
    assert page["graph"] == 1


def test_a_deleted_cell_takes_its_variables_along(page):
    assert page["deleted"] == [0, 0]


def test_the_picture(page):
    with Image.open(BROWSER.picture) as picture:
        assert picture.size == (1280, 1000)
        assert len(picture.convert("RGB").getcolors(2**24)) > 100, "an empty page"
