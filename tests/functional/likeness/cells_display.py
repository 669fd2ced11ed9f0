"""Everything that displays."""

from likeness.case import NAMELESS_ERROR, case

IMPORTS = "from IPython.display import *\nimport IPython.display"
PNG = (
    "import base64\nPNG = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8DwHwyB"
    "JAMAL9AE/VDFUvsAAAAASUVORK5CYII=')"
)
RICH = """class Rich:
    def __repr__(self): return 'plain'
    def _repr_html_(self): return '<b>html</b>'
    def _repr_markdown_(self): return '**markdown**'
    def _repr_latex_(self): return '$latex$'
    def _repr_svg_(self): return '<svg/>'
    def _repr_json_(self): return {'a': [1, None]}
    def _repr_javascript_(self): return 'alert(1)'
    def _repr_pdf_(self): return b'%PDF'
"""

CASES = [
    case("html", f"{IMPORTS}\nHTML('<b>bold</b>')", "display(HTML('<i>x</i>'), HTML('<i>y</i>'))"),
    case("svg", f"{IMPORTS}\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"3\"/></svg>')"),
    case("latex", f"{IMPORTS}\nLatex('$x^2$')", "Math(r'\\frac{1}{2}')"),
    case("json", f"{IMPORTS}\nJSON({{'a': [1, 2.5, None, True]}}, expanded=True)"),
    case("markdown", f"{IMPORTS}\nMarkdown('# title\\n\\n*x*')"),
    case("javascript", f"{IMPORTS}\nJavascript('alert(1)', lib='https://example.org/x.js')"),
    case("image-png", f"{IMPORTS}\n{PNG}\nImage(PNG)", "Image(PNG, width=20, height=30, alt='corn')"),
    case("image-embedded-nowhere", f"{IMPORTS}\nImage(url='https://example.org/x.png')"),
    case(
        "image-jpeg",
        f"{IMPORTS}\nimport io\nfrom PIL import Image as Picture\nfile = io.BytesIO()\n"
        "Picture.new('RGB', (8, 8), 'gold').save(file, 'jpeg')\nImage(file.getvalue(), format='jpeg')",
    ),
    case(
        "pillow", "from PIL import Image as Picture\nPicture.new('RGB', (8, 8), 'gold')",
        "display(Picture.new('L', (2, 2)))"
    ),
    case("audio", f"{IMPORTS}\nAudio([0, 1000, 0, -1000] * 10, rate=8000, normalize=False)"),
    case("video", f"{IMPORTS}\nVideo('https://example.org/x.mp4')", "YouTubeVideo('abc')", "IFrame('x.html', 3, 4)"),
    case("file-link", f"{IMPORTS}\nopen('grain.txt', 'w').close(); FileLink('grain.txt')"),
    case("code", f"{IMPORTS}\nCode('x = 1', language='python')"),
    case("pretty", f"{IMPORTS}\nPretty('text')", "GeoJSON({'type': 'Point', 'coordinates': [1, 2]})"),
    case("progress-bar", f"{IMPORTS}\nbar = ProgressBar(3)\nfor _ in bar: pass",
         vary={r"display_id: '[0-9a-f]+'": "display_id: <id>"}),
    case("text-as-html", f"{IMPORTS}\nTextDisplayObject('x')", "HTML(filename='no-such-file.html')"),
    case("all-representations", f"{RICH}\nRich()", "display(Rich())", "display(Rich(), exclude=['text/html'])"),
    case(
        "mimebundle",
        "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'p', 'application/x-corn': {'n': 1}}, {'application/x-corn': {'m': 2}}\n"
        "Bundle()",
    ),
    case(
        "ipython-display",
        "class Own:\n    def _ipython_display_(self):\n        print('shows itself')\nOwn()",
        "display(Own())",
    ),
    case("repr-with-metadata", "class M:\n    def _repr_html_(self): return '<b>x</b>', {'isolated': True}\nM()"),
    case("broken-repr", "class B:\n    def __repr__(self): raise ValueError('no words')\nB()", "1",
         unlike=[NAMELESS_ERROR]),
    case("broken-html", "class B:\n    def _repr_html_(self): raise ValueError('no words')\nB()",
         unlike=[NAMELESS_ERROR]),
    case("repr-that-is-none",
         "class N:\n    def _repr_html_(self): return None\n    def __repr__(self): return 'n'\nN()"),
    case("repr-of-bytes", f"{PNG}\nclass P:\n    def _repr_png_(self): return PNG\nP()"),
    case(
        "raw",
        "display({'application/vnd.corn+json': {'a': 1}, 'text/plain': 'x'}, raw=True)",
        "display({'image/png': b'\\x89PNG\\r\\n\\x1a\\n'}, raw=True, metadata={'image/png': {'width': 3}})",
    ),
    case("include", f"{IMPORTS}\ndisplay(HTML('x'), include=['text/plain'], metadata={{'a': 1}})"),
    case("display-id", "h = display('one', display_id='cob'); display('two', display_id='cob', update=True)"),
    case("display-id-of-its-own", "h = display(1, display_id=True)\nlen(h.display_id)",
         vary={r"\b[0-9a-f]{32}\b": "<id>"}),
    case("display-handle", f"{IMPORTS}\nh = display('a', display_id='x1')", "h.update('b')", "h.display('c')", "h"),
    case("update-nothing", f"{IMPORTS}\nupdate_display('never shown', display_id='nowhere')"),
    case("display-nothing", "display()", "h = display(display_id='empty')\nh"),
    case("clear-output", f"{IMPORTS}\nprint('a'); clear_output(wait=True); print('b'); clear_output()"),
    case("publish", f"{IMPORTS}\nfrom IPython.core.display_functions import publish_display_data\n"
         "publish_display_data({'text/plain': 'x'}, {'m': 1}, transient={'display_id': 'y'})"),
    case("semicolon", "1;", "2; # shown not", "3;;", "'; '", "[1, 2][0];\n# after"),
    case("last-expression-only", "1\n2\n3", "x = 5\nx", "if True: 7"),
    case("interactivity", "%config InteractiveShell.ast_node_interactivity = 'all'", "1\n2", "%config "
         "InteractiveShell.ast_node_interactivity = 'last_expr_or_assign'", "y = 9",
         "%config InteractiveShell.ast_node_interactivity = 'last_expr'"),
    case("out-cache", "11", "12", "_, __, ___, _1 if '_1' in globals() else None", "sorted(Out)[-2:], In[-1]"),
    case("none", "None", "print(None)", "_ = 3", "4"),
    case("pretty-printing", "list(range(2000))", "{'k' * 40: 'v' * 40, 'l' * 40: ['w' * 30] * 4}", "'x' * 3000"),
    case("strings", "'\\x00\\x1b[31m\"\\u2028é🌽'", "b'\\xff'", "print('\\x1b[31mred\\x1b[0m')", r"r'\n'"),
    case("numbers", "1.5, float('nan'), float('inf'), 10**30, 1j", "%precision 3", "3.14159265", "%precision"),
    case("nan-in-json", f"{IMPORTS}\nJSON({{'a': 1}})", "display({'application/json': {'a': 2}}, raw=True)"),
    case("pandas-frame", "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', None]})", "pd.Series([1.5, 2])"),
    case("pandas-style", "import pandas as pd\npd.DataFrame({'a': [1, 2]}).style.set_uuid('x').highlight_max()"),
    case("pandas-options", "import pandas as pd\nwith pd.option_context('display.max_rows', 4):\n    "
         "display(pd.DataFrame({'n': range(50)}))"),
    case("numpy", "import numpy as np\nnp.arange(12).reshape(3, 4)", "np.float64(2.5), np.zeros(3)", "np.eye(2) * 1j"),
    case("own-formatter",
         "f = get_ipython().display_formatter.formatters['text/html']\nf.for_type(int, lambda n: f'<b>{n}</b>')", "42",
         "f.pop(int)\n43"),
    case("custom-display-formatter",
         "f = get_ipython().display_formatter.formatters['text/plain']\n"
         "f.for_type(int, lambda n, p, c: p.text('int!'))",
         "42", "f.pop(int)\n43"),
    case("own-mimebundle",
         "f = get_ipython().display_formatter.mimebundle_formatter\n"
         "f.for_type(int, lambda n, include=None, exclude=None: {'text/plain': str(n), 'text/html': f'<i>{n}</i>'})",
         "42", "f.pop(int)\n43"),
    case("own-ipython-display",
         "f = get_ipython().display_formatter.ipython_display_formatter\nf.for_type(int, lambda n: print('int', n))",
         "42", "f.pop(int)\n43"),
    case("rich", "import rich\nrich.print('[bold]ears[/bold]', {'a': 1})",
         "from rich.console import Console\nConsole().is_jupyter",
         "from rich.table import Table\ntable = Table(title='t')\ntable.add_column('n')\ntable.add_row('1')\ntable"),
    case("tqdm", "from tqdm.auto import tqdm\ntqdm.__module__, tqdm.__name__"),
    case("what-libraries-ask-for",
         "ip = get_ipython()\nasked = ip.parent_header\n"
         "type(ip).__name__, 'IPKernelApp' in ip.config, asked['msg_type'], asked['header']['msg_type']",
         "import pandas.io.formats.console as c\nc.in_ipython_frontend(), __doc__",
         "import threading, logging\nthreading.current_thread().name, logging.makeLogRecord({}).threadName"),
    case("execution-order", "print('1'); display(2); print('3'); import sys; print('4', file=sys.stderr); 5"),
    case("displayhook", "import sys; sys.displayhook('shown'); print('then')"),
    case("printed-pieces", "print('a', end=''); print('b', flush=True); import sys; sys.stdout.write('c')"),
    case("stderr", "import sys; print('e', file=sys.stderr); sys.stdout.flush(); sys.stderr.write('f')"),
]  # fmt: skip
