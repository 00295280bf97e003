"""What an expression mentions: where its value is not told, that may be among what is reached from there.

In: an expression in the user's files, in the frame of the function around it. Out: the classes and objects that it
names, that callers visibly pass for its parameters, that fields hold; what calls made of these, and what stands in
modules that it handles as values. Only what a call passes is evaluated, where its text tells nothing. This module must
not know what is done to these.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import callers, classes, evaluation, handing, keeping, stores, targets, transforms
from switchpoint.analysis.resolution.program import known_files
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.resolution.program import Program


Given: TypeAlias = tuple[tuple[Frame, f.Expr, Values], ...]


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def mentioned(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """What an expression may be of what it mentions."""
    match base:
        case f.Local(reaching=reaching):
            return (yield from _local(program, frame, reaching))
        case f.Call(function=f.Global(name="globals"), arguments=()):
            return (yield from _standing_in(frame.function.definition.path))
        case f.Call(function=function, arguments=arguments, keywords=keywords):
            inner = function.base if isinstance(function, f.Attribute) else function
            is_of_module = isinstance(function, f.Attribute) and (yield from _is_module(program, frame, inner))
            given = (*arguments, *(value for _, value in keywords))
            held: Values = yield from _all(frame, given if is_of_module else (inner, *given))
            if (yield from _gives_any_object(program, frame, function)):
                held |= yield _standing_anywhere()
            return (yield from _above(program, _derived(held)))
        case f.Element(value=inner) | f.Elements(iterable=inner) | f.Subscript(base=inner):
            return (yield mentioned(frame, inner))
        case f.Narrowed(value=inner) | f.Starred(value=inner):
            return (yield mentioned(frame, inner))
        case f.Choice(options=parts) | f.Display(items=parts):
            return (yield from _all(frame, parts))
        case f.Attribute(base=inner, name="__dict__"):
            return (yield mentioned(frame, inner))
        case f.Attribute(base=inner, name="__mro__" | "__bases__" | "__base__" | "mro"):
            return (yield from _above(program, (yield mentioned(frame, inner))))
        case f.Attribute(base=inner, name=name):
            named = yield from _named(program, frame, base)
            held = yield from _put_into(program, frame, base)
            return join((named, held, (yield from _field(program, frame, inner, name))))
        case f.Global() | f.Scoped():
            return join(((yield from _named(program, frame, base)), (yield from _put_into(program, frame, base))))
        case _:
            return NONE


def _all(frame: Frame, forms: Iterable[f.Expr]) -> Asking:
    parts: list[Values] = []
    for form in forms:
        parts.append((yield mentioned(frame, form)))
    return join(parts)


def _derived(values: Values) -> Values:
    """What a call can have made of these: objects of the classes, classes of the objects, and those below."""
    found = (v.cls if isinstance(v, InstanceValue) else v for v in values)
    opened = [replace(v, is_open=True) for v in found if isinstance(v, ClassValue)]
    return values | frozenset(opened) | frozenset(InstanceValue(cls) for cls in opened)


def _named(program: Program, frame: Frame, base: f.Expr) -> Asking:
    return (yield from _reached((yield from targets.targets(program, frame, base))))


def _reached(values: Values) -> Asking:
    """Classes and objects, those in containers and in modules."""
    parts: list[Values] = [frozenset(v for v in values if isinstance(v, ClassValue | InstanceValue))]
    for value in values:
        if isinstance(value, ModuleValue) and value.path:
            parts.append((yield from _standing_in(value.path)))
        elif isinstance(value, DisplayValue):
            parts.append((yield from _reached(join(value.items))))
    return join(parts)


def _put_into(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """What is put into a container of that name."""
    parts: list[Values] = []
    for where, value in (yield from stores.filling_forms(program, frame, base)):
        parts.append((yield mentioned(where, value)))
    return join(parts)


def _above(program: Program, values: Values) -> Asking:
    """These, and the user's classes from which those among them derive."""
    parts: list[Values] = [values]
    for value in values:
        if isinstance(value, ClassValue):
            order: classes.Order = yield classes.order(value)
            above = (v for v in order if isinstance(v, ClassValue) and program.is_own(v.definition.path))
            parts.append(frozenset(above))
    return join(parts)


