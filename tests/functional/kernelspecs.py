"""Kernelspecs of the tests' own, as `corncob install` writes them, for the clients that speak ZMQ."""

import contextlib
import subprocess

import pytest
from daemon import Daemon, binary, clean_environment

RUN_SECONDS = 30


def run_corncob(*arguments, env=None):
    """One command that ends by itself."""
    return subprocess.run(
        [binary(), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=RUN_SECONDS,
        env=clean_environment(env), stdin=subprocess.DEVNULL,
    )  # fmt: skip


def installed(directory, *arguments):
    """While it is open, jupyter_client finds the kernelspec `corncob`, and no file of whoever runs the tests."""
    result = run_corncob("install", *arguments, "--prefix", directory)
    assert result.returncode == 0, result.stderr
    patch = pytest.MonkeyPatch()
    patch.setenv("JUPYTER_PATH", str(directory / "share" / "jupyter"))
    patch.setenv("JUPYTER_DATA_DIR", str(directory / "data"))
    patch.setenv("JUPYTER_RUNTIME_DIR", str(directory / "runtime"))
    patch.setenv("JUPYTER_CONFIG_DIR", str(directory / "config"))
    patch.setenv("IPYTHONDIR", str(directory / "ipython"))
    patch.setenv("XDG_STATE_HOME", str(directory / "state"))
    return patch


def installed_text(directory, modes, name):
    """What `corncob install MODES` writes, under that name."""
    installed(directory, modes).undo()
    return (directory / "share" / "jupyter" / "kernels" / name / "kernel.json").read_text()


@contextlib.contextmanager
def of_processes(make_directory, *modes):
    """The kernelspec `corncob` starts a process, which is the kernel."""
    patch = installed(make_directory("prefix"), *modes)
    try:
        yield
    finally:
        patch.undo()


@contextlib.contextmanager
def of_a_daemon(make_directory, *modes):
    """It starts `corncob attach`: the kernels are a daemon's."""
    socket = make_directory("s") / "socket"
    daemon = Daemon(make_directory("daemon") / "daemon.log", ["--attach-socket", str(socket)])
    try:
        patch = installed(make_directory("prefix"), *modes, "--attach", "--socket", socket)
        try:
            yield
        finally:
            patch.undo()
    finally:
        daemon.stop()


# Ways to make kernels with the kernelspec `corncob`: way(tmp_path_factory.mktemp, *modes), open as long as needed.
WAYS = {"kernel": of_processes, "attach": of_a_daemon}
