"""Files as queries: text, layout, pieces. Each is memoised by the engine and backdates when it comes out equal.

In: a path (as text). Out: the layout of the file and the summary of each piece. A summary depends on the text of its
piece and nothing else. This module must not follow imports.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from switchpoint.analysis.engine import Input, query
from switchpoint.analysis.files import read_source
from switchpoint.analysis.ir.kept import Summaries, source_of
from switchpoint.analysis.ir.layout import Layout, PieceSpan, split_lines
from switchpoint.analysis.ir.lowering import lower

if TYPE_CHECKING:
    from switchpoint.analysis.ir.forms import PieceForm

Asking: TypeAlias = Generator[Any, Any, Any]


class Texts(Protocol):
    """What these queries need of the object that the engine was made with."""

    @property
    def summaries(self) -> Summaries: ...


def _load(_: Texts, path: str) -> str | None:
    return read_source(Path(path)).text


def _load_problem(_: Texts, path: str) -> str | None:
    return read_source(Path(path)).problem


problem = Input("problem", load=_load_problem)
"""Why a file could not be read; asked only where its text is None."""

text = Input("text", load=_load)
"""The text of a file, None when it cannot be read. An editor's text is set over it."""


@query()
def layout(texts: Texts, path: str) -> Asking:
    """The layout of a file; empty when the file cannot be read."""
    source = yield text(path)
    return Layout() if source is None else texts.summaries.layout(path, source)


@query()
def lines(_: Texts, path: str) -> Asking:
    source = yield text(path)
    return split_lines(source or "")


@query()
def scope(_: Texts, path: str, owner: str | None) -> Asking:
    """Name -> keys of the pieces that bind it, at module level (None) or in a class."""
    found: Layout = yield layout(path)
    return found.scope(owner)


@query()
def members(_: Texts, path: str, owner: str | None) -> Asking:
    """Keys of the pieces of one scope, in order."""
    found: Layout = yield layout(path)
    return tuple(piece.key for piece in found.pieces if piece.owner == owner)


@query()
def span(_: Texts, path: str, key: str) -> Asking:
    """Where a piece stands today, None when it is gone. The only query whose answer moves with the text above."""
    found: Layout = yield layout(path)
    return next((piece for piece in found.pieces if piece.key == key), None)


@query()
def piece_source(_: Texts, path: str, key: str) -> Asking:
    """The text of a piece, the class in which it stands, and whether it is a class header."""
    where: PieceSpan | None = yield span(path, key)
    if where is None or where.broken is not None:
        return None
    all_lines: list[str] = yield lines(path)
    return source_of(all_lines, where)


@query()
def piece(texts: Texts, path: str, key: str) -> Asking:
    """The summary of a piece; empty when it is gone or broken."""
    source = yield piece_source(path, key)
    if source is None:
        return _EMPTY
    return texts.summaries.piece(path, source)


@query()
def function_form(_: Texts, path: str, key: str, name: str) -> Asking:
    """One function of a piece, or the piece's own code for the name ""; None when it is gone."""
    form: PieceForm = yield piece(path, key)
    return form.main if name == "" else form.functions.get(name)


_EMPTY = lower("")
