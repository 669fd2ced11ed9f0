"""The daemon over TLS: the field's clients, replay, and a configuration that is read again at SIGHUP."""

import datetime
import hashlib
import ipaddress
import shutil
import socket
import ssl

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from deadline import eventually
from jupyter_ws import KernelClient
from peers import JupyterServer
from programs import free_port
from test_replay import come_back, drop, lines, printing


class Authority:
    """Signs certificates for an hour, into `folder`."""

    def __init__(self, folder):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._make("authority", self.key, None)
        self.file = self._write("authority.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, name):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._make(name, key, self.certificate)
        plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return (
            self._write(f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
            self._write(f"{name}.key", key.private_bytes(*plain)),
        )

    def _write(self, name, text):
        (self.folder / name).write_bytes(text)
        return str(self.folder / name)

    def _make(self, name, key, issuer):
        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
        )
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only", "crl_sign"), False,
        )  # fmt: skip
        usage = x509.KeyUsage(digital_signature=True, key_cert_sign=issuer is None, **usage)
        return builder.add_extension(usage, critical=True).sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


def over(certificate, key):
    return f"server: {{tls: {{certificate: '{certificate}', key: '{key}'}}}}\n"


@pytest.fixture
def daemon(authority, fresh_daemon):
    daemon = fresh_daemon(config=over(*authority.sign("server")))
    assert daemon.url.startswith("https://")
    daemon.trust(authority.file)
    return daemon


def subject_of(daemon):
    """Of the certificate that a new connection is shown."""
    with (
        socket.create_connection(("127.0.0.1", daemon.port), 10) as plain,
        daemon.tls.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]


def test_a_kernel_over_wss(daemon):
    with daemon.client(daemon.start_kernel()) as client:
        assert client.run("6 * 7").result == "42"
        text = client.run("for i in range(20_000): print('maize' * 20, i)").text()
        assert text.count("\n") == 20_000 and text.endswith("19999\n")
        big = client.run("from IPython.display import display\ndisplay({'text/plain': 'x' * 5_000_000}, raw=True)")
        assert len(big.only("display_data")["data"]["text/plain"]) == 5_000_000


@pytest.mark.parametrize("session", ["same", "another"])
def test_who_comes_back_gets_what_was_missed_and_nothing_twice(daemon, session, tmp_path):
    client, go_on = daemon.client(daemon.start_kernel()), tmp_path / "go on"
    cell = client.send_execute(printing(400, go_on))
    client.wait_for_output("half")
    drop(client)
    with come_back(daemon, client, session) as again:
        go_on.touch()
        assert lines(again.collect(cell).text()) == [str(number) for number in range(400)]


def test_jupyter_server_over_https_with_a_certificate_of_its_own(fresh_daemon, authority, tmp_path):
    certificate, key = authority.sign("server")
    own_certificate, own_key = authority.sign("jupyter")
    daemon = fresh_daemon(
        config=f"server: {{tls: {{certificate: '{certificate}', key: '{key}', client_ca: '{authority.file}'}}}}\n"
    )
    daemon.trust(authority.file)
    daemon.http.cert = own_certificate, own_key
    server = JupyterServer("jupyter_server", daemon, tmp_path, env={
        "JUPYTER_GATEWAY_CA_CERTS": authority.file,
        "JUPYTER_GATEWAY_CLIENT_CERT": own_certificate,
        "JUPYTER_GATEWAY_CLIENT_KEY": own_key,
    })  # fmt: skip
    try:
        started = server.request("POST", "/api/kernels", json={"name": "python3"})
        assert started.status_code == 201, started.text + server.log()
        kernel = started.json()["id"]
        assert daemon.kernel(kernel)["name"] == "python3"
        with KernelClient(server.url, kernel, token=server.token, form="legacy") as client:
            assert client.run("6 * 7").result == "42"
    finally:
        server.stop()


def test_a_plain_request_gets_no_answer(daemon):
    with pytest.raises(requests.ConnectionError):
        requests.get(daemon.url.replace("https", "http") + "/api", timeout=10)


def test_clients_show_certificates_where_that_is_asked(fresh_daemon, authority):
    certificate, key = authority.sign("server")
    port = free_port()
    daemon = fresh_daemon(
        config=f"server: {{tls: {{certificate: '{certificate}', key: '{key}', client_ca: '{authority.file}'}}}}\n"
        f"metrics: {{port: {port}}}\n"
    )
    daemon.trust(authority.file)
    metrics = f"https://127.0.0.1:{port}/metrics"
    for url in (daemon.url + "/api", metrics):
        with pytest.raises(requests.ConnectionError):
            daemon.http.get(url, timeout=10)
    daemon.http.cert = authority.sign("client")
    daemon.tls.load_cert_chain(*daemon.http.cert)
    assert daemon.get("/api/kernels", authorized=False).status_code == 403, "a certificate is no token"
    assert "corncob_build_info" in daemon.http.get(metrics, timeout=10).text
    with daemon.client(daemon.start_kernel()) as client:
        assert client.run("6 * 7").result == "42"


