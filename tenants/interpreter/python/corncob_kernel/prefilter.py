"""Lines that IPython would rewrite without a mark in them: `ls`, `exit`, a macro's name.

IPython asks seven checkers about every cell of one line. They and their handlers are thirteen configurable objects,
which would be a third of the cost of making a shell; most kernels never see such a line, and make them not.
"""

from IPython.core import prefilter
from IPython.core.autocall import IPyAutocall
from IPython.core.macro import Macro
from IPython.core.splitinput import split_user_input

_MADE_WHEN_ASKED_FOR = ("_checkers", "_handlers", "_esc_handlers")


class PrefilterManager(prefilter.PrefilterManager):
    """Once the checkers and handlers are there, for whatever reason, all lines are theirs."""

    def init_checkers(self):
        pass

    def init_handlers(self):
        pass

    def __getattr__(self, name):
        if name not in _MADE_WHEN_ASKED_FOR:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        try:
            super().init_handlers()
            super().init_checkers()
        except BaseException:  # an interrupt of `%time ls`; with some of them, `ls` would be no magic for ever
            for each in _MADE_WHEN_ASKED_FOR:
                self.__dict__.pop(each, None)
            raise
        return self.__dict__[name]

    def prefilter_lines(self, lines, continue_prompt=False):
        line = lines.rstrip("\n")
        if "_checkers" in self.__dict__ or self._transformers or "\n" in line or self._may_be_rewritten(line):
            return super().prefilter_lines(lines, continue_prompt)
        self.shell._last_input_line = line
        return line

    def _may_be_rewritten(self, line):
        """What the checkers look for, in their order."""
        _, _, word, rest = split_user_input(line)
        if self.shell.autocall or isinstance(self.shell.user_ns.get(word), (Macro, IPyAutocall)):
            return True
        if rest.lstrip()[:1] in ("=", ","):
            return False
        return self.shell.automagic and self.shell.find_magic(word) is not None


__all__ = ["PrefilterManager"]
