"""What installed packages add to the search path, read as data.

In: site-packages folders. Out: the folders that their `.pth` files name, and the modules that setuptools' editable
installs map to a place. Lines of code in `.pth` files and in finders are never run. This module must not know modules.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

from switchpoint.analysis.files.installation import distinct, joined, names_in
from switchpoint.analysis.files.regular_file import Unreadable, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FILE_LIMIT = 2**20
_MOST_FILES = 2_000
_MOST_LINES = 10_000
# Each of these is looked through for every name that is nowhere.
_MOST_FOLDERS = 1_000
_MOST_MAPPED = 5_000


@dataclass(frozen=True, slots=True)
class Editable:
    """A module that an editable install maps: `path` is its package folder or its file.

    `is_namespace`: the name is a namespace package, and `path` one of its portions.
    """

    name: str
    path: Path
    is_namespace: bool = False


def with_path_files(sites: Sequence[Path]) -> tuple[Path, ...]:
    """The site folders, each followed by the existing folders that its `.pth` files name."""
    return distinct(islice((folder for site in sites for folder in (site, *_path_lines(site))), _MOST_FOLDERS))


def editables_in(sites: Sequence[Path]) -> tuple[Editable, ...]:
    """The mappings of setuptools' editable finders, in the order of their files."""
    mapped = (
        editable
        for site in sites
        for name in _names(site, "__editable___", "_finder.py")
        for editable in _mappings(site, _text(site / name))
    )
    return tuple(islice(mapped, _MOST_MAPPED))


def _path_lines(site: Path) -> Iterator[Path]:
    for name in _names(site, "", ".pth"):
        for line in _text(site / name).splitlines()[:_MOST_LINES]:
            if not line.strip() or line.startswith(("#", "import ", "import\t")):
                continue
            path = joined(site, line.strip())
            if path is not None and os.path.isdir(path):
                yield path


def _names(site: Path, start: str, end: str) -> list[str]:
    wanted = (n for n in names_in(site) if n.startswith(start) and n.endswith(end) and not n.startswith("."))
    return list(wanted)[:_MOST_FILES]


def _text(path: Path) -> str:
    try:
        return read_regular(path, _FILE_LIMIT).decode("utf-8-sig", "replace")
    except Unreadable:
        return ""


def _mappings(site: Path, text: str) -> Iterator[Editable]:
    tables = _literal_tables(text)
    for name, place in tables.get("MAPPING", {}).items():
        yield from _editable(site, name, place, is_namespace=False)
    for name, places in tables.get("NAMESPACES", {}).items():
        listed = cast("list[object]", places) if isinstance(places, list) else []
        for place in listed:
            yield from _editable(site, name, place, is_namespace=True)


def _editable(site: Path, name: object, place: object, *, is_namespace: bool) -> Iterator[Editable]:
    if not isinstance(name, str) or not isinstance(place, str):
        return
    path = joined(site, place)
    if path is None:
        return
    # A single module stands in the table without its suffix or with it, depending on the version of setuptools.
    if not is_namespace and not os.path.isdir(path) and path.suffix != ".py":
        path = path.with_name(path.name + ".py")
    yield Editable(name, path, is_namespace)


def _literal_tables(text: str) -> dict[str, dict[object, object]]:
    """The module-level dict displays that are pure literals, by the name to which they are bound."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    tables: dict[str, dict[object, object]] = {}
    for statement in body:
        name, value = _binding(statement)
        if name in ("MAPPING", "NAMESPACES") and isinstance(value, ast.Dict):
            try:
                tables[name] = ast.literal_eval(value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue
    return tables


def _binding(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case _:
            return "", None
