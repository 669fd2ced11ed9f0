"""Whether a cell does or sees anything beside its variables and what it shows, as far as that can be told.

Told after it has run, once a cell and its inputs: from the names that its code and the functions it uses refer to, and
from what it was seen to do (audit.py, and the states that are compared here). `%%cache` and `# nocache` settle the
rest.
"""

import abc
import ast
import builtins
import sys
import types

from . import privates, randomness

ALL = frozenset()  # every name of the module counts, but for those that _HARMLESS says


# The name of a module, and which of its names see or change the world. Files, sockets and programs are seen elsewhere.
_WORLDLY = {
    **dict.fromkeys(
        (
            "time", "random", "secrets", "os", "posix", "sys", "subprocess", "socket", "select", "selectors", "signal",
            "gc", "threading", "_thread", "multiprocessing", "ctypes", "tempfile", "shutil", "glob", "getpass",
            "platform", "locale", "logging", "warnings", "atexit", "contextvars", "faulthandler", "tracemalloc", "comm",
            "ipywidgets", "numpy.random", "resource", "pty", "webbrowser", "linecache", "traceback", "site",
            "joblib", "joblib.parallel", "loky",
        ),
        ALL,
    ),
    "uuid": {"uuid1", "uuid4", "getnode"},
    "posixpath": {"exists", "lexists", "isfile", "isdir", "islink", "ismount", "getsize", "getmtime", "getatime",
                  "getctime", "abspath", "realpath", "expanduser", "expandvars", "relpath", "samefile"},
    "asyncio": {"create_task", "ensure_future", "get_event_loop", "get_running_loop", "new_event_loop", "run",
                "current_task", "all_tasks", "create_subprocess_exec", "create_subprocess_shell", "to_thread"},
    "inspect": {"currentframe", "stack", "trace"},
    "importlib": {"reload", "import_module", "invalidate_caches"},
    "IPython": {"get_ipython", "embed", "start_ipython"},
    "decimal": {"getcontext", "setcontext", "localcontext", "DefaultContext"},
    "numpy": {"random", "seterr", "seterrcall", "setbufsize", "set_printoptions", "printoptions", "errstate"},
    "pandas": {"set_option", "reset_option", "options", "option_context"},
    "matplotlib": {"rcParams", "rc", "rcdefaults", "use", "style", "rc_file", "interactive"},
    "matplotlib.pyplot": {"rcParams", "rc", "rcdefaults", "style", "switch_backend", "ion", "ioff", "xkcd", "pause",
                          "set_cmap", "rc_context", "ginput"},
    "builtins": {"input", "exec", "eval", "compile", "globals", "locals", "vars", "id", "hash", "breakpoint", "exit",
                 "quit", "get_ipython", "__import__", "ainput", "help", "__task__", "__chain_execution__",
                 "__unchain_execution__"},
}  # fmt: skip
_HARMLESS = {
    "time": {"sleep", "struct_time"},
    "os": {"path", "sep", "linesep", "fspath", "PathLike", "curdir", "pardir", "extsep", "pathsep", "name"},
    "sys": {"version", "version_info", "maxsize", "byteorder", "float_info", "int_info", "hash_info", "stdout",
            "stderr", "getsizeof", "implementation", "platform", "maxunicode"},
    "threading": {"Lock", "RLock"},
    "random": {"Random"},
    "numpy.random": {"default_rng", "RandomState", "Generator", "PCG64", "MT19937", "SeedSequence"},
    "traceback": {"format_exc", "format_exception"},
}  # fmt: skip
_ATTRIBUTES = {"now", "today", "utcnow", "call_soon", "call_later", "call_at", "call_soon_threadsafe",
               "run_in_executor"}  # fmt: skip
_NEED_A_SEED = {"default_rng", "RandomState", "Random", "PCG64", "MT19937", "SeedSequence"}
_OF_IPYTHON = {"In", "Out", "_ih", "_oh", "_dh", "get_ipython", "exit", "quit", "__builtins__"}
_DRAWING = "matplotlib.pyplot"  # what is drawn is shown at the end of the cell, and closed


