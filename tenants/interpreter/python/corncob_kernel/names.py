"""Which names a cell binds, reads, changes and deletes, told from its syntax tree without running it.

`names_of(code)` takes Python as IPython has transformed it, where magics are calls: a text, or a tree of `ast.parse`,
which it leaves as it is. It raises what `ast.parse` raises. What it knows is the module's namespace, the one that cells
share; names of functions, lambdas, comprehensions and classes are told apart from it. It promises, of the `Names` that
it gives:

- `defined`: all that the cell may have bound when it has run through, in functions with `global` too; not what star
  imports bring.
- `certain`: those of them that are bound whenever the cell ends without an error.
- `read`: all whose value from before the cell it may use: at once, or later in the functions that it makes. Builtins
  are names like others. What it has bound on every path before it looks is not read.
- `needed`: those of `read` without which it raises NameError: all but what it binds itself, what it looks at where it
  expects that error (`try … except NameError`), and what may come of a star import before.
- `mutated`: those of `read` of which it sets or deletes an attribute or item at once (`x.a = 1`, `x[0] += 1`).
- `deleted`: all that may be gone when it ends, if it was bound before: by `del`, and by `except … as`.
- `star_imports`: modules, as written (`from .m import *`: ".m"), all of whose public names it may bind.
- `imported`: what of `defined` it binds by an import alone -> where that comes from ("numpy", "math:sin").
- `modules`: all modules that an import statement names, wherever it stands.

No promise is made about what is not syntax: `exec`, `globals()`, methods that change their object, most magics (the
body of `%%time`, `%time`, `%%capture` and `%%prun` is looked into). A class is taken not to call its own functions
before it is bound.
"""

import ast
from dataclasses import dataclass

from .name_reader import Reader


@dataclass(frozen=True, slots=True)
class Names:
    defined: frozenset = frozenset()
    certain: frozenset = frozenset()
    read: frozenset = frozenset()
    needed: frozenset = frozenset()
    mutated: frozenset = frozenset()
    deleted: frozenset = frozenset()
    star_imports: tuple = ()
    imported: tuple = ()  # of pairs
    modules: frozenset = frozenset()


def names_of(code):
    tree = ast.parse(code) if isinstance(code, str) else code
    reader = Reader()
    reader.visit_all(tree.body)
    path = reader.path
    defined = frozenset(path.maybe)
    return Names(
        defined=defined,
        certain=defined if path.dead else frozenset(path.sure - reader.vanishing),
        read=frozenset(reader.read),
        needed=frozenset(reader.strict - defined),
        mutated=frozenset(reader.mutated & reader.read),
        deleted=frozenset(path.gone),
        star_imports=tuple(reader.stars),
        imported=tuple(sorted((name, origin) for name, origin in reader.origins.items() if origin and name in defined)),
        modules=frozenset(reader.modules),
    )


__all__ = ["Names", "names_of"]
