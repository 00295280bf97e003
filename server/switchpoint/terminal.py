"""What a terminal shows: tables of reports, findings, problems, hovers, source with its hints.

In: the plain data of the analysis and of `features`. Out: text on stdout, coloured where that is a terminal. Must not
know options, exit codes, nor how a verdict was found. All text of a workspace is hostile: no control character of it
reaches the terminal.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from switchpoint import wording
from switchpoint.analysis import Effect, FileReport, Problem, Verdict
from switchpoint.features.hover import text_of
from switchpoint.features.report import totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from switchpoint.features.hints import Hint
    from switchpoint.features.hover import Hover
    from switchpoint.features.report import Row
    from switchpoint.observer import Comparison, Joined

GREEN, AMBER, VIOLET, RED = "dim green", "yellow", "magenta", "bold red"
COLOURED_LIMIT = 200_000
PIPED_WIDTH = 160
MOST_CANDIDATES = 50
# Line feed and tab stay; an escape sequence or a direction mark in a source must not act on the reader's terminal.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINE_END = re.compile(r"\r\n|\r|\n")
STEP = re.compile(r"\d+\. ")
HANGING = "   "


@dataclass(frozen=True, slots=True)
class Terminal:
    """Sentences as a terminal shows them: no marks around code, places that can be copied, and clicked with `links`."""

    links: bool = False

    def strong(self, text: str) -> str:
        return printable(text)

    def plain(self, text: str) -> str:
        return printable(text)

    def code(self, text: str) -> str:
        return printable(text)

    def place(self, path: Path, line: int) -> str:
        text = f"{_shown_step(path)}:{line}"
        return f"\x1b]8;;{path.as_uri()}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and path.is_absolute() else text

    def lines(self, lines: list[str]) -> str:
        return "\n".join(lines)


TERMINAL = Terminal()


def marks() -> Terminal:
    """How to write sentences for the stdout of now."""
    return Terminal(links=_console().is_terminal)


def show_run(
    reports: Sequence[FileReport],
    rows: Sequence[Row],
    problems: Sequence[Problem],
    seen: Comparison | None,
) -> None:
    """What `check` found: a table of files, why sites are unknown, then what needs the reader."""
    out = _console()
    if any(report.sites for report in reports):
        out.print(_by_file(reports))
    else:
        out.print(f"{_files(len(reports))}, no site at which a task could be switched out")
    why = totals(rows, len(reports)).why_unknown
    if why:
        out.print(_table("unknown, because of", "sites", ((reason.value, count) for reason, count in why)))
    if seen is not None:
        _show_comparison(out, seen)
    show_problems(problems)


def show_findings(findings: Iterable[Row], text: Callable[[Path], str]) -> None:
    """The sites that were asked to fail, one a line, each with a place that terminals recognise."""
    out = _console()
    for path, rows in groupby(findings, lambda row: row.site.path):
        lines = source_lines(text(path))
        for row in rows:
            site = row.site
            place = f"{shown(path)}:{site.span.line}:{site.span.col + 1}"
            operand = text_of(lines, site.operand)
            clause = wording.site_clause(TERMINAL, site, operand, row.reason)
            _line(out, Text.assemble((place, "bold"), ": ", (site.verdict.value, AMBER), ": ", clause))


def show_source(text: str, hints: Iterable[Hint], *, numbered: bool) -> None:
    """A source with its hints, at the places where the editor shows them."""
    out = _console()
    lines = _styled_lines(text, coloured=out.is_terminal)
    left, right = ("⟨", "⟩") if out.encoding.lower().replace("-", "") == "utf8" else ("<", ">")
    for hint in reversed(list(hints)):
        if 0 < hint.line <= len(lines):
            line = lines[hint.line - 1]
            before, after = line.divide([len(line) if hint.line_end else min(hint.col, len(line))])
            style = GREEN if hint.label.endswith(Verdict.INLINE.value) else AMBER
            lines[hint.line - 1] = Text.assemble(before, " ", (f"{left}{hint.label}{right}", style), after)
    width = len(str(len(lines)))
    for number, line in enumerate(lines, 1):
        _line(out, Text.assemble((f"{number:{width}}  ", "dim"), line) if numbered else line)


def show_hovers(hovers: Sequence[Hover]) -> None:
    """What the editor says when pointing there; the first line of each stands out."""
    out = _console()
    for index, hover in enumerate(hovers):
        if index:
            out.print()
        for number, line in enumerate(hover.lines):
            _paragraph(out, Text.from_ansi(line, style="" if number else "bold"))


def _paragraph(out: Console, text: Text) -> None:
    """On a terminal wrapped between words, a numbered step hanging from its number; elsewhere one line."""
    if not out.is_terminal or STEP.match(text.plain) is None:
        _line(out, text, wrapped=True)
        return
    first, *rest = text.wrap(out, max(out.width - len(HANGING), 20))
    out.print(first)
    for part in rest:
        out.print(Text(HANGING).append_text(part))


def show_problems(problems: Iterable[Problem]) -> None:
    """Files that could not be read or parsed, one a line."""
    out = _console()
    for found in problems:
        place = shown(found.path) + (f":{found.line}" if found.line else "")
        _line(out, Text.assemble((place, "bold"), ": ", (printable(found.text), RED)))


def shown(path: Path) -> str:
    """A path as people read it: relative below the current folder."""
    here = Path.cwd()
    return printable(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _shown_step(path: Path) -> str:
    """A place on the way down: of a library elsewhere, the place within the library is enough."""
    library = "" if path.is_relative_to(Path.cwd()) else wording.library_place(path)
    return printable(library) if library else shown(path)


def printable(text: str) -> str:
    """The text on one line, without what would act on a terminal."""
    return UNPRINTABLE.sub("\ufffd", text)


def source_lines(text: str) -> list[str]:
    """Lines as Python's tokenizer counts them."""
    return LINE_END.split(text)


