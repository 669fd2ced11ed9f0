"""IPython's own directory, one a process; what its magics keep for another day (`%store`, `%bookmark`), a tenant's."""

import functools
import os
import tempfile

from IPython.external.pickleshare import PickleShareDB

from . import stores


@functools.cache
def _temporary():
    return tempfile.mkdtemp(prefix="corncob-ipython-")


def directory(state_dir):
    """Nobody else may have written there: what it holds is believed."""
    return os.path.join(state_dir, ".ipython") if state_dir else _temporary()


def open_db(tenant):
    path = stores.path_of(tenant, "ipython")
    if path is not None:
        try:
            stores.make_folder_of(path)
            return PickleShareDB(path)
        except OSError:
            pass  # it then lasts as long as the daemon
    return PickleShareDB(os.path.join(_temporary(), stores.folder_of(tenant)))


__all__ = ["directory", "open_db"]
