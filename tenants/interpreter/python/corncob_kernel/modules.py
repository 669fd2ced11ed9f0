"""sys.modules and sys.path, one a kernel where it matters.

What is found in the installed environment is one module for all kernels. What a kernel finds elsewhere, in its own
directory or in what it has added to sys.path, is its own: two kernels' utils.py do not meet. CPython's import
machinery and all C code look modules up in one dictionary; its type is changed (corncob_port.retype_modules), so that
what looks like the dictionary's content depends on which kernel's code looks.
"""

import os
import pkgutil
import sys
from importlib.machinery import PathFinder
from types import ModuleType

import corncob_port

from . import privates
from .context import PerKernel, current_cell
from .routed import RoutedDict

_LOAD_UNLOCKED = privates.code_of("load_unlocked")
_GONE = object()  # in Own.loaded: deleted by this kernel's code; the others still have it
_raw = dict.__getitem__
_raw_set = dict.__setitem__
_raw_has = dict.__contains__
_base = frozenset()  # names loaded before any kernel: shared for good
_process_path = sys.path
_shared_roots = ()


class Own:
    """The modules of one kernel, beside those that all share."""

    __slots__ = ("builtins", "loaded", "moving", "path", "public")

    def __init__(self, directory, pythonpath):
        self.loaded = {}  # by full name
        self.builtins = None  # the module that the kernel's code finds as `builtins`
        self.public = set()  # top-level names that are known to mean the shared module
        self.moving = None  # what the import machinery has just popped: (name, whether it was private)
        self.path = _first_path(directory, pythonpath)

    def begin(self, directory, pythonpath):
        """The kernel is told where it is at home; its shell was made before."""
        self.path[:] = _first_path(directory, pythonpath)
        self.public.clear()

    def sees(self, name):
        """Whether the shared module `name` is the one this kernel means: not if it would find another one itself."""
        top = name.partition(".")[0]
        if top in self.public:
            return True
        if finds_own(top):
            return False
        self.public.add(top)
        return True

    def adopt(self, module):
        names = getattr(module, "__dict__", None)
        if names is not None and self.builtins is not None:
            names.setdefault("__builtins__", self.builtins.__dict__)

    def close(self):
        """A module's functions and its dictionary hold each other; they are taken apart by hand."""
        for module in list(self.loaded.values()):
            spec = getattr(module, "__spec__", None)
            if isinstance(module, ModuleType) and (spec is None or is_private(spec)):  # not an alias of a shared one
                module.__dict__.clear()
        self.loaded.clear()
        for entry in self.path:
            if entry not in _process_path:
                sys.path_importer_cache.pop(entry or os.getcwd(), None)


def _first_path(directory, pythonpath):
    """As IPython begins: its own directory comes after the standard library and before what is installed."""
    path = list(_process_path)
    installed = [i for i, entry in enumerate(path) if entry.endswith(("site-packages", "dist-packages"))]
    path.insert(installed[0] if installed else 0, directory)
    path[:0] = [entry for entry in pythonpath.split(os.pathsep) if entry]
    return path


def is_private(spec):
    """Whether what `spec` describes lies outside of the installed environment."""
    if spec.has_location and spec.origin:
        return not spec.origin.startswith(_shared_roots)
    places = spec.submodule_search_locations
    return bool(places) and not all(f"{place}/".startswith(_shared_roots) for place in places)


def is_installed(path):
    """Whether the file is part of the installed environment."""
    return path.startswith(_shared_roots)


def finds_own(top):
    """Whether the running kernel's sys.path leads to a private module `top`."""
    if top in _base:
        return False
    path = sys.path
    for entry in path:
        if entry in _process_path:
            continue
        # Its listing of the directory is cached: this costs one stat.
        finder = pkgutil.get_importer(entry or os.getcwd()) if isinstance(entry, str) else None
        if finder is not None and finder.find_spec(top) is not None:
            spec = PathFinder.find_spec(top, path)
            return spec is not None and is_private(spec)
    return False


def _by_machinery(depth=2):
    return privates.is_import_machinery(sys._getframe(depth))


def _is_importing(frame):
    spec = frame.f_globals.get("__spec__")
    return getattr(spec, "_initializing", False) and not is_private(spec)


def _while_importing(depth=2):
    """Whether the caller is a shared module that is just being imported."""
    return _is_importing(sys._getframe(depth))


def while_importing():
    """Whether the running code was called, however indirectly, by a shared module that is just being imported: what it
    sets up will not be set up again for the next kernel that imports it."""
    frame = sys._getframe(1)
    while frame is not None:
        if _is_importing(frame):
            return True
        frame = frame.f_back
    return False


