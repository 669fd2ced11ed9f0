"""From a value to its messages: execute_result, display_data, update_display_data, clear_output."""

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter

from .context import current_cell
from .jsonable import to_json


def show(kernel, msg_type, content):
    """In the name of the running cell."""
    cell = current_cell()
    if cell.recording is not None:
        cell.recording.show(msg_type, to_json(content))
    if cell.displays is None:
        kernel.publish(msg_type, to_json(content))
    else:
        cell.displays.publish(msg_type, content)


class KernelDisplayHook(DisplayHook):
    """The value of a cell's last expression becomes an execute_result message."""

    # Of the cell that runs: another one may run beside it.
    prompt_count = property(lambda self: current_cell().execution_count)
    is_active = property(lambda self: current_cell().displaying)

    @property
    def exec_result(self):
        return current_cell().exec_result

    @exec_result.setter
    def exec_result(self, result):
        current_cell().exec_result = result

    def start_displayhook(self):
        current_cell().displaying = True

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        content = {"data": format_dict, "metadata": md_dict or {}, "execution_count": self.prompt_count}
        show(self.shell.kernel, "execute_result", content)

    def update_user_ns(self, result):
        """`_`, `__` and `___` are results of cells that somebody has run, not of those that run again by themselves."""
        if current_cell().again is None:
            super().update_user_ns(result)
        elif self.do_full_cache:
            self.shell.user_ns[f"_{self.prompt_count}"] = self.shell.user_ns["_oh"][self.prompt_count] = result

    def finish_displayhook(self):
        current_cell().displaying = False

    def check_for_underscore(self):
        """`_` of one kernel never lives in the builtins that all share."""

    def quiet(self):
        """A cell that ends in a semicolon shows nothing. Tokenizing is left to cells that have one at all."""
        source = current_cell().source
        return ";" in source and self.semicolon_at_end_of_expression(source)


class KernelDisplayPublisher(DisplayPublisher):
    """display() becomes display_data and update_display_data messages."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        content = {"data": data, "metadata": metadata or {}, "transient": transient or {}}
        show(self.shell.kernel, "update_display_data" if update else "display_data", content)

    def clear_output(self, wait=False):
        show(self.shell.kernel, "clear_output", {"wait": wait})


# Types whose instances have no _repr_*_ method: only text/plain can come of them.
_PLAIN = {kind: frozenset(kind.__mro__) for kind in (int, float, complex, bool, str, bytes, list, tuple, dict, set)}


class KernelDisplayFormatter(DisplayFormatter):
    """IPython asks a dozen formatters about every value, 100 µs a cell; about a plain one, only those that somebody
    has taught its type."""

    _lessons = None  # what each formatter has been taught, in dictionaries: to read a trait is slow

    def format(self, obj, include=None, exclude=None):
        kinds = _PLAIN.get(type(obj))
        if kinds is None or include or exclude or self._taught(kinds):
            return super().format(obj, include=include, exclude=exclude)
        text = self.formatters["text/plain"](obj)
        return ({"text/plain": text} if text is not None else {}), {}

    def _taught(self, kinds):
        formatters = self.formatters
        if self._lessons is None or self._lessons[0] != len(formatters):
            everyone = (self.ipython_display_formatter, self.mimebundle_formatter, *formatters.values())
            rich = [formatter for formatter in everyone if formatter is not formatters["text/plain"]]
            taught = [(formatter.type_printers, formatter.deferred_printers) for formatter in rich]
            self._lessons = len(formatters), taught
        for by_type, by_name in self._lessons[1]:
            if by_type and not kinds.isdisjoint(by_type):
                return True
            if by_name and any(("builtins", kind.__name__) in by_name for kind in kinds):
                return True
        return False
