"""Attribute access: what `value.name` gives, on instances, classes, modules, functions and builtins.

In: values and a name. Out: values, bound as CPython's descriptor protocol binds them (Reference, 3.3.2.2). Instances may be
of any known subclass unless they are exact; attributes set from elsewhere count. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.layout import Layout
from switchpoint.analysis.ir.summaries import Asking, function_form, layout, piece
from switchpoint.analysis.resolution import annotations, calls, classes, evaluation, names, natives, targets, transforms
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    ConstValue,
    Context,
    Definition,
    DescriptorValue,
    DisplayValue,
    Frame,
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
    bounded,
    has_unknown,
    join,
    one,
    opened,
    settled,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved


def attribute(program: Program, owners: Values, name: str) -> Asking:
    """`owner.name` for each of `owners`."""
    parts: list[Values] = []
    for owner in owners:
        parts.append((yield from _attribute(program, owner, name)))
    return join(parts)


def _attribute(program: Program, owner: Value, name: str) -> Asking:
    match owner:
        case InstanceValue():
            return (yield instance_attribute(owner, name))
        case ClassValue():
            return (yield class_attribute(owner, name))
        case ModuleValue():
            return (yield names.module_attribute(owner, name, ""))
        case SuperValue():
            return (yield from _super_attribute(program, owner, name))
        case UnknownValue() | NothingValue():
            return one(owner)
        case ConstValue(value=None):
            return one(NothingValue())
        case ConstValue() | NumberValue():
            kind = "int" if isinstance(owner, NumberValue) else type(owner.value).__name__
            found = yield names.builtin(kind)
            return (yield from attribute(program, frozenset(InstanceValue(v, exact=True) for v in found if isinstance(v, ClassValue)), name))
        case MethodValue(function=function, receiver=receiver):
            if name == "__func__":
                return one(function)
            return one(receiver) if name == "__self__" else (yield from _function_attribute(program, function, name))
        case PartialValue(function=function) if name == "func":
            return one(function)
        case FunctionValue():
            return (yield from _function_attribute(program, owner, name))
        case ActivationValue() | StepValue() | DisplayValue() | PartialValue():
            return natives.method(owner, name)
        case DescriptorValue(function=function):
            return one(function) if name in ("fget", "__func__", "func") else natives.method(owner, name)
        case NativeValue():
            return unknown(Unresolved.NO_SOURCE, f"{owner.name}.{name}")


def _function_attribute(program: Program, owner: Value, name: str) -> Asking:
    """Attributes of functions are what someone set; `__wrapped__` and the rest are not followed."""
    if name == "__get__":
        return one(MethodValue(NativeValue("function.__get__"), owner))
    if name == "__call__":
        return one(owner)
    return unknown(Unresolved.ATTRIBUTE, f"function attribute {name}")
    yield


# instances


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def instance_attribute(program: Program, owner: InstanceValue, name: str) -> Asking:
    """`instance.name`, with everything that the instance, its class and its known subclasses may hold there."""
    if name == "__class__":
        return one(ClassValue(owner.cls.definition, owner.cls.frame, not owner.exact))
    if (yield _custom_lookup(owner.cls, "__getattribute__")):
        return unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}")
    fields: tuple[str, ...] = yield transforms.fields_of(owner.cls)
    if name in fields and not name.startswith("__"):
        return (yield from _field(program, owner, name))
    found: list[Values] = [(yield from special(program, owner, name))]
    found.append((yield from stored(program, owner, name)))
    joined = join(found)
    if joined or (yield from _is_held(program, owner, name)):
        return joined
    fallback = yield from _by_getattr(program, owner, name)
    return fallback or unknown(Unresolved.ATTRIBUTE, f"{owner.cls.definition.name}.{name}")


def _field(program: Program, owner: InstanceValue, name: str) -> Asking:
    """A field with a generated `__init__`: the argument it was given, else what its annotation says; and what is stored."""
    parts: list[Values] = []
    given = next((values for key, values in owner.init if key == name), None)
    for above in (yield classes.order(owner.cls)) if given is None else ():
        if not isinstance(above, ClassValue) or not (yield classes.member_bindings(above, name)):
            continue
        for frame, index in (yield classes.member_bindings(above, name)):
            form: f.FunctionForm = yield function_form(*frame.function.definition)
            source = form.bindings[index].source
            if isinstance(source, f.FromValue) and source.annotation is not None:
                parts.append((yield from annotations.instances(program, frame, source.annotation)))
        break
    parts.append(given or NONE)
    parts.append((yield from stored(program, owner, name)))
    return join(parts)


def _is_held(program: Program, owner: InstanceValue, name: str) -> Asking:
    """Whether anything binds the attribute, though no value has reached it yet."""
    for cls in (yield classes.order(owner.cls)):
        if isinstance(cls, ClassValue):
            if (yield classes.has_member(cls, name)) or (yield from _self_stores(program, cls, name)):
                return True
    return False


def _by_getattr(program: Program, owner: InstanceValue, name: str) -> Asking:
    above: classes.Order = yield classes.order(owner.cls)
    missing = next((c for c in above if isinstance(c, UnknownValue)), None)
    if missing is not None:
        return one(missing)
    if not (yield _custom_lookup(owner.cls, "__getattr__")):
        return NONE
    method = yield from special(program, owner, "__getattr__")
    result = yield from calls.call(program, method, Arguments((one(ConstValue(name)),)))
    if not result or has_unknown(result):
        return unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}")
    return result


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _custom_lookup(program: Program, cls: ClassValue, name: str) -> Asking:
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue) and program.dotted(above.definition) != "builtins.object":
            if (yield classes.member_bindings(above, name)) and not above.definition.path.endswith(".pyi"):
                return True
    return False


def special(program: Program, owner: Value, name: str) -> Asking:
    """`name` looked up on the type, as CPython does for special methods: instance attributes do not count."""
    match owner:
        case InstanceValue():
            return (yield type_attribute(owner, name))
        case UnknownValue() | NothingValue():
            return one(owner)
        case ClassValue():
            meta = yield classes.metaclass(owner)
            if isinstance(meta, ClassValue):
                return (yield type_attribute(InstanceValue(meta, exact=True), name))
            return one(meta) if isinstance(meta, UnknownValue) else one(NothingValue())
        case ConstValue() | FunctionValue() | MethodValue() | ModuleValue() | NumberValue():
            return one(NothingValue())
        case _:
            return (yield from _attribute(program, owner, name))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def type_attribute(program: Program, owner: InstanceValue, name: str) -> Asking:
    """`type(instance).name` bound to the instance: the declared member, and known overrides unless it is exact."""
    raw, where = yield from _declared(program, owner.cls, name)
    parts: list[Values] = []
    overridden = yield from _overrides(program, owner, name)
    abstract = yield from _abstract(program, raw, where)
    if not abstract or owner.exact:
        parts.append((yield from _bind(program, raw, owner)))
    elif not overridden:
        parts.append(unknown(Unresolved.ABSTRACT, f"{owner.cls.definition.name}.{name}"))
    parts.extend(overridden)
    return join(parts)


def _declared(program: Program, cls: ClassValue, name: str) -> Asking:
    """The member as the first class of the order that has it binds it, or as others set it on that class, and the
    class."""
    parts: list[Values] = []
    for above in (yield classes.order(cls)):
        if isinstance(above, UnknownValue):
            return join((*parts, one(above))), None
        imposed: Values = yield set_on_class(above, name)
        parts.append(imposed)
        if (yield classes.has_member(above, name)):
            parts.append((yield classes.own_member(above, name)))
            return join(parts), above
    if any(parts):
        return join(parts), None
    if name not in ("__init__", "__new__", "__setattr__", "__init_subclass__"):
        for above in (yield names.builtin("object")):
            return (yield classes.own_member(above, name)), above
    return NONE, None


def _abstract(program: Program, raw: Values, where: ClassValue | None) -> Asking:
    """Whether a member is there only to be implemented by others."""
    if not raw or where is None:
        return False
    is_protocol = yield classes.is_protocol(where)
    for value in raw:
        inner: Value = value
        while isinstance(inner, DescriptorValue):
            inner = inner.function
        if not isinstance(inner, FunctionValue):
            return False
        form: f.FunctionForm | None = yield function_form(*inner.definition)
        if form is None:
            return False
        marked = any(classes.evaluated_name(d) in ("abstractmethod", "abstractproperty") for d in form.decorators)
        if not (marked or form.is_abstract_body or (is_protocol and form.is_hook_body)):
            return False
    return True


def _overrides(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What known subclasses bind to the name, each bound to an instance of that subclass."""
    if owner.exact or name in ("__init__", "__new__", "__class__", "__init_subclass__"):
        return []
    if program.overrides == "declared":
        return []
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner.cls)
    if below is None:
        return [unknown(Unresolved.BUDGET, f"too many subclasses of {owner.cls.definition.name}")]
    found: list[Values] = []
    for cls in below:
        raw = join(((yield classes.own_member(cls, name)), (yield set_on_class(cls, name))))
        if raw and not (yield from _abstract(program, raw, cls)):
            found.append((yield from _bind(program, raw, InstanceValue(cls))))
    if (yield classes.is_protocol(owner.cls)):
        found.extend((yield from _implementers(program, owner, name)))
    if program.overrides == "strict" and not (yield from _is_final(program, owner.cls, name)):
        found.append(unknown(Unresolved.OVERRIDABLE, f"{owner.cls.definition.name}.{name}"))
    return found


