"""The functions that set attributes by name, `setattr` and its like, where they are not called by these names.

In: the forms of calls, and the body that they stand in; the `ast` of a piece. Out: the body has stores of computed
names on what such a function may be called with. This module must not know plain calls of `setattr`.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import (
    Attribute,
    Call,
    Choice,
    Closure,
    Const,
    Display,
    Element,
    Elements,
    Expr,
    Free,
    FromJoin,
    FromValue,
    Global,
    Local,
    Narrowed,
    Number,
    Opaque,
    Starred,
    Subscript,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from switchpoint.analysis.ir.body import Body

FUNCTIONS = frozenset({"setattr", "delattr"})
METHODS = frozenset({"__setattr__", "__delattr__"})
ANYTHING = Global("__anything__")
"""All that a file names: what a function that sets attributes may be called with, once nobody sees where it goes."""

LENT = "()lent"
"""What a function sets that sets attributes of computed names on a parameter."""

_NOT_CALLED = re.compile(r"\b(?:setattr|delattr|__setattr__|__delattr__)\b(?!\s*\()|\b(?:setattr|delattr)\s*\(\s*\*")


def may_be_handed_on(text: str) -> bool:
    """Whether a text names such a function without calling it, or calls it with what is not shown."""
    return _NOT_CALLED.search(text) is not None


def computed_on(node: ast.AST) -> str:
    """The name on which a node sets, or may set, an attribute of a computed name."""
    match node:
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), key, _]) if not isinstance(
            key, ast.Constant
        ):
            return name
        case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=name)]):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr="__dict__"):
            return name
        case _:
            return ""


def note_called(body: Body, call: Call) -> None:
    """Calls of such a function under another name, and calls to which one is handed."""
    match call:
        case Call(function=Global(name="getattr"), arguments=(base, Const(value=str(name)), *_)):
            note_taken(body, name, base)
        case _:
            pass
    given = [part for form in (*call.arguments, *(value for _, value in call.keywords)) for part in _parts(form)]
    others = [form for form in given if not _mentions(body, form, set())]
    if len(others) < len(given):
        _store_on(body, others)
    if _is_plain(call.function):
        if any(isinstance(argument, Starred) for argument in call.arguments):
            body.store(ANYTHING, None, None)
    elif _mentions(body, call.function, set()):
        _store_on(body, [part for argument in call.arguments[:1] for part in _parts(argument)])


def note_taken(body: Body, name: str, base: Expr | None = None) -> None:
    """A method that sets attributes is taken as a value, of `base` or by its bare name: it is called later, and where
    `base` is a class on any of its objects."""
    if name not in METHODS or base in (Global("object"), Global("type")):
        return
    is_bound = base is not None and is_super(base)
    if base is not None:
        body.store(receiver(body) if is_bound else base, None, None)
    if not is_bound:
        body.store(ANYTHING, None, None)


def is_super(owner: Expr) -> bool:
    """Whether it is `super()`."""
    return isinstance(owner, Call) and owner.function == Global("super")


def receiver(body: Body) -> Expr:
    """The first parameter of the method that this is."""
    first = body.bindings[0] if body.bindings else None
    return Local(first.name, (0,)) if first is not None else Global("self")


def _store_on(body: Body, forms: Sequence[Expr]) -> None:
    named = [form for form in forms if not isinstance(form, Const | Number | Opaque | Closure)]
    for form in named or (ANYTHING,):
        body.store(form if not isinstance(form, Starred) else ANYTHING, None, None)


def _parts(form: Expr) -> Iterator[Expr]:
    """A form, or what stands in it where it is a display: `map(setattr, [A, B], ...)`."""
    if isinstance(form, Display):
        for item in form.items:
            yield from _parts(item)
    else:
        yield form


def _is_plain(form: Expr) -> bool:
    match form:
        case Global(name=name):
            return name in FUNCTIONS
        case Attribute(base=Global(name="object" | "type"), name=name):
            return name in METHODS
        case _:
            return False


def _mentions(body: Body, form: Expr, seen: set[tuple[int, int]]) -> bool:
    """Whether such a function may be among what a form stands for, as far as the function around it tells."""
    match form:
        case Local(reaching=reaching):
            return any(_binds(body, index, seen) for index in reaching)
        case Free(name=name, level=level):
            outer = _outer(body, level)
            indexes = () if outer is None else range(len(outer.bindings))
            return any(outer.bindings[i].name == name and _binds(outer, i, seen) for i in indexes if outer is not None)
        case Display(items=parts) | Choice(options=parts):
            return any(_mentions(body, part, seen) for part in parts)
        case Element(value=inner) | Elements(iterable=inner) | Subscript(base=inner) | Starred(value=inner):
            return _mentions(body, inner, seen)
        case Call(function=Global(name="getattr"), arguments=(_, Const(value=str(name)), *_)):
            return name in FUNCTIONS | METHODS
        case Narrowed(value=inner) | Call(function=Attribute(base=inner)):
            return _mentions(body, inner, seen)
        case _:
            return _is_plain(form)


def _binds(body: Body, index: int, seen: set[tuple[int, int]]) -> bool:
    if (id(body), index) in seen:
        return False
    seen.add((id(body), index))
    match body.bindings[index].source:
        case FromValue(value=value):
            return value is not None and _mentions(body, value, seen)
        case FromJoin(reaching=reaching):
            return any(_binds(body, inner, seen) for inner in reaching)
        case _:
            return False


def _outer(body: Body | None, level: int) -> Body | None:
    while body is not None and level:
        body = body.enclosing
        if body is not None and body.scope == "function":
            level -= 1
    return body


# where nobody sees what becomes of one


def is_lost(statements: Sequence[ast.stmt]) -> bool:
    """Whether such a function is returned, kept in an object, a default: used in any way that is not followed."""
    followed: set[int] = set()
    found: set[int] = set()
    top = set(map(id, statements))
    for statement in statements:
        for node in ast.walk(statement):
            followed.update(map(id, _followed(node, id(node) in top)))
            if _names_one(node):
                found.add(id(node))
    return not found <= followed


def _names_one(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name in FUNCTIONS
        case ast.Attribute(value=ast.Name(id="object" | "type"), attr=name):
            return name in METHODS
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name in FUNCTIONS | METHODS
        case _:
            return False


def _followed(node: ast.AST, is_top: bool) -> Iterator[ast.expr]:
    """The expressions right inside a node whose values are followed from there, or go nowhere."""
    match node:
        case ast.Call(func=function, args=arguments, keywords=keywords):
            yield function
            for argument in (*arguments, *(keyword.value for keyword in keywords)):
                yield from _alternatives(argument)
        case ast.Compare(left=left, comparators=comparators):
            yield from (left, *comparators)
        case ast.Assign(targets=targets, value=value) if all(isinstance(t, ast.Name) for t in targets):
            yield from (value,) if is_top else _alternatives(value)
        case ast.For(iter=value) | ast.NamedExpr(value=value):
            yield from _alternatives(value)
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Expr(value=value):
            yield value
        case _:
            pass


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """An expression, and what it may stand for or hold."""
    yield node
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts) | ast.BoolOp(values=parts):
            inner = parts
        case ast.IfExp(body=first, orelse=second):
            inner = [first, second]
        case ast.Starred(value=value):
            inner = [value]
        case _:
            inner = []
    for part in inner:
        yield from _alternatives(part)
