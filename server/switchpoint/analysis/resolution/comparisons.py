"""Comparisons: `is`, `==`, `in`, `<` and their opposites, of values.

In: a comparison in a frame. Out: True, False, None (not decided) or `PENDING`. It is decided only when every pair of
alternatives agrees. This module must not know what follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.resolution import evaluation, truth
from switchpoint.analysis.resolution.values import (
    ClassValue,
    ConstValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    Value,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

_OPPOSITE = {"is not": "is", "!=": "==", "not in": "in"}


def compare(program: Program, frame: Frame, test: f.Compare, assumed: truth.Assumed) -> Asking:
    """What a comparison is for all that its operands can be."""
    static = _static(program, test)
    if static is not None:
        return static
    left = yield from evaluation.evaluate(program, frame, test.left, assumed)
    right = yield from evaluation.evaluate(program, frame, test.right, assumed)
    operator = _OPPOSITE.get(test.operator, test.operator)
    if not left or not right:
        return truth.PENDING
    found: set[bool | None] = set()
    for first in left:
        for second in right:
            found.add((yield from _related(program, first, operator, second)))
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


def _related(program: Program, first: Value, operator: str, second: Value) -> Asking:
    match operator:
        case "is":
            return _identical(first, second)
        case "==":
            return _equal(first, second)
        case "in":
            return (yield from _contained(program, first, second))
        case "<" | "<=" | ">" | ">=":
            return _ordered(first, operator, second)
        case _:
            return None


def _identical(first: Value, second: Value) -> bool | None:
    if isinstance(first, UnknownValue | NothingValue) or isinstance(second, UnknownValue | NothingValue):
        return None
    if isinstance(first, ConstValue) and isinstance(second, ConstValue):
        return first == second if not isinstance(first.value, str) else (None if first == second else False)
    if isinstance(first, ConstValue) or isinstance(second, ConstValue):
        return False
    if isinstance(first, FunctionValue | ClassValue | ModuleValue) and type(first) is type(second):
        if first == second and not (isinstance(first, ClassValue) and first.is_open):
            return True if isinstance(first, ModuleValue) or first.frame is None else None
        return None if isinstance(first, ClassValue) else False
    return None if type(first) is type(second) else False


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


def _contained(program: Program, first: Value, second: Value) -> Asking:
    if not isinstance(second, DisplayValue) or second.is_open or second.kind in ("some", "dict"):
        return None
    parts: set[bool | None] = set()
    for item in second.items:
        for value in item:
            parts.add(_equal(first, value))
    if parts <= {False}:
        return False
    if True in parts and all(len(item) == 1 for item in second.items):
        return True
    return None
    yield
