"""Why something is not known.

In: a reason of `unknown` and what it is about. Out: the end of a sentence. This module must not know how it was found.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from switchpoint.analysis import Reason, Unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from switchpoint.wording.markup import Markup

UNRESOLVED: Mapping[Unresolved, str] = MappingProxyType(
    {
        Unresolved.PARAMETER: "what runs there is up to the caller, who passes {detail}",
        Unresolved.ATTRIBUTE: "nothing says what the attribute {detail} holds",
        Unresolved.NO_SOURCE: "there is no Python source to read for {detail}",
        Unresolved.EXTENSION: "{detail} is a compiled extension module, which cannot be read",
        Unresolved.IMPORT: "the import of {detail} was not found in this environment",
        Unresolved.DECORATOR: "the decorator {detail} was not resolved, and it may replace the function",
        Unresolved.DYNAMIC: "{detail} is made or replaced at run time, where reading code does not see it",
        Unresolved.NAME: "the name {detail} was not resolved",
        Unresolved.VALUE: "what {detail} holds could not be followed",
        Unresolved.CLAIM: "an annotation alone says what stands there (isinstance would prove it): {detail} may run",
        Unresolved.ABSTRACT: "{detail} is abstract, and no implementation of it is known",
        Unresolved.OVERRIDABLE: "{detail} could be overridden, and overrides are judged strictly",
        Unresolved.BUDGET: "following {detail} took more steps than are allowed",
        Unresolved.BROKEN: "the code of {detail} does not parse",
    }
)
"""With `detail` a name or an expression."""

PROSE: Mapping[Unresolved, str] = MappingProxyType(
    {
        Unresolved.PARAMETER: "what runs there depends on {detail}, which is up to the caller",
        Unresolved.ATTRIBUTE: "what runs there depends on {detail}, about which nothing is known",
        Unresolved.NO_SOURCE: "what runs there depends on {detail}, for which there is no Python source",
        Unresolved.EXTENSION: "what runs there depends on {detail}, which is compiled and cannot be read",
        Unresolved.IMPORT: "what runs there depends on {detail}, which was not found in this environment",
        Unresolved.DECORATOR: "{detail} was not resolved, and it may replace the function",
        Unresolved.DYNAMIC: "what runs there depends on {detail}, which reading code does not see",
        Unresolved.NAME: "what runs there depends on {detail}, which was not resolved",
        Unresolved.VALUE: "what runs there comes from {detail}",
        Unresolved.CLAIM: "an annotation alone says what stands there (isinstance would prove it): {detail} may run",
        Unresolved.ABSTRACT: "what runs there depends on {detail}, of which no implementation is known",
        Unresolved.OVERRIDABLE: "what runs there depends on {detail}, and overrides are judged strictly",
        Unresolved.BUDGET: "what runs there depends on {detail} to be followed",
        Unresolved.BROKEN: "what runs there depends on {detail}, which does not parse",
    }
)
"""With `detail` in words."""

NOT_FOUND = "the way down to the event loop was not found"
_CODE = re.compile(r"@?\S+")
_PARAMETER = re.compile(r"(\S+) of (\S+)")


def unresolved(mark: Markup, reason: Reason | None) -> str:
    """Why something is unknown, as the end of a sentence."""
    if reason is None or reason.unresolved is None:
        return NOT_FOUND
    if not reason.detail:
        return PROSE[reason.unresolved].replace("{detail}", "something that could not be followed")
    if _CODE.fullmatch(reason.detail):
        return UNRESOLVED[reason.unresolved].replace("{detail}", mark.code(reason.detail))
    owned = _PARAMETER.fullmatch(reason.detail)
    if owned is not None and reason.unresolved is Unresolved.PARAMETER:
        detail = f"{mark.code(owned[1])} to {mark.code(owned[2])}"
        return UNRESOLVED[reason.unresolved].replace("{detail}", detail)
    return PROSE[reason.unresolved].replace("{detail}", mark.plain(reason.detail))
