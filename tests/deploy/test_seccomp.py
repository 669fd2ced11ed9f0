"""seccomp.json: Docker's default profile and one call more; what it is good for, and what there is without it."""

import json

import pytest
from engine import ROOT
from seccomp_profile import ADDED, CLONE_FS, DEFAULT_DIGEST, digest, text_of, with_clone_fs

PROFILE = ROOT / "deploy/docker/seccomp.json"
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
TRY = "import ctypes; print(ctypes.CDLL(None).unshare({flags}))"


def test_it_is_the_default_and_one_rule_more():
    profile = json.loads(PROFILE.read_text())
    rules = profile["syscalls"]
    assert rules.count(ADDED) == 1
    default = {**profile, "syscalls": [rule for rule in rules if rule != ADDED]}
    assert digest(default) == DEFAULT_DIGEST
    assert PROFILE.read_text() == text_of(with_clone_fs(default)), "as its script writes it"
    assert ADDED["names"] == ["unshare"] and ADDED["args"][0]["value"] == CLONE_FS


def test_another_default_is_seen():
    default = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}
    assert digest(default) != DEFAULT_DIGEST
    assert digest(json.loads(json.dumps(default, indent=3))) == digest(default)


@pytest.fixture(scope="module")
def profile():
    return ["--security-opt", f"seccomp={PROFILE}"]


@pytest.mark.parametrize(
    "flags, allowed",
    [
        (CLONE_FS, True),
        (CLONE_NEWNS, False),
        (CLONE_NEWUSER, False),
        (CLONE_FS | CLONE_NEWUSER, False),
        (CLONE_FS | CLONE_NEWNS, False),
        (0, False),
    ],
)
def test_unshare_does_that_and_nothing_else(engine, corncob, profile, flags, allowed):
    command = ["/opt/corncob/.venv/bin/python", "-c", TRY.format(flags=flags)]
    run = ["run", "--rm", "--network", "none", "--cap-drop", "ALL", "--entrypoint", command[0]]
    assert engine.out(*run, *profile, corncob, *command[1:]) == ("0" if allowed else "-1")
    assert engine.out(*run, corncob, *command[1:]) == "-1", "the default allows none of it"


def test_with_it_each_kernel_has_its_working_directory(serve, profile):
    gateway = serve(flags=profile)
    with gateway.kernel() as one, gateway.kernel() as two:
        one.run("import os; os.chdir('/etc')")
        assert two.value("__import__('os').getcwd()") == "/srv/corncob"
        assert one.value("os.getcwd()") == "/etc"


def test_without_it_a_change_of_directory_is_refused_in_words(serve):
    gateway = serve()
    with gateway.kernel() as client:
        reply = client.execute("import os; os.chdir('/etc')").reply
        assert reply["ename"] == "PermissionError"
        assert "all kernels of this daemon share one working directory" in reply["evalue"]
        assert "seccomp" in reply["evalue"]
        assert client.value("os.getcwd()") == "/srv/corncob"
