"""Attribute access: what `value.name` gives, on instances, classes, modules, functions and builtins.

In: values and a name. Out: values, bound as CPython's descriptor protocol binds them. Instances may be of any known
subclass unless they are exact; attributes set from elsewhere count. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.resolution import (
    calls,
    classes,
    descriptors,
    enumerations,
    fields,
    lacking,
    names,
    natives,
    overriding,
    patching,
    rivals,
    stored_attributes,
    super_proxy,
    transforms,
)
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ActivationValue,
    Arguments,
    ClaimedValue,
    ClassValue,
    ConstValue,
    DescriptorValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NativeValue,
    NothingValue,
    NumberValue,
    PartialValue,
    StepValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

_NATIVE_MEMBERS = ("__init__", "__new__", "__init_subclass__", "__setattr__")


def attribute(program: Program, owners: Values, name: str) -> Asking:
    """`owner.name` for each of `owners`."""
    parts: list[Values] = []
    for owner in owners:
        parts.append((yield from _attribute(program, owner, name)))
    return join(parts)


def special(program: Program, owner: Value, name: str) -> Asking:
    """`name` looked up on the type, as CPython does for special methods: instance attributes do not count."""
    match owner:
        case InstanceValue():
            return (yield type_attribute(owner, name))
        case UnknownValue() | NothingValue():
            return one(owner)
        case ClaimedValue():
            return (yield rivals.member(owner, name))
        case ClassValue():
            parts: list[Values] = []
            for meta in (yield classes.metaclasses(owner)):
                known = isinstance(meta, ClassValue)
                parts.append((yield type_attribute(InstanceValue(meta, exact=True), name)) if known else one(meta))
            return join(parts) or one(NothingValue())
        case ConstValue() | FunctionValue() | MethodValue() | ModuleValue() | NumberValue():
            return one(NothingValue())
        case _:
            return (yield from _attribute(program, owner, name))


def _attribute(program: Program, owner: Value, name: str) -> Asking:
    match owner:
        case InstanceValue():
            return (yield instance_attribute(owner, name))
        case ClassValue():
            return (yield class_attribute(owner, name))
        case ModuleValue():
            return (yield from _or_put(name, (yield names.module_attribute(owner, name, ""))))
        case SuperValue():
            return (yield from super_proxy.attribute(program, owner, name))
        case UnknownValue():
            return (yield from _or_put(name, one(replace(owner, is_afar=True))))
        case ClaimedValue():
            return (yield rivals.member(owner, name))
        case NothingValue():
            return one(owner)
        case ConstValue(value=None):
            return one(NothingValue())
        case ConstValue() | NumberValue():
            kind = "int" if isinstance(owner, NumberValue) else type(owner.value).__name__
            found: Values = yield names.builtin(kind)
            owners = frozenset(InstanceValue(v, exact=True) for v in found if isinstance(v, ClassValue))
            return (yield from attribute(program, owners, name))
        case _:
            is_missing = yield from lacking.lacks(program, owner, name)
            return one(NothingValue()) if is_missing else (yield from _or_put(name, _of_callable(owner, name)))


def _or_put(name: str, found: Values) -> Asking:
    """What an attribute is; where that is not known, what the user's files visibly put under its name as well, since an
    annotation may be believed of the rest."""
    return join((found, (yield patching.put_by_users(name)))) if has_unknown(found) else found


_Callable = (
    MethodValue
    | PartialValue
    | FunctionValue
    | ActivationValue
    | StepValue
    | DisplayValue
    | DescriptorValue
    | NativeValue
)


def _of_callable(owner: _Callable, name: str) -> Values:
    """Attributes of what functions are made into, and of the containers and iterators that CPython implements."""
    match owner:
        case MethodValue(function=function) if name == "__func__":
            return one(function)
        case MethodValue(receiver=receiver) if name == "__self__":
            return one(receiver)
        case MethodValue(function=function):
            return _of_function(function, name)
        case PartialValue(function=function) if name == "func":
            return one(function)
        case FunctionValue():
            return _of_function(owner, name)
        case DescriptorValue(function=function) if name in ("fget", "__func__", "func"):
            return one(function)
        case NativeValue():
            return unknown(Unresolved.NO_SOURCE, f"{owner.name}.{name}")
        case ActivationValue() | StepValue() | DisplayValue() | PartialValue() | DescriptorValue():
            return natives.method(owner, name)


def _of_function(owner: Value, name: str) -> Values:
    """Attributes of functions are what someone set; `__wrapped__` and the rest are not followed."""
    if name == "__get__":
        return one(MethodValue(NativeValue("function.__get__"), owner))
    if name == "__call__":
        return one(owner)
    return unknown(Unresolved.ATTRIBUTE, f"the attribute {name} of a function")


# instances


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def instance_attribute(program: Program, owner: InstanceValue, name: str) -> Asking:
    """`instance.name`, with everything that the instance, its class and its known subclasses may hold there."""
    if name == "__class__":
        return one(ClassValue(owner.cls.definition, owner.cls.frame, not owner.exact))
    if (yield _custom_lookup(owner.cls, "__getattribute__")):
        return (yield from _looked_up(program, owner, name))
    parts: list[Values] = []
    for below in (yield from _looking_up_below(program, owner)):
        found = yield from _looked_up(program, InstanceValue(below), name)
        if has_unknown(found):
            return found
        parts.append(found)
    return join((*parts, (yield from plain_attribute(program, owner, name))))


def plain_attribute(program: Program, owner: InstanceValue, name: str) -> Asking:
    """The same by CPython's own lookup, `object.__getattribute__`."""
    if not name.startswith("__") and name in (yield transforms.fields_of(owner.cls)):
        return (yield from fields.field(program, owner, name))
    inherited: Values | None = yield from fields.inherited(program, owner, name)
    of_type: Values = inherited if inherited is not None else (yield from special(program, owner, name))
    joined = join((of_type, (yield from stored_attributes.stored(program, owner, name))))
    if (yield from _is_held(owner, name)) or (joined and not (yield _custom_lookup(owner.cls, "__getattr__"))):
        return joined
    fallback = yield from _by_getattr(program, owner, name)
    if not fallback and (yield from lacking.lacks(program, owner, name)):
        return joined or one(NothingValue())
    return join((joined, fallback)) or unknown(Unresolved.ATTRIBUTE, f"{owner.cls.definition.name}.{name}")


