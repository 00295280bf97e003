"""Spans of the analysis as ranges of the protocol, in the client's units.

In: paths, spans, open modules. Out: plain dictionaries as they go over the wire. This module must not import the
protocol's library: it runs in the analysis' process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from switchpoint.lsp.messages import Plain
from switchpoint.lsp.modules import Module, split
from switchpoint.lsp.units import Encoding, to_units

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from switchpoint.analysis import Span
    from switchpoint.features.hierarchy import Entry

FUNCTION_KIND = 12
TEXT_HIGHLIGHT = 1

Json = dict[str, Plain]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Knows which paths are open as what, and how the client counts."""

    encoding: Encoding
    modules: Mapping[Path, Module]
    text: Callable[[Path], str]

    def place(self, path: Path, span: Span) -> tuple[str, Json]:
        """The uri and range of a span, wherever it is."""
        module = self.modules.get(path)
        if module is not None:
            return self.in_module(module, span)
        return path.as_uri(), _range(split(self.text(path)), span, 0, self.encoding)

    def edit(self, path: Path, span: Span, text: str) -> tuple[str, Json, str]:
        """The uri, range and text of an edit. Whole lines at the end of a document end where it does: after its last
        line there is nothing, and in a notebook another cell."""
        module = self.modules.get(path)
        cell = module.cell_at(span.line - 1) if module else None
        if module is None or cell is None or span.end_line - 1 < cell.first + cell.count:
            return (*self.place(path, span), text)
        last = cell.first + cell.count
        inside = replace(span, end_line=last, end_col=len(module.lines[last - 1].rstrip("\r\n")))
        return (*self.in_module(module, inside), text.removesuffix("\n").removesuffix("\r"))

    def in_module(self, module: Module, span: Span) -> tuple[str, Json]:
        """The uri and range of a span of an open module; in a notebook, of the cell that has its first line."""
        cell = module.cell_at(span.line - 1)
        first = cell.first if cell else 0
        return (cell.uri if cell else module.key), _range(module.lines, span, first, self.encoding)

    def ranges(self, module: Module, uri: str, spans: Sequence[Span]) -> list[Json]:
        """The ranges of those spans that are in one document of a module."""
        placed = [self.in_module(module, span) for span in spans]
        return [span for owner, span in placed if owner == uri]

    def entry(self, entry: Entry) -> Json:
        """A function as a call hierarchy item. `data` is what comes back with the next request."""
        uri, whole = self.place(entry.path, entry.span)
        return {
            "name": entry.name.rpartition(".")[2],
            "detail": entry.name,
            "kind": FUNCTION_KIND,
            "uri": uri,
            "range": whole,
            "selectionRange": self.place(entry.path, entry.name_span)[1],
            "data": {"path": str(entry.path), "name": entry.name},
        }


def _range(lines: Sequence[str], span: Span, first: int, encoding: Encoding) -> Json:
    return {
        "start": _position(lines, span.line - 1, span.col, first, encoding),
        "end": _position(lines, span.end_line - 1, span.end_col, first, encoding),
    }


def _position(lines: Sequence[str], line: int, col: int, first: int, encoding: Encoding) -> Json:
    """A line that is no more (the text moved on) keeps its column: the client clamps it."""
    text = lines[line] if 0 <= line < len(lines) else None
    return {"line": max(line - first, 0), "character": col if text is None else to_units(text, col, encoding)}
