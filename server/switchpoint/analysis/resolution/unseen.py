"""Unseen: functions that are called without being named: by the syntax of the language, by what keeps them, by whom
they were handed to, by computed names.

In: a function of the user's. Out: whether somebody may call it so, whose arguments are then not seen. This module must
not know what is passed where a call is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import last_name
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, handing, keeping, known_calls, reinit, spelled, targets, transforms
from switchpoint.analysis.resolution.program import Program, calls_of, imported
from switchpoint.analysis.resolution.values import (
    ClassValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.values import Definition

_NO_CLASSES: frozenset[ClassValue] = frozenset()


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_called_unseen(program: Program, function: FunctionValue) -> Asking:
    """Whether a function may be called by what does not name it, whatever calls by its name pass."""
    here = function.definition
    form: f.FunctionForm | None = yield function_form(*here)
    if form is None or not program.is_own(here.path):
        return False
    owner = classes.class_of(function, form)
    last = known_calls.last_name(function)
    if last == "__init__" and owner is not None:
        return (yield is_made_unseen(owner))
    if last == "__call__" and owner is not None:
        is_meta: bool = yield from classes.derives_from_named(program, owner, "builtins.type")
        return is_meta or bool((yield from handing.calls_anywhere_with(function, form)))
    if last.startswith("__") and last.endswith("__"):
        return True
    if owner is None and form.parent is None and (yield _is_named_by_text(here.path)):
        return True
    if (yield from _is_registered(program, here, form.decorators)):
        return True
    needed = sum(p.default is None and p.kind in ("plain", "positional") for p in form.parameters)
    for _, call in (yield from handing.calls_anywhere_with(function, form)):
        if _given_with(call, last) < needed - (owner is not None):
            return True
    return owner is not None and (yield from _is_asked_for(program, owner))


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_kept(program: Program, function: FunctionValue) -> Asking:
    """Whether a function, or for `__init__` its class, is kept in a container, in an object or under another name: some
    calls of it are seen there."""
    here = function.definition
    form: f.FunctionForm | None = yield function_form(*here)
    owner = None if form is None else classes.class_of(function, form)
    is_init = owner is not None and known_calls.last_name(function) == "__init__"
    return program.is_own(here.path) and bool((yield keeping.keepers(owner.definition if is_init and owner else here)))


def _is_registered(program: Program, definition: Definition, decorators: tuple[f.Expr, ...]) -> Asking:
    """Whether a function or class is given to a decorator that may keep it."""
    for decorator in decorators:
        if not (yield from _is_standard(program, definition, decorator)):
            return True
    return False


def _given_with(call: f.Call, name: str) -> int:
    """How much stands behind a function that is handed to a call, and will be called with that; nothing does where it
    is in a display or given by a keyword."""
    at = next((index for index, argument in enumerate(call.arguments) if last_name(argument) == name), None)
    return 0 if at is None else len(call.arguments) - at - 1 + len(call.keywords)


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_made_unseen(program: Program, owner: ClassValue) -> Asking:
    """Whether objects of a class are made by what does not name it, a decorator or one of the user's functions, or made
    again."""
    cls: f.ClassForm | None = yield classes.class_form(owner.definition)
    if cls is None:
        return True
    others: list[f.Expr] = []
    for decorator in cls.decorators:
        keeps: bool = yield from transforms.keeps_class(program, classes.header_frame(owner, cls), decorator)
        others.extend(() if keeps else (decorator,))
    if (yield from _is_registered(program, owner.definition, tuple(others))):
        return True
    if (yield reinit.is_initialised_again(owner)) or (yield _is_named_by_text(owner.definition.path)):
        return True
    last = known_calls.last_part(owner.definition.name)
    for path in (owner.definition.path, *(yield handing.naming(owner.definition))):
        for frame, call in (yield from handing.calls_in_file(path, last, owner.definition)):
            is_alone = not _given_with(call, last)
            if is_alone and (yield from spelled.called(frame.function.definition, call.function)):
                return True
    return False


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _is_named_by_text(_: Program, path: str) -> Asking:
    """Whether code of a file takes what the file binds by a name in text, or by code in text."""
    for taker in ("globals", "eval", "exec"):
        if any(user == path for user, _ in (yield calls_of(taker))):
            return True
    return False


def _is_asked_for(program: Program, owner: ClassValue) -> Asking:
    """Whether members of a class are taken from its objects by computed names."""
    if (yield _is_anything_asked()):
        return True
    for cls in (yield _asked_for_computed_names()):
        if (yield from classes.derives(program, cls, owner)) or (yield from classes.derives(program, owner, cls)):
            return True
    return False


@query(bottom=lambda *_: _NO_CLASSES, widen=lambda *_: _NO_CLASSES)
def _asked_for_computed_names(program: Program) -> Asking:
    """The user's classes of whose objects the user's files take members by `getattr` with a computed name."""
    found: set[ClassValue] = set()
    for frame, call in (yield from known_calls.named("getattr")):
        if len(call.arguments) > 1 and not isinstance(call.arguments[1], f.Const):
            for value in (yield from targets.targets(program, frame, call.arguments[0])):
                if isinstance(value, InstanceValue) and program.is_own(value.cls.definition.path):
                    found.add(value.cls)
    return frozenset(found)


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _is_anything_asked(program: Program) -> Asking:
    """Whether the user's files call members of what is not told under computed names, with arguments."""
    for frame, call in (yield from known_calls.named("getattr")):
        match call:
            case f.Call(function=f.Call(function=f.Global(name="getattr"), arguments=(base, key, *_))) if (
                call.arguments or call.keywords
            ) and not isinstance(key, f.Const):
                told: Values = yield from targets.targets(program, frame, base)
                if program.is_own(frame.function.definition.path) and all(_is_anything(program, v) for v in told):
                    return True
            case _:
                pass
    return False


def _is_anything(program: Program, value: Value) -> bool:
    if isinstance(value, InstanceValue):
        return program.dotted(value.cls.definition) == "builtins.object"
    return isinstance(value, UnknownValue)


def _is_standard(program: Program, here: Definition, decorator: f.Expr) -> Asking:
    """Whether a decorator is a builtin or one of the standard library: these keep no function for others to call."""
    function = decorator.function if isinstance(decorator, f.Call) else decorator
    base = function.base if isinstance(function, f.Attribute) else function
    if not isinstance(base, f.Global | f.Scoped):
        return False
    owner_key = here.piece.rpartition(".")[0]
    if isinstance(base, f.Scoped) and owner_key and (yield from spelled.binding(here.path, owner_key, base.name)):
        return False
    sources = [source for _, source in (yield from spelled.binding(here.path, None, base.name))]
    for source in sources:
        owner = (yield imported(here.path, source.module, source.level)) if isinstance(source, f.FromImport) else None
        if not isinstance(owner, ModuleValue) or not program.in_stdlib(owner.path):
            return False
    return bool(sources) or base is function
