"""What stands below a verdict: what was observed, on what it rests, what is worth knowing.

In: counts, footings, settings. Out: sentences. This module must not know which of them are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.wording.markup import clipped, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis import Footing, Step
    from switchpoint.wording.markup import Markup

# Where the observer stops counting, in one run.
MOST_RUNS = 10_000
MOST_SWITCHES = 1_000
_EAGER_SINCE = (3, 12)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What every verdict rests on, besides the code."""

    python: tuple[int, int]
    eager_tasks: bool = False
    overrides: str = "known"


@dataclass(frozen=True, slots=True)
class Observed:
    """How often a site was seen to run and to switch. Counting stops at `MOST_RUNS` or `MOST_SWITCHES`."""

    ran: int
    switched: int

    @property
    def capped(self) -> bool:
        """Whether it may have run more often than was counted."""
        return self.ran >= MOST_RUNS or self.switched >= MOST_SWITCHES


def lock_without_switch() -> str:
    """A fact, no accusation: locks also protect against threads, and against tomorrow's edit."""
    return "Nothing inside this block switches, so holding this lock keeps no other task of the event loop out."


def hook() -> str:
    """Of a function itself."""
    return "Its body does nothing: it is there to be overridden, and an override may switch."


def hooks(mark: Markup, names: Sequence[str]) -> str:
    """Of a proof that rests on such functions."""
    more = f" (and {counted(len(names) - 1, 'more hook')})" if len(names) > 1 else ""
    return (
        f"This rests on {mark.code(names[0])}{more}, whose body does nothing: it is there to be overridden, and an "
        "override may switch."
    )


def started_as_task(mark: Markup, places: Sequence[Step]) -> str:
    shown = ", ".join(mark.place(step.path, step.span.line) for step in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f"Started as a task at {shown}{more}."


def assumptions(mark: Markup, assumed: Assumptions, footing: Footing, notes: Sequence[str] = ()) -> str:
    """What the verdict rests on: the target, and the methods that were taken as they are declared."""
    parts = [f"Python {'.'.join(str(part) for part in assumed.python)}"]
    if assumed.python >= _EAGER_SINCE:
        parts.append("eager tasks" if assumed.eager_tasks else "no eager tasks")
    if assumed.overrides == "declared":
        parts.append("no method overridden")
    names = [*footing.hooks, *footing.methods]
    if names:
        more = f" (nor of {counted(len(names) - 1, 'more method')})" if len(names) > 1 else ""
        parts.append(f"no unseen override of {mark.code(names[0])}{more}")
    return f"Assumed: {', '.join(parts)}{''.join(f'; {mark.plain(note)}' for note in notes)}."


def observed(seen: Observed) -> str:
    """What programs were seen to do here."""
    if seen.capped:
        return f"Observed: switched {seen.switched:,} of the {seen.ran:,} times counted; it ran at least that often."
    return f"Observed: switched {seen.switched:,} of {seen.ran:,} times."


def contradiction(mark: Markup, operand: str, seen: Observed) -> str:
    """A bug of ours, said so."""
    times = f"{seen.switched:,} of {seen.ran:,} times"
    return (
        f"{mark.code(clipped(operand))} is called inline but was seen to switch {times}. "
        "This is a bug in switchpoint; please report it."
    )