def test_what_is_too_old_is_not_spoken(daemon):
    def version(maximum):
        context = ssl.create_default_context(cafile=daemon.http.verify)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, maximum
        context.set_ciphers("ALL:@SECLEVEL=0")
        with (
            socket.create_connection(("127.0.0.1", daemon.port), 10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            return connection.version()

    assert [version(each) for each in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)] == ["TLSv1.3", "TLSv1.2"]
    for each in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
        with pytest.raises(ssl.SSLError):
            version(each)


# --- SIGHUP


RUNNING = "import time\nprint('begun', flush=True)\nwhile not os.path.exists({path!r}): time.sleep(0.01)\ngrain"


@pytest.fixture
def running(tmp_path):
    """Of a client: a cell that has begun, and runs until its other part is called, which gives its result."""

    def begin(client):
        client.run("import os; grain = 'maize'")
        cell, go_on = client.send_execute(RUNNING.format(path=str(tmp_path / "go on"))), tmp_path / "go on"
        client.wait_for_output("begun", parent=cell)

        def end():
            go_on.touch()
            return client.collect(cell).result

        return end

    return begin


def test_sighup_renews_the_certificate_and_drops_nothing(daemon, authority, running):
    with daemon.client(daemon.start_kernel()) as client:
        end = running(client)
        assert subject_of(daemon) == "server"
        for new, old in zip(authority.sign("renewed"), authority.sign("server"), strict=True):
            shutil.copy(new, old)
        daemon.read_configuration_again()
        eventually(lambda: subject_of(daemon) == "renewed")
        assert end() == "'maize'"
        assert client.run("1 + 1").result == "2"


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def tokens(**known):
    entries = ", ".join(
        f"{{name: {name}, tenant: {name}, rights: [read, execute], sha256: {digest(token)}}}"
        for name, token in known.items()
    )
    return f"auth: {{tokens: [{entries}]}}\n"


def test_sighup_changes_what_it_can_while_cells_run(fresh_daemon, running):
    daemon = fresh_daemon(config=tokens(ada="one") + "tenants: {ada: {quotas: {kernels_max: 1}}}\n")
    path = daemon.log_path.with_suffix(".yaml")

    def ask(token, method="GET"):
        headers = {"Authorization": f"token {token}"}
        return daemon.request(method, "/api/kernels", authorized=False, headers=headers)

    kernel = ask("one", "POST").json()["id"]
    assert ask("one", "POST").status_code == 403
    with daemon.client(kernel, token="one") as client:
        end = running(client)
        path.write_text(
            tokens(ada="two", bob="three") + "tenants: {ada: {zmq: true, quotas: {kernels_max: 2}}}\n"
            "server: {io_threads: 3, port: 1}\nlog: {level: debug, format: json}\nkernels: {cull_interval_seconds: 7}\n"
        )
        daemon.read_configuration_again()
        eventually(lambda: "needs a restart" in daemon.log())
        # --port of the command line goes before the file's, and stays.
        assert "needs a restart: server.io_threads, log.format, tenants.ada.zmq\n" in daemon.log()
        assert (
            "configuration reloaded: changed: kernels.cull_interval_seconds, log.level, auth.tokens, "
            "tenants.ada.quotas.kernels_max\n" in daemon.log()
        )
        assert [ask(token).status_code for token in ("one", "two", "three")] == [403, 200, 200]
        assert [ask("two", "POST").status_code for _ in range(2)] == [201, 403]
        assert end() == "'maize'", "who is connected goes on, whatever has become of the token"
    assert not [line for line in daemon.log().splitlines() if line.startswith("{")], "the log's form needs a restart"


def test_sighup_reads_the_configuration_again_all_or_nothing(fresh_daemon):
    daemon = fresh_daemon(config="log: {level: info}\n")
    path = daemon.log_path.with_suffix(".yaml")
    path.write_text("log: {level: loud}\nserver: {port: 99999}\n")
    daemon.read_configuration_again()
    eventually(lambda: daemon.log().count("configuration not reloaded") == 2)
    path.write_text("log: {level: debug}\nserver: {tls: {certificate: /nowhere.pem, key: /nowhere.pem}}\n")
    daemon.read_configuration_again()
    eventually(lambda: "configuration not reloaded: server.tls.certificate: /nowhere.pem" in daemon.log())
    assert daemon.get("/api/kernels").status_code == 200
    assert "path=/api/kernels" not in daemon.log(), "half of it was taken over"
    path.write_text("log: {level: debug}\nkernels: {prespawn_count: 7}\n")
    daemon.read_configuration_again()
    eventually(lambda: "needs a restart: kernels.prespawn_count" in daemon.log())
    assert "configuration reloaded: changed: log.level" in daemon.log()
    assert daemon.get("/api/kernels").status_code == 200
    eventually(lambda: "path=/api/kernels status=200" in daemon.log())
