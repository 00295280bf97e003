"""Conditions: what a test is for the values at hand, and what a name can be where a test held.

In: a frame and a test. Out: True, False or None (not decided), or fewer values. A test is decided only when every
alternative agrees. This module must not know what suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import attributes, classes, comparisons, evaluation, importing
from switchpoint.analysis.resolution.program import setters_of
from switchpoint.analysis.resolution.values import (
    ActivationValue,
    ClassValue,
    ConstValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NothingValue,
    NumberValue,
    StepValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

Assumed = tuple[f.Local, Values] | None

PENDING = "pending"
"""The bottom of decisions: nothing flows here yet. Neither branch is alive until something does."""


_TOGETHER = 32
"""Regions around a place that are looked at in one go. Early exits put each region into the one before."""


def is_dead(program: Program, frame: Frame, form: f.FunctionForm, region: int) -> Asking:
    """Whether code of this region cannot run in this frame: what the arguments that it knows decide."""
    known = {name for name, _ in frame.context}
    for _ in range(_TOGETHER):
        if region <= 0:
            return False
        where = form.regions[region]
        if where.imports:
            missing = yield importing.some_missing(frame.function.definition.path, where.imports)
            if missing == where.holds:
                return True
        elif where.test is not None and where.needs is not None and where.needs <= known:
            decided = yield decided_in(frame, where.test)
            if decided is not None and decided is not where.holds:
                return True
        region = where.parent
    return (yield dead_further_out(frame, region))


@query(bottom=lambda *_: True, widen=lambda *_: False)
def dead_further_out(program: Program, frame: Frame, region: int) -> Asking:
    """`is_dead`, found once for all that stands deep inside a region."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    return form is not None and region < len(form.regions) and (yield from is_dead(program, frame, form, region))


@query(bottom=lambda *_: PENDING, widen=lambda *_: None)
def decided_in(program: Program, frame: Frame, test: f.Expr) -> Asking:
    """What `test` is in `frame`: True, False or None."""
    return (yield from decide(program, frame, test))


def decide(program: Program, frame: Frame, test: f.Expr, assumed: Assumed = None) -> Asking:
    match test:
        case f.Not(value=value):
            inner = yield from decide(program, frame, value, assumed)
            return not inner if isinstance(inner, bool) else inner
        case f.Choice(options=options, operator="and" | "or" as operator):
            return (yield from _combined(program, frame, options, operator == "or", assumed))
        case f.Compare():
            return (yield from comparisons.compare(program, frame, test, assumed))
        case _:
            values = yield from evaluation.evaluate(program, frame, test, assumed)
            return (yield from truth_of(program, values))


def _combined(program: Program, frame: Frame, options: tuple[f.Expr, ...], stops: bool, assumed: Assumed) -> Asking:
    open_ = False
    for option in options:
        decided = yield from decide(program, frame, option, assumed)
        if decided is stops or decided is PENDING:
            return decided
        open_ = open_ or decided is None
    return None if open_ else not stops


def truth_of(program: Program, values: Values) -> Asking:
    """Whether all of these are true, or all false; `PENDING` for none at all."""
    if not values:
        return PENDING
    found: set[bool | None] = set()
    for value in values:
        found.add((yield from _truth(program, value)))
    return found.pop() if len(found) == 1 else None


def only(program: Program, values: Values, wanted: bool) -> Asking:
    """Those values that can be true (or false)."""
    kept: list[Value] = []
    for value in values:
        truth = yield from _truth(program, value)
        if truth is None or truth is wanted:
            kept.append(value)
    return frozenset(kept)


def _truth(program: Program, value: Value) -> Asking:
    match value:
        case ConstValue(value=const):
            return bool(const)
        case NumberValue(sign=sign):
            return sign != 0
        case DisplayValue(kind="tuple", items=items, is_open=False):
            return bool(items)  # of what can change it is not told here when it was filled
        case DisplayValue(items=(), is_open=False, is_whole=True):
            return False
        case FunctionValue() | MethodValue() | ActivationValue() | StepValue():
            return True
        case ClassValue():
            for meta in (yield classes.metaclasses(value)):
                if not isinstance(meta, ClassValue) or not (yield from _is_always_true(program, meta)):
                    return None
            return True
        case ModuleValue():
            return None if (yield setters_of("__class__")) else True
        case InstanceValue() if value.exact:
            return True if (yield from _is_always_true(program, value.cls)) else None
        case _:
            return None


def _is_always_true(program: Program, cls: ClassValue) -> Asking:
    """Whether every instance is true: no `__bool__` and no `__len__`, whoever may have set them."""
    if not (yield from classes.is_fully_known(program, cls)):
        return False
    for name in ("__bool__", "__len__"):
        found: Values = yield from attributes.special(program, InstanceValue(cls, exact=True), name)
        if not all(isinstance(v, NothingValue) for v in found):
            return False
    return True
