"""The layout of an edited text from that of the text before: what an edit does not touch is not parsed again.

In: two texts, and the layout of the first. Out: the layout that `lay_out` gives for the second, or None where that is
only found by parsing all of it. This module must not know why a text changed.

Why a part can be parsed alone. A text that parses is cut before lines on which a statement begins, decorators included.
Before such a cut all brackets and strings are closed, and no indentation is open that what follows does not close, so
the tokens on either side do not depend on the other side. If the lines between two such cuts parse alone, the whole
text parses, to the statements of its parts. Members of a class are cut in the same way, below one more line.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.layout import Builder, Layout, lay_out, split_lines
from switchpoint.analysis.ir.outline import sets_by_name
from switchpoint.analysis.ir.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis.ir.layout import PieceSpan

_OTHER_SYNTAX = "barry_as_FLUFL"
"""What, imported from `__future__`, changes how everything below it is parsed."""


def lay_out_again(before: str, known: Layout, text: str) -> Layout:
    """`lay_out(text)`, where `known` is that of `before`."""
    return edited(before, known, text) or lay_out(text)


def edited(before: str, known: Layout, text: str) -> Layout | None:
    """`lay_out(text)`, where `known` is that of `before`, if that can be told from a part of it."""
    if known.problems or not known.pieces or _OTHER_SYNTAX in text or "\ufeff" in text:
        return None
    if _risky(before) != _risky(text):
        return None
    edit = _Edit.between(split_lines(before), split_lines(text))
    return edit.within_class(known.pieces, known) or edit.at_top(known.pieces, known)


@lru_cache(maxsize=64)
def _risky(text: str) -> bool:
    return sets_by_name(text)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines `first` to `last` of what was became other lines; everything below moved by `shift`."""

    lines: list[str]
    first: int
    last: int
    shift: int

    @staticmethod
    def between(old: list[str], new: list[str]) -> _Edit:
        same = sum(1 for _ in takewhile(_are_equal, zip(old, new, strict=False)))
        most = min(len(old), len(new)) - same
        ends = zip(reversed(old), reversed(new), strict=False)
        below = min(sum(1 for _ in takewhile(_are_equal, ends)), most)
        return _Edit(new, same, len(old) - below, len(new) - len(old))

    def at_top(self, pieces: Sequence[PieceSpan], known: Layout) -> Layout | None:
        """The statements of the module between the nearest cuts, parsed anew."""
        cut = self._cut([index for index, piece in enumerate(pieces) if piece.owner is None], pieces, None)
        tree = cut and _parsed("".join(self.lines[cut.top : cut.bottom]))
        return self._joined(known, cut, tree.body, cut.top, None) if cut and tree else None

    def within_class(self, pieces: Sequence[PieceSpan], known: Layout) -> Layout | None:
        """The members of a class between the nearest cuts, parsed anew."""
        header = next((p for p in reversed(pieces) if p.owner is None and p.first < self.first), None)
        if header is None or not header.is_header:
            return None
        members = [index for index, piece in enumerate(pieces) if piece.owner == header.key]
        if not members or pieces[members[0]].first >= self.first:
            return None
        cut = self._cut(members, pieces, next((p for p in pieces[members[-1] + 1 :]), None))
        text = "" if cut is None else "".join(self.lines[cut.top : cut.bottom])
        tree = None if "global" in text else _parsed("class _:\n" + text)
        if cut is None or tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.ClassDef):
            return None
        return self._joined(known, cut, tree.body[0].body, cut.top - 1, header.key)

    def _cut(self, units: Sequence[int], pieces: Sequence[PieceSpan], below: PieceSpan | None) -> _Cut | None:
        """From the last unit that begins above the edit to the first that begins below it; `below`: what stands there
        after the last unit, None for the end of the text."""
        above = [index for index in units if pieces[index].first < self.first]
        after = next((index for index in units if pieces[index].first >= self.last), None)
        end = below if after is None else pieces[after]
        if end is not None and end.first < self.last:
            return None
        rest = len(pieces) if end is None else pieces.index(end)
        bottom = len(self.lines) if end is None else end.first + self.shift
        return _Cut(above[-1], rest, pieces[above[-1]].first, bottom) if above else _Cut(0, rest, 0, bottom)

    def _joined(self, known: Layout, cut: _Cut, body: Sequence[ast.stmt], shift: int, owner: str | None) -> Layout:
        builder = Builder(self.lines, risky=_risky("".join(self.lines)))
        keys: dict[str | None, str | None] = {None: None}

        def keep(pieces: Sequence[PieceSpan], moved: int) -> None:
            for piece in pieces:
                where = replace(piece, owner=keys[piece.owner], first=piece.first + moved, last=piece.last + moved)
                keys[piece.key] = builder.add_known(where, _name(piece), known.outlines[piece.key])

        keep(known.pieces[: cut.start], 0)
        builder.add(body, shift, keys[owner])
        keep(known.pieces[cut.rest :], self.shift)
        return builder.finish(())


@dataclass(frozen=True, slots=True)
class _Cut:
    """Pieces from `start` to before `rest` are replaced by what stands on the lines from `top` to before `bottom`."""

    start: int
    rest: int
    top: int
    bottom: int


def _are_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _name(piece: PieceSpan) -> str:
    """The name from which the key of a piece was made."""
    own = piece.key if piece.owner is None else piece.key[len(piece.owner) + 1 :]
    return "~" if own.startswith("~") else own.partition("#")[0]


def _parsed(text: str) -> ast.Module | None:
    try:
        return parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
