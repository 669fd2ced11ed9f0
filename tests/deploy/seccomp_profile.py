"""Makes deploy/docker/seccomp.json from Docker's default profile: seccomp_profile.py DEFAULT.json >seccomp.json

The default is `default.json` of the Go module that DEFAULT names; `go mod download -json MODULE@VERSION` tells its
folder. For a newer one, write down its version, and the digest that this script complains about.
"""

import hashlib
import json
import sys
import textwrap
from pathlib import Path

DEFAULT = "github.com/moby/profiles/seccomp@v0.3.0"
DEFAULT_DIGEST = "a894b5730caa168d88da7fffe8ace974ad05fb84547e1766fa879d75d3ac6ba2"
CLONE_FS = 0x200
ALLOWED = "SCMP_ACT_ALLOW"

# A kernel's thread has a working directory of its own. No new namespace comes of it, and no right.
ADDED = {
    "names": ["unshare"],
    "action": ALLOWED,
    "args": [{"index": 0, "value": CLONE_FS, "op": "SCMP_CMP_EQ"}],
    "comment": "CLONE_FS and nothing else",
}
LINE_MAX = 120
INDENT = " " * 4


def digest(profile):
    """Of what it means, however it is written."""
    return hashlib.sha256(json.dumps(profile, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def with_clone_fs(profile):
    return {**profile, "syscalls": [ADDED, *profile["syscalls"]]}


def wrapped(text):
    return textwrap.fill(
        text, LINE_MAX - 1, initial_indent=INDENT, subsequent_indent=INDENT + " ", break_on_hyphens=False
    )


def text_of(profile):
    """As JSON, a rule a paragraph."""
    parts = []
    for key, value in profile.items():
        many = isinstance(value, list)
        items = ",\n".join(wrapped(json.dumps(item)) for item in value) if many else json.dumps(value)
        parts.append(f'  "{key}": ' + (f"[\n{items}\n  ]" if many else items))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    default = json.loads(Path(sys.argv[1]).read_text())
    if digest(default) != DEFAULT_DIGEST:
        sys.exit(f"this is not the profile of {DEFAULT}: its digest is {digest(default)}")
    sys.stdout.write(text_of(with_clone_fs(default)))


if __name__ == "__main__":
    main()
