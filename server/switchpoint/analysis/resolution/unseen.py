"""Unseen: functions that are called without being named: by the syntax of the language, by what keeps them, by whom
they were handed to, by computed names.

In: a function of the user's. Out: whether somebody may call it so, whose arguments are then not seen. This module must
not know what is passed where a call is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, handing, keeping, known_calls, spelled, targets
from switchpoint.analysis.resolution.program import Program, imported
from switchpoint.analysis.resolution.values import ClassValue, FunctionValue, InstanceValue, ModuleValue

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.values import Definition

_CALLED_BY_NAME = ("__init__", "__call__")
_NO_CLASSES: frozenset[ClassValue] = frozenset()


@query(bottom=lambda *_: False, widen=lambda *_: True)
def may_be_called_unseen(program: Program, function: FunctionValue) -> Asking:
    """Whether a function may be called otherwise than by its name, or for `__init__` and `__call__` that of its class
    or object."""
    here = function.definition
    form: f.FunctionForm | None = yield function_form(*here)
    if form is None or not program.is_own(here.path):
        return False
    last = known_calls.last_name(function)
    if last.startswith("__") and last.endswith("__"):
        return last not in _CALLED_BY_NAME or (yield from _is_of_metaclass(program, function, form))
    for decorator in form.decorators:
        if not (yield from _is_standard(program, here, decorator)):
            return True
    if (yield keeping.keepers(here)) or (yield from handing.calls_anywhere_with(function, form)):
        return True
    owner = classes.class_of(function, form)
    return owner is not None and (yield from _is_asked_for(program, owner))


def _is_asked_for(program: Program, owner: ClassValue) -> Asking:
    """Whether members of a class are taken from its objects by computed names."""
    for cls in (yield _asked_for_computed_names()):
        if (yield from classes.derives(program, cls, owner)) or (yield from classes.derives(program, owner, cls)):
            return True
    return False


@query(bottom=lambda *_: _NO_CLASSES, widen=lambda *_: _NO_CLASSES)
def _asked_for_computed_names(program: Program) -> Asking:
    """The user's classes of whose objects the user's files take members by `getattr` with a computed name."""
    found: set[ClassValue] = set()
    for frame, call in (yield from known_calls.named("getattr")):
        if len(call.arguments) > 1 and not isinstance(call.arguments[1], f.Const):
            for value in (yield from targets.targets(program, frame, call.arguments[0])):
                if isinstance(value, InstanceValue) and program.is_own(value.cls.definition.path):
                    found.add(value.cls)
    return frozenset(found)


def _is_of_metaclass(program: Program, function: FunctionValue, form: f.FunctionForm) -> Asking:
    owner = classes.class_of(function, form)
    return owner is not None and (yield from classes.derives_from_named(program, owner, "builtins.type"))


def _is_standard(program: Program, here: Definition, decorator: f.Expr) -> Asking:
    """Whether a decorator is a builtin or one of the standard library: these keep no function for others to call."""
    function = decorator.function if isinstance(decorator, f.Call) else decorator
    base = function.base if isinstance(function, f.Attribute) else function
    if not isinstance(base, f.Global):
        return False
    sources = [source for _, source in (yield from spelled.binding(here.path, None, base.name))]
    for source in sources:
        owner = (yield imported(here.path, source.module, source.level)) if isinstance(source, f.FromImport) else None
        if not isinstance(owner, ModuleValue) or not program.in_stdlib(owner.path):
            return False
    return bool(sources) or base is function
