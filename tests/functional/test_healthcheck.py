"""`corncob healthcheck`, and tokens that are files: what a container needs of the binary."""

import signal
import subprocess

import pytest
from daemon import binary, clean_environment
from deadline import eventually
from programs import free_port
from test_tls import Authority

SECONDS = 20


def healthcheck(*flags, env=None):
    return subprocess.run(
        [binary(), "healthcheck", *map(str, flags)], env=clean_environment(env), capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip


def test_of_a_daemon_that_runs(daemon):
    done = healthcheck("--port", daemon.port)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"http://127.0.0.1:{daemon.port}/healthz: ok\n"
    assert healthcheck("--ready", env={"KG_PORT": str(daemon.port)}).returncode == 0


def test_where_nobody_listens():
    port = free_port()
    done = healthcheck("--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"corncob: http://127.0.0.1:{port}/healthz: Connection refused\n"


def test_by_the_daemons_own_file(fresh_daemon, tmp_path):
    port = fresh_daemon("--base-url", "/lab").port
    config = tmp_path / "corncob.yaml"
    config.write_text(f"server: {{port: {port}, base_url: /lab}}\n")
    done = healthcheck(env={"CORNCOB_CONFIG": str(config)})
    assert done.stdout == f"http://127.0.0.1:{port}/lab/healthz: ok\n", done.stderr
    config.write_text("server: {port: many}\n")
    wrong = healthcheck("--config", config)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(f"{config}:1: server.port: 'many' is not a whole number")


def test_of_one_whose_clients_have_another_authority(fresh_daemon, tmp_path):
    """Over TLS: the check shows the daemon's own certificate, which the clients' authority has not signed."""
    (tmp_path / "clients").mkdir()
    certificate, key = Authority(tmp_path).sign("server")
    of_clients = Authority(tmp_path / "clients").file
    tls = f"{{certificate: '{certificate}', key: '{key}', client_ca: '{of_clients}'}}"
    daemon = fresh_daemon(config=f"server: {{tls: {tls}}}\n")
    done = healthcheck("--port", daemon.port, "--config", daemon.log_path.with_suffix(".yaml"))
    assert (done.returncode, done.stdout) == (0, f"{daemon.url}/healthz: ok\n"), done.stderr


def test_one_that_drains_lives_and_is_not_ready(fresh_daemon):
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        cell = client.send_execute("import time; print('on', flush=True); time.sleep(600)")
        client.wait_for_output("on", parent=cell)
        daemon.signal(signal.SIGTERM)
        eventually(lambda: healthcheck("--ready", "--port", daemon.port).returncode == 1)
        done = healthcheck("--ready", "--port", daemon.port)
        assert done.stderr.endswith("/readyz: 503 Service Unavailable\n")
        assert healthcheck("--port", daemon.port).returncode == 0
        client.request("interrupt_request", channel="control")
        assert client.collect(cell).reply["ename"] == "KeyboardInterrupt"
        client.close = lambda check: client.socket.close(timeout=1)
    assert daemon.wait() == 0


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text("of-a-file\n")
    return path


def test_a_token_in_a_file(fresh_daemon, token):
    daemon = fresh_daemon(env={"KG_AUTH_TOKEN_FILE": str(token)})
    assert daemon.token is None, "what came as a secret is not printed"
    shown = {"Authorization": "token of-a-file"}
    assert daemon.get("/api/kernels", headers=shown).status_code == 200
    assert daemon.get("/api/kernels", authorized=False).status_code == 403


@pytest.mark.parametrize(
    "content, said",
    [(None, "cannot be read: No such file or directory"), ("", "is empty"), ("x" * 5000, "is larger than 4096 bytes")],
)
def test_a_file_that_holds_no_token(token, content, said):
    token.unlink()
    if content is not None:
        token.write_text(content)
    environment = clean_environment({"KG_AUTH_TOKEN_FILE": str(token)})
    done = subprocess.run([binary(), "serve", "--port", "0"], env=environment, capture_output=True, text=True,
                          timeout=SECONDS, check=False)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"KG_AUTH_TOKEN_FILE: {token} {said}\n"
