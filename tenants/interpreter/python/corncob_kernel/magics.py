"""Magics that ipykernel adds to IPython's, as far as they mean something here."""

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.utils import openpy


@magics_class
class KernelMagics(Magics):
    @line_magic
    def connect_info(self, arg_s):
        """Where clients find this kernel."""
        kernel_id = self.shell.kernel.port.kernel_id()
        print(
            f"Kernel {kernel_id}\n\n"
            "Clients of the Jupyter kernels API reach it under the address of this daemon, with its token:\n"
            f"    REST       api/kernels/{kernel_id}\n"
            f"    WebSocket  api/kernels/{kernel_id}/channels   (v1.kernel.websocket.jupyter.org)"
        )

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
