"""Where a name is bound: scopes within a cell, and paths through its code (names.py)."""

import ast

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Path:
    """What is known at one place of the module's code."""

    def __init__(self, sure=(), maybe=(), gone=(), dead=False):
        self.sure = set(sure)  # bound here, however one came here
        self.maybe = set(maybe)
        self.gone = set(gone)  # deleted, and not bound again
        self.dead = dead  # nobody comes here

    def copy(self):
        return Path(self.sure, self.maybe, self.gone, self.dead)

    def bind(self, name):
        self.sure.add(name)
        self.maybe.add(name)
        self.gone.discard(name)

    def unbind(self, name):
        self.sure.discard(name)
        self.maybe.discard(name)
        self.gone.add(name)


def join(*paths):
    alive = [path.sure for path in paths if not path.dead]
    return Path(
        set.intersection(*alive) if alive else set(),
        set().union(*(path.maybe for path in paths)),
        set().union(*(path.gone for path in paths)),
        not alive,
    )


class Scope:
    """Of a function (lambdas too), a class or a comprehension."""

    def __init__(self, kind, local, shared=()):
        self.kind, self.local, self.shared = kind, set(local), set(shared)  # shared: declared global


def names_bound_in(nodes):
    """By a function's own code, scopes within it left out: (bound, declared global)."""
    bound, shared, outer, left = set(), set(), set(), list(nodes)
    while left:
        node = left.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
                left += node.decorator_list
                continue
            case ast.Lambda():
                continue
            case ast.Name(ctx=ast.Store() | ast.Del()):
                bound.add(node.id)
            case ast.alias():
                bound.add(bound_by(node))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global():
                shared.update(node.names)
            case ast.Nonlocal():
                outer.update(node.names)
        if isinstance(node, COMPREHENSIONS):
            left += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        else:
            left += ast.iter_child_nodes(node)
    return bound - shared - outer, shared


def bound_by(alias):
    return alias.asname or alias.name.partition(".")[0]


def parameters(arguments):
    several = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several)}