def _is_final(program: Program, cls: ClassValue, name: str) -> Asking:
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    if form is not None and any(classes.evaluated_name(d) == "final" for d in form.decorators):
        return True
    raw, _ = yield from _declared(program, cls, name)
    for value in raw:
        if isinstance(value, FunctionValue):
            function: f.FunctionForm | None = yield function_form(*value.definition)
            if function is None or not any(classes.evaluated_name(d) == "final" for d in function.decorators):
                return False
    return bool(raw)


def _implementers(program: Program, owner: InstanceValue, name: str) -> Asking:
    """Classes that have every method of a protocol without deriving from it."""
    wanted: frozenset[str] = yield protocol_members(owner.cls)
    found: list[Values] = []
    top = program.top(owner.cls.definition.path)
    kind = yield from _kind_of(program, owner.cls, name)
    for cls in (yield classes_with(name)):
        here = program.top(cls.definition.path)
        if here != top and top not in (yield tops_of(cls.definition.path)) and here not in (
            yield tops_of(owner.cls.definition.path)
        ):
            continue
        if (yield from _kind_of(program, cls, name)) is not kind:
            continue
        if (yield implements(cls, wanted)) and not (yield classes.is_protocol(cls)):
            found.append((yield type_attribute(InstanceValue(cls), name)))
    return found


