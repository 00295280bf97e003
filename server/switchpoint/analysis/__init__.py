"""The facade: the only door through which features, lsp and cli reach the analysis.

In: folders, files, open texts, an environment. Out: reports and reasons, as the plain data of `verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from switchpoint.analysis.verdicts import (
    Effect,
    FileReport,
    Function,
    Problem,
    Reason,
    Site,
    SiteKind,
    Span,
    Step,
    TaskStart,
    Unresolved,
    Verdict,
)

__all__ = [
    "Cancelled",
    "Effect",
    "FileReport",
    "Function",
    "Problem",
    "Reason",
    "Site",
    "SiteKind",
    "Span",
    "Step",
    "TaskStart",
    "Unresolved",
    "Verdict",
    "Workspace",
]


class Cancelled(Exception):
    """The caller's `cancelled()` said so between two steps; nothing was lost or half done."""


class Workspace:
    """Files under analysis, against one environment. Not thread-safe: one owner thread at a time.

    `roots` are files or folders whose Python files are analysed (respecting .gitignore and `exclude`).
    """

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        python: Path | None = None,
        python_version: str | None = None,
        overrides: str = "known",
        eager_tasks: bool = False,
        exclude: Sequence[str] = (),
        cache: bool = True,
    ) -> None: ...

    @property
    def python_version(self) -> tuple[int, int]:
        """The target version, which changes verdicts."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions about the environment in words ("standard library of the server's own Python 3.11")."""
        ...

    def files(self) -> tuple[Path, ...]:
        """The analysed files, sorted; problems of walking are in `problems`."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]: ...

    def set_text(self, path: Path, text: str) -> None:
        """An editor's text replaces the disk's (the path need not exist on disk)."""
        ...

    def drop_text(self, path: Path) -> None:
        """The editor closed the file: the disk counts again."""
        ...

    def disk_changed(self, paths: Iterable[Path]) -> None:
        """Watched files were created, changed or deleted."""
        ...

    def text(self, path: Path) -> str:
        """The text under analysis; "" when it cannot be read."""
        ...

    def report(self, path: Path, cancelled: Callable[[], bool] = lambda: False) -> FileReport:
        """Every site of a file with its effect. Raises `Cancelled`."""
        ...

    def reason(self, site: Site, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why `site` is not inline; None when it is. Raises `Cancelled`."""
        ...

    def function_reason(self, function: Function, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why calling and awaiting `function` may switch; None when it never does. Raises `Cancelled`."""
        ...
