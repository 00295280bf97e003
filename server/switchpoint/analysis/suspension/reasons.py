"""Reasons: the chain from a site that is not `never` down to the yield, or to the step that could not be resolved.

In: a site in a frame. Out: the steps, each a site or a yield of some function, in source order and without visiting a
function twice. A chain is walked when somebody asks for it, after all effects are settled, so that it depends on them
alone. This module must not know wording.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, keys, piece
from switchpoint.analysis.resolution import attributes, callables, calls, evaluation
from switchpoint.analysis.resolution.values import (
    ActivationValue,
    Arguments,
    CallableType,
    ClaimedValue,
    ClassValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NothingValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
)
from switchpoint.analysis.suspension import control_flow
from switchpoint.analysis.suspension.effects import outcome, site_outcome, site_values, step_outcome
from switchpoint.analysis.suspension.outcomes import SWITCHED, UNSURE, Outcome
from switchpoint.analysis.verdicts import SiteKind, Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@dataclass(frozen=True, slots=True)
class Link:
    """One step: site or yield `index` of a function. `is_yield` tells which."""

    definition: Definition
    index: int
    is_yield: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The links from the outermost site down. `unresolved` is why the last one ends nowhere. `through` has the
    functions that the links enter: the first link enters the first of them, where the second link stands."""

    links: tuple[Link, ...]
    unresolved: Unresolved | None = None
    detail: str = ""
    through: tuple[Definition, ...] = ()

    def without_circles(self) -> Chain:
        """The same way down without coming back to a place where it has been: recursion with other arguments, and
        wrappers around wrappers of the same class, say nothing new."""
        last = {link: index for index, link in enumerate(self.links)}
        links: list[Link] = []
        through: list[Definition] = []
        index = 0
        while index < len(self.links):
            links.append(self.links[index])
            index = last[self.links[index]] + 1
            through.extend(self.through[index - 1 : index])
        return replace(self, links=tuple(links), through=tuple(through))


@dataclass(frozen=True, slots=True)
class _Leaf:
    unresolved: Unresolved | None
    detail: str


_Next = tuple[Frame, str]
"""A function that is driven, and which step of it, if it is an async generator: "first", "later" or "any"."""


@query()
def chain(program: Program, frame: Frame, index: int) -> Asking:
    """The first chain, by source order, that explains the effect of a site; None where the site never switches."""
    result: Outcome = yield site_outcome(frame, index)
    wanted = _wanted(result)
    if not wanted:
        return None
    first = Link(frame.function.definition, index, False)
    branches: list[list[tuple[Link | None, _Next | _Leaf]]] = []
    branches.append([(first, target) for target in (yield from _targets(program, frame, index, wanted))])
    path: list[Link] = []
    through: list[Definition] = []
    seen: set[_Next] = set()
    while branches:
        if not branches[-1]:
            branches.pop()
            if path:
                path.pop()
                (through.pop() if through else None)
            continue
        link, target = branches[-1].pop(0)
        if isinstance(target, _Leaf):
            return Chain((*path, *((link,) if link else ())), target.unresolved, target.detail, tuple(through))
        if target in seen:
            continue
        seen.add(target)
        assert link is not None
        inner, phase = target
        path.append(link)
        through.append(inner.function.definition)
        branches.append([*(yield inside(inner, phase, wanted))])
    return Chain((first,), Unresolved.VALUE, "")


@query()
def function_chain(program: Program, frame: Frame) -> Asking:
    """The chain of the first site or yield that explains the effect of a function; None when it never switches."""
    result: Outcome = yield outcome(frame.function, frame.context)
    wanted = _wanted(result)
    if not wanted:
        return None
    for link, target in (yield inside(frame, "any", wanted)):
        if link is not None and not link.is_yield:
            return (yield chain(frame, link.index))
        if isinstance(target, _Leaf):
            return Chain((link,) if link else (), target.unresolved, target.detail)
    return None


def makers(program: Program, found: Chain) -> Asking:
    """The plain functions whose call made what the step above the leaf awaits: `gather` of `await gather(a())`."""
    if len(found.links) < 2:
        return []
    above = found.links[-2]
    form: f.FunctionForm | None = yield function_form(*above.definition)
    if form is None or above.is_yield:
        return []
    operand = form.sites[above.index].operand
    if not isinstance(operand, f.Call):
        return []
    called: Values = yield from evaluation.evaluate(
        program, Frame(FunctionValue(above.definition), ()), operand.function
    )
    made: list[Definition] = []
    for value in called:
        inner = value.function if isinstance(value, MethodValue) else value
        if isinstance(inner, FunctionValue):
            maker: f.FunctionForm | None = yield function_form(*inner.definition)
            if maker is not None and maker.kind is f.FunctionKind.PLAIN:
                made.append(inner.definition)
    return sorted(made)[:1]


def _wanted(result: Outcome) -> int:
    """Which state must be explained: a known switch before an unresolved one."""
    bits = result.normal | result.touched
    return SWITCHED if bits & SWITCHED else UNSURE if bits & UNSURE else 0


