"""Which file an import means.

In: an environment, the folders and files of the user's own code, dotted names. Out: module files. The order is that of
an import: builtin modules, the user's roots, the standard library, installed packages, what editable installs map. This
module must not know what is in a file.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.files.installation import OWN_LIBRARY, dynload_of
from switchpoint.analysis.files.listings import EXTENSION_ENDS, Listing, Listings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from switchpoint.analysis.files.environment import Environment

_LONGEST_NAME = 1_000
_MOST_PARTS = 64
_EXTENSION_TAG = re.compile(r"\.(?:cpython-|cp)(3\d{1,3})")


class ModuleKind(Enum):
    """What an import of the module would load."""

    SOURCE = "source"
    STUB = "stub"
    EXTENSION = "extension"
    NAMESPACE = "namespace"
    BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A module and where it stands.

    `path` is what an import would load: source, or code without source for an `EXTENSION`; the stub again for a `STUB`,
    of which there is nothing else; None for a `BUILTIN` and for a `NAMESPACE`, whose folders are its `portions`.
    """

    name: str
    kind: ModuleKind
    path: Path | None
    is_package: bool
    stub: Path | None = None
    portions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A module with the folders in which its submodules, and stubs of them, are sought."""

    module: ModuleFile
    folders: tuple[Path, ...] = ()
    stub_folders: tuple[Path, ...] = ()


class Modules:
    """Finds modules. Answers depend on what is on disk and on nothing asked before."""

    def __init__(self, environment: Environment, roots: Sequence[Path]) -> None:
        self._environment = environment
        self._roots = tuple(Path(os.path.abspath(root)) for root in roots)
        self._listings = Listings()
        self._own_dynload = dynload_of(OWN_LIBRARY)
        self._start()

    def find(self, name: str, near: Path | None = None) -> ModuleFile | None:
        """The module of an absolute dotted name.

        `near` is the importing file. What nothing else provides is sought beside the top-most package around it too, as
        for a script or a project nested in a larger one; it never shadows another module.
        """
        place = self._place(name, self._base_near(near) if near else None)
        return place.module if place else None

    def find_relative(self, path: Path, level: int, name: str) -> ModuleFile | None:
        """The module of `from {"." * level}{name} import ...` in the file `path`; None when there is none."""
        path = Path(os.path.abspath(path))
        own = self.name_of(path).split(".")
        package = own if path.stem == "__init__" else own[:-1]
        kept = len(package) - (level - 1)
        if level < 1 or kept < 1 or level > _MOST_PARTS:
            return None
        place = self._package(".".join(package[:kept]), path.parents[level - 1], self._base_near(path))
        for part in name.split(".") if name else ():
            place = self._child(place, part) if place else None
        return place.module if place else None

    def listed(self) -> dict[str, Listing]:
        """The folders that were looked into, and what was found there."""
        return self._listings.known()

    def listing(self, folder: str) -> Listing:
        """What an import can find in a folder."""
        return self._listings.of(Path(folder))

    def name_of(self, path: Path) -> str:
        """The dotted name by which an import finds this file; a script outside everything has its stem."""
        path = Path(os.path.abspath(path))
        name = self._names.get(path)
        if name is None:
            name = self._names[path] = self._named(path)
        return name

    def children(self, name: str) -> tuple[str, ...]:
        """The last names of the modules that stand in a package, sorted; () when it is none."""
        place = self._place(name, None)
        found: set[str] = set()
        for folder in () if place is None else place.folders:
            listing = self._listings.of(folder)
            found |= {file.removesuffix(".py") for file in listing.files if file.endswith(".py")}
            found |= {inner for inner in listing.folders if inner.isidentifier()}
        return tuple(sorted(found - {"__init__"}))

    def forget(self, paths: Iterable[Path]) -> None:
        """These files or folders were created, changed or deleted."""
        self._listings.forget(Path(os.path.abspath(path)) for path in paths)
        self._start()

    def _start(self) -> None:
        environment = self._environment
        installed = (environment.stdlib, environment.stdlib_dynload, *environment.search_paths)
        self._installed = tuple(path for path in installed if path is not None)
        own = dict.fromkeys(base for root in self._roots for base in self._bases_of(root))
        self._own = tuple(base for base in own if base not in self._installed)
        self._bases = (*self._own, *dict.fromkeys(self._installed))
        self._places: dict[tuple[str, Path | None], _Place | None] = {}
        self._names: dict[Path, str] = {}
        self._near: dict[Path, Path | None] = {}

    def _bases_of(self, root: Path) -> Iterator[Path]:
        if not os.path.isdir(root):
            yield self._above_package(root.parent)
            return
        yield self._above_package(root)
        source = root / "src"
        if os.path.isdir(source) and not self._listings.of(source).is_regular_package:
            yield source

    def _above_package(self, folder: Path) -> Path:
        """The nearest folder, this one or above it, that is not itself a regular package."""
        while self._listings.of(folder).is_regular_package and folder != folder.parent:
            folder = folder.parent
        return folder

    def _base_near(self, path: Path) -> Path | None:
        folder = Path(os.path.abspath(path)).parent
        if folder not in self._near:
            base = self._above_package(folder)
            self._near[folder] = base if self._is_own(base) and base not in self._bases else None
        return self._near[folder]

    def _is_own(self, base: Path) -> bool:
        """Whether the nearest known folder around this one is the user's: an environment may lie within a project."""
        around = (base, *base.parents)
        return next((folder in self._own for folder in around if folder in self._bases), False)

    def _place(self, name: str, near: Path | None) -> _Place | None:
        parts = name.split(".")
        if len(name) > _LONGEST_NAME or len(parts) > _MOST_PARTS or not all(part.isidentifier() for part in parts):
            return None
        place: _Place | None = None
        for count, part in enumerate(parts, start=1):
            key = (".".join(parts[:count]), near)
            if key not in self._places:
                self._places[key] = self._child(place, part) if place else self._top(part, near)
            place = self._places[key]
            if place is None:
                return None
        return place

    def _top(self, name: str, near: Path | None) -> _Place | None:
        if name in sys.builtin_module_names:
            return _Place(ModuleFile(name, ModuleKind.BUILTIN, None, is_package=False))
        bases = self._bases if near is None else (*self._bases, near)
        stub_package = f"{name}-stubs"
        stubs = tuple(base / stub_package for base in bases if stub_package in self._listings.of(base).folders)
        return self._sought(name, name, bases, stubs) or self._builtin_elsewhere(name)

    def _child(self, parent: _Place, part: str) -> _Place | None:
        stubs = tuple(f / part for f in parent.stub_folders if part in self._listings.of(f).folders)
        name = f"{parent.module.name}.{part}"
        return self._sought(name, part, parent.folders, stubs, parent.stub_folders)

    def _package(self, name: str, folder: Path, near: Path | None) -> _Place | None:
        """The package of this name if `folder` is part of it, else the folder by itself."""
        place = self._place(name, near)
        if place and folder in place.folders:
            return place
        return self._merged(name, [self._in_folder(folder.parent, folder.name, name)], (), None)

    def _sought(
        self,
        name: str,
        part: str,
        folders: Sequence[Path],
        stub_packages: tuple[Path, ...],
        stub_folders: Sequence[Path] = (),
    ) -> _Place | None:
        """The first regular module on the way, else what namespace portions and stubs there are."""
        hits: list[ModuleFile | None] = []
        for folder in folders:
            hit = self._in_folder(folder, part, name)
            hits.append(hit)
            if hit and hit.kind in (ModuleKind.SOURCE, ModuleKind.EXTENSION):
                break
        else:
            hits.extend(self._mapped(name))
        return self._merged(name, hits, stub_packages, self._stub_among(part, stub_packages, stub_folders))

    def _merged(
        self, name: str, hits: Sequence[ModuleFile | None], stub_packages: tuple[Path, ...], stub: Path | None
    ) -> _Place | None:
        found = [hit for hit in hits if hit]
        stub = stub or next((hit.stub for hit in found if hit.stub), None)
        for hit in found:
            if hit.path and hit.kind in (ModuleKind.SOURCE, ModuleKind.EXTENSION):
                folders = (hit.path.parent,) if hit.is_package else ()
                return _Place(replace(hit, stub=stub), folders, stub_packages)
        portions = tuple(dict.fromkeys(portion for hit in found for portion in hit.portions))
        if not (found or stub or stub_packages):
            return None
        kind = ModuleKind.STUB if stub else ModuleKind.NAMESPACE
        is_package = bool(stub_packages) or any(hit.is_package for hit in found)
        return _Place(ModuleFile(name, kind, stub, is_package, stub, portions), portions, stub_packages)

    def _stub_among(self, part: str, packages: Sequence[Path], folders: Sequence[Path]) -> Path | None:
        for package in packages:
            if "__init__.pyi" in self._listings.of(package).files:
                return package / "__init__.pyi"
        for folder in folders:
            if f"{part}.pyi" in self._listings.of(folder).files:
                return folder / f"{part}.pyi"
        return None

    def _in_folder(self, folder: Path, part: str, name: str) -> ModuleFile | None:
        """What one folder has for a name. A package comes before a module, compiled code before source."""
        listing = self._listings.of(folder)
        if part not in listing.names:
            return None
        inner = folder / part
        is_folder = part in listing.folders
        if is_folder and (path := self._loaded(inner, "__init__")):
            return self._module(name, path, is_package=True)
        if path := self._loaded(folder, part):
            return self._module(name, path, is_package=False)
        stub = self._stub_among(part, (inner,) if is_folder else (), (folder,))
        if stub or is_folder:
            kind = ModuleKind.STUB if stub else ModuleKind.NAMESPACE
            return ModuleFile(name, kind, stub, is_folder, stub, (inner,) if is_folder else ())
        return None

    def _loaded(self, folder: Path, stem: str) -> Path | None:
        listing = self._listings.of(folder)
        for file in sorted(listing.extensions.get(stem, ())):
            if self._is_for_target(file):
                return folder / file
        return next((folder / f"{stem}{end}" for end in (".py", ".pyc") if f"{stem}{end}" in listing.files), None)

    def _is_for_target(self, file: str) -> bool:
        """An extension module tagged for another Python is not seen by an import."""
        tag = _EXTENSION_TAG.search(file)
        return tag is None or tag[1] == "{}{}".format(*self._environment.version)

    def _module(self, name: str, path: Path, *, is_package: bool) -> ModuleFile:
        kind = ModuleKind.SOURCE if path.suffix == ".py" else ModuleKind.EXTENSION
        stub = path.with_name(path.name.partition(".")[0] + ".pyi")
        has_stub = stub.name in self._listings.of(path.parent).files
        return ModuleFile(name, kind, path, is_package, stub if has_stub else None)

    def _mapped(self, name: str) -> Iterator[ModuleFile]:
        """What editable installs map to this name, and the namespaces that the mapped names imply."""
        for editable in self._environment.editables:
            if editable.name.startswith(f"{name}."):
                yield ModuleFile(name, ModuleKind.NAMESPACE, None, is_package=True)
            if editable.name != name:
                continue
            if editable.is_namespace:
                yield ModuleFile(name, ModuleKind.NAMESPACE, None, is_package=True, portions=(editable.path,))
            elif path := self._loaded(editable.path, "__init__"):
                yield self._module(name, path, is_package=True)
            elif editable.path.name in self._listings.of(editable.path.parent).files:
                yield self._module(name, editable.path, is_package=False)

    def _builtin_elsewhere(self, name: str) -> _Place | None:
        """A C module that the target has compiled in while the server has it as a file, as Debian builds Python."""
        if name not in sys.stdlib_module_names or self._own_dynload is None:
            return None
        if name not in self._listings.of(self._own_dynload).extensions:
            return None
        return _Place(ModuleFile(name, ModuleKind.BUILTIN, None, is_package=False))

    def _named(self, path: Path) -> str:
        """The first name that leads to this file; else one under which it would be found if it stood on disk."""
        candidates = list(self._candidates(path))
        for name in candidates:
            found = self.find(name)
            if found and path in (found.path, found.stub):
                return name
        for name in candidates:
            parent = self._place(name.rpartition(".")[0], None)
            if parent and path.parent in parent.folders:
                return name
        return _dotted(path, self._above_package(path.parent)) or path.stem

    def _candidates(self, path: Path) -> Iterator[str]:
        for base in sorted(self._bases, key=lambda base: len(base.parts), reverse=True):
            if name := _dotted(path, base):
                yield name
        for editable in self._environment.editables:
            if path == editable.path:
                yield editable.name
            elif rest := _dotted(path, editable.path):
                yield f"{editable.name}.{rest}"
            elif path.parent == editable.path:
                yield editable.name


def _dotted(path: Path, base: Path) -> str:
    """The name of a file below a base; "" when it has none."""
    if not path.is_relative_to(base):
        return ""
    *folders, file = path.relative_to(base).parts
    stem = file.partition(".")[0] if file.endswith(EXTENSION_ENDS) else Path(file).stem
    parts = [folder.removesuffix("-stubs") for folder in folders[:1]] + folders[1:]
    parts += [] if stem == "__init__" else [stem]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""
