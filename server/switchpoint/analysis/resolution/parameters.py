"""Parameters: the arguments of a call, by the parameter that takes each.

In: a function and the arguments of a call. Out: the context in which the body is judged: only what can matter, in the
form that calls share. This module must not know what a call gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import evaluation
from switchpoint.analysis.resolution.nesting import DEEPEST, bounded
from switchpoint.analysis.resolution.values import (
    Arguments,
    ClassValue,
    ConstValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    opened,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.resolution.program import Program


def bind(program: Program, function: FunctionValue, arguments: Arguments, *, is_kept: bool = False) -> Asking:
    """The context of a call: the arguments that can matter, by parameter, in the form in which contexts are shared.
    `is_kept`: with those that matter only to what the receiver keeps, as deep as they nest in what it gives later."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return ()
    wanted = frozenset(p.name for p in form.parameters) if is_kept else form.relevant
    found: dict[str, Values] = yield from taken(program, function, form, arguments, wanted)
    own = form.parameters[0].name if form.parameters and form.owner is not None else None
    context: dict[str, Values] = {}
    for name, values in found.items():
        shared = _told_apart(bounded(values if name == own else settled(values), DEEPEST + (1 if is_kept else -1)))
        context[name] = shared if name in form.texts else _without_data(program, shared)
    return tuple(sorted((pair for pair in context.items() if not says_nothing(pair[1])), key=lambda pair: pair[0]))


_MOST_BESIDE = 6


def _told_apart(values: Values) -> Values:
    """What a context tells of an argument, or of what a container in it holds, that may be anything as well, by which
    nothing is proved: one unknown, and no contents of containers. What works on data that holds its like, as schemas
    do, would be judged anew for every mixture of these."""
    unknowns = [v for v in values if isinstance(v, UnknownValue)]
    if not unknowns:
        return frozenset(_told_apart_within(v) if isinstance(v, DisplayValue) else v for v in values)
    if len(values) == 1:
        return values
    kept = min(unknowns, key=lambda v: (v.why is not Unresolved.BUDGET, v.by == "", v.why.value, v.detail))
    if len(values) > _MOST_BESIDE:
        return one(kept)
    return frozenset(_unseen(v) for v in values if not isinstance(v, UnknownValue)) | {kept}


def _told_apart_within(display: DisplayValue) -> DisplayValue:
    return replace(display, items=tuple(map(_told_apart, display.items)))


_DATA = unknown(Unresolved.VALUE, "data")


def _without_data(program: Program, values: Values) -> Values:
    """Nothing of an argument that is text, bytes or numbers of several types, in containers or not: nobody awaits or
    calls them, and each mixture of these would be a context of its own. One type is kept, since callees ask for it,
    but not beside what may be anything."""
    if len(values) > 1 and all(_is_data(program, v) for v in values):
        return _DATA
    if has_unknown(values):
        values = frozenset(v for v in values if isinstance(v, UnknownValue) or not _is_data(program, v))
    return frozenset(_roughly(program, v) if isinstance(v, DisplayValue) else v for v in values)


def _roughly(program: Program, display: DisplayValue) -> DisplayValue:
    """The same container with less said of the data in it, and of how many there are if there is nothing else."""
    items = tuple(
        _DATA if all(_is_data(program, v) for v in item) else _without_data(program, item) for item in display.items
    )
    if not items or any(item is not _DATA for item in items):
        return replace(display, items=items)
    if display.kind == "dict":
        return replace(display, items=(_DATA,), keys=(None,))
    return replace(display, kind="some" if display.kind == "tuple" else display.kind, items=(_DATA,))


def _is_data(program: Program, value: Value) -> bool:
    match value:
        case InstanceValue(cls=ClassValue(definition=definition)):
            return program.module_name(definition.path) == "builtins"
        case DisplayValue(items=items):
            return all(_is_data(program, v) for item in items for v in item)
        case UnknownValue(why=why):
            return why is not Unresolved.BUDGET
        case ConstValue() | NumberValue() | NothingValue():
            return True
        case _:
            return False


def _unseen(value: Value) -> Value:
    """A container as one in which anything may be."""
    if isinstance(value, DisplayValue) and value.kind != "tuple":
        return replace(value, items=(), keys=(), is_open=True)
    return value


def taken(
    program: Program, function: FunctionValue, form: f.FunctionForm, arguments: Arguments, wanted: frozenset[str]
) -> Asking:
    """Parameter -> what a call gives it, of the parameters that are wanted."""
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    found: dict[str, Values] = {}
    for parameter in form.parameters:
        values = _taken(parameter, positional, keywords, arguments)
        if values is None and parameter.default is not None:
            if parameter.name not in wanted:
                continue
            outer = evaluation.definition_frame(function, form)
            default: Values = yield from evaluation.evaluate(program, outer, parameter.default)
            values = opened(default, True)  # one object for all calls
        if values is not None and parameter.name in wanted:
            found[parameter.name] = values if parameter.name in form.texts else _without_texts(values)
    return found


def _without_texts(values: Values) -> Values:
    """Which string it is does not matter to the callee: calls that differ only in it share one answer."""
    if not any(isinstance(v, ConstValue) and isinstance(v.value, str) for v in values):
        return values
    kept = frozenset(v for v in values if not (isinstance(v, ConstValue) and isinstance(v.value, str)))
    return kept | unknown(Unresolved.VALUE, "a string")


_LONGEST_VARARGS = 8
"""Longer `*args` are of unknown length, so that recursion that adds to them ends."""


def _taken(
    parameter: f.Parameter, positional: list[Values], keywords: dict[str, Values], arguments: Arguments
) -> Values | None:
    """The argument for one parameter; None when its default applies."""
    match parameter.kind:
        case "varargs":
            if arguments.rest or len(positional) > _LONGEST_VARARGS:
                return one(DisplayValue("some", (settled(join((*positional, arguments.rest))),)))
            return one(DisplayValue("tuple", tuple(settled(values) for values in positional)))
        case "kwargs":
            keys: tuple[str | None, ...] = tuple(keywords)
            items = tuple(settled(values) for values in keywords.values())
            if arguments.others:
                keys, items = (*keys, None), (*items, arguments.others)
            return one(DisplayValue("dict", items, keys))
        case _:
            pass
    if parameter.kind in ("positional", "plain"):
        if positional:
            return positional.pop(0)
        if arguments.rest:
            return join((arguments.rest, unknown(Unresolved.PARAMETER, parameter.name)))
    if parameter.kind != "positional" and parameter.name in keywords:
        return join((keywords.pop(parameter.name), arguments.others))
    if arguments.others:
        return join((arguments.others, unknown(Unresolved.PARAMETER, parameter.name)))
    return None if parameter.default is not None else one(NothingValue())


def says_nothing(values: Values) -> bool:
    """Whether a context is better shared with those that know nothing of the parameter. Not of mixtures of data: where
    nothing is told of a parameter, all callers are asked, and this one has said that nobody awaits or calls it."""
    told = values - _DATA
    return told == values and all(isinstance(v, UnknownValue) and v.why is not Unresolved.BUDGET for v in values)
