"""The analysis asked "what if": a text is put in place of the open one, reports are taken, and the text is put back.

In: a workspace, the open file that is acted on, a changed text. Out: what the analysis then says. Nobody else may ask
the workspace meanwhile. This module must not know what is refactored.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.refactor.reading import split

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from switchpoint.analysis import FileReport, Workspace
    from switchpoint.refactor.proposals import TextEdit


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a refactoring takes place: `path` is open in the editor, which is why its text can be replaced for a while.

    `others` are open files that the workspace's roots may not have. `is_whole` says that everything that may use a
    module of the workspace is analysed, which does not hold for a file that is open without its folder. `cells` are the
    first lines of a notebook's cells, in order: each is run by itself, where `await` stands at the top.
    """

    workspace: Workspace
    path: Path
    others: tuple[Path, ...] = ()
    is_whole: bool = True
    cancelled: Callable[[], bool] = lambda: False
    cells: tuple[int, ...] = ()

    def cell_of(self, line: int) -> int:
        """Which cell of a notebook has a line; in a file all lines are of one."""
        return bisect_right(self.cells, line)

    def report(self, path: Path | None = None) -> FileReport:
        return self.workspace.report(path or self.path, self.cancelled)

    def files(self) -> tuple[Path, ...]:
        """Every file that may use a name, the open one first."""
        return tuple(dict.fromkeys((self.path, *self.others, *self.workspace.files())))


@contextmanager
def instead(ground: Ground, text: str) -> Generator[None]:
    """While it lasts, the open file has another text."""
    before = ground.workspace.text(ground.path)
    ground.workspace.set_text(ground.path, text)
    try:
        yield
    finally:
        ground.workspace.set_text(ground.path, before)


def applied(text: str, edits: tuple[TextEdit, ...]) -> str:
    """The text after edits that are in order and do not overlap."""
    lines = split(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, col: int) -> int:
        return min(starts[min(line - 1, len(lines))] + col, len(text))

    for edit in reversed(edits):
        span = edit.span
        text = text[: offset(span.line, span.col)] + edit.text + text[offset(span.end_line, span.end_col) :]
    return text
