"""Kernels that nobody uses are ended: the keys and meanings of jupyter_server's MappingKernelManager."""

import time

import pytest
from deadline import eventually
from jupyter_ws import ClosedByServer

IDLE_SECONDS = 2


def culling(fresh_daemon, **more):
    keys = {"cull_idle_timeout_seconds": IDLE_SECONDS, "cull_interval_seconds": 1, **more}
    return fresh_daemon(config=f"kernels: {{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}\n")


def kernels(daemon):
    return [kernel["id"] for kernel in daemon.get("/api/kernels").json()]


def test_an_idle_kernel_goes_with_its_session(fresh_daemon):
    daemon = culling(fresh_daemon)
    begin = time.monotonic()
    session = daemon.post("/api/sessions", json={"path": "a.ipynb", "type": "notebook", "name": ""}).json()
    kernel_id = session["kernel"]["id"]
    eventually(lambda: kernel_id not in kernels(daemon))
    assert time.monotonic() - begin >= IDLE_SECONDS
    assert daemon.get("/api/sessions").json() == []
    assert f"tenant=default kernel={kernel_id} culled: not used for" in daemon.log()


def test_a_kernel_with_a_client_or_a_cell_is_spared(fresh_daemon):
    daemon = culling(fresh_daemon)
    connected = daemon.start_kernel()
    with daemon.client(connected) as client:
        busy = daemon.start_kernel()
        worker = daemon.client(busy)
        worker.send_execute("print('on', flush=True); import time; time.sleep(60)")
        worker.wait_for_output("on")
        worker.close(check=False)
        idle = daemon.start_kernel()
        eventually(lambda: idle not in kernels(daemon))
        time.sleep(IDLE_SECONDS)  # nothing is to happen: there is no event to wait for
        assert set(kernels(daemon)) == {connected, busy}
        assert client.run("1 + 1").result == "2"
    daemon.stop_kernel(busy)


@pytest.mark.parametrize("key", ["cull_connected", "cull_busy"])
def test_but_not_if_the_operator_says_so(fresh_daemon, key):
    daemon = culling(fresh_daemon, **{key: "true"})
    client = daemon.client(daemon.start_kernel())
    if key == "cull_busy":
        client.send_execute("print('on', flush=True); import time; time.sleep(60)")
        client.wait_for_output("on")
        client.close(check=False)
        eventually(lambda: kernels(daemon) == [])
        return
    client.wait_for_status("dead")
    with pytest.raises(ClosedByServer) as closed:
        client.receive()
    assert closed.value.code == 1000
    assert kernels(daemon) == []
