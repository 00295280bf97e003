"""Lies: what is there though its annotation does not admit it.

In: what an annotation admits, and what code visibly puts there. Out: what of that is of none of the annotated classes,
in containers too. This module must not know where either was found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import classes, gaps, implementers
from switchpoint.analysis.resolution.values import (
    NONE,
    ClaimedValue,
    ClassValue,
    DisplayValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program
    from switchpoint.analysis.resolution.values import Value


def lies(program: Program, typed: Values, given: Values) -> Asking:
    """Of what is given, that which the annotation does not admit; for a container, one that has it beside what is
    declared."""
    found: list[Value] = []
    declared = [v for v in typed if isinstance(v, DisplayValue)]
    for value in given:
        match value:
            case InstanceValue(cls=cls):
                if not (yield from admits(program, typed, cls)):
                    found.append(InstanceValue(cls))
            case ModuleValue() if any(isinstance(v, InstanceValue) for v in typed):
                found.append(value)
            case ClassValue():
                if not (yield from admits_class(program, typed, value)):
                    found.append(value)
            case DisplayValue():
                for each in declared:
                    found.extend((yield from _in_container(program, each, value)))
            case UnknownValue() | ClaimedValue():
                found.extend(gaps.claims(typed))
            case _:
                pass
    return frozenset(found)


def admits(program: Program, typed: Values, cls: ClassValue) -> Asking:
    """Whether an object of a class is of an annotated one, or may pass for it. The containers of the standard library
    are what annotations of containers mean."""
    told = [v for v in typed if isinstance(v, InstanceValue | DisplayValue)]
    for each in told:
        if isinstance(each, DisplayValue):
            if cls.definition.path.endswith(".pyi") or program.in_stdlib(cls.definition.path):
                return True
        elif (yield from classes.derives(program, cls, each.cls)) or (yield from _implements(cls, each.cls)):
            return True
    return not told


def _implements(cls: ClassValue, protocol: ClassValue) -> Asking:
    """Whether a class is known to implement a protocol: then its objects count wherever the protocol's do."""
    if not (yield classes.is_protocol(protocol)):
        return False
    known: tuple[ClassValue, ...] | None = yield implementers.of_protocol(protocol)
    return known is None or cls in known


def admits_class(program: Program, typed: Values, cls: ClassValue) -> Asking:
    told = [v for v in typed if isinstance(v, ClassValue)]
    for each in told:
        if (yield from classes.derives(program, cls, each)):
            return True
    return not told


def _in_container(program: Program, declared: DisplayValue, given: DisplayValue) -> Asking:
    """The declared container with what the given one has that is not admitted there; none where all of it is."""
    if declared.kind == "tuple" and given.kind == "tuple" and len(declared.items) == len(given.items):
        extra: list[Values] = []
        for admitted, there in zip(declared.items, given.items, strict=True):
            extra.append((yield from lies(program, admitted, there)))
        items = tuple(join(pair) for pair in zip(declared.items, extra, strict=True))
        return [replace(declared, items=items)] if any(extra) else []
    beyond: Values = yield from lies(program, join(declared.items), NONE.union(*given.items))
    if not beyond:
        return []
    keys = (*declared.keys, None) if declared.kind == "dict" else declared.keys
    return [replace(declared, kind=_loose(declared.kind), items=(*declared.items, beyond), keys=keys)]


def _loose(kind: str) -> str:
    return kind if kind == "dict" else "some"
