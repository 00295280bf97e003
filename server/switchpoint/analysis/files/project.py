"""A project's settings, as its pyproject.toml has them.

In: a file or folder. Out: the table `[tool.switchpoint]` of the nearest pyproject.toml that has one, as plain data, or
one sentence why it cannot be read. This module must not know which settings there are.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from switchpoint.analysis.files.regular_file import Unreadable, read_regular

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILE = "pyproject.toml"
PROJECT_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class SettingsTable:
    """What a project says. `path` is its pyproject.toml, if any; `table` is no mapping if the file has none."""

    path: Path | None = None
    table: object = field(default_factory=dict[str, object])
    problem: str = ""


def read_settings_table(start: Path) -> SettingsTable:
    """The settings nearest to an absolute path; one that cannot be read ends the search and is a problem."""
    for folder in (start, *start.parents):
        path = folder / PROJECT_FILE
        try:
            if not path.is_file():
                continue
            table = _table(read_regular(path, PROJECT_LIMIT))
        except (Unreadable, OSError) as error:
            return SettingsTable(path, problem=f"{path}: {error}; its settings are ignored.")
        except (ValueError, RecursionError) as error:
            return SettingsTable(path, problem=f"{path}: not valid TOML ({error}); its settings are ignored.")
        if table is not None:
            return SettingsTable(path, table)
    return SettingsTable()


def _table(data: bytes) -> object:
    """The table, or whatever stands in its place; None when there is nothing."""
    toml: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    document: dict[str, object] = toml.loads(data.decode("utf-8"))
    tool = document.get("tool")
    return cast("dict[str, object]", tool).get("switchpoint") if isinstance(tool, dict) else None
