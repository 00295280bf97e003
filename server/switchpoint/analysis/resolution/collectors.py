"""Classes that await what their objects have collected, as `AsyncExitStack` does.

In: a class. Out: whether its methods do that. This module must not know what is in the containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, members, piece
from switchpoint.analysis.resolution import classes
from switchpoint.analysis.resolution.values import ClassValue

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: False, widen=lambda *_: False)
def collects(program: Program, cls: ClassValue) -> Asking:
    """Whether a method of a class awaits what it takes out of a container in an attribute, or a method of that."""
    for above in (yield classes.order(cls)):
        is_written = isinstance(above, ClassValue) and not above.definition.path.endswith(".pyi")
        if is_written and (yield _method_awaits_kept(above)):
            return True
    return False


@query()
def _method_awaits_kept(_: Program, cls: ClassValue) -> Asking:
    here = cls.definition
    form: f.ClassForm | None = yield classes.class_form(here)
    inside = form is not None and form.body is not None
    for key in (here.piece,) if inside else (yield members(here.path, here.piece)):
        whole: f.PieceForm = yield piece(here.path, key)
        for method in whole.functions.values():
            if method.owner is not None and any(_is_of_kept(method, site.operand, 8) for site in method.sites):
                return True
    return False


def _is_of_kept(form: f.FunctionForm, expr: f.Expr | None, deep: int, *, is_taken: bool = False) -> bool:
    match expr:
        case f.Attribute(base=f.Local() as base) if (
            is_taken and form.parameters and base.name == form.parameters[0].name
        ):
            return True
        case f.Local(reaching=reaching) if deep:
            sources = [form.bindings[index].source for index in reaching]
            return any(_is_of_kept(form, _bound(s), deep - 1, is_taken=is_taken) for s in sources)
        case f.Call(function=f.Attribute(base=base)):
            return _is_of_kept(form, base, deep, is_taken=True)
        case f.Call(function=function):
            return _is_of_kept(form, function, deep, is_taken=is_taken)
        case f.Elements(iterable=inner) | f.Subscript(base=inner):
            return _is_of_kept(form, inner, deep, is_taken=True)
        case f.Attribute(base=inner) | f.Element(value=inner) | f.Narrowed(value=inner):
            return _is_of_kept(form, inner, deep, is_taken=is_taken)
        case _:
            return False


def _bound(source: f.Source) -> f.Expr | None:
    match source:
        case f.FromValue(value=value):
            return value
        case f.FromJoin(reaching=reaching):
            return f.Local("", reaching)
        case _:
            return None
