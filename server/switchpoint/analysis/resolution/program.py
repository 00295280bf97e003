"""What resolution needs of the outside: modules by name, the target, and who derives from or sets what.

In: an environment, the module finder, and the world of all known files. Out: queries. This module must not know
values beyond modules.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import Input, query
from switchpoint.analysis.files import Environment, ModuleKind, Modules, typeshed_stub
from switchpoint.analysis.resolution.values import Definition, ModuleValue, UnknownValue
from switchpoint.analysis.resolution.world import Piece, Subclass, World
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Collection

    from switchpoint.analysis.ir.kept import Summaries
    from switchpoint.analysis.ir.summaries import Asking


class Program:
    """The object that every query receives: one environment, its modules, the world, the settings that change
    verdicts."""

    def __init__(
        self,
        environment: Environment,
        modules: Modules,
        summaries: Summaries,
        *,
        overrides: str = "known",
        eager_tasks: bool = False,
    ) -> None:
        self.environment = environment
        self.modules = modules
        self.summaries = summaries
        self.overrides = overrides
        self.eager_tasks = eager_tasks
        self.world = World()
        self.unsaved: set[str] = set()
        self._modules_of: dict[str, str] = {}
        self._dotted: dict[Definition, str] = {}
        self._stdlib = str(environment.stdlib)

    def near(self, path: str) -> str:
        """The importing file where it matters to the search: only beside the user's own files."""
        return "" if self.in_stdlib(path) or "site-packages" in path or path.endswith(".pyi") else path

    def is_own(self, path: str) -> bool:
        """Whether a file is the user's, not of the standard library nor installed."""
        return bool(self.near(path))

    def in_stdlib(self, path: str) -> bool:
        return path.startswith(self._stdlib) and "site-packages" not in path

    def module_name(self, path: str) -> str:
        """The dotted name under which a file is imported (stubs: that of what they describe)."""
        name = self._modules_of.get(path)
        if name is None:
            name = self._modules_of[path] = self._named(path)
        return name

    def forget_texts(self, opened: Collection[str]) -> None:
        """Nothing is kept in memory any more of the files that are not open."""
        self._dotted.clear()
        self.summaries.forget(opened)

    def named(self) -> dict[str, str]:
        """The dotted names that were asked for, by path."""
        return dict(self._modules_of)

    def are_named(self, names: dict[str, str]) -> bool:
        """Whether these files still have those dotted names. They are found out anew."""
        self._modules_of.clear()
        self._dotted.clear()
        return all(self.module_name(path) == name for path, name in names.items())

    def _named(self, path: str) -> str:
        stub = typeshed_stub("builtins")
        if path.endswith(".pyi") and stub is not None and path.startswith(str(stub.parent)):
            relative = Path(path).relative_to(stub.parent).with_suffix("")
            parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
            return ".".join(parts)
        return self.modules.name_of(Path(path))

    def without_source(self, definition: Definition) -> UnknownValue:
        """Why a definition that only a stub shows has no body to read."""
        name = self.module_name(definition.path)
        found = self.modules.find(name)
        if found is not None and found.kind in (ModuleKind.EXTENSION, ModuleKind.BUILTIN) and name != "builtins":
            return UnknownValue(Unresolved.EXTENSION, name)
        return UnknownValue(Unresolved.NO_SOURCE, self.dotted(definition))

    def top(self, path: str) -> str:
        """The top-level package or module of a file."""
        return self.module_name(path).partition(".")[0]

    def dotted(self, definition: Definition) -> str:
        """`package.module.Class.method` of a definition."""
        name = self._dotted.get(definition)
        if name is None:
            name = self._dotted[definition] = f"{self.module_name(definition.path)}.{qualified(definition)}"
        return name


def qualified(definition: Definition) -> str:
    """`Class.method`, `function.inner`: the name within its file, for people ("" for a file's own code)."""
    owner = definition.piece.rpartition(".")[0]
    name = definition.name.replace(".<class>", "")
    full = f"{owner}.{name}" if owner and name else name or owner
    return re.sub(r"#\d+", "", full)


