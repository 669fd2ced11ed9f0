"""Settings of libraries, one a kernel: pandas' options."""

import copy
import sys

from .context import PerKernel
from .import_hooks import after_import
from .routed import RoutedDict


class _Options(RoutedDict, dict):
    """pandas asks whether it is a dict."""


def _route_options(pandas):
    """pandas.options. What an option's callback does beyond it (compute.use_numexpr, for one) holds for all."""
    config = pandas._config.config
    shared = config._global_config
    options = _Options(PerKernel(lambda: copy.deepcopy(shared), shared))
    for name in [name for name in sys.modules if name.startswith("pandas.")]:
        names = vars(sys.modules[name])  # many have imported the dictionary
        names.update({key: options for key, value in names.items() if value is shared})
    object.__setattr__(config.options, "d", options)


def install():
    after_import("pandas", _route_options)


__all__ = ["install"]
