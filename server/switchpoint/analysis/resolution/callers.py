"""Callers: what code visibly passes for a parameter, whatever the parameter's annotation says.

In: a function or a class and a parameter. Out: the objects that arguments of calls by its name are told to be: those
just made, receivers, what annotations admit. Arguments of which nothing is told are left out. This module must not know
what is done with a parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, calls_in, function_form
from switchpoint.analysis.resolution import classes, targets
from switchpoint.analysis.resolution.program import Program, calls_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def passed(program: Program, function: FunctionValue, name: str) -> Asking:
    """What is visibly passed for a parameter of a function: by calls of its name, of its class for an `__init__`."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return NONE
    owner = classes.class_of(function, form)
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    place = plain.index(name) if name in plain else None
    last = form.name.rpartition(".")[2].partition("#")[0]
    if last == "__init__" and owner is not None:
        return (yield passed_to_class(owner, None if place is None else place - 1, name))
    parts: list[Values] = []
    for frame, call in (yield from _calls(last)):
        shift: int | None = yield from _shift(program, frame, call, function.definition, form)
        if shift is not None:
            at = None if place is None else place - shift
            parts.append((yield from _argument(program, frame, call, at, name)))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def passed_to_class(program: Program, cls: ClassValue, place: int | None, name: str) -> Asking:
    """What is visibly passed for an argument of a class, by its place and its name."""
    parts: list[Values] = []
    for frame, call in (yield from _calls(cls.definition.name.rpartition(".")[2].partition("#")[0])):
        made: Values = yield from targets.targets(program, frame, call.function)
        if any(isinstance(v, ClassValue) and v.definition == cls.definition for v in made):
            parts.append((yield from _argument(program, frame, call, place, name)))
    return join(parts)


def lies(program: Program, typed: Values, given: Values) -> Asking:
    """Of what is passed, that which is of none of the annotated classes."""
    declared = [v.cls for v in typed if isinstance(v, InstanceValue)]
    found: list[InstanceValue] = []
    for value in given if declared else ():
        if not isinstance(value, InstanceValue):
            continue
        for cls in declared:
            if (yield from classes.derives(program, value.cls, cls)) or (yield classes.has_open_check(cls)):
                break
        else:
            found.append(InstanceValue(value.cls))
    return frozenset(found)


def _calls(name: str) -> Asking:
    """(frame, call) of every call of that last name in the analysed files."""
    found: list[tuple[Frame, f.Call]] = []
    pieces: Iterable[tuple[str, str]] = yield calls_of(name)
    for path, key in pieces:
        for function, call in (yield calls_in(path, key, name)):
            found.append((Frame(FunctionValue(Definition(path, key, function)), ()), call))
    return found


def _shift(program: Program, frame: Frame, call: f.Call, function: Definition, form: f.FunctionForm) -> Asking:
    """How many parameters stand before the first argument of a call that may be one of this function; None where it is
    of another. What decorators made of a function bears its name, but is not it."""
    called: Values = yield from targets.targets(program, frame, call.function)
    found = [v.definition for v in called if isinstance(v, FunctionValue)]
    if function in found:
        return 0
    last = form.name.rpartition(".")[2]
    is_another = any(definition.name.rpartition(".")[2] == last for definition in found)
    is_told = not all(isinstance(v, UnknownValue) for v in called)
    if is_another or (is_told and not form.decorators):
        return None
    if form.owner is not None:
        return 1 if isinstance(call.function, f.Attribute) else None
    return 0 if is_told else None


def _argument(program: Program, frame: Frame, call: f.Call, place: int | None, name: str) -> Asking:
    named = next((value for key, value in call.keywords if key == name), None)
    before = call.arguments[: (place or 0) + 1]
    if named is None and place is not None and 0 <= place < len(call.arguments):
        named = None if any(isinstance(a, f.Starred) for a in before) else call.arguments[place]
    if named is None:
        return NONE
    found: Values = yield from targets.targets(program, frame, named)
    return frozenset(v for v in found if not isinstance(v, UnknownValue))
