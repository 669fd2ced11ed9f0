"""jupyter_kernel_test, the field's own test of a kernel: over WebSocket through jupyter_server's gateway client, and
over ZMQ on the process that a kernelspec starts, be it the kernel or one that stands for a kernel of the daemon.
"""

import functools

import jupyter_kernel_test
import pytest
from daemon import Daemon
from gateway_kernels import TokenKernelClient, TokenKernelManager, gateway
from jupyter_client.utils import run_sync
from jupyter_kernel_test import TIMEOUT, ensure_sync, validate_message
from jupyter_server.gateway.managers import ChannelQueue
from kernelspecs import installed
from zmq_clients import connected


class BlockingKernelClient(TokenKernelClient):
    """As jupyter_kernel_test wants it: what waits for a message does so without await."""

    get_shell_msg = run_sync(TokenKernelClient.get_shell_msg)
    get_stdin_msg = run_sync(TokenKernelClient.get_stdin_msg)


async def patient_get(self, *args, timeout=None, **kwargs):
    """The tests give a message a tenth of a second; whether it comes must not depend on the machine."""
    return await self._async_get(timeout=max(timeout or 0, TIMEOUT))


def make_patient(client):
    """The same for a client over ZMQ."""
    for channel in (client.shell_channel, client.iopub_channel):
        channel.get_msg = functools.partial(_wait_longer, channel.get_msg)


def _wait_longer(get_msg, timeout=None):
    return get_msg(timeout=max(timeout or 0, TIMEOUT))


@pytest.fixture(scope="class")
def through_the_gateway(request, tmp_path_factory):
    """A daemon of its own: history belongs to the tenant, and the tests count what is found there."""
    daemon = Daemon(tmp_path_factory.mktemp("daemon") / "daemon.log")
    with gateway(daemon), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChannelQueue, "get_msg", patient_get)
        manager = TokenKernelManager(client_factory=BlockingKernelClient)
        run_sync(manager.start_kernel)()
        client = manager.client()
        run_sync(client.start_channels)()
        request.cls.km, request.cls.kc = manager, client
        yield
        client.stop_channels()
        run_sync(manager.shutdown_kernel)()
    daemon.stop()


