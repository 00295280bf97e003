"""What every sentence is made with: emphasis and code, counted nouns, texts and places cut to what people read.

In: texts, numbers, paths. Out: parts of sentences. This module must not know what is said with them.
"""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_CODE = 60
_INSTALLED = ("site-packages", "dist-packages")
_PYTHON_FOLDER = re.compile(r"python3\.\d+t?")
_PADDED = re.compile(r"(?<=[(\[{]) | (?=[)\]}])")


class Markup(Protocol):
    """How emphasis, code and links are written; `features/markup.py` and `terminal.py` have the ways."""

    def strong(self, text: str) -> str: ...

    def plain(self, text: str) -> str: ...

    def code(self, text: str) -> str: ...

    def place(self, path: Path, line: int) -> str: ...

    def lines(self, lines: list[str]) -> str: ...


def clipped(code: str) -> str:
    """Code on one line, without the blanks that a line end left inside brackets, cut where it gets long."""
    tight = _PADDED.sub("", code)
    return tight if len(tight) <= LONGEST_CODE else tight[: LONGEST_CODE - 1] + "…"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: list[str], rest: int = 0) -> str:
    """Names as a sentence has them; `rest` more of them are only counted."""
    *others, last = [*names, f"{rest} more"] if rest else names
    return f"{', '.join(others)} and {last}" if others else last


def short_place(path: PurePath) -> str:
    """A library's file from its package on; any other with the folder it is in."""
    return library_place(path) or "/".join(path.parts[-2:] if len(path.parts) > 2 else (path.name,))


def library_place(path: PurePath) -> str:
    """`asyncio/tasks.py` for a library's file, which says more than where it is installed; "" for other files."""
    return "/".join(_in_library(path))


def package(path: PurePath) -> str:
    """The top-level package of a library's file, "" for other files."""
    installed = _in_library(path)
    return installed[0].removesuffix(".py") if installed else ""


def _in_library(path: PurePath) -> tuple[str, ...]:
    """The parts of a path below the folder from which libraries are imported; () where it is not in one."""
    parts = path.parts
    for index in range(len(parts) - 2, 0, -1):
        part, above = parts[index], parts[index - 1]
        if part in _INSTALLED or (_PYTHON_FOLDER.fullmatch(part) and above.startswith("lib")):
            return parts[index + 1 :]
        if isinstance(path, PureWindowsPath) and part == "Lib":
            return parts[index + 1 :]
    return ()
