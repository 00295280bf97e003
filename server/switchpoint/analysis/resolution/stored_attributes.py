"""What is stored on instances: by methods on their first parameter, by constructors, from elsewhere.

In: an instance and an attribute's name. Out: the values that any of these stores may have put there, settled where
others can have seen them. This module must not know what the class itself binds to the name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, piece, self_setting, set_by_methods
from switchpoint.analysis.resolution import (
    annotations,
    attributes,
    call_expressions,
    classes,
    evaluation,
    gaps,
    lives,
    overriding,
    parameters,
    patching,
    reinit,
    restoring,
    truth,
)
from switchpoint.analysis.resolution.nesting import bounded
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    Context,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NativeValue,
    NothingValue,
    StepValue,
    Value,
    Values,
    join,
    one,
    opened,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

_MOST_CONSTRUCTORS = 12


def stored(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What `self.name = ...` puts there in any method of the class, its bases and its known subclasses, and what others
    set on such an instance. A constructor's arguments count for what the constructor stores."""
    if owner.home is not None:
        held: Values | None = yield lives.held(owner.home, name)
        if held is not None:
            return held
        owner = replace(owner, home=None)
    parts: list[Values] = [(yield from _stored_as_annotated(program, owner, name))]
    if owner.state != "pristine":
        parts.extend((yield from patching.set_on_instance(program, owner, name)))
    if (yield patching.is_computed(owner.cls, owner.exact)) or (yield patching.is_copied_to(owner, name)):
        parts.append(unknown(Unresolved.DYNAMIC, f"{owner.cls.definition.name}.{name}"))
    if owner.state in ("pristine", "fresh"):
        return bounded(opened(_made_by_constructor(join(parts)), True))
    for cls in (yield from _holders(program, owner)):
        parts.append((yield from restoring.restored(cls, name)))
    found = bounded(opened(settled(join(parts)), True))
    if owner.state == "entered" and any(isinstance(v, ActivationValue) for v in found):
        begun: Values = yield advanced(replace(owner, state="fresh"))
        return frozenset(
            replace(v, phase="begun") if isinstance(v, ActivationValue) and v in begun else v for v in found
        )
    return found


