"""What is done to a class as it is created: decorators, `__init_subclass__`, metaclasses (Reference, 3.3.3).

In: a class. Out: the functions that are given it then, and the members that they visibly set on it. This module must
not know what the body of the class binds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, makers
from switchpoint.analysis.resolution import classes, evaluation, targets, transforms
from switchpoint.analysis.resolution.enumerations import is_metaclass
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    Definition,
    DescriptorValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    PartialValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def installed_members(program: Program, cls: ClassValue, name: str) -> Asking:
    """Members that class decorators, `__init_subclass__` and metaclasses set by `setattr` or assignment."""
    if name.startswith("__") and name.endswith("__") and cls.definition.path.endswith(".pyi"):
        return NONE
    computed = unknown(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}")
    parts: list[Values] = []
    if (yield from _has_prepared_namespace(program, cls)):
        parts.append(computed)
    if (yield _is_remade(cls)):
        parts.append(computed)
    for function, target in (yield installers(cls)):
        form: f.FunctionForm | None = yield function_form(*function.definition)
        if form is None:
            continue
        for store in form.stores:
            if not _installs(form, store, target, name):
                continue
            if store.name in (None, "[]") or store.value is None:
                parts.append(computed)
                continue
            frame = Frame(function, ((target, one(cls)),) if target else ())
            parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return join(parts)


@query(bottom=lambda *_: (), widen=lambda *_: ())
def installers(program: Program, cls: ClassValue) -> Asking:
    """Functions that are given the class when it is made: (function, the parameter that takes it; "" where that is not
    told)."""
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    found: list[tuple[FunctionValue, str]] = []
    if form is None or cls.definition.path.endswith(".pyi"):
        return ()
    for function, place in (yield from _decorators(program, cls, form)):
        found.extend((yield from _taking(function, place)))
    for function in (yield from _named_members(program, cls)):
        found.extend((yield from _taking(function, 1)))
    above: classes.Order = yield classes.order(cls)
    for base in above[1:]:
        if isinstance(base, ClassValue) and program.dotted(base.definition) != "builtins.object":
            for function in (yield from _member_functions(base, "__init_subclass__")):
                found.extend((yield from _taking(function, 0)))
    meta = yield classes.metaclass(cls)
    if isinstance(meta, ClassValue) and not (meta.definition.path.endswith(".pyi") or is_metaclass(program, meta)):
        for name in ("__new__", "__init__"):
            for function in (yield from _member_functions(meta, name)):
                found.append((function, ""))
    return tuple(found)


def _taking(function: FunctionValue, place: int) -> Asking:
    """The function and the parameter in that place."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    parameters = () if form is None else form.parameters
    return [(function, parameters[place].name if place < len(parameters) else "")]


def _named_members(program: Program, cls: ClassValue) -> Asking:
    """`__set_name__` of what the class body makes: it is told of the class (Reference, 3.3.3.6)."""
    found: list[FunctionValue] = []
    for frame, body in (yield from _making_bodies(cls)):
        for binding in body.bindings:
            match binding.source:
                case f.FromValue(value=f.Call() as call):
                    made: Values = yield from targets.targets(program, frame, call)
                case f.FromDefinition(name=name, is_class=False):
                    made = yield from _made_by_decorators(program, frame, name)
                case _:
                    continue
            for value in made:
                if isinstance(value, InstanceValue) and not value.cls.definition.path.endswith(".pyi"):
                    for above in (yield classes.order(value.cls)):
                        if isinstance(above, ClassValue):
                            found.extend((yield from _member_functions(above, "__set_name__")))
    return found


def _making_bodies(cls: ClassValue) -> Asking:
    """The bodies in which a name may come to stand for what a call returned: most members are plain definitions."""
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    if form is None or form.body is not None:
        return (yield classes.bodies(cls))
    here = cls.definition
    found: list[tuple[Frame, f.FunctionForm]] = []
    for key in (yield makers(here.path, here.piece)):
        function = FunctionValue(Definition(here.path, key, ""))
        found.append((Frame(function, ()), (yield function_form(*function.definition))))
    return found


