"""A conversation as text: what two kernels must have in common, and nothing else of it."""

import difflib
import hashlib
import re

# No two runs agree on these: files of cells, addresses of objects, where packages are.
ANYWHERE = {
    r"(<ipython-input-\d+-[0-9a-f]+>|[^\s'\"]*/(ipykernel|corncob)_\d+/\d+\.py|\b\d{6,}\.py)": "<cell>",
    r"0x[0-9a-f]{6,}": "0x<address>",
    r"[^\s'\"]*/site-packages/": "<packages>/",
}
# Parts of messages that ipykernel calls deprecated itself, leftovers of ipyparallel: nobody reads them.
OF_IPYPARALLEL = {"engine_info", "engine", "dependencies_met"}


def story(side, exchanges, vary):
    lines = []
    for exchange in exchanges:
        lines.append(f"== {exchange.request.msg_type} {next(iter(exchange.request.content.values()), '')!r}")
        for channel in ("iopub", "stdin", "shell"):
            messages = [message for message in exchange.messages if message.channel == channel]
            for message in join_streams(messages):
                lines += tell(message)
    text = "\n".join(lines).replace(side.directory, "<directory>")
    for pattern, replacement in {**ANYWHERE, **vary}.items():
        text = re.sub(pattern, replacement, text)
    return text


def join_streams(messages):
    """Printed text in one piece a name, as long as nothing else comes between."""
    joined = []
    for message in messages:
        if message.msg_type != "stream":
            joined.append((message.channel, message.msg_type, message.content, message.metadata))
            continue
        behind = []
        while joined and joined[-1][1] == "stream":
            behind.append(joined.pop())
        texts = {content["name"]: content["text"] for _, _, content, _ in behind}
        texts[message.content["name"]] = texts.get(message.content["name"], "") + message.content["text"]
        joined += [
            (message.channel, "stream", {"name": name, "text": texts[name]}, {}) for name in sorted(texts, reverse=True)
        ]
    return joined


def tell(message):
    channel, msg_type, content, metadata = message
    yield f"{channel} {msg_type}"
    for name, value in sorted(content.items()):
        if name not in OF_IPYPARALLEL:
            yield from tell_value(f"    {name}", value)
    for name, value in sorted(metadata.items()):
        if name not in OF_IPYPARALLEL:
            yield from tell_value(f"    metadata.{name}", "<date>" if name == "started" else value)


def tell_value(name, value):
    if name.strip() == "traceback" and isinstance(value, list):
        value = "\n".join(value)
    if isinstance(value, str) and len(value) > 2000 and not re.search(r"\s", value.strip()):
        yield f"{name}: {len(value)} characters, {hashlib.sha256(value.encode()).hexdigest()}"
    elif isinstance(value, str) and "\n" in value:
        yield f"{name}:"
        yield from (f"{' ' * 8}{line}".replace("\x1b", "\\e") + "¶" for line in value.split("\n"))
    elif isinstance(value, dict) and value:
        for key, item in sorted(value.items()):
            yield from tell_value(f"{name}.{key}", item)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from tell_value(f"{name}[{number}]", item)
    else:
        yield f"{name}: {value!r}"


def expected(text, unlike):
    """ipykernel's story with the intended differences put in."""
    for difference in unlike:
        text, count = re.subn(difference.theirs, difference.ours, text)
        assert count, f"ipykernel does not say {difference.theirs!r} (any more), declared as: {difference.why}"
    return text


def difference(theirs, ours):
    """Nothing if they are alike, else a unified diff."""
    return "\n".join(difflib.unified_diff(theirs.split("\n"), ours.split("\n"), "ipykernel", "corncob", lineterm=""))
