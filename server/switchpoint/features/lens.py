"""Code lenses above each `async def`: its switch points, its inline awaits, where it is started as a task.

In: a `FileReport`. Out: lines of text with places. This module must not know the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint import wording
from switchpoint.features.hints import counts

if TYPE_CHECKING:
    from switchpoint.analysis import FileReport, Span


@dataclass(frozen=True, slots=True)
class Lens:
    """A line of text above what stands at `span`."""

    span: Span
    title: str


def lenses(report: FileReport) -> tuple[Lens, ...]:
    """One lens a coroutine function, in source order."""
    found: list[Lens] = []
    for function in report.functions:
        inline, switching = counts(report.sites[index] for index in function.sites)
        title = wording.lens(switching, inline, len(function.starts_task_at))
        found.append(Lens(function.keyword, title))
    return tuple(found)
