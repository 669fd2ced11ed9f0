"""Builds images as this machine reaches its package registries: what it is told of them goes in as build secrets.

`--secret` leaves nothing in an image, and nothing of a machine is in a file of ours. A Dockerfile that wants them says
RUN --mount=type=secret,id=ID (each may be missing): `apt_conf` for APT_CONFIG, `pip_conf` for PIP_CONFIG_FILE, `ca`
(PEM) for PIP_CERT and NODE_EXTRA_CA_CERTS, `ccache_conf` for CCACHE_CONFIGPATH.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from base_image import base_image
from engine import ROOT
from shared_ccache import shared_ccache

CORNCOB_IMAGE = "corncob-test/corncob"
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
APT_SETTINGS = re.compile(r"^Acquire::(https?::|Check-|Retries|AllowInsecure).*$", re.MULTILINE)
PIP_SETTINGS = re.compile(r"(index-url|extra-index-url|trusted-host|proxy|timeout)='(.*)'$")
CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def _output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def site_secrets():
    """What this machine is told about registries, as the text of each secret."""
    found = {"apt_conf": "\n".join(match.group() for match in APT_SETTINGS.finditer(_output("apt-config", "dump")))}
    pip = []
    for line in _output(sys.executable, "-m", "pip", "config", "list").splitlines():
        if match := PIP_SETTINGS.search(line):
            pip.append(f"{match.group(1)} = {match.group(2)}")
    found["pip_conf"] = "\n".join(["[global]", *pip])
    for name in CA_VARIABLES:
        path = Path(os.environ.get(name, "/nowhere"))
        if path.is_file():
            found["ca"] = path.read_text()
            break
    return {name: text + "\n" for name, text in found.items() if text}


def build_image(engine, tag, context, *, dockerfile=None, target=None, args=(), secrets=(), flags=()):
    """`docker build` of a folder, with this machine's network and secrets; what the build printed.

    `args` are the build arguments (BASE_IMAGE is given always), `secrets` go on top of site_secrets(), both maps.
    """
    base = base_image(engine)
    with tempfile.TemporaryDirectory(prefix="corncob-build-") as place:
        command = ["build", "--network", "host", "--tag", tag]
        for name, text in {**site_secrets(), **dict(secrets)}.items():
            path = Path(place) / name
            path.write_text(text)
            command += ["--secret", f"id={name},src={path}"]
        for name, value in {"BASE_IMAGE": base, **dict(args)}.items():
            command += ["--build-arg", f"{name}={value}"]
        command += ["--file", dockerfile] if dockerfile else []
        command += ["--target", target] if target else []
        done = engine.run(*command, *flags, context)
    return done.stdout + done.stderr


def corncob_image(engine, tag=CORNCOB_IMAGE, context=ROOT, args=()):
    """The image of deploy/docker from the sources as they are, by the compiler cache of this machine's own build."""
    with shared_ccache() as configuration:
        secrets = {"ccache_conf": configuration} if configuration else {}
        return build_image(engine, tag, context, dockerfile=DOCKERFILE, secrets=secrets, args=args)


def image_config(engine, image):
    return json.loads(engine.out("image", "inspect", image))[0]
