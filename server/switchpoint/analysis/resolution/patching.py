"""Attributes set from elsewhere: `module.f = g`, `Class.method = g`, `obj.callback = g`, `setattr` with computed names.

In: what an attribute is read on, and its name. Out: the values that other code of known files may have put there, and
the objects that can hold anything. A file counts where it belongs to the object's top-level package or imports it. This
module must not know what classes and their own methods bind.
"""

from __future__ import annotations

from switchpoint.analysis.engine import beneath, query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    classes,
    computed_names,
    evaluation,
    lent,
    restoring,
    setters,
    stores,
    targets,
)
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved

_TRANSFORMING: dict[str, type[object]] = {
    "__class__": InstanceValue,
    "__dict__": InstanceValue,
    "__bases__": ClassValue,
    "__code__": FunctionValue,
    "__defaults__": FunctionValue,
    "__kwdefaults__": FunctionValue,
}
"""Attributes whose assignment makes something else of an object, and what objects they do it to."""

_FILLED = {"[]__kwdefaults__": "__kwdefaults__"}
"""The same for containers that are changed in place."""


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def set_on_class(program: Program, cls: ClassValue, name: str) -> Asking:
    """`Class.name = value` from anywhere, on this very class; `unknown` where a computed name may have been set."""
    if cls.definition.path.endswith(".pyi"):
        return NONE
    parts: list[Values] = []
    top = program.top(cls.definition.path)
    for frame, store, owners in (yield foreign_stores(name, top)):
        for target in owners:
            if not (yield from _may_be_class(program, frame, target, cls, name)):
                continue
            if store.value is None:
                parts.append(unknown(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}"))
            else:
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    patched: frozenset[tuple[Value, str]] = yield setters.patched_under_other_names()
    copied: Values = (yield lent.lent(True)) if (yield from _is_set_by_users(program, name)) else NONE
    for target in (*(yield computed_targets(top)), *copied, *(owner for owner, each in patched if each == name)):
        if isinstance(target, ClassValue) and (yield from _is_target(program, cls, target)):
            parts.append(unknown(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}"))
    return join(parts)


def set_on_instance(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What other code puts there on an instance like this one, or on something unknown in the class's own file. What
    the user's files put on something unknown may be on this instance, too, of whosever class it is: only their text is
    asked for it, since most of that is on something else, and to evaluate it all took more time than everything
    besides."""
    parts: list[Values] = []
    for frame, store, owners in (yield foreign_stores(name, program.top(owner.cls.definition.path))):
        if store.value is None:
            continue
        for target in owners:
            if (yield from _may_be(program, frame, target, owner, name)):
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
            elif isinstance(target, UnknownValue) and program.is_own(frame.function.definition.path):
                parts.append((yield from _told(program, frame, store.value)))
    return parts


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def put_by_users(program: Program, name: str) -> Asking:
    """What the user's files visibly set under a name on anything: where it is not known what an attribute holds, it may
    hold that."""
    parts: list[Values] = []
    for path, key in (yield setters_of(name)):
        for function, store in (yield stores.stores_of(path, key)) if program.is_own(path) else ():
            if store.name == name and store.value is not None:
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                parts.append((yield from _told(program, frame, store.value)))
    return without_unknown(join(parts))


def _told(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What the text tells of a value; of constants all is told, and of functions what decorators leave of them."""
    if isinstance(value, f.Const | f.Number):
        return (yield from evaluation.evaluate(program, frame, value))
    found: Values = yield from targets.targets(program, frame, value)
    for each in found:
        form: f.FunctionForm | None = (
            (yield function_form(*each.definition)) if isinstance(each, FunctionValue) else None
        )
        if form is not None and form.decorators:
            return (yield from evaluation.evaluate(program, frame, value))
    return found


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_computed(program: Program, cls: ClassValue, exact: bool) -> Asking:
    """Whether attributes with computed names are set on instances of this class, or, unless `exact`, of a subclass."""
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue) and not above.definition.path.endswith(".pyi"):
            for target in (yield computed_targets(program.top(above.definition.path))):
                if isinstance(target, InstanceValue) and (yield from _related(program, target.cls, cls, exact)):
                    return True
                if isinstance(target, ModuleValue) and target.path == above.definition.path:
                    return True
    return False


@query(bottom=lambda *_: False, widen=lambda *_: True)
def is_copied_to(program: Program, owner: InstanceValue, name: str) -> Asking:
    """Whether an attribute may have been copied to an instance from another object: from a function on which the user's
    files set it, or from an object that its constructor was given."""
    for target in (yield lent.lent(True)):
        if isinstance(target, InstanceValue) and (yield from _related(program, target.cls, owner.cls, owner.exact)):
            given = join(values for _, values in owner.init)
            is_given = any(isinstance(v, InstanceValue) and program.is_own(v.cls.definition.path) for v in given)
            return is_given or (yield from _is_set_by_users(program, name))
    return False


def _is_set_by_users(program: Program, name: str) -> Asking:
    """Whether one of the user's files sets an attribute of that name on anything but a receiver."""
    return any(program.is_own(path) for path, _ in (yield setters_of(name)))


def _may_be(program: Program, frame: Frame, target: Value, owner: InstanceValue, name: str) -> Asking:
    """Whether what an attribute is set on may be this instance. Code that sets it on something unknown can have met the
    instance when it stands in the file of its class, and when what it sets is a method there."""
    match target:
        case InstanceValue():
            return (yield from _related(program, target.cls, owner.cls, owner.exact))
        case UnknownValue():
            path = frame.function.definition.path
            if path == owner.cls.definition.path:
                return True
            return program.is_own(path) and (yield from _has_method(owner.cls, name))
        case _:
            return False


def _may_be_class(program: Program, frame: Frame, target: Value, cls: ClassValue, name: str) -> Asking:
    match target:
        case ClassValue():
            return (yield from _is_target(program, cls, target))
        case UnknownValue():
            path = frame.function.definition.path
            may_meet = path == cls.definition.path or program.is_own(path)
            return may_meet and (yield from defines(cls, name))
        case _:
            return False


def _has_method(cls: ClassValue, name: str) -> Asking:
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue) and (yield from defines(above, name)):
            return True
    return False


def defines(cls: ClassValue, name: str) -> Asking:
    """Whether a class body binds a name by `def`: what replaces a method says so by its name."""
    bindings: classes.Places = yield classes.all_member_bindings(cls, name)
    for frame, index in bindings:
        form: f.FunctionForm = yield function_form(*frame.function.definition)
        if isinstance(form.bindings[index].source, f.FromDefinition):
            return True
    return False


def _related(program: Program, one_class: ClassValue, cls: ClassValue, exact: bool) -> Asking:
    """Whether an object can be of both classes, the second being its very own where that is `exact`."""
    if (yield from classes.derives(program, cls, one_class)):
        return True
    return False if exact else (yield from classes.derives(program, one_class, cls))


def _is_target(program: Program, cls: ClassValue, target: ClassValue) -> Asking:
    if target.definition == cls.definition:
        return True
    return target.is_open and (yield from classes.derives(program, cls, target))


@query(bottom=lambda *_: (), widen=lambda *_: ())
def foreign_stores(program: Program, name: str, top: str) -> Asking:
    """(frame, store, what it is set on) for every `x.name = ...` outside the methods whose first parameter `x` is, in
    files that belong to the top-level package `top` or import it: others cannot name its objects' types."""
    found: list[tuple[Frame, f.Store, Values]] = []
    if name == "__class__":
        return ()
    for path, key in (yield setters_of(name)):
        if not (yield from stores.can_name(program, path, top)):
            continue
        for function, store in (yield stores.stores_of(path, key)):
            if store.name == name:
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                owners: Values = yield from targets.targets(program, frame, store.base)
                found.append((frame, store, owners))
    return tuple(found)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE, beneath=lambda *_: NONE)
