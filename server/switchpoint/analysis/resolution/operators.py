"""Operators: what `a + b`, `a | b` and `a += b` give.

In: values and the name of the operator. Out: values, by the special methods of the operands' types (Reference,
3.3.8), or by what is known of displays and numbers. This module must not know what suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import attributes, calls, classes
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClaimedValue,
    ClassValue,
    ConstValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def operate(program: Program, left: Values, operator: str, right: Values) -> Asking:
    """`left operator right`; the operator is a special method's name without underscores, "iadd" for `+=`."""
    if not right:
        return NONE
    parts: list[Values] = []
    for value in left:
        parts.append((yield from _operate(program, value, operator, right)))
    return join(parts)


def united(program: Program, left: Values, right: Values) -> Asking:
    """`left | right`: of classes and None a type, which may be either, unless one of them has such an operator."""
    if any(isinstance(v, InstanceValue | DisplayValue | ActivationValue) for v in left):
        return (yield from operate(program, left, "or", right))
    parts: list[Values] = [left, right]
    for value, name, other in (*((v, "__or__", right) for v in left), *((v, "__ror__", left) for v in right)):
        if isinstance(value, ClassValue | InstanceValue):
            method: Values = yield from attributes.special(program, value, name)
            parts.append((yield from calls.call(program, _written(method), Arguments((other,)))))
    return join(parts)


def _written(method: Values) -> Values:
    """What of a special method stands in source: that of classes and of their aliases only makes types."""
    return frozenset(v for v in method if _is_written(v))


def _is_written(value: Value) -> bool:
    function = value.function if isinstance(value, MethodValue) else value
    return isinstance(function, FunctionValue) and not function.definition.path.endswith(".pyi")


def _operate(program: Program, left: Value, operator: str, right: Values) -> Asking:
    plain = operator[1:] if operator.startswith("i") and operator != "invert" else operator
    match left:
        case UnknownValue() | NothingValue():
            return one(left)
        case DisplayValue() if plain == "add":
            return join(_added(left, other) for other in right)
        case DisplayValue() if plain == "or" and left.kind == "dict":
            if any(isinstance(other, InstanceValue) for other in right):
                return unknown(Unresolved.VALUE, "the result of an operator")
            return join(_updated(left, other) for other in right)
        case InstanceValue():
            return (yield from _by_method(program, left, operator, plain, right))
        case ClaimedValue():
            return unknown(Unresolved.VALUE, "the result of an operator")
        case NumberValue() | ConstValue():
            return (yield from _reflected(program, left, plain, right))
        case _:
            return unknown(Unresolved.VALUE, "the result of an operator")


def _by_method(program: Program, left: InstanceValue, operator: str, plain: str, right: Values) -> Asking:
    for name in dict.fromkeys((operator, plain)):
        method = yield from attributes.special(program, left, f"__{name}__")
        known = frozenset(v for v in method if not isinstance(v, NothingValue))
        if known and not all(isinstance(v, UnknownValue) for v in known):
            found = yield from calls.call(program, known, Arguments((right,)))
            return join((found, (yield from _asked_first(program, left, plain, right))))
    return (yield from _reflected(program, left, plain, right))


def _asked_first(program: Program, left: InstanceValue, plain: str, right: Values) -> Asking:
    """What the reflected method gives of right operands of a subclass, which are asked before the left one."""
    parts: list[Values] = []
    for other in right:
        if isinstance(other, InstanceValue) and (yield from classes.derives(program, other.cls, left.cls)):
            method: Values = yield from attributes.special(program, other, f"__r{plain}__")
            parts.append((yield from calls.call(program, _written(method), Arguments((one(left),)))))
    return join(parts)


def _reflected(program: Program, left: Value, plain: str, right: Values) -> Asking:
    parts: list[Values] = []
    for other in right:
        if not isinstance(other, InstanceValue):
            parts.append(unknown(Unresolved.VALUE, "the result of an operator"))
            continue
        method = yield from attributes.special(program, other, f"__r{plain}__")
        parts.append((yield from calls.call(program, method, Arguments((one(left),)))))
    return join(parts)


def _added(left: DisplayValue, right: Value) -> Values:
    if not isinstance(right, DisplayValue):
        return unknown(Unresolved.VALUE, "the result of an operator")
    kinds = {left.kind, right.kind}
    kind = left.kind if len(kinds) == 1 and len(left.items) + len(right.items) <= 16 else "some"
    items = (*left.items, *right.items) if kind != "some" else (join((*left.items, *right.items)),)
    return one(DisplayValue(kind, items, (), left.is_open or right.is_open, left.is_declared or right.is_declared))


def _updated(left: DisplayValue, right: Value) -> Values:
    if not isinstance(right, DisplayValue) or right.kind != "dict":
        return one(
            DisplayValue(
                "dict", (*left.items, unknown(Unresolved.VALUE, "the result of an operator")), (*left.keys, None)
            )
        )
    found = dict(zip(left.keys, left.items, strict=True)) | dict(zip(right.keys, right.items, strict=True))
    is_declared = left.is_declared or right.is_declared
    return one(DisplayValue("dict", tuple(found.values()), tuple(found), left.is_open or right.is_open, is_declared))
