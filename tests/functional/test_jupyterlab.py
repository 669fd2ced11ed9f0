"""JupyterLab from PyPI, its kernels ours (--gateway-url), used through the page in a real headless browser."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from daemon import ROOT
from peers import JupyterServer
from PIL import Image

HERE = Path(__file__).resolve().parent
PICTURE = ROOT / "build" / "pictures" / "jupyterlab.png"
BROWSER_SECONDS = 150


@pytest.fixture(scope="module")
def page(shared_daemons, tmp_path_factory):
    """What the page showed after jupyterlab.mjs has done its work there."""
    browser = shutil.which("chromium")
    assert browser, "Debian's package chromium is not installed"
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    lab = JupyterServer("jupyterlab", shared_daemons(), tmp_path_factory.mktemp("lab"))
    try:
        task = {"url": f"{lab.url}/lab?token={lab.token}", "browser": browser, "picture": str(PICTURE)}
        command = ["node", str(HERE / "jupyterlab.mjs"), json.dumps(task)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=BROWSER_SECONDS, cwd=HERE)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{late}\n{late.stderr}\n{lab.log()}") from None
        assert ended.returncode == 0, f"{ended.stderr}\n{lab.log()}"
        seen = json.loads(ended.stdout.splitlines()[-1])
        assert "failed" not in seen, f"{seen}\n{ended.stderr}\npicture: {PICTURE}\n{lab.log()}"
        yield seen
    finally:
        print(f"picture of the page: {PICTURE}")
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
    assert page["interruptMs"] < 5000


def test_restart(page):
    assert page["afterRestart"] == "[1]:"


def test_the_picture(page):
    with Image.open(PICTURE) as picture:
        assert picture.size == (1280, 1000)
        assert len(picture.convert("RGB").getcolors(2**24)) > 100, "an empty page"
