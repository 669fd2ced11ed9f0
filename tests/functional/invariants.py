"""What must hold of every conversation with a kernel, whatever a test is about (design: busy/idle, one reply...)."""

REPLIES = {
    "execute",
    "inspect",
    "complete",
    "history",
    "is_complete",
    "comm_info",
    "kernel_info",
    "shutdown",
    "interrupt",
    "connect",
    "create_subshell",
    "delete_subshell",
    "list_subshell",
}
HEADER_FIELDS = ("msg_id", "session", "username", "date", "msg_type", "version")


def check_conversation(client):
    for exchange in client.exchanges.values():
        if exchange.request.msg_id not in client.abandoned:
            check_exchange(exchange, late_output=client.late_output)
    check_messages(client.received)
    for message in client.foreign:
        session = message.parent_header.get("session")
        assert session != client.session, f"answers a request that this client never sent: {message}"


def check_messages(messages):
    ids = [message.msg_id for message in messages]
    assert len(set(ids)) == len(ids), "two messages carry the same msg_id"
    for message in messages:
        absent = [name for name in HEADER_FIELDS if not message.header.get(name)]
        assert not absent, f"header without {absent}: {message.header}"
        assert message.header["version"].startswith("5."), message.header
        assert message.channel in ("shell", "iopub", "control", "stdin"), message


def check_exchange(exchange, late_output=False):
    request, story = exchange.request, "\n  ".join(str(message) for message in exchange.messages)
    context = f"request {request.msg_type} {request.content}:\n  {story}"
    states = [m.content["execution_state"] for m in exchange.of("status")]
    assert states == ["busy", "idle"], f"status {states}, not busy and idle, once each. {context}"
    assert exchange.messages[0].msg_type == "status", f"something comes before busy. {context}"
    for message in exchange.messages:
        for name in ("msg_id", "session", "username", "msg_type"):
            assert message.parent_header.get(name) == request.header[name], f"parent's {name} is wrong. {context}"
    check_reply(exchange, context)
    idle = next(m for m in exchange.of("status") if m.content["execution_state"] == "idle")
    after = exchange.messages[exchange.messages.index(idle) + 1 :]
    assert late_output or not after, f"{[str(m) for m in after]} after idle. {context}"


def check_reply(exchange, context):
    request = exchange.request
    kind = request.msg_type.removesuffix("_request")
    replies = [m for m in exchange.messages if m.channel != "iopub" and m.msg_type != "input_request"]
    if kind not in REPLIES:
        assert not replies, f"a reply to what asks for none. {context}"
        return
    assert [m.msg_type for m in replies] == [f"{kind}_reply"], f"not exactly one reply. {context}"
    assert replies[0].channel == request.channel, f"replied on another channel. {context}"
    order = [m.content.get("execution_state") or m.msg_type for m in exchange.messages]
    assert order.index(f"{kind}_reply") < order.index("idle"), f"idle before the reply. {context}"
    if kind == "execute":
        check_execute(exchange, replies[0].content, context)


def check_execute(exchange, reply, context):
    wanted = exchange.request.content
    assert reply["status"] in ("ok", "error", "aborted"), context
    inputs = exchange.of("execute_input")
    if wanted["silent"] or reply["status"] == "aborted":
        assert not inputs, f"execute_input of a silent or aborted request. {context}"
        return
    assert [m.content["code"] for m in inputs] == [wanted["code"]], f"not exactly one execute_input. {context}"
    assert exchange.messages[1] is inputs[0], f"an output before execute_input. {context}"
    if reply.get("ename") == "KernelEnded":
        return  # cut off by a restart or a shutdown: nothing of the cell's own remains to be told
    if wanted["store_history"] and wanted["code"].strip():  # else ipykernel replies with the count before
        assert inputs[0].content["execution_count"] == reply["execution_count"], f"the counts differ. {context}"
    for result in exchange.of("execute_result"):
        assert result.content["execution_count"] == inputs[0].content["execution_count"], (
            f"the counts differ. {context}"
        )
    states = [m.content.get("execution_state") for m in exchange.messages]
    errors = [m for m in exchange.messages[: states.index("idle")] if m.msg_type == "error"]  # later: it ran again
    told = reply["status"] == "error" and reply["ename"] != "UsageError"  # IPython writes those to stderr
    assert len(errors) == told, f"not one error message per failed cell. {context}"
    for error in errors:
        for name in ("ename", "evalue", "traceback"):
            assert error.content[name] == reply[name], f"error and reply differ in {name}. {context}"
