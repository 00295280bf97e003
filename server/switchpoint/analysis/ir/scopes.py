"""Which scope a name belongs to, for one function: the part of name resolution that syntax alone decides.

In: the `ast` of a function body. Out: its own names, what it declares `global` or `nonlocal`, and which of its names
inner functions rebind. This module must not know forms or other files. Facts: CPython 3.13 `Python/symtable.c`, PEP 572
(a walrus inside a comprehension binds in the function around it), PEP 709.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NO_NAMES: frozenset[str] = frozenset()

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)


def frozen(names: Iterable[str]) -> frozenset[str]:
    """A set of these names. Summaries have many, most of which are empty: those are one object."""
    return frozenset(names) or NO_NAMES


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one function scope."""

    own: frozenset[str]
    globals: frozenset[str]
    nonlocals: frozenset[str]
    rebound_inside: frozenset[str]


def names_of(body: Iterable[ast.AST], parameters: Iterable[str], *, has_nonlocal: bool = True) -> Names:
    """The scope of a function with this body. `rebound_inside` are own names that an inner function declares nonlocal,
    or that a generator expression binds. Without `has_nonlocal` nobody needs to look for the former."""
    bound: set[str] = set(parameters)
    global_names: set[str] = set()
    nonlocal_names: set[str] = set()
    inner: set[str] = set()
    for node in _same_scope(body):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
            continue
        if type(node) not in _BINDING:
            continue
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
                inner |= _declared_nonlocal(node) if has_nonlocal else set[str]()
            case ast.Lambda():
                inner |= _declared_nonlocal(node) if has_nonlocal else set[str]()
            case ast.GeneratorExp():
                walrus = walrus_names(node)
                bound |= walrus
                inner |= walrus
            case ast.alias(name=name, asname=asname):
                bound.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global():
                global_names.update(node.names)
            case ast.Nonlocal():
                nonlocal_names.update(node.names)
            case _:
                pass
    own = frozenset(bound - global_names - nonlocal_names)
    return Names(own, frozenset(global_names), frozenset(nonlocal_names), own & frozenset(inner))


def walrus_names(node: ast.AST) -> frozenset[str]:
    """What walruses in an expression bind."""
    return frozenset(n.target.id for n in nodes_in(node) if isinstance(n, ast.NamedExpr))


def generator_names(node: ast.GeneratorExp, is_global: bool) -> Names:
    """The scope of a generator expression. What a walrus in it binds is the scope's around it; `is_global`: that is the
    module's."""
    names = names_of([clause.target for clause in node.generators], [".0"])
    outer = walrus_names(node) - names.own
    none = frozenset[str]()
    return Names(names.own, outer if is_global else none, none if is_global else outer, none)


def mangled(name: str, owner: str) -> str:
    """A private name as CPython stores it inside class `owner` (Reference, 6.2.1)."""
    if not name.startswith("__") or name.endswith("__") or not owner.strip("_"):
        return name
    return f"_{owner.lstrip('_')}{name}"


