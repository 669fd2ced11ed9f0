"""debian:bookworm-slim, made here by debootstrap: nothing is pulled."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from engine import STATE, NoDocker, as_root

BASE_IMAGE = "corncob-test/bookworm-slim"
MIRROR = "http://deb.debian.org/debian"
DEBOOTSTRAP_SECONDS = 900

# What the slim images of Debian lack, and what they set, as those of others do.
SLIM = r"""
set -eu
cd "$1"
rm -rf usr/share/doc/* usr/share/man/* usr/share/info/* usr/share/locale/* var/cache/apt/* var/lib/apt/lists/* var/log/*
printf 'path-exclude %s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' \
    >etc/dpkg/dpkg.cfg.d/docker
echo 'APT::Install-Recommends "false"; Acquire::Languages "none";' >etc/apt/apt.conf.d/docker
printf 'deb %s %s main\n' "$2" bookworm "$2" bookworm-updates "$2-security" bookworm-security >etc/apt/sources.list
rm -f etc/hostname etc/resolv.conf
"""


def base_image(engine):
    """Its name; made when this daemon has none, from an archive that is kept."""
    if not engine.has_image(BASE_IMAGE):
        archive = STATE / "bookworm-slim.tar"
        if not archive.is_file():
            _debootstrap(archive)
        engine.run("import", "--change", 'CMD ["bash"]', archive, BASE_IMAGE)
    return BASE_IMAGE


def _debootstrap(archive):
    program = shutil.which("debootstrap", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not program:
        raise NoDocker("there is no debootstrap here to make debian:bookworm-slim with")
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="corncob-debootstrap-") as place:
        tree, unfinished = Path(place) / "tree", archive.with_suffix(".unfinished")
        steps = (
            [program, "--variant=minbase", "bookworm", tree, MIRROR],
            ["sh", "-c", SLIM, "slim", tree, MIRROR],
            ["tar", "--numeric-owner", "--sort=name", "-C", tree, "-cf", unfinished, "."],
        )
        try:
            for step in steps:
                done = subprocess.run(
                    [*as_root(), *step], capture_output=True, text=True, timeout=DEBOOTSTRAP_SECONDS, check=False
                )
                if done.returncode != 0:
                    raise NoDocker(f"no base image: {step[0]}\n{(done.stdout + done.stderr)[-3000:]}")
            unfinished.rename(archive)
        finally:
            subprocess.run([*as_root(), "rm", "-rf", tree, unfinished], check=False)
