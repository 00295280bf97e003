"""Which members a name can mean: the one that the order of classes declares, and those that override or implement it.

In: a class and a name. Out: members as class bodies bind them, not yet bound to anything; the overriding ones bound to
the class that has them. Known subclasses count, and for a protocol its known implementers. This module must not know
what instances hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, descriptors, implementers, names, patching, stored_attributes
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    DescriptorValue,
    FunctionValue,
    InstanceValue,
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

_OBJECT_HAS_NONE = ("__init__", "__new__", "__setattr__", "__init_subclass__")
_NEVER_OVERRIDDEN = ("__init__", "__new__", "__class__", "__init_subclass__")
_ABSTRACT_MARKS = ("abstractmethod", "abstractproperty")


def declared(program: Program, cls: ClassValue, name: str) -> Asking:
    """The member as the first class of the order that has it binds it, or as others set it on that class, and the
    class."""
    return (yield from declared_in((yield classes.order(cls)), name))


def declared_in(order: classes.Order, name: str) -> Asking:
    """The same for an order of classes, or for what stands behind one of them."""
    first = order[0] if order else None
    parts: list[Values] = []
    if isinstance(first, ClassValue):
        parts.append((yield stored_attributes.set_by_class_methods(first, name)))
    for above in order:
        if isinstance(above, UnknownValue):
            return join((*parts, one(above))), None
        imposed: Values = yield patching.set_on_class(above, name)
        parts.append(imposed)
        if (yield classes.has_member(above, name)):
            parts.append((yield classes.own_member(above, name)))
            return join(parts), above
    if any(parts):
        return join(parts), None
    if name not in _OBJECT_HAS_NONE:
        for above in (yield names.builtin("object")):
            return (yield classes.own_member(above, name)), above
    return NONE, None


def is_abstract(raw: Values, where: ClassValue | None) -> Asking:
    """Whether a member is there only to be implemented by others."""
    if not raw or where is None:
        return False
    is_protocol: bool = yield classes.is_protocol(where)
    for value in raw:
        if not (yield from _is_hook(value, is_protocol)):
            return False
    return True


def overrides(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What known subclasses bind to the name, each bound to an instance of that subclass."""
    if owner.exact or name in _NEVER_OVERRIDDEN or program.overrides == "declared":
        return []
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner.cls)
    if below is None:
        return [_too_many(owner.cls)]
    found: list[Values] = []
    for cls in below:
        raw: Values = yield from _bound_there(cls, name)
        raw = raw or (yield from _from_beside(program, owner.cls, cls, name))
        if raw and not (yield from is_abstract(raw, cls)):
            found.append((yield from descriptors.bind(program, raw, InstanceValue(cls))))
    if (yield classes.is_protocol(owner.cls)):
        found.extend((yield from implementers.members(program, owner, name)))
    found.extend((yield from _unseen(program, owner.cls, name)))
    return found


def class_overrides(program: Program, owner: ClassValue, name: str) -> Asking:
    """What known subclasses of a class that may be any of them bind to a name, each bound to that subclass."""
    if program.overrides == "declared":
        return []
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner)
    if below is None:
        return [_too_many(owner)]
    found: list[Values] = []
    for cls in below:
        raw: Values = yield from _bound_there(cls, name)
        raw = raw or (yield from _from_beside(program, owner, cls, name))
        if raw and not (yield from is_abstract(raw, cls)):
            found.append(descriptors.bind_to_class(raw, cls))
    found.extend((yield from _unseen(program, owner, name)))
    return found


def _bound_there(cls: ClassValue, name: str) -> Asking:
    """What the body of a class binds to a name, or others and its methods set on that class."""
    imposed: Values = yield patching.set_on_class(cls, name)
    own: Values = yield stored_attributes.set_by_class_methods(cls, name)
    return join(((yield classes.own_member(cls, name)), imposed, own))


def _from_beside(program: Program, cls: ClassValue, below: ClassValue, name: str) -> Asking:
    """What a subclass finds under a name in a class that stands before `cls` in its order and does not derive from it:
    of `class Below(Beside, Class)`, what `Beside` binds."""
    for above in (yield classes.order(below))[1:]:
        if not isinstance(above, ClassValue):
            continue
        if above.definition == cls.definition:
            break
        if (yield classes.has_member(above, name)):
            is_known = yield from classes.derives(program, above, cls)  # one of those that are looked at anyway
            return NONE if is_known else (yield from _bound_there(above, name))
    return NONE


def _is_hook(value: Value, is_protocol: bool) -> Asking:
    """Whether a function is marked abstract, or has a body that says so."""
    inner = value
    while isinstance(inner, DescriptorValue):
        inner = inner.function
    if not isinstance(inner, FunctionValue):
        return False
    form: f.FunctionForm | None = yield function_form(*inner.definition)
    if form is None:
        return False
    marked = any(classes.evaluated_name(d) in _ABSTRACT_MARKS for d in form.decorators)
    return marked or form.is_abstract_body or (is_protocol and form.is_hook_body)


def _too_many(cls: ClassValue) -> Values:
    return unknown(Unresolved.BUDGET, f"too many subclasses of {cls.definition.name}")


def _unseen(program: Program, cls: ClassValue, name: str) -> Asking:
    """Where only `final` excludes overriding: what a class that nobody has seen may bind."""
    if program.overrides == "strict" and not (yield from _is_final(program, cls, name)):
        return [unknown(Unresolved.OVERRIDABLE, f"{cls.definition.name}.{name}")]
    return []


def _is_final(program: Program, cls: ClassValue, name: str) -> Asking:
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    if form is not None and _is_marked_final(form.decorators):
        return True
    raw, _ = yield from declared(program, cls, name)
    for value in raw:
        if isinstance(value, FunctionValue):
            function: f.FunctionForm | None = yield function_form(*value.definition)
            if function is None or not _is_marked_final(function.decorators):
                return False
    return bool(raw)


def _is_marked_final(decorators: tuple[f.Expr, ...]) -> bool:
    return any(classes.evaluated_name(decorator) == "final" for decorator in decorators)
