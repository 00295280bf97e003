"""`super()`: the proxy that it makes, and what its attributes are (Library Reference, `super`).

In: a call of `super` in its frame, or the proxy and a name. Out: the proxy, or the members of the classes that follow
in the order of the receiver's class, bound to the receiver. This module must not know what instances hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, descriptors, evaluation, overriding, received
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Frame,
    InstanceValue,
    MethodValue,
    NativeValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.resolution.program import Program

_NATIVE_MEMBERS = ("__new__", "__init__", "__init_subclass__", "__setattr__", "__call__")

_FAR = 16
"""Classes between a receiver's class and the one that calls `super()`, beyond which they are not told apart."""


def super_value(program: Program, frame: Frame, call: f.Call) -> Asking:
    """`super()` in a method, or `super(C, self)`; None when it cannot be told."""
    if call.arguments:
        return (yield from _explicit(program, frame, call))
    inner: Frame | None = frame
    while inner is not None:
        form: f.FunctionForm | None = yield function_form(*inner.function.definition)
        if form is None:
            return None
        owner = classes.class_of(inner.function, form)
        if owner is not None and form.parameters:
            receivers: Values = yield from received.received(program, inner, form, form.parameters[0].name)
            return frozenset(SuperValue(owner, receiver) for receiver in receivers)
        inner = evaluation.enclosing(inner.function, form)
    return None


_MAY_COME_BETWEEN = frozenset({Unresolved.PARAMETER, Unresolved.VALUE})
"""Bases of which it is not told what they are can derive from the classes that were found, and come before them."""


def attribute(program: Program, owner: SuperValue, name: str) -> Asking:
    """`super().name`, in the order of every class that the receiver may be of."""
    receiver = owner.receiver
    cls = receiver.cls if isinstance(receiver, InstanceValue) else receiver
    if not isinstance(cls, ClassValue) or not (yield from classes.derives(program, cls, owner.after)):
        cls = owner.after
    starts: tuple[ClassValue, ...] | None = (cls,)
    if not (isinstance(receiver, InstanceValue) and receiver.exact):
        starts = yield orders_below(cls)
    if starts is None:
        return unknown(Unresolved.BUDGET, f"too many subclasses of {cls.definition.name}")
    parts: list[Values] = []
    for start in starts:
        parts.append((yield from _after(program, start, owner, name)))
    return join(parts)


@query(bottom=lambda *_: (), widen=lambda *_: None)
def orders_below(_: Program, cls: ClassValue) -> Asking:
    """The class itself and those known subclasses behind which something else may come than behind their one base;
    None when there are too many subclasses to look at."""
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(cls)
    if below is None:
        return None
    found = [cls]
    for other in below:
        bases: classes.Order = yield classes.direct_bases(other)
        if len(bases) != 1 or isinstance(bases[0], UnknownValue):
            found.append(other)
    return tuple(found)


def _explicit(program: Program, frame: Frame, call: f.Call) -> Asking:
    if len(call.arguments) != 2:
        return None
    starts: Values = yield from evaluation.evaluate(program, frame, call.arguments[0])
    receivers: Values = yield from evaluation.evaluate(program, frame, call.arguments[1])
    pairs = [(s, r) for s in starts for r in receivers if isinstance(s, ClassValue)]
    return frozenset(SuperValue(ClassValue(s.definition, s.frame), r) for s, r in pairs) or None


def _seen_from(receiver: Value, cls: ClassValue, distance: int) -> Value:
    """The receiver of a method found far up in the order: of that class or any below, so that one answer serves all."""
    return InstanceValue(cls) if isinstance(receiver, InstanceValue) and distance > _FAR else receiver


def _after(program: Program, cls: ClassValue, owner: SuperValue, name: str) -> Asking:
    """The member of the first class that has it behind `owner.after` in the order of `cls`."""
    above: classes.Order = yield classes.order(cls)
    index = next(
        (i for i, c in enumerate(above) if isinstance(c, ClassValue) and c.definition == owner.after.definition), 0
    )
    raw, where = yield from overriding.declared_in(above[index + 1 :], name)
    if raw:
        receiver = owner.receiver if where is None else _seen_from(owner.receiver, where, index)
        bound: Values = yield from descriptors.bind(program, raw, receiver)
        return bound | frozenset(c for c in above if isinstance(c, UnknownValue) and c.why in _MAY_COME_BETWEEN)
    if name in _NATIVE_MEMBERS:
        return one(MethodValue(NativeValue(f"object.{name}"), owner.receiver))
    return unknown(Unresolved.ATTRIBUTE, f"super().{name}")
