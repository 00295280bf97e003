"""Fields: what objects hold of which the class has a generated `__init__`.

In: an instance and the name of a field. Out: the argument that it was given, else what the annotation says, with what
is visibly passed or put there by default though the annotation does not admit it. This module must not know which
decorators generate an `__init__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    annotations,
    callers,
    calls,
    classes,
    evaluation,
    gaps,
    keeping,
    lies,
    stored_attributes,
    transforms,
    unseen,
)
from switchpoint.analysis.resolution.values import NONE, Arguments, ClassValue, Frame, InstanceValue, Values, join

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

_FACTORIES = ("default_factory", "factory")
"""Under which names field specifiers take what makes a default (PEP 681)."""


def field(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What a field holds, with what is stored there later."""
    given = next((values for key, values in owner.init if key == name), None)
    stored: Values = yield from stored_attributes.stored(program, owner, name)
    if given is not None:
        return join((given, stored))
    typed, default = yield from _declared(program, owner.cls, name)
    parts = [typed, stored, (yield from lies.lies(program, typed, default))]
    seen: list[Values] = []
    below: tuple[ClassValue, ...] | None = None if owner.exact else (yield classes.subclasses(owner.cls))
    for cls in (owner.cls, *(below or ())):
        fields: tuple[str, ...] = yield transforms.fields_of(cls)
        if name in fields:
            seen.append((yield callers.passed_to_class(cls, fields.index(name), name)))
    seen.append((yield callers.said_with(owner.cls, name)))
    for values in seen:
        parts.append((yield from lies.lies(program, typed, values)))
    if (yield from _is_made_unseen(program, owner.cls, is_seen=any(seen))):
        parts.append(gaps.claims(typed))
    return join(parts)


def _is_made_unseen(program: Program, cls: ClassValue, *, is_seen: bool) -> Asking:
    """Whether nobody sees what the fields of a class are given, but for what calls visibly pass."""
    if not program.is_own(cls.definition.path):
        return False
    return (yield unseen.is_made_unseen(cls)) or (not is_seen and bool((yield keeping.keepers(cls.definition))))


def inherited(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What a field is said to be, where the class with the field has a generated `__init__` and that of the object is
    another: what stands in the class body may be no value but how to make one. None where it is no such field."""
    for above in (yield classes.order(owner.cls)):
        if isinstance(above, ClassValue) and (yield classes.member_bindings(above, name)):
            if name not in (yield transforms.own_fields(above)):
                return None
            typed, default = yield from _declared(program, above, name)
            return join((typed, (yield from lies.lies(program, typed, default))))
    return None


def _declared(program: Program, cls: ClassValue, name: str) -> Asking:
    """What the first class of the order that has the field says that it is, and puts there by default."""
    said: list[Values] = []
    defaults: list[Values] = []
    for above in (yield classes.order(cls)):
        bindings: classes.Places = (
            () if not isinstance(above, ClassValue) else (yield classes.member_bindings(above, name))
        )
        for frame, index in bindings:
            form: f.FunctionForm = yield function_form(*frame.function.definition)
            source = form.bindings[index].source
            if isinstance(source, f.FromValue) and source.annotation is not None:
                said.append((yield from annotations.instances(program, frame, source.annotation)))
            if isinstance(source, f.FromValue) and source.value is not None:
                defaults.append((yield from _default(program, frame, source.value)))
        if bindings:
            break
    return join(said), join(defaults)


def _default(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What a field is without an argument: the value itself, or what a field specifier says of it."""
    keywords = dict(value.keywords) if isinstance(value, f.Call) else {}
    factory = next((keywords[name] for name in _FACTORIES if name in keywords), None)
    if factory is not None:
        makers: Values = yield from evaluation.evaluate(program, frame, factory)
        return (yield from calls.call(program, makers, Arguments()))
    if isinstance(value, f.Call) and "default" not in keywords and value.keywords:
        return NONE
    return (yield from evaluation.evaluate(program, frame, keywords.get("default", value)))
