"""Objects that the user's files hand to functions of libraries which set attributes of computed names on them, as
`functools.update_wrapper` does.

In: the program. Out: these objects, those apart on which only such attributes are set as another object has under the
same name. This module must not know which attributes that concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import beneath, query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.setters import LENT
from switchpoint.analysis.ir.summaries import Asking, piece
from switchpoint.analysis.resolution import computed_names, evaluation, known_calls, stores, targets
from switchpoint.analysis.resolution.program import Program, also_called, setters_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Setting:
    """A function of a library, the parameter on which it sets attributes, that parameter's place, and whether it only
    copies those of another object."""

    function: Definition
    parameter: str
    place: int | None
    copies: bool


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE, beneath=lambda *_: NONE)
def lent(_: Program, copies: bool) -> Asking:
    """The classes and objects that are handed to such functions; `copies`: to those that copy, else to the others. All
    that is evaluated depends on it, as on what is set under computed names (`computed_names.under_any_name`)."""
    return (yield beneath(_lent(copies)))


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _lent(program: Program, copies: bool) -> Asking:
    parts: list[Values] = []
    for setting in (yield _settings()):
        if setting.copies is copies:
            parts.append((yield from _given_by_name(program, setting)))
            parts.append((yield from _given_to_partials(program, setting)))
    return frozenset(v for v in join(parts) if isinstance(v, ClassValue | InstanceValue))


@query()
def _settings(program: Program) -> Asking:
    found: list[Setting] = []
    for path, key in (yield setters_of(LENT)):
        whole: f.PieceForm = yield piece(path, key)
        for name, form in whole.functions.items() if not program.is_own(path) else ():
            if form.parent is None and form.owner is None:
                found.extend(_in_function(Definition(path, key, name), form))
    return tuple(dict.fromkeys(found))


def _in_function(function: Definition, form: f.FunctionForm) -> Iterable[Setting]:
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    for store in form.stores:
        parameter = _parameter(form, store.base) if store.name is None else None
        if parameter is not None:
            place = plain.index(parameter) if parameter in plain else None
            yield Setting(function, parameter, place, _is_of_another(form, store.value, parameter))


def _parameter(form: f.FunctionForm, base: f.Expr | None) -> str | None:
    for index in base.reaching if isinstance(base, f.Local) else ():
        source = form.bindings[index].source
        if isinstance(source, f.FromParameter):
            return source.name
    return None


def _is_of_another(form: f.FunctionForm, value: f.Expr | None, parameter: str) -> bool:
    """Whether a value is an attribute of another parameter."""
    match value:
        case f.Call(function=f.Global(name="getattr"), arguments=(base, *_)):
            return _parameter(form, base) not in (None, parameter)
        case f.Local(reaching=(index,)):
            source = form.bindings[index].source
            return isinstance(source, f.FromValue) and _is_of_another(form, source.value, parameter)
        case _:
            return False


def _given_by_name(program: Program, setting: Setting) -> Asking:
    """What calls of the function by its names are given for the parameter."""
    last = known_calls.last_part(setting.function.name)
    parts: list[Values] = []
    for name in (last, *(yield also_called(last))):
        for frame, call in (yield from known_calls.named(name)):
            given = _argument(call, setting)
            told: Values = NONE if given is None else (yield from targets.targets(program, frame, call.function))
            if given is not None and any(
                isinstance(v, FunctionValue) and v.definition == setting.function for v in told
            ):
                parts.append((yield from computed_names.under_any_name(program, frame, given)))
    return join(parts)


def _argument(call: f.Call, setting: Setting) -> f.Expr | None:
    named = next((value for key, value in call.keywords if key == setting.parameter), None)
    if named is None and setting.place is not None and setting.place < len(call.arguments):
        return call.arguments[setting.place]
    return named


def _given_to_partials(program: Program, setting: Setting) -> Asking:
    """What is given to what functions beside it make of the function: `wraps(f)(x)`."""
    parts: list[Values] = []
    here = setting.function
    beside = (yield stores.mentioning(here.path, known_calls.last_part(here.name))) if setting.place == 0 else ()
    for key in beside:
        for frame, call in (yield from known_calls.named(key)) if key != here.piece else ():
            match call:
                case f.Call(function=f.Call() as maker, arguments=(given, *_)) if not isinstance(given, f.Closure):
                    made: Values = yield from evaluation.evaluate(program, frame, maker)
                    if any(_is_of(v, here) for v in made):
                        parts.append((yield from computed_names.under_any_name(program, frame, given)))
                case _:
                    pass
    return join(parts)


def _is_of(value: Value, function: Definition) -> bool:
    return isinstance(value, PartialValue) and value.function == FunctionValue(function)