def _kind_of(program: Program, cls: ClassValue, name: str) -> Asking:
    """Whether a member is a plain function, a coroutine function or a generator of either kind; None for anything else."""
    raw: Values = yield classes.own_member(cls, name)
    for value in raw:
        if isinstance(value, FunctionValue):
            form: f.FunctionForm | None = yield function_form(*value.definition)
            return None if form is None else form.kind
    return None


@query()
def protocol_members(program: Program, cls: ClassValue) -> Asking:
    members: set[str] = set()
    for _, form in (yield classes.bodies(cls)):
        members.update(b.name for b in form.bindings if not b.name.startswith("__") or b.name in _PROTOCOL_SPECIALS)
    return frozenset(members)


_PROTOCOL_SPECIALS = frozenset(
    {"__call__", "__await__", "__aenter__", "__aexit__", "__aiter__", "__anext__", "__enter__", "__exit__", "__iter__"}
)


@query()
def classes_with(program: Program, name: str) -> Asking:
    """Known top-level classes whose body binds a name."""
    found: list[ClassValue] = []
    for path in sorted(program.world.files()):
        shape: Layout = yield layout(path)
        for part in shape.pieces:
            if part.owner is not None and name in shape.outlines[part.key].binds:
                found.append(ClassValue(Definition(path, part.owner, part.owner.partition("#")[0])))
    return tuple(dict.fromkeys(found))


@query(bottom=lambda *_: False, widen=lambda *_: False)
def implements(program: Program, cls: ClassValue, wanted: frozenset[str]) -> Asking:
    for name in sorted(wanted):
        raw, _ = yield from _declared(program, cls, name)
        if not raw and not (yield from _self_stores(program, cls, name)):
            return False
    return True


# binding


