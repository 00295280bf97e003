"""Every sentence that a user can read about a verdict.

In: verdicts, names and numbers, and a `Markup` that writes emphasis and code. Out: text. This module must not know the
screen it is read on, and no workspace text may pass it except through the markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from switchpoint.analysis import Effect, Reason, SiteKind, Step, Unresolved, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_STEPS = 6
# Where the observer stops counting, in one run.
MOST_RUNS = 10_000
MOST_SWITCHES = 1_000


class Markup(Protocol):
    """How emphasis, code and links are written; `markup.py` has the two ways."""

    def strong(self, text: str) -> str: ...

    def code(self, text: str) -> str: ...

    def place(self, path: Path, line: int) -> str: ...

    def lines(self, lines: list[str]) -> str: ...


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a verdict rests on, besides the code."""

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


UNRESOLVED: Mapping[Unresolved, str] = MappingProxyType(
    {
        Unresolved.PARAMETER: "it depends on the parameter {detail}, and no caller says what that is",
        Unresolved.ATTRIBUTE: "the type that {detail} belongs to is not known",
        Unresolved.NO_SOURCE: "there is no Python source to read for {detail}",
        Unresolved.EXTENSION: "{detail} is in a compiled extension module, which cannot be read",
        Unresolved.IMPORT: "the import of {detail} was not found in this environment",
        Unresolved.DECORATOR: "the decorator {detail} was not resolved, and it may replace the function",
        Unresolved.DYNAMIC: "{detail} is made at run time, so reading the code does not show what it is",
        Unresolved.NAME: "the name {detail} was not resolved",
        Unresolved.VALUE: "the value of {detail} could not be followed to what it holds",
        Unresolved.ABSTRACT: "{detail} is abstract and no implementation of it is known",
        Unresolved.OVERRIDABLE: "{detail} could be overridden, and overrides are judged strictly",
        Unresolved.BUDGET: "following {detail} took more steps than are allowed",
        Unresolved.BROKEN: "the code of {detail} does not parse",
    }
)

UNRESOLVED_SHORT: Mapping[Unresolved, str] = MappingProxyType({reason: reason.value for reason in Unresolved})

CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "asyncio.sleep": "which switches also for a delay of 0",
        "asyncio.Lock.acquire": "only while another task holds the lock",
        "asyncio.Lock.__aenter__": "only while another task holds the lock",
        "asyncio.Semaphore.acquire": "only while no slot is free",
        "asyncio.Condition.wait": "until another task notifies it",
        "asyncio.Event.wait": "only while the event is not set",
        "asyncio.Queue.get": "only while the queue is empty",
        "asyncio.Queue.put": "only while the queue is full; one without a maximal size never is",
        "asyncio.Queue.join": "only while items are unfinished",
        "asyncio.Barrier.wait": "unless this is the last task that the barrier waits for",
        "asyncio.Future.__await__": "only while the future is not done",
        "asyncio.TaskGroup.__aexit__": "only while tasks of the group are running",
        "asyncio.StreamReader.read": "only while nothing is buffered",
        "asyncio.StreamReader.readline": "only while no whole line is buffered",
        "asyncio.StreamReader.readexactly": "only while too little is buffered",
        "asyncio.StreamReader.readuntil": "only while the separator is not buffered",
        "asyncio.StreamWriter.drain": "only while the transport asks for a pause, or is closing",
        "asyncio.gather": "only if at least one thing is gathered that is not done",
        "asyncio.wait": "which switches also when all is done",
        "asyncio.wait_for": "if what is waited for switches, or must be cancelled",
        "asyncio.to_thread": "until the thread has finished",
        "trio.lowlevel.checkpoint": "which is there to switch",
        "trio.sleep": "which switches also for a delay of 0",
        "anyio.sleep": "which switches also for a delay of 0",
        "anyio.Lock.acquire": "which switches also for a free lock, unless fast_acquire is set",
    }
)

LOCKS = ("Lock.acquire", "Lock.__aenter__", "Semaphore.acquire", "Condition.__aenter__")


def label(verdict: Verdict) -> str:
    """The text of a hint."""
    return verdict.value


def exit_label(verdict: Verdict) -> str:
    """The text of the hint at the end of an `async with` block."""
    return f"exit {verdict.value}"


def first_line(mark: Markup, verdict: str, clause: str) -> str:
    """The line that stands alone. It names the speaker, because editors stack hovers of several servers."""
    return f"switchpoint: {mark.strong(verdict)} — {clause}"


