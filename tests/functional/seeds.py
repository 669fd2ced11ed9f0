"""What random tests draw from: the same in every run of the suite, so that a change is judged by itself. Another run is
repeated with `CORNCOB_TEST_SEED=n`; `CORNCOB_TEST_SEED=random` looks for more."""

import os
import random

ORDINARY = 20261126


def texts(pieces, longest, count):
    """Made of up to `longest` pieces each."""
    random.seed(seed())
    return ["".join(random.choices(pieces, k=random.randint(1, longest))) for _ in range(count)]


def seed():
    """Printed, so that what failed can be repeated."""
    wanted = os.environ.get("CORNCOB_TEST_SEED") or ORDINARY
    number = random.SystemRandom().randrange(10**9) if wanted == "random" else int(wanted)
    print(f"CORNCOB_TEST_SEED={number}")
    return number
