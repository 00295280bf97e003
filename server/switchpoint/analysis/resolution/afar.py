"""Afar: what comes out of objects of which no text tells what they give.

In: an expression and where it stands. Out: whether what it gives may be anything that was given to a library's object,
such as a future, a queue, a context variable, or raised or sent. Code is read as it is spelled, not evaluated. This
module must not know what is claimed of the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import function_form
from switchpoint.analysis.resolution import names, spelled, targets
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    UnknownValue,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: False, widen=lambda *_: True)
def comes_from_afar(program: Program, here: Definition, value: f.Expr) -> Asking:
    """Whether a value, or what it holds, may have come out of code that is not read."""
    match value:
        case f.Call():
            return (yield from _is_given(program, here, value))
        case f.Local() | f.Free():
            return (yield from _is_bound(here, (yield from spelled.bindings(here, value)), value.name))
        case f.Global(name=name) | f.Scoped(name=name):
            for where, source in (yield from spelled.binding(here.path, None, name)):
                if isinstance(source, f.FromValue) and (yield from _comes(where, source)):
                    return True
            return False
        case f.Choice(options=several) | f.Display(items=several):
            return (yield from _any_of(here, several))
        case (
            f.Attribute(base=inner) | f.Subscript(base=inner) | f.Element(value=inner) | f.Elements(iterable=inner)
            | f.Await(value=inner) | f.Entered(manager=inner) | f.Delegated(value=inner) | f.Starred(value=inner)
            | f.Narrowed(value=inner)
        ):  # fmt: skip
            return (yield comes_from_afar(here, inner))
        case _:
            return value == f.SENT


def _any_of(here: Definition, several: Iterable[f.Expr]) -> Asking:
    for each in several:
        if (yield comes_from_afar(here, each)):
            return True
    return False


def _is_bound(here: Definition, bindings: Iterable[f.Binding], name: str) -> Asking:
    for source in (binding.source for binding in bindings):
        match source:
            case f.FromValue():
                if (yield from _comes(here, source)):
                    return True
            case f.FromParameter(name=parameter):
                for where, argument in (yield spelled.arguments(here, parameter)):
                    if (yield comes_from_afar(where, argument)):
                        return True
            case f.FromJoin(reaching=reaching):
                if (yield comes_from_afar(here, f.Local(name, reaching))):
                    return True
            case _:
                pass
    return False


def _comes(here: Definition, source: f.FromValue) -> Asking:
    """What is caught has an annotation for the class that it is caught by, and no value."""
    if source.value is None:
        return source.annotation is not None
    return (yield comes_from_afar(here, source.value))


def _is_given(program: Program, here: Definition, call: f.Call) -> Asking:
    """Whether a call may give that: not of a class, whose object is new, nor of the user's functions that do not."""
    function = call.function.base if isinstance(call.function, f.Subscript) else call.function
    definitions: set[Definition] = yield from spelled.called(here, function)
    for each in definitions:
        form: f.FunctionForm | None = yield function_form(*each)
        for returned, _ in form.returns if form is not None else ():
            if (yield comes_from_afar(each, returned)):
                return True
    return not definitions and not (yield _is_class(here, function))


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _is_class(program: Program, here: Definition, function: f.Expr) -> Asking:
    """Whether something imported, or a builtin, is a class: then a call of it gives an object of that."""
    if not (yield from spelled.is_imported(here, function)):
        return False
    found: Values = yield from targets.targets(program, Frame(FunctionValue(here), ()), function)
    if isinstance(function, f.Global) and all(isinstance(v, UnknownValue) for v in found):
        found = yield names.builtin(function.name)
    return bool(found) and all(isinstance(v, ClassValue) for v in found)