def site_clause(mark: Markup, kind: SiteKind, effect: Effect, operand: str, reason: Reason | None) -> str:
    """What one site does, in one clause."""
    subject = _subject(mark, kind, operand)
    match effect:
        case Effect.NEVER:
            where = "runs inside this task and " if kind is SiteKind.AWAIT else ""
            return f"{subject} {where}never reaches the event loop"
        case Effect.ALWAYS:
            return f"{subject} {reaches(mark, reason)}{_when(reason)}"
        case Effect.SOMETIMES:
            return f"{subject} {reaches(mark, reason, can=True)}{_when(reason)}"
        case Effect.UNKNOWN:
            return f"{subject} is not proved: {unresolved(mark, reason)}"


def function_clause(mark: Markup, name: str, effect: Effect, counts: tuple[int, int], reason: Reason | None) -> str:
    """What a coroutine function does, in one clause. `counts` are its inline and its switching sites."""
    shown = mark.code(name)
    inline, switching = counts
    match effect:
        case Effect.NEVER:
            return f"{shown} never reaches the event loop{_inline_awaits(inline)}"
        case Effect.ALWAYS:
            return f"{shown} {reaches(mark, reason)}; {_of_sites(switching, inline)}"
        case Effect.SOMETIMES:
            return f"{shown} {reaches(mark, reason, can=True)}; {_of_sites(switching, inline)}"
        case Effect.UNKNOWN:
            return f"{shown} is not proved: {unresolved(mark, reason)}"


def task_clause(mark: Markup, target: str, effect: Effect) -> str:
    """What starting a task means, in one clause."""
    shown = mark.code(target) if target else "this coroutine"
    match effect:
        case Effect.NEVER:
            return f"{shown} runs later as a task of its own, without a switch once it has begun"
        case Effect.ALWAYS | Effect.SOMETIMES:
            return f"{shown} runs later as a task of its own, interleaved with others at its switch points"
        case Effect.UNKNOWN:
            return f"{shown} runs later as a task of its own; where it switches is not known"


def reaches(mark: Markup, reason: Reason | None, *, can: bool = False) -> str:
    """ "reaches asyncio.sleep", in the best name there is."""
    verb = "can reach" if can else "reaches"
    if reason is None:
        return f"{verb} the event loop"
    if reason.primitive:
        return f"{verb} {mark.code(reason.primitive)}"
    if reason.steps and reason.steps[-1].function:
        return f"{verb} the event loop in {mark.code(reason.steps[-1].function)}"
    return f"{verb} the event loop"


def unresolved(mark: Markup, reason: Reason | None) -> str:
    """Why something is unknown, as the end of a sentence."""
    if reason is None or reason.unresolved is None:
        return "the way down to the event loop was not found"
    detail = mark.code(reason.detail) if reason.detail else "something here"
    return UNRESOLVED[reason.unresolved].replace("{detail}", detail)


def condition(primitive: str) -> str:
    """The condition in words under which a well-known primitive switches; "" when none is known."""
    found = CONDITIONS.get(primitive)
    if found is not None:
        return found
    parts = primitive.split(".")
    public = [part for index, part in enumerate(parts) if index == 0 or not part.islower() or index == len(parts) - 1]
    return CONDITIONS.get(".".join(public), "")


def is_lock(reason: Reason | None) -> bool:
    """Whether what is waited for is another task that holds the same thing."""
    return reason is not None and reason.primitive.endswith(LOCKS)


def chain(mark: Markup, steps: Sequence[Step]) -> list[str]:
    """The way down, a numbered line a step, the middle elided."""
    if len(steps) <= MOST_STEPS:
        return [_step(mark, number, step) for number, step in enumerate(steps, 1)]
    tail = MOST_STEPS // 2
    head = MOST_STEPS - tail
    left_out = len(steps) - MOST_STEPS
    first = [_step(mark, number, step) for number, step in enumerate(steps[:head], 1)]
    last = [_step(mark, head + left_out + number, step) for number, step in enumerate(steps[-tail:], 1)]
    return [*first, f"- … {left_out} more …", *last]


def why(mark: Markup, kind: SiteKind, operand: str) -> str:
    """Before a chain, where one keyword has several."""
    return f"Why {_subject(mark, kind, operand)} may switch:"


def site_model(kind: SiteKind, effect: Effect) -> str:
    """What the model says about this place, in two sentences."""
    if effect is Effect.NEVER:
        return _INLINE_MODEL[kind]
    return _SWITCH_MODEL[kind]


def function_model(effect: Effect, *, is_generator: bool) -> str:
    """What awaiting this function means for the caller."""
    if is_generator:
        return "Its body runs inside the task of whoever iterates it, one step at a time."
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
        "This call does not run it: the event loop does, at the next switch of this task or later. "
        "Other tasks may run between any two of its switch points."
    )