def _is_held(owner: InstanceValue, name: str) -> Asking:
    """Whether anything binds the attribute, though no value has reached it yet."""
    for cls in (yield classes.order(owner.cls)):
        if isinstance(cls, ClassValue) and (
            (yield classes.has_member(cls, name)) or (yield from stored_attributes.own_stores(cls, name))
        ):
            return True
    return False


def _by_getattr(program: Program, owner: InstanceValue, name: str) -> Asking:
    above: classes.Order = yield classes.order(owner.cls)
    missing = next((c for c in above if isinstance(c, UnknownValue)), None)
    if missing is not None:
        return one(missing)
    if not (yield _custom_lookup(owner.cls, "__getattr__")):
        return NONE
    method: Values = yield from special(program, owner, "__getattr__")
    result: Values = yield from calls.call(program, method, Arguments((one(ConstValue(name)),)))
    if not result or has_unknown(result):
        return unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}")
    return result


def _looked_up(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What a `__getattribute__` of the class, or of a known subclass that the instance may be of, says of a name."""
    method: Values = yield type_attribute(owner, "__getattribute__")
    result: Values = yield from calls.call(program, method, Arguments((one(ConstValue(name)),)))
    if has_unknown(result) or (yield _custom_lookup(owner.cls, "__getattr__")):
        return unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}")
    return result


def _looking_up_below(program: Program, owner: InstanceValue) -> Asking:
    """The known subclasses, of which the instance may be, that have a `__getattribute__` of their own."""
    if owner.exact or program.overrides == "declared":
        return ()
    return (yield _custom_lookups_below(owner.cls, "__getattribute__"))


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _custom_lookups_below(_: Program, cls: ClassValue, name: str) -> Asking:
    found: list[ClassValue] = []
    for below in (yield classes.subclasses(cls)) or ():
        if (yield classes.all_member_bindings(below, name)):
            found.append(below)
    return tuple(found)


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _custom_lookup(program: Program, cls: ClassValue, name: str) -> Asking:
    for above in (yield classes.order(cls)):
        if not isinstance(above, ClassValue) or program.dotted(above.definition) == "builtins.object":
            continue
        if (yield classes.member_bindings(above, name)) and not above.definition.path.endswith(".pyi"):
            return True
    return False


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def type_attribute(program: Program, owner: InstanceValue, name: str) -> Asking:
    """`type(instance).name` bound to the instance: the declared member, and known overrides unless it is exact."""
    raw, where = yield from overriding.declared(program, owner.cls, name)
    parts: list[Values] = []
    overridden: list[Values] = yield from overriding.overrides(program, owner, name)
    abstract: bool = yield from overriding.is_abstract(raw, where)
    if not abstract or owner.exact:
        parts.append((yield from descriptors.bind(program, raw, owner)))
    elif not overridden:
        parts.append(unknown(Unresolved.ABSTRACT, f"{owner.cls.definition.name}.{name}"))
    parts.extend(overridden)
    return join(parts)


# classes


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def class_attribute(program: Program, owner: ClassValue, name: str) -> Asking:
    """`Class.name`."""
    if name == "__class__":
        return unknown(Unresolved.ATTRIBUTE, "__class__")
    imposed = yield from _by_metaclass_first(program, owner, name)
    if has_unknown(imposed):
        return imposed
    raw, where = yield from overriding.declared(program, owner, name)
    below: list[Values] = [imposed]
    if owner.is_open and name not in ("__new__", "__init__"):
        below.extend((yield from overriding.class_overrides(program, owner, name)))
    if where is not None and (yield from classes.derives_from_named(program, where, "enum.Enum")):
        raw = enumerations.members_of(program, raw, where, name)
    abstract: bool = owner.is_open and (yield from overriding.is_abstract(raw, where))
    parts = [NONE if abstract else descriptors.bind_to_class(raw, owner), *below]
    if abstract and not any(below):
        parts.append(unknown(Unresolved.ABSTRACT, f"{owner.definition.name}.{name}"))
    found = join(parts)
    if found:
        return found
    if name in _NATIVE_MEMBERS:
        return one(NativeValue(f"object.{name}"))
    inherited = yield from _by_metaclass(program, owner, name)
    return inherited or unknown(Unresolved.ATTRIBUTE, f"{owner.definition.name}.{name}")


def _by_metaclass_first(program: Program, owner: ClassValue, name: str) -> Asking:
    """What a metaclass says of a name before the class is asked: its `__getattribute__`, its data descriptors."""
    parts: list[Values] = []
    for meta in (yield classes.metaclasses(owner)):
        if not isinstance(meta, ClassValue) or meta.definition.path.endswith(".pyi"):
            continue
        if (yield _custom_lookup(meta, "__getattribute__")):
            return unknown(Unresolved.DYNAMIC, f"{owner.definition.name}.{name}")
        raw, where = yield from overriding.declared(program, meta, name)
        if where is None or where.definition.path.endswith(".pyi"):
            continue
        data = frozenset(v for v in raw if isinstance(v, DescriptorValue | InstanceValue | UnknownValue))
        parts.append((yield from descriptors.bind(program, data, owner)))
    return join(parts)


def _by_metaclass(program: Program, owner: ClassValue, name: str) -> Asking:
    meta = yield classes.metaclass(owner)
    if not isinstance(meta, ClassValue):
        return NONE
    raw, _ = yield from overriding.declared(program, meta, name)
    return (yield from descriptors.bind(program, raw, owner))
