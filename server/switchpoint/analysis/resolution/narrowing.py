"""Narrowing: what a name can be where a test about it held.

In: the values of a name, a test and whether it held. Out: those of the values for which it can. This module must not
know control flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.resolution import checks, classes, evaluation, names, predicates, truth
from switchpoint.analysis.resolution.values import (
    NONE,
    ClaimedValue,
    ClassValue,
    Frame,
    InstanceValue,
    NothingValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def narrow(program: Program, frame: Frame, subject: f.Expr, values: Values, test: f.Expr, *, holds: bool) -> Asking:
    """Of `values`, those for which `test` can be `holds`; an unknown that passed `isinstance` is of that class."""
    if not isinstance(subject, f.Local):
        return values
    kept: list[Values] = []
    for value in values:
        decided = yield from truth.decide(program, frame, test, (subject, one(value)))
        if isinstance(decided, bool) and decided is not holds:
            continue
        kept.append((yield from _sharpened(program, frame, subject, value, test, holds=holds)))
    return join(kept) if kept else one(NothingValue()) if values else NONE


def _sharpened(program: Program, frame: Frame, subject: f.Local, value: Value, test: f.Expr, *, holds: bool) -> Asking:
    match test:
        case f.Not(value=inner):
            return (yield from _sharpened(program, frame, subject, value, inner, holds=not holds))
        case f.Choice(options=options, operator="and") if holds and isinstance(value, UnknownValue | ClaimedValue):
            for option in options:
                result: Values = yield from _sharpened(program, frame, subject, value, option, holds=True)
                if result != one(value):
                    return result
            return one(value)
        case f.Compare(left=first, operator="isinstance", right=cls) if holds and first == subject:
            return (yield from _as_instance(program, frame, value, cls))
        case f.Call(function=f.Global(name="isinstance") as name, arguments=(first, cls)) if holds and first == subject:
            if (yield from evaluation.evaluate(program, frame, name)) != (yield names.builtin("isinstance")):
                return one(value)
            return (yield from _as_instance(program, frame, value, cls))
        case _:
            return one(value)


def _as_instance(program: Program, frame: Frame, value: Value, cls: f.Expr) -> Asking:
    found: Values = yield from evaluation.evaluate(program, frame, cls)
    instances: list[Value] = []
    for item in predicates.classes_in(found):
        if not isinstance(item, ClassValue) or (yield checks.has_open_check(item)):
            return one(value)
        if not (yield from _may_become(program, value, item)):
            return one(value)
        instances.append(InstanceValue(item))
    return frozenset(instances) or one(value)


def _may_become(program: Program, value: Value, cls: ClassValue) -> Asking:
    """Whether `isinstance` says more of a value than is known: of an unknown, or of one known by a base class."""
    if isinstance(value, UnknownValue | ClaimedValue):
        return True
    if not isinstance(value, InstanceValue) or value.exact:
        return False
    return (yield from classes.derives(program, cls, value.cls))
