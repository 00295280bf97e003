"""Hooks: code that runs, though no call of it stands there, when an object is made or an attribute read or set.

In: an object of which the very class is known. Out: whether there may be such code. This module must not know who has
the object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import classes, overriding, transforms
from switchpoint.analysis.resolution.values import (
    ClassValue,
    ConstValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    NumberValue,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

_HOOKS = ("__new__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__")


def has_hooks(program: Program, owner: InstanceValue) -> Asking:
    """Whether an object may be made, its attributes be looked up, or its methods be called, in ways of its own: by
    hooks, by a metaclass of somebody's own, by a base that CPython implements."""
    if (yield transforms.fields_of(owner.cls)):
        return True
    for above in (yield classes.order(owner.cls)):
        if not isinstance(above, ClassValue):
            return True
        if above.definition.path.endswith(".pyi") and program.dotted(above.definition) != "builtins.object":
            return True
    for meta in (yield classes.metaclasses(owner.cls)):
        if not isinstance(meta, ClassValue) or not _is_standard(program, meta):
            return True
    for name in _HOOKS:
        raw, _ = yield from overriding.declared(program, owner.cls, name)
        if not all(isinstance(v, FunctionValue) and v.definition.path.endswith(".pyi") for v in raw):
            return True
    return False


def _is_standard(program: Program, cls: ClassValue) -> bool:
    return cls.definition.path.endswith(".pyi") or program.in_stdlib(cls.definition.path)


def is_plain(program: Program, owner: InstanceValue, name: str) -> Asking:
    """Whether reading or setting an attribute runs no code: its class has none, or a plain value, under that name."""
    raw, _ = yield from overriding.declared(program, owner.cls, name)
    return all(isinstance(v, ConstValue | NumberValue | DisplayValue) for v in raw)
