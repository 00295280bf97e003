"""Classes made by calls: `type("C", (Base,), {"method": f})`, as the class statements that they amount to.

In: the `ast` of a call. Out: a class statement of the same bases and members, or None. This module must not know forms.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """`is_sure`: the call is of `type` itself, so that its value is the class; otherwise it may be a metaclass's."""

    node: ast.ClassDef
    is_sure: bool


def made_class(call: ast.Call) -> Made | None:
    """The class that a call makes, if it is such a call: `type(name, bases, members)`, `types.new_class(name, bases)`,
    a metaclass called with the same arguments."""
    match call:
        case ast.Call(func=ast.Name(id="type"), args=[name, bases, members]):
            return Made(_statement(call, name, bases, members), True)
        case ast.Call(func=ast.Name(id="new_class") | ast.Attribute(attr="new_class"), args=[name, bases, *_]):
            return Made(_statement(call, name, bases, None), False)
        case ast.Call(args=[ast.Constant(value=str()) as name, ast.Tuple() as bases, ast.Dict() | ast.Name()]) if (
            bases.elts
        ):
            return Made(_statement(call, name, bases, None), False)
        case _:
            return None


def _statement(call: ast.Call, name: ast.expr, bases: ast.expr, members: ast.expr | None) -> ast.ClassDef:
    text = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "made"
    node = ast.ClassDef(
        name=text if text.isidentifier() else "made",
        bases=list(bases.elts) if isinstance(bases, ast.Tuple | ast.List) else [ast.Starred(bases, ast.Load())],
        keywords=[], body=_members(members), decorator_list=[],
    )  # fmt: skip
    return ast.fix_missing_locations(ast.copy_location(node, call))


def _does_more(members: ast.Dict) -> bool:
    """Whether evaluating the members twice would show twice what they do."""
    return any(isinstance(n, ast.Await | ast.Yield | ast.YieldFrom | ast.comprehension) for n in ast.walk(members))


def _members(members: ast.expr | None) -> list[ast.stmt]:
    """One assignment for each member; a namespace that is filled with what is not known, where that cannot be told."""
    keys = members.keys if isinstance(members, ast.Dict) else [None]
    named = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    if not isinstance(members, ast.Dict) or len(named) < len(keys) or _does_more(members):
        filled = ast.Attribute(ast.Call(ast.Name("locals", ast.Load()), [], []), "update", ast.Load())
        return [ast.Expr(ast.Call(filled, [ast.Constant(None)], []))]
    pairs = zip(named, members.values, strict=True)
    return [ast.Assign([ast.Name(name, ast.Store())], value) for name, value in pairs] or [ast.Pass()]
