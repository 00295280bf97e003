"""What code sets in ways that are no plain assignment: by name, through a namespace, inside a container.

In: the forms of calls and of items assigned to. Out: the body has stores for what they set. This module must not know
how forms are made, nor on what a store lands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import codes, namespaces, setters
from switchpoint.analysis.ir.forms import (
    Attribute,
    Call,
    Const,
    Display,
    Elements,
    Expr,
    FromParameter,
    FromValue,
    Global,
    Local,
    Narrowed,
    Opaque,
    Starred,
    Subscript,
)
from switchpoint.analysis.ir.patches import Patch, Place, patch_of, under_another_name
from switchpoint.analysis.ir.scopes import FILLING
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    import ast

    from switchpoint.analysis.ir.body import Body

_MODULES = Attribute(Global("sys"), "modules")


def note_item(body: Body, base: Expr, key: Expr, value: Expr | None) -> None:
    """`base[key] = value`; where `base` is a namespace (`globals()`, `vars(x)`, `x.__dict__`) it sets a name."""
    owner = namespaces.owner_of(body, base)
    if owner is not None:
        body.store(owner, _text(key), value)
        return
    namespaces.note_captured(body, base)
    if isinstance(base, Attribute | Global | Local) and base.name == "dispatch_table":
        # What `copy` and `pickle` make of the objects of a class is told by a function (Library Reference, `copyreg`).
        body.store(key, None, None)
    whole = isinstance(key, Opaque) and key.builtin == "slice" and value is not None
    body.store_item(base, key, Elements(value, False) if whole and value else value)


def note_written(body: Body, call: Call, node: ast.Call) -> None:
    """What a call sets: an attribute by name, or else a namespace, or else a container."""
    setters.note_called(body, call)
    codes.note_borrowed(body, call)
    patch = patch_of(node)
    if patch is not None:
        _note_patch(body, call, patch)
        return
    hidden = under_another_name(node)
    if hidden is not None:
        _note_patch(body, call, hidden)
    match call:
        case Call(function=Global(name="setattr"), arguments=(base, name, value)):
            body.store(base, _text(name), value)
        case Call(function=Global(name="delattr"), arguments=(base, name)):
            body.store(base, _text(name), None)
        case Call(function=Attribute(name="setitem" | "__setitem__"), arguments=(base, key, value)):
            note_item(body, base, key, value)
        case Call(function=Attribute(name="__setitem__", base=base), arguments=(key, value)):
            note_item(body, base, key, value)
        case Call(function=Attribute(name="dict"), arguments=(base, *changes)):
            # `mock.patch.dict(x, {"key": value}, key=value)`
            _note_changes(body, call, base, changes)
        case Call(function=Attribute(name="multiple"), arguments=(base,)):
            # `mock.patch.multiple(x, name=value)`
            named = base.value if isinstance(base, Const) and isinstance(base.value, str) else None
            for name, value in call.keywords:
                body.store(base if named is None else Subscript(_MODULES, Const(named)), name or None, value)
        case Call(function=Attribute(name="pickle") | Global(name="pickle"), arguments=(cls, _, *_)):
            # `copyreg.pickle(C, function)`
            body.store(cls, None, None)
        case Call(function=Attribute(name="__setstate__", base=owner)) if not setters.is_super(owner):
            body.store(owner, None, None)
        case Call(function=Attribute(name="__set__", base=descriptor), arguments=(base, value)):
            body.store(base, descriptor.name if isinstance(descriptor, Attribute) else None, value)
        case Call(function=Attribute(name="__setattr__"), arguments=(*_, name, value)) if _passes_on(body, call):
            pass
        case Call(function=Attribute(name="__setattr__"), arguments=(base, name, value)):
            body.store(base, _text(name), value)
        case Call(function=Attribute(name="__setattr__", base=owner), arguments=(name, value)):
            body.store(setters.receiver(body) if setters.is_super(owner) else owner, _text(name), value)
        case _:
            _note_namespace(body, call)


def _passes_on(body: Body, call: Call) -> bool:
    """Whether a `__setattr__` hands what it was given to the next one, unchanged: who sets an attribute is seen where
    that is done, and who takes this method to call it under another name where it is taken."""
    if body.name.rpartition(".")[2] != "__setattr__" or body.enclosing is None or body.enclosing.scope != "class":
        return False
    given = tuple(_parameter(body, argument) for argument in call.arguments)
    owner = call.function.base if isinstance(call.function, Attribute) else None
    return given == ((1, 2) if owner is not None and setters.is_super(owner) else (0, 1, 2))


def _parameter(body: Body, form: Expr) -> int | None:
    """The place of the parameter that a form reads, if nothing was put in its place."""
    while isinstance(form, Local) and len(form.reaching) == 1:
        (index,) = form.reaching
        match body.bindings[index].source:
            case FromParameter():
                return index
            case FromValue(value=Narrowed(value=inner)):
                form = inner
            case _:
                return None
    return None


def _note_patch(body: Body, call: Call, patch: Patch) -> None:
    given: dict[Place, Expr] = {**dict(enumerate(call.arguments)), **dict(call.keywords)}
    if patch.owner is not None:
        base = given[patch.owner]
        for name in patch.below:
            base = Attribute(base, name)
    elif patch.name is None:
        base = setters.ANYTHING
    else:
        base = Subscript(_MODULES, Opaque(Unresolved.VALUE) if patch.module is None else Const(patch.module))
    made = Opaque(Unresolved.DYNAMIC, patch.name or "")
    value = made if patch.value is None else given[patch.value]
    body.store(base, patch.name, None if patch.name is None else value)


def _note_changes(body: Body, call: Call, base: Expr, changes: list[Expr]) -> None:
    """Changes of a dict that is given, or named by a text."""
    if isinstance(base, Const) and isinstance(base.value, str):
        module, _, name = base.value.rpartition(".")
        base = _MODULES if base.value == "sys.modules" else Attribute(Subscript(_MODULES, Const(module)), name)
    owner = namespaces.owner_of(body, base)
    if owner is not None:
        body.store(owner, None, None)
        return
    for change in changes[:1]:
        _note_update(body, base, change)
    for key, value in call.keywords:
        if key not in ("in_dict", "values", "clear"):
            body.store_item(base, Const(key) if key else None, value)


def _note_namespace(body: Body, call: Call) -> None:
    match call:
        case Call(function=Attribute(base=base, name=name)) if (
            name in FILLING and (owner := namespaces.owner_of(body, base)) is not None
        ):
            body.store(owner, None, Starred(call.arguments[0]) if call.arguments else None)
        case Call(function=Attribute(base=base, name=name)) if name in namespaces.REMOVING:
            namespaces.note_removed(body, base)
        case Call(function=Global(name="exec" | "eval"), arguments=arguments) if _runs_here(arguments):
            body.store(namespaces.MODULE, None, None)
        case Call(function=Attribute(base=base, name=name)) if name in FILLING:
            namespaces.note_captured(body, base)
            _note_filling(body, call)
        case _:
            pass


def _note_filling(body: Body, call: Call) -> None:
    match call:
        case Call(function=Attribute(base=owner, name="update" | "extend")):
            for value in (*call.arguments, *(value for key, value in call.keywords if not key)):
                _note_update(body, owner, value)
            for key, value in call.keywords:
                if key:
                    body.store_item(owner, Const(key), value)
        case Call(function=Attribute(base=owner, name=name), arguments=args) if name in FILLING and args:
            body.store_item(owner, args[0] if name == "setdefault" else None, args[-1])
        case _:
            pass


def _note_update(body: Body, owner: Expr, value: Expr) -> None:
    """`update` of a dict puts in the values of what it is given, which is not the same as iterating over it."""
    if isinstance(value, Display) and value.kind == "dict" and None not in value.keys:
        for key, item in zip(value.keys, value.items, strict=True):
            body.store_item(owner, key, item)
    else:
        body.store_item(owner, None, Opaque(Unresolved.VALUE, "what an update put in"))


def _runs_here(arguments: tuple[Expr, ...]) -> bool:
    """Whether what `exec` runs sees this module's names, and can so change them and what they stand for."""
    return len(arguments) == 1 or any(isinstance(a, Call) and a.function == Global("globals") for a in arguments[1:])


def _text(name: Expr) -> str | None:
    return name.value if isinstance(name, Const) and isinstance(name.value, str) else None
