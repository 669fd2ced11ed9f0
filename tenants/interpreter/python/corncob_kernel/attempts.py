"""To find what a cell has done when it ran before, and else to keep what it does."""

import asyncio
import hashlib
import json
import re
import sys

from . import arrays, audit, figures, purity, settings
from .display import show
from .fingerprints import Surroundings, Walk
from .identities import FRAME, Unfit
from .outcomes import bring, keep
from .recordings import Recording

_FORMAT = "2"  # of keys and outcomes: another one does not find what this one has kept
_OF_IPYTHON = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_ih|_oh|_dh|In|Out|exit|quit|get_ipython|__\w+__")
_MISSING = object()


class Attempt:
    """Of one run of a cell. `is_vouched_for`: by its user, so that it counts as pure."""

    def __init__(self, cache, cell, nodes, cell_name, interactivity, compiler, result, is_vouched_for):
        self._cache, self._kernel, self._cell, self._result = cache, cache.kernel, cell, result
        self._is_vouched_for = is_vouched_for
        text = cache.texts.get(self._kernel.shell, nodes, cell_name, compiler, result.info.transformed_cell)
        around = Surroundings(self._kernel, cache.texts.names_of)
        self._before = around.namespace
        self._code = text.purity
        if not self._is_vouched_for and (why := self._code.why_not(around.namespace, (), _MISSING)):
            raise Unfit(why)
        self._from = around, text.code, (_FORMAT, sys.version, interactivity, text.dump)
        self._walk = Walk(*self._from)
        self.names = Touched(self._walk)
        self._first_key = self._key(self._walk)
        self._second = None  # a walk and a key, or what is wrong with them
        self.beside = []  # what the cells touch that run at the same time

    # What it may or may not set, and does not read, is no input: which it is follows from what it reads. But if it is
    # the same object before and after, nobody knows whether it was set. Then it is taken for one. And of what is not
    # there before and after, nobody knows whether it was deleted. That it is not there counts, then.

    def _key(self, walk):
        told = settings.of_display(self._kernel) + settings.of_packages(walk.packages)
        told += sorted(f"no {name}" for name in self.names.may_delete if name not in self._before)
        return hashlib.sha256(walk.digest() + "\n".join(told).encode("utf-8", "surrogatepass")).digest()

    # A hit.

    def replay(self):
        """False: it is not known what it does."""
        try:
            outcome = self._find()
        except Exception as problem:
            self._cache.tell(f"what was kept of it cannot be brought back: {problem!r}")
            return False
        if outcome is None or self._is_table_seen_elsewhere(outcome["changed"]):
            return False
        for number, kept in outcome["changed"]:
            value, kind, _ = self._walk.objects[number]
            kind.put(value, kept)
        namespace = self._kernel.shell.user_ns
        namespace.update(outcome["set"])
        for name in outcome["deleted"]:
            namespace.pop(name, None)
        if outcome["annotations"]:
            namespace.setdefault("__annotations__", {}).update(outcome["annotations"])
        self._show(outcome["shown"], outcome["result"])
        return True

    def _find(self):
        content, walk = self._cache.store.get(self._first_key), self._walk
        if content is None:
            more = [name for name in self.names.may_set if name in self._before]
            try:
                walk = Walk(*self._from, more) if more else walk
                self._second = walk, self._key(walk)
            except Exception as problem:
                self._second = problem
            else:
                content = self._cache.store.get(self._second[1]) if more else None
        if content is None:
            return None
        self._walk = walk
        return bring(content, walk, self._kernel.shell.user_ns)

    def _is_table_seen_elsewhere(self, changed):
        """Whether a table that is to be changed shares its memory with an array: it would not see the change."""
        if not any(self._walk.objects[number][1] is FRAME for number, _ in changed):
            return False
        values = list(self._before.values())
        owners = [id(arrays.memory_of(value)) for value in values if arrays.is_array(type(value))]
        return not self._walk.frames_memory.isdisjoint(owners)

    def _show(self, shown, result):
        hook, cell = self._kernel.shell.displayhook, self._cell
        if result:
            hook.update_user_ns(result[0])
            hook.fill_exec_result(result[0])
        for what, said in shown:
            if what in ("stdout", "stderr"):
                self._kernel.write(cell.request, what, said)
                continue
            content = json.loads(said)
            if what == "execute_result":
                content["execution_count"] = cell.execution_count
                hook.log_output(content["data"])
            show(self._kernel, what, content)

    # A miss.

    async def record(self, run):
        cell, loop = self._cell, asyncio.get_running_loop()
        try:
            states = purity.States(self._kernel)
        except Exception as problem:
            self._cache.tell(problem)
            return await run()
        tasks = asyncio.all_tasks(loop)
        audit.install()
        recording = cell.recording = Recording()
        try:
            failed = await run()
            if not failed:
                with cell.user_code():
                    figures.show_open_figures(cell)
        finally:
            cell.recording = None
        if failed:
            self._cache.tell("it fails")
            return failed
        try:
            if asyncio.all_tasks(loop) - tasks - set(self._kernel.cells.running):
                raise Unfit("tasks of it go on")
            if (why := self._why_not(recording, states)) is not None:
                raise Unfit(why)
            outcome, key = self._outcome(recording)
            store = self._cache.store
            content = keep(outcome, self._walk, self._kernel.shell.user_ns, store.entry_bytes_max)
            if not store.put(key, content):
                raise Unfit("there is no room for it")
            self._cache.kept += 1
        except Exception as problem:
            self._cache.tell(problem)
        return failed

    def _why_not(self, recording, states):
        if self._cell.payload or self._kernel.shell.exit_now:
            return "it asks something of the front end"
        if self._cell.hits:
            return "it was interrupted"
        if self._is_vouched_for:
            return None
        functions = self._walk.functions[1:]
        namespace = {**self._before, **self._kernel.shell.user_ns}
        return (
            recording.why_not
            or states.why_not()
            or self._code.why_not(namespace, functions, self._result.result, self._walk.met)
        )

    def _outcome(self, recording):
        before, now = self._before, self._kernel.shell.user_ns
        names = {name for name in {*before, *now} if before.get(name, _MISSING) is not now.get(name, _MISSING)}
        names = {name for name in names if not _OF_IPYTHON.fullmatch(name) or name in self._code.names.sets}
        key = self._first_key
        if any(name in before and name not in names for name in self.names.may_set):
            if isinstance(self._second, Exception):
                raise self._second
            self._walk, key = self._second
            names |= self.names.may_set
        names |= self._code.names.certain
        changed = self._walk.changes()
        if self.beside:
            self._check_neighbours(changed)
            names &= self.names.sets
        annotations = dict(now.get("__annotations__") or {}) if "__annotations__" in self._code.names.reads else {}
        outcome = {
            "set": {name: now[name] for name in names if name in now},
            "deleted": [name for name in names if name not in now],
            "changed": [(number, self._kept(number)) for number in changed],
            "annotations": {name: annotations[name] for name in annotations if name in self._code.annotated},
            "shown": recording.kept(),
            "result": () if self._result.result is None else (self._result.result,),
        }
        return outcome, key

    def _kept(self, number):
        value, kind, _ = self._walk.objects[number]
        return kind.keep(value)

    def _check_neighbours(self, changed):
        """Cells that have run at the same time: whose doing is what?"""
        if changed or any(other is None or self.names.meets(other) for other in self.beside):
            raise Unfit("cells have run beside it that touch the same")


class Touched:
    """Which variables a cell, and the functions that it uses, may read and set."""

    def __init__(self, walk):
        cell = walk.functions[0][1]
        users = [names for used, names in walk.functions if used is walk.around.namespace]
        self.sets = {name for names in users for name in names.sets}
        self.may_set = self.sets - cell.certain - {name for names in users for name in names.reads}
        self.may_delete = {name for names in users for name in names.deletes} & self.may_set
        self.all = walk.names
        self._sets_any = cell.star

    def meets(self, other):
        if self._sets_any or other._sets_any:
            return True
        return not (self.sets.isdisjoint(other.all) and other.sets.isdisjoint(self.all))


__all__ = ["Attempt"]
