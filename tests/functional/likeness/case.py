"""What is run on both kernels: cases, made of cells and other requests."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One request. `answers` are given to its input_requests, one after another."""

    msg_type: str
    content: dict
    answers: tuple = ()
    metadata: dict = field(default_factory=dict)
    interrupt_at: str | None = None  # once this has been printed, the kernel is interrupted


@dataclass(frozen=True)
class Unlike:
    """A difference that is meant: what ipykernel says (a regular expression), what is right instead, and why."""

    why: str
    theirs: str
    ours: str = ""


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple
    vary: dict  # regular expression -> text: what no two runs have in common, in any kernel
    unlike: tuple
    alone: bool  # needs kernels of its own: ends them, or leaves them unfit for others


def cell(code, answers=(), metadata=None, interrupt_at=None, **fields):
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": bool(answers),
        "stop_on_error": True,
        **fields,
    }
    return Step("execute_request", content, tuple(answers), metadata or {}, interrupt_at)


def ask(msg_type, **content):
    return Step(f"{msg_type}_request", content)


def case(name, *steps, vary=None, unlike=(), alone=False):
    """A step that is a string is a cell."""
    steps = tuple(cell(step) if isinstance(step, str) else step for step in steps)
    return Case(name, steps, vary or {}, tuple(unlike), alone)


# What varies where something is measured.
TIMES = {
    r"(CPU times|Wall time|user|sys|total): .*": r"\1: <time>",
    r"[\d.]+ (ns|µs|us|μs|ms|s) ± [\d.]+ (ns|µs|us|μs|ms|s) per loop": "<time> per loop",
    r"[\d,]+ loops each": "<n> loops each",
    r" *The slowest run took [^\n]*\n( *that an intermediate result[^\n]*\n)?": "",
}

NAMELESS_ERROR = Unlike(
    "ipykernel's reply does not know the error that it has just shown, and names it after None",
    r"(?s)(    ename: '(\w+)'\n    evalue: '([^\n]*)'\n.*?execute_reply\n)    ename: 'NoneType'\n    evalue: 'None'\n",
    r"\1    ename: '\2'\n    evalue: '\3'\n",
)

FRAME_OF_IPYTHON = Unlike(
    "IPython leaves a frame of its own in tracebacks that Python formats; there is none here",
    r"[^\n]*IPython/core/interactiveshell.py\S*[^\n]*run_code[^\n]*\n([^\n]*exec\(code_obj[^\n]*\n)?([ ]*¶\n)?",
)
