"""The cells of a reactive kernel that its clients run. One whose inputs are not there waits; one that changes something
is followed by a wave (reactive_wave.py), which is part of it: of its task, its busy and idle, its interrupt."""

import asyncio
import importlib.util
import itertools
import sys
from dataclasses import replace

from .names import names_of
from .reactive import FAILED, FRESH, REFUSED, WAITING, Graph, ReactiveError
from .reactive_output import Displays, blank
from .reactive_wave import Wave
from .turns import Turns

_MISSING = object()


class Reactive:
    def __init__(self, cells, kernel):
        self.cells, self.kernel = cells, kernel
        self.graph = Graph()
        self.turns = Turns()  # of waves: one at a time
        self._names, self._ids = (), []  # that cells read, and of their values, at the last look

    @property
    def space(self):
        return self.kernel.shell.user_ns

    # A cell that a client asks for.

    async def run(self, cell, source):
        """As Cells.run_source, with all that follows from it."""
        node, changed = self._enter(cell, source)
        names = node.names
        if node.state == REFUSED:
            source = replace(source, problem=(ReactiveError, ReactiveError(node.refusal), None))
        cell.held = node.state == WAITING
        cell.displays = Displays(self.kernel, node)
        node.running += 1
        try:
            result = await self.cells.run_source(cell, source)
        finally:
            node.running -= 1
            cell.end_beginning()
        failed = result.error_before_exec is not None or result.error_in_exec is not None or cell.display_failed
        again = [node] if node.outdated and not node.running else []
        if not node.strict or node.names is names and self.graph.nodes.get(node.key) is node:
            node.count = cell.execution_count
            changed |= self.ended(node, cell, failed)
        else:
            gone, definers = self._undo(node, names)
            changed |= gone
            again += definers
        self.graph.forget_idle(node)
        wave = Wave(self, cell, node)
        try:
            await wave.run(changed | self.look(), again)
        except (asyncio.CancelledError, KeyboardInterrupt) as cut_off:
            raise cell.take_cancellation() or cut_off from None
        finally:
            node.outdated = node.outdated and node.running > 0
            if told := wave.told():
                cell.notes["reactive"] = told
        return result

    def _enter(self, cell, source):
        """Its place in the graph, and the names that nobody defines any more."""
        changed = set()
        gone = source.metadata.get("deletedCells")  # by JupyterLab, since the last request
        for key in gone if isinstance(gone, list) else ():
            changed |= self.graph.remove(str(key))
        node = self.graph.node(source.cell_id or f"code:{source.code}", strict=source.cell_id is not None)
        node.request, node.count = cell.request, self.kernel.shell.execution_count
        before = node.source
        if before is None or before.code != source.code or node.state == REFUSED:
            changed |= self._describe(node, source)
        else:
            node.source = replace(source, store_history=False)  # its tags may be others
        self._forget(changed)
        for other in self.graph.affected(changed):  # at once: this cell must not see what is no longer true
            if other is not node and not other.running and (missing := self.missing(other)):
                self.reset(other, missing, cell)
        if node.source is None:
            self.graph.settle(node, FAILED)
        elif node.refusal is not None:
            self.graph.settle(node, REFUSED)
        elif missing := self.missing(node):
            self.graph.settle(node, WAITING)  # the front end has cleared what it has shown
            changed |= self.reset(node, missing, cell)
        else:
            self.graph.settle(node, FRESH)
            self.begin(node)
        return node, changed

    def _undo(self, node, names):
        """A run has ended of code that is no longer the cell's, or of a cell that is gone: what it has set is not to
        stay. Returns the names that nobody defines, and the cells that define the others."""
        gone = {name for name in names.defined if not self.graph.definers(name)}
        self._forget(gone)
        definers = {each: None for name in sorted(names.defined - gone) for each in self.graph.definers(name)}
        return gone, list(definers)

    def _describe(self, node, source):
        node.code, node.source = source.code, None
        if source.problem is not None:
            return set()
        try:
            names = names_of(source.transformed)
        except (SyntaxError, ValueError):
            return set()
        except (RecursionError, MemoryError):
            told = "Nothing depends on this cell, and it on nothing: its code is nested too deep to be looked into.\n"
            self.kernel.write(node.request, "stderr", told)
            return set()
        node.source = replace(source, store_history=False)
        return self.graph.describe(node, names)

    # Before and after each run of a cell, also of one in a wave.

    def missing(self, node):
        """What it needs and is not there."""
        space, own_builtins = self.space, self.kernel.modules.builtins.__dict__
        return sorted(name for name in node.names.needed if name not in space and name not in own_builtins)

    def begin(self, node):
        """What it may or may not define again is not to be left over from before; but in a console, where it may be
        what the cell counts on: `if more: n = n + 1`."""
        self._forget(node.defined - node.names.certain - (frozenset() if node.strict else node.names.read))

    def reset(self, node, missing, trigger):
        """It waits, as if it had never run."""
        if node.state != WAITING:
            blank(self.kernel, node, trigger.request)
        self.graph.settle(node, WAITING, missing)
        lost = {name for name in node.defined if self.graph.definers(name) == [node]}
        self._forget(lost)
        return lost

    def ended(self, node, cell, failed):
        """Returns the names that it has changed."""
        node.displays = cell.displays.end()
        if node.state in (WAITING, REFUSED):
            return set()
        self.graph.settle(node, FAILED if failed else FRESH)
        for module in node.names.star_imports:
            for name in self._brought_by(module):
                self.graph.define(node, name)
        gone = {name for name in node.names.deleted if name not in self.space}
        for name in gone:
            self.graph.undefine(name, node)
        return gone | node.changes | node.mutated

    def _brought_by(self, module):
        try:
            module = sys.modules[importlib.util.resolve_name(module, self.space.get("__package__") or "")]
            names = getattr(module, "__all__", None)
            names = [name for name in vars(module) if not name.startswith("_")] if names is None else list(names)
        except Exception:  # it has not come, or is an odd one
            return []
        return [name for name in names if name in self.space]

    def _forget(self, names):
        for name in names:
            self.space.pop(name, None)

    def look(self):
        """Names that cells read and that mean something else than at the last look, whoever has done it. After every
        cell, hence without a loop where nothing has changed."""
        names = self.graph.readers()
        ids = list(map(id, map(self.space.get, names, itertools.repeat(_MISSING))))
        if names is self._names and ids == self._ids:
            return set()
        known = dict(zip(self._names, self._ids))
        self._names, self._ids = names, ids
        return {name for name, now in zip(names, ids) if known.get(name, now) != now}


__all__ = ["Reactive"]
