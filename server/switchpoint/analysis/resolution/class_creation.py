"""What is done to a class as it is created: decorators, `__init_subclass__`, metaclasses (Reference, 3.3.3).

In: a class. Out: the functions that are given it then, and the members that they visibly set on it. This module must
not know what the body of the class binds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, evaluation, transforms
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    DescriptorValue,
    Frame,
    FunctionValue,
    MethodValue,
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
    if (yield from _has_prepared_namespace(cls)):
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
            frame = Frame(function, ((_first(form), one(cls)),) if target == "first" else ())
            parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return join(parts)


@query(bottom=lambda *_: (), widen=lambda *_: ())
def installers(program: Program, cls: ClassValue) -> Asking:
    """Functions that are given the class when it is made: (function, "first" when it is their first argument)."""
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    found: list[tuple[FunctionValue, str]] = []
    if form is None or cls.definition.path.endswith(".pyi"):
        return ()
    for function in (yield from _decorators(program, cls, form)):
        found.append((function, "first"))
    above: classes.Order = yield classes.order(cls)
    for base in above[1:]:
        if isinstance(base, ClassValue) and program.dotted(base.definition) != "builtins.object":
            for function in (yield from _member_functions(base, "__init_subclass__")):
                found.append((function, "first"))
    meta = yield classes.metaclass(cls)
    if isinstance(meta, ClassValue) and not meta.definition.path.endswith(".pyi"):
        for name in ("__new__", "__init__"):
            for function in (yield from _member_functions(meta, name)):
                found.append((function, "any"))
    return tuple(found)


def _has_prepared_namespace(cls: ClassValue) -> Asking:
    """Whether a metaclass that can be read gives the class body a namespace of its own making."""
    meta = yield classes.metaclass(cls)
    if not isinstance(meta, ClassValue) or meta.definition.path.endswith(".pyi"):
        return False
    for above in (yield classes.order(meta)):
        if not isinstance(above, ClassValue) or above.definition.path.endswith(".pyi"):
            continue
        if (yield classes.all_member_bindings(above, "__prepare__")):
            return True
    return False


def _installs(form: f.FunctionForm, store: f.Store, target: str, name: str) -> bool:
    """Whether a store of a function that is given the class may bind a member of that name."""
    if store.name not in (name, None, "[]") or store.base == f.Global("__module__"):
        return False
    if target == "first" and not _is_first(form, store.base):
        return False
    return store.name != "[]" or (target == "any" and _is_namespace(form, store.base))


def _is_first(form: f.FunctionForm, base: f.Expr) -> bool:
    return isinstance(base, f.Local | f.Free) and base.name == _first(form)


def _first(form: f.FunctionForm) -> str:
    return form.parameters[0].name if form.parameters else ""


def _is_namespace(form: f.FunctionForm, base: f.Expr) -> bool:
    """Whether a metaclass's method fills its last positional parameter, the namespace of the class to be."""
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    return isinstance(base, f.Local) and len(plain) > 1 and base.name == plain[-1]


def _decorators(program: Program, cls: ClassValue, form: f.ClassForm) -> Asking:
    """The functions that decorate a class, but for those that are known to keep it."""
    found: list[FunctionValue] = []
    frame = classes.header_frame(cls, form)
    for decorator in form.decorators:
        if not (yield from transforms.keeps_class(program, frame, decorator)):
            values: Values = yield from evaluation.evaluate(program, frame, decorator)
            found.extend(v for v in values if isinstance(v, FunctionValue))
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