def lock_without_switch() -> str:
    """A fact, no accusation: locks also protect against threads, and against tomorrow's edit."""
    return "Nothing inside this block switches, so holding this lock keeps no other task of the event loop out."


def hook() -> str:
    return "It looks like a hook that is meant to be overridden: an override may switch."


def started_as_task(mark: Markup, places: Sequence[Step]) -> str:
    shown = ", ".join(mark.place(step.path, step.span.line) for step in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f"Started as a task at {shown}{more}."


def assumptions(assumed: Assumptions, notes: Sequence[str] = ()) -> str:
    """What the verdict rests on."""
    version = ".".join(str(part) for part in assumed.python)
    tasks = "eager tasks" if assumed.eager_tasks else "no eager tasks"
    overrides = {
        "known": "overrides as far as known",
        "declared": "no overrides",
        "strict": "any override possible",
    }.get(assumed.overrides, assumed.overrides)
    return f"Assumed: Python {version}, {tasks}, {overrides}{''.join(f'; {note}' for note in notes)}."


def observed(seen: Observed) -> str:
    """What programs were seen to do here."""
    if seen.capped:
        return f"Observed: switched {seen.switched:,} of the {seen.ran:,} times counted; it ran at least that often."
    return f"Observed: switched {seen.switched:,} of {seen.ran:,} times."


def lens(switching: int, inline: int, tasks: int) -> str:
    """The line above an `async def`."""
    parts = [_counted(switching, "switch point") if switching else "no switch points"]
    if inline:
        parts.append(_counted(inline, "inline await"))
    if tasks:
        parts.append(f"started as a task in {_counted(tasks, 'place')}")
    return " · ".join(parts)


def contradiction(mark: Markup, operand: str, seen: Observed) -> str:
    """A bug of ours, said so."""
    return (
        f"{mark.code(operand)} is called inline but was seen to switch {seen.switched:,} of {seen.ran:,} times. "
        "This is a bug in switchpoint; please report it."
    )


def progress_title() -> str:
    return "switchpoint: reading the workspace"


def worker_lost(*, gives_up: bool) -> str:
    """For the log, when the analysis process ended by itself."""
    if gives_up:
        return "The analysis ended by itself again and again; it stays off until the server is restarted."
    return "The analysis ended by itself; it is started again and the open files are read anew."


_INLINE_MODEL: Mapping[SiteKind, str] = MappingProxyType(
    {
        SiteKind.AWAIT: (
            "A coroutine's body runs inside the current task, like a call: no other task runs before the next line. "
            "No cancellation is delivered here."
        ),
        SiteKind.ENTER: "Entering runs inside the current task: no other task runs before the block begins.",
        SiteKind.EXIT: "Leaving runs inside the current task: no other task runs before the line after the block.",
        SiteKind.NEXT: (
            "Each step runs inside the current task. A loop of such steps never lets another task run, "
            "and a timeout cannot fire during it."
        ),
    }
)

_SWITCH_MODEL: Mapping[SiteKind, str] = MappingProxyType(
    {
        SiteKind.AWAIT: (
            "What is awaited runs inside the current task up to the place where it switches; no other task runs before "
            "that. There other tasks can change what this one has read, and a cancellation can arrive."
        ),
        SiteKind.ENTER: "Other tasks can run while the block is being entered; what was read before may have changed.",
        SiteKind.EXIT: "The switch on leaving happens at the end of the block, not at its head.",
        SiteKind.NEXT: "Other tasks can run between two steps of this loop; what was read before may have changed.",
    }
)


def _subject(mark: Markup, kind: SiteKind, operand: str) -> str:
    shown = mark.code(operand)
    match kind:
        case SiteKind.AWAIT:
            return shown
        case SiteKind.ENTER:
            return f"entering {shown}"
        case SiteKind.EXIT:
            return f"leaving {shown}"
        case SiteKind.NEXT:
            return f"each step of {shown}"


def _when(reason: Reason | None) -> str:
    words = condition(reason.primitive) if reason else ""
    return f", {words}" if words else ""


def _step(mark: Markup, number: int, step: Step) -> str:
    where = f" in {mark.code(step.function)}" if step.function else ""
    return f"{number}. {mark.place(step.path, step.span.line)} {mark.code(step.text)}{where}"


def _inline_awaits(inline: int) -> str:
    return f" ({_counted(inline, 'inline await')})" if inline else ""


def _of_sites(switching: int, inline: int) -> str:
    if not switching:
        return "no place of its own switches"
    return f"{switching} of {_counted(switching + inline, 'place')} in it may switch"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
