"""What the editors of these tests share: a project to look at, the server on PATH, and what becomes of a session.

In: a temporary folder. Out: an environment in which the settings of README.md work as they stand.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from editors.readme import ROOT

ARTEFACTS = ROOT / "artefacts" / "editors"

CACHE = """\
import asyncio


class Cache:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.entries = {}

    async def put(self, key, value):
        async with self.lock:
            await self.forget(key)
            self.entries[key] = value

    async def forget(self, key):
        self.entries.pop(key, None)


async def main():
    cache = Cache()
    await cache.put("a", 1)
"""

PROVED = "await self.forget(key)"
BODY = "self.entries.pop(key, None)"
SWITCHES = "await asyncio.sleep(0)"


@dataclass(frozen=True)
class Desk:
    """A home without settings of its own, and a project in it with one file."""

    home: Path
    project: Path
    environment: dict[str, str]

    @property
    def file(self) -> Path:
        return self.project / "cache.py"


def lay(folder: Path) -> Desk:
    """A desk in an empty folder. The program is the one beside this interpreter."""
    home, project = folder / "home", folder / "project"
    for each in (home, project):
        each.mkdir()
    (project / "cache.py").write_text(CACHE, encoding="utf-8")
    (project / "pyproject.toml").write_text("", encoding="utf-8")
    beside = str(Path(sys.executable).parent)
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join([beside, os.environ.get("PATH", os.defpath)]),
        "SWITCHPOINT_CACHE_DIR": os.environ["SWITCHPOINT_CACHE_DIR"],
        "TERM": "screen-256color",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
    environment |= {name: str(home / name.lower()) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    return Desk(home, project, environment)


def program(*names: str) -> str:
    """The first of these programs that is installed; without any, the test is skipped."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux, which is the terminal, is not installed")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"{' or '.join(names)} is not installed")
    return found


def keep(name: str, *screens: str) -> None:
    """Keep what a session showed, one screen after the other, to be looked at."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    line = "─" * 100
    (ARTEFACTS / f"{name}.txt").write_text(f"\n{line}\n".join(screens) + "\n", encoding="utf-8")