def _bind(program: Program, raw: Values, owner: Value) -> Asking:
    """The descriptor protocol: functions become methods, properties their results."""
    parts: list[Values] = []
    for value in raw:
        match value:
            case FunctionValue() | NativeValue():
                parts.append(one(MethodValue(value, owner)))
            case DescriptorValue(kind="staticmethod", function=function):
                parts.append(one(function))
            case DescriptorValue(kind="classmethod", function=function):
                parts.append(one(MethodValue(function, _class_value(owner))))
            case DescriptorValue(kind="partialmethod", function=PartialValue(function=inner, arguments=held)):
                full = replace(held, positional=(one(owner), *held.positional))
                parts.append(one(PartialValue(inner, full)))
            case DescriptorValue(function=function):
                parts.append((yield from calls.call(program, one(function), Arguments((one(owner),)))))
            case InstanceValue():
                getter = yield type_attribute(value, "__get__")
                known = frozenset(v for v in getter if not isinstance(v, NothingValue))
                arguments = Arguments((one(owner), one(_class_value(owner))))
                parts.append((yield from calls.call(program, known, arguments)) if known else one(value))
            case _:
                parts.append(one(value))
    return join(parts)


def _class_value(owner: Value) -> Value:
    match owner:
        case InstanceValue(cls=cls, exact=exact):
            return ClassValue(cls.definition, cls.frame, not exact or cls.is_open)
        case _:
            return owner


def _super_attribute(program: Program, owner: SuperValue, name: str) -> Asking:
    receiver = owner.receiver
    cls = receiver.cls if isinstance(receiver, InstanceValue) else receiver
    if not isinstance(cls, ClassValue) or not (yield from classes.derives(program, cls, owner.after)):
        cls = owner.after
    starts = [cls]
    if not (isinstance(receiver, InstanceValue) and receiver.exact):
        starts.extend((yield classes.subclasses(owner.after)) or ())
    parts: list[Values] = []
    for start in dict.fromkeys(starts):
        parts.append((yield from _after(program, start, owner, name)))
    return join(parts)


def _after(program: Program, cls: ClassValue, owner: SuperValue, name: str) -> Asking:
    above: classes.Order = yield classes.order(cls)
    index = next(
        (i for i, c in enumerate(above) if isinstance(c, ClassValue) and c.definition == owner.after.definition), 0
    )
    for candidate in above[index + 1 :]:
        if isinstance(candidate, UnknownValue):
            return one(candidate)
        raw = yield classes.own_member(candidate, name)
        if raw:
            return (yield from _bind(program, raw, owner.receiver))
    if name in ("__new__", "__init__", "__init_subclass__", "__setattr__", "__call__"):
        return one(MethodValue(NativeValue(f"object.{name}"), owner.receiver))
    for base in (yield names.builtin("object")):
        raw = yield classes.own_member(base, name)
        if raw:
            return (yield from _bind(program, raw, owner.receiver))
    return unknown(Unresolved.ATTRIBUTE, f"super().{name}")


# classes


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def class_attribute(program: Program, owner: ClassValue, name: str) -> Asking:
    """`Class.name`."""
    if name == "__class__":
        return unknown(Unresolved.ATTRIBUTE, "__class__")
    raw, where = yield from _declared(program, owner, name)
    below: list[Values] = []
    if owner.is_open and name not in ("__new__", "__init__"):
        below = yield from _class_overrides(program, owner, name)
    abstract = owner.is_open and (yield from _abstract(program, raw, where))
    parts = [NONE if abstract else (yield from _bind_to_class(program, raw, owner)), *below]
    if abstract and not below:
        parts.append(unknown(Unresolved.ABSTRACT, f"{owner.definition.name}.{name}"))
    found = join(parts)
    if found:
        return found
    if name in ("__init__", "__new__", "__init_subclass__", "__setattr__"):
        return one(NativeValue(f"object.{name}"))
    meta = yield classes.metaclass(owner)
    if isinstance(meta, ClassValue):
        raw, _ = yield from _declared(program, meta, name)
        return (yield from _bind(program, raw, owner)) or unknown(Unresolved.ATTRIBUTE, f"{owner.definition.name}.{name}")
    return unknown(Unresolved.ATTRIBUTE, f"{owner.definition.name}.{name}")


def _class_overrides(program: Program, owner: ClassValue, name: str) -> Asking:
    """What known subclasses of a class that may be any of them bind to a name, each bound to that subclass."""
    if program.overrides == "declared":
        return []
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner)
    if below is None:
        return [unknown(Unresolved.BUDGET, f"too many subclasses of {owner.definition.name}")]
    found: list[Values] = []
    for cls in below:
        raw = join(((yield classes.own_member(cls, name)), (yield set_on_class(cls, name))))
        if raw and not (yield from _abstract(program, raw, cls)):
            found.append((yield from _bind_to_class(program, raw, cls)))
    if program.overrides == "strict" and not (yield from _is_final(program, owner, name)):
        found.append(unknown(Unresolved.OVERRIDABLE, f"{owner.definition.name}.{name}"))
    return found


