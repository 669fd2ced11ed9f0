"""How a walk goes through values (fingerprints.py): what it says of each kind, and which parts it visits."""

import collections
import copyreg
import enum
import marshal
import types

from . import arrays, identities
from .identities import Unfit
from .visits_of_code import VISITS_OF_CODE, class_of, items

ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None), type(...)})
_FORMAT = 2  # of marshal: the newest that depends on values only
_CONSTANT_MODULES = {"datetime", "decimal", "fractions", "pathlib", "uuid", "re", "enum", "zoneinfo", "ipaddress"}
# Their objects are more than their values.
_LIVE_MODULES = {"asyncio", "_asyncio", "comm", "concurrent", "contextvars", "ipywidgets", "mmap", "multiprocessing",
                 "queue", "selectors", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading"}  # fmt: skip
_OF_PICKLE = ("__reduce__", "__reduce_ex__")
_WAYS = {*_OF_PICKLE, "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__"}
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _tuple(walk, value):
    walk.bytes(b"(", b"%d" % len(value))
    for item in value:
        walk.value(item)


def _list(walk, value):
    walk.note(value, identities.LIST)
    if is_flat(value):
        walk.bytes(b"[", marshal.dumps(value, _FORMAT))
    else:
        walk.bytes(b"l", b"%d" % len(value))
        for item in value:
            walk.value(item)


def _dict(walk, value):
    walk.note(value, identities.DICT)
    if is_flat(value) and is_flat(value.values()):
        walk.bytes(b"{", marshal.dumps(value, _FORMAT))
    else:
        items(walk, value)


def _dict_of_a_kind(walk, value):
    walk.note(value, identities.DICT)
    walk.text(type(value).__name__)
    walk.value(getattr(value, "default_factory", None))
    items(walk, value)


def _deque(walk, value):
    walk.note(value, identities.DEQUE)
    walk.text("deque")
    walk.value((value.maxlen, *value))


def _any(walk, value):
    walk.value(value)


def _set(walk, value):
    if type(value) is set:
        walk.note(value, identities.SET)
    before = len(walk.objects)
    parts = sorted(walk.part(_any, item) for item in value)
    if len(walk.objects) != before:
        raise Unfit("a set of objects has no order")
    walk.bytes(b"s", b"".join(parts))


def _bytearray(walk, value):
    walk.note(value, identities.BYTEARRAY)
    walk.owners.setdefault(id(value), id(value))
    walk.bytes(b"b", bytes(value))


def _array(walk, array):
    walk.bytes(b"n", arrays.content_form_of(array) if walk.inside else arrays.form_of(array))
    walk.package("numpy")
    if array.dtype.hasobject:
        _array_of_objects(walk, array)
    elif walk.inside:
        walk.bytes(b"n", arrays.digest_of(array))
    else:
        walk.note(array, identities.ARRAY)
        walk.bytes(b"n", walk.objects[-1][2][1])
        owner = id(arrays.memory_of(array))
        if walk.owners.setdefault(owner, id(array)) != id(array):
            raise Unfit("two of its arrays use the same memory")


def _array_of_objects(walk, array):
    items = array.reshape(-1).tolist()
    if walk.inside and not is_flat(items):
        raise Unfit("it reads a table that holds objects")
    walk.note(array, identities.OTHER)
    part = walk.part(_tuple, items)
    if not walk.inside:
        walk.fingerprints[id(array)] = part
    walk.bytes(b"n", part)


def _frame(walk, frame):
    """Of pandas: a table, series or index, one value with all that is in it."""
    walk.note(frame, identities.FRAME if hasattr(frame, "__setstate__") else identities.OTHER)
    inside, walk.inside = walk.inside, walk.inside + 1
    try:
        part = walk.part(_frame_parts, frame)
    finally:
        walk.inside = inside
    walk.fingerprints[id(frame)] = part
    walk.bytes(b"f", part)


def _frame_parts(walk, frame):
    """Its content; how pandas has laid it out may differ."""
    kind = type(frame)
    if (kind.__module__, kind.__name__) not in (("pandas", "DataFrame"), ("pandas", "Series")):
        return _reduced(walk, frame)
    walk.text(kind.__name__)
    walk.package("pandas")
    is_table = kind.__name__ == "DataFrame"
    for part in (
        frame.index,
        frame.columns if is_table else frame.name,
        frame.attrs,
        frame.flags.allows_duplicate_labels,
    ):
        walk.value(part)
    for column in [frame.iloc[:, place] for place in range(frame.shape[1])] if is_table else [frame]:
        values = column.array
        plain = column.to_numpy() if type(values).__name__ == "NumpyExtensionArray" else values
        walk.frames_memory.add(id(arrays.memory_of(plain)))
        walk.value(plain)


def _instance(walk, value):
    walk.note(value, identities.INSTANCE)
    walk.text("instance")
    walk.value(type(value))
    items(walk, value.__dict__)


def _constant(walk, value):
    walk.bytes(b"k", walk.part(_reduced, value))


def _other(walk, value):
    walk.note(value, identities.OTHER)
    part = walk.part(_reduced, value)
    walk.fingerprints[id(value)] = part
    walk.bytes(b"o", part)


def _reduced(walk, value):
    """As pickle would have it."""
    kind = type(value)
    reduce = copyreg.dispatch_table.get(kind)
    try:
        reduced = reduce(value) if reduce is not None else value.__reduce_ex__(4)
    except Exception as problem:
        raise Unfit(f"it reads a {kind.__name__}, which has no value to go by ({problem})") from None
    if isinstance(reduced, str):
        walk.text("global of", kind.__module__, reduced)
        walk.package(kind.__module__)
        return
    function, arguments, state, items, pairs, *_ = (*reduced, None, None, None, None)
    if walk.inside:
        _note_memory(walk, reduced)
    for part in (function, arguments, state):
        walk.value(part)
    for part in (items, pairs):
        walk.value(None if part is None else tuple(part))


def _note_memory(walk, reduced):
    for array in arrays_in(reduced):
        walk.frames_memory.add(id(arrays.memory_of(array)))


def arrays_in(value, depth=3):
    """Of what an object is reduced to."""
    if arrays.is_array(type(value)):
        yield value
    elif depth and isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(part, depth - 1)


def is_flat(items):
    """Whether all are plain values, or tuples of such."""
    kinds = set(map(type, items))
    if kinds <= ATOMS:
        return True
    if kinds <= ATOMS | {tuple}:
        return all(type(item) is not tuple or ATOMS.issuperset(map(type, item)) for item in items)
    return False


def is_frame(kind):
    """Whether the type is pandas' own table, series or index."""
    return kind.__module__.partition(".")[0] == "pandas" and any(
        base.__name__ in ("NDFrame", "Index", "ExtensionArray") for base in kind.__mro__
    )


def atom(walk, value):
    walk.bytes(b"a", marshal.dumps(value, _FORMAT))


VISITS = {
    **VISITS_OF_CODE,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    frozenset: _set,
    bytearray: _bytearray,
    range: _constant,
    slice: _constant,
    collections.deque: _deque,
    **dict.fromkeys((collections.OrderedDict, collections.defaultdict, collections.Counter), _dict_of_a_kind),
    types.MappingProxyType: items,
}


def visit_of(walk, value, kind):
    if any(base.__module__.partition(".")[0] in _LIVE_MODULES for base in kind.__mro__):
        raise Unfit(f"it reads a {kind.__name__}")
    if isinstance(value, type):
        return class_of
    if arrays.is_array(kind):
        return _array
    if is_frame(kind):
        return _frame
    if isinstance(value, types.ModuleType):
        return VISITS[types.ModuleType]
    if kind.__module__ in _CONSTANT_MODULES or isinstance(value, enum.Enum) or _is_numpy_constant(kind):
        return _constant
    if has_own_way(kind, walk.around.user_ns):
        raise Unfit(f"a {kind.__qualname__} has a way of its own to be pickled")
    return _instance if _is_plain(kind) and hasattr(value, "__dict__") else _other


def _is_numpy_constant(kind):
    return any(base.__module__ == "numpy" and base.__name__ in ("generic", "dtype") for base in kind.__mro__)


def has_own_way(kind, user_ns):
    """Whether code of a cell would run, were it pickled; not what namedtuple() and @dataclass make."""
    own = [
        vars(base)[name] for base in kind.__mro__ if base.__module__ == "__main__" for name in _WAYS & vars(base).keys()
    ]
    return any(getattr(way, "__globals__", user_ns) is user_ns for way in own)


def _is_plain(kind):
    """Whether an instance is its class and what is in its __dict__, and nothing else."""
    bases = kind.__mro__[:-1]
    return (
        all(getattr(kind, name, None) is getattr(object, name, None) for name in _OF_PICKLE)
        and all(base.__flags__ & _HEAP_TYPE for base in bases)  # none is made in C
        and not any(vars(base).get("__slots__") for base in bases)
    )


__all__ = ["ATOMS", "VISITS", "arrays_in", "atom", "has_own_way", "is_flat", "is_frame", "visit_of"]
