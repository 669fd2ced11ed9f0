"""`./dev soak`, shortened: mixed load on 100 kernels, nothing lost, and the daemon holds no more afterwards."""

import sys

import pytest
from daemon import ROOT
from seeds import seed

sys.path.insert(0, str(ROOT / "tests" / "soak"))

from gauges import Reading  # noqa: E402
from soak import LANGUAGE_THREADS_MAX, check_flat, soak  # noqa: E402

SECONDS = 60


@pytest.mark.timeout(SECONDS * 5)
def test_soak(fresh_daemon):
    soak(fresh_daemon("--log-level", "warn", env={"KG_MAX_KERNELS": "0"}), SECONDS, seed=seed())


@pytest.mark.parametrize(
    "last",
    [
        Reading(90, 50, 100),
        Reading(60, 53, 100),
        Reading(60, 50, 100 + LANGUAGE_THREADS_MAX),
        Reading(60, 50, 99),
    ],
    ids=["memory", "descriptors", "threads", "threads that were left"],
)
def test_growth_is_noticed(last):
    flat = [Reading(40, 30, 90), *[Reading(60, 50, 100)] * 4]
    check_flat(flat)
    check_flat([*flat, Reading(60, 50, 101)])  # that answers editors
    with pytest.raises(AssertionError):
        check_flat([*flat, last])