@query()
def inside(program: Program, frame: Frame, phase: str, wanted: int) -> Asking:
    """The reached sites and yields of a function that show `wanted`, in source order, with what they lead to."""
    found: list[tuple[Link | None, _Next | _Leaf]] = []
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    here = frame.function.definition
    if form is None or here.path.endswith(".pyi"):
        missing = program.without_source(here)
        return ((None, _Leaf(missing.why, missing.detail)),)
    walk: control_flow.Walk = yield from control_flow.walked(program, frame, form)
    if form.kind is not f.FunctionKind.ASYNC_GENERATOR:
        for index, item in enumerate(form.yields):
            link = Link(here, index, True)
            if item.delegate is None:
                if wanted == SWITCHED:
                    found.append((link, _Leaf(None, "")))
                continue
            values = yield from evaluation.evaluate(program, frame, item.delegate)
            found.extend((link, target) for target in (yield from _reached(program, values, wanted)))
    reached = walk.first_reached if phase == "first" else walk.later_reached if phase == "later" else walk.reached
    for index in sorted(reached, key=lambda i: (_happens(form.sites[i]), i)):
        result: Outcome = yield site_outcome(frame, index)
        if (result.normal | result.touched) & wanted:
            targets = yield from _targets(program, frame, index, wanted)
            found.extend((Link(here, index, False), target) for target in targets)
    return tuple(found)


def _happens(site: f.SiteForm) -> tuple[int, int]:
    """Where a site stands in the order in which a reader meets what happens: an exit at the end of its block."""
    if site.kind is SiteKind.EXIT and site.block is not None:
        return site.block[2:]
    return site.place[:2]


def _targets(program: Program, frame: Frame, index: int, wanted: int) -> Asking:
    values: Values = yield site_values(frame, index)
    found = yield from _reached(program, values, wanted)
    return found or [_Leaf(Unresolved.VALUE, "")]


def _reached(program: Program, values: Values, wanted: int) -> Asking:
    """Where driving these values leads, as far as it shows `wanted`."""
    found: list[_Next | _Leaf] = []
    if not values and wanted == UNSURE:
        return [_Leaf(Unresolved.VALUE, "")]
    for value in (yield from _in_order(values)):
        found.extend((yield from _leads(program, value, wanted)))
    return found


def _leads(program: Program, value: Value, wanted: int) -> Asking:
    match value:
        case StepValue(generator=ActivationValue(function=function, context=context), phase=phase):
            result: Outcome = yield step_outcome(function, context, phase)
            return [(Frame(function, context), phase)] if (result.normal | result.touched) & wanted else []
        case ActivationValue(function=function, context=context):
            result = yield outcome(function, context)
            return [(Frame(function, context), "any")] if (result.normal | result.touched) & wanted else []
        case UnknownValue(made_by=CallableType() as kind) if wanted == SWITCHED:
            return (yield from _known(kind))
        case UnknownValue(why=why, detail=detail):
            return [_Leaf(why, detail)] if wanted == UNSURE else []
        case ClaimedValue():
            open_: Values = yield from attributes.special(program, value, "__await__")
            return (yield from _leads(program, next(iter(open_)), wanted)) if open_ else []
        case NothingValue():
            return (
                [_Leaf(Unresolved.VALUE, "an expression that seems never to have a value")] if wanted == UNSURE else []
            )
        case InstanceValue() | ClassValue():
            method = yield from attributes.special(program, value, "__await__")
            iterators = yield from calls.call(program, method, Arguments())
            return (yield from _iterators(program, iterators, wanted))
        case _:
            return []


def _known(kind: CallableType) -> Asking:
    """The known functions of a callable type that can switch."""
    found: list[_Next | _Leaf] = []
    for definition in (yield callables.fitting(kind)):
        result: Outcome = yield outcome(FunctionValue(definition), ())
        if (result.normal | result.touched) & SWITCHED:
            found.append((Frame(FunctionValue(definition), ()), "any"))
    return found


def _iterators(program: Program, values: Values, wanted: int) -> Asking:
    found: list[_Next | _Leaf] = []
    if not values and wanted == UNSURE:
        return [_Leaf(Unresolved.VALUE, "")]
    for value in (yield from _in_order(values)):
        match value:
            case InstanceValue(cls=cls):
                if wanted == SWITCHED:
                    found.append(_Leaf(None, f"{cls.definition.name}.__next__"))
                else:
                    found.append(_Leaf(Unresolved.VALUE, f"{cls.definition.name}.__next__"))
            case DisplayValue(items=items, is_open=is_open):
                if wanted == SWITCHED and (items or is_open):
                    found.append(_Leaf(None, "an iterator over a container"))
            case _:
                found.extend((yield from _leads(program, value, wanted)))
    return found


def _in_order(values: Values) -> Asking:
    """The values in an order that is the same every time: by where in the source they come from, as far as they do. A
    future comes before the coroutine that it may have been made of: it is what says when the wait is over."""
    if len(values) < 2:
        return tuple(values)
    places: dict[Value, tuple[str, int, tuple[int, ...]]] = {}
    for value in values:
        places[value] = yield from _place(_definition(value))
    return sorted(values, key=lambda value: (_rank(value), places[value], _text(value)))


def _place(definition: Definition | None) -> Asking:
    """Where a definition stands: its file, how many pieces stand above its own, its place in that."""
    if definition is None:
        return "", 0, ()
    pieces: tuple[str, ...] = yield keys(definition.path)
    index = pieces.index(definition.piece) if definition.piece in pieces else -1
    whole: f.PieceForm = yield piece(definition.path, definition.piece)
    form = whole.functions.get(definition.name) or whole.classes.get(definition.name)
    return definition.path, index, () if form is None else form.place


def _definition(value: Value) -> Definition | None:
    match value:
        case InstanceValue(cls=cls):
            return cls.definition
        case ActivationValue(function=function) | StepValue(generator=ActivationValue(function=function)):
            return function.definition
        case _:
            return None


def _rank(value: Value) -> int:
    match value:
        case InstanceValue():
            return 0
        case ActivationValue() | StepValue():
            return 1
        case UnknownValue():
            return 2
        case _:
            return 3


def _text(value: Value) -> str:
    match value:
        case UnknownValue(why=why, detail=detail):
            return f"{why.value} {detail}"
        case _:
            return f"{_definition(value) or type(value).__name__}"
