"""The way down, step by step.

In: steps. Out: a line each, the middle elided. This module must not know how a chain was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis import Reason, SiteKind, Step
from switchpoint.wording.markup import clipped, counted, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.wording.markup import Markup

MOST_STEPS = 6


def chain(mark: Markup, reason: Reason) -> list[str]:
    """The way down, a numbered line a step. Where it is long the middle is only counted, never a single step."""
    steps = reason.steps
    told = [_told(mark, number, step, is_last=number == len(steps)) for number, step in enumerate(steps, 1)]
    if told and reason.unresolved is not None:
        told[-1] += ": not resolved"
    if len(steps) <= MOST_STEPS:
        return told
    head = MOST_STEPS // 2
    tail = min(head, len(steps) - head - 2)
    return [*told[:head], _left_out(steps[head:-tail]), *told[-tail:]]


def why(mark: Markup, kind: SiteKind, operand: str) -> str:
    """Before a chain, where one keyword has several."""
    return f"Why {subject(mark, kind, operand)} may switch:"


def driven(mark: Markup, step: Step) -> str:
    """What one step drives, in a sentence."""
    if step.kind is None:
        return mark.code(clipped(step.text))
    kind = SiteKind.AWAIT if step.kind is SiteKind.NEXT else step.kind
    return subject(mark, kind, step.text.removeprefix("await "))


def _done(mark: Markup, step: Step) -> str:
    """What is done at one step of a list."""
    if step.kind in (SiteKind.ENTER, SiteKind.EXIT):
        return subject(mark, step.kind, step.text)
    return mark.code(clipped(step.text))


def subject(mark: Markup, kind: SiteKind, operand: str) -> str:
    """What a site drives."""
    shown = mark.code(clipped(operand))
    match kind:
        case SiteKind.AWAIT:
            return shown
        case SiteKind.ENTER:
            return f"entering {shown}"
        case SiteKind.EXIT:
            return f"leaving {shown}"
        case SiteKind.NEXT:
            return f"each step of {shown}"
        case _:
            assert_never(kind)


def _told(mark: Markup, number: int, one: Step, *, is_last: bool) -> str:
    where = f" in {mark.code(one.function)}" if one.function else ""
    end = ", out to the event loop" if is_last and one.kind is None else ""
    return f"{number}. {mark.place(one.path, one.span.line)} {_done(mark, one)}{where}{end}"


def _left_out(steps: Sequence[Step]) -> str:
    through = list(dict.fromkeys(name for each in steps if (name := package(each.path))))
    names = f" through {' and '.join(through)}" if 0 < len(through) <= 3 else ""
    return f"… {counted(len(steps), 'more step')}{names} …"