class RoutedModules(dict):
    """The type of sys.modules. C code that reads past it sees the shared modules, all other code its kernel's."""

    __slots__ = ()

    def __getitem__(self, name):
        cell = current_cell()
        if cell is None:
            return _raw(self, name)
        own = cell.kernel.modules
        found = own.loaded.get(name, own)
        if found is own:
            if name in _base:
                if name == "builtins" and own.builtins and sys._getframe(1).f_builtins is own.builtins.__dict__:
                    return own.builtins
                return _raw(self, name)
            if _raw_has(self, name) and own.sees(name):
                return _raw(self, name)
        elif found is not _GONE:
            return found
        raise KeyError(name)

    def get(self, name, default=None):
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name):
        return self.get(name, _GONE) is not _GONE

    def __setitem__(self, name, module):
        cell = current_cell()
        if cell is None or self._is_for_all(cell.kernel.modules, name, module):
            return _raw_set(self, name, module)
        own = cell.kernel.modules
        if _raw_has(self, name) and _raw(self, name) is module:
            own.loaded.pop(name, None)  # it had been deleted, and is put back
            return
        own.loaded[name] = module
        own.adopt(module)

    def _is_for_all(self, own, name, module):
        moving, own.moving = own.moving, None
        if moving is not None and moving[0] == name:
            return not moving[1]
        if name in own.loaded:
            return False
        if _raw_has(self, name) and _raw(self, name) is module:
            return True
        parent = name.rpartition(".")[0]
        if parent:
            return parent not in own.loaded
        spec = getattr(module, "__spec__", None)
        if getattr(spec, "name", None) == name:
            return not is_private(spec)
        return _while_importing(3)  # a stand-in: a library's for all, a cell's for its kernel

    def __delitem__(self, name):
        cell = current_cell()
        if cell is None:
            return dict.__delitem__(self, name)
        own = cell.kernel.modules
        if own.loaded.get(name, _GONE) is not _GONE:
            del own.loaded[name]
            if _raw_has(self, name) and not _by_machinery():
                own.loaded[name] = _GONE
        elif name not in self:
            raise KeyError(name)
        elif _by_machinery() or _while_importing():
            dict.__delitem__(self, name)
        else:
            own.loaded[name] = _GONE

    def pop(self, name, *default):
        cell = current_cell()
        if cell is None:
            return dict.pop(self, name, *default)
        try:
            module = self[name]
        except KeyError:
            if default:
                return default[0]
            raise
        own = cell.kernel.modules
        private = name in own.loaded
        if _by_machinery():
            # It is put back at once; whoever asks meanwhile had better find it.
            own.moving = (name, private)
        elif private and not _raw_has(self, name):
            del own.loaded[name]
        elif not private and _while_importing():
            dict.pop(self, name)
        else:
            own.loaded[name] = _GONE
        return module

    def copy(self):
        cell = current_cell()
        modules = dict(dict.items(self))
        if cell is None:
            return modules
        own = cell.kernel.modules
        for name in [name for name in modules if name not in _base and not own.sees(name)]:
            del modules[name]
        modules.update(own.loaded)
        return {name: module for name, module in modules.items() if module is not _GONE}

    def __iter__(self):
        return iter(self.copy())

    def __reversed__(self):
        return reversed(self.copy())

    def __len__(self):
        return len(self.copy())

    def keys(self):
        return self.copy().keys()

    def values(self):
        return self.copy().values()

    def items(self):
        return self.copy().items()

    def __repr__(self):
        return repr(self.copy())

    def __or__(self, other):
        return self.copy() | other

    def setdefault(self, name, module=None):
        if name not in self:
            self[name] = module
        return self[name]

    def update(self, *others, **more):
        for name, module in dict(*others, **more).items():
            self[name] = module

    def __ior__(self, others):
        self.update(others)
        return self

    def popitem(self):
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self):
        for name in self:
            del self[name]


def imports_shared(frame):
    """Whether `frame` is part of the import of an installed module. To cut that off would harm all kernels: what is
    half set up stays so, and much C code (numpy's) can be loaded only once a process."""
    while frame is not None:
        if frame.f_code is _LOAD_UNLOCKED and not is_private(frame.f_locals["spec"]):
            return True
        frame = frame.f_back
    return False


def _lock_by_kernel():
    """A kernel that is long about importing its own utils.py holds up nobody who imports another one."""
    lock_of = privates.find("module_lock")
    if lock_of is None:
        return

    def get_module_lock(name):
        cell = current_cell()
        if cell is not None and name not in _base:
            own = cell.kernel.modules
            if name in own.loaded or finds_own(name.partition(".")[0]):
                name = f"{name} of {id(own)}"
        return lock_of(name)

    privates.replace_module_lock(get_module_lock)


def install():
    global _shared_roots
    ways = {way(entry) for entry in sys.path for way in (os.path.abspath, os.path.realpath)}  # also through links
    _shared_roots = tuple(f"{entry}/" for entry in ways)
    if corncob_port.retype_modules(RoutedModules):
        _lock_by_kernel()
    privates.replace("reloading", RoutedDict(PerKernel(dict, {})))  # a name is not always the same module


def close_base():
    """What is loaded by now stays shared, whatever a kernel's directory holds."""
    global _base
    _base = frozenset(dict.keys(sys.modules))


__all__ = ["Own", "close_base", "finds_own", "install", "is_installed", "is_private", "while_importing"]
