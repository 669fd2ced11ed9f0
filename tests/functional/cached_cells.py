"""Kernels of mode cache, and whether their cells have run or were replayed."""

import contextlib

from concurrency import kernel_of


def is_replayed(exchange):
    """Told by the metadata of the reply."""
    (reply,) = [message for message in exchange.messages if message.msg_type == "execute_reply"]
    return reply.metadata.get("cache") == "hit"


def shown(exchange):
    """All that a cell has shown, in order, without what differs from run to run."""
    found = []
    for message in exchange.outputs:
        content = {name: value for name, value in message.content.items() if name != "execution_count"}
        if message.msg_type == "stream" and found and found[-1][:2] == ["stream", content["name"]]:
            found[-1][2] += content["text"]
        elif message.msg_type == "stream":
            found.append(["stream", content["name"], content["text"]])
        elif message.msg_type == "error":
            found.append(["error", content["ename"], content["evalue"]])
        else:
            found.append([message.msg_type, content])
    return found


def run_twice(client, code):
    """It runs, and is replayed to the same effect. Returns the second exchange."""
    first, second = client.run(code), client.run(code)
    assert not is_replayed(first), "it was replayed at once"
    assert is_replayed(second), client.run("%cache info").text()
    assert shown(first) == shown(second), (shown(first), shown(second))
    return second


def never(client, code):
    """It runs every time. Returns why it is not kept."""
    exchanges = [client.run(code) for _ in range(3)]
    assert not any(map(is_replayed, exchanges))
    return client.run("%cache info").text().splitlines()[-1].partition("was not kept: ")[2]


@contextlib.contextmanager
def cached(daemon, **body):
    """A client of a kernel of mode cache, of a tenant that has nothing kept."""
    with kernel_of(daemon, **{"name": "python3-cache", **body}) as client:
        client.run("%cache clear")
        yield client


@contextlib.contextmanager
def kernel_beside(client, daemon, **body):
    """Another kernel of the same tenant, which knows nothing but what is kept."""
    with kernel_of(daemon, **{"name": "python3-cache", **body}) as other:
        yield other
