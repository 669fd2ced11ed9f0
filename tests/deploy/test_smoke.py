"""What `./dev docker` shows: the image serves kernels, and ends as it is asked to."""


def test_the_image_serves_and_ends(serve):
    gateway = serve()
    with gateway.kernel() as client:
        assert client.run("sum(range(10))").result == "45"
        assert client.run("import IPython, sys; sys.prefix").result == "'/opt/corncob/.venv'"
    assert gateway.stop() == 0, gateway.logs()
    assert "stopped" in gateway.logs().splitlines()[-1]
