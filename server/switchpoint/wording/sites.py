"""First lines: what happens at a place, verdict and reason in one clause.

In: a site, a function or a task start with its effect and reason. Out: the line that stands alone. This module must not
know what else is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis import Effect, Reason, SiteKind
from switchpoint.wording.chains import driven, subject
from switchpoint.wording.markup import clipped, counted, listed
from switchpoint.wording.primitives import Primitive, primitive
from switchpoint.wording.unknowns import unresolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis import Site
    from switchpoint.wording.markup import Markup

MOST_NAMES = 3
Told = tuple["Site", str, "Reason | None"]
"""A site, the text of what it drives, and its reason."""


def first_line(mark: Markup, verdict: str, clause: str) -> str:
    """The line that stands alone. It names the speaker, because editors stack hovers of several servers."""
    return f"switchpoint: {mark.strong(verdict)} — {clause}"


def site_clause(mark: Markup, site: Site, operand: str, reason: Reason | None) -> str:
    """What one site does, in one clause."""
    return _clause(mark, site, subject(mark, site.kind, operand), operand, reason)


def block_clauses(mark: Markup, sites: Sequence[Told]) -> str:
    """What the sites of one keyword do: the items of an `async with` are entered and left."""
    told: list[str] = []
    for index, (site, operand, reason) in enumerate(sites):
        entered = sites[index - 1] if index else None
        if site.kind is SiteKind.EXIT and entered is not None and entered[0].span == site.span:
            if site.effect is entered[0].effect is Effect.NEVER:
                told[-1] = f"entering and leaving {mark.code(clipped(operand))} never reach the event loop"
            else:
                told.append(_clause(mark, site, "leaving it", operand, reason))
        else:
            told.append(site_clause(mark, site, operand, reason))
    return "; ".join(told)


def function_clause(mark: Markup, name: str, effect: Effect, counts: tuple[int, int], reason: Reason | None) -> str:
    """What a coroutine function does, in one clause. `counts` are its inline and its switching sites."""
    shown = mark.code(name)
    inline, switching = counts
    match effect:
        case Effect.NEVER:
            awaits = f" ({counted(inline, 'inline await')})" if inline else ""
            return f"{shown} never reaches the event loop{awaits}"
        case Effect.ALWAYS | Effect.SOMETIMES:
            return f"{shown} {_reaches(mark, effect, _primitive(reason), reason)}{_of_sites(switching, inline)}"
        case Effect.UNKNOWN:
            return _unproved(mark, shown, reason, is_itself=False)
        case _:
            assert_never(effect)


def task_clause(mark: Markup, target: str, effect: Effect) -> str:
    """What starting a task means, in one clause."""
    names = [mark.code(name) for name in target.split(", ")] if target else ["this coroutine"]
    shown = listed(names[:MOST_NAMES], len(names[MOST_NAMES:]))
    runs = "run later as tasks of their own" if len(names) > 1 else "runs later as a task of its own"
    match effect:
        case Effect.NEVER:
            return f"{shown} {runs}, without a switch once begun"
        case Effect.ALWAYS | Effect.SOMETIMES:
            return f"{shown} {runs}, interleaved with others at every switch point"
        case Effect.UNKNOWN:
            return f"{shown} {runs}; where it switches is not known"
        case _:
            assert_never(effect)


def _clause(mark: Markup, site: Site, shown: str, operand: str, reason: Reason | None) -> str:
    match site.effect:
        case Effect.NEVER:
            inside = "runs inside this task and " if site.kind in (SiteKind.AWAIT, SiteKind.NEXT) else ""
            return f"{shown} {inside}never reaches the event loop"
        case Effect.ALWAYS | Effect.SOMETIMES:
            found = _primitive(reason)
            if found is not None and found.direct and found.words:
                return f"{shown}{_called(mark, site.kind, operand, found)} {_does(site.effect, found.words)}"
            if site.effect is Effect.ALWAYS and found is not None and _is_conditional(found.words):
                return f"{shown} always switches, first perhaps at {_said(mark, found.name)}, which {found.words}"
            return f"{shown} {_reaches(mark, site.effect, found, reason)}{_which(found)}"
        case Effect.UNKNOWN:
            is_itself = reason is not None and [(s.path, s.span) for s in reason.steps] == [(site.path, site.span)]
            return _unproved(mark, shown, reason, is_itself=is_itself)
        case _:
            assert_never(site.effect)


def _primitive(reason: Reason | None) -> Primitive | None:
    return primitive(reason) if reason is not None else None


def _called(mark: Markup, kind: SiteKind, operand: str, found: Primitive) -> str:
    """The public name behind an expression, where that does not say it already: of a method the class, of a function
    its last name."""
    owner, _, last = found.name.rpartition(".")
    is_method = owner.rpartition(".")[2][:1].isupper() or last.startswith("__")
    if (owner if is_method else last) in operand:
        return ""
    return f" ({mark.code(owner if is_method and kind is not SiteKind.AWAIT else found.name)})"


def _does(effect: Effect, words: str) -> str:
    """What a primitive does, unless this very call of it is known to switch in any case."""
    return "always switches here" if effect is Effect.ALWAYS and _is_conditional(words) else words


def _is_conditional(words: str) -> bool:
    return words.startswith(("switches only", "switches unless", "switches if"))


def _reaches(mark: Markup, effect: Effect, found: Primitive | None, reason: Reason | None) -> str:
    verb = "reaches" if effect is Effect.ALWAYS else "can reach"
    if found is not None and found.name:
        return f"{verb} {_said(mark, found.name)}"
    if reason is not None and reason.steps and reason.steps[-1].function:
        return f"{verb} the event loop in {mark.code(reason.steps[-1].function)}"
    return f"{verb} the event loop"


def _said(mark: Markup, name: str) -> str:
    owner, _, last = name.rpartition(".")
    match last:
        case "__aenter__":
            return f"the entry of {mark.code(owner)}"
        case "__aexit__":
            return f"the exit of {mark.code(owner)}"
        case "__anext__":
            return f"the next step of {mark.code(owner)}"
        case "__await__":
            return mark.code(owner)
        case _:
            return mark.code(name)


def _which(found: Primitive | None) -> str:
    return f", which {found.words}" if found is not None and found.words else ""


def _unproved(mark: Markup, shown: str, reason: Reason | None, *, is_itself: bool) -> str:
    why = unresolved(mark, reason)
    if is_itself or reason is None or not reason.steps:
        return f"{shown} could not be proved inline: {why}"
    return f"{shown} leads to {driven(mark, reason.steps[-1])}, which could not be proved inline: {why}"


def _of_sites(switching: int, inline: int) -> str:
    if not switching:
        return "; no place of its own switches"
    total = switching + inline
    return f"; {switching} of {total} places in it may switch" if total > 1 else ""
