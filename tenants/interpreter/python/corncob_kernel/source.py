"""The code of a cell, and how it is to be run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    code: str
    transformed: str  # by IPython, to Python
    problem: tuple | None  # exc_info, where that has failed
    metadata: dict  # of the request
    store_history: bool = True
    silent: bool = False

    @property
    def cell_id(self):
        """The front end's own, if it has one."""
        wanted = self.metadata.get("cellId")
        return wanted if isinstance(wanted, str) and wanted else None


__all__ = ["Source"]
