"""A workspace: files under analysis against one environment, kept current while texts change.

In: roots, texts, changes on disk. Out: reports and reasons. This is the one place where the engine, the world of
known files and the file system meet; it must not know what an effect is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from switchpoint.analysis.engine import Cancelled, Damaged, Engine
from switchpoint.analysis.files import (
    Modules,
    SummaryCache,
    content_key,
    find_environment,
    read_source,
    walk_python_files,
)
from switchpoint.analysis.ir.kept import Summaries
from switchpoint.analysis.ir.summaries import text
from switchpoint.analysis.known_files import KnownFiles
from switchpoint.analysis.remembered import Answers, Remembered, identity
from switchpoint.analysis.resolution.program import Program
from switchpoint.analysis.snapshots import Snapshots
from switchpoint.analysis.suspension import report
from switchpoint.analysis.verdicts import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from switchpoint.analysis.engine import Key
    from switchpoint.analysis.verdicts import FileReport, Footing, Function, Problem, Reason, Site

R = TypeVar("R")
_MANY_ANSWERS = 3_000
"""How many new answers there must be before all leave memory, and one for how many in the file already. Those that
were only read are not new: whoever goes on typing needs them again."""
_FROZEN_FOR_EACH = 4
_SNAPSHOTS_LIMIT = 2**30
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
        self._known_files = KnownFiles(self._engine, self._program)
        kept = SummaryCache(kind="snapshots", total_limit=_SNAPSHOTS_LIMIT) if cache else None
        self._snapshots = Snapshots(kept, name, self._engine, self._known_files, self._modules)
        self._is_restored = False

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
                self._engine.reload(text(key))
                self._mark(key)

    def text(self, path: Path) -> str:
        """The text under analysis; "" when it cannot be read."""
        return self._engine.get(text(_key(path))) or ""

    def report(self, path: Path, cancelled: Callable[[], bool] = lambda: False) -> FileReport:
        """Every site of a file with its effect. Raises `Cancelled`."""
        known = self._known(path)
        if known is not None:
            return known.report
        found = self._ask(report.file_report(_key(path)), cancelled)
        self._reported.add(path)
        return found

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
        places = self._ask(report.site_places(_key(path)), cancelled)
        return self._ask(report.site_judged(*places[index]), cancelled).effect

    def reason(self, site: Site, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why `site` is not inline; None when it is. Raises `Cancelled`."""
        known = self._known(site.path)
        if known is not None and site.index < len(known.reasons):
            return known.reasons[site.index]
        return self._ask(report.site_reason(_key(site.path), site.index), cancelled)

    def function_reason(self, function: Function, cancelled: Callable[[], bool] = lambda: False) -> Reason | None:
        """Why calling and awaiting `function` may switch; None when it never does. Raises `Cancelled`."""
        known = self._known(function.path)
        place = (function.name, function.span.line)
        if known is not None and place in known.function_reasons:
            return known.function_reasons[place]
        return self._ask(report.function_reason(_key(function.path), function.name, function.span.line), cancelled)

    def footing(self, site: Site, cancelled: Callable[[], bool] = lambda: False) -> Footing:
        """On which methods, taken as declared, it rests that `site` is inline. Raises `Cancelled`."""
        known = self._known(site.path)
        if known is not None and site.index in known.footings:
            return known.footings[site.index]
        return self._ask(report.site_footing(_key(site.path), site.index), cancelled)

    def function_footing(self, function: Function, cancelled: Callable[[], bool] = lambda: False) -> Footing:
        """On which methods, taken as declared, it rests that `function` never switches. Raises `Cancelled`."""
        known = self._known(function.path)
        place = (function.name, function.span.line)
        if known is not None and place in known.function_footings:
            return known.function_footings[place]
        return self._ask(report.function_footing(_key(function.path), function.name, function.span.line), cancelled)

    def save(self, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Keeps what was learned on disk for the next process. Where there is much of it, it leaves memory; returns how
        many answers did. Never raises; stops when cancelled."""
        unsaved = [key for key in self._open if read_source(Path(key)).text != self._engine.get(text(key))]
        self._program.summaries.save(unsaved, cancelled)
        with suppress(Cancelled):
            if not unsaved:
                self._keep_answers(cancelled)
            return self._leave_memory(cancelled)
        return 0

    def _leave_memory(self, cancelled: Callable[[], bool]) -> int:
        count, wanted = len(self._engine), max(_MANY_ANSWERS, self._engine.frozen // _FROZEN_FOR_EACH)
        if self._engine.fresh < wanted or not self._snapshots.keep(self._names(), cancelled):
            return 0
        self._program.forget_texts(self._open)
        return count

    def _names(self) -> str:
        """A name for which files are analysed; "" where that can be true of this process only."""
        return "" if self._program.unsaved else content_key("\n".join(map(str, self.files())))

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
        if not self._known_files.are_current:
            return
        new = self._reported - self._kept
        found = {_key(path): self._all_about(path, cancelled) for path in sorted(new)}
        asked = self._engine.keys(text)
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
        self._known_files.files_changed()

    # the world: analysed files and everything that they import

    def _mark(self, key: str) -> None:
        self._kept.clear()
        self._known_files.mark(key)

    def _ask(self, key: Key[R], cancelled: Callable[[], bool]) -> R:
        try:
            self._know_world(cancelled)
            return self._engine.get(key, cancelled)
        except Damaged:
            # The disk fails: what it held is found anew.
            self._known_files.clear()
            self._know_world(cancelled)
            return self._engine.get(key, cancelled)

    def _know_world(self, cancelled: Callable[[], bool]) -> None:
        """Brings the facts about all known files up to date; the first time, from what an earlier process knew."""
        if not self._known_files.are_current:
            if not self._is_restored:
                self._is_restored = True
                self._snapshots.restore(self._names(), self._open)
            roots = {_key(path) for path in self.files()} | self._open
            self._known_files.update(roots, cancelled)


def _key(path: Path) -> str:
    return os.path.abspath(path)
