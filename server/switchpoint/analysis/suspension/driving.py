"""Driving: what awaiting a value, or exhausting an iterator, does.

In: values. Out: `Outcome`s. A coroutine does what its body does; an iterator that an `__await__` gave hands each
item to the event loop. This module must not know control flow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import attributes, callables, calls, classes
from switchpoint.analysis.resolution.values import (
    ActivationValue,
    Arguments,
    CallableType,
    ClaimedValue,
    ClassValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    NothingValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
    join,
)
from switchpoint.analysis.suspension import effects
from switchpoint.analysis.suspension.outcomes import (
    ALWAYS,
    NEVER,
    NOTHING,
    RAISES,
    SOMETIMES,
    SWITCHED,
    UNKNOWN,
    Outcome,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def drive(program: Program, values: Values) -> Asking:
    """What awaiting any of these does. Nothing at all to await is not a proof of anything."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        result = result.joined((yield from _drive(program, value)))
    return result


def _drive(program: Program, value: Value) -> Asking:
    match value:
        case ActivationValue(function=function, context=context):
            return (yield effects.outcome(function, context))
        case StepValue(generator=generator, phase=phase):
            return (yield effects.step_outcome(generator.function, generator.context, phase))
        case UnknownValue(made_by=CallableType() as kind):
            return UNKNOWN.joined(SOMETIMES) if (yield from _can_switch(kind)) else UNKNOWN
        case UnknownValue() | NothingValue():
            return UNKNOWN
        case ClaimedValue():
            return UNKNOWN if (yield from attributes.special(program, value, "__await__")) else NOTHING
        case InstanceValue(state="fresh"):
            fresh = yield from _await(program, replace(value, state="pristine"))
            return fresh if fresh.normal == SWITCHED else (yield from _await(program, replace(value, state="")))
        case InstanceValue():
            return (yield from _await(program, value))
        case ClassValue():
            awaits = yield from attributes.special(program, value, "__await__")
            is_awaitable = any(not isinstance(v, NothingValue) for v in awaits)
            return (yield from _await(program, value)) if is_awaitable else RAISES
        case _:
            return RAISES


def _can_switch(kind: CallableType) -> Asking:
    """Whether a known function of a callable type can switch, whoever calls it."""
    for definition in (yield callables.fitting(kind)):
        result: Outcome = yield effects.outcome(FunctionValue(definition), ())
        if (result.normal | result.touched) & SWITCHED:
            return True
    return False


def _await(program: Program, value: InstanceValue | ClassValue) -> Asking:
    method = yield from attributes.special(program, value, "__await__")
    if not method and isinstance(value, InstanceValue) and (yield from _is_no_awaitable(program, value)):
        return RAISES
    iterators = yield from calls.call(program, method, Arguments())
    return (yield from drive_iterators(program, iterators))


def _is_no_awaitable(program: Program, value: InstanceValue) -> Asking:
    """Whether awaiting an object that lacks `__await__` raises `TypeError`: nothing of its very class or above is
    unknown, and it is not like a generator, which `types.coroutine` makes awaitable."""
    if not value.exact or not (yield from classes.is_fully_known(program, value.cls)):
        return False
    if (yield classes.metaclass(value.cls)) is not None:
        return False
    return not (yield from attributes.special(program, value, "send"))


def drive_delegate(program: Program, values: Values) -> Asking:
    """`yield from x`: a coroutine or an iterator; what has only `__iter__` is asked for its iterator."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        if isinstance(value, InstanceValue):
            method = yield from attributes.special(program, value, "__iter__")
            iterators = yield from calls.call(program, method, Arguments())
            inner = yield from drive_iterators(program, iterators)
        else:
            inner = yield from drive_iterators(program, frozenset((value,)))
        result = result.joined(inner)
    return result


def drive_iterators(program: Program, values: Values) -> Asking:
    """What exhausting the iterator that an `__await__` returned does: each item is a yield to the event loop."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        match value:
            case ActivationValue() | StepValue():
                inner = yield from _drive(program, value)
            case UnknownValue() | NothingValue():
                inner = UNKNOWN
            case DisplayValue():
                inner = _items(value)
            case InstanceValue():
                method = yield from attributes.special(program, value, "__next__")
                absent = all(isinstance(v, NothingValue) for v in method)
                given = yield from calls.call(program, method, Arguments())
                ends = bool(given) and all(isinstance(v, NothingValue) for v in given)
                inner = (
                    RAISES if absent and method else UNKNOWN if _unresolved(method) else NEVER if ends else SOMETIMES
                )
            case _:
                inner = RAISES
        result = result.joined(inner)
    return result


def _unresolved(values: Values) -> bool:
    return not values or any(isinstance(v, UnknownValue) for v in values)


def _items(value: DisplayValue) -> Outcome:
    if value.is_open or value.kind in ("some", "dict", "set"):
        return SOMETIMES
    return ALWAYS if value.items else NEVER


def called(program: Program, values: Values, name: str, arguments: Arguments) -> Asking:
    """What calling a special method of these gives; those that lack it raise, and what follows is of the others."""
    parts: list[Values] = []
    for value in values:
        method = yield from attributes.special(program, value, name)
        parts.append((yield from calls.call(program, method, arguments)))
    return join(parts)