def _stored_as_annotated(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What methods put there; what that leaves open holds what annotations of the attribute admit."""
    found = join((yield from _stored_by_methods(program, owner, name)))
    if not gaps.has_gaps(opened(found, True)):
        return found
    parts: list[Values] = []
    for cls in (yield classes.order(owner.cls)):
        for frame, annotation in (yield from _annotations(cls, name)) if isinstance(cls, ClassValue) else ():
            parts.append((yield from annotations.instances(program, frame, annotation)))
    is_own = program.is_own(owner.cls.definition.path)
    return gaps.filled(opened(found, True), join(parts), is_own=is_own) if parts else found


def _annotations(cls: ClassValue, name: str) -> Asking:
    """(frame, annotation) of an attribute in the methods and the body of one class."""
    found: list[tuple[Frame, f.Expr]] = []
    for function, store in (yield from own_stores(cls, name)):
        if store.annotation is not None:
            found.append((Frame(FunctionValue(function.definition, cls.frame), ()), store.annotation))
    places: classes.Places = yield classes.member_bindings(cls, name)
    for frame, index in places:
        form: f.FunctionForm = yield function_form(*frame.function.definition)
        source = form.bindings[index].source
        if isinstance(source, f.FromValue) and source.annotation is not None:
            found.append((frame, source.annotation))
    return found


def _stored_by_methods(program: Program, owner: InstanceValue, name: str) -> Asking:
    parts: list[Values] = []
    inits: dict[Definition, Context] = {}
    above: classes.Order = yield classes.order(owner.cls)
    if (owner.init or owner.exact) and not (yield reinit.is_initialised_again(owner.cls)):
        inits = yield constructions(owner)
    for cls in (yield from _holders(program, owner)):
        for function, store in (yield from own_stores(cls, name)):
            is_init = function.definition.name.rpartition(".")[2] == "__init__"
            if owner.state == "pristine" and not is_init:
                continue
            if is_init and owner.exact and inits and function.definition not in inits:
                continue
            whole = FunctionValue(function.definition, cls.frame)
            context = inits.get(function.definition, ())
            if cls in above and (owner.init or owner.exact):
                context = yield from _with_receiver(program, owner, whole, store.base, context)
            parts.append((yield from _stored_value(program, Frame(whole, context), store)))
    return parts


def _with_receiver(
    program: Program, owner: InstanceValue, function: FunctionValue, base: f.Expr, context: Context
) -> Asking:
    """The same, with the object itself for the first parameter: what a method put on it by that, it had been given.
    Not where the name stands for something else by then, or for a class; nor in a subclass, which has more."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or form.owner is None or not isinstance(base, f.Local):
        return context
    sources = [form.bindings[index].source for index in base.reaching]
    receiver = yield from classes.receiver_of(program, function, form)
    if not isinstance(receiver, InstanceValue) or any(not isinstance(s, f.FromParameter) for s in sources):
        return context
    given = one(replace(owner, state=""))
    return tuple(sorted((*((key, v) for key, v in context if key != base.name), (base.name, given)), key=_by_name))


def _by_name(pair: tuple[str, Values]) -> str:
    return pair[0]


def _holders(program: Program, owner: InstanceValue) -> Asking:
    """The classes whose methods may have had the instance as their first argument."""
    above: classes.Order = yield classes.order(owner.cls)
    holders = [c for c in above if isinstance(c, ClassValue)]
    if not owner.exact and program.overrides != "declared":
        holders.extend((yield classes.subclasses(owner.cls)) or ())
    return dict.fromkeys(holders)


def _stored_value(program: Program, frame: Frame, store: f.Store) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is not None and (yield from truth.is_dead(program, frame, form, store.region)):
        return NONE
    found = NONE
    if store.value is not None:
        found = yield from evaluation.evaluate(program, frame, store.value)
    if store.annotation is not None and store.value is None:
        return (yield from annotations.instances(program, frame, store.annotation))
    return found


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def set_by_class_methods(program: Program, cls: ClassValue, name: str) -> Asking:
    """What methods put on a class that is their first parameter: its own and those above it, and its metaclass's."""
    parts: list[Values] = []
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue):
            parts.append((yield from _stored_on_class(program, above, name, is_meta=False)))
    for meta in (yield classes.metaclasses(cls)):
        for above in (yield classes.order(meta)) if isinstance(meta, ClassValue) else ():
            if isinstance(above, ClassValue):
                parts.append((yield from _stored_on_class(program, above, name, is_meta=True)))
    return bounded(opened(settled(join(parts)), True))


def _stored_on_class(program: Program, cls: ClassValue, name: str, *, is_meta: bool) -> Asking:
    here = cls.definition
    if here.path.endswith(".pyi") or name not in (yield from _set_by_methods(here)):
        return NONE
    parts: list[Values] = []
    for function, store in (yield from own_stores(cls, name)):
        method: f.FunctionForm | None = yield function_form(*function.definition)
        while method is not None and method.owner is None and method.parent is not None:
            method = yield function_form(here.path, function.definition.piece, method.parent)
        if method is None:
            continue
        whole = FunctionValue(Definition(here.path, function.definition.piece, method.name), cls.frame)
        receiver = yield from classes.receiver_of(program, whole, method)
        if is_meta or isinstance(receiver, ClassValue):
            frame = Frame(FunctionValue(function.definition, cls.frame), ())
            parts.append((yield from _stored_value(program, frame, store)))
    return join(parts)


def _set_by_methods(cls: Definition) -> Asking:
    """Names that methods of a class set on their first parameter, with others where it stands inside a function."""
    form: f.ClassForm | None = yield classes.class_form(cls)
    if form is not None and form.body is not None:
        return (yield self_stores(ClassValue(cls)))
    return (yield set_by_methods(cls.path, cls.piece))


def _made_by_constructor(values: Values) -> Values:
    """What a fresh object holds: its generators have not begun, but its other objects may have been used."""
    return frozenset(v for v in values if isinstance(v, ActivationValue)) | settled(
        frozenset(v for v in values if not isinstance(v, ActivationValue))
    )


# stores by methods


def own_stores(cls: ClassValue, name: str) -> Asking:
    """(method, store) for each store of an attribute on the first parameter of a method of the class."""
    return (yield self_stores(cls)).get(name, ())


