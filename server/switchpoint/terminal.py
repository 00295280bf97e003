"""What a terminal shows: tables of reports, findings, problems, source with its hints.

In: the plain data of the analysis and of `features`. Out: rich text, which loses its colours where there are none. Must
not know options, exit codes, nor how a verdict was found. All text of a workspace is hostile: no control character of it
reaches the terminal.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from switchpoint.analysis import Effect, FileReport, Problem, Reason, Site, Verdict
from switchpoint.features.hints import Hint

STYLES = {"inline": "dim green", "may switch": "yellow", "unknown": "magenta", "error": "bold red"}
COLOURED_LIMIT = 200_000
PIPED_WIDTH = 160
# Line feed and tab stay; an escape sequence or a direction mark in a source must not act on the reader's terminal.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINE_END = re.compile(r"\r\n|\r|\n")

Why = tuple[Site, "Reason | None"]


def console(stream: TextIO | None = None) -> Console:
    """A console on stdout (or `stream`): as wide as the terminal, or wide enough for a file or a pipe."""
    stream = stream or sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def shown(path: Path) -> str:
    """A path as people read it: relative below the current folder."""
    here = Path.cwd()
    return printable(str(path.relative_to(here) if path.is_relative_to(here) else path))


def printable(text: str) -> str:
    """The text without what would act on a terminal."""
    return UNPRINTABLE.sub("\ufffd", text)


def by_file(reports: Sequence[FileReport]) -> Table:
    """One row for each file that has sites, and their sum."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    with_sites = [report for report in reports if report.sites]
    total = Counter(site.effect for report in with_sites for site in report.sites)
    table.add_column("file", f"{len(reports)} files, {len(with_sites)} with sites", overflow="fold")
    for name, count, style in _columns(total):
        table.add_column(name, str(count), justify="right", style=style)
    for report in with_sites:
        counts = _columns(Counter(site.effect for site in report.sites))
        table.add_row(shown(report.path), *(str(count or "") for _, count, _ in counts))
    return table


def by_reason(unknown: Counter[str]) -> Table:
    """How many sites are unknown for each reason."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("unknown, because of")
    table.add_column("sites", justify="right", style=STYLES["unknown"])
    for reason, count in unknown.most_common():
        table.add_row(printable(reason), str(count))
    return table


def finding(site: Site, text: str) -> Text:
    """One finding on one line, with a place that editors and terminals recognise."""
    style = STYLES["inline"] if site.verdict is Verdict.INLINE else STYLES["may switch"]
    place = f"{shown(site.path)}:{site.span.line}:{site.span.col + 1}"
    return Text.assemble((place, "bold"), ": ", (site.verdict.value, style), " ", printable(text))


def problem(found: Problem) -> Text:
    """One file that could not be read or parsed."""
    place = shown(found.path) + (f":{found.line}" if found.line else "")
    return Text.assemble((place, "bold"), ": ", (printable(found.text), STYLES["error"]))


def annotated(text: str, hints: Iterable[Hint], out: Console, *, numbered: bool) -> Text:
    """Source with its hints, at the places where the editor shows them."""
    lines = _source_lines(text, coloured=out.is_terminal)
    left, right = _brackets(out.encoding)
    for hint in sorted(hints, reverse=True):
        if not 0 < hint.line <= len(lines):
            continue
        line = lines[hint.line - 1]
        before, after = line.divide([len(line) if hint.line_end else min(hint.col, len(line))])
        style = STYLES["inline"] if hint.label.endswith("inline") else STYLES["may switch"]
        lines[hint.line - 1] = Text.assemble(before, (f"{left}{hint.label}{right}", style), after)
    if numbered:
        width = len(str(len(lines)))
        lines = [Text.assemble((f"{number:{width}}  ", "dim"), line) for number, line in enumerate(lines, 1)]
    return Text("\n").join(lines)


def _columns(effects: Counter[Effect]) -> list[tuple[str, int, str]]:
    return [
        ("sites", effects.total(), "bold"),
        ("inline", effects[Effect.NEVER], STYLES["inline"]),
        ("always", effects[Effect.ALWAYS], STYLES["may switch"]),
        ("sometimes", effects[Effect.SOMETIMES], STYLES["may switch"]),
        ("unknown", effects[Effect.UNKNOWN], STYLES["unknown"]),
    ]


def _source_lines(text: str, *, coloured: bool) -> list[Text]:
    lines = [printable(line) for line in LINE_END.split(text.removeprefix("\ufeff"))]
    if lines[-1] == "":
        lines.pop()
    if coloured and len(text) < COLOURED_LIMIT:
        highlighted = Syntax("", "python", theme="ansi_dark").highlight("\n".join(lines)).split("\n")
        if [line.plain for line in highlighted[: len(lines)]] == lines:
            return list(highlighted[: len(lines)])
    return [Text(line) for line in lines]


def _brackets(encoding: str) -> tuple[str, str]:
    return ("⟨", "⟩") if encoding.lower().replace("-", "") == "utf8" else ("<", ">")
