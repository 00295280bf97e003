"""Decorators: what `def` and `class` statements bind.

In: a definition in a frame. Out: the function or class, passed through its decorators from the innermost out. This
module must know no decorator by name but those that the language itself looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import calls, classes, evaluation, transforms
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    ClassValue,
    Definition,
    DescriptorValue,
    Frame,
    Values,
    has_unknown,
    join,
    one,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def decorated_function(program: Program, frame: Frame, name: str) -> Asking:
    """What a `def` statement binds: the function, passed through its decorators from the innermost out."""
    plain = evaluation.closure(frame, name)
    form: f.FunctionForm | None = yield function_form(*plain.definition)
    if form is None:
        return unknown(Unresolved.NO_SOURCE, name)
    found = one(plain)
    last = form.name.rpartition(".")[2].partition("#")[0]
    if form.owner is not None and last in ("__init_subclass__", "__class_getitem__"):
        found = one(DescriptorValue("classmethod", plain))
    for decorator in reversed(form.decorators):
        if classes.evaluated_name(decorator) == "overload":
            # In source the implementation follows; in a stub every overload is what may be called.
            return one(plain) if plain.definition.path.endswith(".pyi") else NONE
        values = yield from evaluation.evaluate(program, frame, decorator)
        result = yield from calls.call(program, values, Arguments((found,)))
        found = _named_decorator(result, decorator)
    return found


def _named_decorator(result: Values, decorator: f.Expr) -> Values:
    """An unknown that a decorator gave is the decorator's doing."""
    if not has_unknown(result):
        return result
    name = classes.evaluated_name(decorator)
    return join((without_unknown(result), unknown(Unresolved.DECORATOR, f"@{name}" if name else "a decorator")))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def decorated_class(program: Program, frame: Frame, name: str) -> Asking:
    """What a `class` statement binds."""
    here = frame.function.definition
    captured = evaluation.closure(frame, name).frame
    cls = ClassValue(Definition(here.path, here.piece, name), captured)
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    found = one(cls)
    if form is None or here.path.endswith(".pyi"):
        return found
    for decorator in reversed(form.decorators):
        if (yield from transforms.keeps_class(program, frame, decorator)):
            continue
        values = yield from evaluation.evaluate(program, frame, decorator)
        result = yield from calls.call(program, values, Arguments((found,)))
        found = _named_decorator(result, decorator)
    return found