def _made_by_decorators(program: Program, frame: Frame, name: str) -> Asking:
    """Instances of the classes that decorate a method."""
    form: f.FunctionForm | None = yield function_form(*evaluation.closure(frame, name).definition)
    found: list[Value] = []
    for decorator in () if form is None else form.decorators:
        for value in (yield from targets.targets(program, frame, decorator)):
            if isinstance(value, ClassValue):
                found.append(InstanceValue(value))
    return frozenset(found)


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _is_remade(program: Program, cls: ClassValue) -> Asking:
    """Whether a metaclass that can be read makes its classes of other bases, or of another namespace, than it is
    given."""
    meta = yield classes.metaclass(cls)
    if not isinstance(meta, ClassValue) or meta.definition.path.endswith(".pyi"):
        return False
    for above in (yield classes.order(meta)):
        if not isinstance(above, ClassValue) or program.in_stdlib(above.definition.path):
            continue
        if above.definition.path.endswith(".pyi"):
            continue
        for function in (yield from _member_functions(above, "__new__")):
            form: f.FunctionForm | None = yield function_form(*function.definition)
            if form is None or not _hands_on(form):
                return True
    return False


def _hands_on(form: f.FunctionForm) -> bool:
    """Whether a metaclass's `__new__` calls the next one with the bases and the namespace that it was given."""
    values = [binding.source.value for binding in form.bindings if isinstance(binding.source, f.FromValue)]
    calls = [value for value in (*values, *(value for value, _ in form.returns)) if isinstance(value, f.Call)]
    making = [call for call in calls if classes.evaluated_name(call.function) in ("__new__", "type")]
    return bool(making) and all(_is_given(form, argument) for call in making for argument in call.arguments[-2:])


def _is_given(form: f.FunctionForm, argument: f.Expr) -> bool:
    """Whether an argument is what a parameter was given."""
    inner = argument.value if isinstance(argument, f.Starred) else argument
    return isinstance(inner, f.Local) and all(
        isinstance(form.bindings[index].source, f.FromParameter) for index in inner.reaching
    )


def _has_prepared_namespace(program: Program, cls: ClassValue) -> Asking:
    """Whether a metaclass that can be read gives the class body a namespace of its own making."""
    meta = yield classes.metaclass(cls)
    if not isinstance(meta, ClassValue) or meta.definition.path.endswith(".pyi"):
        return False
    for above in (yield classes.order(meta)):
        if not isinstance(above, ClassValue) or above.definition.path.endswith(".pyi"):
            continue
        if not is_metaclass(program, above) and (yield classes.all_member_bindings(above, "__prepare__")):
            return True
    return False


def _installs(form: f.FunctionForm, store: f.Store, target: str, name: str) -> bool:
    """Whether a store of a function that is given the class may bind a member of that name."""
    if store.name not in (name, None, "[]") or store.base == f.Global("__module__"):
        return False
    if target and not (isinstance(store.base, f.Local | f.Free) and store.base.name == target):
        return False
    return store.name != "[]" or (not target and _is_namespace(form, store.base))


def _is_namespace(form: f.FunctionForm, base: f.Expr) -> bool:
    """Whether a metaclass's method fills its last positional parameter, the namespace of the class to be."""
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    return isinstance(base, f.Local) and len(plain) > 1 and base.name == plain[-1]


def _decorators(program: Program, cls: ClassValue, form: f.ClassForm) -> Asking:
    """The functions that decorate a class, but for those that are known to keep it, and the place of the class among
    their arguments."""
    found: list[tuple[FunctionValue, int]] = []
    frame = classes.header_frame(cls, form)
    for decorator in form.decorators:
        if not (yield from transforms.keeps_class(program, frame, decorator)):
            values: Values = yield from evaluation.evaluate(program, frame, decorator)
            for value in values:
                match value:
                    case FunctionValue():
                        found.append((value, 0))
                    case MethodValue(function=FunctionValue() as function):
                        found.append((function, 1))
                    case InstanceValue():
                        for above in (yield classes.order(value.cls)):
                            if isinstance(above, ClassValue):
                                found.extend((v, 1) for v in (yield from _member_functions(above, "__call__")))
                    case PartialValue(function=FunctionValue() as function, arguments=held):
                        found.append((function, len(held.positional)))
                    case _:
                        pass
    return found


def _member_functions(cls: ClassValue, name: str) -> Asking:
    """The functions that a class body binds to a name, out of their descriptors."""
    found: list[FunctionValue] = []
    for frame, index in (yield classes.member_bindings(cls, name)):
        values: Values = yield evaluation.bound(frame, index)
        for value in values:
            inner: Value = value
            while isinstance(inner, DescriptorValue | MethodValue):
                inner = inner.function
            if isinstance(inner, FunctionValue):
                found.append(inner)
    return found
