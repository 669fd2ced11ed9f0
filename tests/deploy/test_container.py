"""The daemon in a hardened container: kernels, files, configuration, secrets, health, the end."""

import threading

from cached_cells import is_replayed
from gateway import PORT, TOKEN

KERNELS = 200


def test_two_hundred_kernels_side_by_side(daemon):
    clients = []
    try:
        for number in range(KERNELS):
            client = daemon.client(daemon.start_kernel())
            client.run(f"number = {number}")
            clients.append(client)
        assert daemon.metric("corncob_kernel_threads") >= KERNELS
        assert [client.value("number") for client in clients] == list(range(KERNELS))
    finally:
        for client in clients:
            client.close(check=False)
            daemon.request("DELETE", f"/api/kernels/{client.kernel_id}")
    assert daemon.state()["OOMKilled"] is False


def test_it_has_nothing_to_complain_of(daemon):
    """With a root file system that is read-only, and nothing mounted: also who attaches finds it."""
    assert [line for line in daemon.json_logs() if line["level"] not in ("debug", "info")] == []
    assert daemon.exec("test", "-S", "/srv/corncob/.run/corncob/corncob.sock").returncode == 0


def test_its_limits_are_seen(daemon):
    assert daemon.metric("corncob_container_memory_limit_bytes") == 1 << 30
    assert daemon.metric("corncob_container_pids_limit") == 4096
    assert 0 < daemon.metric("corncob_container_memory_bytes") < 1 << 30
    assert 0 < daemon.metric("corncob_container_pids") < 4096


def test_cells_write_where_they_may(daemon):
    with daemon.kernel() as client:
        client.run("import os, tempfile; open('mine.txt', 'w').write('x'); os.remove('mine.txt')")
        client.run("with tempfile.TemporaryFile() as file: file.write(b'x')")
        assert client.execute("open('/opt/corncob/x', 'w')").reply["ename"] == "OSError"
        assert client.value("os.getuid()") == 10001


def test_who_has_no_parent_is_reaped(daemon):
    """The daemon is not the container's first process, so nobody else's children stay with it as zombies."""
    assert daemon.exec("cat", "/proc/1/comm").stdout == "tini\n"
    with daemon.kernel() as client:
        client.run("import subprocess")
        orphan = "subprocess.run(['sh', '-c', 'sleep 0.1 >/dev/null & echo $!'], capture_output=True, text=True)"
        pid = client.value(f"int({orphan}.stdout)")
        daemon.exec("sh", "-c", f"while [ -e /proc/{pid} ]; do :; done", timeout=30)


def test_a_file_configures_it(serve, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "corncob.yaml").write_text("server: {port: 9999, base_url: /lab}\nlog: {level: debug}\n")
    gateway = serve(
        flags=["--volume", f"{tmp_path}/corncob.yaml:/etc/corncob/corncob.yaml:ro"], settings={"KG_PORT": str(PORT)}
    )
    gateway.url += "/lab"
    with gateway.kernel() as client:
        assert client.run("1 + 1").result == "2"
    wrong = serve("serve", "--config", "/nowhere.yaml", wait=False)
    assert wrong.wait_until(lambda state: not state["Running"])["ExitCode"] == 2
    assert "/nowhere.yaml: cannot be read" in wrong.logs()


