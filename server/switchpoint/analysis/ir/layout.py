"""A file's text to its pieces and what each contributes.

In: text. Out: a `Layout`. Pieces are top-level statements (grouped where they share a line), class headers, and
members of top-level classes. This module must not follow imports.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.mending import placeholder_for
from switchpoint.analysis.ir.outline import Outline, header_outline, outline_of, sets_by_name
from switchpoint.analysis.ir.parsing import parse
from switchpoint.analysis.ir.recovery import recovered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from switchpoint.analysis.ir.mending import Mend

PieceKey = str
"""Unique in a file: "f", "C" (a class header), "C.m", "C.m#2", "~3" (the third nameless statement), "C.~1"."""


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """Where a piece stands: lines from 0, the end exclusive. `owner` is the class key of a member."""

    key: PieceKey
    owner: str | None
    first: int
    last: int
    is_header: bool = False
    broken: str | None = None
    broken_line: int = 0


@dataclass(frozen=True, slots=True)
class Mended:
    """A piece in which something is half typed: the text that stands for it, and the lines (from 0 within the piece,
    the end exclusive) that are not as they were typed."""

    text: str
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The pieces of a file in order, and the outline of each. `unread`: texts of which nothing could be made."""

    pieces: tuple[PieceSpan, ...] = ()
    outlines: dict[PieceKey, Outline] = field(default_factory=dict[PieceKey, Outline])
    problems: tuple[tuple[int, str], ...] = ()
    mended: dict[PieceKey, Mended] = field(default_factory=dict[PieceKey, Mended])
    unread: tuple[str, ...] = ()

    def scope(self, owner: str | None) -> dict[str, list[PieceKey]]:
        """The names bound at module level (None) or in a class body, with the pieces that bind them, in order."""
        names: dict[str, list[PieceKey]] = {}
        for piece in self.pieces:
            if piece.owner == owner:
                for name in self.outlines[piece.key].binds:
                    names.setdefault(name, []).append(piece.key)
        return names


def lay_out(text: str) -> Layout:
    """The layout of a file. Never raises for what the text contains."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        builder = Builder(split_lines(text), risky=sets_by_name(text))
        return builder.finish(recovered(builder, split_lines(text), error))
    builder = Builder(split_lines(text), risky=sets_by_name(text))
    builder.add(tree.body, 0)
    return builder.finish(())


shared_layout = lru_cache(maxsize=2048)(lay_out)
"""`lay_out` for texts that other workspaces of this process will ask for too: not for those under the user's hands."""


def split_lines(text: str) -> list[str]:
    """Lines with their ends, as CPython's tokenizer sees them: only \\n, \\r\\n and \\r end a line."""
    if "\r" in text:
        return _LINE.findall(text)
    *lines, rest = text.split("\n")
    return [line + "\n" for line in lines] + ([rest] if rest else [])


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Builder:
    """A layout under way, of a file with these lines. `risky`: it may set things by name."""

    def __init__(self, lines: list[str], *, risky: bool) -> None:
        self._lines = lines
        self._risky = risky
        self._pieces: list[PieceSpan] = []
        self._outlines: dict[PieceKey, Outline] = {}
        self._counts: dict[str, int] = {}
        self._changed: list[tuple[int, int]] = []
        self._mended: dict[PieceKey, Mended] = {}
        self._unread: list[str] = []

    def finish(self, problems: Sequence[tuple[int, str]]) -> Layout:
        return Layout(tuple(self._pieces), self._outlines, tuple(problems), self._mended, tuple(self._unread))

    def take_mended(self, first: int, mend: Mend) -> None:
        """From line `first` on, other lines stand for those of the file."""
        self._unread += ["".join(self._lines[first + top : first + end]) for top, end in mend.filled]
        self._unread.append(placeholder_for("".join(self._lines[first : first + len(mend.lines)])))
        self._lines[first : first + len(mend.lines)] = mend.lines
        self._changed += [(first + top, first + end) for top, end in mend.changed]

    def add(self, statements: Sequence[ast.stmt], shift: int, owner: str | None = None) -> None:
        """Adds the pieces of these statements, whose line 1 is line `shift` of the file."""
        for group in _grouped(statements):
            first, last = _first_line(group[0]) - 1 + shift, max(s.end_lineno or 0 for s in group) + shift
            node = group[0]
            if len(group) == 1 and owner is None and isinstance(node, ast.ClassDef) and self._splits(node, shift):
                self._add_class(node, first, shift)
            elif len(group) > 1 or not _is_text(node):
                self._add_piece(group, owner, first, last)

    def add_broken(self, first: int, last: int, line: int, why: str, owner: str | None = None) -> None:
        self.add_unread(first, last)
        self.add_known(PieceSpan("", owner, first, last, False, why, line), "~", Outline())

    def add_unread(self, first: int, last: int) -> None:
        self._unread.append("".join(self._lines[first:last]))

    def add_class_header(self, node: ast.ClassDef, first: int, last: int) -> str:
        return self.add_known(PieceSpan("", None, first, last, True), node.name, header_outline(node))

    def add_known(self, where: PieceSpan, name: str, outline: Outline) -> PieceKey:
        """Adds a piece of that name ("~" for none) as the next one, under the key that this makes its own."""
        key = self._key(name, where.owner)
        self._pieces.append(
            PieceSpan(key, where.owner, where.first, where.last, where.is_header, where.broken, where.broken_line)
        )
        self._outlines[key] = outline
        changed = tuple(
            (a - where.first, b - where.first) for a, b in self._changed if a < where.last and where.first < b
        )
        if changed:
            self._mended[key] = Mended("".join(self._lines[where.first : where.last]), changed)
        return key

    def _add_class(self, node: ast.ClassDef, first: int, shift: int) -> None:
        body_first = _first_line(node.body[0]) - 1 + shift
        key = self.add_class_header(node, first, body_first)
        self.add(node.body, shift, key)

    def _splits(self, node: ast.ClassDef, shift: int) -> bool:
        """Whether members stand on lines of their own, not behind the end of the header, and none of them says of a
        name that it belongs to the module."""
        plain = [s for s in node.body if not isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
        if any(isinstance(n, ast.Global) for each in plain if _is_compound(each) for n in ast.walk(each)):
            return False
        line = self._lines[node.body[0].lineno - 1 + shift].encode("utf-8", "surrogatepass")
        return not line[: node.body[0].col_offset].strip()

    def _add_piece(self, group: Sequence[ast.stmt], owner: str | None, first: int, last: int) -> None:
        node = group[0]
        named = len(group) == 1 and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        outline = outline_of(group, owner, "".join(self._lines[first:last]), risky=self._risky)
        self.add_known(PieceSpan("", owner, first, last), node.name if named else "~", outline)  # type: ignore[union-attr]

    def _key(self, name: str, owner: str | None) -> PieceKey:
        base = name if owner is None else f"{owner}.{name}"
        count = self._counts[base] = self._counts.get(base, 0) + 1
        if name == "~":
            return f"{base}{count}"
        return base if count == 1 else f"{base}#{count}"


def _grouped(statements: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Statements that share a line stand together."""
    group: list[ast.stmt] = []
    for statement in statements:
        if group and _first_line(statement) > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _is_compound(node: ast.stmt) -> bool:
    return hasattr(node, "body") or isinstance(node, ast.Global | ast.Match)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
