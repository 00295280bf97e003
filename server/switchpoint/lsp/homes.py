"""Which `Workspace` a file belongs to: one for each folder of the editor, each with its own settings and environment.

In: folders with the editor's settings. Out: workspaces, made when first needed. This module must not know modules or
messages.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis import EnvironmentNotFound, Workspace, read_settings_table
from switchpoint.settings import Settings, over, parse_project
from switchpoint.wording import Assumptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from switchpoint.lsp.messages import Folder
    from switchpoint.observer import Observed

log = logging.getLogger("switchpoint.lsp")

OBSERVED = Path(".switchpoint", "observed.json")


@dataclass(slots=True)
class Home:
    """One folder, or one lone file. `settings` are the ones in force, `refused` what was wrong with the project's."""

    root: Path
    settings: Settings
    refused: tuple[str, ...] = ()
    is_folder: bool = True
    _workspace: Workspace | None = field(default=None)
    _observed: Observed | None = field(default=None)

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            python = self.settings.python
            try:
                self._workspace = self._open(self._beside(python) if python else None)
            except EnvironmentNotFound as error:
                self.refused = (*self.refused, str(error))
                self._workspace = self._open(None)
            version = ".".join(map(str, self._workspace.python_version))
            log.info("%s is analysed for Python %s%s", self.root, version, f" ({python})" if python else "")
        return self._workspace

    @property
    def _folder(self) -> Path:
        return self.root if self.is_folder else self.root.parent

    def assumptions(self) -> Assumptions:
        version = self.workspace.python_version
        return Assumptions(version, self.settings.eager_tasks, self.settings.overrides)

    def _open(self, python: Path | None) -> Workspace:
        return Workspace(
            [self.root],
            python=python,
            python_version=self.settings.python_version or None,
            overrides=self.settings.overrides,
            eager_tasks=self.settings.eager_tasks,
            exclude=self.settings.exclude,
        )

    def _beside(self, python: str) -> Path:
        """A path in settings is meant from the folder that they are for."""
        return self._folder / Path(python).expanduser()

    @property
    def observed(self) -> Observed:
        """What programs were seen to do. A file that cannot be read is told of once."""
        if self._observed is None:
            from switchpoint.observer import load  # noqa: PLC0415 - the first hover needs it, the first hints do not

            self._observed = load(self._folder / OBSERVED)
            if self._observed.problem:
                self.refused = (*self.refused, self._observed.problem)
        return self._observed

    def disk_changed(self, paths: list[Path]) -> None:
        """Files were created, changed or deleted. What was never looked at cannot be stale."""
        if any(path.name == OBSERVED.name for path in paths):
            self._observed = None
        if self._workspace is not None:
            self._workspace.disk_changed(paths)

    def save(self, cancelled: Callable[[], bool]) -> int:
        """Keep what was learned for the next process; returns how many answers left memory."""
        return 0 if self._workspace is None else self._workspace.save(cancelled)

    def reset(self) -> None:
        """Begin anew when next asked."""
        self._workspace = None


class Homes:
    """The homes of all files. A file outside of every folder shares one with its neighbours."""

    def __init__(self) -> None:
        self._folders: dict[Path, Home] = {}
        self._loners: dict[Path, Home] = {}
        self._given: tuple[Folder, ...] = ()
        self._default = Settings()
        self._told: set[str] = set()

    def configure(self, folders: tuple[Folder, ...], default: Settings) -> None:
        """Take over folders and settings; homes for which nothing changed keep what they know."""
        self._given, self._default = folders, default
        homes: dict[Path, Home] = {}
        for folder in folders:
            home = _home(Path(folder.path), folder.settings)
            known = self._folders.get(home.root)
            homes[home.root] = _kept(known, home)
        self._folders = homes
        self._loners = {
            parent: _kept(home, Home(home.root, default, is_folder=False)) for parent, home in self._loners.items()
        }

    def reload(self) -> None:
        """Environments or settings of projects changed on disk: read them again, and begin anew."""
        self.configure(self._given, self._default)
        for home in self.all():
            home.reset()

    def news(self) -> tuple[str, ...]:
        """What the user is to be told, once each."""
        texts = dict.fromkeys(text for home in self.all() for text in home.refused)
        new = tuple(text for text in texts if text not in self._told)
        self._told.update(new)
        return new

    def has(self, path: Path) -> bool:
        """Whether a file is in one of the folders, or beside a file that is at home alone."""
        return path.parent in self._loners or any(parent in self._folders for parent in path.parents)

    def of(self, path: Path) -> Home:
        """The home of a file: the innermost folder around it."""
        for parent in path.parents:
            if parent in self._folders:
                return self._folders[parent]
        # The file alone, not its folder: that may be a home directory or a disk.
        return self._loners.setdefault(path.parent, Home(path, self._default, is_folder=False))

    def all(self) -> tuple[Home, ...]:
        return (*self._folders.values(), *self._loners.values())


def _home(root: Path, editor: Settings) -> Home:
    found = read_settings_table(root)
    if found.path is None or found.problem:
        return Home(root, editor, (found.problem,) if found.problem else ())
    parsed = parse_project(found.table, found.path)
    return Home(root, over(editor, parsed.settings), parsed.messages)


def _kept(known: Home | None, new: Home) -> Home:
    """The known home if the analysis would be the same; settings that only change what is shown do not matter."""
    if known is None or _analysis(known.settings) != _analysis(new.settings):
        return new
    known.settings, known.refused = new.settings, new.refused
    return known


def _analysis(settings: Settings) -> tuple[object, ...]:
    return (settings.overrides, settings.eager_tasks, settings.python_version, settings.python, settings.exclude)
