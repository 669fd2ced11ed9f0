"""execute_request: each field of it, and each kind of output, in both forms of the WebSocket protocol."""

import base64
import re

import pytest

ANSI_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def test_statement_expression_and_count(client, form):
    first = client.execute("x = 20")
    assert first.reply["status"] == "ok" and first.reply["execution_count"] == 1 and first.outputs == []
    assert first.reply["user_expressions"] == {} and first.reply.get("payload") == []
    second = client.execute("x * 2 + 2")
    assert second.only("execute_result")["data"] == {"text/plain": "42"}
    assert second.only("execute_result")["metadata"] == {}
    assert second.reply["execution_count"] == 2
    assert client.run("_ + _2 + In.index('x = 20')").result == "85"


@pytest.mark.parametrize("code", ["", "# nothing", "\n\n", "   "])
def test_empty_cells(client, code):
    assert client.execute(code).outputs == []


def test_streams_in_their_order(client, form):
    exchange = client.run("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\nsys.stdout.write('d')")
    order = "".join(m.content["text"] for m in exchange.of("stream"))
    assert order == "a\nb\nc\nd" and exchange.text("stderr") == "b\n" and exchange.text() == "a\nc\nd"


def test_nothing_of_a_large_output_is_lost(client, form):
    exchange = client.run("for i in range(20000): print(i, flush=True)")
    assert exchange.text() == "".join(f"{i}\n" for i in range(20000))
    assert client.run("print('🌽é' * 500000)").text() == "🌽é" * 500000 + "\n"


def test_text_that_json_must_escape(client, form):
    exchange = client.run(
        r"""print('"\\\x00\x1b[31m\u2028\ud83c\udf3d'.encode('utf-16', 'surrogatepass').decode('utf-16'))"""
    )
    assert exchange.text() == '"\\\x00\x1b[31m\u2028🌽\n'


def test_lone_surrogates_do_not_break_the_connection(client, form):
    client.execute(r"print('\ud800 lone')")
    assert client.run("1 + 1").result == "2"


def test_output_of_a_shell_command(client):
    assert client.run("!echo raw").text().strip() == "raw"
    assert client.run("lines = !echo one; echo two\nlines").result == "['one', 'two']"


def test_silent(client, form):
    client.run("x = 1")
    exchange = client.execute("x = 2; print('heard')\nx", silent=True)
    assert exchange.reply["status"] == "ok" and exchange.of("execute_input", "execute_result") == []
    assert client.run("x").reply["execution_count"] == 2
    assert client.run("In[1:]").result == "['x = 1', 'x', 'In[1:]']"


def test_store_history_false(client, form):
    client.execute("y = 5", store_history=False)
    assert client.run("y").reply["execution_count"] == 1


def test_user_expressions(client, form):
    exchange = client.execute("z = 6", user_expressions={"good": "z * 7", "bad": "1 / 0", "odd": "z +"})
    found = exchange.reply["user_expressions"]
    assert found["good"]["status"] == "ok" and found["good"]["data"] == {"text/plain": "42"}
    assert found["good"]["metadata"] == {}
    assert found["bad"]["status"] == "error" and found["bad"]["ename"] == "ZeroDivisionError"
    assert found["odd"]["ename"] == "SyntaxError" and found["bad"]["traceback"]


def test_error(client, form):
    exchange = client.execute("def husk():\n    raise ValueError('no corn')\nprint('before')\nhusk()\nprint('after')")
    error = exchange.only("error")
    assert (error["ename"], error["evalue"]) == ("ValueError", "no corn")
    text = "\n".join(error["traceback"])
    assert "husk" in text and "no corn" in text and "raise" in text
    assert exchange.text() == "before\n"
    assert exchange.reply["status"] == "error" and exchange.reply["execution_count"] == 1