def test_a_secret_is_a_file(serve, tmp_path):
    tmp_path.chmod(0o755)
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    secret = ["--volume", f"{token}:/run/secrets/token:ro"]
    settings = {"KG_AUTH_TOKEN": "", "KG_AUTH_TOKEN_FILE": "/run/secrets/token"}
    gateway = serve(flags=secret, settings=settings)
    shown = gateway.http.get(f"{gateway.url}/api/kernels?token={TOKEN}", timeout=30)
    assert shown.status_code == 200
    assert gateway.http.get(f"{gateway.url}/api/kernels?token=other", timeout=30).status_code in (401, 403)
    assert TOKEN not in str(gateway.inspect()["Config"]["Env"]) and TOKEN not in gateway.logs()
    both = serve(flags=secret, settings={**settings, "KG_AUTH_TOKEN": "x"}, wait=False)
    assert both.wait_until(lambda state: not state["Running"])["ExitCode"] == 2
    assert "KG_AUTH_TOKEN_FILE: is set, and KG_AUTH_TOKEN too" in both.logs()
    missing = serve(settings={"KG_AUTH_TOKEN": "", "KG_AUTH_TOKEN_FILE": "/run/secrets/none"}, wait=False)
    assert missing.wait_until(lambda state: not state["Running"])["ExitCode"] == 2
    assert "/run/secrets/none cannot be read: No such file or directory" in missing.logs()
    token.chmod(0)
    unreadable = serve(flags=secret, settings=settings, wait=False)
    assert unreadable.wait_until(lambda state: not state["Running"])["ExitCode"] == 2
    assert "cannot be read: Permission denied" in unreadable.logs()


def test_one_that_hangs_is_unhealthy_and_well_again(serve):
    gateway = serve()
    said = gateway.exec("corncob", "healthcheck", "--ready")
    assert said.stdout == f"http://127.0.0.1:{PORT}/readyz: ok\n"
    wrong = gateway.exec("corncob", "healthcheck", "--port", "1", check=False)
    assert wrong.returncode == 1
    assert wrong.stderr == "corncob: http://127.0.0.1:1/healthz: Connection refused\n"

    def signal(name):
        find = "for each in /proc/[0-9]*; do [ $(cat $each/comm) != corncob ] || kill -$0 ${each#/proc/}; done"
        gateway.exec("sh", "-c", find, name)

    signal("STOP")
    gateway.wait_until(lambda state: any("no answer within" in each["Output"] for each in state["Health"]["Log"]))
    gateway.wait_until(lambda state: state["Health"]["Status"] == "unhealthy")
    signal("CONT")
    gateway.wait_healthy()


def test_what_it_keeps_outlives_it(serve, engine):
    volume = "corncob-test-state"
    flags = ["--volume", f"{volume}:/var/lib/corncob"]
    engine.run("volume", "rm", "--force", volume)
    try:
        first = serve(flags=flags)
        with first.kernel() as client:
            client.run("'kept by the history'")
        with first.kernel(name="python3-cache") as client:
            assert not is_replayed(client.run("kept = sum(range(1000)); kept"))
        assert first.stop() == 0
        first.remove()
        second = serve(flags=flags)
        with second.kernel() as client:
            reply = client.request(
                "history_request",
                {"hist_access_type": "tail", "n": 5, "output": False, "raw": True, "session": 0, "start": 1},
            ).reply
            assert any("kept by the history" in entry[2] for entry in reply["history"])
        with second.kernel(name="python3-cache") as client:
            assert is_replayed(again := client.run("kept = sum(range(1000)); kept")) and again.result == "499500"
        second.stop()
        second.remove()
    finally:
        engine.run("volume", "rm", "--force", volume)


def test_it_drains_when_it_is_stopped(serve):
    gateway = serve()
    kernel_id = gateway.start_kernel()
    client = gateway.client(kernel_id)
    client.run("import os, time")
    cell = client.send_execute("print('on', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)\n'done'")
    client.wait_for_output("on", parent=cell)
    codes = []
    stopping = threading.Thread(target=lambda: codes.append(gateway.stop()))
    stopping.start()
    not_ready = "until corncob healthcheck --ready 2>&1 | grep -q 503; do :; done"
    gateway.exec("sh", "-c", not_ready, timeout=60)
    refused = gateway.request("POST", "/api/kernels", json={})
    assert refused.status_code == 503 and "shutting down" in refused.json()["message"]
    gateway.exec("touch", "go")
    assert client.collect(cell).result == "'done'", "what ran has ended as it would have"
    stopping.join()
    assert codes == [0], gateway.logs()
    client.close(check=False)
