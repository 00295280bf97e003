"""Layouts and forms of files, made when they are first asked for, and kept on disk for the next process.

In: texts of files, sources of pieces. Out: what `lay_out` and `lower` give for them, always. An entry on disk holds
one file's layout and those of its pieces that somebody asked for; its name says the text, the target, and the very code
that made it, so that nothing stale is ever found. This module must not know what summaries are used for.
"""

from __future__ import annotations

import pkgutil
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from switchpoint import __version__
from switchpoint.analysis import verdicts
from switchpoint.analysis.files import content_key, read_source
from switchpoint.analysis.ir import forms
from switchpoint.analysis.ir.codec import decode, encode
from switchpoint.analysis.ir.forms import PieceForm
from switchpoint.analysis.ir.layout import Layout, shared_layout, split_lines
from switchpoint.analysis.ir.lowering import lower
from switchpoint.analysis.ir.relayout import lay_out_again

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from switchpoint.analysis.files import SummaryCache
    from switchpoint.analysis.ir.layout import Mended, PieceSpan

PieceSource: TypeAlias = tuple[str, str | None, bool]
"""The text of a piece, the class in which it stands, and whether it is a class header."""


def source_of(lines: list[str], span: PieceSpan, mended: Mended | None = None) -> PieceSource:
    """What lowering needs of the piece that stands there."""
    owner = None if span.owner is None else span.owner.partition("#")[0]
    text = "".join(lines[span.first : span.last]) if mended is None else mended.text
    return text, owner, span.is_header


@dataclass(frozen=True, slots=True)
class Stored:
    """One file on disk: the bytes of its layout, and of pieces by a name for their source."""

    layout: bytes
    pieces: dict[str, bytes]


@dataclass(slots=True)
class _Entry:
    """What is known of one file with this text. `pieces`: by the content of their source, as bytes or already made."""

    text: str
    layout: Layout
    pieces: dict[str, bytes | PieceForm] = field(default_factory=dict[str, "bytes | PieceForm"])
    is_new: bool = True
    is_edited: bool = False
    whole: tuple[str, Layout] = field(init=False)
    """The last text of the file that could be parsed, from which the next one is likely to differ little."""

    def __post_init__(self) -> None:
        self.whole = (self.text, self.layout)


class Summaries:
    """The summaries of one workspace's files for one target. Without a cache they are only remembered."""

    def __init__(self, cache: SummaryCache | None = None, target: tuple[int, int] = (0, 0)) -> None:
        self._cache = cache if analysis_version() else None
        self._prefix = f"{analysis_version()}\n{target[0]}.{target[1]}\n"
        self._entries: dict[str, _Entry] = {}

    def layout(self, path: str, text: str) -> Layout:
        """`lay_out(text)`. `path` says only which text is no longer needed."""
        known = self._entries.get(path)
        if known is None:
            entry = self._read(text) or _Entry(text, shared_layout(text))
        elif known.text == text:
            return known.layout
        else:
            # An edit: most pieces stay the same, and no other process will have seen this very text.
            entry = _Entry(text, lay_out_again(*known.whole, text), known.pieces, is_edited=True)
            if entry.layout.problems:
                entry.whole = known.whole
            if len(entry.pieces) > 2 * len(entry.layout.pieces) + 64:
                entry.pieces = _current_pieces(entry)
        self._entries[path] = entry
        return entry.layout

    def piece(self, path: str, source: PieceSource) -> PieceForm:
        """`lower` of this source."""
        text, owner, header = source
        entry = self._entries.get(path)
        if entry is None or self._cache is None:
            return lower(text, owner=owner, header=header)
        name = _name(source)
        kept = entry.pieces.get(name)
        form = decode(kept, PieceForm) if isinstance(kept, bytes) else kept
        if form is None:
            # Nobody else asks for what was under the user's hands: kept for others, every keystroke would stay.
            made = lower.__wrapped__ if entry.is_edited else lower
            form = made(text, owner=owner, header=header)
            entry.pieces[name] = form
            entry.is_new = True
        return form

    def save(self, unsaved: Iterable[str] = (), cancelled: Callable[[], bool] = lambda: False) -> None:
        """Keeps what is new for the next process; not for the paths in `unsaved`. May stop between two files."""
        if self._cache is None:
            return
        skipped = set(unsaved)
        for path, entry in list(self._entries.items()):
            if entry.is_new and path not in skipped:
                if cancelled():
                    return
                self._write(entry)

    def forget(self, opened: Collection[str]) -> None:
        """Drops all that is known of other files from memory; what was saved is still on disk."""
        self._entries = {path: entry for path, entry in self._entries.items() if path in opened}
        lower.cache_clear()
        shared_layout.cache_clear()

    def _read(self, text: str) -> _Entry | None:
        data = None if self._cache is None else self._cache.get(self._prefix + content_key(text))
        stored = None if data is None else decode(data, Stored)
        layout = None if stored is None else decode(stored.layout, Layout)
        return None if stored is None or layout is None else _Entry(text, layout, {**stored.pieces}, False)

    def _write(self, entry: _Entry) -> None:
        entry.is_new = False
        # Whether a text is nested too deeply depends on who asks, so a problem is found anew.
        if self._cache is None or entry.layout.problems:
            return
        entry.pieces = _current_pieces(entry)
        pieces = {name: data for name, piece in entry.pieces.items() if (data := _encoded(piece)) is not None}
        layout = encode(entry.layout)
        data = None if layout is None else encode(Stored(layout, pieces))
        if data is not None:
            self._cache.put(self._prefix + content_key(entry.text), data)


@lru_cache(maxsize=1)
def analysis_version() -> str:
    """A name for the code that makes summaries and for the Python that parses for it; "" when it cannot be read."""
    paths = [Path(verdicts.__file__), *_modules_in(Path(__file__).parent), *_modules_in(Path(forms.__file__).parent)]
    texts = [read_source(path).text for path in paths]
    if None in texts:
        return ""
    return content_key("\0".join([__version__, sys.version, *(text or "" for text in texts)]))


def _modules_in(folder: Path) -> list[Path]:
    found = pkgutil.iter_modules([str(folder)])
    return sorted(folder / f"{module.name}.py" for module in found if not module.ispkg)


def _name(source: PieceSource) -> str:
    text, owner, header = source
    return content_key(f"{owner}\0{header}\0{text}")


def _current_pieces(entry: _Entry) -> dict[str, bytes | PieceForm]:
    """Those that still stand in the text."""
    lines = split_lines(entry.text)
    names = (_name(source_of(lines, s, entry.layout.mended.get(s.key))) for s in entry.layout.pieces)
    return {name: entry.pieces[name] for name in names if name in entry.pieces}


def _encoded(piece: bytes | PieceForm) -> bytes | None:
    if isinstance(piece, bytes):
        return piece
    return encode(piece) if piece.problem is None else None
