"""JupyterLab in a real browser whose WebSocket breaks off under a running cell: every line is shown, once, and it ends.

The connection is cut by a TCP proxy (junction.py) at three places: between the page and the daemon, and where
jupyter_server stands between them in gateway mode, behind it and in front of it.
"""

import contextlib

import pytest
from browser import BROWSER_SECONDS, Browser
from junction import Junction
from peers import JupyterServer

pytestmark = [pytest.mark.timeout(BROWSER_SECONDS + 60), pytest.mark.xdist_group("browser")]

STEPS = ["define", "theRestOfACellUnheard", "cutInTheStream", "askedUnheard", "interruptACell", "restartTheKernel"]
CUTS = 5


def visit(lab, junction, url, *steps):
    page = f"{url}/lab?token={lab.token}"
    return Browser("jupyterlab_reconnect.mjs").visit(page, lab.log, junction=junction.url, steps=steps)


@pytest.fixture
def started():
    """Starts what a test needs, and stops it in the reverse order."""
    with contextlib.ExitStack() as stack:

        def start(server):
            stack.callback(server.stop)
            return server

        yield start


def lines(count):
    return [f"line {i}" for i in range(count)]


def shown_lines(shown):
    return [line for line in shown["text"].split("\n") if line.startswith("line ")]


def expect_all(seen):
    assert "line 500" not in "\n".join(seen["whileCut"])
    assert shown_lines(seen["unheard"]) == lines(1000) and seen["unheard"]["text"].endswith("'the end'")
    assert seen["unheard"]["prompt"] == "[2]:"
    assert shown_lines(seen["stream"]) == lines(3000) and seen["stream"]["prompt"] == "[3]:"
    assert seen["questions"] == 1 and "hello Ann" in seen["asked"]["text"] and seen["asked"]["prompt"] == "[4]:"
    assert seen["interruptMs"] < 10_000 and seen["afterRestart"] == "[1]:"
    # JupyterLab's own word on a question that was on its way when the connection broke.
    assert [error for error in seen["errors"] if "Canceled future for kernel_info_request" not in error] == []


@pytest.fixture
def daemon(fresh_daemon):
    """JupyterLab takes up the kernel of an earlier page's notebook of the same name."""
    return fresh_daemon()


def test_between_the_page_and_the_daemon(started, daemon, tmp_path):
    lab = started(JupyterServer("jupyterlab", None, tmp_path))
    junction = started(Junction(lab.url, daemon))
    seen = visit(lab, junction, junction.url, *STEPS)
    expect_all(seen)
    assert sum(path.endswith("/channels") for path in seen["sockets"]) > CUTS, "the page has not come back by itself"


def test_between_jupyter_server_and_the_daemon(started, daemon, tmp_path):
    """The page notices nothing. What it sends before jupyter_server is back, after a second or more, is lost there: it
    writes to the broken connection and logs the error."""
    junction = started(Junction(daemon.url, daemon))
    lab = started(JupyterServer("jupyterlab", junction, tmp_path))
    expect_all(visit(lab, junction, lab.url, *STEPS))


def test_between_the_page_and_jupyter_server(started, daemon, tmp_path):
    """jupyter_server passes on what the daemon keeps, once the page is back; what it had taken over for a page that was
    gone it drops, and so nobody can have it. No line is shown twice or out of order, and the cell ends."""
    lab = started(JupyterServer("jupyterlab", daemon, tmp_path))
    junction = started(Junction(lab.url, lab))
    seen = visit(lab, junction, junction.url, "define", "cutInTheStream", "interruptACell", "restartTheKernel")
    numbers = [int(line.split()[1]) for line in shown_lines(seen["stream"])]
    assert numbers == sorted(set(numbers)) and numbers[-1] == 2999 and seen["stream"]["prompt"] == "[2]:"
    assert seen["interruptMs"] < 10_000 and seen["afterRestart"] == "[1]:"
