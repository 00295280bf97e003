"""A file that does not parse, taken apart at its unindented lines.

In: the lines of the text. Out: a builder that has the pieces that parse, and problems for those that do not: what is
half typed costs one statement or one member of a class. This module must not know what a piece contributes.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.lowering import why_broken
from switchpoint.analysis.ir.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from switchpoint.analysis.ir.layout import Builder

_MOST_LINES = 200_000
_CONTINUES = ("else", "elif", "except", "finally", ")", "]", "}", "#")


def recovered(builder: Builder, lines: list[str], error: BaseException) -> list[tuple[int, str]]:
    """Adds what parses between lines that can only begin a top-level statement; the problems of the rest."""
    if len(lines) > _MOST_LINES or any("\0" in line for line in lines):
        return [(1, str(error))]
    recovery = _Recovery(builder, lines)
    for first, last in _chunks(lines, 0, len(lines), 0):
        recovery.take_chunk(first, last)
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
                self._note_broken(first, last, error)

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
        for inner_first, inner_last in _chunks(self.lines, body, last, indent):
            self._take_member(key, inner_first, inner_last)
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
            tree = parse("class _:\n" + self._source(first, last))
            assert isinstance(tree.body[0], ast.ClassDef)
            self.builder.add(tree.body[0].body, first - 1, key)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            self._note_broken(first, last, error, key)

    def _note_broken(self, first: int, last: int, error: BaseException, owner: str | None = None) -> None:
        # A member was parsed below one more line, that of a class.
        shift = 0 if owner is None else 1
        line = first + max((getattr(error, "lineno", None) or 1) - shift, 1)
        self.problems.append((line, why_broken(error)))
        self.builder.add_broken(first, last, line, why_broken(error), owner)

    def _source(self, first: int, last: int) -> str:
        return "".join(self.lines[first:last])


def _class_header(text: str) -> ast.ClassDef | None:
    try:
        header = parse(text + " pass\n").body
    except (SyntaxError, ValueError):
        return None
    return header[0] if len(header) == 1 and isinstance(header[0], ast.ClassDef) else None


def _chunks(lines: list[str], first: int, last: int, indent: int) -> Iterator[tuple[int, int]]:
    """Stretches that begin at a line of exactly this indentation that can begin a statement.

    Decorators stay with what they decorate.
    """
    starts: list[int] = []
    decorated = False
    for index in range(first, last):
        line = lines[index]
        stripped = line.lstrip()
        if not stripped or len(line) - len(stripped) > indent or stripped.startswith(_CONTINUES):
            continue
        if not decorated:
            starts.append(index)
        decorated = stripped.startswith("@")
    if not starts:
        yield first, last
        return
    yield from zip(starts, [*starts[1:], last], strict=True)
