"""Told: what the text tells that a value is, where only text is asked.

In: an expression in the frame of the function around it. Out: the objects that it visibly is: those just made,
receivers, what annotations admit, what containers are filled with, what a test leaves of that. Of what is not told
nothing is said. This module must not know to whom a value goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    afar,
    containers,
    narrowing,
    patching,
    spelled,
    targets,
)
from switchpoint.analysis.resolution.values import (
    NONE,
    DisplayValue,
    Frame,
    FunctionValue,
    NothingValue,
    Values,
    join,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

_FOLLOWED = (f.Narrowed, f.Attribute)
"""What a name may be bound to of which more is told than by the text of its name alone."""

_FROM_AFAR = unknown(Unresolved.VALUE, "what comes out of a library's object")

# Each by itself, since a cycle that one call lies in would look at all calls of the name again and again.


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def told(program: Program, frame: Frame, argument: f.Expr) -> Asking:
    """The objects that an argument visibly is; an attribute of what is not told is what users put under its name."""
    given = argument.value if isinstance(argument, f.Starred) else argument
    if isinstance(given, f.Narrowed):
        return (yield from _narrowed(program, frame, given))
    if isinstance(given, f.Local) and (yield from _is_derived(frame, given)):
        return (yield from _of_bindings(program, frame, given))
    found: Values = yield from targets.targets(program, frame, given)
    filled: Values = yield from containers.with_fillings(program, frame, given, found)
    seen = without_unknown(filled)
    match given:
        case f.Subscript(base=base, index=index) if not seen:
            place = index.exact if isinstance(index, f.Number) else None
            seen = contents((yield told(frame, base)), place)
        case f.Attribute(base=base, name=name) if not seen:
            seen = yield patching.put_by_users(name)
        case f.Call(function=f.Global(name="getattr"), arguments=(base, f.Const(value=str(name)), *_)) if not seen:
            seen = yield told(frame, f.Attribute(base, name))
        case f.Call(function=function) if not seen:
            seen = yield from _returned(frame, function)
        case _:
            pass
    here = frame.function.definition
    if program.is_own(here.path) and (yield afar.comes_from_afar(here, given)):
        return seen | _FROM_AFAR
    return seen


def _returned(frame: Frame, function: f.Expr) -> Asking:
    """What functions of the user return."""
    parts: list[Values] = []
    for each in (yield from spelled.called(frame.function.definition, function)):
        form: f.FunctionForm | None = yield function_form(*each)
        for value, _ in form.returns if form is not None else ():
            parts.append((yield told(Frame(FunctionValue(each), ()), value)))
    return join(parts)


def contents(values: Values, place: int | None = None) -> Values:
    """What stands in the containers among these; where that is given, in one place of those that have places."""
    parts: list[Values] = [values - without_unknown(values)]
    for value in values:
        if isinstance(value, DisplayValue):
            has_places = value.kind in ("tuple", "list") and not value.is_open
            parts.extend(value.items if place is None or not has_places else value.items[place : place + 1 or None])
    return join(parts)


def _narrowed(program: Program, frame: Frame, given: f.Narrowed) -> Asking:
    """What a test leaves of what is told."""
    before: Values = yield told(frame, given.value)
    left: Values = yield from narrowing.narrow(program, frame, given.value, before, given.test, holds=given.holds)
    return frozenset(v for v in left if not isinstance(v, NothingValue))


def _is_derived(frame: Frame, name: f.Local) -> Asking:
    """Whether what binds a name is a test, a join, or more than its plain text tells."""
    for source in (yield from _sources(frame, name)):
        if isinstance(source, f.FromJoin) or (isinstance(source, f.FromValue) and isinstance(source.value, _FOLLOWED)):
            return True
    return False


def _of_bindings(program: Program, frame: Frame, name: f.Local) -> Asking:
    """What each binding that reaches a use tells."""
    parts: list[Values] = []
    for index, source in zip(name.reaching, (yield from _sources(frame, name)), strict=True):
        match source:
            case f.FromValue(value=value) if isinstance(value, _FOLLOWED):
                parts.append((yield told(frame, value)))
            case f.FromJoin(reaching=reaching):
                parts.append((yield told(frame, f.Local(name.name, reaching))))
            case _:
                parts.append((yield told(frame, f.Local(name.name, (index,)))))
    return without_unknown((yield from containers.with_fillings(program, frame, name, join(parts))))


def _sources(frame: Frame, name: f.Local) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    return [] if form is None else [form.bindings[index].source for index in name.reaching]