def stored_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Every name that these nodes bind in their own scope."""
    return names_of(nodes, (), has_nonlocal=False).own


def _same_scope(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of one scope: inner functions and classes themselves, but not what is inside them; the targets of
    comprehensions are theirs alone."""
    stack = list(body)
    while stack:
        node = stack.pop()
        yield node
        if type(node) not in _SCOPES:
            stack += children(node)
            continue
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                stack.extend(node.decorator_list)
                stack.extend(_evaluated_outside(node.args))
            case ast.Lambda():
                stack.extend(_evaluated_outside(node.args))
            case ast.ClassDef():
                stack.extend(node.decorator_list)
                stack.extend(node.bases)
                stack.extend(node.keywords)
            case ast.GeneratorExp():
                stack.append(node.generators[0].iter)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                stack.extend([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
                for clause in node.generators:
                    stack.append(clause.iter)
                    stack.extend(clause.ifs)
            case _:
                raise AssertionError(f"{type(node).__name__} makes no scope")


_SCOPES = frozenset(
    {ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp, *COMPREHENSIONS}
)
_BINDING = frozenset(
    {ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp, ast.alias, ast.ExceptHandler,
     ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.Global, ast.Nonlocal}
)  # fmt: skip


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below that can have names in them: `ast.iter_child_nodes` at a fraction of its cost."""
    found: list[ast.AST] = []
    for name in _child_fields(type(node)):
        value = getattr(node, name, None)
        if type(value) is list:
            found += value
        elif isinstance(value, ast.AST):
            found.append(value)
    return [each for each in found if each is not None] if type(node) in _WITH_GAPS else found  # pyright: ignore[reportUnnecessaryComparison]


_WITH_GAPS = frozenset({ast.Dict, ast.arguments})
"""Their lists have None where there is no key, no default."""


def nodes_in(root: ast.AST) -> Iterator[ast.AST]:
    """The node and everything below it but contexts and operators, in no order that means anything."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _LEAVES):
            stack += children(node)


_LEAVES = (ast.Name, ast.Constant, ast.Global, ast.Nonlocal, ast.alias, ast.MatchSingleton)
_NO_NODES = frozenset(
    {"ctx", "op", "ops", "attr", "arg", "type_comment", "level", "module", "conversion", "is_async", "simple", "rest",
     "kwd_attrs"}
)  # fmt: skip


@cache
def _child_fields(cls: type[ast.AST]) -> tuple[str, ...]:
    return () if issubclass(cls, _LEAVES) else tuple(name for name in cls._fields if name not in _NO_NODES)


def _evaluated_outside(arguments: ast.arguments) -> list[ast.AST]:
    return [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]


def _declared_nonlocal(node: ast.AST) -> set[str]:
    return {name for inner in nodes_in(node) if isinstance(inner, ast.Nonlocal) for name in inner.names}


READING = frozenset({"get", "items", "values", "keys", "copy", "index", "count"})
"""Methods of containers that only read."""

FILLING = frozenset({"append", "add", "setdefault", "insert", "appendleft", "update", "extend"})
"""Methods of containers whose calls lowering records as stores; where they are not called, they go on to somebody who
will."""

READING_CALLS = frozenset(
    {"len", "list", "tuple", "sorted", "enumerate", "reversed", "set", "iter", "any", "all", "zip"}
)


def filled_by(value: ast.expr) -> Iterator[ast.expr]:
    """What the calls fill that a statement is, returns or assigns: `X` in `X.setdefault(key, []).append(item)`."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in FILLING:
            yield value.func.value
        value = value.func.value


def escaping_names(root: ast.AST) -> frozenset[str]:
    """Which names are used in a way that may change a container unseen: passed on, returned, stored, aliased."""
    harmless: set[int] = set()
    uses: list[ast.Name] = []
    for node in nodes_in(root):
        match node:
            case ast.Assign(targets=[_, _, *_] as targets):
                uses.extend(target for target in targets if isinstance(target, ast.Name))  # one has both names
            case ast.Name(ctx=ast.Load()):
                uses.append(node)
            case ast.Subscript(value=ast.Name() as used, ctx=ast.Load() | ast.Store()):
                harmless.add(id(used))
            case ast.Attribute(value=ast.Name() as used, attr=attr) if attr in READING:
                harmless.add(id(used))
            case ast.Expr(value=value) | ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
                harmless.update(map(id, filled_by(value)))
            case ast.For(iter=ast.Name() as used) | ast.comprehension(iter=ast.Name() as used):
                harmless.add(id(used))
            case ast.Compare(comparators=[ast.Name() as used], ops=[ast.In() | ast.NotIn() | ast.Is() | ast.IsNot()]):
                harmless.add(id(used))
            case ast.Starred(value=ast.Name() as used) | ast.keyword(arg=None, value=ast.Name() as used):
                harmless.add(id(used))
            case ast.Call(func=ast.Name(id=called), args=arguments) if called in READING_CALLS:
                harmless.update(id(argument) for argument in arguments)
            case ast.If(test=ast.Name() as used) | ast.UnaryOp(op=ast.Not(), operand=ast.Name() as used):
                harmless.add(id(used))
            case _:
                pass
    return frozenset(use.id for use in uses if id(use) not in harmless)


LOOKING_INTO_FUNCTIONS = frozenset(
    {"locals", "vars", "eval", "exec", "dir", "_getframe", "currentframe", "f_locals", "cell_contents", "__closure__"}
)  # fmt: skip


def only_called(roots: Iterable[ast.AST]) -> frozenset[str]:
    """Names of which every use in this text is a call of them, so that what they name is in nobody else's hands."""
    uses: list[ast.Name] = []
    calls: set[int] = set()
    elsewhere: set[str] = set()
    for node in (each for root in roots for each in nodes_in(root)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in LOOKING_INTO_FUNCTIONS:
                return frozenset()
            case ast.Name(ctx=ast.Load()):
                uses.append(node)
            case ast.Call(func=ast.Name() as called):
                calls.add(id(called))
            case ast.Global():
                elsewhere.update(node.names)
            case ast.arg(annotation=ast.expr() as noted) | ast.FunctionDef(returns=ast.expr() as noted):
                elsewhere.update(_names_read(noted))
            case ast.AsyncFunctionDef(returns=ast.expr() as noted) | ast.AnnAssign(annotation=noted):
                elsewhere.update(_names_read(noted))
            case _:
                pass
    elsewhere.update(use.id for use in uses if id(use) not in calls)
    return frozenset(use.id for use in uses) - elsewhere


def _names_read(root: ast.AST) -> set[str]:
    return {node.id for node in nodes_in(root) if isinstance(node, ast.Name)}
