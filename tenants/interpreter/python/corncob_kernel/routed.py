"""A registry that a library keeps once a process, made to forward to the running kernel's own."""

from collections.abc import MutableMapping

from .context import current_kernel


class RoutedMapping(MutableMapping):
    """Behaves as the attribute `name`, a dictionary, of the running kernel; outside of kernels as `outside`."""

    def __init__(self, name, outside):
        self._name = name
        self._outside = outside

    @property
    def _own(self):
        kernel = current_kernel()
        return getattr(kernel, self._name) if kernel is not None else self._outside

    def __getitem__(self, key):
        return self._own[key]

    def __setitem__(self, key, value):
        self._own[key] = value

    def __delitem__(self, key):
        del self._own[key]

    def __iter__(self):
        return iter(self._own)

    def __len__(self):
        return len(self._own)

    def __reversed__(self):
        return reversed(self._own)

    def keys(self):
        return self._own.keys()

    def values(self):
        return self._own.values()

    def items(self):
        return self._own.items()

    def move_to_end(self, key, last=True):
        self._own.move_to_end(key, last)
