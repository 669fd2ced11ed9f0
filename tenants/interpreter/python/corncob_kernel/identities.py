"""Objects that cells can change in place: how their state is taken, compared and put back.

A state is shallow: what an object refers to has a state of its own. Where a state cannot be put back, a cell that
changes it is not cached.
"""

from . import arrays


class Unfit(Exception):
    """Why a cell is not cached."""


class Kind:
    """`take(value)` gives a state, `same(value, state)` says whether it still is in it, `keep(value)` gives what is
    pickled of it (another object, whatever is told of this one), `put(value, kept)` brings it into that state."""

    def __init__(self, take, same, put=None, keep=None):
        self.take, self.same, self.put = take, same, put
        self.keep = keep or take


def _same_items(value, state):
    return len(value) == len(state) and all(map(_is, value, state))


def _is(one, other):
    return one is other


def _same_dict(value, state):
    return _same_items(list(value), list(state)) and _same_items(list(value.values()), list(state.values()))


def _put_dict(value, kept):
    value.clear()
    value.update(kept)


def _put_set(value, kept):
    value.clear()
    value.update(kept)


def _put_slice(value, kept):
    value[:] = kept


def _put_deque(value, kept):
    value.clear()
    value.extend(kept)


def _contents(cell):
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _put_contents(cell, kept):
    if kept:
        cell.cell_contents = kept[0]
    else:
        del cell.cell_contents


def _same_set(value, state):
    return len(value) == len(state) and {id(item) for item in value} == {id(item) for item in state}


def _function_state(function):
    own = function.__dict__
    return (function.__code__, function.__defaults__, function.__kwdefaults__, function.__name__, *own, *own.values())


def _class_state(cls):
    return {name: value for name, value in vars(cls).items() if name not in CLASS_INTERNALS}


CLASS_INTERNALS = {"__dict__", "__weakref__", "_abc_impl", "__module__", "__firstlineno__", "__slotnames__"}

DEQUE = Kind(list, _same_items, _put_deque)
LIST = Kind(list, _same_items, _put_slice)
DICT = Kind(dict, _same_dict, _put_dict)
SET = Kind(set, _same_set, _put_set)
BYTEARRAY = Kind(bytes, lambda value, state: value == state, _put_slice)
CELL = Kind(_contents, lambda value, state: _same_items(_contents(value), state), _put_contents)
INSTANCE = Kind(
    lambda value: dict(value.__dict__),
    lambda value, state: _same_dict(value.__dict__, state),
    lambda value, kept: _put_dict(value.__dict__, kept),
)
FUNCTION = Kind(_function_state, lambda function, state: _same_items(_function_state(function), state))
CLASS = Kind(_class_state, lambda cls, state: _same_dict(_class_state(cls), state))
MODULE = Kind(lambda module: dict(vars(module)), lambda module, state: _same_dict(vars(module), state))


def _array_state(array):
    return arrays.form_of(array), arrays.digest_of(array)


def _put_array(array, kept):
    array[...] = kept


def _kept_array(array):
    return array.copy(order=arrays.order_of(array))


ARRAY = Kind(_array_state, lambda array, state: _array_state(array) == state, _put_array, _kept_array)
# Compared by their fingerprints.
OTHER = Kind(lambda value: None, None)
FRAME = Kind(
    lambda value: None,
    None,
    lambda frame, kept: frame.__setstate__(kept.__getstate__()),
    lambda frame: frame.copy(deep=False),
)

__all__ = [
    "ARRAY", "BYTEARRAY", "CELL", "CLASS", "CLASS_INTERNALS", "DEQUE", "DICT", "FRAME", "FUNCTION", "INSTANCE", "Kind",
    "LIST", "MODULE", "OTHER", "SET", "Unfit",
]  # fmt: skip