class _Console(Console):
    """A console whose caller decides what a reader that has gone means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console() -> Console:
    """As wide as the terminal, or wide enough for a file or a pipe."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return _Console(width=width, highlight=False, markup=False, emoji=False)


def _line(out: Console, text: Text, *, wrapped: bool = False) -> None:
    """A line of text as it is: a console would expand its tabs, which matter to who reads a pipe."""
    if out.is_terminal:
        out.print(text, soft_wrap=not wrapped)
    else:
        out.file.write(f"{text.plain}\n")


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _by_file(reports: Sequence[FileReport]) -> Table:
    with_sites = [report for report in reports if report.sites]
    whole = Counter(site.effect for report in with_sites for site in report.sites)
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("file", f"{_files(len(reports))}, {len(with_sites)} with sites", overflow="fold")
    for name, count, style in _columns(whole):
        table.add_column(name, str(count), justify="right", style=style, footer_style=f"bold {style}")
    for report in with_sites:
        counts = _columns(Counter(site.effect for site in report.sites))
        table.add_row(shown(report.path), *(str(count or "") for _, count, _ in counts))
    return table


def _columns(effects: Counter[Effect]) -> list[tuple[str, int, str]]:
    return [
        ("sites", effects.total(), "default"),
        ("inline", effects[Effect.NEVER], GREEN),
        ("always", effects[Effect.ALWAYS], AMBER),
        ("sometimes", effects[Effect.SOMETIMES], AMBER),
        ("unknown", effects[Effect.UNKNOWN], VIOLET),
    ]


def _table(first: str, second: str, counts: Iterable[tuple[str, object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first, overflow="fold")
    table.add_column(second, justify="right", style=VIOLET)
    for name, count in counts:
        table.add_row(printable(name), str(count))
    return table


def _show_comparison(out: Console, seen: Comparison) -> None:
    if not seen.joined:
        out.print("no observation of these files as they are now; make one with: switchpoint observe -- COMMAND")
    for one in seen.contradictions:
        counts = wording.Observed(one.seen.ran, one.seen.switched)
        _line(out, Text(f"{_seen_place(one)}: {wording.contradiction(TERMINAL, one.seen.kind, counts)}", style=RED))
    if seen.candidates:
        first = seen.candidates[:MOST_CANDIDATES]
        title = f"may switch, never seen to ({len(first)} of {len(seen.candidates)})"
        out.print(_table(title, "ran", ((_seen_place(one), f"{one.seen.ran:,}") for one in first)))


def _seen_place(one: Joined) -> str:
    return f"{shown(one.path)}:{one.seen.line}:{one.seen.col + 1} {one.seen.kind}"


def _styled_lines(text: str, *, coloured: bool) -> list[Text]:
    lines = [printable(line) for line in source_lines(text.removeprefix("\ufeff"))]
    if lines[-1] == "":
        lines.pop()
    if coloured and len(text) < COLOURED_LIMIT:
        styled = Syntax("", "python", theme="ansi_dark").highlight("\n".join(lines)).split("\n")[: len(lines)]
        if [line.plain for line in styled] == lines:
            return list(styled)
    return [Text(line) for line in lines]
