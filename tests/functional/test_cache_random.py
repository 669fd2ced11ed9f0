"""Random notebooks, run in random order and edited at random: with a cache and without, all is the same."""

import random

import pytest
from cached_cells import cached, is_replayed, shown
from concurrency import kernel_of
from random_cells import FORGET, STATE, Cells
from seeds import seed

ROUNDS = 3  # each with new kernels, before IPython forgets results
NOTEBOOKS = 35
CELLS = 5  # of a notebook
RUNS = 14


def history_of(cells):
    """What is run in a notebook, one after another: from the top, anywhere, edited; then all of it in a new kernel."""
    notebook = cells.notebook(CELLS)
    runs = list(notebook)
    for _ in range(RUNS):
        place = cells._random.randrange(1, len(notebook))
        if cells._random.random() < 0.25:
            notebook[place] = cells.edited(notebook[place])
        runs.append(notebook[place])
    return [*runs, FORGET, *runs[: RUNS // 2], FORGET, *notebook]


def outcomes(client, runs):
    """Of each: what it shows, and the state after it. Sent at once."""
    state = {"user_expressions": {"state": "_state()"}, "stop_on_error": False}
    exchanges = client.collect(*[client.send_execute(code, **state) for code in runs], timeout=60)
    found = []
    for exchange in exchanges:
        told = exchange.reply.get("user_expressions", {}).get("state", {})
        assert exchange.reply["status"] == "error" or told["status"] == "ok", exchange.reply
        found.append((shown(exchange), told.get("data", {}).get("text/plain")))
    return found, sum(map(is_replayed, exchanges))


@pytest.mark.timeout(180)
def test_random_notebooks(daemon):
    drawn = seed()
    cells = Cells(random.Random(drawn))
    runs = replayed = 0
    for _ in range(ROUNDS):
        with cached(daemon) as client, kernel_of(daemon) as plain:
            for each in (client, plain):
                each.run(STATE)
            for _ in range(NOTEBOOKS):
                history = history_of(cells)
                replayed += compare(client, plain, history, f"CORNCOB_TEST_SEED={drawn}")
                runs += len(history)
    print(f"{replayed} of {runs} cells were replayed")
    assert replayed > runs / 4  # a cache that keeps nothing would pass


def compare(client, plain, history, seed):
    found, hits = outcomes(client, history)
    expected, _ = outcomes(plain, history)
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one == other, "\n---\n".join([seed, *history[: place + 1]])
    for each in (client, plain):
        each.run(FORGET)
    return hits
