"""What a cell has changed, as bytes, in terms of what it was given: an object that it was given is told by its number
in the walk through its inputs (fingerprints.py), a function by the number of its code, what is new by its content. All
is pickled at once, so that what is shared stays shared."""

import functools
import importlib
import io
import pickle
import types

from . import arrays
from .identities import Unfit
from .visits import arrays_in, has_own_way, is_flat, is_frame

_PROTOCOL = 5
_FLAT_MIN = 64  # items of a container of plain values, from which on it is pickled by itself, which is faster
_FLAT = {list, dict, set}
_MEMORY = type(functools.lru_cache(len))


class _File(io.BytesIO):
    """Ends what would become too long before it takes memory."""

    def __init__(self, bytes_max):
        super().__init__()
        self._bytes_max = bytes_max

    def write(self, data):
        if self.tell() + memoryview(data).nbytes > self._bytes_max:
            raise Unfit(f"there is no room for it: it changes more than {self._bytes_max} bytes")
        return super().write(data)


class _Keeper(pickle.Pickler):
    def __init__(self, file, walk, user_ns):
        super().__init__(file, _PROTOCOL)
        self._walk, self._user_ns = walk, user_ns
        self._flat = {}  # id -> (its number, itself)
        self._owners = dict(walk.owners)
        self._frames_memory = set(walk.frames_memory)
        self._of_frames = {}  # id of an array -> itself

    def persistent_id(self, value):
        number = self._walk.numbers.get(id(value))
        if number is not None:
            return number
        kind = type(value)
        if isinstance(value, types.ModuleType):
            if self._walk.around.is_private(value.__name__):
                raise Unfit(f"it keeps the module {value.__name__}, which is no installed package")
            return ("module", value.__name__)
        if kind is types.CodeType:
            if value not in self._walk.codes:
                raise Unfit(f"it keeps the function {value.co_name}, whose code is made while it runs")
            return ("code", self._walk.codes[value])
        if value is self._user_ns:
            return ("namespace",)
        if kind in _FLAT and len(value) >= _FLAT_MIN:
            return self._flat_id(value)
        return None

    def _flat_id(self, value):
        known = self._flat.get(id(value))
        if known is not None:
            return ("flat", known[0])
        if not is_flat(value) or type(value) is dict and not is_flat(value.values()):
            return None
        self._flat[id(value)] = len(self._flat), value
        return ("flat", len(self._flat) - 1, pickle.dumps(value, _PROTOCOL))

    def reducer_override(self, value):
        kind = type(value)
        if kind is types.FunctionType:
            return self._function(value)
        if kind is _MEMORY and self._walk.around.is_private(value.__module__):
            return self._memory(value)
        if kind is types.CellType:
            return _new_cell, (), _contents(value), None, None, _fill_cell
        if isinstance(value, type) and self._walk.around.is_private(value.__module__):
            raise Unfit(f"it defines the class {value.__qualname__}")
        if arrays.is_array(kind):
            return self._array(value)
        if kind.__module__.startswith("pandas.") or is_frame(kind):
            return self._part_of_frame(value)
        if has_own_way(kind, self._user_ns):
            raise Unfit(f"a {kind.__qualname__} has a way of its own to be pickled")
        return NotImplemented

    def _part_of_frame(self, value):
        reduced = value.__reduce_ex__(_PROTOCOL)
        for array in arrays_in(reduced):
            owner = id(arrays.memory_of(array))
            if owner in self._owners:
                raise Unfit("a table and an array use the same memory")
            self._of_frames[id(array)] = array
            self._frames_memory.add(owner)
        return reduced

    def _function(self, function):
        if not self._walk.around.is_private(function.__module__) or function.__globals__ is not self._user_ns:
            return NotImplemented
        state = (
            function.__defaults__, function.__kwdefaults__, function.__dict__, function.__annotations__,
            function.__qualname__, function.__doc__,
        )  # fmt: skip
        made_of = (function.__code__, self._user_ns, function.__name__, function.__closure__)
        return _new_function, made_of, state, None, None, _fill_function

    def _memory(self, wrapper):
        if wrapper.cache_info().currsize:
            raise Unfit(f"{wrapper.__qualname__} remembers something")
        settings = wrapper.cache_parameters()
        return _new_memory, (wrapper.__wrapped__, settings["maxsize"], settings["typed"])

    def _array(self, array):
        if array.dtype.hasobject:
            return NotImplemented
        if id(array) not in self._of_frames:
            owner = id(arrays.memory_of(array))
            if self._owners.setdefault(owner, id(array)) != id(array) or owner in self._frames_memory:
                raise Unfit("two of its arrays use the same memory")
        content = pickle.PickleBuffer(arrays.bytes_of(array))
        return _new_array, (array.dtype, array.shape, arrays.order_of(array), array.flags.writeable, content)


class _Bringer(pickle.Unpickler):
    def __init__(self, file, walk, user_ns):
        super().__init__(file)
        self._objects, self._user_ns = walk.objects, user_ns
        self._codes = list(walk.codes)
        self._flat = {}

    def find_class(self, module, name):
        if module == "__main__":
            raise pickle.UnpicklingError(f"{name} of the notebook may be another one now")
        return super().find_class(module, name)

    def persistent_load(self, told):
        if isinstance(told, int):
            return self._objects[told][0]
        what, *more = told
        if what == "module":
            return importlib.import_module(more[0])
        if what == "code":
            return self._codes[more[0]]
        if what == "namespace":
            return self._user_ns
        if len(more) > 1:
            self._flat[more[0]] = pickle.loads(more[1])
        return self._flat[more[0]]


def _new_cell():
    return types.CellType()


def _contents(cell):
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _fill_cell(cell, contents):
    if contents:
        cell.cell_contents = contents[0]


def _new_function(code, user_ns, name, closure):
    return types.FunctionType(code, user_ns, name, None, closure)


def _fill_function(function, state):
    (
        function.__defaults__, function.__kwdefaults__, attributes, function.__annotations__, function.__qualname__,
        function.__doc__,
    ) = state  # fmt: skip
    function.__dict__.update(attributes)


def _new_memory(function, maxsize, typed):
    return functools.lru_cache(maxsize, typed)(function)


def _new_array(dtype, shape, order, writeable, content):
    import numpy

    array = numpy.frombuffer(content, "u1").view(dtype) if len(content) else numpy.empty(0, dtype)
    array = array.reshape(shape, order=order).copy(order)
    array.flags.writeable = writeable
    return array


def keep(outcome, walk, user_ns, bytes_max):
    """The bytes; Unfit, or whatever pickle says, where there are none."""
    file = _File(bytes_max)
    _Keeper(file, walk, user_ns).dump(outcome)
    return file.getvalue()


def bring(content, walk, user_ns):
    """The outcome, as it would be had the cell run; nothing is changed by that yet."""
    return _Bringer(io.BytesIO(content), walk, user_ns).load()


__all__ = ["bring", "keep"]
