"""What a quiet tenant gets while another one is noisy: the same figures without and with each kind of noise."""

import asyncio
import hashlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from figures import in_ms, timed
from gateway_client import Gateway
from noise_maker import KINDS

ALONE, ALL = "alone", "all of it"
MAKER = Path(__file__).with_name("noise_maker.py")
WARM_UP = 20  # round trips that do not count

TOKENS = {name: f"the token of {name}" for name in ("quiet", "noisy")}


def config():
    entries = "".join(
        f"    - {{name: {name}, tenant: {name}, sha256: {hashlib.sha256(token.encode()).hexdigest()}, "
        "rights: [read, execute]}\n"
        for name, token in TOKENS.items()
    )
    return f"auth:\n  tokens:\n{entries}"


def measure(binary, environment, options, tell):
    """By the kind of noise; a daemon each, so that no noise is left over for the next."""
    found = {}
    for name, kinds in {ALONE: "", **{kind: kind for kind in KINDS}, ALL: ",".join(KINDS)}.items():
        with tempfile.TemporaryDirectory(prefix="bench-") as directory:
            found[name] = beside(binary, environment, options, kinds, Path(directory))
        tell(name)
    return found


def beside(binary, environment, options, kinds, directory):
    (directory / "corncob.yaml").write_text(config())
    command = [binary, "serve", "--port", "0", "--log-level", "error", "--config", str(directory / "corncob.yaml")]
    with (directory / "log").open("w") as log:
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    noise = None
    try:
        address = urlsplit(daemon.stdout.readline().strip())
        url = f"http://{address.netloc}{address.path}"
        if kinds:
            noise = subprocess.Popen(
                [sys.executable, str(MAKER), url, TOKENS["noisy"], kinds],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert noise.stdout.readline() == "on\n", "the noise does not begin"
        return asyncio.run(round_trips(url, options))
    finally:
        if noise:
            noise.communicate()
        daemon.send_signal(signal.SIGINT)
        daemon.send_signal(signal.SIGINT)  # at once: the noise would be waited for
        daemon.wait(60)


async def round_trips(url, options):
    async with Gateway(url, TOKENS["quiet"], quickack=True) as gateway:
        kernel = await gateway.ready()
        await timed(WARM_UP, lambda: kernel.execute("1+1"))
        execute = await timed(options.rtts, lambda: kernel.execute("1+1"))
        info = await timed(options.rtts, lambda: kernel.request("kernel_info_request"))
        await kernel.end()
    return {"execute": in_ms(execute), "kernel_info": in_ms(info)}
