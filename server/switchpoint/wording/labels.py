"""Short texts on their own: hints, lenses, progress.

In: verdicts and numbers. Out: text. This module must not know where it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.wording.markup import clipped, counted

if TYPE_CHECKING:
    from switchpoint.analysis import Verdict


def label(verdict: Verdict) -> str:
    """The text of a hint."""
    return verdict.value


def exit_label(verdict: Verdict) -> str:
    """The text of the hint at the end of an `async with` block."""
    return f"exit {verdict.value}"


def lens(switching: int, inline: int, tasks: int) -> str:
    """The line above an `async def`."""
    parts = [counted(switching, "switch point") if switching else "no switch points"]
    if inline:
        parts.append(counted(inline, "inline await"))
    if tasks:
        parts.append(f"started as a task in {counted(tasks, 'place')}")
    return " · ".join(parts)


def nothing_there(line: int | None, text: str) -> str:
    """Where someone asks about a place that has nothing to tell; `line` is the nearest that has, `text` its code."""
    if line is None:
        return "nothing in this file can switch: it has no await, async with, async for or async def"
    return f"nothing there can switch; the nearest place to ask about is line {line}: {clipped(text)}"


def progress_title() -> str:
    return "switchpoint: reading the workspace"


def worker_lost(*, gives_up: bool) -> str:
    """For the log, when the analysis process ended by itself."""
    if gives_up:
        return "The analysis ended by itself again and again; it stays off until the server is restarted."
    return "The analysis ended by itself; it is started again and the open files are read anew."