@query()
def self_stores(_: Program, cls: ClassValue) -> Asking:
    """Attribute -> (method, store)s on first parameters, over the methods of one class and what is inside them."""
    found: dict[str, list[tuple[FunctionValue, f.Store]]] = {}
    keys, prefix = yield from _method_pieces(cls)
    here = cls.definition
    for key in keys:
        whole: f.PieceForm = yield piece(here.path, key)
        for function in whole.functions.values():
            if not function.stores or not function.name.startswith(prefix):
                continue
            value = FunctionValue(Definition(here.path, key, function.name))
            for store in function.stores:
                if store.name is not None and _on_receiver(whole, function, store.base):
                    found.setdefault(store.name, []).append((value, store))
    return {name: tuple(pairs) for name, pairs in found.items()}


def _method_pieces(cls: ClassValue) -> Asking:
    """The pieces that hold the methods of a class, and how the methods' names begin there."""
    here = cls.definition
    form: f.ClassForm | None = yield classes.class_form(here)
    if form is None:
        return (), ""
    if form.body is not None:
        return (here.piece,), here.name + "."
    return (yield self_setting(here.path, here.piece)), ""


def _on_receiver(whole: f.PieceForm, function: f.FunctionForm, base: f.Expr) -> bool:
    """Whether `base` is the first parameter of this method, or of the method around this function."""
    if isinstance(base, f.Free):
        outer = whole.functions.get(function.parent or "")
        return outer is not None and outer.owner is not None and base.name == _first(outer)
    return isinstance(base, f.Local) and function.owner is not None and base.name == _first(function)


def _first(function: f.FunctionForm) -> str | None:
    return function.parameters[0].name if function.parameters else None


# construction


@query(bottom=lambda *_: {}, widen=lambda *_: {})
def constructions(program: Program, owner: InstanceValue) -> Asking:
    """The contexts in which the `__init__`s of an instance ran: its own, and those that it calls by `super()`."""
    found: dict[Definition, Context] = {}
    raw, _ = yield from overriding.declared(program, owner.cls, "__init__")
    work = [(v, owner.init) for v in raw if isinstance(v, FunctionValue)]
    while work:
        if len(found) >= _MOST_CONSTRUCTORS:
            return {}
        function, context = work.pop()
        if function.definition in found:
            continue
        found[function.definition] = context
        inner: list[tuple[FunctionValue, Context]] | None = yield from _called_inits(program, Frame(function, context))
        if inner is None:
            return {}
        work.extend(inner)
    return found


def _called_inits(program: Program, frame: Frame) -> Asking:
    """The `__init__`s that an `__init__` calls as attributes, with their arguments; None when one is not known."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    found: list[tuple[FunctionValue, Context]] = []
    for call, _ in () if form is None else form.calls:
        if isinstance(call, f.Call) and isinstance(call.function, f.Attribute) and call.function.name == "__init__":
            inner: list[tuple[FunctionValue, Context]] | None = yield from _inner_inits(program, frame, call)
            if inner is None:
                return None
            found.extend(inner)
    return found


def _inner_inits(program: Program, frame: Frame, call: f.Call) -> Asking:
    targets: Values = yield from evaluation.evaluate(program, frame, call.function)
    arguments: Arguments = yield from call_expressions.evaluate_arguments(program, frame, call)
    found: list[tuple[FunctionValue, Context]] = []
    for target in targets:
        match target:
            case MethodValue(function=FunctionValue() as function, receiver=receiver):
                full = replace(arguments, positional=(one(receiver), *arguments.positional))
                found.append((function, (yield from parameters.bind(program, function, full))))
            case FunctionValue():
                found.append((target, (yield from parameters.bind(program, target, arguments))))
            case MethodValue(function=NativeValue()) | NativeValue() | NothingValue():
                pass
            case _:
                return None
    return found


# objects entered by `async with`


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def advanced(program: Program, owner: InstanceValue) -> Asking:
    """The async generators that `__aenter__` of a fresh instance surely steps: they are what it awaits first."""
    found: set[Value] = set()
    for method in (yield attributes.type_attribute(owner, "__aenter__")):
        if not isinstance(method, MethodValue) or not isinstance(method.function, FunctionValue):
            return NONE
        form: f.FunctionForm | None = yield function_form(*method.function.definition)
        site = None if form is None else _leading(form.flow)
        if form is None or site is None:
            return NONE
        context = yield from parameters.bind(program, method.function, Arguments((one(method.receiver),)))
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
