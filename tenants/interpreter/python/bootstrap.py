"""Makes the embedded package importable; run once with SOURCES = {module name: source text}."""

import importlib.abc
import importlib.machinery
import sys


class EmbeddedLoader(importlib.abc.InspectLoader):
    """Loads modules from text compiled into the daemon; tracebacks find their lines through get_source."""

    def __init__(self, sources):
        self._sources = sources

    def get_source(self, fullname):
        return self._sources[fullname]

    def get_code(self, fullname):
        return compile(self._sources[fullname], f"<{fullname}>", "exec", dont_inherit=True)

    def is_package(self, fullname):
        return any(name.startswith(fullname + ".") for name in self._sources)


class EmbeddedFinder(importlib.abc.MetaPathFinder):
    def __init__(self, sources):
        self._sources = sources
        self._loader = EmbeddedLoader(sources)

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self._loader, is_package=self._loader.is_package(fullname))


sys.meta_path.insert(0, EmbeddedFinder(SOURCES))  # noqa: F821  given by the caller