def _bind_to_class(program: Program, raw: Values, owner: ClassValue) -> Asking:
    parts: list[Values] = []
    for value in raw:
        match value:
            case DescriptorValue(kind="staticmethod", function=function):
                parts.append(one(function))
            case DescriptorValue(kind="classmethod", function=function):
                parts.append(one(MethodValue(function, owner)))
            case _:
                parts.append(one(value))
    return join(parts)
    yield


# what is stored on instances and set from elsewhere


def stored(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What `self.name = ...` puts there in any method of the class, its bases and its known subclasses, and what others
    set on such an instance. A constructor's arguments count for what the constructor stores."""
    parts: list[Values] = []
    inits: dict[Definition, Context] = {}
    if owner.init or owner.exact:
        inits = yield constructions(owner)
    above: classes.Order = yield classes.order(owner.cls)
    holders = [c for c in above if isinstance(c, ClassValue)]
    if not owner.exact and program.overrides != "declared":
        holders.extend((yield classes.subclasses(owner.cls)) or ())
    for cls in dict.fromkeys(holders):
        for function, store in (yield from _self_stores(program, cls, name)):
            is_init = function.definition.name.rpartition(".")[2] == "__init__"
            if owner.state == "pristine" and not is_init:
                continue
            if is_init and owner.exact and inits and function.definition not in inits:
                continue
            frame = Frame(FunctionValue(function.definition, cls.frame), inits.get(function.definition, ()))
            parts.append((yield from _stored_value(program, frame, store)))
    if owner.state != "pristine":
        parts.extend((yield from _set_on_instance(program, owner, name)))
    if (yield from _has_computed(program, owner)):
        parts.append(unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}"))
    if owner.state in ("pristine", "fresh"):
        return bounded(opened(_made_by_constructor(join(parts)), True))
    found = bounded(opened(settled(join(parts)), True))
    if owner.state == "entered" and any(isinstance(v, ActivationValue) for v in found):
        begun: Values = yield advanced(replace(owner, state="fresh"))
        found = frozenset(replace(v, phase="begun") if isinstance(v, ActivationValue) and v in begun else v for v in found)
    return found


def _made_by_constructor(values: Values) -> Values:
    """What a fresh object holds: its generators have not begun, but its other objects may have been used."""
    return frozenset(v for v in values if isinstance(v, ActivationValue)) | settled(
        frozenset(v for v in values if not isinstance(v, ActivationValue))
    )


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def advanced(program: Program, owner: InstanceValue) -> Asking:
    """The async generators that `__aenter__` of a fresh instance surely steps: they are what it awaits first."""
    found: set[Value] = set()
    for method in (yield type_attribute(owner, "__aenter__")):
        if not isinstance(method, MethodValue) or not isinstance(method.function, FunctionValue):
            return NONE
        form: f.FunctionForm | None = yield function_form(*method.function.definition)
        site = None if form is None else _leading(form.flow)
        if form is None or site is None:
            return NONE
        context = yield from calls.bind(program, method.function, Arguments((one(method.receiver),)))
        frame = Frame(method.function, context)
        for value in (yield from evaluation.evaluate(program, frame, form.sites[site].operand)):
            if isinstance(value, StepValue) and value.phase == "first":
                found.add(value.generator)
    return frozenset(found)


def _leading(flow: f.Flow) -> int | None:
    """The site that a function reaches first whatever happens."""
    match next((node for node in flow if not isinstance(node, f.Risk)), None):
        case f.Suspend(site=site):
            return site
        case f.Try(body=body) | f.Guarded(body=body):
            return _leading(body)
        case _:
            return None


def _has_computed(program: Program, owner: InstanceValue) -> Asking:
    """Whether attributes with computed names are set on instances like this one."""
    for cls in (yield classes.order(owner.cls)):
        if isinstance(cls, ClassValue) and not cls.definition.path.endswith(".pyi"):
            for target in (yield computed_targets(program.top(cls.definition.path))):
                if isinstance(target, InstanceValue) and (yield from _related(program, target.cls, owner)):
                    return True
                if isinstance(target, ModuleValue) and target.path == cls.definition.path:
                    return True
    return False


def _stored_value(program: Program, frame: Frame, store: f.Store) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is not None and (yield from _dead(program, frame, form, store)):
        return NONE
    found = NONE
    if store.value is not None:
        found = yield from evaluation.evaluate(program, frame, store.value)
    if store.annotation is not None and (store.value is None or has_unknown(found)):
        typed = yield from annotations.instances(program, frame, store.annotation)
        if not has_unknown(typed):
            return join((without_unknown(found), typed))
    return found


def _dead(program: Program, frame: Frame, form: f.FunctionForm, store: f.Store) -> Asking:
    from switchpoint.analysis.resolution import truth

    return (yield from truth.is_dead(program, frame, form, store.region))


def _self_stores(program: Program, cls: ClassValue, name: str) -> Asking:
    """(method, store) for each store of an attribute on the first parameter of a method of the class."""
    return (yield self_stores(cls)).get(name, ())


@query()
def self_stores(program: Program, cls: ClassValue) -> Asking:
    """Attribute -> (method, store)s on first parameters, over the methods of one class and what is inside them."""
    found: dict[str, list[tuple[FunctionValue, f.Store]]] = {}
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    here = cls.definition
    if form is None:
        return found
    if form.body is not None:
        keys, prefix = [here.piece], here.name + "."
    else:
        shape: Layout = yield layout(here.path)
        keys, prefix = [p.key for p in shape.pieces if p.owner == here.piece and shape.outlines[p.key].sets_self], ""
    for key in keys:
        whole: f.PieceForm = yield piece(here.path, key)
        for function in whole.functions.values():
            if function.stores and function.name.startswith(prefix):
                for store in function.stores:
                    if store.name is not None and _on_receiver(whole, function, store.base):
                        value = FunctionValue(Definition(here.path, key, function.name))
                        found.setdefault(store.name, []).append((value, store))
    return {name: tuple(stores) for name, stores in found.items()}


def _on_receiver(whole: f.PieceForm, function: f.FunctionForm, base: f.Expr) -> bool:
    """Whether `base` is the first parameter of this method, or of the method around this function."""
    if isinstance(base, f.Free):
        outer = whole.functions.get(function.parent or "")
        return outer is not None and outer.owner is not None and base.name == _first(outer)
    return isinstance(base, f.Local) and function.owner is not None and base.name == _first(function)


def _first(function: f.FunctionForm) -> str | None:
    return function.parameters[0].name if function.parameters else None


@query(bottom=lambda *_: {}, widen=lambda *_: {})
def constructions(program: Program, owner: InstanceValue) -> Asking:
    """The contexts in which the `__init__`s of an instance ran: its own, and those that it calls by `super()`."""
    found: dict[Definition, Context] = {}
    raw, _ = yield from _declared(program, owner.cls, "__init__")
    work = [(v, owner.init) for v in raw if isinstance(v, FunctionValue)]
    while work:
        if len(found) >= 12:
            return {}
        function, context = work.pop()
        if function.definition in found:
            continue
        found[function.definition] = context
        form: f.FunctionForm | None = yield function_form(*function.definition)
        frame = Frame(function, context)
        for call, _ in () if form is None else form.calls:
            if isinstance(call, f.Call) and isinstance(call.function, f.Attribute) and call.function.name == "__init__":
                inner = yield from _inner_inits(program, frame, call)
                if inner is None:
                    return {}
                work.extend(inner)
    return found


def _inner_inits(program: Program, frame: Frame, call: f.Call) -> Asking:
    targets = yield from evaluation.evaluate(program, frame, call.function)
    arguments = yield from evaluation.evaluate_arguments(program, frame, call)
    found: list[tuple[FunctionValue, Context]] = []
    for target in targets:
        match target:
            case MethodValue(function=FunctionValue() as function, receiver=receiver):
                full = Arguments((one(receiver), *arguments.positional), arguments.keywords, arguments.rest, arguments.others)
                found.append((function, (yield from calls.bind(program, function, full))))
            case FunctionValue():
                found.append((target, (yield from calls.bind(program, target, arguments))))
            case MethodValue(function=NativeValue()) | NativeValue() | NothingValue():
                pass
            case _:
                return None
    return found


def _set_on_instance(program: Program, owner: InstanceValue, name: str) -> Asking:
    parts: list[Values] = []
    for frame, store, owners in (yield foreign_stores(name, program.top(owner.cls.definition.path))):
        if store.value is None:
            continue
        for target in owners:
            if isinstance(target, InstanceValue) and (yield from _related(program, target.cls, owner)):
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
            elif isinstance(target, UnknownValue) and (yield from _may_meet(program, frame, owner.cls)):
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return parts


def _may_meet(program: Program, frame: Frame, cls: ClassValue) -> Asking:
    """Whether code that sets an attribute on something unknown can have met instances of a class: it stands in the same
    file."""
    return frame.function.definition.path == cls.definition.path
    yield


def _related(program: Program, cls: ClassValue, owner: InstanceValue) -> Asking:
    if (yield from classes.derives(program, owner.cls, cls)):
        return True
    return False if owner.exact else (yield from classes.derives(program, cls, owner.cls))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def set_on_class(program: Program, cls: ClassValue, name: str) -> Asking:
    """`Class.name = value` from anywhere, on this very class; `unknown` where a computed name may have been set."""
    if cls.definition.path.endswith(".pyi"):
        return NONE
    parts: list[Values] = []
    top = program.top(cls.definition.path)
    for frame, store, owners in (yield foreign_stores(name, top)):
        for target in owners:
            if not isinstance(target, ClassValue) or not (yield from _is_target(program, cls, target)):
                continue
            if store.value is None:
                parts.append(unknown(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}"))
            else:
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    for target in (yield computed_targets(top)):
        if isinstance(target, ClassValue) and (yield from _is_target(program, cls, target)):
            parts.append(unknown(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}"))
    return join(parts)


def _is_target(program: Program, cls: ClassValue, target: ClassValue) -> Asking:
    if target.definition == cls.definition:
        return True
    return target.is_open and (yield from classes.derives(program, cls, target))


_TRANSFORMING = {
    "__class__": InstanceValue, "__dict__": InstanceValue, "__bases__": ClassValue, "__code__": FunctionValue, "__defaults__": FunctionValue,
    "__kwdefaults__": FunctionValue,
}  # fmt: skip
_FILLED = {"[]__kwdefaults__": "__kwdefaults__"}


@query(bottom=lambda *_: frozenset(), widen=lambda *_: frozenset())
def computed_targets(program: Program, top: str) -> Asking:
    """Everything on which some known file sets an attribute whose name is computed, or which it turns into something else
    by `__class__` or `__bases__`. A module stands for whatever instances that file may meet."""
    found: set[Value] = set()
    for name in ("", *_TRANSFORMING, *_FILLED):
        for path, key in (yield setters_of(name)):
            if program.top(path) != top and top not in (yield tops_of(path)):
                continue
            for function, store in (yield names.stores_of(path, key)):
                in_body = store.base == f.Global("__class_body__")
                base = store.base
                if name in _FILLED and isinstance(base, f.Attribute) and base.name == _FILLED[name]:
                    base = base.base
                elif store.name is not None and store.name not in _TRANSFORMING and not in_body:
                    continue
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                if in_body:
                    owner = yield from classes.class_of_scope(program, frame)
                    found.update(() if owner is None else (owner,))
                elif base != f.Global("__module__"):
                    values = yield from targets.targets(program, frame, base)
                    kind = _TRANSFORMING.get(_FILLED.get(name, store.name or ""), object)
                    found.update(v for v in values if isinstance(v, kind) and not isinstance(v, UnknownValue))
                    if kind is InstanceValue and any(isinstance(v, UnknownValue) for v in values):
                        found.add(ModuleValue("", path, False))
    return frozenset(found)


@query(bottom=lambda *_: (), widen=lambda *_: ())
def foreign_stores(program: Program, name: str, top: str) -> Asking:
    """(frame, store, what it is set on) for every `x.name = ...` outside the methods whose first parameter `x` is, in
    files that belong to the top-level package `top` or import it: others cannot name its objects' types."""
    found: list[tuple[Frame, f.Store, Values]] = []
    places = [*(yield setters_of(name))]
    if name in ("__class__",):
        return ()
    for path, key in places:
        if program.top(path) != top and top not in (yield tops_of(path)):
            continue
        for function, store in (yield names.stores_of(path, key)):
            if store.name != name:
                continue
            frame = Frame(FunctionValue(Definition(path, key, function)), ())
            owners = yield from targets.targets(program, frame, store.base)
            found.append((frame, store, owners))
    return tuple(found)


@query()
def tops_of(program: Program, path: str) -> Asking:
    """The top-level packages that a file imports by absolute names."""
    shape: Layout = yield layout(path)
    return frozenset(
        name.partition(".")[0] for outline in shape.outlines.values() for name, level, _ in outline.imports if not level
    )
