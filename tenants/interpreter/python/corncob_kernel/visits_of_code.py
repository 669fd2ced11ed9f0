"""How a walk goes through functions, classes and modules (fingerprints.py): what cells have defined counts by its code
and all that this uses, what is installed by its name and version."""

import functools
import sys
import types

from . import identities
from .identities import Unfit

_EVERYWHERE = {"__name__", "__annotations__", "__builtins__"}  # what code reads that says nothing of it
_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType,
                types.MethodDescriptorType, types.ClassMethodDescriptorType)  # fmt: skip


def number_codes(walk, code):
    if code not in walk.codes:
        walk.codes[code] = len(walk.codes)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                number_codes(walk, constant)


def _code(walk, code):
    number_codes(walk, code)
    walk.bytes(b"c", code.co_code)
    walk.bytes(b"x", getattr(code, "co_exceptiontable", b""))
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    walk.text(repr((shape, code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)))
    for constant in code.co_consts:
        walk.value(constant)


def _function(walk, function):
    if _is_public(walk, function):
        return _global(walk, function)
    walk.note(function, identities.FUNCTION)
    walk.text("function", function.__name__, function.__qualname__)
    walk.value(function.__code__)
    for part in (function.__defaults__, function.__kwdefaults__, function.__dict__ or None):
        walk.value(part)
    for cell in function.__closure__ or ():
        walk.value(cell)
    used_globals(walk, walk.around.names_of(function.__code__), walk.around.globals_of(function))


def used_globals(walk, names, used):
    is_private = walk.around.is_private(str(used.get("__name__")))
    if is_private:
        walk.functions.append((used, names))
    is_users = used is walk.around.namespace
    if is_users:
        walk.names |= names.reads | names.sets
    walk.in_libraries += not is_private
    for name in sorted(names.reads - _EVERYWHERE):
        read_global(walk, name, used)
    walk.in_libraries -= not is_private
    for module in sorted(names.imports):
        _import(walk, module)


def read_global(walk, name, used):
    walk.text("global", name)
    if name in used:
        walk.value(used[name])
    else:
        walk.text("absent")


def _import(walk, module):
    if walk.around.is_private(module.partition(".")[0]):
        raise Unfit(f"it imports {module}, which is no installed package")
    walk.package(module)


def _cell(walk, cell):
    walk.note(cell, identities.CELL)
    walk.value(identities.CELL.take(cell))


def class_of(walk, cls):
    if _is_public(walk, cls):
        return _global(walk, cls)
    walk.note(cls, identities.CLASS)
    walk.text("class", cls.__module__, cls.__qualname__)
    walk.value(cls.__bases__)
    walk.value(type(cls))
    items(walk, identities.CLASS.take(cls))


def _module(walk, module):
    name = module.__name__
    if not walk.around.is_private(name):
        walk.meet(module, name, None)
        walk.text("module", name)
        walk.package(name)
        return
    walk.note(module, identities.MODULE)
    walk.text("own module", name)
    items(walk, {key: value for key, value in vars(module).items() if not key.startswith("__")})


def _is_public(walk, value):
    """Whether it is found by its name in an installed module."""
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and not walk.around.is_private(module) and _find(module, value) is value


def _global(walk, value):
    walk.meet(value, value.__module__, value.__name__)
    walk.text("global of", value.__module__, value.__qualname__)
    walk.package(value.__module__)


def _method(walk, method):
    walk.meet(method, None, getattr(method.__func__, "__name__", ""))
    walk.text("method")
    walk.value(method.__func__)
    walk.value(method.__self__)


def _builtin(walk, function):
    owner = function.__self__
    is_of_module = owner is None or isinstance(owner, types.ModuleType)
    walk.meet(function, str(function.__module__) if is_of_module else None, function.__name__)
    if is_of_module:
        walk.text("builtin", str(function.__module__), function.__qualname__)
        walk.package(function.__module__ or "builtins")
    else:
        walk.text("builtin method", function.__name__)
        walk.value(owner)


def _descriptor(walk, descriptor):
    walk.text("descriptor", descriptor.__name__)
    walk.value(descriptor.__objclass__)


def _property(walk, value):
    walk.text("property")
    for part in (value.fget, value.fset, value.fdel):
        walk.value(part)


def _wrapper(walk, value):
    walk.text("wrapper", type(value).__name__)
    walk.value(value.__wrapped__)


def _memory(walk, value):
    """Of functools.lru_cache: what it remembers is not to be seen, but that it is asked."""
    walk.note(value, identities.OTHER)
    part = walk.part(_wrapper, value) + repr(value.cache_info()).encode()
    walk.fingerprints[id(value)] = part
    walk.bytes(b"m", part)


def _cached_property(walk, value):
    walk.text("cached property", str(value.attrname))
    walk.value(value.func)


def _find(module, value):
    found = sys.modules.get(module)
    for part in getattr(value, "__qualname__", "").split("."):
        found = getattr(found, part, None)
    return found


def items(walk, mapping):
    walk.bytes(b"d", b"%d" % len(mapping))
    for key, item in list(mapping.items()):
        walk.value(key)
        walk.value(item)


VISITS_OF_CODE = {
    types.CodeType: _code,
    types.FunctionType: _function,
    types.CellType: _cell,
    types.ModuleType: _module,
    types.MethodType: _method,
    types.BuiltinFunctionType: _builtin,
    property: _property,
    staticmethod: _wrapper,
    classmethod: _wrapper,
    functools.cached_property: _cached_property,
    type(functools.lru_cache(len)): _memory,
    **dict.fromkeys(_DESCRIPTORS, _descriptor),
}

__all__ = ["VISITS_OF_CODE", "class_of", "items", "number_codes", "read_global", "used_globals"]
