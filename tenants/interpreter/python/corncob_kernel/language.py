"""What an editor asks of a kernel: completion, inspection, completeness, history.

Answered on the language thread, beside the running cell. Request and reply contents:
https://jupyter-client.readthedocs.io/en/stable/messaging.html#introspection and the sections after it.
"""

import contextlib
import json
import os
import sys
import threading

from IPython.core import completerlib
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

from . import directory
from .context import Cell, enter_cell
from .jsonable import to_json

_JEDI_SECONDS = 2.0  # how long a completion waits for another kernel's, before it goes without jedi
_jedi = threading.Lock()


def _remember(module_list):
    """What can be imported from an installed directory is listed anew when that changes, not for each completion."""
    remembered = {}
    installed = frozenset(sys.path)

    def list_modules(path):
        if path not in installed or not os.path.isdir(path):
            return module_list(path)
        changed = os.stat(path).st_mtime_ns
        if remembered.get(path, (None,))[0] != changed:
            remembered[path] = changed, module_list(path)
        return list(remembered[path][1])

    return list_modules


def install():
    completerlib.module_list = _remember(completerlib.module_list)


@contextlib.contextmanager
def _jedi_or_not(completer):
    """Jedi is not thread-safe: two at a time miss names. Who holds it for long is stuck in a user's own code, or the
    machine is busy; the others then get what IPython finds by itself, soon."""
    alone = _jedi.acquire(timeout=_JEDI_SECONDS)
    wanted = completer.use_jedi
    completer.use_jedi = wanted and alone
    try:
        yield
    finally:
        completer.use_jedi = wanted
        if alone:
            _jedi.release()


def complete(shell, content):
    code = content["code"]
    cursor = content.get("cursor_pos")
    cursor = len(code) if cursor is None else cursor
    with _jedi_or_not(shell.Completer), provisionalcompleter():
        found = list(rectify_completions(code, shell.Completer.completions(code, cursor)))
    described = [
        {"start": item.start, "end": item.end, "text": item.text, "type": item.type, "signature": item.signature}
        for item in found
    ]
    return {
        "status": "ok",
        "matches": [item.text for item in found],
        "cursor_start": found[0].start if found else cursor,
        "cursor_end": found[0].end if found else cursor,
        "metadata": {"_jupyter_types_experimental": described},
    }


def inspect(shell, content):
    code = content["code"]
    cursor = content.get("cursor_pos")
    name = token_at_cursor(code, len(code) if cursor is None else cursor)
    try:
        data = shell.object_inspect_mime(
            name,
            detail_level=content.get("detail_level", 0),
            omit_sections=content.get("omit_sections", ()),
        )
    except KeyError:
        return {"status": "ok", "found": False, "data": {}, "metadata": {}}
    if not shell.enable_html_pager:
        data.pop("text/html", None)
    return {"status": "ok", "found": True, "data": data, "metadata": {}}


def is_complete(shell, content):
    status, indent = shell.input_transformer_manager.check_complete(content["code"])
    reply = {"status": status}
    if status == "incomplete":
        reply["indent"] = " " * (indent or 0)
    return reply


def history(shell, content):
    manager = shell.history_manager
    kind = content["hist_access_type"]
    raw, output = content.get("raw", True), content.get("output", False)
    if kind == "tail":
        found = manager.get_tail(content.get("n", 10), raw=raw, output=output, include_latest=True)
    elif kind == "range":
        session, start, stop = content.get("session", 0), content.get("start", 0), content.get("stop")
        found = manager.get_range(session, start, stop, raw=raw, output=output)
    elif kind == "search":
        found = manager.search(
            content.get("pattern") or "*",
            raw=raw,
            output=output,
            n=content.get("n"),
            unique=content.get("unique", False),
        )
    else:
        raise ValueError(f"hist_access_type is {kind!r}; it must be tail, range or search")
    return {"status": "ok", "history": list(found)}


_ANSWERS = {
    "complete_request": complete,
    "inspect_request": inspect,
    "is_complete_request": is_complete,
    "history_request": history,
}


def answer(kernel, request, msg_type, content):
    """The reply's content as JSON. Whatever goes wrong, also in a user's own __dir__, is an error reply."""
    enter_cell(Cell(kernel, request))
    try:
        directory.enter(kernel)
        return to_json(_ANSWERS[msg_type](kernel.shell, json.loads(content)))
    except KeyError as missing:
        problem = {"ename": "KeyError", "evalue": f"{msg_type} lacks the field {missing}"}
    except BaseException as failure:
        problem = {"ename": type(failure).__name__, "evalue": str(failure)}
    finally:
        enter_cell(None)
    return to_json({"status": "error", "traceback": [], **problem})
