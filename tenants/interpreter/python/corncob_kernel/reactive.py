"""Which cell of a reactive kernel depends on which, by the names that they define and read. Knows no kernel.

A cell with an id of its front end (`strict`) stays the same cell when its code changes, and what it defines is its own:
another such cell that defines the same name is refused, but for imports of the same thing and for names that begin
with an underscore. A cell without one is known by its code. It takes over what others of its kind define, which then
leave the graph, and of what belongs to a strict cell it only changes the value. A cell that would depend on itself is
refused.
"""

import functools
import graphlib
import re
import threading

from .names import Names

# IPython's own, which change with every cell.
_NOBODYS = re.compile(r"_{1,3}|_i{0,3}|_i?\d+|_[dio]h|In|Out|get_ipython|exit|quit")
_SHOWN_CHARACTERS = 40
_STEPS_SHOWN = 5  # of a circle, at its begin and at its end

NEW, FRESH, FAILED = "new", "fresh", "failed"
WAITING = "waiting"  # for names that nobody has defined
REFUSED = "refused"  # because of other cells
STALE = "stale"  # what it shows is old: a cell that it depends on has failed


class ReactiveError(Exception):
    """A cell that cannot be told apart from others, or from what it depends on."""


class Node:
    """A cell."""

    def __init__(self, key, position, strict):
        self.key, self.position, self.strict = key, position, strict
        self.names = Names()
        self.code = ""
        self.source = None  # how it is run; None: its code is no Python
        self.defined = frozenset()  # what belongs to it
        self.changes = frozenset()  # the same, and what it sets of what belongs to others
        self.reads = frozenset()
        self.count = 0  # of its last execution
        self.state = NEW
        self.missing = ()  # names that it waits for
        self.refusal = None
        self.blame = None  # the node because of which it is stale
        self.request = None  # of its last execution; whose outputs the front end shows under it
        self.displays = 0  # that it has shown
        self.running = 0  # times that it runs now, because a client has asked for it
        self.outdated = False  # something that it has read has changed meanwhile

    def __str__(self):
        line = next((line.strip() for line in self.code.splitlines() if line.strip()), "")
        shown = line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"
        return f"[{self.count}] {shown}" + (f" (cell {self.key[:8]})" if self.strict else "")

    @property
    def mutated(self):
        return self.names.mutated & self.reads


def _graphs_own(names):
    return frozenset(name for name in names if not _NOBODYS.fullmatch(name))


def _locked(method):
    @functools.wraps(method)
    def locked(self, *arguments, **options):
        with self._lock:
            return method(self, *arguments, **options)

    return locked


