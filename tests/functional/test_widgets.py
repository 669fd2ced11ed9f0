"""ipywidgets as messages: what JupyterLab's page says and hears, and two kernels that know nothing of each other's."""

import pytest
from concurrency import kernel_of
from pairs import both, results

CONTROL = {"target_name": "jupyter.widget.control", "target_module": None, "data": {}}
PROTOCOL = {"version": "1.0.0"}


def open_control(client, comm_id):
    """As a page does that finds a kernel running."""
    return client.collect(client.send("comm_open", {**CONTROL, "comm_id": comm_id}, metadata=PROTOCOL))


def ask_for_states(client, comm_id):
    message = client.send("comm_msg", {"comm_id": comm_id, "data": {"method": "request_states"}})
    return client.collect(message).only("comm_msg")["data"]["states"]


@pytest.fixture
def slider(client):
    """The id of a slider's comm."""
    return client.value("(__import__('ipywidgets'), s := __import__('ipywidgets').IntSlider(3))[1].model_id")


def test_a_widget_is_a_comm(client):
    exchange = client.run("import ipywidgets; s = ipywidgets.IntSlider(5); s")
    models = {m.content["data"]["state"]["_model_name"] for m in exchange.of("comm_open")}
    assert models == {"LayoutModel", "SliderStyleModel", "IntSliderModel"}
    assert all(m.content["target_name"] == "jupyter.widget" for m in exchange.of("comm_open"))
    assert all(m.metadata["version"].startswith("2.") for m in exchange.of("comm_open"))
    view = exchange.only("execute_result")["data"]["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] in [m.content["comm_id"] for m in exchange.of("comm_open")]
    closed = client.run("s.close()").only("comm_close")
    assert closed["comm_id"] == view["model_id"]


def test_comm_info_knows_the_widgets(client, slider):
    for name in ("jupyter.widget", None):
        content = {"target_name": name} if name else {}
        comms = client.request("comm_info_request", content).reply["comms"]
        assert comms[slider] == {"target_name": "jupyter.widget"} and len(comms) == 3
    assert client.request("comm_info_request", {"target_name": "other"}).reply["comms"] == {}
    client.run("s.close()")
    assert slider not in client.request("comm_info_request").reply["comms"]


def test_a_value_set_by_the_page_while_a_cell_awaits(client, slider):
    """The callback's output belongs to the page's message, the cell's to the cell."""
    running = client.send_execute(
        "import asyncio\nmoved = asyncio.Event()\n"
        "s.observe(lambda change: (print('callback', change.new), moved.set()), 'value')\n"
        "print('on', flush=True)\nawait moved.wait()\nprint('woken', s.value)"
    )
    client.wait_for_output("on")
    update = {"method": "update", "state": {"value": 7}, "buffer_paths": []}
    moved = client.send("comm_msg", {"comm_id": slider, "data": update})
    cell = client.collect(running)
    callback = client.collect(moved)
    assert cell.text() == "on\nwoken 7\n" and callback.text() == "callback 7\n"
    assert "echo_update" in [m.content["data"]["method"] for m in callback.of("comm_msg")]


def test_buffers_both_ways(client):
    client.run(
        "import comm\n"
        "def opened(c, message):\n"
        "    c.on_msg(lambda m: c.send({'lengths': [len(b) for b in m['buffers']]}, buffers=m['buffers'][::-1]))\n"
        "comm.get_comm_manager().register_target('mirror', opened)"
    )
    opened = {"comm_id": "m1", "target_name": "mirror", "data": {}}
    client.collect(client.send("comm_open", opened, buffers=[b"first"]))
    buffers = [bytes(range(256)) * 500, b"", b"\x00\xff"]
    sent = client.collect(client.send("comm_msg", {"comm_id": "m1", "data": {}}, buffers=buffers))
    answer = sent.of("comm_msg")[0]
    assert answer.content["data"] == {"lengths": [128000, 0, 2]} and answer.buffers == buffers[::-1]


def test_an_unknown_target_is_closed(client):
    client.run("1")
    opened = {"comm_id": "lost", "target_name": "nobody", "data": {}}
    exchange = client.collect(client.send("comm_open", opened))
    assert exchange.only("comm_close")["comm_id"] == "lost"
    assert client.request("comm_info_request").reply["comms"] == {}


def test_a_comm_closed_by_the_page(client, slider):
    client.run("s.comm.on_close(lambda message: print('closed by the page'))")
    exchange = client.collect(client.send("comm_close", {"comm_id": slider, "data": {}}))
    assert exchange.text() == "closed by the page\n"
    assert slider not in client.request("comm_info_request").reply["comms"]


def test_a_failing_callback_spoils_nothing(client, slider):
    client.run("s.observe(lambda change: 1 / 0, 'value')")
    update = {"method": "update", "state": {"value": 7}, "buffer_paths": []}
    exchange = client.collect(client.send("comm_msg", {"comm_id": slider, "data": update}))
    assert exchange.only("error")["ename"] == "ZeroDivisionError"
    assert client.value("s.value") == 7


def test_output_catches_by_the_request_that_writes(client):
    client.run("import ipywidgets\nout = ipywidgets.Output()")
    running = client.send_execute("with out: print('caught')\nprint('free')")
    exchange = client.collect(running)
    set_to = [m.content["data"]["state"].get("msg_id") for m in exchange.of("comm_msg")]
    assert set_to == [running, ""]
    kinds = [m.msg_type for m in exchange.messages if m.msg_type in ("comm_msg", "stream")]
    assert kinds == ["comm_msg", "stream", "comm_msg", "stream"]


def test_registries_are_apart(pair):
    """The kernel that imports ipywidgets second is as good as the first, and neither shows the other's widgets."""
    results(pair, "import ipywidgets; s = ipywidgets.IntSlider(%s); str(s.value)", 1, 2)
    own = [client.value("s.model_id") for client in pair]
    for client, mine, value in zip(pair, own, (1, 2)):
        assert not open_control(client, "control").of("comm_close"), "no target for a page's control comm"
        states = ask_for_states(client, "control")
        assert states[mine]["state"]["value"] == value and len(states) == 3
    one, two = pair
    two.run("ipywidgets.Widget.close_all()")
    assert ask_for_states(two, "control") == {} and own[0] in ask_for_states(one, "control")


def test_a_page_reaches_no_other_kernels_widget(pair):
    results(pair, "import ipywidgets; s = ipywidgets.IntSlider(%s); str(s.value)", 1, 2)
    one, two = pair
    update = {"method": "update", "state": {"value": 9}, "buffer_paths": []}
    two.collect(two.send("comm_msg", {"comm_id": one.value("s.model_id"), "data": update}))
    assert [exchange.result for exchange in both(pair, "s.value # %s", 1, 2)] == ["1", "2"]


def test_the_comms_of_an_ended_kernel_close_in_no_other(daemon, client):
    """What is garbage is collected in whatever code makes the most objects."""
    client.run("import gc")
    for _ in range(5):
        with kernel_of(daemon) as ended:
            ended.run("import comm; c = comm.create_comm(target_name='t'); c.itself = c, lambda: c")
        assert client.run("gc.collect();").outputs == []
