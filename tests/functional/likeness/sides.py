"""The two kernels of a comparison, ipykernel over ZMQ and Corncob over its WebSocket, driven in the same way."""

import json
import os
import queue
import site
import sys
import time

import wire
from daemon import ROOT, clean_environment
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_ws import DEADLINE_SECONDS, Exchange

# Both run the same packages: those of the kernels. What ipykernel itself needs comes behind them from the tests' own.
KERNEL_PYTHON = str(ROOT / ".venv" / "bin" / "python")
CHANNELS = ("iopub", "shell", "stdin", "control")


class Ours:
    """A kernel of the daemon."""

    def __init__(self, daemon, directory):
        self.daemon, self.directory = daemon, str(directory)
        self.kernel_id = daemon.start_kernel(env={"KERNEL_WORKING_DIR": self.directory})
        self.client = daemon.client(self.kernel_id)
        self.client.run(f"%cd -q {self.directory}")  # where the system allows no directory of a kernel's own

    def run(self, step):
        msg_id = self.client.send(step.msg_type, step.content, metadata=step.metadata)
        exchange, talk = self.client.exchanges[msg_id], Talk(step)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not exchange.finished():
            message = self.client.receive(deadline - time.monotonic())
            if message.parent_id == msg_id:
                talk.react(message, self._answer, self._interrupt)
        return exchange

    def _answer(self, request, value):
        reply = self.client.message("input_reply", {"status": "ok", "value": value}, "stdin")
        reply.parent_header = request.header
        self.client.send_frame(wire.encode_v1(reply))

    def _interrupt(self):
        assert self.daemon.post(f"/api/kernels/{self.kernel_id}/interrupt").status_code == 204

    def close(self):
        self.client.close(check=False)
        self.daemon.delete(f"/api/kernels/{self.kernel_id}")


class Theirs:
    """ipykernel as a process of its own."""

    def __init__(self, directory):
        self.directory = str(directory)
        self.manager = KernelManager(**peer(directory))
        self.manager.start_kernel(cwd=self.directory, env=peer_environment(directory))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.run_plain(f"%cd -q {self.directory}")

    def run_plain(self, code):
        return self.client.execute(code, reply=True, timeout=DEADLINE_SECONDS)

    def run(self, step):
        message = self.client.session.msg(step.msg_type, step.content, metadata=step.metadata)
        exchange = Exchange(wire.Message("shell", message["header"], {}, step.metadata, step.content))
        talk = Talk(step)
        self.client.shell_channel.send(message)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not exchange.finished():
            assert time.monotonic() < deadline, f"ipykernel does not finish {step}: {exchange.messages}"
            for received in self._receive():
                if received.parent_id == exchange.request.msg_id:
                    exchange.add(received)
                    talk.react(received, self._answer, self.manager.interrupt_kernel)
        return exchange

    def _receive(self):
        """What has come on any channel; waits a little for the first."""
        for timeout in (0, 0.02):
            for name in CHANNELS:
                try:
                    found = getattr(self.client, f"get_{name}_msg")(timeout=timeout if name == "iopub" else 0)
                except queue.Empty:
                    continue
                parts = json.loads(json.dumps({part: found[part] for part in ("metadata", "content")}, default=str))
                header, parent = (found[part] for part in ("header", "parent_header"))
                yield wire.Message(name, header, parent, parts["metadata"], parts["content"], found["buffers"])
                return

    def _answer(self, request, value):
        self.client.input(value)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


class Talk:
    """What the user does while a step runs."""

    def __init__(self, step):
        self.answers, self.interrupt_at, self.printed = iter(step.answers), step.interrupt_at, ""

    def react(self, message, answer, interrupt):
        if message.msg_type == "input_request":
            answer(message, next(self.answers))
        elif message.msg_type == "stream":
            self.printed += message.content["text"]
            if self.interrupt_at and self.interrupt_at in self.printed:
                self.interrupt_at = None
                interrupt()


def peer(directory):
    """What a kernel manager of jupyter_client's needs to start ipykernel on the kernels' packages."""
    spec = directory / ".peer" / "peer"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [KERNEL_PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "ipykernel", "language": "python"}))
    return {"kernel_name": "peer", "kernel_spec_manager": KernelSpecManager(kernel_dirs=[str(spec.parent)])}


def peer_environment(directory):
    behind = os.pathsep.join([*site.getsitepackages([sys.prefix])])
    return clean_environment({"PYTHONPATH": behind, "IPYTHONDIR": str(directory / ".peer" / "ipython")})
