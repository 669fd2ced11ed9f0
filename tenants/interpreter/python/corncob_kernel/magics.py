"""Magics that ipykernel adds to IPython's, as far as they mean something here."""

import json
import shlex

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class
from IPython.display import display
from IPython.utils import openpy

from .modes import CellTask
from .reactive_view import GraphView

_COLUMNS = "{:<7} {:<8} {:<10} {:<9} {}"
_SOURCE_CHARACTERS = 60


def lines_of(cells):
    """A table of running cells. The number is what __task__() takes."""
    yield _COLUMNS.format("number", "cell", "mode", "since", "")
    for cell in sorted(cells, key=lambda cell: cell.started_at):
        number = "-" if cell.number is None else cell.number
        since = f"{cell.started_at.astimezone():%H:%M:%S}"
        source = next(iter(cell.source.strip().splitlines()), "")[:_SOURCE_CHARACTERS]
        yield _COLUMNS.format(number, f"[{cell.execution_count}]", cell.run_mode, since, source).rstrip()


@magics_class
class KernelMagics(Magics):
    @line_magic
    def connect_info(self, arg_s):
        """Where clients find this kernel. Opens its ZMQ sockets, if they are not open yet."""
        port = self.shell.kernel.port
        found = json.loads(port.connection() or '{"error": "no answer in time"}')
        if "error" in found:
            print(f"Its ZMQ sockets cannot be opened: {found['error']}\n")
        else:
            print(json.dumps(found["connection_info"], indent=2))
            print(
                "\nClients of Jupyter on this machine connect with:\n"
                f"    $> jupyter console --existing {shlex.quote(found['connection_file'])}\n"
                "and others with a file that holds the above JSON.\n"
            )
        if found.get("daemon", True):
            print(
                "Clients of the Jupyter kernels API reach it under the address of this daemon, with its token:\n"
                f"    REST       api/kernels/{port.kernel_id()}\n"
                f"    WebSocket  api/kernels/{port.kernel_id()}/channels   (v1.kernel.websocket.jupyter.org)"
            )

    @line_magic
    def mode(self, arg_s):
        """Shows how this kernel's cells run. `%mode concurrent`, `%mode chained`: from now on side by side, in turn.
        `%mode cache`: their outcomes are kept; `%mode react`: they run when what they need is there or changes; or
        several, joined by dashes."""
        modes = self.shell.kernel.cells.modes
        wanted = arg_s.strip()
        if not wanted:
            print("-".join(modes.names()))
        else:
            modes.change(wanted.split("-"))

    @line_magic
    def reactive(self, arg_s):
        """Shows which cell of a reactive kernel depends on which."""
        reactive = self.shell.kernel.cells.reactive
        if arg_s.strip():
            raise UsageError("%reactive takes no argument; it shows which cell depends on which")
        if reactive is None:
            raise UsageError("This kernel is not reactive; %mode react makes it so")
        display(GraphView(reactive.graph))

    @line_cell_magic
    def cache(self, arg_s, cell=None):
        """`%cache info` shows what is kept of cells, `%cache clear` forgets it. `%%cache` as the first line of a cell:
        what it does is kept whatever it is seen to do; what it reads beside its variables is taken to be the same."""
        cache = self.shell.kernel.cells.cache
        if cell is not None:
            raise UsageError("%%cache is the first line of a cell")
        if arg_s.strip() == "info":
            print("\n".join(cache.lines()))
        elif arg_s.strip() == "clear":
            cache.store.clear()
        else:
            raise UsageError("%cache info shows what is kept of cells, %cache clear forgets it")

    @cell_magic
    def nocache(self, arg_s, cell):
        """As the first line of a cell: it runs, and nothing is kept of it. So does the comment `# nocache`."""
        raise UsageError("%%nocache is the first line of a cell")

    @line_magic
    def cells(self, arg_s):
        """Shows the cells that run; `%cells cancel N` ends the one with that number."""
        cells = self.shell.kernel.cells
        command, _, number = arg_s.strip().partition(" ")
        if not command:
            print("\n".join(lines_of(cells.all_running())))
        elif command == "cancel" and number.strip().isdecimal():
            if not CellTask(cells.by_number(int(number))).cancel():
                print(f"There runs no cell with the number {int(number)}.")
        else:
            raise UsageError("%cells shows the cells that run, %cells cancel N ends one")

    @line_magic
    def less(self, arg_s):
        """Shows a file in the pager."""
        if not arg_s:
            raise UsageError("Missing filename.")
        if arg_s.endswith(".py"):
            text = self.shell.pycolorize(openpy.read_py_file(arg_s, skip_encoding_cookie=False))
        else:
            with open(arg_s) as file:
                text = file.read()
        page.page(text)

    more = line_magic("more")(less)

    @line_magic
    def man(self, arg_s):
        """Shows the manual page of a program in the pager."""
        page.page(self.shell.getoutput(f"man {arg_s} | col -b", split=False))