def computed_targets(program: Program, top: str) -> Asking:
    """Everything on which some known file sets an attribute whose name is computed, or which it turns into something
    else by `__class__` or `__bases__`. A module stands for whatever instances that file may meet."""
    found: set[Value] = {*(yield beneath(setters.set_under_other_names())), *(yield lent.lent(False))}
    for name in ("", *_TRANSFORMING, *_FILLED):
        for path, key in (yield setters_of(name)):
            if not (yield from stores.can_name(program, path, top)):
                continue
            for function, store in (yield stores.stores_of(path, key)):
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                if not (yield from restoring.puts_back(frame.function.definition, store)):
                    found.update((yield from _computed_by(program, frame, store, name)))
    return frozenset(found)


def _computed_by(program: Program, frame: Frame, store: f.Store, name: str) -> Asking:
    """What one store changes, in a piece that sets the attribute `name` somewhere ("": one with a computed name)."""
    base = store.base
    if base == f.Global("__class_body__"):
        owner: ClassValue | None = yield from classes.class_of_scope(program, frame)
        return NONE if owner is None else one(owner)
    if name in _FILLED and isinstance(base, f.Attribute) and base.name == _FILLED[name]:
        base = base.base
    elif store.name is not None and store.name not in _TRANSFORMING:
        return NONE
    if base == f.Global("__module__"):
        return NONE
    kind = _TRANSFORMING.get(_FILLED.get(name, store.name or ""), object)
    values: Values = yield from computed_names.under_any_name(program, frame, base)
    found = frozenset(v for v in values if isinstance(v, kind) and not isinstance(v, UnknownValue))
    if kind is InstanceValue and has_unknown(values):
        found |= {ModuleValue("", frame.function.definition.path, False)}
    return found if found and (yield beneath(stores.may_write(frame, store))) else NONE