class Graph:
    """Thread-safe; its nodes belong to who runs their cells."""

    def __init__(self):
        self._lock = threading.RLock()
        self.nodes = {}  # key -> Node
        self.waiting = {}  # those that wait or are refused
        self._definers = {}  # name -> {Node: None}
        self._readers = {}
        self._reader_names = None
        self._positions = 0

    # Cells.

    @_locked
    def node(self, key, strict):
        """The cell of that key, a new one where there is none."""
        if key not in self.nodes:
            self._positions += 1
            self.nodes[key] = Node(key, self._positions, strict)
        return self.nodes[key]

    @_locked
    def describe(self, node, names):
        """Its code is now one with these names, unless it is refused. Returns what nobody defines any more."""
        before = node.defined
        self._unlink(node)
        node.names, node.refusal = names, None
        defined = _graphs_own(names.defined)
        node.refusal = self._conflict(node, defined, dict(names.imported)) if node.strict else None
        if node.refusal is None:
            self._link(node, defined, _graphs_own(names.read) - defined)
            if (circle := self._circle(node)) is not None:
                self._unlink(node)
                node.refusal = circle
        return self._orphans(before)

    @_locked
    def define(self, node, name):
        """It has turned out to define that, too."""
        if name not in node.defined and not _NOBODYS.fullmatch(name):
            self._definers.setdefault(name, {})[node] = None
            node.defined |= {name}
            node.changes |= {name}

    @_locked
    def undefine(self, name, by):
        """The cell `by` has deleted it."""
        for node in [node for node in self._definers.get(name, ()) if node is not by]:
            self._definers[name].pop(node)
            node.defined -= {name}
            node.changes -= {name}

    @_locked
    def remove(self, key):
        """The cell is gone. Returns what nobody defines any more."""
        node = self.nodes.get(key)
        if node is None:
            return set()
        before = node.defined
        self._retire(node)
        return self._orphans(before)

    def _retire(self, node):
        self.nodes.pop(node.key, None)
        self.waiting.pop(node.key, None)
        self._unlink(node)

    @_locked
    def settle(self, node, state, missing=()):
        node.state, node.missing = state, tuple(missing)
        if state in (WAITING, REFUSED):
            self.waiting[node.key] = node
        else:
            self.waiting.pop(node.key, None)

    def forget_idle(self, node):
        """If nothing depends on it, and it on nothing, and nobody can change it."""
        if not (node.strict or node.refusal or node.defined or node.reads):
            self.remove(node.key)

    def _orphans(self, names):
        return {name for name in names if not self._definers.get(name)}

    def _unlink(self, node):
        self._reader_names = None
        for index, names in ((self._definers, node.defined), (self._readers, node.reads)):
            for name in names:
                index[name].pop(node, None)
                if not index[name]:
                    del index[name]
        node.defined = node.changes = node.reads = frozenset()

    def _link(self, node, changes, reads):
        self._reader_names = None
        node.changes, node.reads = changes, reads
        node.defined = changes if node.strict else self._take_over(changes)
        for name in node.defined:
            self._definers.setdefault(name, {})[node] = None
        for name in reads:
            self._readers.setdefault(name, {})[node] = None

    def _take_over(self, names):
        """What of it now belongs to a cell that is not strict."""
        owned = set()
        for name in names:
            for other in self.definers(name):
                if other.strict:
                    owned.add(name)
                else:
                    self._retire(other)
        return names - owned

    # What is refused.

    def _conflict(self, node, defined, origins):
        for name in sorted(defined):
            for other in self.definers(name):
                shared = name in origins and origins[name] == dict(other.names.imported).get(name)
                if not other.strict:
                    self._retire(other)
                elif name in other.names.defined and not shared and not name.startswith("_"):
                    return (
                        f"{name!r} is defined by two cells: {other} and {node}. One of them needs another name for it."
                    )
        return None

    def _circle(self, node):
        """The way on which a cell depends on itself, in words."""
        came_from, left = {}, [node]
        while left:
            here = left.pop()
            for following, name in self._edges(here):
                if following is node:
                    way = [(here, name)]
                    while way[0][0] is not node:
                        way.insert(0, came_from[way[0][0]])
                    steps = [f"{step} -({name})-> " for step, name in way]
                    if (hidden := len(steps) - 2 * _STEPS_SHOWN) > 0:
                        steps[_STEPS_SHOWN:-_STEPS_SHOWN] = [f"… {hidden} more … -> "]
                    return f"These cells depend on each other in a circle: {''.join(steps)}{node}."
                if following not in came_from:
                    came_from[following] = (here, name)
                    left.append(following)
        return None

    # What depends on what.

    @_locked
    def readers(self):
        """All names that some cell reads; the same tuple as before, if none has come or gone."""
        if self._reader_names is None:
            self._reader_names = tuple(self._readers)
        return self._reader_names

    @_locked
    def definers(self, name):
        return list(self._definers.get(name, ()))

    def _edges(self, node):
        """(a cell that depends on `node`, by which name)"""
        for name in node.changes:
            for reader in self._readers.get(name, ()):
                if reader is not node:
                    yield reader, name
        for name in node.mutated:
            for reader in self._readers.get(name, ()):
                # Of those that change the same thing, each comes after the earlier ones.
                if reader is not node and (name not in reader.mutated or reader.position > node.position):
                    yield reader, name

    @_locked
    def edges(self):
        """All of them: (node, one that depends on it, by which name)."""
        return [(node, reader, name) for node in self.nodes.values() for reader, name in self._edges(node)]

    @_locked
    def affected(self, names=(), nodes=()):
        """Those that read one of `names`, `nodes` themselves, and all that depends on them, in an order in which each
        comes after what it depends on."""
        found = {node: None for node in nodes}
        for name in names:
            found.update(dict.fromkeys(self._readers.get(name, ())))
        left = list(found)
        following = {}
        while left:
            here = left.pop()
            following[here] = {reader for reader, _ in self._edges(here)}
            for reader in following[here]:
                if reader not in found:
                    found[reader] = None
                    left.append(reader)
        sorter = graphlib.TopologicalSorter({node: () for node in sorted(found, key=lambda node: node.position)})
        for node, readers in following.items():
            for reader in readers:
                sorter.add(reader, node)
        try:
            return list(sorter.static_order())
        except graphlib.CycleError:  # by what a star import has brought
            return sorted(found, key=lambda node: node.position)

    @_locked
    def unwell(self, node):
        """Of those that it depends on, one that has failed or is stale."""
        for name in node.reads:
            for other in self._definers.get(name, ()):
                if other is not node and other.state in (FAILED, STALE):
                    return other
        return None


__all__ = ["FAILED", "FRESH", "NEW", "REFUSED", "STALE", "WAITING", "Graph", "Node", "ReactiveError"]
