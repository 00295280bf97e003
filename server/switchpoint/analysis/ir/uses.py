"""What a function does with a variable: whether the object under it can get into other hands, and what it keeps in its
attributes.

In: the source of a piece, the place of a function in it, the name of a variable. Out: its uses. This module must not
know what the variable is bound to.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.lowering import alone
from switchpoint.analysis.ir.parsing import parse
from switchpoint.analysis.ir.scopes import (
    FILLING,
    LOOKING_INTO_FUNCTIONS,
    NO_NAMES,
    READING,
    READING_CALLS,
    children,
    mangled,
    nodes_in,
)
from switchpoint.analysis.ir.summaries import Asking, Texts, piece_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from switchpoint.analysis.ir.forms import Place
    from switchpoint.analysis.ir.kept import PieceSource

_CHANGING = (
    READING | FILLING | frozenset({"pop", "popleft", "popitem", "clear", "remove", "discard", "sort", "reverse"})
)
"""Methods of containers after which nobody else has the container."""

_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Uses:
    """`is_handed_on`: something else than its attributes is used of the object, so that anyone may have it.
    `is_returned`: it is what the function returns. `called`: its attributes that are called on the spot. `read`: those
    that are read otherwise; `written`: those that are set or deleted. `handed_on`: those of which the value, if it is a
    container, may be in other hands, unless `builtins`, by names, are other functions there."""

    is_handed_on: bool
    is_returned: bool = False
    called: frozenset[str] = NO_NAMES
    read: frozenset[str] = NO_NAMES
    written: frozenset[str] = NO_NAMES
    handed_on: frozenset[str] = NO_NAMES
    builtins: frozenset[str] = NO_NAMES


@query()
def uses(_: Texts, path: str, key: str, place: Place, name: str) -> Asking:
    """What the function at that place of the piece does with a variable of its own."""
    source: PieceSource | None = yield piece_source(path, key)
    found = None if source is None else _function_at(place, *source)
    return Uses(True) if found is None else _uses(found[0], name, found[1])


@query()
def is_only_spread(_: Texts, path: str, key: str, place: Place, name: str) -> Asking:
    """Whether all that the function at that place does with a variable is `*name` or `**name`, once."""
    source: PieceSource | None = yield piece_source(path, key)
    found = None if source is None else _function_at(place, *source)
    if found is None:
        return False
    nodes = list(nodes_in(found[0]))
    spread = {id(node.value) for node in nodes if isinstance(node, ast.Starred) or _is_double_star(node)}  # type: ignore[attr-defined]
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    return len(named) == 1 and id(named[0]) in spread


def _is_double_star(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg is None


_Function: TypeAlias = tuple[ast.FunctionDef | ast.AsyncFunctionDef, str | None]
"""A function, and the name of the class in whose body it stands or that is around that function."""


def _function_at(place: Place, text: str, owner: str | None, header: bool) -> _Function | None:
    source, shift = alone(text, owner, header=header)
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    lines = (place[0] + 1 + shift, place[2] + 1 + shift)
    inside = tree.body[0] if owner is not None else None
    stack: list[tuple[ast.AST, str | None]] = [(tree, None)]
    while stack:
        node, around = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if (node.lineno, node.end_lineno) == lines:
                return node, around
            case ast.ClassDef():
                around = owner if node is inside else node.name
            case _:
                pass
        stack.extend((child, around) for child in children(node))
    return None


def _uses(function: ast.AST, name: str, owner: str | None) -> Uses:
    nodes = list(_own_nodes(function))
    above = sum(_is_super(node) for node in nodes) - sum(_is_asked_above(node) for node in nodes)
    if above or any(_looks_into_functions(node) or _lends(node, name) or _shadows(node) for node in nodes):
        return Uses(True)
    plain = {id(each) for node in nodes for each in _plain_uses(node, owner)}
    kept = {id(each) for node in nodes for each in _kept_uses(node)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    returned = {id(node.value) for node in nodes if isinstance(node, ast.Return)}
    names = [node for node in nodes if isinstance(node, ast.Name) and node.id == name and _is_load(node)]
    attributes = [node for node in nodes if _is_attribute_of(node, name) and _is_load(node)]
    read = [node for node in attributes if id(node) not in called]
    written = [node for node in nodes if _is_attribute_of(node, name) and not _is_load(node)]
    handed_on = [*(node for node in read if id(node) not in kept), *_shared(nodes, name)]
    return Uses(
        any(id(node) not in plain | returned for node in names),
        any(id(node) in returned for node in names),
        _names([node for node in attributes if id(node) in called], owner),
        _names(read, owner),
        _names(written, owner),
        _names(handed_on, owner),
        frozenset(node.id for node in nodes if isinstance(node, ast.Name) and node.id in READING_CALLS),
    )


def _names(attributes: Iterable[ast.AST], owner: str | None) -> frozenset[str]:
    """The names of these, as the class spells them in which the function stands."""
    found = (node.attr for node in attributes if isinstance(node, ast.Attribute))
    return frozenset(name if owner is None else mangled(name, owner) for name in found)


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """All that stands in the function, but what is inside the scopes in it."""
    stack = children(function)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack += children(node)


def _looks_into_functions(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="__class__"):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in LOOKING_INTO_FUNCTIONS or name in _LEADING_BACK
        case _:
            return False


_LEADING_BACK = frozenset({"obj", "__self__", "tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_back"})
"""Attributes of errors, methods and frames that lead back to the object (Library Reference, `inspect`)."""


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and "super" in (
        getattr(node, "id", ""),
        getattr(node, "attr", ""),
    )


def _is_asked_above(node: ast.AST) -> bool:
    """`super().method(...)`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[], keywords=[]))):
            return True
        case _:
            return False


