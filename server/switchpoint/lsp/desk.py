"""What the worker knows and can answer: open modules, their workspaces, features.

In: messages about modules, and requests. Out: fresh hints and plain answers. This module must not know pipes, threads
or the order in which things are asked; `cancelled` may end any answer with `Cancelled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.features.hints import counts, hints, keep_broken, so_far
from switchpoint.features.hover import Asking
from switchpoint.features.lens import Lens, lenses
from switchpoint.features.markup import MARKDOWN, PLAIN
from switchpoint.features.shifting import Hints, shift
from switchpoint.lsp.encode import Encoder
from switchpoint.lsp.foretelling import SCREEN, Lines, both, next_lines
from switchpoint.lsp.homes import Home, Homes
from switchpoint.lsp.messages import Changed, Closed, Configure, DiskChanged, Early, Fresh, Opened
from switchpoint.lsp.modules import Cell, Module, split
from switchpoint.wording import Observed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis import Effect, FileReport, Site
    from switchpoint.lsp.units import Encoding
    from switchpoint.wording import Markup

Cancelled = Callable[[], bool]

ENVIRONMENT_FILES = ("pyvenv.cfg", "pyproject.toml")


@dataclass(slots=True)
class Sheet:
    """An open module with the hints that the editor shows for it, shifted by every edit.

    `shown` is the report they come from, and `settled` the revision for which the other process knows them.
    `was_early`: the places of hints were told before there was a report; `judged` are the effects found since, by site.
    `at_rest`: nothing has changed since there is a report. `told` are lines whose hovers the other process knows;
    `edited` is the line that was edited last. `lensed` are the lenses that the client has, if it asked for any and was
    not told since that they are others.
    """

    module: Module
    hints: Hints = ()
    shown: FileReport | None = None
    settled: int = -1
    was_early: bool = False
    judged: dict[int, Effect] = field(default_factory=dict[int, "Effect"])
    at_rest: bool = False
    told: Lines | None = None
    edited: int = 1
    lensed: tuple[str, ...] | None = None


@dataclass(slots=True)
class Desk:
    """Everything that the worker holds. `dirty` are the modules to analyse, the most urgent last.

    `unsaved` says that something was learned which the next process could use.
    """

    homes: Homes = field(default_factory=Homes)
    sheets: dict[str, Sheet] = field(default_factory=dict[str, Sheet])
    dirty: list[str] = field(default_factory=list[str])
    encoding: Encoding = "utf-16"
    mark: Markup = MARKDOWN
    unsaved: bool = False

    def configure(self, message: Configure) -> None:
        """Take over settings and folders; everything open is looked at again."""
        self.encoding = message.encoding
        self.mark = MARKDOWN if message.markdown else PLAIN
        self.homes.configure(message.folders, message.default)
        for sheet in self.sheets.values():
            sheet.shown = None
        self._tell_texts()

    def opened(self, message: Opened) -> None:
        module = _module(message)
        known = self.sheets.get(message.key)
        self.sheets[message.key] = Sheet(module, lensed=known.lensed if known else None)
        self._tell_text(module)

    def glance(self, message: Opened) -> Early:
        """Where the hints of a module will be that was not taken yet: nothing that is under way is disturbed."""
        module = _module(message)
        home = self.home(module)
        sites = home.workspace.sites_in(Path(module.path), module.text()).sites
        return Early(message.key, message.version, so_far(module.path, (), sites, home.settings))

    def changed(self, message: Changed) -> None:
        sheet = self.sheets.get(message.key)
        if sheet is None:
            return
        for edit in message.edits:
            sheet.module.apply(edit)
            sheet.hints = shift(sheet.hints, edit)
            sheet.edited = edit.start[0]
        sheet.module.version = message.version
        sheet.judged = {}
        self._tell_text(sheet.module)

    def closed(self, message: Closed) -> None:
        sheet = self.sheets.pop(message.key, None)
        if sheet is not None:
            path = Path(sheet.module.path)
            self.homes.of(path).workspace.drop_text(path)
        self.dirty = [key for key in self.dirty if key != message.key]
        self._look_again()

    def disk_changed(self, message: DiskChanged) -> None:
        paths = [Path(path) for path in message.paths]
        anew = any(path.name in ENVIRONMENT_FILES or path.suffix == ".pth" for path in paths)
        if anew:
            self.homes.reload()
            for sheet in self.sheets.values():
                sheet.shown = None
            self._tell_texts()
        for home in self.homes.all():
            home.disk_changed(paths)
        self._look_again()

    def fresh(self, key: str, cancelled: Cancelled) -> Fresh | None:
        """Analyse a module; the hints only if they differ from what shifting gave. None when nothing is new."""
        sheet = self.sheets[key]
        module = sheet.module
        report = self.report(module, cancelled)
        self.unsaved = True
        sheet.at_rest, sheet.told = True, None
        others = sheet.lensed is not None and sheet.lensed != _titles(lenses(report))
        if report is sheet.shown and sheet.settled == module.version and not others:
            return None
        sheet.lensed = None if others else sheet.lensed
        inline, may_switch = counts(report.sites)
        home = self.home(module)
        found = keep_broken(sheet.hints, report, hints(report, home.settings))
        changed = found != sheet.hints
        first = sheet.shown is None
        sheet.hints, sheet.shown, sheet.settled = found, report, module.version
        return Fresh(key, module.version, found if changed or first else None, inline, may_switch, others)

    def lenses(self, module: Module, cancelled: Cancelled) -> tuple[Lens, ...]:
        """A module's lenses, which the client has from now on."""
        found = lenses(self.report(module, cancelled))
        self.sheets[module.key].lensed = _titles(found)
        return found

    def is_bare(self, key: str) -> bool:
        """Whether nothing is shown of a module yet, not even where its hints will be."""
        sheet = self.sheets[key]
        return sheet.shown is None and not sheet.was_early

    def early(self, key: str) -> Early:
        """A module's hints before everything is proved. Those of exits come when they are needed."""
        sheet = self.sheets[key]
        home = self.home(sheet.module)
        sites = home.workspace.sites_unjudged(Path(sheet.module.path)).sites
        done = tuple(replace(s, effect=sheet.judged[s.index]) for s in sites if s.index in sheet.judged)
        open_ = tuple(site for site in sites if site.index not in sheet.judged)
        sheet.was_early = True
        sheet.hints = so_far(sheet.module.path, done, open_, home.settings)
        return Early(key, sheet.module.version, sheet.hints)

    def is_first(self, key: str) -> bool:
        """Whether a module that is to be analysed never was."""
        return key in self.dirty and self.sheets[key].shown is None

    def firsts(self) -> list[str]:
        """All of those, the most urgent first."""
        return [key for key in reversed(self.dirty) if self.is_first(key)]

    def judge(self, key: str, seen: Callable[[], tuple[int, int] | None], cancelled: Cancelled) -> Iterator[None]:
        """Judge a module site by site, what somebody looks at before the rest; it is known after each."""
        sheet = self.sheets[key]
        path = Path(sheet.module.path)
        workspace = self.home(sheet.module).workspace
        lines = {site.index: site.keyword.line for site in workspace.sites_unjudged(path).sites}
        left = [index for index in lines if index not in sheet.judged]
        while left:
            first, last = seen() or (1, 1)
            index = next((index for index in left if first <= lines[index] <= last), left[0])
            sheet.judged[index] = workspace.judge(path, index, cancelled)
            left.remove(index)
            yield

    def untold(self, looked_at: Sequence[tuple[str, Lines]]) -> tuple[str, Lines] | None:
        """A module and lines whose hovers can be told before somebody points there, out of those that are looked at;
        the first lines of what was opened last, where nobody says what that is."""
        for key, lines in looked_at or [(key, SCREEN) for key in [*self.sheets][-1:]]:
            sheet = self.sheets.get(key)
            if sheet is not None and sheet.at_rest:
                found = next_lines(lines, sheet.edited, sheet.told)
                if found is not None:
                    return key, found
        return None

    def told(self, key: str, lines: Lines) -> None:
        """The hovers on these lines are told."""
        sheet = self.sheets[key]
        sheet.told = both(sheet.told, lines)

    def unchanged(self, key: str) -> Fresh:
        """What there was stays."""
        sheet = self.sheets[key]
        return Fresh(key, sheet.module.version, None, *counts(sheet.shown.sites if sheet.shown else ()))

    def save(self, cancelled: Cancelled) -> int:
        """Keep what was learned for the next process; what is cancelled is to be done again. Returns how many answers
        left memory."""
        left = sum(home.save(cancelled) for home in self.homes.all())
        self.unsaved = cancelled()
        return left

    def home(self, module: Module) -> Home:
        return self.homes.of(Path(module.path))

    def nearest_home(self, path: Path) -> Home:
        """The home of any file; a library's file is looked at from the module that was edited last."""
        if self.homes.has(path) or not self.sheets:
            return self.homes.of(path)
        return self.home(next(reversed(self.sheets.values())).module)

    def files(self, home: Home) -> tuple[Path, ...]:
        """The analysed files of a home, and what is open in it, which may not be on disk."""
        opened = (Path(sheet.module.path) for sheet in self.sheets.values() if self.home(sheet.module) is home)
        return tuple(dict.fromkeys((*home.workspace.files(), *opened)))

    def report(self, module: Module, cancelled: Cancelled) -> FileReport:
        return self.home(module).workspace.report(Path(module.path), cancelled)

    def asking(self, module: Module, cancelled: Cancelled) -> Asking:
        """The reasons behind a module's verdicts."""
        home = self.home(module)
        workspace = home.workspace
        return Asking(
            reason=lambda site: workspace.reason(site, cancelled),
            function_reason=lambda function: workspace.function_reason(function, cancelled),
            assumptions=home.assumptions(),
            notes=workspace.notes,
            observed=_observed(home, module),
            footing=lambda site: workspace.footing(site, cancelled),
            function_footing=lambda function: workspace.function_footing(function, cancelled),
        )

    def encoder(self, home: Home) -> Encoder:
        open_modules = {Path(sheet.module.path): sheet.module for sheet in self.sheets.values()}
        return Encoder(self.encoding, open_modules, home.workspace.text)

    def urgent(self) -> str | None:
        """The module to analyse next."""
        return self.dirty[-1] if self.dirty else None

    def bare(self) -> str | None:
        """The module of which nothing is shown yet, the most urgent if there are several."""
        return next((key for key in reversed(self.dirty) if self.is_bare(key)), None)

    def done(self, key: str) -> None:
        self.dirty = [other for other in self.dirty if other != key]

    def _tell_text(self, module: Module) -> None:
        path = Path(module.path)
        self.homes.of(path).workspace.set_text(path, module.text())
        self._look_again()
        self.dirty = [*(key for key in self.dirty if key != module.key), module.key]

    def _tell_texts(self) -> None:
        for sheet in self.sheets.values():
            self._tell_text(sheet.module)

    def _look_again(self) -> None:
        """A change anywhere can change a verdict in any open module; asking costs little where it did not."""
        self.dirty = [*(key for key in self.sheets if key not in self.dirty), *self.dirty]
        for sheet in self.sheets.values():
            sheet.at_rest = False


def _titles(found: tuple[Lens, ...]) -> tuple[str, ...]:
    return tuple(lens.title for lens in found)


def _module(message: Opened) -> Module:
    module = Module(message.key, message.path, message.version, split(message.text), [], message.is_notebook)
    first = 0
    for uri, count in message.cells:
        module.cells.append(Cell(uri, first, count))
        first += count
    return module


def _observed(home: Home, module: Module) -> Callable[[Site], Observed | None]:
    """The counts of a site, if the text that ran is the one in the editor."""

    def counts(site: Site) -> Observed | None:
        if not home.observed.files:
            return None
        from switchpoint.observer import content_hash  # noqa: PLC0415 - loaded by the line above, not before

        text = content_hash("".join(module.lines).encode("utf-8", "surrogatepass"))
        seen = home.observed.lookup(site.path, site.kind.value, site.span.line, site.span.col, text)
        return Observed(ran=seen[1], switched=seen[0]) if seen else None

    return counts
