"""Containers that behave as the running kernel's own."""

from collections.abc import MutableMapping, MutableSequence


class RoutedDict(MutableMapping):
    """`own()` gives the dictionary meant (context.PerKernel)."""

    def __init__(self, own):
        self._own = own

    def __getitem__(self, key):
        return self._own()[key]

    def __setitem__(self, key, value):
        self._own()[key] = value

    def __delitem__(self, key):
        del self._own()[key]

    def __iter__(self):
        return iter(self._own())

    def __reversed__(self):
        return reversed(self._own())

    def __len__(self):
        return len(self._own())

    def __repr__(self):
        return repr(self._own())

    def keys(self):
        return self._own().keys()

    def values(self):
        return self._own().values()

    def items(self):
        return self._own().items()

    def copy(self):
        return self._own().copy()

    def move_to_end(self, key, last=True):
        self._own().move_to_end(key, last)


class RoutedList(MutableSequence):
    def __init__(self, own):
        self._own = own

    def __getitem__(self, index):
        return self._own()[index]

    def __setitem__(self, index, value):
        self._own()[index] = value

    def __delitem__(self, index):
        del self._own()[index]

    def __len__(self):
        return len(self._own())

    def insert(self, index, value):
        self._own().insert(index, value)
