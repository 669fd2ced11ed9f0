"""How a cell's errors are shown: IPython's tracebacks, spared the two things that are slow in them."""

import os
import tempfile
import zlib

from IPython.core.compilerop import CachingCompiler
from IPython.core.tbtools import FrameInfo
from IPython.core.ultratb import AutoFormattedTB
from stack_data import RepeatedFrames
from stack_data.utils import collapse_repeated

_CELL_FILES = f"{tempfile.gettempdir()}/corncob_{os.getpid()}"


class CellCompiler(CachingCompiler):
    """Names cells as ipykernel does, by files that never exist. IPython then does without the slow half of a
    traceback (stack_data, 20 ms), and tools that look for an input's file find what they know."""

    def get_code_name(self, raw_code, transformed_code, number):
        return f"{_CELL_FILES}/{zlib.crc32(raw_code.encode('utf-8', 'surrogatepass'))}.py"


class KernelTraceback(AutoFormattedTB):
    def get_records(self, etb, context, tb_offset):
        """A thousand frames of a recursion are one line, as IPython has it for code that lies in a file: to format each
        takes seconds, during which no other kernel's Python runs."""
        return list(collapse_repeated(super().get_records(etb, context, tb_offset), collapser=_repeated, key=_place_of))


def _place_of(record):
    if isinstance(record._sd, RepeatedFrames):
        return id(record)
    return record.frame.f_code, record.lineno


def _repeated(records, places):
    return FrameInfo._from_stack_data_FrameInfo(RepeatedFrames([record.frame for record in records], places))


def text_of(error):
    """str() of an exception, which may be a user's own and fail."""
    try:
        return str(error)
    except Exception:
        return f"<str() of {type(error).__name__} failed>"