def _standing_in(path: str) -> Asking:
    found: Values = yield targets.anything(path)
    return frozenset(v for v in found if not isinstance(v, ModuleValue))


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _standing_anywhere(program: Program) -> Asking:
    parts: list[Values] = []
    for path in (yield known_files()):
        if program.is_own(path):
            parts.append((yield from _standing_in(path)))
    return join(parts)


def _gives_any_object(program: Program, frame: Frame, function: f.Expr) -> Asking:
    """Whether it is of the garbage collector, which knows all objects (Library Reference, `gc.get_objects`)."""
    found: Values = yield from targets.targets(program, frame, function)
    return any(program.dotted(v.definition).startswith("gc.") for v in found if isinstance(v, FunctionValue))


def _is_module(program: Program, frame: Frame, base: f.Expr) -> Asking:
    found: Values = yield from targets.targets(program, frame, base)
    return any(isinstance(v, ModuleValue) for v in found)


def _local(program: Program, frame: Frame, reaching: tuple[int, ...]) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None:
        return NONE
    parts: list[Values] = []
    for index in reaching:
        match form.bindings[index].source:
            case f.FromParameter(name=name):
                parts.append((yield from _parameter(program, FunctionValue(frame.function.definition), form, name)))
            case f.FromValue(value=value) if value is not None:
                parts.append((yield mentioned(frame, value)))
            case f.FromJoin(reaching=inner):
                parts.append((yield from _local(program, frame, inner)))
            case _:
                pass
    return join(parts)


def _parameter(program: Program, function: FunctionValue, form: f.FunctionForm, name: str) -> Asking:
    """What calls pass, and what is at hand where the function itself is passed to another: `map(function, [C])`."""
    passed: Values = yield callers.passed(function, name)
    parts: list[Values] = [(yield from _reached(passed))]
    given: Given = yield from callers.given(program, function, name)
    for where, argument, told in given:
        if not _of_users(program, (yield from _reached(told))):
            parts.append((yield from _evaluated(program, where, argument)))
    for where, call in (yield from handing.calls_anywhere_with(function, form)):
        parts.append((yield mentioned(where, call)))
    for path in (yield keeping.keepers(function.definition)):
        parts.append((yield from _standing_in(path)))
    return join(parts)


def _evaluated(program: Program, frame: Frame, given: f.Expr) -> Asking:
    """What one call passes that text does not tell, as it is evaluated, else what it mentions."""
    found: Values = yield from evaluation.evaluate(program, frame, given)
    reached: Values = yield from _reached(found)
    return reached if _of_users(program, reached) else reached | (yield mentioned(frame, given))


def _of_users(program: Program, values: Values) -> bool:
    """Whether a class of the user's files, or an object of one, is among these: what a library says that it gives may
    be anything that it was given."""
    classes_ = [v.cls if isinstance(v, InstanceValue) else v for v in values]
    return any(isinstance(v, ClassValue) and program.is_own(v.definition.path) for v in classes_)


def _field(program: Program, frame: Frame, base: f.Expr, name: str) -> Asking:
    """What is visibly passed for a field of the objects that `base` names."""
    parts: list[Values] = []
    for owner in (yield from targets.targets(program, frame, base)):
        if isinstance(owner, InstanceValue) and program.is_own(owner.cls.definition.path):
            fields: tuple[str, ...] = yield transforms.fields_of(owner.cls)
            if name in fields:
                passed: Values = yield callers.passed_to_class(owner.cls, fields.index(name), name)
                parts.append((yield from _reached(passed)))
    return join(parts)
