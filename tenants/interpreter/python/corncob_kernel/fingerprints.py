"""A fingerprint of what a cell reads: of values, not of objects, the same in another process with another hash seed.

The walk goes through all that is reachable from the values, in an order that depends on nothing but them. What has an
identity gets a number on the way: where two walks give the same fingerprint, the same number means the same object. So
a cell's outcome can be kept in terms of what it was given (outcomes.py).

Functions and classes of cells count by their code, closure and the globals they use, those of installed packages by
name and version. Sets count without an order; dictionaries have one, which can be seen.
"""

import functools
import hashlib
import importlib.metadata
import sys
import types

from . import arrays
from .identities import ARRAY, Unfit
from .modules import is_private
from .visits import ATOMS, VISITS, atom, visit_of
from .visits_of_code import number_codes, read_global, used_globals

_OBJECTS_MAX = 300_000  # beyond, to walk takes longer than most cells do


class Surroundings:
    """Of a walk: what names mean, and what is known of a kernel's own modules."""

    def __init__(self, kernel, names_of):
        self.user_ns = kernel.shell.user_ns
        self.namespace = dict(self.user_ns)  # as it is before the cell
        self.names_of = names_of
        self._own_modules = kernel.modules.loaded

    def is_private(self, module_name):
        if module_name == "__main__":
            return True
        module = self._own_modules.get(module_name)
        if not isinstance(module, types.ModuleType):
            return False
        spec = module.__spec__
        return is_private(spec) if spec is not None else not module_name.startswith("_cython_")

    def globals_of(self, function):
        used = function.__globals__
        return self.namespace if used is self.user_ns else used


class Walk:
    """Through all that the code of a cell reads, and what `more` names mean. `words`: what else it depends on."""

    def __init__(self, surroundings, code, words, more=()):
        self._from = surroundings, code, words, more
        self.around = surroundings
        self._digest = hashlib.sha256()
        self._visited = 0
        self.inside = 0  # a value whose parts have no identity of their own
        self._visits = {}  # of the types that were met
        self.objects = []  # (value, kind, state)
        self.numbers = {}  # id -> place in `objects`
        self.fingerprints = {}  # id -> of those that are compared by it
        self.codes = {}  # code -> its number
        self.functions = []  # (globals, CodeNames) of the cell, and of all that were met
        self.names = set()  # of the user's namespace, that functions refer to
        self.met = {}  # id -> (module, name) of what is found in installed modules; of methods, (None, name)
        self.in_libraries = 0  # it goes through what installed code uses, which is not looked into
        self.packages = set()
        self.owners = {}  # id of the owner of memory -> id of the array that uses it
        self.frames_memory = set()  # ids of owners
        self.text(*words)
        number_codes(self, code)
        used_globals(self, surroundings.names_of(code), surroundings.namespace)
        for name in sorted(more):
            read_global(self, name, surroundings.namespace)

    def package(self, module_name):
        """That it is used, in its version."""
        top = module_name.partition(".")[0]
        if top not in self.packages:
            self.packages.add(top)
            self.text("package", top, _version_of(top))

    def digest(self):
        return self._digest.digest()

    def changes(self):
        """The numbers of the objects that are not as they were."""
        again, changed = None, []
        for number, (value, kind, state) in enumerate(self.objects):
            if kind.same is None:
                again = again or Walk(*self._from)
                if again.fingerprints.get(id(value)) == self.fingerprints[id(value)]:
                    continue
            elif kind.same(value, state):
                continue
            if kind.put is None or kind is ARRAY and arrays.form_of(value) != state[0]:
                raise Unfit(f"it changes a {type(value).__name__} in place")
            changed.append(number)
        return changed

    # One value.

    def value(self, value):
        kind = type(value)
        if kind in ATOMS:
            return atom(self, value)
        self._visited += 1
        if self._visited > _OBJECTS_MAX:
            raise Unfit(f"its inputs are more than {_OBJECTS_MAX} objects")
        if not self.inside:
            number = self.numbers.get(id(value))
            if number is not None:
                self.text("again", str(number))
                return
        visit = VISITS.get(kind) or self._visits.get(kind)
        if visit is None:
            visit = self._visits[kind] = visit_of(self, value, kind)
        visit(self, value)

    def bytes(self, tag, data):
        self._digest.update(b"%b%d:" % (tag, len(data)))
        self._digest.update(data)

    def text(self, *words):
        for word in words:
            self.bytes(b"t", word.encode("utf-8", "surrogatepass"))

    def meet(self, value, module, name):
        if not self.in_libraries:
            self.met[id(value)] = module, name

    def note(self, value, kind):
        """It has an identity."""
        if not self.inside:
            self.numbers[id(value)] = len(self.objects)
            self.objects.append((value, kind, kind.take(value)))

    def part(self, visit, value):
        """The fingerprint of a part, which goes into the whole."""
        around, self._digest = self._digest, hashlib.sha256()
        try:
            visit(self, value)
            part = self._digest.digest()
        finally:
            self._digest = around
        return part


@functools.lru_cache(maxsize=1024)
def _version_of(package):
    if package in sys.stdlib_module_names:
        return ""
    try:
        return importlib.metadata.version(package)
    except Exception:  # it is named otherwise than its distribution, or not installed
        return str(getattr(sys.modules.get(package), "__version__", ""))


__all__ = ["Surroundings", "Walk"]