def _load_module(program: Program, name: str, near: str) -> ModuleValue | UnknownValue:
    found = program.modules.find(name, near=Path(near) if near else None)
    if found is None:
        for path in program.unsaved:
            if program.modules.name_of(Path(path)) == name:
                return ModuleValue(name, path, path.endswith("__init__.py"))
        return UnknownValue(Unresolved.IMPORT, name)
    if found.kind is ModuleKind.SOURCE:
        return ModuleValue(name, str(found.path), found.is_package)
    if found.kind is ModuleKind.NAMESPACE:
        return ModuleValue(name, "", True)
    stub = found.stub or typeshed_stub(name)
    if stub is not None:
        return ModuleValue(name, str(stub), stub.stem == "__init__")
    return UnknownValue(Unresolved.EXTENSION, name)


module = Input("module", load=_load_module)
"""(absolute dotted name, importing file or "") -> the module, or why there is none."""


def _load_children(program: Program, name: str) -> tuple[str, ...]:
    return program.modules.children(name)


children_of = Input("children", load=_load_children)
"""The last names of the modules that stand in a package."""


def _load_stands_in(program: Program, folder: str, name: str) -> bool:
    return name in program.modules.listing(folder).names


stands_in = Input("stands in", load=_load_stands_in)
"""Whether a folder has a module of that name."""


def _load_files(program: Program) -> tuple[str, ...]:
    return tuple(sorted(program.world.files()))


known_files = Input("files", load=_load_files)
"""The paths of all known files."""


def _load_is_known(program: Program, path: str) -> bool:
    return path in program.world.files()


is_known = Input("known", load=_load_is_known)
"""Whether a file is one of those."""


def _load_derived(program: Program, name: str) -> tuple[Subclass, ...] | None:
    return program.world.derived(name, program.is_own)


derived_by_name = Input("derived", load=_load_derived)
"""Last name of a class -> the classes that may derive from a class of that name; None: too many. Any base or alias in
any file can change any of them."""


def _load_setters(program: Program, name: str) -> tuple[Piece, ...]:
    return tuple(sorted(program.world.sets.get(name, ())))


setters_of = Input("sets", load=_load_setters)
"""Attribute name -> (path, piece) of every piece that sets it on something other than its own first parameter."""


def _load_calls(program: Program, name: str) -> tuple[Piece, ...]:
    return tuple(sorted(program.world.calls.get(name, ())))


def _load_also_called(program: Program, name: str) -> tuple[str, ...]:
    return tuple(sorted(program.world.also_called(name)))


also_called = Input("also called", load=_load_also_called)
"""A name -> the other names under which known files know it."""


def _load_is_analysed(program: Program, path: str) -> bool:
    return path in program.world.analysed


is_analysed = Input("analysed", load=_load_is_analysed)
"""Whether a file is one of those under analysis, or open, and not only imported by one."""


calls_of = Input("calls", load=_load_calls)
"""Name -> (path, piece) of every piece of the analysed files that calls something of that last name."""


@query()
def imported(program: Program, path: str, name: str, level: int) -> Asking:
    """The module that `from {'.' * level}{name}` means in a file, or an `UnknownValue`."""
    near = program.near(path)
    if level == 0:
        return (yield module(name, near))
    package = program.module_name(path).split(".")
    is_package = Path(path).stem == "__init__"
    keep = len(package) - (level - 1 if is_package else level)
    if keep <= 0:
        return UnknownValue(Unresolved.IMPORT, "." * level + name)
    full = ".".join([*package[:keep], *([name] if name else [])])
    return (yield module(full, near))


@query()
def module_stub(program: Program, path: str) -> str | None:
    """The stub beside a source file, or of a stub package; None when there is none, and for stubs."""
    return None if path.endswith(".pyi") else _found_stub(program, path)


@query()
def stub_of(program: Program, path: str) -> str | None:
    """The stub that describes a source file: beside it, in a stub package, or typeshed's; None when there is none."""
    if path.endswith(".pyi"):
        return None
    found = _found_stub(program, path)
    if found is not None or not program.in_stdlib(path):
        return found
    stub = typeshed_stub(program.module_name(path))
    return None if stub is None else str(stub)


def _found_stub(program: Program, path: str) -> str | None:
    """The stub that the search for a file's module finds, when it finds this very file."""
    found = program.modules.find(program.module_name(path), near=None)
    if found is None or found.stub is None or found.path is None or str(found.path) != path:
        return None
    return str(found.stub)
