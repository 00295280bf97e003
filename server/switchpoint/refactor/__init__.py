"""Source edits, behind this one door: which refactorings concern a place, and what each would change.

In: a workspace, an open file, a place in code points. Out: proposals with edits, or with the reason why not. Without
LibCST there are none. This module must not know editors.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from switchpoint.refactor.proposals import SENTENCES, FileEdit, Kind, Proposal, Refusal, TextEdit
from switchpoint.refactor.trial import Ground, applied

if TYPE_CHECKING:
    from collections.abc import Callable

    Proposals = Callable[[Ground, tuple[int, int]], tuple[Proposal, ...]]

log = logging.getLogger("switchpoint.refactor")


def proposals_at(ground: Ground, place: tuple[int, int]) -> tuple[Proposal, ...]:
    """The refactorings that concern a place of the open file. Raises `Cancelled`."""
    menu = _menu()
    return menu(ground, place) if menu else ()


@cache
def _menu() -> Proposals | None:
    """Loaded when first needed, for LibCST takes its time, and may not be there."""
    try:
        from switchpoint.refactor.menu import proposals  # noqa: PLC0415 - see above
    except ImportError as error:
        log.info("code actions are off, since LibCST cannot be imported: %s", error)
        return None
    return proposals


__all__ = [
    "SENTENCES",
    "FileEdit",
    "Ground",
    "Kind",
    "Proposal",
    "Refusal",
    "TextEdit",
    "applied",
    "proposals_at",
]
