"""Received: what a parameter is while a body runs.

In: a parameter of a function in a frame. Out: the argument that its context has; without one, what annotation and
default say, what calls visibly pass though the annotation does not admit it, or the class of a receiver. This module
must not know how arguments are told apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import annotations, callers, classes, containers, evaluation, gaps, lies, unseen
from switchpoint.analysis.resolution.program import Program, qualified
from switchpoint.analysis.resolution.values import (
    NONE,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    opened,
    settled,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.ir.summaries import Asking


def received(program: Program, frame: Frame, form: f.FunctionForm, name: str) -> Asking:
    """The argument in this frame; without one, what annotation and default say, or the class of a receiver."""
    given: Values | None = next((values for key, values in frame.context if key == name), None)
    if given is not None:
        given = opened(given, name in form.escaping)
        if not gaps.has_gaps(given):
            return given
    declared = next((p for p in form.parameters if p.name == name), None)
    if declared is None:
        return (yield from _untold(program, frame, name))
    if given is None and form.parameters[0] is declared and form.owner is not None:
        receiver = yield from classes.receiver_of(program, frame.function, form)
        if receiver is not None:
            return (yield from _receivers(program, frame, receiver))
    if given is None:
        every: Values | None = yield callers.all_passed(frame.function, name)
        if every is not None and not has_unknown(every):
            return every
    if name == ".0":
        return (yield from _first_iterable(program, frame, form, declared.default))
    typed, said = yield from _admitted(program, frame, form, declared)
    if given is not None:
        return (
            gaps.filled(given, typed, is_own=program.is_own(frame.function.definition.path))
            if typed
            else _said(given, said)
        )
    base = typed or _said((yield from _untold(program, frame, name)), said)
    if not typed and declared.kind not in ("varargs", "kwargs"):
        base = join((base, (yield callers.shown(frame.function, name))))
    if declared.kind == "varargs":
        return one(DisplayValue("some", (base,)))
    if declared.kind == "kwargs":
        return one(DisplayValue("dict", (base,), (None,), True))
    if declared.default is None:
        return base
    outer = evaluation.definition_frame(frame.function, form)
    default = yield from evaluation.evaluate(program, outer, declared.default)
    return join((base, opened(settled(default), True)))


def _first_iterable(program: Program, frame: Frame, form: f.FunctionForm, iterable: f.Expr | None) -> Asking:
    """What a generator expression is over, with what is put into it."""
    if iterable is None:
        return NONE
    outer = evaluation.definition_frame(frame.function, form)
    found: Values = yield from evaluation.evaluate(program, outer, iterable)
    return (yield from containers.with_fillings(program, outer, iterable, found))


def _receivers(program: Program, frame: Frame, receiver: Value) -> Asking:
    """A receiver, and what is visibly passed for it to one of the user's methods that is of another class."""
    here = frame.function.definition
    if not program.is_own(here.path) or not isinstance(receiver, InstanceValue):
        return one(receiver)
    passed: Values = yield callers.stand_ins(FunctionValue(here))
    return one(receiver) | (yield from lies.lies(program, one(receiver), passed))


def _admitted(program: Program, frame: Frame, form: f.FunctionForm, declared: f.Parameter) -> Asking:
    """What an annotation admits, and what calls visibly pass though it does not; else what it says of who gives it."""
    if declared.annotation is None:
        return NONE, NONE
    outer = evaluation.definition_frame(frame.function, form)
    typed: Values = yield from annotations.instances(program, outer, declared.annotation)
    if has_unknown(typed) and all(v.why is Unresolved.VALUE for v in typed if isinstance(v, UnknownValue)):
        return NONE, typed
    if typed and all(map(gaps.is_plain, typed)):
        return typed, NONE
    function = FunctionValue(frame.function.definition)
    passed: Values = yield callers.passed(function, declared.name)
    if (yield from _is_unseen(function, passed)):
        typed |= gaps.claims(typed)
    return join((typed, (yield from lies.lies(program, typed, passed)))), NONE


def _said(values: Values, said: Values) -> Values:
    """The same values, the unknown ones with what an annotation says that they give."""
    givers = [v for v in said if isinstance(v, UnknownValue) and v.by]
    if len(givers) != 1:
        return values
    return frozenset(
        replace(v, by=givers[0].by, gives=givers[0].gives) if isinstance(v, UnknownValue) and not v.by else v
        for v in values
    )


def _untold(program: Program, frame: Frame, name: str) -> Asking:
    """What nobody passed, with the function that takes it: explanations tell where to look."""
    here = frame.function.definition
    is_afar = not program.is_own(here.path) or (yield from _is_unseen(FunctionValue(here), NONE))
    return one(UnknownValue(Unresolved.PARAMETER, f"{name} of {qualified(here)}"[:120], is_afar=is_afar))


def _is_unseen(function: FunctionValue, passed: Values) -> Asking:
    """Whether nobody sees what a parameter of a function may be, but for what calls visibly pass."""
    return (yield unseen.is_called_unseen(function)) or (not passed and (yield unseen.is_kept(function)))
