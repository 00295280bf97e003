"""Open modules: lines that are spliced in place, so that a keystroke does not cost the whole file.

In: texts, edits, notebook cells. Out: the lines of one module, and where a cell's lines are among them. A plain file
is a module of one cell. Both processes keep the same modules by the same edits; this module must not know the
protocol.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

from switchpoint.features.edits import Edit


@dataclass(frozen=True, slots=True)
class Cell:
    """The lines of one document inside a module: `first` counts from 0."""

    uri: str
    first: int
    count: int


@dataclass(slots=True)
class Module:
    """What is analysed as one module. `lines` keep their ends, and there is always a last one."""

    key: str
    path: str
    version: int
    lines: list[str]
    cells: list[Cell] = field(default_factory=list[Cell])
    is_notebook: bool = False

    def text(self) -> str:
        """The text under analysis: magics of notebooks are comments as long, a byte order mark is a form feed, which
        says as little and keeps columns."""
        if self.is_notebook:
            return "".join(_without_magic(line) for line in self.lines)
        return "".join(("\f", self.lines[0][1:], *self.lines[1:]) if self.lines[0][:1] == "\ufeff" else self.lines)

    def cell(self, uri: str) -> Cell | None:
        """Where a document's lines are."""
        return next((cell for cell in self.cells if cell.uri == uri), None)

    def cell_at(self, line: int) -> Cell | None:
        """The document that has a line (counting from 0)."""
        return next((cell for cell in self.cells if cell.first <= line < cell.first + cell.count), None)

    def apply(self, edit: Edit) -> None:
        """Splice the lines; cells below move along."""
        splice(self.lines, edit)
        added = edit.lines_added
        if added:
            self.cells = [_moved(cell, edit.start[0] - 1, added) for cell in self.cells]


def open_file(uri: str, path: str, version: int, text: str) -> Module:
    """A module of one document."""
    lines = split(text)
    return Module(uri, path, version, lines, [Cell(uri, 0, len(lines))])


def open_notebook(uri: str, path: str, version: int, cells: list[tuple[str, str]]) -> Module:
    """A module of the cells of a notebook, given by uri and text in their order."""
    module = Module(uri, path, version, [], is_notebook=True)
    set_cells(module, [(cell, cell_lines(text)) for cell, text in cells])
    return module


def set_cells(module: Module, cells: list[tuple[str, list[str]]]) -> Edit:
    """Replace all cells of a notebook; the edit that says the same."""
    old_end = (max(len(module.lines), 1), len(module.lines[-1]) if module.lines else 0)
    lines: list[str] = []
    placed: list[Cell] = []
    for uri, own in cells:
        placed.append(Cell(uri, len(lines), len(own)))
        lines += own
    module.lines, module.cells = [*lines, ""], placed
    return Edit((1, 0), old_end, "".join(lines))


def cell_lines(text: str) -> list[str]:
    """The lines of a cell inside its module, where even its last line is ended."""
    lines = split(text)
    return [*lines[:-1], lines[-1] + "\n"]


def split(text: str) -> list[str]:
    r"""Lines as editors and Python's tokenizer count them, by \n, \r\n and \r only, the last one never missing."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines


def splice(lines: list[str], edit: Edit) -> None:
    """Replace a stretch of text in place, touching only the lines it is on."""
    first, last = edit.start[0] - 1, edit.end[0] - 1
    middle = lines[first][: edit.start[1]] + edit.text + lines[last][edit.end[1] :]
    if middle.startswith("\n") and first > 0 and lines[first - 1].endswith("\r"):
        first -= 1
        middle = lines[first] + middle
    if middle.endswith("\r") and last + 1 < len(lines) and lines[last + 1].startswith("\n"):
        last += 1
        middle += lines[last]
    new = split(middle)
    if last + 1 < len(lines) and new[-1] == "":
        new.pop()
    lines[first : last + 1] = new


def _moved(cell: Cell, edited: int, added: int) -> Cell:
    if cell.first <= edited < cell.first + cell.count:
        return replace(cell, count=cell.count + added)
    return replace(cell, first=cell.first + added) if cell.first > edited else cell


def _without_magic(line: str) -> str:
    """Lines that only a notebook understands become comments; columns of the rest stay."""
    stripped = line.lstrip()
    if stripped.startswith(("%", "!", "?")) or stripped.rstrip().endswith("?"):
        indent = len(line) - len(stripped)
        return line[:indent] + "#" + stripped[1:]
    return line
