"""A WebSocket Jupyter client of our own: says precisely what it is told to, and believes nothing.

Every message that arrives is kept; `close()` holds the whole conversation to the invariants of the protocol.
"""

import collections
import contextlib
import datetime
import json
import struct
import time
import uuid
from dataclasses import dataclass, field

import websocket
import wire
from invariants import check_conversation

DEADLINE_SECONDS = 20


class ClosedByServer(Exception):
    def __init__(self, code, reason):
        super().__init__(f"the server closed the WebSocket: {code} {reason}")
        self.code, self.reason = code, reason


class Refused(Exception):
    """The handshake was answered with an HTTP status instead of an upgrade."""

    def __init__(self, status, body):
        super().__init__(f"the server refused the upgrade: {status} {body!r}")
        self.status, self.body = status, body


def _ignore_closed(send_close, *parts):
    """The library answers a close frame before it shows it to us; the server may have gone already."""
    with contextlib.suppress(OSError):
        send_close(*parts)


@dataclass
class Exchange:
    """A request and everything that came with it as parent, in the order of arrival."""

    request: wire.Message
    messages: list = field(default_factory=list)
    replied: bool = False
    idle: bool = False

    def __post_init__(self):
        self.replied = not self.request.msg_type.endswith("_request")

    def add(self, message):
        self.messages.append(message)
        if message.msg_type == "status":
            self.idle |= message.content["execution_state"] == "idle"
        elif message.channel != "iopub" and message.msg_type == self.reply_type:
            self.replied = True

    @property
    def reply_type(self):
        return self.request.msg_type.replace("_request", "_reply")

    def of(self, *msg_types):
        return [message for message in self.messages if message.msg_type in msg_types]

    def only(self, msg_type):
        found = self.of(msg_type)
        assert len(found) == 1, f"{len(found)} messages {msg_type}, expected one: {[str(m) for m in self.messages]}"
        return found[0].content

    @property
    def reply(self):
        found = [m.content for m in self.messages if m.msg_type == self.reply_type and m.channel != "iopub"]
        assert len(found) == 1, f"{len(found)} replies, expected one: {[str(m) for m in self.messages]}"
        return found[0]

    @property
    def outputs(self):
        return [m for m in self.messages if m.channel == "iopub" and m.msg_type not in ("status", "execute_input")]

    def text(self, name="stdout"):
        return "".join(m.content["text"] for m in self.of("stream") if m.content["name"] == name)

    @property
    def result(self):
        return self.only("execute_result")["data"]["text/plain"]

    def finished(self):
        return self.replied and self.idle


