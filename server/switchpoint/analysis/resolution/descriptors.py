"""The descriptor protocol: what a member of a class becomes when it is read (Reference, 3.3.2.2).

In: members as class bodies bind them and the object that they are read on. Out: values, bound to it. This module must
not know where members are found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import attributes, calls
from switchpoint.analysis.resolution.values import (
    Arguments,
    ClassValue,
    DescriptorValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NativeValue,
    NothingValue,
    PartialValue,
    Value,
    Values,
    join,
    one,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def bind(program: Program, raw: Values, owner: Value) -> Asking:
    """Members read on an instance: functions become methods, properties their results."""
    parts: list[Values] = []
    for value in raw:
        parts.append((yield from _bound(program, value, owner)))
    return join(parts)


def bind_to_class(raw: Values, owner: ClassValue) -> Values:
    """Members read on the class itself: only static and class methods change."""
    return join(one(_bound_to_class(value, owner)) for value in raw)


def _bound(program: Program, value: Value, owner: Value) -> Asking:
    match value:
        case FunctionValue() | NativeValue():
            return one(MethodValue(value, owner))
        case MethodValue(function=NativeValue("cached.__call__") as cached, receiver=FunctionValue() as function):
            return one(MethodValue(cached, MethodValue(function, owner)))
        case DescriptorValue(kind="staticmethod", function=function):
            return one(function)
        case DescriptorValue(kind="classmethod", function=function):
            return one(MethodValue(function, _class_of(owner)))
        case DescriptorValue(kind="partialmethod", function=PartialValue(function=inner, arguments=held)):
            return one(PartialValue(inner, replace(held, positional=(one(owner), *held.positional))))
        case DescriptorValue(function=function):
            return (yield from calls.call(program, one(function), Arguments((one(owner),))))
        case InstanceValue():
            return (yield from _by_getter(program, value, owner))
        case _:
            return one(value)


def _by_getter(program: Program, value: InstanceValue, owner: Value) -> Asking:
    """An object whose class may define `__get__`."""
    getter: Values = yield attributes.type_attribute(value, "__get__")
    known = frozenset(v for v in getter if not isinstance(v, NothingValue))
    if not known:
        return one(value)
    return (yield from calls.call(program, known, Arguments((one(owner), one(_class_of(owner))))))


def _class_of(owner: Value) -> Value:
    match owner:
        case InstanceValue(cls=cls, exact=exact):
            return ClassValue(cls.definition, cls.frame, not exact or cls.is_open)
        case _:
            return owner


def _bound_to_class(value: Value, owner: ClassValue) -> Value:
    match value:
        case DescriptorValue(kind="staticmethod", function=function):
            return function
        case DescriptorValue(kind="classmethod", function=function):
            return MethodValue(function, owner)
        case _:
            return value
