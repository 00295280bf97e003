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
    from switchpoint.analysis.ir.outline import Outline

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
def outlines(_: Texts, path: str) -> Asking:
    """Piece key -> its outline, in order. No positions: what stands further down now has not changed."""
    found: Layout = yield layout(path)
    return found.outlines


@query()
def is_unread(_: Texts, path: str, name: str) -> Asking:
    """Whether a name stands in what does not parse in a file."""
    found: Layout = yield layout(path)
    return any(name in text for text in found.unread)


@query()
def keys(_: Texts, path: str) -> Asking:
    """Keys of all pieces, in order."""
    found: Layout = yield layout(path)
    return tuple(piece.key for piece in found.pieces)


@query()
def imports_in(_: Texts, path: str) -> Asking:
    """(module, level, name or None) of every import in the file, in order."""
    found: dict[str, Outline] = yield outlines(path)
    return tuple(dict.fromkeys(each for outline in found.values() for each in outline.imports))


@query()
def early_imports_in(_: Texts, path: str) -> Asking:
    """Those of them that happen when the file is imported, or its `__getattr__` is asked."""
    found: dict[str, Outline] = yield outlines(path)
    return tuple(dict.fromkeys(e for outline in found.values() for e in outline.imports if e not in outline.late))


@query()
def writers(_: Texts, path: str, name: str) -> Asking:
    """Keys of the pieces that declare a name global or set it by name, or something whose name is computed."""
    by_name: dict[str, dict[str, None]] = yield _written(path)
    named, computed = by_name.get(name, {}), by_name.get("", {})
    if not named or not computed:
        return tuple(named or computed)
    ordered: tuple[str, ...] = yield keys(path)
    return tuple(key for key in ordered if key in named or key in computed)


@query()
def _written(_: Texts, path: str) -> Asking:
    """Name -> keys of the pieces that write it as `writers` means it, in order."""
    found: dict[str, Outline] = yield outlines(path)
    by_name: dict[str, dict[str, None]] = {}
    for key, outline in found.items():
        for name in outline.writes | outline.sets:
            by_name.setdefault(name, {})[key] = None
    return by_name


@query()
def self_setting(_: Texts, path: str, owner: str) -> Asking:
    """Keys of the members of a class that set something on their first parameter."""
    found: Layout = yield layout(path)
    return tuple(p.key for p in found.pieces if p.owner == owner and found.outlines[p.key].sets_self)


@query()
def set_by_methods(_: Texts, path: str, owner: str) -> Asking:
    """The names under which members of a class set something on their first parameter."""
    found: Layout = yield layout(path)
    return frozenset(name for p in found.pieces if p.owner == owner for name in found.outlines[p.key].sets_self)


@query()
def holders_of(_: Texts, path: str) -> Asking:
    """Name -> keys of the headers of classes, and of pieces with classes inside, whose bodies bind the name or whose
    methods store something under it on their first parameter."""
    found: Layout = yield layout(path)
    holders: dict[str, dict[str, None]] = {}
    for part in found.pieces:
        outline = found.outlines[part.key]
        bound = outline.binds if part.owner is not None else ()
        for name in (*bound, *outline.sets_self):
            holders.setdefault(name, {})[part.owner or part.key] = None
        for name in outline.members:
            holders.setdefault(name, {})[part.key] = None
    return {name: tuple(keys) for name, keys in holders.items()}


@query()
def members(_: Texts, path: str, owner: str | None) -> Asking:
    """Keys of the pieces of one scope, in order."""
    found: Layout = yield layout(path)
    return tuple(piece.key for piece in found.pieces if piece.owner == owner)


@query()
def makers(_: Texts, path: str, owner: str) -> Asking:
    """Keys of the members of a class whose names may stand for what a call returned."""
    found: Layout = yield layout(path)
    return tuple(p.key for p in found.pieces if p.owner == owner and found.outlines[p.key].makes)


@query()
def span(_: Texts, path: str, key: str) -> Asking:
    """Where a piece stands today, None when it is gone. The only query whose answer moves with the text above."""
    spans: dict[str, PieceSpan] = yield _spans(path)
    return spans.get(key)


@query()
def _spans(_: Texts, path: str) -> Asking:
    found: Layout = yield layout(path)
    return {piece.key: piece for piece in found.pieces}


@query()
def piece_source(_: Texts, path: str, key: str) -> Asking:
    """The text of a piece, the class in which it stands, and whether it is a class header."""
    where: PieceSpan | None = yield span(path, key)
    if where is None or where.broken is not None:
        return None
    all_lines: list[str] = yield lines(path)
    found: Layout = yield layout(path)
    return source_of(all_lines, where, found.mended.get(key))


@query()
def piece(texts: Texts, path: str, key: str) -> Asking:
    """The summary of a piece; empty when it is gone or broken."""
    source = yield piece_source(path, key)
    if source is None:
        return EMPTY
    return texts.summaries.piece(path, source)


@query()
def function_form(_: Texts, path: str, key: str, name: str) -> Asking:
    """One function of a piece, or the piece's own code for the name ""; None when it is gone."""
    form: PieceForm = yield piece(path, key)
    return form.main if name == "" else form.functions.get(name)


EMPTY = lower("")
