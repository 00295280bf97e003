"""What may be done to an object as soon as it has a name: then it is not as it was made.

In: the forms of calls and of what they are given; the nodes of assignments. Out: the body knows the names that were
handled. This module must not know which objects that matters for.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import (
    Attribute,
    Closure,
    Expr,
    Free,
    FromDefinition,
    FromParameter,
    FromValue,
    Global,
    Local,
    Opaque,
)
from switchpoint.analysis.ir.scopes import FILLING
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.body import Body


def note_handed(body: Body, function: Expr, argument: Expr) -> None:
    """A name, or a method of what it names, goes to a function."""
    held = argument.base if isinstance(argument, Attribute) else argument
    if _may_use_at_once(body, function):
        note_run(body, held)
        if isinstance(held, Local):
            body.handled.add(held.name)
    elif isinstance(held, Local) and isinstance(function, Attribute) and function.name in FILLING:
        body.kept[held.name] = False


def note_fillers(body: Body, arguments: tuple[Expr, ...]) -> None:
    """A method that fills a container goes to a function: it is called with what stands behind it, or with anything."""
    for place, argument in enumerate(arguments):
        if isinstance(argument, Attribute) and argument.name in FILLING:
            for value in arguments[place + 1 :] or (Opaque(Unresolved.VALUE, "what was put in elsewhere"),):
                body.store_item(argument.base, None, value)


def note_further_call(body: Body) -> None:
    """Something is called: it may do anything to what was put into containers."""
    body.kept.update(dict.fromkeys(body.kept, True))


def note_run(body: Body, function: Expr) -> None:
    """A function is run here: one made here may do anything to the variables that it shares."""
    match function:
        case Local(reaching=reaching):
            sources = [body.bindings[index].source for index in reaching]
            is_inner = any(
                isinstance(s, FromDefinition) or (isinstance(s, FromValue) and isinstance(s.value, Closure))
                for s in sources
            )
        case _:
            is_inner = isinstance(function, Closure | Free)
    body.runs_inner |= is_inner


def _may_use_at_once(body: Body, function: Expr) -> bool:
    """Whether a call may do something to its arguments itself: one of a name, of what a module has, of a method of the
    same object. Of other objects' methods that is not known; most keep for later what they are given."""
    match function:
        case Attribute(base=Local(reaching=(0,))):
            return isinstance(body.bindings[0].source, FromParameter)
        case Attribute(base=base):
            return isinstance(base, Global)
        case _:
            return isinstance(function, Local | Global | Free)


def note_held(body: Body, node: ast.expr) -> None:
    """What is assigned: under another name anything may be done to it."""
    held = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    names = (each.value if isinstance(each, ast.Attribute) else each for each in held)
    body.handled.update(each.id for each in names if isinstance(each, ast.Name))
