"""The process-wide start: imports, routers, the interrupt handler, one cell of each kind."""

import asyncio
import gc
import os
import signal
import sys

import corncob_port

from . import (
    cache_store,
    children,
    comms,
    directory,
    environment,
    figures,
    finalizers,
    import_hooks,
    language,
    libraries,
    loggers,
    modules,
    parsing,
    plot_settings,
    pools,
    privates,
    process_wide,
    profile,
    randomness,
    routers,
    settings,
    shell,
    stores,
    tracebacks,
    warning_filters,
    widgets,
)
from .kernel import wants_interrupt
from .warmup import warm_up

# Between cells that compute. CPython takes 5 ms, for one program; here the turn of every busy neighbour is waited for.
_TURN_SECONDS = 0.001


def start(state_dir, cache_bytes_max):
    """Once a process, on the thread that initialised Python. `state_dir`: where history and cached cells are kept;
    empty: nowhere."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.setdefault("IPYTHONDIR", profile.directory(state_dir))
    sys.modules["ipykernel.zmqshell"] = shell  # a notebook is where this module is loaded, to tqdm
    sys.setswitchinterval(_TURN_SECONDS)
    privates.check()
    signal.signal(signal.SIGINT, corncob_port.interrupt_handler(wants_interrupt))
    routers.install()
    modules.install()
    import_hooks.install()
    environment.install()
    children.install()
    directory.install()
    warning_filters.install()
    loggers.install()
    randomness.install()
    process_wide.install()
    finalizers.install()
    comms.install()
    plot_settings.install()
    figures.install()
    libraries.install()
    pools.install()
    widgets.install()
    settings.install()
    tracebacks.install()
    parsing.install()
    language.install()
    stores.start(state_dir)
    cache_store.start(cache_bytes_max)
    asyncio.get_child_watcher()
    warm_up()
    modules.close_base()
    # What is imported by now stays for good: the collector need not look at it again.
    gc.collect()
    gc.freeze()
