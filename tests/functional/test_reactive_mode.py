"""The mode `react`: chosen by kernelspec, command line and magic, over WebSocket and ZMQ; its graph to look at."""

import pytest
from akernel import EMPTY
from concurrency import kernel_of
from kernelspecs import installed_text
from reactive_notebook import Notebook, notebook_of
from test_kernel_process import launch, run  # noqa: F401  (a fixture, and what it needs)
from zmq_clients import SECONDS, reply_to

# --- the mode itself


def test_mode_magic(client):
    client.late_output = True
    client.run("x = 1\ny = x")
    client.run("%mode react")
    assert client.run("%mode").text() == "react\n"
    show = client.send_execute("x")
    assert client.collect(show).result == "1"
    client.run("x = 2")
    assert [m.content["data"]["text/plain"] for m in client.exchanges[show].of("execute_result")] == ["1", "2"]
    client.run("%mode chained")
    assert client.run("%mode").text() == "chained\n"
    assert client.execute("undefined").reply["ename"] == "NameError"
    assert client.execute("%mode cache-nonsense").reply["ename"] == "UsageError"
    assert client.execute("%reactive").reply["ename"] == "UsageError"


def test_kernels_apart_and_after_a_restart(daemon):
    with notebook_of(daemon) as one, notebook_of(daemon) as two, kernel_of(daemon) as plain:
        one.run("show", "x")
        two.run("x", "x = 1")
        plain.run("x = 1")
        assert plain.execute("never_defined").reply["ename"] == "NameError"
        assert one.shown("show") == []
        assert daemon.post(f"/api/kernels/{one.client.kernel_id}/restart").status_code == 200
        again = Notebook(one.client)
        assert again.run("x", "x = 1") == {}
        assert again.client.run("%mode").text() == "react\n"


def test_the_graph(notebook):
    notebook.run("x", "x = 1")
    notebook.run("y", "y = x + missing")
    notebook.run("z", "z = x < 2\nraise_if = 1 / z")
    notebook.execute("two", "x = 3")
    shown = notebook.client.run("%reactive").only("display_data")["data"]
    lines = shown["text/plain"].splitlines()
    assert lines[:2] == ["[1] x = 1 (cell x): fresh", "    x -> [2] y = x + missing (cell y)"]
    assert "[2] y = x + missing (cell y): waits for missing" in lines
    assert any(line.startswith("[4] x = 3 (cell two): refused: 'x' is defined by two cells") for line in lines)
    svg = shown["image/svg+xml"]
    assert svg.startswith("<svg") and svg.count("<rect") == len([line for line in lines if not line.startswith(" ")])
    assert "[3] z = x &lt; 2" in svg and ">x</text>" in svg


@pytest.mark.parametrize("code", EMPTY)
def test_an_empty_cell_defines_nothing(notebook, code):
    notebook.run("cell", "x = 1")
    notebook.run("show", "x")
    assert notebook.run("cell", code) == {}
    assert notebook.shown("cell") == notebook.shown("show") == [], "what it has defined is gone"


# --- over ZMQ


def test_over_zmq(launch):  # noqa: F811
    client = launch("--mode", "react").client()
    try:
        assert run(client, "%mode")[1] == "react\n"
        one = client.execute("a = b + 1\na")
        assert reply_to(client, one)["status"] == "ok"
        two = client.execute("b = 2")
        found, idle = {}, 0
        while idle < 2:  # the one by `one` comes first
            message = client.get_iopub_msg(timeout=SECONDS)
            parent, content = message["parent_header"]["msg_id"], message["content"]
            idle += parent in (one, two) and content.get("execution_state") == "idle"
            found.setdefault((parent, message["msg_type"]), []).append(content)
        [result] = found[one, "execute_result"]
        [update] = found[two, "update_display_data"]
        assert result["data"] == update["data"] == {"text/plain": "3"}
        assert result["transient"] == update["transient"] and result["execution_count"] == 2
        assert run(client, "a")[2] == ["3"]
    finally:
        client.stop_channels()


def test_cells_with_ids_over_zmq(launch):  # noqa: F811
    client = launch("--mode", "concurrent-react").client()
    try:

        def execute(cell, code):
            content = {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "stop_on_error": True,
            }
            message = client.session.msg("execute_request", content, metadata={"cellId": cell})
            client.shell_channel.send(message)
            return reply_to(client, message["header"]["msg_id"])

        assert [execute(cell, code)["status"] for cell, code in (("y", "y = x"), ("x", "x = 1"))] == ["ok", "ok"]
        assert execute("other", "x = 2")["ename"] == "ReactiveError"
        assert execute("x", "x = 3")["status"] == "ok"
        assert run(client, "x, y")[2] == ["(3, 3)"]
    finally:
        client.stop_channels()


def test_kernelspecs(daemon, tmp_path):
    model = daemon.get("/api/kernelspecs/python3-react").json()["spec"]
    assert model["argv"][-2:] == ["--mode", "react"] and model["display_name"] == "Python 3 (Corncob, reactive)"
    text = installed_text(tmp_path, "react-concurrent", "corncob-react-concurrent")
    assert '"--mode",\n    "concurrent-react"' in text


def test_a_kernelspec_of_the_configuration(fresh_daemon):
    daemon = fresh_daemon(config="kernelspecs:\n  both:\n    modes: [react, concurrent]\n")
    with kernel_of(daemon, name="both") as client:
        assert client.run("%mode").text() == "concurrent-react\n"


def test_with_the_cache(notebook):
    notebook.client.run("%mode cache-react")
    assert notebook.client.run("%mode").text() == "cache-react\n"
    notebook.client.run("%cache clear")  # of what others of this tenant have kept
    notebook.run("y", "print('computes')\ny = x * 2\ny")
    for x in (1, 2, 1):
        notebook.run("x", f"x = {x}")
        assert notebook.shown("y") == [("stdout", "computes\n"), ("result", str(x * 2))]
    assert "2 replayed" in notebook.client.run("%cache info").text()
    assert notebook.client.run("y").result == "2"
