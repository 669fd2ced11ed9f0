"""Figures of kernels that a kernelspec starts, over ZMQ by jupyter_client's blocking client."""

import subprocess
import time
from contextlib import contextmanager

from figures import in_ms
from jupyter_client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from process_usage import pss_mib

SECONDS = 60
DISPLAYS = 5000


def kernelspecs_in(directory, *commands):
    """What finds the kernelspecs that each `corncob install` writes, and ipykernel's own."""
    for command in commands:
        subprocess.run([*command, "--prefix", directory], check=True, stdout=subprocess.DEVNULL)
    return KernelSpecManager(kernel_dirs=[f"{directory}/share/jupyter/kernels"], ensure_native_kernel=True)


class ZmqKernel:
    """A kernel that has answered a first cell, which is what `seconds` took."""

    def __init__(self, kernelspecs, name):
        begin = time.perf_counter()
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=kernelspecs)
        self.manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = BlockingKernelClient(connection_file=self.manager.connection_file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.execute("pass", reply=True, timeout=SECONDS)
        self.seconds = time.perf_counter() - begin
        self.await_subscription()

    def await_subscription(self):
        """iopub is subscribed to some time after it is connected to."""
        while True:
            self.client.kernel_info(reply=True, timeout=SECONDS)
            if self.client.iopub_channel.msg_ready():
                return

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def execute(self, code):
        """To the reply and the idle."""
        msg_id = self.client.execute(code)
        while self.client.get_shell_msg(timeout=SECONDS)["parent_header"].get("msg_id") != msg_id:
            pass
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS)
            is_mine = message["parent_header"].get("msg_id") == msg_id
            if is_mine and message["content"].get("execution_state") == "idle":
                return

    def count_published(self, code):
        """How many messages a cell publishes. They are not decoded: it is the kernel that is measured."""
        msg_id = self.client.execute(code).encode()
        count, socket = 0, self.client.iopub_channel.socket
        while True:
            assert socket.poll(SECONDS * 1000), "no message"
            frames = socket.recv_multipart()
            count += 1
            if b'"idle"' in frames[-1] and any(msg_id in frame for frame in frames):
                return count

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@contextmanager
def kernel(kernelspecs, name):
    started = ZmqKernel(kernelspecs, name)
    try:
        yield started
    finally:
        started.end()


def timed(count, action):
    seconds = []
    for _ in range(count):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return in_ms(seconds)


def start(kernelspecs, name, options):
    """From the wish for a kernel to the reply of its first cell."""
    seconds = []
    for _ in range(options.zmq_starts):
        with kernel(kernelspecs, name) as started:
            seconds.append(started.seconds)
    return in_ms(seconds)


def rtt(kernelspecs, name, options):
    with kernel(kernelspecs, name) as started:
        timed(20, lambda: started.execute("1+1"))
        execute = timed(options.rtts, lambda: started.execute("1+1"))
        info = timed(options.rtts, lambda: started.client.kernel_info(reply=True, timeout=SECONDS))
    return {"execute": execute, "kernel_info": info}


def iopub(kernelspecs, name, options):
    with kernel(kernelspecs, name) as started:
        begin = time.perf_counter()
        count = started.count_published(f"from IPython.display import display\nfor i in range({DISPLAYS}): display(i)")
        seconds = time.perf_counter() - begin
    return {"messages_per_s": round(count / seconds), "lost": max(0, DISPLAYS - count)}


def memory(kernelspecs, name, options):
    """PSS of the kernels' processes, each with one cell run, and what their daemon has grown by, if they have one."""
    daemon = options.daemon_pid
    with kernel(kernelspecs, name):  # what the first kernel of all costs is no kernel's
        pass
    before = pss_mib(daemon) if daemon else 0
    kernels = [ZmqKernel(kernelspecs, name) for _ in range(options.zmq_idle)]
    try:
        grown = pss_mib(daemon) - before if daemon else 0
        return {"MiB_per_kernel": round((sum(pss_mib(each.pid) for each in kernels) + grown) / len(kernels), 3)}
    finally:
        for each in kernels:
            each.end()


FIGURES = {"memory": memory, "start": start, "rtt": rtt, "iopub": iopub}


def measure(kernelspecs, name, options, tell):
    """All the figures; one that fails says so in its place, and the others go on."""
    found = {}
    for figure, take in FIGURES.items():
        try:
            found[figure] = take(kernelspecs, name, options)
        except Exception as error:
            found[figure] = f"failed: {type(error).__name__}: {error}"
        tell(figure)
    return found
