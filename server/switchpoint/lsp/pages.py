"""The protocol's half of open modules: their lines, and hints that follow every edit at once.

In: texts and changes in client units, and what the worker found. Out: edits in code points, and hints encoded for the
wire. This module must not know how hints are found, nor wait for anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from switchpoint.features.edits import Edit
from switchpoint.features.shifting import Hint, Hints, shift, within
from switchpoint.lsp.modules import Cell, Module, split
from switchpoint.lsp.units import Encoding, to_code_points, to_units

if TYPE_CHECKING:
    from asyncio import Future

    from lsprotocol import types

    from switchpoint.lsp.messages import Early, Fresh, Plain

NOT_YET = -1


@dataclass(slots=True)
class Page:
    """An open module as the editor sees it.

    `known` is the revision for which the hints are final; until it is the module's own they are the last ones, shifted.
    `is_early`: nothing is proved yet, but the places are known. `shown`: the client has hints of this page. `edits` are
    those that the worker may not have seen when it says what it found; `seen` are the lines that were asked for last.
    `edited` has the revision in which each document was opened or edited last. `owes`: the client has hints of what
    this page was before its cells were others, and will not ask for those of the cells that stayed without being told.
    """

    module: Module
    hints: Hints = ()
    known: int = NOT_YET
    opened: int = 0
    is_early: bool = False
    shown: bool = False
    inline: int = 0
    may_switch: int = 0
    told: tuple[int, int, bool] | None = None
    seen: tuple[int, int] | None = None
    edited: dict[str, int] = field(default_factory=dict[str, int])
    owes: bool = False
    edits: list[tuple[int, Edit]] = field(default_factory=list[tuple[int, Edit]])
    waiting: list[Future[None]] = field(default_factory=list["Future[None]"])

    @property
    def is_final(self) -> bool:
        return self.known == self.module.version

    def can_answer(self, *, refreshes: bool) -> bool:
        """Whether there are hints to show; what cannot be mended later has to be final."""
        return self.is_final or (refreshes and (self.known != NOT_YET or self.is_early))

    def succeed(self, known: Page) -> None:
        """Take the place of a page that was opened again, or whose cells are others now."""
        self.waiting = known.waiting
        self.owes = known.shown or known.owes
        if known.module is self.module:
            self.edited |= known.edited

    def edit(self, edit: Edit, revision: int) -> None:
        """Follow one edit."""
        cell = self.module.cell_at(edit.start[0] - 1)
        if cell is not None:
            self.edited[cell.uri] = revision
        self.module.apply(edit)
        self.module.version = revision
        self.hints = shift(self.hints, edit)
        self.edits.append((revision, edit))

    def take_early(self, early: Early) -> bool:
        """Take over what is known before everything is; whether hints on screen are now others."""
        if early.version < self.opened or self.known != NOT_YET:
            return False
        before = self.hints
        self.hints, self.is_early = early.hints, True
        for revision, edit in self.edits:
            if revision > early.version:
                self.hints = shift(self.hints, edit)
        return self._changed_since(before)

    def take(self, fresh: Fresh) -> bool:
        """Take over what the worker found; whether hints on screen are now others."""
        if fresh.version < self.opened:
            return False
        self.edits = [(revision, edit) for revision, edit in self.edits if revision > fresh.version]
        before = self.hints
        if fresh.hints is not None:
            self.hints = fresh.hints
            for _, edit in self.edits:
                self.hints = shift(self.hints, edit)
        self.known = fresh.version
        self.inline, self.may_switch = fresh.inline, fresh.may_switch
        owes, self.owes = self.owes, False
        return self._changed_since(before) or owes

    def _changed_since(self, before: Hints) -> bool:
        changed = self.shown and self.hints != before
        self.shown = self.shown and not changed
        return changed

    def release(self) -> None:
        """Let go those who wait for this page."""
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


def to_edit(
    module: Module, cell: Cell, change: types.TextDocumentContentChangeEvent, encoding: Encoding
) -> Edit | None:
    """A client's change of one document as an edit of its module; None when it changes nothing."""
    span: types.Range | None = getattr(change, "range", None)
    if span is None:
        return _whole(module, cell, change.text)
    start = _place(module, cell, span.start, encoding)
    end = _place(module, cell, span.end, encoding)
    return Edit(start, max(start, end), change.text)


def to_place(module: Module, cell: Cell, position: types.Position, encoding: Encoding) -> tuple[int, int]:
    """A client's position as line (from 1) and column of the module."""
    return _place(module, cell, position, encoding)


def lines_of(cell: Cell, lines: tuple[int, int]) -> tuple[int, int]:
    """The lines of a document (from 0, both included) as lines of its module (from 1)."""
    first, last = (min(max(line, 0), cell.count - 1) + cell.first + 1 for line in lines)
    return first, last


def encoded_hints(page: Page, cell: Cell, lines: tuple[int, int], encoding: Encoding, *, parts: bool) -> list[Plain]:
    """The hints on some lines of a document (counting from 0, both included), as they go over the wire."""
    first, last = lines_of(cell, lines)
    module = page.module
    text, key, revision = module.lines, module.key, module.version
    return [
        _encoded(hint, text[hint.line - 1], cell.first, encoding, (key, revision) if parts else None)
        for hint in within(page.hints, first, last)
        if hint.line <= len(text)
    ]


def _encoded(hint: Hint, line: str, first: int, encoding: Encoding, resolvable: tuple[str, int] | None) -> Plain:
    col = len(line.rstrip("\r\n")) if hint.line_end else hint.col
    at: Plain = {"line": hint.line - 1 - first, "character": to_units(line, col, encoding)}
    if resolvable is None:
        return {"position": at, "label": hint.label, "paddingLeft": True}
    data: Plain = [*resolvable, hint.kind, hint.key_line, hint.key_col]
    return {"position": at, "label": [{"value": hint.label}], "paddingLeft": True, "data": data}


def _place(module: Module, cell: Cell, position: types.Position, encoding: Encoding) -> tuple[int, int]:
    """Beyond the document is its end."""
    if position.line >= cell.count:
        last = cell.first + cell.count - 1
        return (last + 1, len(module.lines[last].rstrip("\r\n")))
    line = cell.first + position.line
    return (line + 1, to_code_points(module.lines[line], position.character, encoding))


def _whole(module: Module, cell: Cell, text: str) -> Edit | None:
    """The smallest edit that leads to a whole new text, so that hints around it keep their places."""
    last = cell.first + cell.count - 1
    old = "".join(module.lines[cell.first : last + 1])
    if module.is_notebook:
        old = old.removesuffix("\n")
    if old == text:
        return None
    head = _common(old, text)
    tail = _common(old[head:][::-1], text[head:][::-1])
    # A carriage return stays with the line feed after it.
    if head and old[head - 1] == "\r":
        head -= 1
    if tail and old[-tail] == "\n":
        tail -= 1
    start = _place_of(old[:head], cell.first)
    return Edit(start, _place_of(old[: len(old) - tail], cell.first), text[head : len(text) - tail])


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with together, found by halving."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _place_of(head: str, first: int) -> tuple[int, int]:
    lines = split(head)
    return (first + len(lines), len(lines[-1]))
