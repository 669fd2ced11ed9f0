"""The graph of a reactive kernel, to look at: as text and as SVG."""

from html import escape

from .reactive import FAILED, FRESH, REFUSED, STALE, WAITING

_BOX_WIDTH, _BOX_HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 250, 28, 24, 46, 10  # pixels
_CHARACTERS = 36  # in a box
_COLOURS = {FRESH: "#e8f5e9", FAILED: "#ffcdd2", STALE: "#ffe0b2", WAITING: "#eceff1", REFUSED: "#f8bbd0"}


class GraphView:
    """As it is when it is made."""

    def __init__(self, graph):
        self._nodes = sorted(graph.nodes.values(), key=lambda node: node.position)
        self._edges = graph.edges()

    def _names_between(self):
        """(node, one that depends on it) -> by which names"""
        between = {}
        for node, reader, name in self._edges:
            between.setdefault((node, reader), []).append(name)
        return {pair: ", ".join(sorted(names)) for pair, names in between.items()}

    # Text.

    def __repr__(self):
        between, lines = self._names_between(), []
        for node in self._nodes:
            lines.append(f"{node}: {_state_of(node)}")
            lines += [f"    {names} -> {reader}" for (from_, reader), names in between.items() if from_ is node]
        return "\n".join(lines) or "No cell defines or reads a name yet."

    # SVG.

    def _places(self):
        """node -> (column, row): a row below all that it depends on."""
        rows = {node: 0 for node in self._nodes}
        for _ in self._nodes:  # a way is never longer
            lower = {}
            for node, reader, _ in self._edges:
                lower[reader] = max(lower.get(reader, 0), rows[node] + 1)
            lower = {node: min(row, len(self._nodes)) for node, row in lower.items() if row > rows[node]}
            if not lower:
                break
            rows.update(lower)
        columns, places = {}, {}
        for node in self._nodes:
            column = columns.get(rows[node], 0)
            columns[rows[node]] = column + 1
            places[node] = (column, rows[node])
        return places

    def _repr_svg_(self):
        places = self._places()
        corners = {
            node: (_MARGIN + column * (_BOX_WIDTH + _GAP_X), _MARGIN + row * (_BOX_HEIGHT + _GAP_Y))
            for node, (column, row) in places.items()
        }
        width = max((x for x, _ in corners.values()), default=0) + _BOX_WIDTH + _MARGIN
        height = max((y for _, y in corners.values()), default=0) + _BOX_HEIGHT + _MARGIN
        parts = [
            _line(corners[node], corners[reader], names) for (node, reader), names in self._names_between().items()
        ]
        parts += [_box(node, corner) for node, corner in corners.items()]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="monospace" font-size="11">'
            '<defs><marker id="corncob-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="#607d8b"/></marker></defs>' + "".join(parts) + "</svg>"
        )


def _state_of(node):
    if node.state == WAITING:
        return f"waits for {', '.join(node.missing)}"
    if node.state == REFUSED:
        return f"refused: {node.refusal}"
    if node.state == STALE and node.blame is not None:
        return f"stale: {node.blame} has failed"
    return node.state


def _box(node, corner):
    x, y = corner
    text = str(node)
    shown = text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
    return (
        f'<g><title>{escape(text)}: {escape(_state_of(node))}</title><rect x="{x}" y="{y}" width="{_BOX_WIDTH}" '
        f'height="{_BOX_HEIGHT}" rx="4" fill="{_COLOURS.get(node.state, "#ffffff")}" stroke="#607d8b"/>'
        f'<text x="{x + 8}" y="{y + 18}" fill="#000000">{escape(shown)}</text></g>'
    )


def _line(start, end, names):
    x1, y1 = start[0] + _BOX_WIDTH // 2, start[1] + _BOX_HEIGHT
    x2, y2 = end[0] + _BOX_WIDTH // 2, end[1]
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#607d8b" marker-end="url(#corncob-arrow)"/>'
        f'<text x="{(x1 + x2) // 2 + 4}" y="{(y1 + y2) // 2 + 4}" fill="#607d8b">{escape(names)}</text>'
    )


__all__ = ["GraphView"]
