"""Cells whose outcome is kept: run once, then replayed where code and inputs are the same, also by another kernel of
the tenant's and by the next daemon.

A cell is kept if it is seen to do nothing but compute (purity.py, audit.py), if its inputs have values that can be told
(fingerprints.py), and if what it has changed can be pickled (outcomes.py). Any other one simply runs; the daemon's log
says why at the level debug, `%cache info` for the last one.
"""

import ast
import asyncio
import hashlib
import json
import re
import sys

import corncob_port

from . import audit, cache_store, figures, purity, settings
from .code_names import Names
from .display import show
from .fingerprints import Surroundings, Walk
from .identities import Unfit
from .outcomes import bring, keep
from .recordings import Recording

_FORMAT = "1"  # of keys and outcomes: another one does not find what this one has kept
_NO_CACHE = re.compile(r"^\s*#\s*nocache\s*$", re.MULTILINE)
_OF_IPYTHON = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_ih|_oh|_dh|In|Out|exit|quit|get_ipython|__\w+__")
_WISHES = {"%%cache": True, "%%nocache": False}  # as the first line of a cell
_MISSING = object()


def without_wish(lines):
    """A cell as it runs."""
    return ["\n", *lines[1:]] if lines and lines[0].strip() in _WISHES else lines


def _wish_of(raw_cell):
    """True: it is to be kept, whatever it is seen to do; False: it is not; None: as the kernel's mode says."""
    if _NO_CACHE.search(raw_cell):
        return False
    return _WISHES.get(raw_cell.lstrip().partition("\n")[0].strip())


class CellCache:
    """Of one kernel; the store is the tenant's."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.names_of = Names()
        self._running = {}  # cell -> what it tries; None: nobody knows what it does
        self.hits = self.kept = self.not_kept = 0
        self.last_reason = None

    @property
    def store(self):
        return cache_store.store_of(self.kernel.port.tenant())

    async def run(self, cell, nodes, cell_name, interactivity, compiler, result, run):
        """As `await run()`, which runs the nodes; or what that would have done."""
        cell.end_beginning()
        attempt = self._attempt(cell, nodes, cell_name, interactivity, compiler, result)
        names = attempt.names if attempt is not None else None
        for other in list(self._running.values()):
            if other is not None:
                other.beside.append(names)
        if attempt is not None:
            attempt.beside = [other and other.names for other in list(self._running.values())]
        self._running[cell] = attempt
        try:
            if attempt is None:
                return await run()
            if attempt.replay():
                self.hits += 1
                cell.replayed = True
                return False
            return await attempt.record(run)
        finally:
            del self._running[cell]

    def _attempt(self, cell, nodes, cell_name, interactivity, compiler, result):
        if _wish_of(result.info.raw_cell) is False:
            self.tell("it asks not to be")
            return None
        try:
            return Attempt(self, cell, nodes, cell_name, interactivity, compiler, result)
        except Exception as problem:  # also of what values do, when they are asked for their parts
            self.tell(problem)
            return None

    def wants(self, cell, result):
        """Whether a cell is tried at all."""
        if cell.in_user_code or result is None or result.info.silent:
            return False
        if result.info.raw_cell.startswith("%cache"):  # who asks is not what it is asked about
            return False
        return self.kernel.cells.modes.cached or _wish_of(result.info.raw_cell) is True

    def lines(self):
        """For who asks what it does."""
        store = self.store
        entries, size = store.size()
        yield f"{entries} cells are kept, {size / 1e6:.1f} of at most {store.bytes_max / 1e6:.1f} MB"
        yield f"in this kernel: {self.hits} replayed, {self.kept} kept, {self.not_kept} not kept"
        if self.last_reason is not None:
            yield f"the last one that was not kept: {self.last_reason}"

    def tell(self, why):
        self.not_kept += 1
        self.last_reason = str(why) if isinstance(why, (str, Unfit)) else f"{type(why).__name__}: {why}"
        corncob_port.debug(f"cache: a cell of kernel {self.kernel.port.kernel_id()} is not kept: {self.last_reason}")


class Attempt:
    """To find what a cell has done when it ran before, and else to keep what it does."""

    def __init__(self, cache, cell, nodes, cell_name, interactivity, compiler, result):
        self._cache, self._kernel, self._cell, self._result = cache, cache.kernel, cell, result
        module = ast.Module(nodes, [])
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self._kernel.shell.autoawait else 0
        with compiler.extra_flags(flags):
            code = compiler(module, cell_name, "exec")
        around = Surroundings(self._kernel, cache.names_of)
        self._before = around.namespace
        self._code = purity.Code(nodes, cache.names_of(code))
        self._is_vouched_for = _wish_of(result.info.raw_cell) is True
        if not self._is_vouched_for and (why := self._code.why_not(around.namespace, (), _MISSING)):
            raise Unfit(why)
        self._from = around, code, (_FORMAT, sys.version, interactivity, ast.dump(module))
        self._walk = Walk(*self._from)
        self.names = Touched(self._walk)
        self._first_key = self._key(self._walk)
        self._second = None  # a walk and a key, or what is wrong with them
        self.beside = []  # what the cells touch that run at the same time

    # What it may or may not set, and does not read, is no input: which it is follows from what it reads. But if it is
    # the same object before and after, nobody knows whether it was set. Then it is taken for one.

    def _key(self, walk):
        told = settings.of_display(self._kernel) + settings.of_packages(walk.packages)
        return hashlib.sha256(walk.digest() + "\n".join(told).encode("utf-8", "surrogatepass")).digest()

    # A hit.

    def replay(self):
        """False: it is not known what it does."""
        try:
            outcome = self._find()
        except Exception as problem:
            self._cache.tell(f"what was kept of it cannot be brought back: {problem!r}")
            return False
        if outcome is None:
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
        audit.install()
        cell, loop = self._cell, asyncio.get_running_loop()
        states, tasks = purity.States(self._kernel), asyncio.all_tasks(loop)
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
        if self._is_vouched_for:
            return None
        functions = self._walk.functions[1:]
        namespace = {**self._before, **self._kernel.shell.user_ns}
        return recording.why_not or states.why_not() or self._code.why_not(namespace, functions, self._result.result)

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
            "annotations": {name: annotations[name] for name in annotations if name in self._code.annotated()},
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
        self.all = walk.names
        self._sets_any = cell.star

    def meets(self, other):
        if self._sets_any or other._sets_any:
            return True
        return not (self.sets.isdisjoint(other.all) and other.sets.isdisjoint(self.all))


__all__ = ["CellCache", "without_wish"]
