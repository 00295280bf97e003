"""Effects: whether driving something can reach the event loop, found by walking control flow down to real yields.

In: functions under contexts. Out: `Outcome`s, as queries; recursion ends in the least fixpoint. This module must
not know files, positions or wording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import evaluation, lives, protocols
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    Context,
    Frame,
    FunctionValue,
    Values,
    after_entering,
    settled,
    unknown,
)
from switchpoint.analysis.suspension import control_flow, driving
from switchpoint.analysis.suspension.outcomes import BEFORE, BEGUN, CLEAN, NOTHING, UNKNOWN, Outcome
from switchpoint.analysis.verdicts import SiteKind, Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def outcome(program: Program, function: FunctionValue, context: Context) -> Asking:
    """What driving a coroutine or generator of this function to its end does. For an async generator: any one step."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or function.definition.path.endswith(".pyi"):
        return UNKNOWN
    walk: control_flow.Walk = yield from control_flow.walked(program, Frame(function, context), form)
    normal = walk.end.fall | walk.end.returned
    if not form.falls_through and not form.flow:
        normal = CLEAN if form.returns else 0
    ended = walk.end.ended | (CLEAN if walk.calls_may_end and not form.flow else 0)
    if form.kind is f.FunctionKind.ASYNC_GENERATOR:
        normal = (normal & BEFORE) | (normal >> BEGUN) | walk.first_steps | walk.later_steps
        return Outcome(normal, walk.touched | CLEAN)
    return Outcome(normal, walk.touched | CLEAN, ended)


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def step_outcome(program: Program, function: FunctionValue, context: Context, phase: str) -> Asking:
    """What one step of an async generator does: the "first", up to its first `yield`, a "later" one, or "any"."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or function.definition.path.endswith(".pyi") or phase == "any":
        return (yield outcome(function, context))
    walk: control_flow.Walk = yield from control_flow.walked(program, Frame(function, context), form)
    normal = walk.end.fall | walk.end.returned
    if phase == "first":
        return Outcome(walk.first_steps | normal & BEFORE, walk.first_touched | CLEAN)
    return Outcome(walk.later_steps | normal >> BEGUN, walk.later_touched | CLEAN)


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def site_outcome(program: Program, frame: Frame, index: int) -> Asking:
    """What one site of a function does."""
    found = yield site_values(frame, index)
    result: Outcome = yield from driving.drive(program, found)
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    is_step = form is not None and index < len(form.sites) and _ends_quietly(form.sites[index])
    return result.as_step() if is_step else result


def _ends_quietly(site: f.SiteForm) -> bool:
    """Whether the end of what a site steps is no exception there: `async for`, and `anext` with a default."""
    match site.operand:
        case f.Call(function=f.Global(name="anext"), arguments=(_, _)):
            return True
        case _:
            return site.kind is SiteKind.NEXT


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def site_values(program: Program, frame: Frame, index: int) -> Asking:
    """The awaitables that a site drives."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None or index >= len(form.sites):
        return unknown(Unresolved.VALUE, "code that is gone")
    site = form.sites[index]
    values = yield from _operand(program, frame, site)
    if not isinstance(site.operand, f.Call) and site.kind is not SiteKind.AWAIT:
        values = settled(values)
    match site.kind:
        case SiteKind.AWAIT:
            if isinstance(site.operand, f.Call) or values == settled(values):
                return values
            return values if site.is_new else settled(values)
        case SiteKind.ENTER:
            return (yield from driving.called(program, values, "__aenter__", Arguments()))
        case SiteKind.EXIT:
            raised = unknown(Unresolved.VALUE, "what the block raised")
            arguments = Arguments((raised, raised, raised))
            left = yield from lives.at_home(program, frame, site.operand, site.name, after_entering(values))
            return (yield from driving.called(program, left, "__aexit__", arguments))
        case SiteKind.NEXT:
            return (yield from protocols.next_step(program, settled(values)))
        case _:
            assert_never(site.kind)


def _operand(program: Program, frame: Frame, site: f.SiteForm) -> Asking:
    """What a site is given; of a call, for a receiver that its function has for itself."""
    match site.operand:
        case f.Call(function=f.Attribute(base=f.Local() as receiver)) if site.kind is SiteKind.AWAIT:
            values: Values = yield from evaluation.evaluate(program, frame, receiver)
            owners: Values = yield from lives.at_home(program, frame, receiver, None, values)
            assumed = None if owners == values else (receiver, owners)
            return (yield from evaluation.evaluate(program, frame, site.operand, assumed))
        case operand:
            return (yield from evaluation.evaluate(program, frame, operand))