@pytest.mark.parametrize(
    "code, ename",
    [
        ("x = = 1", "SyntaxError"),
        ("raise ValueError()", "ValueError"),
        ("1/0", "ZeroDivisionError"),
        ("\tx\n  y", "IndentationError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("assert False", "AssertionError"),
        ("%no_such_magic", "UsageError"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_errors_of_many_kinds(client, code, ename):
    exchange = client.execute(code)
    assert exchange.reply["status"] == "error" or ename == "UsageError"
    if exchange.reply["status"] == "error":
        assert exchange.reply["ename"] == ename
    assert client.run("1 + 1").result == "2"


def test_a_recursion_is_told_in_few_lines(client):
    exchange = client.execute("def down(n): return down(n + 1)\ndown(0)")
    told = "\n".join(exchange.reply["traceback"])
    assert "similar frames" in told and len(told) < 5000


def test_an_error_that_has_no_words(client, form):
    exchange = client.execute("class Bad(Exception):\n    def __str__(self): raise ValueError('no')\nraise Bad()")
    assert exchange.reply["ename"] == "Bad" and exchange.reply["evalue"] == "<str() of Bad failed>"
    assert any("raise Bad()" in ANSI_COLOURS.sub("", part) for part in exchange.reply["traceback"])


def failing_before(client, *cells, **fields):
    """The exchanges of a cell that fails once the others are behind it, and of these."""
    client.run("import threading\ngate = threading.Event()")
    first = client.send_execute("gate.wait(); 1/0", **fields)
    others = [client.send_execute(code) for code in cells]
    info = client.request("kernel_info_request")  # answered once the daemon has them
    assert info.reply["status"] == "ok" and not client.exchanges[first].replied
    client.run("# thread\ngate.set()")
    return client.collect(first, *others)


def test_an_error_aborts_what_is_queued(client, form):
    failed, *aborted = failing_before(client, *["print('never')"] * 3)
    assert failed.reply["status"] == "error"
    for exchange in aborted:
        assert exchange.reply["status"] == "aborted" and exchange.outputs == []
    assert client.run("2").result == "2"


def test_an_error_aborts_nothing_where_stop_on_error_is_false(client, form):
    failed, next_one = failing_before(client, "print('goes on')", stop_on_error=False)
    assert failed.reply["status"] == "error" and next_one.text() == "goes on\n"


def test_input_where_stdin_is_not_allowed(client, form):
    for code in ("input('name? ')", "import getpass; getpass.getpass()"):
        exchange = client.execute(code, allow_stdin=False)
        assert exchange.reply["ename"] == "StdinNotImplementedError"


def test_rich_display(client, form):
    exchange = client.run(
        "from IPython.display import HTML, display\n"
        "class Rich:\n    def _repr_html_(self): return '<b>corn</b>'\n    def __repr__(self): return 'corn'\n"
        "display(Rich(), HTML('<i>x</i>'), metadata={'text/html': {'isolated': True}})\n"
        "display({'application/json': {'a': [1]}, 'text/plain': 'json'}, raw=True)\nRich()"
    )
    first, second, third = [m.content for m in exchange.of("display_data")]
    assert first["data"] == {"text/plain": "corn", "text/html": "<b>corn</b>"}
    assert second["data"]["text/html"] == "<i>x</i>" and second["metadata"] == {"text/html": {"isolated": True}}
    assert third["data"]["application/json"] == {"a": [1]}
    assert exchange.only("execute_result")["data"] == {"text/plain": "corn", "text/html": "<b>corn</b>"}


def test_bytes_become_base64(client):
    exchange = client.run("class Png:\n    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(40)\nPng()")
    assert base64.b64decode(exchange.only("execute_result")["data"]["image/png"]) == b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_display_ids(client, form):
    shown = client.run(
        "from IPython.display import display\n"
        "handle = display('one', display_id='cob'); display('two', display_id='cob')"
    )
    assert [m.content["transient"]["display_id"] for m in shown.of("display_data")] == ["cob", "cob"]
    updated = client.run("handle.update('three')").only("update_display_data")
    assert updated["data"]["text/plain"] == "'three'" and updated["transient"] == {"display_id": "cob"}


def test_clear_output(client, form):
    exchange = client.run(
        "import sys\nfrom IPython.display import clear_output\nsay = sys.stdout.write  # in one piece\n"
        "say('a\\n'); clear_output(wait=True); say('b\\n'); clear_output()"
    )
    kinds = [m.msg_type for m in exchange.outputs]
    assert kinds == ["stream", "clear_output", "stream", "clear_output"]
    assert [m.content for m in exchange.of("clear_output")] == [{"wait": True}, {"wait": False}]


def test_payload_of_the_pager(client, form):
    exchange = client.run("len?")
    (page,) = exchange.reply["payload"]
    assert page["source"] == "page" and "items" in page["data"]["text/plain"] and page["start"] == 0


def test_payload_of_the_next_input(client, form):
    exchange = client.run("get_ipython().set_next_input('x = 1', replace=False)")
    assert exchange.reply["payload"] == [{"source": "set_next_input", "text": "x = 1", "replace": False}]
    assert client.run("1").reply["payload"] == []


@pytest.mark.parametrize(
    "code, expected",
    [
        ("import asyncio; await asyncio.sleep(.01); 'awaited'", "'awaited'"),
        ("async def f(): return 3\nawait f()", "3"),
        ("async with __import__('contextlib').AsyncExitStack(): pass\n4", "4"),
        ("[x async for x in g()]", "[1]"),
    ],
)
def test_top_level_await(client, code, expected):
    client.run("async def g():\n    yield 1")
    assert client.run(code).result == expected


def test_tasks_live_on_between_cells(client):
    client.run(
        "import asyncio\nasync def later():\n    await asyncio.sleep(.02)\n    return 'ripe'\n"
        "task = asyncio.create_task(later())"
    )
    assert client.run("await task").result == "'ripe'"


def test_magics(client):
    assert client.run("%timeit -n1 -r1 pass").text().startswith(("1", "2", "3", "4", "5", "6", "7", "8", "9"))
    assert client.run("%%capture caught\nprint('caught')").text() == ""
    assert client.run("caught.stdout").result == "'caught\\n'"
    assert client.run("%who_ls").reply["status"] == "ok"
    assert client.run("%%bash\necho from bash").text() == "from bash\n"


def test_dunder_names(client):
    assert client.run("__name__").result == "'__main__'"
    assert client.run("get_ipython().user_ns is globals()").result == "True"
    assert (
        client.run(
            "import __main__, sys; __main__.get_ipython is get_ipython and sys.modules['__main__'] is __main__"
        ).result
        == "True"
    )


def test_plots_are_images(client):
    exchange = client.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);")
    image = exchange.only("display_data")["data"]["image/png"]
    assert base64.b64decode(image).startswith(b"\x89PNG") and len(image) > 2000
    assert client.run("1").of("display_data") == []


# --- whose output it is


def test_output_of_a_thread_belongs_to_its_cell(client, form):
    client.late_output = True
    client.run("import threading\ngate = threading.Event()\nready = threading.Event()")
    started = client.send_execute(
        "def work():\n    ready.set()\n    gate.wait(10)\n    print('from the thread', flush=True)\n"
        "thread = threading.Thread(target=work); thread.start(); _ = ready.wait(10)"
    )
    client.collect(started)
    second = client.run("print('second', flush=True); gate.set(); thread.join(10)")
    assert "thread" not in second.text() and second.text() == "second\n"
    assert client.exchanges[started].text() == "from the thread\n"


def test_output_of_a_task_belongs_to_its_cell(client):
    client.late_output = True
    client.run("import asyncio\ngate = asyncio.Event()")
    started = client.send_execute(
        "async def work():\n    await gate.wait()\n    print('from the task', flush=True)\n"
        "task = asyncio.create_task(work())"
    )
    client.collect(started)
    second = client.run("print('second'); gate.set(); await task")
    assert second.text() == "second\n"
    assert client.exchanges[started].text() == "from the task\n"


def test_display_from_a_thread(client):
    exchange = client.run(
        "import threading\nfrom IPython.display import display\n"
        "thread = threading.Thread(target=display, args=('shown',)); thread.start(); thread.join()"
    )
    assert exchange.only("display_data")["data"]["text/plain"] == "'shown'"


def test_output_of_an_executor(client):
    exchange = client.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(3) as pool: list(pool.map(lambda i: print('worker', i), range(3)))"
    )
    assert sorted(exchange.text().split("\n")) == ["", "worker 0", "worker 1", "worker 2"]
