"""How a cell's errors are shown: IPython's tracebacks, spared what is slow in them.

An interrupt is answered only when its traceback has been formatted, and no other kernel's Python runs meanwhile.
"""

import functools
import inspect
import os
import tempfile
import threading
import zlib

import stack_data
from IPython.core.compilerop import CachingCompiler
from IPython.core.ultratb import AutoFormattedTB
from pygments import lexer
from pygments.formatters import terminal256
from stack_data import RepeatedFrames
from stack_data.utils import collapse_repeated

from . import privates
from .context import current_cell
from .parsing import by_turns

_frame_info = privates.find("frame_info")
_CELL_FILES = f"{tempfile.gettempdir()}/corncob_{os.getpid()}"


class _ExtraFlags:
    """Flags of a compiler while it compiles. Cells on several threads use one, by turns."""

    def __init__(self, compiler, flags, turn):
        self._compiler, self._flags, self._turn = compiler, flags, turn

    def __enter__(self):
        self._turn.acquire()
        self._flags &= ~self._compiler.flags
        self._compiler.flags |= self._flags

    def __exit__(self, *_):
        self._compiler.flags &= ~self._flags
        self._turn.release()


class CellCompiler(CachingCompiler):
    """Names cells as ipykernel does, by files that never exist. IPython then does without the slow half of a
    traceback (stack_data, 20 ms), and tools that look for an input's file find what they know."""

    ast_parse = by_turns(CachingCompiler.ast_parse)

    def __init__(self):
        super().__init__()
        self._turn = threading.RLock()

    def extra_flags(self, flags):
        return _ExtraFlags(self, flags, self._turn)

    def cache(self, transformed_code, number=0, raw_code=None):
        """A cell that runs again keeps its number."""
        return super().cache(transformed_code, current_cell().again or number, raw_code)

    def get_code_name(self, raw_code, transformed_code, number):
        return f"{_CELL_FILES}/{zlib.crc32(raw_code.encode('utf-8', 'surrogatepass'))}.py"


class KernelTraceback(AutoFormattedTB):
    def get_records(self, etb, context, tb_offset):
        """Without what lies between a user's code and what it calls. A thousand frames of a recursion are one line, as
        IPython has it for code that lies in a file: to format each takes seconds, during which no other kernel's Python
        runs."""
        records = [record for record in super().get_records(etb, context, tb_offset) if not _is_ours(record)]
        if _frame_info is None:
            return records
        return list(collapse_repeated(records, collapser=_repeated, key=_place_of))


def _is_ours(record):
    return record.frame is not None and str(record.frame.f_globals.get("__name__")).startswith(f"{__package__}.")


def _place_of(record):
    if isinstance(privates.frame_data_of(record), RepeatedFrames):
        return id(record)
    return record.frame.f_code, record.lineno


def _repeated(records, places):
    return _frame_info(RepeatedFrames([record.frame for record in records], places))


class _ModulesByFile(dict):
    """inspect's memory of which module a file belongs to. It looks for a cell's among all that are imported, 1 ms a
    frame; but it is known."""

    def __contains__(self, file):
        return file.startswith(_CELL_FILES) or super().__contains__(file)

    def __missing__(self, file):
        if file.startswith(_CELL_FILES):
            return "__main__"
        raise KeyError(file)


@functools.lru_cache(maxsize=16)
def _formatter_of(cls, style):
    return type.__call__(cls, style=style)


class _OnceAStyle(type):
    """IPython makes a formatter for each traceback, which chooses its colours for 2 ms: for a style always the same."""

    def __call__(cls, **options):
        return _formatter_of(cls, options["style"]) if options.keys() == {"style"} else super().__call__(**options)


class _Formatter(terminal256.Terminal256Formatter, metaclass=_OnceAStyle):
    pass


def _remember(regex_opt):
    """stack_data makes a new class of lexer for each frame, 3 ms, nearly all of it for the same few word lists."""
    remembered = functools.lru_cache(maxsize=256)(regex_opt)
    return lambda strings, prefix="", suffix="": remembered(tuple(strings), prefix, suffix)


def install():
    lexer.regex_opt = _remember(lexer.regex_opt)
    inspect.modulesbyfile = _ModulesByFile(inspect.modulesbyfile)
    stack_data.style_with_executing_node = functools.lru_cache(maxsize=16)(stack_data.style_with_executing_node)
    terminal256.Terminal256Formatter = _Formatter


def text_of(error):
    """str() of an exception, which may be a user's own and fail."""
    try:
        return str(error)
    except Exception:
        return f"<str() of {type(error).__name__} failed>"
