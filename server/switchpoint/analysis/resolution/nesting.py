"""How deep values nest in one another, and what is forgotten of those that nest too deep.

In: values. Out: their depth, or the same values with contexts nested no deeper than a limit. This module must not know
how values are found.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution.values import (
    ActivationValue,
    ClassValue,
    Context,
    DescriptorValue,
    DisplayValue,
    Frame,
    FunctionValue,
    Home,
    InstanceValue,
    MethodValue,
    PartialValue,
    StepValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 3
"""Nesting of contexts (a closure over a closure over a coroutine ...) beyond which the innermost are forgotten."""

HEAVIEST = 100
"""How many values may stand within others, all in all, before the innermost are forgotten."""


def bounded(values: Values, limit: int = DEEPEST) -> Values:
    """The same values with contexts nested at most `limit` deep, and less where that is still much to tell apart.

    Below that, nothing is known of arguments. A recursion that wraps what it was given ends by it: there are not many
    values that are neither deep nor heavy.
    """
    found = values
    for allowed in range(min(limit, depth_of(values)), -1, -1):
        found = values if depth_of(values) <= allowed else _cut_values(values, allowed)
        if weight_of(found) <= HEAVIEST:
            break
    return found


# Nested values are shared: each is cut once, not once for each way that leads to it.
@lru_cache(maxsize=50_000)
def _cut_values(values: Values, limit: int) -> Values:
    return frozenset(_shallow(value, limit) for value in values)


@lru_cache(maxsize=50_000)
def depth_of(values: Values) -> int:
    return max((_depth(value) for value in values), default=0)


@lru_cache(maxsize=50_000)
def weight_of(values: Values) -> int:
    return sum(1 + sum(map(weight_of, _within(value))) for value in values)


def _within(value: Value) -> Iterator[Values]:
    """The values of which one is made."""
    match value:
        case FunctionValue(frame=Frame() as frame) | ClassValue(frame=Frame() as frame):
            yield from _in_context(frame.context)
        case InstanceValue(cls=cls, init=init, home=home):
            yield from _within(cls)
            yield from _in_context(init or ())
            yield from _in_context(() if home is None else home.frame.context)
        case ActivationValue(function=function, context=context):
            yield from _within(function)
            yield from _in_context(context)
        case StepValue(generator=generator):
            yield from _within(generator)
        case MethodValue(function=function, receiver=receiver):
            yield frozenset((function, receiver))
        case PartialValue(function=function, arguments=arguments):
            yield frozenset((function,))
            yield from arguments.positional
            yield from (values for _, values in arguments.keywords)
            yield from (arguments.rest, arguments.others)
        case DisplayValue(items=items):
            yield from items
        case DescriptorValue(function=function):
            yield from _within(function)
        case SuperValue(receiver=receiver):
            yield from _within(receiver)
        case _:
            pass


def _in_context(context: Context) -> Iterator[Values]:
    return (values for _, values in context)


def _depth(value: Value) -> int:
    match value:
        case FunctionValue(frame=Frame() as frame) | ClassValue(frame=Frame() as frame):
            return 1 + _depth_of_frame(frame)
        case InstanceValue(cls=cls, init=init, home=home):
            return max(_depth(cls), 1 + _depth_of_context(init) if init else 0, _depth_of_home(home))
        case ActivationValue(function=function, context=context):
            return max(_depth(function), 1 + _depth_of_context(context))
        case StepValue(generator=generator):
            return _depth(generator)
        case MethodValue(function=function, receiver=receiver):
            return 1 + max(_depth(function), _depth(receiver))
        case PartialValue(function=function, arguments=arguments):
            parts = [*arguments.positional, *(v for _, v in arguments.keywords), arguments.rest, arguments.others]
            return 1 + max(_depth(function), max(map(depth_of, parts), default=0))
        case DisplayValue(items=items):
            return 1 + max(map(depth_of, items), default=0)
        case DescriptorValue(function=function):
            return _depth(function)
        case SuperValue(receiver=receiver):
            return 1 + _depth(receiver)
        case _:
            return 0


def _depth_of_home(home: Home | None) -> int:
    return 0 if home is None else 1 + _depth_of_frame(home.frame)


def _depth_of_frame(frame: Frame) -> int:
    return max(_depth(frame.function), _depth_of_context(frame.context))


def _depth_of_context(context: Context) -> int:
    return max((depth_of(values) for _, values in context), default=0)


def _shallow(value: Value, limit: int) -> Value:
    if _depth(value) <= limit:
        return value
    if limit <= 0:
        return UnknownValue(Unresolved.BUDGET, "values nested too deeply")
    match value:
        case FunctionValue(definition=definition, frame=Frame() as frame):
            return FunctionValue(definition, _shallow_frame(frame, limit - 1))
        case ClassValue(definition=definition, frame=Frame() as frame):
            return ClassValue(definition, _shallow_frame(frame, limit - 1))
        case InstanceValue(cls=cls, init=init):
            inner = _shallow(cls, limit)
            home = value.home if _depth_of_home(value.home) <= limit else None
            kept = inner if isinstance(inner, ClassValue) else cls
            return replace(value, cls=kept, init=_cut(init, limit - 1), home=home)
        case ActivationValue(function=function, context=context):
            inner = _shallow(function, limit)
            return ActivationValue(
                inner if isinstance(inner, FunctionValue) else function, _cut(context, limit - 1), value.phase
            )
        case StepValue(generator=generator):
            inner = _shallow(generator, limit)
            return StepValue(inner, value.phase) if isinstance(inner, ActivationValue) else inner
        case MethodValue(function=function, receiver=receiver):
            return MethodValue(_shallow(function, limit - 1), _shallow(receiver, limit - 1))
        case DisplayValue(items=items):
            return replace(value, items=tuple(bounded(item, limit - 1) for item in items))
        case DescriptorValue(kind=kind, function=function):
            return DescriptorValue(kind, _shallow(function, limit))
        case _:
            return UnknownValue(Unresolved.BUDGET, "values nested too deeply")


def _shallow_frame(frame: Frame, limit: int) -> Frame:
    inner = _shallow(frame.function, limit)
    function = inner if isinstance(inner, FunctionValue) else FunctionValue(frame.function.definition)
    return Frame(function, _cut(frame.context, limit))


def _cut(context: Context, limit: int) -> Context:
    if limit <= 0:
        return ()
    return tuple((name, bounded(values, limit)) for name, values in context)