class KernelClient:
    """Not thread-safe: one test, one thread. Several clients may be connected to one kernel."""

    def __init__(
        self, url, kernel_id, *, token=None, form="v1", session=None, headers=(), query="", sockopt=(), tls=None
    ):
        self.form = form
        self.begin_conversation(kernel_id, session)
        authorization = [f"Authorization: token {token}"] if token else []
        address = f"{url.replace('http', 'ws', 1)}/api/kernels/{kernel_id}/channels?session_id={self.session}{query}"
        try:
            self.socket = websocket.create_connection(
                address,
                timeout=DEADLINE_SECONDS,
                header=[*authorization, *headers],
                subprotocols=[wire.V1_SUBPROTOCOL] if form == "v1" else [],
                suppress_origin=True,
                skip_utf8_validation=True,
                sockopt=list(sockopt),
                sslopt={"context": tls} if tls else {},
            )
        except websocket.WebSocketBadStatusException as error:
            raise Refused(error.status_code, error.resp_body) from error
        answer_close = self.socket.send_close
        self.socket.send_close = lambda *parts: _ignore_closed(answer_close, *parts)
        expected = wire.V1_SUBPROTOCOL if form == "v1" else None
        assert self.socket.getsubprotocol() == expected

    def begin_conversation(self, kernel_id, session):
        self.kernel_id = kernel_id
        self.session = session or uuid.uuid4().hex
        self.exchanges = {}  # msg_id of ours -> Exchange
        self.foreign = []  # what belongs to other clients, or to nobody
        self.received = []
        self.abandoned = set()  # ids of requests whose end this client does not wait for
        self.late_output = False  # threads and tasks may write after their cell has ended

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(check=kind is None)

    # --- out

    def message(self, msg_type, content=None, channel="shell", metadata=None, buffers=()):
        header = {
            "msg_id": uuid.uuid4().hex,
            "session": self.session,
            "username": "tester",
            "date": datetime.datetime.now(datetime.UTC).isoformat(),
            "msg_type": msg_type,
            "version": "5.4",
        }
        return wire.Message(channel, header, {}, metadata or {}, content or {}, list(buffers))

    def send(self, msg_type, content=None, channel="shell", **parts):
        message = self.message(msg_type, content, channel, **parts)
        self.exchanges[message.msg_id] = Exchange(message)
        self.send_message(message)
        return message.msg_id

    def answer(self, question, value):
        """Replies to an input_request."""
        reply = self.message("input_reply", {"status": "ok", "value": value}, "stdin")
        reply.parent_header = question.header
        self.send_message(reply)

    def send_message(self, message):
        self.send_frame(wire.encode_v1(message) if self.form == "v1" else wire.encode_legacy(message))

    def send_frame(self, frame):
        if isinstance(frame, str):
            self.socket.send(frame)
        else:
            self.socket.send_binary(frame)

    def send_execute(self, code, metadata=None, **fields):
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
            **fields,
        }
        return self.send("execute_request", content, metadata=metadata)

    # --- in

    def receive(self, timeout=DEADLINE_SECONDS):
        """The next message, whosever it is. Raises TimeoutError, or ClosedByServer."""
        message = self.next_message(timeout)
        self.received.append(message)
        mine = self.exchanges.get(message.parent_id)
        mine.add(message) if mine else self.foreign.append(message)
        return message

    def next_message(self, timeout):
        self.socket.settimeout(max(timeout, 0.001))
        try:
            opcode, data = self.socket.recv_data()
        except websocket.WebSocketTimeoutException:
            raise TimeoutError(f"no message in {timeout:.1f} s; so far: {self._tail()}") from None
        except websocket.WebSocketConnectionClosedException:
            raise ClosedByServer(1006, "no close frame") from None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
            raise ClosedByServer(code, data[2:].decode())
        if self.form == "v1":
            assert opcode == websocket.ABNF.OPCODE_BINARY, "v1 knows binary frames only"
            return wire.decode_v1(data)
        return wire.decode_legacy(data.decode() if opcode == websocket.ABNF.OPCODE_TEXT else data)

    def wait_for(self, wanted, timeout=DEADLINE_SECONDS):
        """Reads on until a message satisfies `wanted`, and returns it."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.receive(deadline - time.monotonic())
            if wanted(message):
                return message

    def wait_for_output(self, text, timeout=DEADLINE_SECONDS, parent=None):
        """The way to know that a cell has come to a certain line: it prints there.

        What has come before this call does not count. The text may come in pieces, as many as a print has.
        """
        printed = collections.defaultdict(str)

        def wanted(message):
            if message.msg_type != "stream" or parent not in (None, message.parent_id):
                return False
            stream = message.parent_id, message.content["name"]
            printed[stream] += message.content["text"]
            return text in printed[stream]

        return self.wait_for(wanted, timeout)

    def wait_for_status(self, state, timeout=DEADLINE_SECONDS):
        return self.wait_for(lambda m: m.msg_type == "status" and m.content["execution_state"] == state, timeout)

    def collect(self, *msg_ids, timeout=DEADLINE_SECONDS):
        """Reads until each of these requests has its reply and its idle."""
        deadline = time.monotonic() + timeout
        while not all(self.exchanges[msg_id].finished() for msg_id in msg_ids):
            self.receive(deadline - time.monotonic())
        found = [self.exchanges[msg_id] for msg_id in msg_ids]
        return found[0] if len(found) == 1 else found

    def request(self, msg_type, content=None, channel="shell", timeout=DEADLINE_SECONDS, **parts):
        return self.collect(self.send(msg_type, content, channel, **parts), timeout=timeout)

    def execute(self, code, timeout=DEADLINE_SECONDS, **fields):
        return self.collect(self.send_execute(code, **fields), timeout=timeout)

    def run(self, code, timeout=DEADLINE_SECONDS):
        """Executes what must succeed."""
        exchange = self.execute(code, timeout)
        assert exchange.reply["status"] == "ok", "\n".join(exchange.reply.get("traceback", ["no traceback"]))
        return exchange

    def value(self, expression):
        """The value of an expression of literals, through execute_result's text."""
        return json.loads(self.run(f"import json; json.dumps({expression})").result.strip("'"))

    # --- the end

    def close(self, check=True):
        """`check=False` where the kernel is gone or the test has failed already."""
        try:
            if check:
                self.request("kernel_info_request", channel="control")  # whatever was on its way is here now
                check_conversation(self)
        finally:
            self.socket.close(timeout=1)

    def _tail(self):
        return [str(message) for message in self.received[-8:]]
