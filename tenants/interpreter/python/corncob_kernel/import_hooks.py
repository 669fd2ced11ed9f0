"""What must be done to a library as soon as it has been imported, whoever imports it first."""

import importlib.abc
import importlib.machinery
import sys

import corncob_port

from .modules import is_private


class _Loader(importlib.abc.Loader):
    """The module's own loader, and the functions `after` behind it, still under the module's import lock."""

    def __init__(self, loader, after):
        self._loader = loader
        self._after = after

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader  # who asks for resources or sources needs it
        self._loader.exec_module(module)
        for function in self._after:
            try:
                function(module)
            except Exception as problem:  # a version that is made in another way; it can be used all the same
                name = f"{function.__module__}.{function.__name__}"
                corncob_port.warn(f"{module.__name__} is not kept apart in kernels ({name}: {problem!r})")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self):
        self.after = {}

    def find_spec(self, fullname, path=None, target=None):
        after = self.after.get(fullname)
        if after is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None or is_private(spec):
            return spec
        spec.loader = _Loader(spec.loader, after)
        return spec


_finder = _Finder()


def after_import(name, function):
    """Calls `function(module)` when the installed library `name` has been imported; several, in the order given."""
    _finder.after.setdefault(name, []).append(function)


def install():
    sys.meta_path.insert(0, _finder)


__all__ = ["after_import", "install"]
