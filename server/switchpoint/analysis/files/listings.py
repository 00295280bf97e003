"""What stands in folders, asked of the disk once per folder.

In: folders. Out: the names in them that an import could mean. A name is there only if the listing spells it so: on
disks that ignore case, `import Foo` does not find `foo.py`. This module must not know search paths.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXTENSION_ENDS = (".so", ".pyd")
_CODE_ENDS = (".py", ".pyi", ".pyc")
# Bounds the memory that one hostile folder can take.
_MOST_ENTRIES = 200_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One folder: subfolders and files by full name, extension modules by the name that imports them.

    `names` are those that an import could ask for: what is not among them is not in the folder in any form.
    """

    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    extensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    names: frozenset[str] = frozenset()

    @property
    def is_regular_package(self) -> bool:
        """Whether the folder itself is a package with a body, or a stub of one."""
        return not self.files.isdisjoint(("__init__.py", "__init__.pyi", "__init__.pyc")) or (
            "__init__" in self.extensions
        )


_NOTHING = Listing()


class Listings:
    """A cache of listings. What changed on disk must be told through `forget`."""

    def __init__(self) -> None:
        self._known: dict[str, Listing] = {}

    def of(self, folder: Path) -> Listing:
        """The listing of a folder; empty when it is none or cannot be read."""
        key = str(folder)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _listed(key)
        return found

    def known(self) -> dict[str, Listing]:
        """Every listing that was asked for, by folder."""
        return dict(self._known)

    def forget(self, paths: Iterable[Path]) -> None:
        """Drops the paths with all below them, and the folders above them: they may be new as well."""
        gone = {str(path) for path in paths}
        above = {str(folder) for path in gone for folder in Path(path).parents}
        for key in list(self._known):
            if key in above or key in gone or any(str(folder) in gone for folder in Path(key).parents):
                del self._known[key]


def leads_to_folder(entry: os.DirEntry[str], *, follow: bool = True) -> bool:
    """Whether an entry is a folder; a link that leads in a circle raises in the standard library, and is none."""
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def leads_to_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file, or a link to one."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _listed(folder: str) -> Listing:
    folders: set[str] = set()
    files: set[str] = set()
    extensions: dict[str, tuple[str, ...]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _MOST_ENTRIES):
                name = entry.name
                if name.endswith(_CODE_ENDS) and leads_to_file(entry):
                    files.add(name)
                elif name.endswith(EXTENSION_ENDS) and leads_to_file(entry):
                    stem = name.partition(".")[0]
                    extensions[stem] = (*extensions.get(stem, ()), name)
                elif _may_be_package(name) and leads_to_folder(entry):
                    folders.add(name)
    except (OSError, ValueError):
        return _NOTHING
    names = folders.union(extensions, (file.rpartition(".")[0] for file in files))
    return Listing(frozenset(folders), frozenset(files), extensions, frozenset(names))


def _may_be_package(name: str) -> bool:
    return name.isidentifier() or name.removesuffix("-stubs").isidentifier()
