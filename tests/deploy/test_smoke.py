"""What `./dev docker` shows: the image that was built serves kernels, and ends as it is asked to."""

import os

from gateway import HARDENED, Gateway
from image import CORNCOB_IMAGE


def test_the_image_serves_and_ends(engine, network, request):
    image = os.environ.get("CORNCOB_TEST_IMAGE")  # of ./dev docker, which has just built it
    assert image or request.getfixturevalue("corncob") == CORNCOB_IMAGE
    with Gateway(engine, image or CORNCOB_IMAGE, network=network, flags=HARDENED) as gateway:
        with gateway.kernel() as client:
            assert client.run("sum(range(10))").result == "45"
            assert client.run("import IPython, sys; sys.prefix").result == "'/opt/corncob/.venv'"
        assert gateway.stop() == 0, gateway.logs()
        assert gateway.logs().rstrip().splitlines()[-1].find("stopped") > 0
