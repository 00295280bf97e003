"""Read what the observed processes left in the session folder, and place it in the source.

In: the folder's `.sites`, `.counts` and `.note` files, some of them cut short by a crash. Out: observations by file,
kind, line and column in code points, each where CPython 3.13 puts it. CPython records columns in UTF-8 bytes, and 3.12
records the whole `async with` for each of its items: both are undone here, from the source. This module must not know
how the counting is done, nor anything of the analysis.
"""

from __future__ import annotations

import ast
import io
import re
import struct
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from switchpoint.observer.store import Observed, SeenFile, SeenSite, added, content_hash, real

if TYPE_CHECKING:
    from collections.abc import Iterator

_COUNTERS = struct.Struct("=QQ")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Of one session: its observations, how many processes were observed, and why others were not (word, detail)."""

    observed: Observed
    processes: int
    notes: tuple[tuple[str, str], ...]


def gather(folder: Path) -> Gathered:
    """Everything in the session folder."""
    books = [_read_book(path) for path in sorted(folder.glob("*.sites"))]
    counts: dict[tuple[str, str, bool], dict[_Row, tuple[int, int]]] = {}
    python = ""
    for book in books:
        python = book.python or python
        for page in book.pages:
            _add(counts.setdefault((page.path, page.digest, book.whole_statements), {}), page)
    files: dict[str, SeenFile] = {}
    for (path, digest, whole_statements), rows in counts.items():
        file = _place(Path(path), digest, whole_statements, rows)
        if file is not None:
            files[real(path)] = added(files.get(real(path)), file)
    notes = tuple(_read_note(path) for path in sorted(folder.glob("*.note")))
    return Gathered(Observed(python, files), len(books), notes)


@dataclass(frozen=True, slots=True)
class _Row:
    """A site as CPython names it: columns in bytes, and the number of its `async with` item or -1."""

    kind: str
    line: int
    col: int
    end_line: int
    end_col: int
    item: int


@dataclass(frozen=True, slots=True)
class _Page:
    path: str
    digest: str
    rows: tuple[tuple[_Row, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Book:
    python: str
    whole_statements: bool
    pages: tuple[_Page, ...]


def _read_book(path: Path) -> _Book:
    python, whole_statements = "", False
    pages: list[_Page] = []
    segments: dict[int, bytes] = {}
    for entry in _entries(path):
        if entry[0] == "python":
            _, python, whole_statements = entry
        else:
            _, source, digest, segment, first, rows = entry
            if segment not in segments:
                segments[segment] = path.with_suffix(f".{segment}.counts").read_bytes()
            numbered = enumerate(rows, first)
            counted = tuple((_Row(*row), *_count(segments[segment], number)) for number, row in numbered)
            pages.append(_Page(source, digest, counted))
    return _Book(python, whole_statements, tuple(pages))


def _entries(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            yield ast.literal_eval(line)
        except (ValueError, SyntaxError):
            return  # the process died while it wrote this line, so it is the last


def _count(counters: bytes, number: int) -> tuple[int, int]:
    ran, switched = _COUNTERS.unpack_from(counters, number * _COUNTERS.size)
    return max(ran, switched), switched


def _add(counts: dict[_Row, tuple[int, int]], page: _Page) -> None:
    for row, ran, switched in page.rows:
        before = counts.get(row, (0, 0))
        counts[row] = (before[0] + ran, before[1] + switched)


def _read_note(path: Path) -> tuple[str, str]:
    word, _, detail = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    return word, detail


def _place(path: Path, digest: str, whole_statements: bool, rows: dict[_Row, tuple[int, int]]) -> SeenFile | None:
    """The rows that ran, where they stand in the source; None when the source is no longer the one that ran."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if content_hash(content) != digest:
        return None
    items = _context_expressions(content) if whole_statements else {}
    lines = [] if content.isascii() else _lines(content)
    sites: list[SeenSite] = []
    for row, (ran, switched) in rows.items():
        span = (row.line, row.col, row.end_line, row.end_col)
        if whole_statements and row.kind in ("enter", "exit"):
            found = items.get(span, ())
            if not 0 <= row.item < len(found):
                continue
            span = found[row.item]
        if ran:
            sites.append(_site(row.kind, span, lines, ran, switched))
    return SeenFile(digest, tuple(sorted(sites))) if sites else None


_Span = tuple[int, int, int, int]


def _context_expressions(content: bytes) -> dict[_Span, list[_Span]]:
    """Of each `async with`, by its own span, the spans of its context expressions."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {
        _span(node): [_span(item.context_expr) for item in node.items]
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
    }


def _span(node: ast.stmt | ast.expr) -> _Span:
    end_line = node.lineno if node.end_lineno is None else node.end_lineno
    return (
        node.lineno,
        node.col_offset,
        end_line,
        node.col_offset if node.end_col_offset is None else node.end_col_offset,
    )


def _lines(content: bytes) -> list[bytes]:
    """The lines that CPython counts columns in: UTF-8, without a byte order mark."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return []
    return [line.encode("utf-8", "surrogatepass") for line in _LINE_END.split(text)]


def _site(kind: str, span: _Span, lines: list[bytes], ran: int, switched: int) -> SeenSite:
    line, col, end_line, end_col = span
    start, end = _code_points(lines, line, col), _code_points(lines, end_line, end_col)
    return SeenSite(line, start, kind, end_line, end, ran, switched)


def _code_points(lines: list[bytes], line: int, col: int) -> int:
    if not 1 <= line <= len(lines):
        return col
    return len(lines[line - 1][:col].decode("utf-8", "replace"))
