"""Comparisons: `is`, `==`, `in`, `<` and their opposites, of values.

In: a comparison in a frame. Out: True, False, None (not decided) or `PENDING`. It is decided only when every pair of
alternatives agrees. This module must not know what follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.resolution import classes, enumerations, evaluation, predicates, stores, targets, truth
from switchpoint.analysis.resolution.program import setters_of
from switchpoint.analysis.resolution.values import (
    ClaimedValue,
    ClassValue,
    ConstValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    NativeValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    Value,
    Values,
    one,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

_OPEN = (UnknownValue, ClaimedValue, NothingValue, NativeValue)
_OPPOSITE = {"is not": "is", "!=": "==", "not in": "in"}


def compare(program: Program, frame: Frame, test: f.Compare, assumed: truth.Assumed) -> Asking:
    """What a comparison is for all that its operands can be."""
    static = _static(program, test)
    if static is not None and (yield from _is_of_sys(program, frame, test.left)):
        return static
    left = yield from evaluation.evaluate(program, frame, test.left, assumed)
    right = yield from evaluation.evaluate(program, frame, test.right, assumed)
    operator = _OPPOSITE.get(test.operator, test.operator)
    if not left or not right:
        return truth.PENDING
    found: set[bool | None] = set()
    for first in left:
        for second in right:
            found.add((yield from _related(program, first, operator, second, isinstance(test.right, f.Display))))
    if len(found) != 1 or None in found:
        return None
    (same,) = found
    return (not same) if test.operator in _OPPOSITE else same


def _static(program: Program, test: f.Compare) -> bool | None:
    """`sys.version_info` and `sys.platform`, as the target has them."""
    match test.left, test.right:
        case f.Attribute(base=f.Global(name="sys"), name="version_info"), f.Display(items=items):
            return _version(program, test.operator, items)
        case f.Attribute(base=f.Global(name="sys"), name="platform"), f.Const(value=str(name)):
            same = program.environment.platform == name
            return same if test.operator == "==" else not same if test.operator == "!=" else None
        case _:
            return None


def _is_of_sys(program: Program, frame: Frame, asked: f.Expr) -> Asking:
    """Whether `sys` is the module here, and none of the user's files sets that attribute of it."""
    assert isinstance(asked, f.Attribute)
    found: Values = yield from evaluation.evaluate(program, frame, asked.base)
    if any(not isinstance(v, ModuleValue) or v.name != "sys" for v in found):
        return False
    return not (yield _some_set_on_sys(asked.name))


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _some_set_on_sys(program: Program, name: str) -> Asking:
    for path, key in (yield setters_of(name)):
        for function, store in (yield stores.stores_of(path, key)) if program.is_own(path) else ():
            if store.name == name:
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                owners: Values = yield from targets.targets(program, frame, store.base)
                if any(isinstance(v, ModuleValue) and v.name == "sys" for v in owners):
                    return True
    return False


def _version(program: Program, operator: str, items: tuple[f.Expr, ...]) -> bool | None:
    asked = tuple(item.exact for item in items if isinstance(item, f.Number) and item.exact is not None)[:2]
    if len(asked) != min(len(items), 2):
        return None
    target = program.environment.version[: len(asked)]
    full = len(items) <= 2
    match operator:
        case ">=":
            return target >= asked
        case "<":
            return target < asked
        case ">":
            return target > asked or (full and len(asked) <= 2 and target == asked)
        case "<=":
            return target < asked
        case _:
            return None


def _related(program: Program, first: Value, operator: str, second: Value, is_shown: bool) -> Asking:
    match operator:
        case "isinstance":
            is_told = not isinstance(first, UnknownValue | NothingValue)
            return (yield from predicates.is_instance(program, first, one(second))) if is_told else None
        case "is":
            return (yield from _identical(program, first, second))
        case "==":
            return _equal(first, second)
        case "in":
            return _contained(first, second, is_shown)
        case "<" | "<=" | ">" | ">=":
            return _ordered(first, operator, second)
        case _:
            return None


def _identical(program: Program, first: Value, second: Value) -> Asking:
    if isinstance(first, _OPEN) or isinstance(second, _OPEN):
        return None
    if isinstance(first, InstanceValue) or isinstance(second, InstanceValue):
        return (yield from _is_that_object(program, first, second))
    if isinstance(first, ConstValue) and isinstance(second, ConstValue):
        return first == second if not isinstance(first.value, str) else (None if first == second else False)
    if isinstance(first, ConstValue) or isinstance(second, ConstValue):
        return False
    if isinstance(first, FunctionValue | ClassValue | ModuleValue) and type(first) is type(second):
        if first == second and not (isinstance(first, ClassValue) and first.is_open):
            return True if isinstance(first, ModuleValue) or first.frame is None else None
        # One function may be known by what it was made in, or without that.
        is_same = isinstance(first, FunctionValue) and first.definition == getattr(second, "definition", None)
        return None if isinstance(first, ClassValue) or is_same else False
    return None if type(first) is type(second) else False


def _is_that_object(program: Program, first: Value, second: Value) -> Asking:
    """Of two values, one at least known by its class alone: never the same where the other can be no such object."""
    instance, other = (first, second) if isinstance(first, InstanceValue) else (second, first)
    assert isinstance(instance, InstanceValue)
    if isinstance(other, InstanceValue):
        is_one = instance.cls.definition == other.cls.definition
        is_one = is_one and (yield enumerations.has_one_member(instance.cls))
        return True if is_one else None
    for above in (yield classes.order(instance.cls)):
        if not isinstance(above, ClassValue) or (yield classes.is_protocol(above)):
            return None
        name = program.dotted(above.definition)
        if name not in ("builtins.object", "typing.Generic") and above.definition.path.endswith(".pyi"):
            return False if other == ConstValue(None) and name != "types.NoneType" else None
    return None if program.dotted(instance.cls.definition) == "builtins.object" else False


def _equal(first: Value, second: Value) -> bool | None:
    match first, second:
        case ConstValue(), ConstValue():
            return first == second
        case NumberValue(sign=a), NumberValue(sign=b):
            return (True if a == 0 else None) if a == b else False
        case (ConstValue(value=None), InstanceValue()) | (InstanceValue(), ConstValue(value=None)):
            return None
        case (ConstValue(value=None), NumberValue()) | (NumberValue(), ConstValue(value=None)):
            return False
        case _:
            return None


def _ordered(first: Value, operator: str, second: Value) -> bool | None:
    if not isinstance(first, NumberValue) or not isinstance(second, NumberValue):
        return None
    if first.sign == second.sign:
        return operator in ("<=", ">=") if first.sign == 0 else None
    return first.sign < second.sign if operator in ("<", "<=") else first.sign > second.sign


def _contained(first: Value, second: Value, is_shown: bool) -> bool | None:
    """Of a container that the test does not show itself it is not told here when it was filled."""
    if not isinstance(second, DisplayValue) or second.is_open or second.kind in ("some", "dict"):
        return None
    if not is_shown and second.kind != "tuple":
        return None
    parts: set[bool | None] = set()
    for item in second.items:
        for value in item:
            parts.add(_equal(first, value))
    if parts <= {False}:
        return False
    return True if True in parts and all(len(item) == 1 for item in second.items) else None
