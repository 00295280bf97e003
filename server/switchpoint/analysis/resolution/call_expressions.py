"""Call expressions: the function and the arguments that a call in the text names.

In: the form of a call, in a frame. Out: what it gives. This module must not know how functions are entered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.scopes import READING_CALLS
from switchpoint.analysis.ir.summaries import function_form
from switchpoint.analysis.ir.uses import is_only_spread
from switchpoint.analysis.resolution import (
    calls,
    containers,
    evaluation,
    predicates,
    protocols,
    super_proxy,
)
from switchpoint.analysis.resolution.nesting import bounded
from switchpoint.analysis.resolution.values import (
    NONE,
    Arguments,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    MethodValue,
    NothingValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    taken_out,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def call_expression(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed) -> Asking:
    """What a call in the text gives."""
    if expr.function == f.Global("super"):
        special = yield from super_proxy.super_value(program, frame, expr)
        if special is not None:
            return special
    if assumed is None:
        own: tuple[f.Local, f.Call] | None = yield from _by_its_own_type(frame, expr)
        if own is not None:
            return (yield from _one_by_one(program, frame, *own))
    return (yield from _call(program, frame, expr, assumed))


def _one_by_one(program: Program, frame: Frame, parameter: f.Local, expr: f.Call) -> Asking:
    """What a call gives for each value of a parameter, which stays the same as long as its function runs."""
    parts: list[Values] = []
    for value in (yield from evaluation.evaluate(program, frame, parameter)):
        parts.append((yield from _call(program, frame, expr, (parameter, one(value)))))
    return join(parts)


def _by_its_own_type(frame: Frame, expr: f.Call) -> Asking:
    """`type(x).method(x, ...)` of a parameter, also through names that are bound once in between: `x`, and the call
    without those names. Of several types each one's method is given its own object, and no other."""
    match expr:
        case f.Call(
            function=f.Local() | f.Attribute() as function, arguments=(f.Local(reaching=(index,)) as first, *_)
        ):
            form: f.FunctionForm | None = yield function_form(*frame.function.definition)
            if form is None or not isinstance(form.bindings[index].source, f.FromParameter):
                return None
            method = _written_out(form, function)
            owner = _written_out(form, method.base) if isinstance(method, f.Attribute) else None
            if owner in (f.Call(f.Global("type"), (first,)), f.Attribute(first, "__class__")):
                return first, replace(expr, function=replace(method, base=owner))
            return None
        case _:
            return None


def _written_out(form: f.FunctionForm, expr: f.Expr) -> f.Expr:
    """The expression that a name stands for which is bound once."""
    seen: set[int] = set()
    while isinstance(expr, f.Local) and len(expr.reaching) == 1 and expr.reaching[0] not in seen:
        seen.add(expr.reaching[0])
        source = form.bindings[expr.reaching[0]].source
        if not isinstance(source, f.FromValue) or source.value is None:
            break
        expr = source.value
    return expr


def _call(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed) -> Asking:
    """What a call gives whose function is not looked at as text any more."""
    function = yield from evaluation.evaluate(program, frame, expr.function, assumed)
    if function and all(isinstance(v, UnknownValue | NothingValue) for v in function):
        return join(v.given("call") if isinstance(v, UnknownValue) else one(v) for v in function)
    if function and all(containers.is_container_method(v) for v in function):
        arguments = yield from _container_arguments(program, frame, expr, assumed)
        return (yield from calls.call(program, function, arguments))
    arguments: Arguments = yield from evaluate_arguments(program, frame, expr, assumed)
    if any(_called(value) == frame.function.definition for value in function):
        arguments = _of_recursion(frame, arguments)
    predicate = yield from predicates.predicate(program, function, arguments)
    if predicate is not None:
        return predicate
    return (yield from calls.call(program, function, arguments))


def _called(value: Value) -> Definition | None:
    while isinstance(value, MethodValue):
        value = value.function
    return value.definition if isinstance(value, FunctionValue) else None


def _of_recursion(frame: Frame, arguments: Arguments) -> Arguments:
    """What a function passes to itself: as it was given it, or made by it and known only in outline.

    Each round would otherwise be judged anew, with more wrapped around what the last one was given.
    """
    given = NONE.union(*(values for _, values in frame.context))

    def outline(values: Values) -> Values:
        return (values & given) | bounded(values - given, 1)

    return Arguments(
        tuple(map(outline, arguments.positional)),
        tuple((name, outline(values)) for name, values in arguments.keywords),
        outline(arguments.rest),
        outline(arguments.others),
    )


