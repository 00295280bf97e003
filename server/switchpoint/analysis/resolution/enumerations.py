"""Enumerations: what a class body binds to a plain value is a member, an object of the class.

In: what an enumeration's body binds to a name. Out: what the class has under it (CPython 3.13 Lib/enum.py, `EnumDict`).
This module must not know how members are looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.resolution import classes
from switchpoint.analysis.resolution.values import (
    ClassValue,
    ConstValue,
    DisplayValue,
    InstanceValue,
    NumberValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def is_metaclass(program: Program, cls: ClassValue) -> bool:
    """Whether a class is the metaclass that this module speaks for."""
    return program.dotted(cls.definition) in ("enum.EnumType", "enum.EnumMeta")  # before 3.11 the latter


def members_of(program: Program, raw: Values, cls: ClassValue, name: str) -> Values:
    """Functions, descriptors, and names with a leading underscore, stay what they are."""
    if name.startswith("_"):
        return raw
    return frozenset(InstanceValue(cls, exact=True) if _is_plain(program, v) else v for v in raw)


@query(bottom=lambda *_: False, widen=lambda *_: False)
def has_one_member(program: Program, cls: ClassValue) -> Asking:
    """Whether a class is an enumeration of a single member: all its objects are that one."""
    if not (yield from classes.derives_from_named(program, cls, "enum.Enum")):
        return False
    found: set[str] = set()
    for _, form in (yield classes.bodies(cls)):
        found.update(b.name for b in form.bindings if isinstance(b.source, f.FromValue) and b.name[:1] != "_")
    return len(found) == 1


def _is_plain(program: Program, value: Value) -> bool:
    if isinstance(value, InstanceValue):
        return program.dotted(value.cls.definition) == "enum.auto"
    return isinstance(value, ConstValue | NumberValue | DisplayValue)
