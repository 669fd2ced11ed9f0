"""What follows from the run of a reactive cell: all cells that depend on what it has changed run again, each once and
after what it depends on. Each runs as itself: its outputs belong to its own last request."""

import asyncio

from .context import Cell
from .reactive import FAILED, FRESH, NEW, REFUSED, STALE, WAITING
from .reactive_output import Displays, clear
from .tags import Tags


class Wave:
    def __init__(self, reactive, trigger, origin):
        self._reactive, self._graph, self._kernel = reactive, reactive.graph, reactive.kernel
        self._trigger, self._origin = trigger, origin  # the running cell, and its node
        self._done = set() if origin.state in (WAITING, REFUSED) else {origin}
        self._also = set()  # names that have changed by the way
        self._stale_by = {}  # node that has failed -> those that are stale now
        self.ran = []

    def told(self):
        """For the reply's metadata: cells by their ids, or by the numbers of their executions."""
        nodes = {"ran": self.ran, "failed": [node for node in self.ran if node.state == FAILED]}
        nodes["stale"] = [node for stale in self._stale_by.values() for node in stale]
        told = {
            word: [node.key if node.strict else node.count for node in nodes[word]] for word in nodes if nodes[word]
        }
        if self._origin.state == WAITING:
            told["waits_for"] = list(self._origin.missing)
        return told

    async def run(self, names, nodes):
        self._done.difference_update(nodes)
        nodes = [*nodes, *self._ready()]
        if not self._graph.affected(names, nodes):
            return
        async with self._reactive.turns:
            try:
                await self._run(self._graph.affected(names, nodes))
            finally:
                self._tell_of_stale()

    async def _run(self, following):
        while True:
            for place, node in enumerate(following):
                if node in self._done or self._graph.nodes.get(node.key) is not node:
                    continue
                try:
                    await self._visit(node)
                except BaseException:
                    for left in following[place + 1 :]:
                        if left not in self._done:
                            self._mark_stale(left, node)
                    raise
            names, self._also = self._also | self._reactive.look(), set()
            following = [node for node in self._graph.affected(names, self._ready()) if node not in self._done]
            if not any(self._may_run(node) for node in following):
                return

    def _ready(self):
        """Those that have waited for what is there now."""
        space, waiting = self._reactive.space, list(self._graph.waiting.values())
        waiting = [node for node in waiting if not (node.missing and node.missing[0] not in space)]  # of many, few
        waiting = [node for node in waiting if node not in self._done]
        for node in waiting:
            if node.state == REFUSED:
                self._graph.describe(node, node.names)
                if node.refusal is None:
                    self._graph.settle(node, NEW)
        return [node for node in waiting if self._may_run(node)]

    def _may_run(self, node):
        return node.state != REFUSED and (node.state != WAITING or not self._reactive.missing(node))

    async def _visit(self, node):
        if node.running:  # its client's own run has begun before the change, and is followed by another one
            node.outdated = True
            self._done.add(node)
            return
        if node.source is None:
            self._done.add(node)
            return
        cause = self._graph.unwell(node)
        if missing := self._reactive.missing(node):
            if cause is None or node.state in (WAITING, NEW):
                self._reactive.reset(node, missing, self._trigger)
            else:
                self._mark_stale(node, cause)
        elif cause is not None:
            self._mark_stale(node, cause)
        else:
            self._done.add(node)
            await self._run_again(node)

    async def _run_again(self, node):
        trigger, cell = self._trigger, self._cell_of(node)
        self._graph.settle(node, FRESH)
        self._reactive.begin(node)
        clear(self._kernel, node)
        self.ran.append(node)
        error = await self._run_cell(cell, node.source)
        self._also |= self._reactive.ended(node, cell, error is not None or cell.display_failed)
        cause = trigger.take_cancellation() or cell.take_cancellation()
        if cause is None and isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
            cause = type(error)("while the cells that depend on this one ran")
        if cause is not None:
            raise cause

    async def _run_cell(self, cell, source):
        """Returns the error that it has ended in, which has been shown."""
        cells = self._reactive.cells
        with cells.in_place_of(self._trigger, cell):
            try:
                result = await cells.in_time(cell, Tags(source.metadata), cells.run_source(cell, source))
            except Exception as problem:  # by what is done at its end, e.g. to figures
                self._kernel.shell.showtraceback()
                return problem
        return result.error_before_exec if result.error_before_exec is not None else result.error_in_exec

    def _cell_of(self, node):
        trigger = self._trigger
        cell = Cell(self._kernel, node.request.again(), trigger.allow_stdin)
        cell.line, cell.task, cell.begun = trigger.line, trigger.task, True
        cell.backend = self._kernel.backend
        cell.number, cell.started_at, cell.run_mode = trigger.number, trigger.started_at, "react"
        cell.within, cell.again = trigger, node.count
        cell.displays = Displays(self._kernel, node, trigger.request)
        return cell

    # Stale ones.

    def _mark_stale(self, node, cause):
        self._done.add(node)
        failed = cause.blame if cause.state == STALE else cause
        if node.state == STALE or node.state == WAITING and self._reactive.missing(node):
            return
        self._graph.settle(node, STALE)
        node.blame = failed
        self._stale_by.setdefault(failed, []).append(node)

    def _tell_of_stale(self):
        for failed, nodes in self._stale_by.items():
            for node in nodes:
                self._kernel.write(node.request, "stderr", f"Stale: {failed} has failed.\n")
            listed = "".join(f"  {node}\n" for node in nodes)
            self._kernel.write(failed.request, "stderr", f"Stale, because this cell has failed:\n{listed}")


__all__ = ["Wave"]
