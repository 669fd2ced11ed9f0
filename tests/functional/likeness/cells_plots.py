"""Matplotlib, inline. The pictures are compared bit by bit."""

import functools

from likeness.case import Unlike
from likeness.case import case as plain_case

PLOT = "import matplotlib.pyplot as plt\n"
SVG_NOISE = {
    r"Current: \{'\w+', '\w+'\}": "Current: <a set>",
    r"<dc:date>[^<]*</dc:date>": "<date>",
    r'(id|xlink:href|clip-path)="[^"]*"': r'\1="<id>"',
}
NO_GUI = Unlike(
    "no toolkit can run here, and none is named",
    r"(ERROR:root:Invalid GUI request 'none_such'), valid ones are:[^\n]*",
    r"\1: no GUI's event loop runs in this kernel¶",
)

case = functools.partial(plain_case, vary=SVG_NOISE)

CASES = [
    case("inline", f"%matplotlib inline\n{PLOT}plt.plot([1, 3, 2])", "1"),
    case("without-magic", f"{PLOT}plt.plot([1, 3, 2]);"),
    case("show-in-the-middle",
         f"{PLOT}plt.plot([1, 2]); print('a'); plt.show(); print('b'); plt.plot([2, 1]); print('c')"),
    case("figure-as-value", f"{PLOT}fig, ax = plt.subplots(figsize=(2, 1)); ax.plot([1, 2]); fig", "fig"),
    case("two-figures", f"{PLOT}plt.figure(figsize=(1, 1)); plt.figure(figsize=(2, 1)); plt.plot([1]);"),
    case("title-of-last-line", f"{PLOT}plt.plot([1, 2])\nplt.title('corn')"),
    case("display-figure",
         f"{PLOT}fig = plt.figure(figsize=(1, 1))\nfrom IPython.display import display\ndisplay(fig)\nplt.close(fig)"),
    case("error-behind-a-plot", f"{PLOT}plt.plot([1, 2])\n1/0"),
    case("formats-retina", "%config InlineBackend.figure_formats = ['retina']", f"{PLOT}plt.plot([1, 2]);",
         "%config InlineBackend.figure_formats = {'png'}"),
    case("formats-jpeg", "%config InlineBackend.figure_formats = ['jpeg']", f"{PLOT}plt.plot([1, 2]);",
         "%config InlineBackend.figure_formats = {'png'}"),
    case("formats-svg", "%config InlineBackend.figure_formats = ['svg', 'png']",
         f"{PLOT}plt.figure(figsize=(1, 1)); plt.plot([1, 2]);",
         "%config InlineBackend.figure_formats = {'png'}"),
    case("set-formats",
         "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('jpg')",
         f"{PLOT}plt.figure(figsize=(1, 1)); plt.plot([1, 2]);", "set_matplotlib_formats('png')"),
    case("print-figure-kwargs", "%config InlineBackend.print_figure_kwargs = {'bbox_inches': None}",
         f"{PLOT}plt.figure(figsize=(1, 1)); plt.plot([1, 2]);",
         "%config InlineBackend.print_figure_kwargs = {'bbox_inches': 'tight'}"),
    case("close-figures", "%config InlineBackend.close_figures = False", f"{PLOT}plt.figure(figsize=(1, 1))",
         "plt.plot([1, 2]);", "plt.get_fignums()",
         "plt.close('all')", "%config InlineBackend.close_figures = True"),
    case("config-of-the-backend", "%config InlineBackend", "%config InlineBackend.rc"),
    case("rc-params", f"{PLOT}plt.rcParams['figure.figsize'] = (1, 2)", "plt.plot([1, 2]);",
         "plt.rcParams['figure.figsize'] = (6.4, 4.8)"),
    case("style-context", f"{PLOT}with plt.style.context('ggplot'):\n    plt.figure(figsize=(1, 1)); plt.plot([1, 2])"),
    case("pandas-plot", f"{PLOT}import pandas as pd\npd.Series([1, 3, 2]).plot(figsize=(2, 1))"),
    case("interactive", f"{PLOT}plt.isinteractive(), plt.get_backend()"),
    case("ion-ioff", f"{PLOT}plt.ioff(); plt.figure(figsize=(1, 1)); plt.plot([1]);", "plt.ion()"),
    case("list-of-backends", "%matplotlib --list"),
    case("matplotlib-alone", "%matplotlib"),
    case("matplotlib-agg", "%matplotlib agg", f"{PLOT}plt.plot([1]); plt.get_backend()", "%matplotlib inline"),
    case("matplotlib-unknown", "%matplotlib no_such_backend"),
    case("pylab", "%pylab inline", "plot([1, 2]);"),
    case("gui", "%gui", "%gui none_such", "%gui inline", unlike=[NO_GUI]),
    case("animation", f"{PLOT}from matplotlib.animation import FuncAnimation\nfig, ax = plt.subplots(figsize=(1, 1))\n"
         "a = FuncAnimation(fig, lambda i: ax.plot([i]), frames=2)\nplt.close(fig)\nlen(a.to_jshtml()) > 1000"),
]  # fmt: skip
