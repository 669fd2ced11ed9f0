"""Which names of its namespace compiled code may read before it has set them, and which it sets.

Found in the bytecode, not in the source: functions that a cell calls have no source here, and a name counts as read
unless it was set on every way to the place that reads it. What is told may be too much, never too little, but for what
code does behind its own back (exec, globals(), frames); purity.py looks for that.
"""

import dis
import types
from collections import OrderedDict

_READS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
_SETS = {"STORE_NAME", "STORE_GLOBAL"}
_DELETES = {"DELETE_NAME", "DELETE_GLOBAL"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
_SET_ATTRIBUTES = {"STORE_ATTR", "DELETE_ATTR"}
_NO_WAY_ON = {
    "JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS",
    "RERAISE",
}  # fmt: skip
_OF_IMPORTS = {"SWAP", "POP_TOP", "ROT_TWO"}
_ENDS = {"RETURN_VALUE", "RETURN_CONST"}
_MAKING = {"MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE"}
_CLASS_INSTRUCTIONS = 16  # between a class body and the name it is bound to
_OPTIMIZED = 1  # inspect.CO_OPTIMIZED: of a function, not of a module or class body
_REMEMBERED = 1024


class CodeNames:
    """Of a code object, with all that is nested in it."""

    __slots__ = (
        "bound",
        "certain",
        "deletes",
        "hidden_imports",
        "imported",
        "imports",
        "paths",
        "reads",
        "set_paths",
        "sets",
        "star",
    )

    def __init__(self):
        self.reads = set()  # maybe before they are set
        self.sets = set()  # or deletes
        self.deletes = set()  # of them, those that it may delete
        self.certain = set()  # of them, those that it has surely set when it has come to its end; of no function
        self.paths = set()  # ("time", "perf_counter"): a name, and the attributes that are read of it
        self.set_paths = set()  # the same, the last attribute is set
        self.imports = set()  # of modules
        self.imported = set()  # from them: (module, name)
        self.bound = {}  # a name -> the module that an import statement binds it to
        self.hidden_imports = set()  # those of them whose name is local to a function
        self.star = False  # it sets what it may

    def _take_in(self, nested, but=None):
        self.reads |= nested.reads - {but}
        self.sets |= nested.sets
        self.deletes |= nested.deletes
        self.paths |= nested.paths
        self.set_paths |= nested.set_paths
        self.imports |= nested.imports
        self.imported |= nested.imported
        self.hidden_imports |= nested.hidden_imports
        self.star |= nested.star


def names_of(code):
    names = CodeNames()
    instructions = list(dis.get_instructions(code))
    is_function = bool(code.co_flags & _OPTIMIZED)
    sure = [frozenset()] * len(instructions) if is_function else _surely_set(code, instructions)
    if code.co_name == "<module>":
        ends = [sure[place] for place, each in enumerate(instructions) if each.opname in _ENDS]
        names.certain = set(frozenset.intersection(*[end for end in ends if end is not None]))
    for place, instruction in enumerate(instructions):
        name, value = instruction.opname, instruction.argval
        if name in _READS:
            if sure[place] is not None and value not in sure[place]:
                names.reads.add(value)
            if (code.co_name, value) != ("__hash__", "hash"):  # what a dataclass makes, for one, sees no more than this
                _note_path(names, instructions, place)
        elif name in _SETS or name in _DELETES:
            if name.endswith("GLOBAL") or not _is_class_body(code):
                names.sets.add(value)
                if name in _DELETES:
                    names.deletes.add(value)
            if name in _DELETES and sure[place] is not None and value not in sure[place]:
                names.reads.add(value)
        elif name == "IMPORT_NAME":
            names.imports.add(value)
            _note_import(names, instructions, place)
            if is_function:
                names.hidden_imports.add(value)
        elif name == "IMPORT_STAR" or name == "CALL_INTRINSIC_1" and "STAR" in instruction.argrepr:
            names.star = True
        elif isinstance(value, types.CodeType):
            nested = names_of(value)
            nested.reads -= sure[place] or set()
            names._take_in(nested, but=_bound_to(instructions, place, value))
    return names


def _is_class_body(code):
    return code.co_name != "<module>" and not code.co_flags & _OPTIMIZED


def _note_path(names, instructions, place):
    path = [instructions[place].argval]
    for following in instructions[place + 1 :]:
        if following.opname in _SET_ATTRIBUTES:
            names.set_paths.add((*path, following.argval))
        if following.opname not in _ATTRIBUTES:
            break
        path.append(following.argval)
    names.paths.add(tuple(path))


def _note_import(names, instructions, place):
    """Which names the statement binds, and to what."""
    module, taken = instructions[place].argval, None
    for following in instructions[place + 1 :]:
        if following.opname == "IMPORT_FROM":
            taken = following.argval
            names.imported.add((module, taken))
        elif following.opname.startswith("STORE_"):
            if taken is None:
                names.bound[following.argval] = module.partition(".")[0]
            elif f"{module}.".endswith(f".{taken}."):  # import a.b as c
                names.bound[following.argval] = module
        elif following.opname not in _OF_IMPORTS:
            break


def _bound_to(instructions, place, code):
    """The name that a function or class gets at once: what refers to it within runs later, and means itself."""
    if not code.co_flags & _OPTIMIZED:
        following = instructions[place + 1 : place + _CLASS_INSTRUCTIONS]
        return code.co_name if any(i.opname in _SETS and i.argval == code.co_name for i in following) else None
    for following in instructions[place + 1 :]:
        if following.opname not in _MAKING:
            is_own = following.opname in _SETS and following.argval == code.co_name
            return code.co_name if is_own else None
    return None


def _surely_set(code, instructions):
    """For each instruction, the names that are set on every way to it; None: there is no way to it."""
    place_of = {instruction.offset: place for place, instruction in enumerate(instructions)}
    handlers = _handlers(code, instructions, place_of)
    sure = [None] * len(instructions)
    sure[0] = frozenset()
    to_do = [0]

    def arrive(place, names):
        known = sure[place]
        met = names if known is None else known & names
        if met != known:
            sure[place] = met
            to_do.append(place)

    while to_do:
        place = to_do.pop()
        while True:
            instruction, names = instructions[place], sure[place]
            if place in handlers:
                arrive(handlers[place], names)
            after = names
            if instruction.opname in _SETS:
                after = names | {instruction.argval}
            elif instruction.opname in _DELETES:
                after = names - {instruction.argval}
            if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
                arrive(place_of[instruction.argval], after)
            if instruction.opname in _NO_WAY_ON or place + 1 == len(instructions):
                break
            known = sure[place + 1]
            met = after if known is None else known & after
            if met == known:
                break
            sure[place + 1] = met
            place += 1
    return sure


def _handlers(code, instructions, place_of):
    """For each instruction that an exception may leave, where it goes on then."""
    handlers = {}
    for entry in getattr(dis.Bytecode(code), "exception_entries", ()):
        for place, instruction in enumerate(instructions):
            if entry.start <= instruction.offset < entry.end:
                handlers[place] = place_of[entry.target]
    return handlers


class Names:
    """Remembers what it has found."""

    def __init__(self):
        self._known = OrderedDict()

    def __call__(self, code):
        found = self._known.get(code)
        if found is None:
            found = self._known[code] = names_of(code)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


__all__ = ["Names", "names_of"]
