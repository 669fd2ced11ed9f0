"""Magics that are answered in another way than by ipykernel; those that are alike: likeness/cells_magics.py."""


def test_pip(client):
    """Runs the pip of the environment that kernels import from."""
    exchange = client.run("%pip list")
    assert "ipython" in exchange.text() and "Note: you may need to restart the kernel" in exchange.text()


def test_pager(client, tmp_path):
    (tmp_path / "text.txt").write_text("some text")
    page = client.run(f"%less {tmp_path}/text.txt").reply["payload"][0]
    assert page["source"] == "page" and page["data"]["text/plain"] == "some text"
    assert client.execute("%more").reply["ename"] == "UsageError"


def test_private_names_are_all_there(client):
    """None of those that kernels depend on is missing in the Python of the tests: see privates.py."""
    code = "from corncob_kernel import privates as p\n[name for name in p._NAMES if p.find(name) is None]"
    assert client.run(code).result == "[]"


def test_a_library_made_in_another_way_can_be_imported(fresh_daemon, tmp_path):
    """What is done to a library when it is imported may not fit a new version: it is shared then, says the log."""
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        client.run(
            "from corncob_kernel.import_hooks import after_import\n"
            "def misfit(module): module.no_such.name\nafter_import('chunk', misfit)"
        )
        assert client.run("import chunk; chunk.__name__").result == "'chunk'"
    assert "chunk is not kept apart" in daemon.log() and "misfit" in daemon.log()
