"""The rules of tidy_test.py that look at one file's text.

Each takes a path and a text and gives its problems. Each comes with samples that it must refuse and samples that it
must let pass, so that a rule that has stopped working is seen.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FOLDERS = ("protocol", "config", "tenants", "server")

LINE_MAX = 120
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
SCRIPT_LINES_MAX = 250

# Who may include whom: the order of the libraries, see README.md.
MAY_INCLUDE = {
    "protocol": {"protocol"},
    "config": {"config"},
    "tenants": {"tenants", "protocol", "config"},
    "server": set(FOLDERS),
    "tests": {*FOLDERS, "tests"},
}

# A library, and the only places that know it.
CONFINED = {
    r"Python\.h|pybind11/.*": r"(tests/)?tenants/interpreter/",
    r"zmq(_addon)?\.h(pp)?": r"(tests/)?server/zmq/",
    r"prometheus/.*": r"(tests/)?server/metrics/",
    r"yaml-cpp/.*": r"(tests/)?config/.*\.cpp",
    r"boost/(asio|beast)[./].*": r"(tests/)?(server|tenants)/|tests/fakes/",
    r"spdlog/.*": r"(tests/)?(server|tenants)/|tests/fakes/",
}

BANNED_CALLS = {
    r"\.detach\(\)": "a detached thread outlives what it uses: join it",
    r"\basio::detached\b": "a detached coroutine is nobody's: spawn it in a TaskGroup",
    r"(?<!\w)(secure_)?getenv\s*\(": "only config/environment.cpp reads the environment",
    r"\bstd::(cout|cerr)\b": "log with spdlog; only the command line prints",
    r"\busing namespace std\b": "name what is used",
}
# file -> what it may do, each for the reason given.
CALLS_ALLOWED = {
    "config/environment.cpp": r"getenv",  # it is the one
    "server/main.cpp": r"std::",  # hands the streams to the command line
    "server/attach/main.cpp": r"std::",  # so does it
}


@dataclass(frozen=True)
class Rule:
    check: Callable[[str, str], Iterator[str]]
    files: str  # regular expression on the whole path
    bad: list[tuple[str, str]]  # path and text: each must be refused
    good: list[tuple[str, str]]  # each must pass

    def problems(self, path: str, text: str) -> list[str]:
        return [f"{path}:{problem}" for problem in self.check(path, text)]


def without_comments_and_strings(text: str) -> str:
    """C++ with the content of comments and literals blanked; lines stay where they are."""
    pattern = re.compile(
        r"""R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)" | "(?:\\.|[^"\\\n])*" | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+' """
        r"""| //[^\n]* | /\*.*?\*/""",
        re.DOTALL | re.VERBOSE,
    )
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def numbered(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(text.splitlines(), start=1)


def includes(text: str) -> Iterator[tuple[int, str]]:
    for number, line in numbered(text):
        if match := re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line):
            yield number, match.group(1)


def include_direction(path: str, text: str) -> Iterator[str]:
    allowed = MAY_INCLUDE[path.split("/")[0]]
    for number, target in includes(text):
        folder = target.split("/")[0]
        if folder in {*FOLDERS, "tests"} and folder not in allowed:
            yield f"{number}: {path.split('/')[0]} must not include {folder} ({target})"
        if target.startswith("."):
            yield f"{number}: includes are rooted at the repository ({target})"


def confined_libraries(path: str, text: str) -> Iterator[str]:
    for number, target in includes(text):
        for library, place in CONFINED.items():
            if re.fullmatch(library, target) and not re.match(place, path):
                yield f"{number}: {target} belongs under {place}"


def banned_calls(path: str, text: str) -> Iterator[str]:
    for number, line in numbered(without_comments_and_strings(text)):
        for call, reason in BANNED_CALLS.items():
            allowed = CALLS_ALLOWED.get(path)
            if (match := re.search(call, line)) and not (allowed and re.search(allowed, match.group())):
                yield f"{number}: {match.group()}: {reason}"


def file_length(path: str, text: str) -> Iterator[str]:
    longest = SCRIPT_LINES_MAX if path == "dev" else FILE_LINES_MAX
    if (lines := len(text.splitlines())) > longest:
        yield f"{lines} lines, at most {longest}: split it"


def line_length(path: str, text: str) -> Iterator[str]:
    for number, line in numbered(text):
        if len(line) > LINE_MAX:
            yield f"{number}: {len(line)} columns, at most {LINE_MAX}"


NOT_A_FUNCTION = re.compile(
    r"""\s*( (else|do|try|if|for|while|switch|catch|namespace|extern)\b
          | (template\s*<.*>\s*)? (class|struct|union|enum)\b [^()]*$ )""",
    re.DOTALL | re.VERBOSE,
)
# `A::A(int b) : b_` in front of `{b} {`: the brace belongs to a member, the body is still to come.
MEMBER = re.compile(r"\)\s*(noexcept(\([^)]*\))?\s*)?:(?!:).*[\w>]\s*$", re.DOTALL)


def cpp_functions(text: str) -> Iterator[tuple[int, int]]:
    """First line and number of lines of each outermost function body, by its braces."""
    code = without_comments_and_strings(text)
    head_start = 0  # where the declaration in front of the next brace begins
    open_braces: list[int | str] = []  # where a function began, or what else the brace is
    for position, char in enumerate(code):
        if char == "{":
            head = code[head_start:position]
            if MEMBER.search(head):
                open_braces.append("member")
                continue
            inside = any(isinstance(brace, int) for brace in open_braces)
            is_function = "(" in head and not inside and not NOT_A_FUNCTION.match(head)
            open_braces.append(head_start + len(head) - len(head.lstrip()) if is_function else "other")
            head_start = position + 1
        elif char == "}" and open_braces:
            begin = open_braces.pop()
            if isinstance(begin, int):
                yield code.count("\n", 0, begin) + 1, code.count("\n", begin, position) + 1
            if begin != "member":
                head_start = position + 1
        elif char == ";":
            head_start = position + 1


def python_functions(text: str) -> Iterator[tuple[int, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def function_length(path: str, text: str) -> Iterator[str]:
    functions = python_functions if path.endswith(".py") else cpp_functions
    for first, lines in functions(text):
        if lines > FUNCTION_LINES_MAX:
            yield f"{first}: a function of {lines} lines, at most {FUNCTION_LINES_MAX}"


def no_unfinished_marks(path: str, text: str) -> Iterator[str]:
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for number, line in numbered(text):
        if match := marks.search(line):
            yield f"{number}: {match.group()}: do it, or file an issue"


def no_machine_paths(path: str, text: str) -> Iterator[str]:
    for number, line in numbered(text):
        if match := re.search(r"(?<![\w.}~/-])/(root|work|home)/[\w.]", line):
            yield f"{number}: a path of one machine ({match.group()}...)"


def no_registry_hosts(path: str, text: str) -> Iterator[str]:
    for number, line in numbered(text):
        if "://" in line:
            yield f"{number}: where packages come from is the machine's affair"


def guarded_headers(path: str, text: str) -> Iterator[str]:
    if not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield "no #pragma once"


SOURCES = r"(protocol|config|tenants|server)/.*\.[ch]pp"
CPP = r".*\.[ch]pp"
CODE = r".*\.([ch]pp|py|m?js|css|html|cmake)|dev|\.ci/.*"

G = "    g();\n" * FUNCTION_LINES_MAX
LONG_BODIES = [
    f"void f() {{\n{G}}}\n",
    f"A::A(int b)\n    : b_{{b}}, c_(b) {{\n{G}}}\n",
    f'namespace a {{\nauto b = "{{";  // {{\n\nclass A {{\n    void f() const {{\n{G}    }}\n}};\n}}\n',
    f"auto a = [](int b) {{\n{G}}};\n",
]
LONG_CLASS = "class A {\n" + "    void f() { g(); }\n" * (FUNCTION_LINES_MAX + 5) + "};\n"
LONG_TABLE = "constexpr int a[] = {\n" + "    1,\n" * (FUNCTION_LINES_MAX + 5) + "};\n"

DOCUMENTED = {"_exit", "_getframe"}  # of os and sys: private by their look only


def private_names(path: str, text: str) -> Iterator[str]:
    """Names of CPython's and IPython's own that a new version may drop."""
    foreign, found = set(), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            foreign.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
            names = [part for alias in node.names for part in alias.name.split(".")]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            foreign.update(alias.asname or alias.name for alias in node.names)
            names = [alias.name for alias in node.names]
        else:
            continue
        found += [(node.lineno, name) for name in names if name.startswith("_") and not name.startswith("__")]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr) and node.attr not in DOCUMENTED:
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in foreign:
                found.append((node.lineno, node.attr))
    for line, name in sorted(found):
        yield f"{line}: {name} is private to another package: privates.py knows what to do without it"


RULES = [
    Rule(
        private_names,
        r"tenants/interpreter/python/.*(?<!/privates)\.py",
        bad=[
            ("tenants/interpreter/python/a.py", "import threading\nthreading.Thread._bootstrap_inner = 1\n"),
            ("tenants/interpreter/python/a.py", "import importlib._bootstrap as b\n"),
            ("tenants/interpreter/python/a.py", "from logging import _handlers\n"),
        ],
        good=[
            ("tenants/interpreter/python/a.py", "import sys\nsys._getframe(1)\nself._mine = 1\n"),
            ("tenants/interpreter/python/a.py", "from .context import _current\n"),
        ],
    ),
    Rule(
        include_direction,
        CPP,
        bad=[
            ("protocol/a.cpp", '#include "tenants/kernel.hpp"\n'),
            ("tenants/a.hpp", '  # include "server/log.hpp"\n'),
            ("server/a.cpp", '#include "../b.hpp"'),
        ],
        good=[("tenants/a.cpp", '#include "protocol/ids.hpp"\n'), ("tests/server/a.cpp", '#include "config/a.hpp"\n')],
    ),
    Rule(
        confined_libraries,
        CPP,
        bad=[
            ("server/a.cpp", "#include <Python.h>\n"),
            ("tenants/a.cpp", "#include <pybind11/embed.h>\n"),
            ("config/a.hpp", "#include <yaml-cpp/yaml.h>\n"),
            ("protocol/a.hpp", "#include <boost/asio.hpp>\n"),
        ],
        good=[
            ("tenants/interpreter/a.cpp", "#include <Python.h>\n"),
            ("config/a.cpp", "#include <yaml-cpp/yaml.h>\n"),
            ("server/net/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n"),
        ],
    ),
    Rule(
        banned_calls,
        SOURCES,
        bad=[("server/a.cpp", "thread.detach();\n"), ("server/a.cpp", 'std::getenv("A");\n')],
        good=[("server/a.cpp", "// never .detach()\n"), ("config/environment.cpp", 'std::getenv("A");\n')],
    ),
    Rule(
        file_length,
        CODE,
        bad=[("a.cpp", "\n" * (FILE_LINES_MAX + 1)), ("dev", "\n" * (SCRIPT_LINES_MAX + 1))],
        good=[("a.cpp", "\n" * FILE_LINES_MAX)],
    ),
    Rule(
        line_length,
        CODE,
        bad=[("a.py", "#" * (LINE_MAX + 1))],
        good=[("a.py", "#" * LINE_MAX)],
    ),
    Rule(
        function_length,
        r".*\.([ch]pp|py)",
        bad=[*(("a.cpp", text) for text in LONG_BODIES), ("a.py", f"def f():\n{G.replace(';', '')}")],
        good=[("a.cpp", LONG_CLASS), ("a.cpp", LONG_TABLE), ("a.cpp", LONG_BODIES[0].replace("    g();\n", "", 5))],
    ),
    Rule(
        no_unfinished_marks,
        r".*\.([ch]pp|py|m?js|css|html|cmake|md|txt|ya?ml)|dev|\.ci/.*",
        bad=[("a.py", "# TO" + "DO: later\n"), ("a.cpp", "// FIX" + "ME\n")],
        good=[("a.py", "# to do this, call that\n")],
    ),
    Rule(
        no_machine_paths,
        r"(?!tests/tidy_rules\.py).*",
        bad=[("a.md", "see /work/a\n"), ("dev", "cd /root/a")],
        good=[("a.md", "GET /api/work/a, ~/work/a, {prefix}/home/a\n")],
    ),
    Rule(
        no_registry_hosts,
        r".*requirements.*\.txt|.*package(-lock)?\.json",
        bad=[("package-lock.json", '"resolved": "https://example.org/a.tgz"')],
        good=[("package-lock.json", '"version": "1.0.0"')],
    ),
    Rule(
        guarded_headers,
        r".*\.hpp",
        bad=[("a.hpp", "int a;\n")],
        good=[("a.hpp", "// What.\n#pragma once\nint a;\n")],
    ),
]
