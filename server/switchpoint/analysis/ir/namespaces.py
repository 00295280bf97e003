"""Namespaces as values: `globals()`, `vars(x)`, `x.__dict__`, through which names and attributes are set by key.

In: forms, and the body that they stand in. Out: what a form is the namespace of; the body has a store of a computed
name where a namespace goes to places that may write to it unseen. This module must not know what plain code writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import Attribute, Call, Const, Expr, Free, Global, Local, Subscript

if TYPE_CHECKING:
    from switchpoint.analysis.ir.body import Body

MODULE, CLASS_BODY = Global("__module__"), Global("__class_body__")
REMOVING = frozenset({"pop", "popitem", "clear"})
"""What takes names out of an object's namespace only uncovers what is below them, which counts anyway; below a module's
are the builtins, which do not."""

_MAKERS = frozenset({"globals", "locals", "vars"})
_ATTRIBUTES = frozenset({"__dict__", "__globals__", "f_globals"})


def owner_of(body: Body, form: Expr) -> Expr | None:
    """What a form is the namespace of; None where it is no namespace."""
    match form:
        case Call(function=Global(name="globals"), arguments=()):
            return MODULE
        case Call(function=Global(name="locals" | "vars"), arguments=()):
            return {"module": MODULE, "class": CLASS_BODY}.get(body.scope)
        case (
            Call(function=Global(name="vars"), arguments=(owner,))
            | Attribute(base=owner, name="__dict__")
            | Call(function=Global(name="getattr"), arguments=(owner, Const(value="__dict__"), *_))
        ):
            return owner
        case Attribute(name="__globals__" | "f_globals"):
            return form
        case Local(name=name):
            return body.namespaces.get(name)
        case _:
            return None


def member(form: Expr) -> Expr:
    """An attribute that is read by its name as text: `getattr(x, "name")`, `vars(x)["name"]`, `x.__dict__["name"]`."""
    match form:
        case (
            Call(function=Global(name="getattr"), arguments=(owner, Const(value=str(name)), *_))
            | Subscript(Attribute(base=owner, name="__dict__"), Const(value=str(name)))
            | Subscript(Call(function=Global(name="vars"), arguments=(owner,)), Const(value=str(name)))
        ):
            return Attribute(member(owner), name)
        case _:
            return form


def note_escape(body: Body, form: Expr) -> None:
    """A namespace is used in a way that does not show what becomes of it: it may be written to."""
    owner = owner_of(body, form) if _is_made(form) else None
    if owner is not None:
        body.store(owner, None, None)


def note_removed(body: Body, form: Expr) -> None:
    """A name is taken out of a namespace."""
    if owner_of(body, form) == MODULE:
        body.store(MODULE, None, None)


def note_given(body: Body, function: Expr, place: int | str, form: Expr) -> None:
    """A namespace goes to a function, which may write to it."""
    owner = owner_of(body, form) if _is_made(form) else None
    if owner is not None:
        body.give(owner, function, place)


def _is_made(form: Expr) -> bool:
    match form:
        case Call(function=Global(name="getattr"), arguments=(_, Const(value="__dict__"), *_)):
            return True
        case Call(function=Global(name=name)):
            return name in _MAKERS
        case Attribute(name=name):
            return name in _ATTRIBUTES
        case _:
            return False


def note_named(body: Body, name: str, form: Expr) -> bool:
    """A variable holds a namespace: what is done to it is done to the namespace. False where that is not so."""
    if body.scope == "module":
        owner = owner_of(body, form) if _is_made(form) else None
        if owner is not None:
            body.give(owner, Global(name), "")
        return True
    if body.scope != "function" or name not in body.names.own or name in body.names.rebound_inside:
        return False
    owner = owner_of(body, form)
    if owner is not None and not isinstance(form, Local):
        body.namespaces[name] = owner
        if any(isinstance(store.base, Local) and store.base.name == name for store in body.stores):
            body.store(owner, None, None)  # in a loop, what was written to the name before
    return True


def note_unseen(body: Body) -> None:
    """At the end of a function: its namespaces whose names were used in other ways than to read from them."""
    for name, owner in body.namespaces.items():
        if name in body.escaped:
            body.store(owner, None, None)


def note_captured(body: Body, form: Expr) -> None:
    """A namespace that is a variable of an enclosing function is written to; only there can be told what it is of."""
    outer = body.enclosing if isinstance(form, Free) else None
    while outer is not None and isinstance(form, Free):
        owner = outer.namespaces.get(form.name)
        if owner is not None:
            outer.store(owner, None, None)
            return
        outer = outer.enclosing
