"""The known files: those under analysis and all that they import, with the world's facts about them kept current.

In: the paths under analysis, and which texts changed. Out: a `World` that holds the facts of every known file, and
engine inputs that say so. This module must not know what is asked about the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.calls import called_names
from switchpoint.analysis.ir.summaries import Asking, early_imports_in, imports_in, layout, lines
from switchpoint.analysis.resolution.program import (
    Program,
    also_called,
    calls_of,
    children_of,
    derived_by_name,
    imported,
    is_analysed,
    is_known,
    known_files,
    module,
    setters_of,
    stands_in,
)
from switchpoint.analysis.resolution.values import ModuleValue, UnknownValue
from switchpoint.analysis.resolution.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from switchpoint.analysis.engine import Engine
    from switchpoint.analysis.ir.layout import Layout

_MOST_FILES = 20_000


@dataclass(slots=True)
class KnownFiles:
    """Which files are known, and whether what is known of them holds. `stale` are those whose text may have changed
    since; `imports`: what each file imports, as far as that is known."""

    engine: Engine
    program: Program
    stale: set[str] = field(default_factory=set[str])
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    are_current: bool = False
    _bases_changed: bool = False

    def mark(self, path: str) -> None:
        """The text of a file may have changed, or whether it is one under analysis."""
        self.stale.add(path)
        self.are_current = False

    def files_changed(self) -> None:
        """Files came or went, which can change what any import means."""
        self.are_current = False
        if not self.program.are_named(self.program.named()):
            self.clear()
            return
        before = self.engine.revision
        for key in (*self.engine.keys(module), *self.engine.keys(children_of), *self.engine.keys(stands_in)):
            self.engine.reload(key)
        if self.engine.revision != before:
            self.imports.clear()

    def clear(self) -> None:
        """Nothing is known any more."""
        self.engine.clear()
        self.program.world = World()
        self.imports.clear()
        self.stale.clear()
        self.are_current = False

    def update(self, roots: set[str], cancelled: Callable[[], bool]) -> None:
        """Brings the facts about all known files up to date: classes by base, setters by attribute."""
        if self.are_current:
            return
        try:
            reached = self._reach(roots, cancelled)
            for gone in set(self.program.world.files()) - reached:
                self._tell(self.program.world.replace(gone, None))
                self.engine.reload(is_known(gone))
                self._tell_calls(gone, None, cancelled)
                self.imports.pop(gone, None)
        finally:
            self._derive_anew()
            self.engine.reload(known_files())
        self.stale.clear()
        self.are_current = True

    def _reach(self, roots: Iterable[str], cancelled: Callable[[], bool]) -> set[str]:
        reached = set(roots)
        work = sorted(reached)
        while work and len(reached) < _MOST_FILES:
            path = work.pop()
            if path in self.stale or path not in self.program.world.files():
                # Until all of it is done, which can be cancelled, the file is to be looked at again.
                self.stale.add(path)
                self._take(path, path in roots, cancelled)
                self.imports.pop(path, None)
                self.stale.discard(path)
            if path not in self.imports:
                self.imports[path] = self.engine.get(imports_of(path), cancelled)
            for other in self.imports[path]:
                if other not in reached:
                    reached.add(other)
                    work.append(other)
        return reached

    def _take(self, path: str, is_root: bool, cancelled: Callable[[], bool]) -> None:
        shape: Layout = self.engine.get(layout(path), cancelled)
        is_new = path not in self.program.world.files()
        self._tell(self.program.world.replace(path, shape))
        if is_new:
            self.engine.reload(is_known(path))
        self._tell_calls(path, shape if is_root else None, cancelled)

    def _tell_calls(self, path: str, shape: Layout | None, cancelled: Callable[[], bool]) -> None:
        """Who calls what: of the analysed files only, which is where what is passed counts."""
        analysed = self.program.world.analysed
        if (shape is not None) != (path in analysed):
            (analysed.discard if shape is None else analysed.add)(path)
            self.engine.reload(is_analysed(path))
        found: set[tuple[str, str]] = set()
        all_lines: list[str] = self.engine.get(lines(path), cancelled) if shape is not None else []
        for part in () if shape is None else shape.pieces:
            found.update((part.key, name) for name in called_names("".join(all_lines[part.first : part.last])))
        for name in self.program.world.replace_calls(path, frozenset(found)):
            self.engine.reload(calls_of(name))

    def _tell(self, changed: Iterable[tuple[str, str]]) -> None:
        for kind, name in changed:
            if kind == "set":
                self.engine.reload(setters_of(name))
            else:
                self._bases_changed = True

    def _derive_anew(self) -> None:
        """Any base and any alias can change who may derive from whom."""
        if self._bases_changed:
            self._bases_changed = False
            for key in (*self.engine.keys(derived_by_name), *self.engine.keys(also_called)):
                self.engine.reload(key)


@query()
def imports_of(program: Program, path: str) -> Asking:
    """The source files that a file imports, with the packages around them. Not what functions of the standard library
    import (`importing.from_import` does not follow it): by that, every module brings its tests and a debugger."""
    found: dict[str, None] = {}
    for name, level, attribute in (yield early_imports_in(path) if program.in_stdlib(path) else imports_in(path)):
        if name.endswith("*"):
            found.update((yield from _beginning_with(name[:-1])))
            continue
        target: ModuleValue | UnknownValue = yield imported(path, name, level)
        if not isinstance(target, ModuleValue):
            continue
        names = [target.name]
        if attribute is not None and attribute != "*" and target.is_package:
            names.append(f"{target.name}.{attribute}")
        parts = target.name.split(".")
        names.extend(".".join(parts[:count]) for count in range(1, len(parts)))
        for each in names:
            part: ModuleValue | UnknownValue = yield module(each, program.near(path))
            if isinstance(part, ModuleValue) and part.path.endswith(".py"):
                found[part.path] = None
    return tuple(found)


def _beginning_with(start: str) -> Asking:
    """The source files of the submodules whose dotted names begin with `start`."""
    package, _, prefix = start.rpartition(".")
    found: dict[str, None] = {}
    for name in (yield children_of(package)):
        if name.startswith(prefix):
            part: ModuleValue | UnknownValue = yield module(f"{package}.{name}", "")
            if isinstance(part, ModuleValue) and part.path.endswith(".py"):
                found[part.path] = None
    return found
