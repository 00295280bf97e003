"""A workspace: files under analysis against one environment, kept current while texts change.

In: roots, texts, changes on disk. Out: reports and reasons. This is the one place where the engine, the world of
known files and the file system meet; it must not know what an effect is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from switchpoint.analysis.engine import Cancelled, Engine, Key, query
from switchpoint.analysis.files import Modules, SummaryCache, find_environment, read_source, walk_python_files
from switchpoint.analysis.ir.kept import Summaries
from switchpoint.analysis.ir.summaries import Asking, called_names, early_imports_in, imports_in, layout, lines, text
from switchpoint.analysis.remembered import Answers, Remembered, identity
from switchpoint.analysis.resolution.program import (
    Program,
    also_called,
    calls_of,
    derived_by_name,
    imported,
    is_analysed,
    is_known,
    known_files,
    module,
    setters_of,
)
from switchpoint.analysis.resolution.values import ModuleValue, UnknownValue
from switchpoint.analysis.suspension import report
from switchpoint.analysis.verdicts import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from switchpoint.analysis.ir.layout import Layout
    from switchpoint.analysis.verdicts import FileReport, Footing, Function, Problem, Reason, Site

R = TypeVar("R")
_MOST_FILES = 20_000
_MOST_FUNCTIONS = 500
"""Functions of one file of which the reasons are kept; of a larger file they are found when they are asked for."""


class Workspace:
    """Files under analysis, against one environment. Not thread-safe: one owner thread at a time.

    `roots` are files or folders whose Python files are analysed (respecting .gitignore and `exclude`).
    """

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        python: Path | None = None,
        python_version: str | None = None,
        overrides: str = "known",
        eager_tasks: bool = False,
        exclude: Sequence[str] = (),
        cache: bool = True,
    ) -> None:
        """Raises `EnvironmentNotFound` where `python` names no environment."""
        self._roots = tuple(Path(os.path.abspath(root)) for root in roots)
        start = self._roots[0] if self._roots else Path.cwd()
        self._environment = find_environment(start, python, python_version)
        self._modules = Modules(self._environment, self._roots)
        summaries = Summaries(SummaryCache() if cache else None, self._environment.version)
        self._program = Program(
            self._environment, self._modules, summaries, overrides=overrides, eager_tasks=eager_tasks
        )
        self._engine = Engine(self._program)
        self._exclude = tuple(exclude)
        settings = (overrides, eager_tasks, self._exclude)
        name = identity(self._environment, self._roots, settings)
        store = SummaryCache(kind="answers") if cache else None
        self._remembered = Remembered(store, name, self._modules, self.files)
        self._reported: set[Path] = set()
        self._kept: set[Path] = set()
        self._problems: list[Problem] = []
        self._files: tuple[Path, ...] | None = None
        self._open: set[str] = set()
        self._imports: dict[str, tuple[str, ...]] = {}
        self._stale: set[str] | None = None
        self._bases_changed = False

    @property
    def python_version(self) -> tuple[int, int]:
        """The target version, which changes verdicts."""
        return self._environment.version

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions about the environment in words."""
        return self._environment.notes

    def files(self) -> tuple[Path, ...]:
        """The analysed files, sorted; problems of walking are in `problems`."""
        if self._files is None:
            self._problems = []
            self._files = tuple(sorted(set(walk_python_files(self._roots, self._exclude, problems=self._problems))))
        return self._files

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be walked or read."""
        self.files()
        return tuple(self._problems)

    def set_text(self, path: Path, source: str) -> None:
        """An editor's text replaces the disk's (the path need not exist on disk)."""
        key = _key(path)
        self._change(key, source)
        if key not in self._open and read_source(path).problem is not None:
            self._program.unsaved.add(key)
            self._forget_modules([path])
            self._imports.clear()
            self._stale = None
        self._open.add(key)
        self._engine.set(text(key), source)
        self._mark(key)

    def drop_text(self, path: Path) -> None:
        """The editor closed the file: the disk counts again."""
        key = _key(path)
        if key in self._open:
            self._change(key, self.text(path))
            self._open.discard(key)
            self._engine.invalidate(text(key))
            self._mark(key)
            if key in self._program.unsaved:
                self._program.unsaved.discard(key)
                self._forget_modules([path])

    def disk_changed(self, paths: Iterable[Path]) -> None:
        """Watched files were created, changed or deleted."""
        changed = list(paths)
        self._remembered.is_over = True
        self._forget_modules(changed)
        for path in changed:
            key = _key(path)
            if key not in self._open:
                self._engine.invalidate(text(key))
                self._mark(key)

    def text(self, path: Path) -> str:
        """The text under analysis; "" when it cannot be read."""
        return self._engine.get(text(_key(path))) or ""

    def report(self, path: Path, cancelled: Callable[[], bool] = lambda: False) -> FileReport:
        """Every site of a file with its effect. Raises `Cancelled`."""
        known = self._known(path)
        if known is not None:
            return known.report
        self._know_world(cancelled)
        self._reported.add(path)
        return self._engine.get(report.file_report(_key(path)), cancelled)

    def sites_unjudged(self, path: Path) -> FileReport:
        """Every site of a file, found in its text alone, with the effect unknown: nothing else is read."""
        return self._engine.get(report.sites_unjudged(_key(path)))

    def asked(self) -> int:
        """How many different questions were asked so far."""
        return len(self._engine)

    def sites_in(self, path: Path, source: str) -> FileReport:
        """The same of a text that the workspace was not given, also while it is at work on something else."""
        key, engine = _key(path), Engine(self._program)
        engine.set(text(key), source)
        return engine.get(report.sites_unjudged(key))

    def judge(self, path: Path, index: int, cancelled: Callable[[], bool] = lambda: False) -> Effect:
        """The effect of one site of `sites_unjudged`, before those of the others. Raises `Cancelled`."""
        known = self._known(path)
        if known is not None:
            return known.report.sites[index].effect
        self._know_world(cancelled)
        places = self._engine.get(report.site_places(_key(path)), cancelled)
        return self._engine.get(report.site_judged(*places[index]), cancelled).effect

    def reason(self, site: Site, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why `site` is not inline; None when it is. Raises `Cancelled`."""
        known = self._known(site.path)
        if known is not None and site.index < len(known.reasons):
            return known.reasons[site.index]
        self._know_world(cancelled)
        return self._engine.get(report.site_reason(_key(site.path), site.index), cancelled)

    def function_reason(self, function: Function, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why calling and awaiting `function` may switch; None when it never does. Raises `Cancelled`."""
        known = self._known(function.path)
        place = (function.name, function.span.line)
        if known is not None and place in known.function_reasons:
            return known.function_reasons[place]
        self._know_world(cancelled)
        key = report.function_reason(_key(function.path), function.name, function.span.line)
        return self._engine.get(key, cancelled)

    def footing(self, site: Site, cancelled: Callable[[], bool] = lambda: False) -> Footing:
        """On which methods, taken as declared, it rests that `site` is inline. Raises `Cancelled`."""
        known = self._known(site.path)
        if known is not None and site.index in known.footings:
            return known.footings[site.index]
        self._know_world(cancelled)
        return self._engine.get(report.site_footing(_key(site.path), site.index), cancelled)

    def function_footing(self, function: Function, cancelled: Callable[[], bool] = lambda: False) -> Footing:
        """On which methods, taken as declared, it rests that `function` never switches. Raises `Cancelled`."""
        known = self._known(function.path)
        place = (function.name, function.span.line)
        if known is not None and place in known.function_footings:
            return known.function_footings[place]
        self._know_world(cancelled)
        key = report.function_footing(_key(function.path), function.name, function.span.line)
        return self._engine.get(key, cancelled)

    def save(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Keeps what was learned about texts on disk for the next process. Never raises; stops when cancelled."""
        unsaved = [key for key in self._open if read_source(Path(key)).text != self._engine.get(text(key))]
        self._program.summaries.save(unsaved, cancelled)
        if not unsaved:
            with suppress(Cancelled):
                self._keep_answers(cancelled)

    # answers of earlier processes

    def _known(self, path: Path) -> Answers | None:
        return self._remembered.answers(_key(path))

    def _change(self, key: str, source: str) -> None:
        """A text comes from an editor, or is given up: a change, unless it is what stands on disk and was read."""
        if not self._remembered.is_over:
            covered = self._remembered.covers(key) and read_source(Path(key)).text == source
            self._remembered.is_over = not covered

    def _keep_answers(self, cancelled: Callable[[], bool]) -> None:
        """Keeps what was found about whole files, with every reason."""
        if self._stale is None or self._stale:
            return
        new = self._reported - self._kept
        found = {_key(path): self._all_about(path, cancelled) for path in sorted(new)}
        asked = _keys_of(self._engine, text)
        if found:
            self._remembered.keep({key[1][0]: self._engine.get(key) for key in asked}, found)
            self._kept |= new

    def _all_about(self, path: Path, cancelled: Callable[[], bool]) -> Answers:
        report = self.report(path, cancelled)
        reasons = tuple(self.reason(site, cancelled) for site in report.sites)
        asked = report.functions if len(report.functions) <= _MOST_FUNCTIONS else ()
        functions = {(f.name, f.span.line): self.function_reason(f, cancelled) for f in asked}
        inline = (site for site in report.sites if site.effect is Effect.NEVER)
        never = (function for function in asked if function.effect is Effect.NEVER)
        footings = {site.index: self.footing(site, cancelled) for site in inline}
        below = {(f.name, f.span.line): self.function_footing(f, cancelled) for f in never}
        return Answers(report, reasons, functions, footings, below)

    def _forget_modules(self, paths: Iterable[Path]) -> None:
        self._modules.forget(paths)
        self._files = None
        # A created or deleted file can change what any name means.
        for key in _keys_of(self._engine, module):
            self._engine.invalidate(key)

    # the world: analysed files and everything that they import

    def _mark(self, key: str) -> None:
        self._kept.clear()
        if self._stale is not None:
            self._stale.add(key)

    def _know_world(self, cancelled: Callable[[], bool]) -> None:
        """Brings the facts about all known files up to date: classes by base, setters by attribute."""
        if self._stale is not None and not self._stale:
            return
        if self._stale is not None:
            for key in self._stale & self._imports.keys():
                self._imports.pop(key)
        roots = {_key(path) for path in self.files()} | self._open
        try:
            reached = self._reach(roots, cancelled)
            for gone in set(self._program.world.files()) - reached:
                self._tell(self._program.world.replace(gone, None))
                self._engine.invalidate(is_known(gone))
                self._tell_calls(gone, None, cancelled)
                self._imports.pop(gone, None)
        finally:
            self._derive_anew()
            self._engine.invalidate(known_files())
        self._stale = set()

    def _reach(self, roots: Iterable[str], cancelled: Callable[[], bool]) -> set[str]:
        reached = set(roots)
        work = sorted(reached)
        while work and len(reached) < _MOST_FILES:
            path = work.pop()
            if path not in self._imports:
                shape: Layout = self._engine.get(layout(path), cancelled)
                is_new = path not in self._program.world.files()
                self._tell(self._program.world.replace(path, shape))
                if is_new:
                    self._engine.invalidate(is_known(path))
                self._tell_calls(path, shape if path in roots else None, cancelled)
                self._imports[path] = self._engine.get(imports_of(path), cancelled)
            for other in self._imports[path]:
                if other not in reached:
                    reached.add(other)
                    work.append(other)
        return reached

    def _tell_calls(self, path: str, shape: Layout | None, cancelled: Callable[[], bool]) -> None:
        """Who calls what: of the analysed files only, which is where what is passed counts."""
        analysed = self._program.world.analysed
        if (shape is not None) != (path in analysed):
            (analysed.discard if shape is None else analysed.add)(path)
            self._engine.invalidate(is_analysed(path))
        found: set[tuple[str, str]] = set()
        all_lines: list[str] = self._engine.get(lines(path), cancelled) if shape is not None else []
        for part in () if shape is None else shape.pieces:
            found.update((part.key, name) for name in called_names("".join(all_lines[part.first : part.last])))
        for name in self._program.world.replace_calls(path, frozenset(found)):
            self._engine.invalidate(calls_of(name))

    def _tell(self, changed: Iterable[tuple[str, str]]) -> None:
        for kind, name in changed:
            if kind == "set":
                self._engine.invalidate(setters_of(name))
            else:
                self._bases_changed = True

    def _derive_anew(self) -> None:
        """Any base and any alias can change who may derive from whom."""
        if self._bases_changed:
            self._bases_changed = False
            for name in self._program.world.asked:
                self._engine.invalidate(derived_by_name(name))
            for key in _keys_of(self._engine, also_called):
                self._engine.invalidate(key)


def _key(path: Path) -> str:
    return os.path.abspath(path)


def _keys_of(engine: Engine, asked: object) -> list[Key[Any]]:
    """Everything that was asked of one query or input."""
    known = engine.keys()
    return [key for key in known if key[0] is asked]


@query()
def imports_of(program: Program, path: str) -> Asking:
    """The source files that a file imports, with the packages around them. Not what functions of the standard library
    import (`importing.from_import` does not follow it): by that, every module brings its tests and a debugger."""
    found: dict[str, None] = {}
    for name, level, attribute in (yield early_imports_in(path) if program.in_stdlib(path) else imports_in(path)):
        if name.endswith("*"):
            found.update((yield from _beginning_with(program, name[:-1])))
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


def _beginning_with(program: Program, start: str) -> Asking:
    """The source files of the submodules whose dotted names begin with `start`."""
    package, _, prefix = start.rpartition(".")
    found: dict[str, None] = {}
    for name in program.modules.children(package):
        if name.startswith(prefix):
            part: ModuleValue | UnknownValue = yield module(f"{package}.{name}", "")
            if isinstance(part, ModuleValue) and part.path.endswith(".py"):
                found[part.path] = None
    return found