def _shadows(node: ast.AST) -> bool:
    """Whether a name of a builtin that only reads is bound here."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.alias(asname=str(name)):
            return name in READING_CALLS
        case ast.alias(name=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name in READING_CALLS
        case _:
            return False


def _lends(node: ast.AST, name: str) -> bool:
    """Whether a scope inside has the variable, or a statement binds it in a way that hides what it is."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.GeneratorExp() | ast.ClassDef():
            return any(isinstance(each, ast.Name) and each.id == name for each in nodes_in(node))
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return name in names
        case ast.AugAssign(target=ast.Name(id=target)) | ast.NamedExpr(target=ast.Name(id=target)):
            return target == name
        case ast.MatchAs(name=target) | ast.MatchStar(name=target) | ast.MatchMapping(rest=target):
            return target == name
        case ast.Assign(targets=[_, _, *_] as targets):
            return any(isinstance(each, ast.Name) and each.id == name for each in targets)
        case _:
            return False


def _plain_uses(node: ast.AST, owner: str | None) -> Iterator[ast.AST]:
    """The uses of variables after which nobody else has the object. Special ones of its attributes may set anything."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as used)):
            yield used
        case ast.Attribute(value=ast.Name() as used, attr=attr) if not _is_special(attr, owner):
            yield used
        case ast.withitem(context_expr=ast.Name() as used, optional_vars=None):
            yield used
        case ast.Compare(left=ast.Name() as used, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant()]):
            yield used
        case _:
            pass


def _kept_uses(node: ast.AST) -> Iterator[ast.AST]:
    """The uses of containers after which nobody else has the container."""
    match node:
        case ast.Call(func=ast.Attribute(value=used, attr=attr)) if attr in _CHANGING:
            yield used
        case ast.Subscript(value=used) | ast.For(iter=used) | ast.AsyncFor(iter=used) | ast.comprehension(iter=used):
            yield used
        case ast.Compare(comparators=[used], ops=[ast.In() | ast.NotIn()]):
            yield used
        case ast.Compare(left=used, ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant()]):
            yield used
        case ast.Call(func=ast.Name(id=called), args=[used]) if called in READING_CALLS:
            yield used
        case ast.If(test=used) | ast.While(test=used) | ast.IfExp(test=used) | ast.Assert(test=used):
            yield used
        case ast.UnaryOp(op=ast.Not(), operand=used) | ast.Starred(value=used):
            yield used
        case _:
            pass


def _shared(nodes: list[ast.AST], name: str) -> list[ast.AST]:
    """Attributes that are given what something else is given too, or what is not told by one assignment."""
    found: list[ast.AST] = []
    for node in nodes:
        match node:
            case ast.Assign(targets=[_, _, *_] as targets):
                found.extend(each for target in targets for each in nodes_in(target))
            case ast.Assign(targets=targets, value=value) if any(isinstance(n, ast.NamedExpr) for n in nodes_in(value)):
                found.extend(each for target in targets for each in nodes_in(target))
            case ast.AugAssign(target=target):
                found.append(target)
            case _:
                pass
    return [node for node in found if _is_attribute_of(node, name)]


def _is_special(attr: str, owner: str | None) -> bool:
    """Whether a name is special, or private and of a class that is not told."""
    return attr.startswith("__") and (owner is None or attr.endswith("__"))


def _is_attribute_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name


def _is_load(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)
