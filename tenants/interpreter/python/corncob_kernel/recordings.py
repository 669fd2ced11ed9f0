"""What a cell shows, as it shows it, and whether it may be kept. Filled from the threads of the cell."""

import re

_BYTES_MAX = 1 << 26  # of what is shown; a cell that shows more is not cached
_SHOWING = {"display_data", "update_display_data", "clear_output", "execute_result"}


_MADE_UP = re.compile(rb'"display_id":"[0-9a-f]{32}"')  # for one display alone, by display(..., display_id=True)


class Recording:
    def __init__(self):
        self.why_not = None
        self.shown = []  # (stream, texts), (msg_type, content)
        self._bytes = 0

    def spoil(self, why):
        self.why_not = self.why_not or why

    def write(self, stream, text):
        last = self.shown[-1] if self.shown else None
        if last is not None and last[0] == stream:
            last[1].append(text)
        else:
            self.shown.append((stream, [text]))
        self._count(len(text))

    def show(self, msg_type, content):
        """`content`: JSON."""
        if _MADE_UP.search(content):
            self.spoil("it shows something under an id that is made up")
        self.shown.append((msg_type, content))
        self._count(len(content))

    def note_message(self, msg_type):
        if msg_type not in _SHOWING:
            self.spoil(f"it sends {msg_type}")

    def _count(self, size):
        self._bytes += size
        if self._bytes > _BYTES_MAX:
            self.spoil("it shows too much")
            self.shown.clear()

    def kept(self):
        """(stream, text) and (msg_type, content), in order."""
        return [(what, "".join(said) if isinstance(said, list) else said) for what, said in self.shown]


__all__ = ["Recording"]
