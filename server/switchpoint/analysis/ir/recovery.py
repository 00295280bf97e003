"""A file that does not parse, taken apart at its unindented lines.

In: the lines of the text. Out: a builder that has the pieces that parse, and problems for those that do not: what is
half typed costs one statement, or else one member of a class. This module must not know what a piece contributes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.chunks import chunks, rejoined
from switchpoint.analysis.ir.lowering import why_broken
from switchpoint.analysis.ir.mending import mend
from switchpoint.analysis.ir.parsing import parse

if TYPE_CHECKING:
    from switchpoint.analysis.ir.layout import Builder

_MOST_LINES = 200_000


def recovered(builder: Builder, lines: list[str], error: BaseException) -> list[tuple[int, str]]:
    """Adds what parses between lines that can only begin a top-level statement; the problems of the rest."""
    if len(lines) > _MOST_LINES or any("\0" in line for line in lines):
        builder.add_unread(0, len(lines))
        return [(1, str(error))]
    recovery = _Recovery(builder, lines)
    for chunk in rejoined(lines, chunks(lines, 0, len(lines), 0), recovery.parses):
        recovery.take_chunk(*chunk)
    return recovery.problems or [(getattr(error, "lineno", None) or 1, why_broken(error))]


@dataclass(slots=True)
class _Recovery:
    """The lines that are taken apart, and what was wrong so far."""

    builder: Builder
    lines: list[str]
    problems: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def take_chunk(self, first: int, last: int) -> None:
        try:
            self.builder.add(parse(self._source(first, last)).body, first)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            if not self._take_class(first, last):
                self._take_broken(first, last, error)

    def parses(self, first: int, last: int) -> bool:
        return _tree(self._source(first, last)) is not None

    def _take_class(self, first: int, last: int) -> bool:
        """A class of which a member is broken: its header and its other members stay alive."""
        bounds = self._class_bounds(first, last)
        if bounds is None:
            return False
        end, body = bounds
        header = _class_header(self._source(first, end + 1))
        indent = len(self.lines[body]) - len(self.lines[body].lstrip())
        if indent == 0 or header is None:
            return False
        key = self.builder.add_class_header(header, first, end + 1)
        for member in rejoined(self.lines, chunks(self.lines, body, last, indent), self.parses):
            self._take_member(key, *member)
        return True

    def _class_bounds(self, first: int, last: int) -> tuple[int, int] | None:
        """Where the header of a class ends and where its body begins."""
        lines = self.lines
        start = next((i for i in range(first, last) if lines[i].startswith("class ")), last)
        end = next((i for i in range(start, last) if lines[i].rstrip().endswith(":")), last)
        body = next((i for i in range(end + 1, last) if lines[i].strip()), None)
        return None if body is None else (end, body)

    def _take_member(self, key: str, first: int, last: int) -> None:
        try:
            self.builder.add(_members("class _:\n" + self._source(first, last)), first - 1, key)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            self._take_broken(first, last, error, key)

    def _take_broken(self, first: int, last: int, error: BaseException, owner: str | None = None) -> None:
        """What is half typed, mended where it can be: all else of a function then says what it did."""
        # A member was parsed below one more line, that of a class.
        shift = 0 if owner is None else 1
        line = first + max((getattr(error, "lineno", None) or 1) - shift, 1)
        self.problems.append((line, why_broken(error)))
        mended = mend(self.lines[first:last])
        # What is mended as the member of a class, being indented, need not stand in one.
        statements = None if mended is None else _statements("".join(mended.lines), owner)
        if mended is None or statements is None:
            self.builder.add_broken(first, last, line, why_broken(error), owner)
            return
        self.builder.take_mended(first, mended)
        self.builder.add(statements, first - shift, owner)

    def _source(self, first: int, last: int) -> str:
        return "".join(self.lines[first:last])


def _tree(text: str) -> ast.Module | None:
    try:
        return parse("class _:\n" + text if text[:1].isspace() else text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _statements(text: str, owner: str | None) -> list[ast.stmt] | None:
    """The statements of a text that stands in a class or in none; None where it does not parse there."""
    try:
        return parse(text).body if owner is None else _members("class _:\n" + text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _members(text: str) -> list[ast.stmt]:
    """The statements of the class that is all of a text."""
    tree = parse(text)
    assert isinstance(tree.body[0], ast.ClassDef)
    return tree.body[0].body


def _class_header(text: str) -> ast.ClassDef | None:
    try:
        header = parse(text + " pass\n").body
    except (SyntaxError, ValueError):
        return None
    return header[0] if len(header) == 1 and isinstance(header[0], ast.ClassDef) else None
