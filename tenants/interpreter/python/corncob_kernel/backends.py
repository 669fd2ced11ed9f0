"""On which of the two a cell awaits: asyncio, or Trio as a guest of it (trio_guest.py).

A kernel has one by its kernelspec; `# thread backend=…` asks for one, and `%%trio`, `%%asyncio` as a cell's first line.
"""

NAMES = ("asyncio", "trio")
_FIRST_LINES = {f"%%{name}": name for name in NAMES}


def asked_for(raw_cell):
    """By its first line; None: it says nothing."""
    return _FIRST_LINES.get(raw_cell.lstrip().partition("\n")[0].strip())


def without_backend(lines):
    """A cell as it runs."""
    return ["\n", *lines[1:]] if lines and lines[0].strip() in _FIRST_LINES else lines


__all__ = ["NAMES", "asked_for", "without_backend"]
