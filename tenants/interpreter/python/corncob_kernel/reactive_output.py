"""What a reactive cell shows, made so that it can be replaced when the cell runs again.

A front end that goes on listening to requests that are over, as JupyterLab does, is told to clear what it shows and
gets all outputs anew, with the cell's last request as their parent: what one sees is what a run by hand would show.
Others follow display ids alone: for them every display and result of a cell carries one, by the cell and its place
among them, and is sent as `update_display_data` too, with the running request as its parent. That reaches what was
displayed before, and no printed text, error or further display: the protocol has no way to those.
"""

from .jsonable import to_json

_BLANK = {"text/plain": ""}


class Displays:
    """Of one run of a cell. `trigger`: the request that runs it again."""

    def __init__(self, kernel, node, trigger=None):
        self._kernel, self._trigger = kernel, trigger
        self._prefix = f"reactive-{node.key if node.strict else node.position}-"
        self._before = node.displays
        self.count = 0

    def publish(self, msg_type, content):
        own = msg_type in ("display_data", "execute_result") and not content.get("transient", {}).get("display_id")
        if own:
            content = {**content, "transient": {"display_id": f"{self._prefix}{self.count}"}}
            self.count += 1
        self._kernel.publish(msg_type, to_json(content))
        if own and self._trigger is not None:
            self._update(content)

    def _update(self, content):
        shown = {name: content[name] for name in ("data", "metadata", "transient")}
        self._kernel.port.publish(self._trigger, "update_display_data", to_json(shown), b"{}", [])

    def end(self):
        """Displays that there were before and are not now. Returns how many there are."""
        if self._trigger is not None:
            for place in range(self.count, self._before):
                self._update({"data": _BLANK, "metadata": {}, "transient": {"display_id": f"{self._prefix}{place}"}})
        return self.count


def clear(kernel, node):
    kernel.port.publish(node.request, "clear_output", b'{"wait":false}', b"{}", [])


def blank(kernel, node, trigger):
    """It is to show nothing any more."""
    clear(kernel, node)
    Displays(kernel, node, trigger).end()
    node.displays = 0


__all__ = ["Displays", "blank", "clear"]
