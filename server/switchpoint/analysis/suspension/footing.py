"""Footings: on which methods, taken as they are declared, a proof rests.

In: a site or a function that never switches. Out: the methods on the way down that an override which nobody has seen
could replace. It is walked when somebody asks, after all effects are settled. This module must not know wording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import evaluation
from switchpoint.analysis.resolution.program import qualified
from switchpoint.analysis.resolution.values import (
    ActivationValue,
    Context,
    Frame,
    FunctionValue,
    InstanceValue,
    StepValue,
    Value,
    Values,
)
from switchpoint.analysis.suspension import control_flow
from switchpoint.analysis.suspension.effects import site_values
from switchpoint.analysis.verdicts import Footing, SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.resolution.program import Program

MOST_FUNCTIONS = 200
"""Functions that are looked into for one footing; what is named is a few of them anyway."""

_Call = tuple[FunctionValue, Context]


@query()
def site_footing(program: Program, frame: Frame, index: int) -> Asking:
    """On what the effect of one site rests."""
    return (yield from _walked(program, [], [(frame, index)]))


@query()
def function_footing(program: Program, frame: Frame) -> Asking:
    """On what the effect of a function rests: its own body, and what that reaches."""
    return (yield from _walked(program, [(frame.function, frame.context)], []))


def _walked(program: Program, calls: list[_Call], sites: list[tuple[Frame, int]]) -> Asking:
    if program.overrides != "known":
        return Footing()
    hooks: dict[str, None] = {}
    methods: dict[str, None] = {}
    seen: set[_Call] = set(calls)
    while sites or calls:
        if not sites:
            frame = Frame(*calls.pop(0))
            sites = [(frame, index) for index in (yield from _reached(program, frame))]
            continue
        frame, index = sites.pop(0)
        reached = _calls((yield site_values(frame, index)))
        receivers: list[str] | None = yield from _open_receivers(program, frame, index)
        for function, context in sorted(reached, key=lambda call: call[0].definition):
            yield from _note(function, receivers, hooks, methods)
            if (function, context) not in seen and len(seen) < MOST_FUNCTIONS:
                seen.add((function, context))
                calls.append((function, context))
    return Footing(tuple(hooks), tuple(name for name in methods if name not in hooks))


def _reached(program: Program, frame: Frame) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None:
        return []
    walk: control_flow.Walk = yield from control_flow.walked(program, frame, form)
    return sorted(walk.reached)


def _calls(values: Iterable[Value]) -> list[_Call]:
    found: list[_Call] = []
    for value in values:
        match value:
            case ActivationValue(function=function, context=context):
                found.append((function, context))
            case StepValue(generator=ActivationValue(function=function, context=context)):
                found.append((function, context))
            case _:
                pass
    return found


def _note(
    function: FunctionValue, receivers: list[str] | None, hooks: dict[str, None], methods: dict[str, None]
) -> Asking:
    """Takes down a method that an override could replace, under the class whose object it is called on."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or form.owner is None or receivers == []:
        return
    name = qualified(function.definition)
    last = name.rpartition(".")[2]
    if form.is_hook_body and not last.startswith("_"):
        hooks[name] = None
    elif receivers is not None and (not last.startswith("__") or last.endswith("__")):
        methods.update((f"{receiver}.{last}", None) for receiver in receivers)


def _open_receivers(program: Program, frame: Frame, index: int) -> Asking:
    """The classes of the objects that may be of a subclass, on which a site calls a method; None where it calls none
    itself."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    receiver = None if form is None or index >= len(form.sites) else _receiver(form.sites[index])
    if receiver is None:
        return None
    values: Values = yield from evaluation.evaluate(program, frame, receiver)
    found = {v.cls.definition for v in values if isinstance(v, InstanceValue) and not v.exact}
    return [qualified(definition) for definition in sorted(found)]


def _receiver(site: f.SiteForm) -> f.Expr | None:
    """The object of which a site calls a method; None where it calls no method itself."""
    match site.kind:
        case SiteKind.ENTER | SiteKind.EXIT | SiteKind.NEXT:
            return site.operand
        case SiteKind.AWAIT:
            match site.operand:
                case f.Call(function=f.Attribute(base=base)):
                    return base
                case _:
                    return None
        case _:
            assert_never(site.kind)
