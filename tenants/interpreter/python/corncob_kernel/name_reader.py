"""Goes through a cell's syntax tree in the order in which it runs (names.py)."""

import ast

from .name_scopes import Path, Scope, bound_by, join, names_bound_in, parameters

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MAGICS = {"run_line_magic": 1, "run_cell_magic": 2}  # method -> which argument is the code
_MAGICS_OF_CODE = ("time", "capture", "prun")


def _mentions_name_error(node):
    return node is not None and any(isinstance(n, ast.Name) and n.id == "NameError" for n in ast.walk(node))


class Reader(ast.NodeVisitor):
    def __init__(self):
        self.path = Path()
        self.scopes = []  # from the outside in; none: the module
        self.methods = []  # of a class that is not bound yet, each with its scopes
        self.read, self.strict, self.mutated = set(), set(), set()
        self.bound, self.dropped = [], []  # in turn
        self.vanishing = set()  # functions delete them, whenever that is
        self.stars, self.modules = [], set()
        self.origins = {}  # name -> where it is imported from; None: not by an import alone
        self.lenient = 0  # in how many places at once NameError is expected here
        self.annotations_run = True

    # Names.

    def _is_shared(self, name):
        """Whether here it means the module's."""
        for scope in reversed(self.scopes):
            if scope.kind == "class" and scope is not self.scopes[-1]:
                continue
            if name in scope.shared or name in scope.local:
                return name in scope.shared
        return True

    def _runs_later(self):
        return any(scope.kind == "function" for scope in self.scopes)

    def _use(self, name):
        if self._is_shared(name) and not self.path.dead and name not in self.path.sure - self.vanishing:
            self.read.add(name)
            if not self.lenient and not self.stars:
                self.strict.add(name)

    def _bind(self, name, origin=None):
        scope = next((scope for scope in reversed(self.scopes) if scope.kind != "comprehension"), None)
        if scope is not None and name not in scope.shared:
            if scope.kind == "class":
                scope.local.add(name)
            return
        self.origins[name] = origin if self.origins.get(name, origin) == origin else None
        self.bound.append(name)
        if self._runs_later():
            self.path.maybe.add(name)
        else:
            self.path.bind(name)

    def _unbind(self, name):
        self.path.unbind(name)
        self.dropped.append(name)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self._use(node.id)
        elif isinstance(node.ctx, ast.Store):
            if not (self.scopes and self.scopes[-1].kind == "comprehension" and node.id in self.scopes[-1].local):
                self._bind(node.id)
        else:
            self._use(node.id)
            if self._is_shared(node.id):
                self._unbind(node.id)
                if self._runs_later():
                    self.vanishing.add(node.id)
            elif self.scopes and self.scopes[-1].kind == "class":
                self.scopes[-1].local.discard(node.id)

    def _visit_member(self, node):
        if not isinstance(node.ctx, ast.Load):
            root = node.value
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            if isinstance(root, ast.Name) and self._is_shared(root.id) and not self._runs_later():
                if root.id not in self.path.sure:
                    self.mutated.add(root.id)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _visit_member

    # Statements that bind.

    def visit_all(self, nodes):
        for node in nodes:
            self.visit(node)
            if not self.scopes:
                self._visit_methods()

    def visit_Assign(self, node):
        self.visit(node.value)
        self.visit_all(node.targets)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self._use(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target.value)
        if self.annotations_run and not (self._runs_later() and isinstance(node.target, ast.Name)):
            self.visit(node.annotation)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        self.visit(node.target)

    def visit_Import(self, node):
        for alias in node.names:
            self.modules.add(alias.name)
            self._bind(bound_by(alias), alias.name if alias.asname else bound_by(alias))

    def visit_ImportFrom(self, node):
        module = "." * node.level + (node.module or "")
        self.modules.add(module)
        for alias in node.names:
            if module == "__future__":
                self.annotations_run = self.annotations_run and alias.name != "annotations"
            elif alias.name == "*":
                self.stars.append(module)
            else:
                self._bind(bound_by(alias), f"{module}:{alias.name}")

    # Statements with paths.

    def _branch(self, start, *parts):
        """Visits `parts`, which may be reached from `start`; gives where that ends."""
        self.path = start.copy()
        for part in parts:
            self.visit_all(part if isinstance(part, list) else [part])
        return self.path

    def _watched_branch(self, start, part):
        """That, and what is bound and what is deleted anywhere on the way."""
        bound, dropped = len(self.bound), len(self.dropped)
        return self._branch(start, part), set(self.bound[bound:]), set(self.dropped[dropped:])

    def visit_If(self, node):
        ends, rest = [], [node]
        while len(rest) == 1 and isinstance(rest[0], ast.If):  # no recursion: there may be hundreds of elif
            node = rest[0]
            self.visit(node.test)
            start, rest = self.path, node.orelse
            ends.append(self._branch(start, node.body))
            self.path = start.copy()
        self.path = join(*ends, self._branch(start, rest))

    def visit_IfExp(self, node):
        self.visit(node.test)
        start = self.path
        self.path = join(self._branch(start, node.body), self._branch(start, node.orelse))

    def visit_BinOp(self, node):
        operands = []
        while isinstance(node, ast.BinOp):  # no recursion: a sum may be long
            operands.append(node.right)
            node = node.left
        for operand in (node, *reversed(operands)):
            self.visit(operand)

    def visit_BoolOp(self, node):
        self.visit(node.values[0])
        start = self.path
        self.path = join(start, self._branch(start, node.values[1:]))

    def _visit_loop(self, node):
        start = self.path
        if isinstance(node, ast.While):
            turn = self._branch(start, node.body)
        else:
            turn = self._branch(start, node.target, node.body)
        skipped = join(start, turn)
        self.path = join(skipped, self._branch(skipped, node.orelse))

    def visit_For(self, node):
        self.visit(node.iter)
        self._visit_loop(node)

    visit_AsyncFor = visit_For

    def visit_While(self, node):
        self.visit(node.test)
        self._visit_loop(node)

    def _visit_end(self, node):
        self.generic_visit(node)
        self.path.dead = True

    visit_Raise = visit_Return = visit_Break = visit_Continue = _visit_end

    def visit_Try(self, node):
        start = self.path
        lenient = any(_mentions_name_error(handler.type) for handler in node.handlers)
        self.lenient += lenient
        body, bound, dropped = self._watched_branch(start, node.body)
        self.lenient -= lenient
        broken = Path(start.sure - dropped, start.maybe | bound, start.gone | body.gone | dropped)
        ends = [self._branch(body, node.orelse)]
        ends += [self._branch(broken, handler) for handler in node.handlers]
        last, _, dropped = self._watched_branch(broken, node.finalbody)
        self.path = join(*ends)
        self.path.sure = self.path.sure - dropped | last.sure - broken.sure
        self.path.maybe |= last.maybe
        self.path.gone |= last.gone

    visit_TryStar = visit_Try

    def visit_ExceptHandler(self, node):
        if node.type is not None:
            self.visit(node.type)
        if node.name is not None:
            self._bind(node.name)
        self.visit_all(node.body)
        if node.name is not None and self._is_shared(node.name) and not self._runs_later():
            self._unbind(node.name)

    def visit_With(self, node):
        lenient = any(_mentions_name_error(item.context_expr) for item in node.items)
        for item in node.items:
            self.visit(item)
        self.lenient += lenient
        self.visit_all(node.body)
        self.lenient -= lenient

    visit_AsyncWith = visit_With

    def visit_Match(self, node):
        self.visit(node.subject)
        start = self.path
        ends = [self._branch(start, case.pattern, case.guard or [], case.body) for case in node.cases]
        last = node.cases[-1]
        if not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None):
            ends.append(start)
        self.path = join(*ends)

    def _visit_pattern(self, node):
        self.generic_visit(node)
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            self._bind(name)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = _visit_pattern

    # Scopes.

    def _visit_within(self, scope, nodes):
        """What is bound in there only perhaps is; whether one comes out of it is not its matter."""
        start, self.scopes = self.path, [*self.scopes, scope]
        end = self._branch(start, list(nodes))
        self.scopes = self.scopes[:-1]
        self.path = start
        self.path.maybe |= end.maybe
        self.path.gone |= end.gone

    def _visit_signature(self, node):
        arguments = node.args
        self.visit_all([default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None])
        if self.annotations_run and isinstance(node, _FUNCTIONS):
            several = (arguments.vararg, arguments.kwarg)
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several)
            hints = [each.annotation for each in every if each is not None] + [node.returns]
            self.visit_all([hint for hint in hints if hint is not None])

    def visit_FunctionDef(self, node):
        self.visit_all(node.decorator_list)
        self._visit_signature(node)
        self._bind(node.name)
        bound, shared = names_bound_in(node.body)
        scope = Scope("function", bound | parameters(node.args) | {"__class__"}, shared)
        if any(outer.kind == "class" for outer in self.scopes):
            self.methods.append((self.scopes, scope, node.body))
        else:
            self._visit_within(scope, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_methods(self):
        while self.methods:
            scopes, scope, body = self.methods.pop()
            here, self.scopes = self.scopes, scopes
            self._visit_within(scope, body)
            self.scopes = here

    def visit_Lambda(self, node):
        self._visit_signature(node)
        bound, _ = names_bound_in([node.body])
        self._visit_within(Scope("function", bound | parameters(node.args)), [node.body])

    def visit_ClassDef(self, node):
        self.visit_all(node.decorator_list)
        self.visit_all(node.bases)
        self.visit_all(node.keywords)
        shared = {name for inner in node.body if isinstance(inner, ast.Global) for name in inner.names}
        self.scopes = [*self.scopes, Scope("class", {"__module__", "__qualname__"}, shared)]
        self.visit_all(node.body)
        self.scopes = self.scopes[:-1]
        self._bind(node.name)

    def _visit_comprehension(self, node):
        first = node.generators[0]
        self.visit(first.iter)
        targets = [generator.target for generator in node.generators]
        scope = Scope("comprehension", names_bound_in(targets)[0])
        parts = [first.target, *first.ifs]
        for generator in node.generators[1:]:
            parts += [generator.iter, generator.target, *generator.ifs]
        parts += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._visit_within(scope, parts)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    # Magics.

    def visit_Call(self, node):
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method),
                args=[ast.Constant(value=magic), *_] as arguments,
            ) if method in _MAGICS and magic in _MAGICS_OF_CODE and len(arguments) > _MAGICS[method]:
                self._visit_text(arguments[_MAGICS[method]])

    def _visit_text(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                tree = ast.parse(node.value)
            except (SyntaxError, ValueError):
                return
            self.visit_all(tree.body)


__all__ = ["Reader"]
