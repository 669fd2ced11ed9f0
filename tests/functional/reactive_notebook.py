"""What a front end shows of a reactive notebook: messages sorted to cells as JupyterLab does it."""

import contextlib

from concurrency import kernel_of


class Notebook:
    """`named`: its cells have ids, as JupyterLab's do."""

    def __init__(self, client, named=True):
        self.client, self.named = client, named
        client.late_output = True  # what runs again has a request as its parent that is over
        self._cells = {}  # id of its last request -> cell
        self.requests = {}
        self._outputs = {}  # cell -> messages
        self._seen = len(client.received)

    def send(self, cell, code, metadata=None, **fields):
        self._cells.pop(self.requests.get(cell), None)
        metadata = {**({"cellId": cell} if self.named else {}), **(metadata or {})}
        self.requests[cell] = msg_id = self.client.send_execute(code, metadata=metadata, **fields)
        self._cells[msg_id] = cell
        self._outputs[cell] = []
        return msg_id

    def execute(self, cell, code, **options):
        exchange = self.client.collect(self.send(cell, code, **options))
        self.absorb()
        return exchange

    def run(self, cell, code, **options):
        """What must succeed; returns what its reply says of other cells."""
        exchange = self.execute(cell, code, **options)
        assert exchange.reply["status"] == "ok", exchange.reply
        return told(exchange)

    def absorb(self):
        for message in self.client.received[self._seen :]:
            self._absorb(message)
        self._seen = len(self.client.received)

    def _absorb(self, message):
        if message.msg_type == "update_display_data":
            for outputs in self._outputs.values():
                for place, shown in enumerate(outputs):
                    if shown.msg_type == "display_data" and _display_id(shown) == _display_id(message):
                        outputs[place] = shown.__class__(
                            **{**vars(shown), "content": {**message.content, "transient": shown.content["transient"]}}
                        )
            return
        cell = self._cells.get(message.parent_id)
        if message.channel != "iopub" or cell is None:
            return
        if message.msg_type == "clear_output":
            self._outputs[cell].clear()
        elif message.msg_type in ("stream", "display_data", "execute_result", "error"):
            self._outputs[cell].append(message)

    def messages(self, cell):
        self.absorb()
        return self._outputs[cell]

    def shown(self, cell):
        """Outputs in few words; printed text in one piece."""
        found = []
        for message in self.messages(cell):
            content = message.content
            if message.msg_type == "stream":
                if found and found[-1][0] == content["name"]:
                    found[-1] = (content["name"], found[-1][1] + content["text"])
                else:
                    found.append((content["name"], content["text"]))
            elif message.msg_type == "error":
                found.append(("error", content["ename"], content["evalue"]))
            else:
                kind = "result" if message.msg_type == "execute_result" else "display"
                found.append((kind, content["data"].get("text/plain")))
        return found

    def result(self, cell):
        [(kind, text)] = self.shown(cell)
        assert kind == "result"
        return text


def _display_id(message):
    return message.content.get("transient", {}).get("display_id")


def told(exchange):
    [reply] = exchange.of("execute_reply")
    return reply.metadata.get("reactive", {})


@contextlib.contextmanager
def notebook_of(daemon, name="python3-react", **options):
    with kernel_of(daemon, name=name) as client:
        yield Notebook(client, **options)
