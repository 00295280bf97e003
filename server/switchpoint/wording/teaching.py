"""What the model of tasks and coroutines says about a place, in two or three sentences.

In: what stands there and its effect. Out: sentences that fit this very place. This module must not know reasons.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from switchpoint.analysis import Effect, SiteKind
from switchpoint.wording.primitives import primitive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from switchpoint.analysis import Reason, Site

_INLINE: Mapping[SiteKind, str] = MappingProxyType(
    {
        SiteKind.AWAIT: (
            "What is awaited runs inside the current task, like a call: no other task runs before it is done, and no "
            "cancellation is delivered here."
        ),
        SiteKind.ENTER: "Entering runs inside the current task: no other task runs before the block begins.",
        SiteKind.EXIT: "Leaving runs inside the current task: no other task runs before the line after the block.",
        SiteKind.NEXT: (
            "Each step runs inside the current task. A loop of such steps never lets another task run, "
            "and a timeout cannot fire during it."
        ),
    }
)

_SWITCH: Mapping[SiteKind, str] = MappingProxyType(
    {
        SiteKind.AWAIT: (
            "What is awaited runs inside the current task up to the place where it switches; no other task runs before "
            "that. There other tasks can change what this one has read, and a cancellation can arrive."
        ),
        SiteKind.ENTER: "Other tasks can run while the block is being entered; what was read before may have changed.",
        SiteKind.EXIT: "Leaving happens at the end of the block: there other tasks can run, not at its head.",
        SiteKind.NEXT: "Other tasks can run between two steps of this loop; what was read before may have changed.",
    }
)

_DIRECT = (
    "While it waits other tasks run: what was read before this line may have changed after it, and a cancellation can "
    "arrive here."
)
_UNKNOWN = (
    "Take it for a switch: other tasks may run here, and what was read before this line may have changed after it."
)
_BOTH_INLINE = (
    "Entering and leaving run inside the current task: no other task runs before the block begins, nor before the line "
    "after it."
)


def site_model(site: Site, reason: Reason | None) -> str:
    """What the model says about one site."""
    if site.effect is Effect.NEVER:
        return _INLINE[site.kind]
    if site.kind is SiteKind.AWAIT and site.effect is Effect.UNKNOWN:
        return _UNKNOWN
    if site.kind is SiteKind.AWAIT and reason is not None and _is_direct(reason):
        return _DIRECT
    return _SWITCH[site.kind]


def _is_direct(reason: Reason) -> bool:
    """Whether what is awaited is itself what waits: nothing runs before that is worth speaking of."""
    found = primitive(reason)
    return found is not None and found.direct and found.words != ""


def block_models(sites: Sequence[Site]) -> list[str]:
    """What the model says about entering and leaving a block."""
    if all(site.effect is Effect.NEVER for site in sites):
        return [_BOTH_INLINE]
    return list(dict.fromkeys(site_model(site, None) for site in sites))[:2]


def function_model(effect: Effect, *, is_generator: bool) -> str:
    """What awaiting this function, or iterating over it, means for the caller."""
    if is_generator:
        inside = "Its body runs inside the task of whoever iterates over it, one step at a time"
        if effect is Effect.NEVER:
            return f"{inside}: no other task runs during a step."
        return f"{inside}; other tasks run only at the places inside it that switch."
    if effect is Effect.NEVER:
        return (
            "Awaiting it is like calling a plain function: it runs inside the current task, no other task runs before "
            "it returns, and no cancellation is delivered."
        )
    return (
        "Awaiting it runs its body inside the current task; other tasks run only at the places inside it that switch. "
        "Started as a task, it is interleaved with others by the event loop."
    )


def task_model(*, eager: bool) -> str:
    """What a task is, where one is made."""
    if eager:
        return (
            "With eager tasks its first part runs here and now, inside the caller, up to its first switch; "
            "from there the event loop interleaves it with other tasks."
        )
    return (
        "This call does not run it: the event loop does, not before the next switch of the current task. "
        "Other tasks run at its switch points, never between them."
    )
