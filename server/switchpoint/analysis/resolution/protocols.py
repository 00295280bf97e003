"""Protocols: what `await`, `for`, `async for`, `with` and unpacking get out of a value.

In: values and the protocol. Out: the values that its special methods give (Reference, 3.3 and 3.4). This module
must not know which of these steps suspend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import attributes, calls
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClaimedValue,
    ClassValue,
    ConstValue,
    DisplayValue,
    InstanceValue,
    NothingValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    settled,
    taken_out,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

_SAID = unknown(Unresolved.VALUE, "what a context manager is said to give")


def awaited(program: Program, values: Values) -> Asking:
    """What `await` gives for each of `values`."""
    parts: list[Values] = []
    for value in values:
        match value:
            case ActivationValue():
                parts.append((yield calls.returned(value.function, value.context)))
            case StepValue(generator=generator):
                parts.append((yield calls.yielded(generator.function, generator.context)))
            case UnknownValue():
                parts.append(value.given("await"))
            case ClaimedValue():
                parts.append((yield from attributes.special(program, value, "__await__")))
            case InstanceValue() | ClassValue():
                method = yield from attributes.special(program, value, "__await__")
                inner = yield from calls.call(program, method, Arguments())
                parts.append((yield from _iterated_result(inner, value)))
            case _:
                parts.append(one(NothingValue()))
    return join(parts)


def _iterated_result(values: Values, awaitable: InstanceValue | ClassValue) -> Asking:
    parts: list[Values] = []
    for value in values:
        if isinstance(value, ActivationValue):
            parts.append((yield calls.returned(value.function, value.context)))
        elif isinstance(value, UnknownValue):
            parts.append(one(value))
        else:
            cls = awaitable.cls if isinstance(awaitable, InstanceValue) else awaitable
            parts.append(unknown(Unresolved.VALUE, f"the result of awaiting {cls.definition.name}"))
    return join(parts)


def elements(program: Program, values: Values, is_async: bool) -> Asking:
    """What one step of `for` or `async for` over `values` gives."""
    parts: list[Values] = []
    for value in values:
        if is_async and isinstance(value, UnknownValue):
            parts.append(value.given("async for"))
        elif is_async:
            step = yield from next_step(program, settled(one(value)))
            parts.append((yield from awaited(program, step)))
        else:
            parts.append((yield from _elements(program, value)))
    return join(parts)


def _elements(program: Program, value: Value) -> Asking:
    match value:
        case DisplayValue(kind="dict"):
            names = frozenset(ConstValue(key) for key in value.keys if key is not None)
            return (
                names
                if None not in value.keys and not value.is_open
                else unknown(Unresolved.VALUE, "the keys of a dict")
            )
        case DisplayValue():
            extra = unknown(Unresolved.VALUE, "a container that other code may change") if value.is_open else NONE
            return taken_out(join((*value.items, extra))) or one(NothingValue())
        case ActivationValue():
            return (yield calls.yielded(value.function, value.context))
        case UnknownValue() | NothingValue():
            return one(value)
        case InstanceValue() | ClaimedValue():
            method = yield from attributes.special(program, value, "__iter__")
            iterator = yield from calls.call(program, method, Arguments())
            parts: list[Values] = []
            for inner in iterator:
                if isinstance(inner, InstanceValue):
                    step = yield from attributes.special(program, inner, "__next__")
                    parts.append((yield from calls.call(program, step, Arguments())))
                elif isinstance(inner, ActivationValue | DisplayValue):
                    parts.append((yield from _elements(program, inner)))
                else:
                    parts.append(one(inner))
            return join(parts)
        case _:
            return unknown(Unresolved.VALUE, "an element of what is iterated over")


def next_step(program: Program, values: Values) -> Asking:
    """The awaitables that `async for` drives at each step: `type(x).__aiter__(x)`, then `__anext__` of that."""
    parts: list[Values] = []
    for value in values:
        if isinstance(value, UnknownValue | NothingValue):
            parts.append(one(value))
            continue
        method = yield from attributes.special(program, value, "__aiter__")
        iterators = yield from calls.call(program, method, Arguments())
        for iterator in settled(iterators):
            step = yield from attributes.special(program, iterator, "__anext__")
            parts.append((yield from calls.call(program, step, Arguments())))
    return join(parts)


def entered(program: Program, values: Values, is_async: bool) -> Asking:
    """What `with x as y` binds."""
    parts: list[Values] = []
    for value in values:
        said = dict(value.init).get("return") if isinstance(value, InstanceValue) else None
        if said is not None:
            parts.append(join((said, _SAID)))
            continue
        method = yield from attributes.special(program, value, "__aenter__" if is_async else "__enter__")
        result = yield from calls.call(program, method, Arguments())
        parts.append((yield from awaited(program, result)) if is_async else result)
    return join(parts)


def element(program: Program, values: Values, index: int | tuple[int, int] | None) -> Asking:
    """One item of an unpacked value, or the list that a starred target takes."""
    parts: list[Values] = []
    if isinstance(index, tuple):
        return (yield from _middle(program, values, index))
    for value in values:
        if (
            isinstance(value, DisplayValue)
            and value.kind in ("tuple", "list")
            and not value.is_open
            and index is not None
        ):
            inside = -len(value.items) <= index < len(value.items)
            parts.append(taken_out(value.items[index]) if inside else one(NothingValue()))
        else:
            parts.append((yield from _elements(program, value)))
    return join(parts)


def _middle(program: Program, values: Values, around: tuple[int, int]) -> Asking:
    parts: list[Values] = []
    for value in values:
        if isinstance(value, DisplayValue) and value.kind in ("tuple", "list") and not value.is_open:
            parts.append(one(DisplayValue("list", value.items[around[0] : len(value.items) - around[1]])))
        else:
            parts.append(one(DisplayValue("some", ((yield from _elements(program, value)),))))
    return join(parts)
