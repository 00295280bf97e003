"""Rivals: who else may stand where an annotation alone says what does.

In: what is claimed of a place that nobody saw being filled, and the name of a member that is asked for there. Out: an
unknown that names another class of the user's with such a member, objects of which may have come there by a library's
object; nothing where no other class has one, so that the claim holds. This module must not know what was claimed why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.resolution import classes, implementers, lies
from switchpoint.analysis.resolution.values import (
    NONE,
    ClaimedValue,
    ClassValue,
    InstanceValue,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def member(program: Program, claim: ClaimedValue, name: str) -> Asking:
    """What a claim leaves open of a member."""
    claimed = frozenset(claim.classes if claim.as_class else map(InstanceValue, claim.classes))
    for cls in (yield _having(name)):
        is_claimed = lies.admits_class(program, claimed, cls) if claim.as_class else lies.admits(program, claimed, cls)
        if not (yield from is_claimed):
            return unknown(Unresolved.CLAIM, f"{cls.definition.name}.{name}")
    return NONE


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _having(program: Program, name: str) -> Asking:
    """The user's classes of which objects have a member of that name."""
    found: dict[ClassValue, None] = {}
    for holder in (yield implementers.holders(name, "")):
        below: tuple[ClassValue, ...] | None = yield classes.subclasses(holder)
        for cls in (holder, *(below or ())):
            if program.is_own(cls.definition.path) and not (yield classes.is_protocol(cls)):
                found[cls] = None
    return tuple(found)
