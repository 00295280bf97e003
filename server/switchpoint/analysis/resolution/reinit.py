"""Objects that are initialised again: `self.__init__(other)` in a method, `A.__init__(a, other)` anywhere.

In: a class. Out: whether the user's files may do that to its objects, so that what one was made with is not all that
its constructor was ever given. This module must not know what constructors store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_in
from switchpoint.analysis.resolution import classes, known_calls, targets
from switchpoint.analysis.resolution.program import calls_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Value,
    one,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_initialised_again(program: Program, cls: ClassValue) -> Asking:
    """Whether an `__init__` is called that may be given objects of this class, and not by constructors."""
    for frame, base in (yield _calls_besides_constructors()):
        for value in (yield from _initialised(program, frame, base)):
            if (yield from _may_be_of(program, value, cls)):
                return True
    return False


@query()
def _calls_besides_constructors(program: Program) -> Asking:
    """(frame, base) of every `base.__init__(...)` in the user's files outside constructors, which call one another."""
    found: list[tuple[Frame, f.Expr]] = []
    for path, key in (yield calls_of("__init__")):
        if not program.is_own(path) or key.endswith(".__init__"):
            continue
        for inside, call in (yield calls_in(path, key, "__init__")):
            if isinstance(call.function, f.Attribute) and known_calls.last_part(inside) != "__init__":
                found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call.function.base))
    return tuple(found)


def _initialised(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """Whose `__init__` is called: that of a class, or of an object; `super()` stands for the receiver."""
    if isinstance(base, f.Call) and classes.evaluated_name(base.function) == "super":
        owner: ClassValue | None = yield from classes.class_of_scope(program, frame)
        return NONE if owner is None else one(owner)
    return (yield from targets.targets(program, frame, base))


def _may_be_of(program: Program, value: Value, cls: ClassValue) -> Asking:
    """Whether an object of the class may be what such a call is given."""
    match value:
        case ClassValue():
            return (yield from classes.derives(program, cls, value))
        case InstanceValue(cls=said):
            return (yield from classes.derives(program, cls, said)) or (yield from classes.derives(program, said, cls))
        case _:
            return isinstance(value, UnknownValue) and program.is_own(cls.definition.path)