def _container_arguments(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed) -> Asking:
    """Of what a container's method is given, only constant keys and a default matter."""
    found: list[Values] = []
    for index, argument in enumerate(expr.arguments):
        if index == 0 and not isinstance(argument, f.Const | f.Number) and not _is_known_parameter(frame, argument):
            found.append(unknown(Unresolved.VALUE, "a computed key"))
        else:
            found.append((yield from evaluation.evaluate(program, frame, argument, assumed)))
    return Arguments(tuple(found))


def _is_known_parameter(frame: Frame, expr: f.Expr) -> bool:
    return isinstance(expr, f.Local) and any(name == expr.name for name, _ in frame.context)


def evaluate_arguments(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed = None) -> Asking:
    """The arguments of a call; `*` and `**` are spread where what they hold is known."""
    positional, rest = yield from _positional(program, frame, expr, assumed)
    keywords, others = yield from _by_keyword(program, frame, expr, assumed)
    return Arguments(tuple(positional), tuple(keywords.items()), rest, others)


def _positional(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed) -> Asking:
    """The arguments whose place is known, and what a `*` of unknown length and all that follow it may hold."""
    positional: list[Values] = []
    rest: Values = NONE
    for argument in expr.arguments:
        values: Values = yield from evaluation.evaluate(program, frame, argument, assumed)
        if isinstance(argument, f.Starred):
            values = yield from containers.with_fillings(program, frame, argument.value, values)
            known = containers.spread(values)
            if known is not None and not rest:
                is_new = yield from _is_only_spread(frame, argument.value)
                positional.extend(known if is_new else map(taken_out, known))
                continue
            rest = join((rest, (yield from protocols.elements(program, values, False))))
            rest = rest or unknown(Unresolved.VALUE, "a * argument")
            continue
        if _reads_on_the_spot(expr.function):
            values = yield from containers.with_fillings(program, frame, argument, values)
        if rest:
            rest = join((rest, values))
        else:
            positional.append(values)
    return positional, rest


def _reads_on_the_spot(function: f.Expr) -> bool:
    """Whether a call is of a builtin that only reads what it is given, or makes a generator expression over it."""
    return isinstance(function, f.Closure) or (isinstance(function, f.Global) and function.name in READING_CALLS)


def _by_keyword(program: Program, frame: Frame, expr: f.Call, assumed: evaluation.Assumed) -> Asking:
    """The arguments whose name is known, and what a `**` may hold under others."""
    keywords: dict[str, Values] = {}
    others: Values = NONE
    for name, value in expr.keywords:
        values: Values = yield from evaluation.evaluate(program, frame, value, assumed)
        if name:
            keywords[name] = values
            continue
        values = yield from containers.with_fillings(program, frame, value, values)
        is_new: bool = yield from _is_only_spread(frame, value)
        for item in values if is_new else map(_with_shared_items, values):
            others = join((others, _take_over(keywords, item)))
    return keywords, others


def _is_only_spread(frame: Frame, expr: f.Expr) -> Asking:
    """Whether this is what a function takes by `*` or `**`, and all that it does with it is to pass that on once: what
    is in it is as new as where it was given."""
    if not isinstance(expr, f.Local) or not _is_known_parameter(frame, expr):
        return False
    here = frame.function.definition
    form: f.FunctionForm | None = yield function_form(*here)
    kinds = [p.kind for p in form.parameters if p.name == expr.name] if form is not None else []
    if form is None or kinds not in (["varargs"], ["kwargs"]):
        return False
    return (yield is_only_spread(here.path, here.piece, form.place, expr.name))


def _with_shared_items(mapping: Value) -> Value:
    if not isinstance(mapping, DisplayValue):
        return mapping
    return replace(mapping, items=tuple(map(taken_out, mapping.items)))


def _take_over(keywords: dict[str, Values], item: Value) -> Values:
    """Adds what a `**` argument holds under known names to `keywords`; returns what it may hold under others."""
    if not isinstance(item, DisplayValue) or item.kind != "dict":
        return unknown(Unresolved.VALUE, "a ** argument")
    changed = unknown(Unresolved.VALUE, "a ** argument") if item.is_open else NONE
    others = changed
    for key, inner in zip(item.keys, item.items, strict=True):
        if key is None:
            others = join((others, inner))
        else:
            keywords[key] = join((keywords.get(key, NONE), inner, changed))
    return others
