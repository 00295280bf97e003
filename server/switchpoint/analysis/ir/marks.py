"""Marks: what the text of some statements alone tells that other files ask for.

In: the text of a piece. Out: the marks that it bears; they stand among the names that the piece sets, and no name is
written like them. This module must not know the statements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = "()end"
"""A plain function may raise `StopAsyncIteration`."""

DISGUISE = "()class"
"""A class may have a `__class__` of its own."""

REDUCING = "()reducer"
"""A pickler may say by `reducer_override` what copies of objects hold."""

ASYNC_GENERATOR = "()asynchronous generator"
"""A function may be an asynchronous generator."""

_DISGUISED = re.compile(r"__class__(?:(?<=def __class__)|(?<=[\s;]__class__)\s*[=:](?!=))")
_PLAIN = re.compile(r"^[ \t]*def\b", re.M)


def marks(text: str) -> Iterator[str]:
    """The marks of a text."""
    if "raise StopAsyncIteration" in text and _PLAIN.search(text) is not None:
        yield ENDING
    if "__class__" in text and _DISGUISED.search(text) is not None:
        yield DISGUISE
    if "reducer_override" in text:
        yield REDUCING
    if "yield" in text and "async def" in text:
        yield ASYNC_GENERATOR