class Code:
    """What the text of a cell says of itself."""

    def __init__(self, nodes, names):
        self.names = names  # CodeNames
        self.annotated = set()  # names
        self._own_annotations = False
        self._changes = []  # names that it sets an attribute or item of
        self._calls = []  # of a name's attribute, for what that does: (name, what is called, whether it is the last)
        self._unseeded = set(_NEED_A_SEED)  # generators of random numbers that it may make of nothing
        calls = []
        for statement in nodes:
            for node in ast.walk(statement):
                self._note(node, statement is nodes[-1])
                if isinstance(node, ast.Call):
                    calls.append((_last_name(node.func), _has_argument(node)))
        self._unseeded -= {name for name, seeded in calls if seeded} - {name for name, seeded in calls if not seeded}

    def _note(self, node, is_in_last):
        if isinstance(node, ast.Name):
            self._own_annotations |= node.id == "__annotations__"
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            self.annotated.add(node.target.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            self._changes.append(_root_of(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            self._calls.append((_root_of(called), ast.unparse(called), is_in_last))

    def why_not(self, namespace, functions, last_value, met=None):
        """Why it is not pure, or None. `namespace`: as it is after it; `functions`: (globals, CodeNames) of those that
        it may call; `last_value`: what it has shown as its result; `met`: what of installed modules is among its
        inputs (Walk.met)."""
        for used, names in ((namespace, self.names), *functions):
            reason = _why_names_are_not(used, names, self._unseeded if names is self.names else _NEED_A_SEED)
            if reason:
                return reason
        hidden = dict(met or {})
        for used, names in ((namespace, self.names), *functions):
            for name in names.reads & used.keys():  # what is done with it, the paths have told
                hidden.pop(id(used[name]), None)
        for module, name in hidden.values():
            is_worldly = _is_worldly(module, name, ()) if name is not None else _WORLDLY.get(module) is ALL
            if is_worldly or name in _ATTRIBUTES:
                return f"it uses {'.'.join(filter(None, (module, name)))}"
        return self._why_statements_are_not(namespace, last_value)

    def _why_statements_are_not(self, namespace, last_value):
        if self._own_annotations:
            return "it uses __annotations__"
        for name in self._changes:
            if isinstance(namespace.get(name), types.ModuleType):
                return f"it changes the module {namespace[name].__name__}"
        for name, called, is_in_last in self._calls:
            module = namespace.get(name)
            if not isinstance(module, types.ModuleType) or (is_in_last and last_value is not None):
                continue
            if module.__name__ not in (_DRAWING, "time") and not called.endswith(_PRINTING):
                return f"it calls {called} for what that does"
        return None


def _has_argument(call):
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return any(not isinstance(part, ast.Constant) or part.value is not None for part in given)


def _last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _root_of(node):
    """The name that a.b.c or a[0].b begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _why_names_are_not(used, names, unseeded):
    for path in names.paths:
        reason = _why_path_is_not(used, path, unseeded)
        if reason is None and path[0] in names.bound:  # and maybe to something else by now
            reason = _why_path_is_not({path[0]: sys.modules.get(names.bound[path[0]])}, path, unseeded)
        if reason:
            return reason
    for module, name in names.imported:
        if _is_worldly(module, name, unseeded):
            return f"it uses {module}.{name}"
    for path in names.set_paths:
        if isinstance(_follow(used, path[:-1])[0], types.ModuleType):
            return f"it sets {'.'.join(path)}"
    for module in names.imports:
        if _WORLDLY.get(module) is ALL and (module not in _HARMLESS or module in names.hidden_imports):
            return f"it uses {module}"
    return None


def _follow(used, path):
    """The first object on the way that is no module, or the last module; and the names that are left."""
    name, *rest = path
    if name not in used:
        return builtins, list(path)
    value = used[name]
    while rest and isinstance(value, types.ModuleType) and hasattr(value, rest[0]):
        found = getattr(value, rest[0])
        if not isinstance(found, types.ModuleType):
            return value, rest
        value, rest = found, rest[1:]
    return value, rest


def _why_path_is_not(used, path, unseeded):
    if path[0] in _OF_IPYTHON:
        return f"it uses {path[0]}"
    value, rest = _follow(used, path)
    if isinstance(value, types.ModuleType):
        module, name = value.__name__, rest[0] if rest else None
        if name is None and _WORLDLY.get(module) is ALL:  # who knows for what
            return f"it uses {module}"
    else:
        module, name = str(getattr(value, "__module__", "")), getattr(value, "__name__", None)
    if _is_worldly(module, name, unseeded):
        return f"it uses {'.'.join(filter(None, (module, name)))}".replace("builtins.", "")
    if not _ATTRIBUTES.isdisjoint(rest) or isinstance(value, abc.ABCMeta) and "register" in rest:
        return f"it uses {'.'.join(path)}"
    owner = getattr(value, "__self__", None)
    if isinstance(owner, type(privates.find("random_instance"))):
        return f"it uses {'.'.join(path)}"
    return None


def _is_worldly(module, name, unseeded):
    worldly = _WORLDLY.get(module)
    if worldly is None:
        return False
    if worldly is not ALL:
        return name in worldly
    return name is not None and (name not in _HARMLESS.get(module, ()) or name in unseeded)


_PRINTING = tuple(f"{stream}.{way}" for stream in ("stdout", "stderr") for way in ("write", "writelines", "flush"))
_STREAMS = ("stdout", "stderr", "displayhook")


class States:
    """What a kernel has beside its variables, and can be compared."""

    def __init__(self, kernel):
        self._kernel = kernel
        self._states = self._now()

    def _now(self):
        kernel = self._kernel
        return {
            "its random numbers": randomness.state_of(kernel),
            "environment variables": dict(kernel.environ),
            "sys": {name: kernel.replaced[name] for name in _STREAMS if name in kernel.replaced},
            "sys.path": list(kernel.modules.path),
            "sys.argv": list(kernel.argv),
            "its figures": _figures(),
            "what is registered with abstract classes": abc.get_cache_token(),  # any of the process
        }

    def why_not(self):
        """Why they may not be kept as they are."""
        if self._states["its figures"]:
            return "figures are open"
        if self._states["sys"]:
            return "streams of sys are replaced"
        now = self._now()
        for what, state in self._states.items():
            if now[what] != state:
                return f"it changes {what}"
        return None


def _figures():
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return list(helpers.Gcf.figs) if helpers is not None else []


__all__ = ["Code", "States"]
