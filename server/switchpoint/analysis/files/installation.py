"""Where a Python installation or environment keeps its libraries.

In: a folder (the prefix). Out: its standard library, its site-packages, its version. Everything is read from names of
folders and from small data files; no interpreter is run. This module must not know how the prefix was chosen.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.files.regular_file import Unreadable, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable

Version = tuple[int, int]

# Not asked of sysconfig, which needs a file that a broken installation lacks.
OWN_LIBRARY = Path(os.__file__).parent

_CONFIG_LIMIT = 2**16
_LIBRARY_NAME = re.compile(r"(?:python|pypy)(3)\.(\d{1,3})t?")
_DLL_NAME = re.compile(r"python(3)(\d{1,3})t?\.dll", re.IGNORECASE)
_HEADER_VERSION = re.compile(rb'#define\s+PY_VERSION\s+"(3)\.(\d{1,3})')
_VERSION = re.compile(r"(3)\.(\d{1,3})(?:\D.*)?")


@dataclass(frozen=True, slots=True)
class Library:
    """A standard library: the folder that holds `os.py`."""

    folder: Path
    version: Version | None


def library_in(prefix: Path, version: Version | None) -> Library | None:
    """The standard library of `version` (None: the newest) under an installation's prefix."""
    for found, folder in _versioned(prefix):
        if version in (None, found) and os.path.isfile(folder / "os.py"):
            return Library(folder, found)
    windows = prefix / "Lib"
    if os.path.isfile(windows / "os.py"):
        found = _unversioned(prefix)
        if version is None or found in (None, version):
            return Library(windows, found or version)
    return None


def sites_in(prefix: Path, version: Version | None) -> tuple[Path, ...]:
    """The folders of installed packages under a prefix, in the order in which Python searches them."""
    # Debian keeps packages in `local/` and in a folder without minor version, both named dist-packages.
    candidates = [
        folder / name
        for base in (prefix / "local", prefix)
        for found, folder in _versioned(base)
        if version in (None, found)
        for name in ("site-packages", "dist-packages")
    ]
    candidates += [prefix / "lib" / "python3" / "dist-packages", prefix / "Lib" / "site-packages"]
    return distinct(folder for folder in candidates if os.path.isdir(folder))


def dynload_of(library: Path) -> Path | None:
    """The folder of the standard library's extension modules."""
    for folder in (library / "lib-dynload", library.parent / "DLLs"):
        if os.path.isdir(folder):
            return folder
    return None


def version_in(prefix: Path) -> Version | None:
    """The newest version for which there is a library folder, with or without a standard library in it."""
    return next((version for version, _ in _versioned(prefix)), None) or _unversioned(prefix)


def parse_version(text: str) -> Version | None:
    """`3.12`, `3.12.1`, `3.13.0rc1` as (3, 12), (3, 12), (3, 13)."""
    match = _VERSION.fullmatch(text.strip())
    return _numbers(match) if match else None


def read_config(prefix: Path) -> dict[str, str] | None:
    """The settings of a virtual environment's `pyvenv.cfg`; None when the folder is not one."""
    try:
        text = read_regular(prefix / "pyvenv.cfg", _CONFIG_LIMIT).decode("utf-8", "replace")
    except Unreadable:
        return None
    pairs = (line.partition("=") for line in text.removeprefix("\ufeff").splitlines())
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def joined(base: Path, text: str) -> Path | None:
    """A path that stands in a data file, made absolute; None when it must not be touched.

    A path on another machine's share is refused: only looking at it would use the network and name the user to it.
    """
    try:
        os.fsencode(text)
    except ValueError:
        return None
    if not text or "\0" in text:
        return None
    path = Path(os.path.normpath(base / text))
    if path.drive.startswith("\\\\") and path.drive.lower() != base.drive.lower():
        return None
    return path


def distinct(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths without those that name the same place as an earlier one."""
    seen: dict[str, Path] = {}
    for path in paths:
        seen.setdefault(os.path.realpath(path), path)
    return tuple(seen.values())


def names_in(folder: Path) -> list[str]:
    """The sorted names in a folder; none when it cannot be listed."""
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []


def _versioned(prefix: Path) -> list[tuple[Version, Path]]:
    """Every `lib/pythonX.Y` of a prefix, newest first."""
    frameworks = prefix / "Frameworks" / "Python.framework" / "Versions"
    parents = [prefix / "lib", prefix / "lib64"]
    parents += [frameworks / name / "lib" for name in names_in(frameworks) if parse_version(name)]
    found = [
        (_numbers(match), parent / name)
        for parent in parents
        for name in names_in(parent)
        if (match := _LIBRARY_NAME.fullmatch(name))
    ]
    # A stable sort: of equal versions `lib` stays before `lib64`, and `python3.13` before `python3.13t`.
    return sorted(found, key=lambda item: item[0], reverse=True)


def _unversioned(prefix: Path) -> Version | None:
    """The version of an installation whose library folder does not name it, as on Windows."""
    for name in names_in(prefix):
        if match := _DLL_NAME.fullmatch(name):
            return _numbers(match)
    for header in (prefix / "include" / "patchlevel.h", prefix / "Include" / "patchlevel.h"):
        try:
            match = _HEADER_VERSION.search(read_regular(header, _CONFIG_LIMIT))
        except Unreadable:
            continue
        if match:
            return int(match[1]), int(match[2])
    return None


def _numbers(match: re.Match[str]) -> Version:
    return int(match[1]), int(match[2])