class Conformance(jupyter_kernel_test.KernelTests):
    __test__ = False
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('weevils', file=sys.stderr)"
    completion_samples = [
        {"text": "zi", "matches": {"zip"}},
        {"text": "import itertool", "matches": {"itertools"}},
        {"text": "'corn'.isalph", "matches": {"isalpha"}},
        {"text": "%lsmag", "matches": {"%lsmagic"}},
    ]
    complete_code_samples = ["1", "print('hello, world')", "def f(x):\n  return x * 2\n\n\n", "%time 1", "!ls", "x?"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x * 2", "for i in range(3):", "(1,", "%%bash\necho"]
    invalid_code_samples = ["import = 7q", "1 +* 2)"]
    code_page_something = "zip?"
    code_generate_error = "raise"
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n * n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        {"code": "import IPython.display as d; d.HTML('<b>maize</b>')", "mime": "text/html", "result": "<b>maize</b>"},
    ]
    code_display_data = [
        {"code": f"import IPython.display as d; display(d.{value})", "mime": mime}
        for value, mime in [
            ("HTML('<b>maize</b>')", "text/html"),
            ("Math('\\\\frac{1}{2}')", "text/latex"),
            ("Markdown('*maize*')", "text/markdown"),
            ("JSON({'a': 1})", "application/json"),
            ("SVG('<svg/>')", "image/svg+xml"),
            ("Javascript('1')", "application/javascript"),
            ("Pretty('maize')", "text/plain"),
        ]
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    def flush_channels(self):
        """Theirs waits a while; but whatever was on its way has come once a later request is replied to and idle."""
        msg_id = self.kc.kernel_info()
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            mine = busy = None
            while not mine or busy:
                message = ensure_sync(channel.get_msg)(timeout=TIMEOUT)
                validate_message(message)
                mine = message["parent_header"]["msg_id"] == msg_id
                busy = message["content"].get("execution_state") == "busy"

    def test_stdin(self):
        self.flush_channels()
        msg_id = self.kc.execute("input('grain? ')", allow_stdin=True)
        question = self.kc.get_stdin_msg(timeout=TIMEOUT)
        assert question["parent_header"]["msg_id"] == msg_id  # their schema is not the protocol's: a number `password`
        assert question["content"] == {"prompt": "grain? ", "password": False}
        self.kc.input("maize")
        reply = self.get_non_kernel_info_reply(timeout=TIMEOUT)
        validate_message(reply, "execute_reply", msg_id)
        assert reply["content"]["status"] == "ok"

    def test_no_stdin(self):
        self.flush_channels()
        self.kc.execute("input('grain? ')", allow_stdin=False)
        assert self.get_non_kernel_info_reply(timeout=TIMEOUT)["content"]["ename"] == "StdinNotImplementedError"


class OfOneThatIsThere(Conformance):
    """A fixture has given it its client. They start a kernel by its name here, over ZMQ."""

    __test__ = False

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass


@pytest.mark.usefixtures("through_the_gateway")
class TestOverWebsocket(OfOneThatIsThere):
    __test__ = True


@pytest.fixture(scope="module")
def kernelspecs(tmp_path_factory):
    """`corncob`, whose kernels are processes of their own, and `attached`, whose kernels are a running daemon's."""
    prefix, socket = tmp_path_factory.mktemp("prefix"), tmp_path_factory.mktemp("s") / "socket"
    daemon = Daemon(tmp_path_factory.mktemp("daemon") / "daemon.log", ["--attach-socket", str(socket)])
    for mode in ("", "concurrent", "multi"):
        installed(prefix, *filter(None, [mode]), "--attach", "--socket", socket, "--name", f"attached{mode}").undo()
        installed(prefix, *filter(None, [mode])).undo()
    patch = installed(prefix)
    yield
    patch.undo()
    daemon.stop()


@pytest.mark.usefixtures("kernelspecs")
class OverZmq(Conformance):
    __test__ = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_patient(cls.kc)


@pytest.mark.usefixtures("kernelspecs")
class IopubWelcome(jupyter_kernel_test.IopubWelcomeTests):
    __test__ = False
    support_iopub_welcome = True


class TestOverZmq(OverZmq):
    __test__ = True
    kernel_name = "corncob"


class TestIopubWelcome(IopubWelcome):
    __test__ = True
    kernel_name = "corncob"


class TestAttached(OverZmq):
    __test__ = True
    kernel_name = "attached"


class TestAttachedIopubWelcome(IopubWelcome):
    __test__ = True
    kernel_name = "attached"


class TestConcurrent(OverZmq):
    __test__ = True
    kernel_name = "corncob-concurrent"


class TestMulti(OverZmq):
    __test__ = True
    kernel_name = "corncob-multi"


class TestMultiIopubWelcome(IopubWelcome):
    __test__ = True
    kernel_name = "corncob-multi"


class TestAttachedConcurrent(OverZmq):
    __test__ = True
    kernel_name = "attachedconcurrent"


class TestAttachedMulti(OverZmq):
    __test__ = True
    kernel_name = "attachedmulti"


@pytest.fixture(scope="class")
def at_an_endpoint(request, tmp_path_factory):
    """A session of a tenant's endpoint; patient, as the others over ZMQ."""
    directory = tmp_path_factory.mktemp("daemon")
    daemon = Daemon(directory / "daemon.log", config="tenants: {default: {zmq: true}}\n")
    client = connected(directory / "run" / "corncob" / "default" / "kernel.json")
    make_patient(client)
    request.cls.kc = client
    yield
    client.stop_channels()
    daemon.stop()


@pytest.mark.usefixtures("at_an_endpoint")
class TestAtAnEndpoint(OfOneThatIsThere):
    __test__ = True


def test_none_of_theirs_is_left_out():
    """They skip what is not filled in here."""
    prefixes = ("code_", "completion_", "complete_", "incomplete_", "invalid_")
    wanted = [name for name in vars(jupyter_kernel_test.KernelTests) if name.startswith(prefixes)]
    assert wanted and all(getattr(Conformance, name) for name in wanted)
