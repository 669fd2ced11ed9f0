"""The compiler's work on this machine, lent to builds in containers: a remote storage of ccache, over HTTP on loopback.

The image's build tree is built here too, into `build-image/`. All of it is known to ccache already from ./dev build,
so this takes seconds; with `reshare` each hit is written where the server below reads it. Nothing is lent where nothing
was built.
"""

import contextlib
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import threading

from engine import ROOT, STATE

STORE = STATE / "ccache"
STAMP = STATE / "ccache.stamp"  # of the sources that it was filled from
SOURCES = ("CMakeLists.txt", "CMakePresets.json", ".cmake", "protocol", "config", "tenants", "server")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass


def sources_digest():
    found = hashlib.sha256()
    for name in SOURCES:
        paths = sorted((ROOT / name).rglob("*")) if (ROOT / name).is_dir() else [ROOT / name]
        for path in paths:
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def fill():
    """Puts what the image's build needs into STORE."""
    digest = sources_digest()
    if STAMP.is_file() and STAMP.read_text() == digest:
        return
    shutil.rmtree(STORE, ignore_errors=True)
    STORE.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    environment |= {"CCACHE_REMOTE_STORAGE": f"file:{STORE}", "CCACHE_RESHARE": "true"}
    environment |= {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1", "LANG": "C.UTF-8"}  # as in the Dockerfile
    for command in (["cmake", "--preset", "image"], ["cmake", "--build", "--preset", "image", "--clean-first"]):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{(done.stdout + done.stderr)[-6000:]}"
    STAMP.write_text(digest)


@contextlib.contextmanager
def shared_ccache():
    """The text of a ccache.conf for the build, good as long as the context lasts."""
    if not (ROOT / "build" / "corncob").is_file():
        yield ""
        return
    fill()
    handler = functools.partial(_Quiet, directory=str(STORE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"remote_storage = http://127.0.0.1:{server.server_port}|read-only=true\n"
        finally:
            server.shutdown()
            thread.join()
