"""Side by side with ipykernel: the same cells, the same messages. A difference is a bug, or it is declared with its
reason beside the cell (`likeness/cells_*.py`)."""

import pytest
from likeness import cells_display, cells_errors, cells_magics, cells_plots
from likeness.sides import Ours, Theirs
from likeness.story import difference, expected, story

MODULES = (cells_display, cells_errors, cells_magics, cells_plots)
SUBJECTS = {module.__name__.rsplit("_", 1)[1]: module.CASES for module in MODULES}


class Pair:
    """The two kernels, and a story of each."""

    def __init__(self, daemon, directory):
        ours, theirs = directory / "ours", directory / "theirs"
        ours.mkdir(), theirs.mkdir()
        self.theirs = Theirs(theirs)
        try:
            self.ours = Ours(daemon, ours)
        except BaseException:
            self.theirs.close()
            raise

    def tell(self, case):
        return [story(side, [side.run(step) for step in case.steps], case.vary) for side in (self.theirs, self.ours)]

    def close(self):
        self.theirs.close()
        self.ours.close()


@pytest.fixture(scope="module")
def pairs(shared_daemons, tmp_path_factory):
    """Makes pairs; a pair is shared by the cases of one subject."""
    shared = {}

    def make(subject):
        for other in [name for name in shared if name != subject]:
            shared.pop(other).close()
        if subject not in shared:
            shared[subject] = Pair(shared_daemons(), tmp_path_factory.mktemp(subject))
        return shared[subject]

    yield make
    for pair in shared.values():
        pair.close()


@pytest.mark.parametrize(
    "subject, case",
    [
        pytest.param(subject, case, id=f"{subject}-{case.name}")
        for subject, cases in SUBJECTS.items()
        for case in cases
        if not case.alone
    ],
)
def test_like_ipykernel(pairs, daemon, subject, case):
    theirs, ours = pairs(subject).tell(case)
    assert not (found := difference(expected(theirs, case.unlike), ours)), f"unlike ipykernel:\n{found}"


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for cases in SUBJECTS.values() for case in cases if case.alone]
)
def test_alone_like_ipykernel(daemon, tmp_path, case):
    pair = Pair(daemon, tmp_path)
    try:
        theirs, ours = pair.tell(case)
    finally:
        pair.close()
    assert not (found := difference(expected(theirs, case.unlike), ours)), f"unlike ipykernel:\n{found}"
