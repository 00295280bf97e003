"""Inlay hints of one file: what stands where.

In: a `FileReport` and the display settings; for `keep_broken`, also the last hints. Out: hints as plain tuples. This
module must not know the protocol, client units, nor how a verdict was found.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint import wording
from switchpoint.analysis import Effect, FileReport, Site, SiteKind, Span, Verdict
from switchpoint.features.shifting import Hint, Hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from switchpoint.settings import ExitHints, Position, Settings, Show


def hints(report: FileReport, settings: Settings) -> Hints:
    """The hints of a file, in the order of their places; an exit's stands after what ends at the same place."""
    if settings.show == "off":
        return ()
    found = [
        hint
        for site in report.sites
        if _wanted(site, settings.show)
        for hint in _hint(site, settings.position, settings.exit_hints)
    ]
    return tuple(sorted(found, key=_order))


def so_far(path: str, judged: tuple[Site, ...], unjudged: tuple[Site, ...], settings: Settings) -> Hints:
    """The hints while a file is judged: what is not proved yet may switch, and no exit is told of before it does."""
    done = hints(FileReport(Path(path), judged), settings)
    left = hints(FileReport(Path(path), unjudged), replace(settings, exit_hints="off"))
    return tuple(sorted((*done, *left), key=_order))


def keep_broken(last: Hints, report: FileReport, new: Hints) -> Hints:
    """The new hints, and the last ones of what cannot be parsed just now.

    `last` must already be shifted to the text of `report`. What the report does not speak about keeps its last hints;
    where it speaks, it is believed, but for a function in which a statement is half typed: what is `inline` there may
    only be lost to a switch that is known. Functions may share a name (overloads, redefinitions): then their place
    decides.
    """
    if not report.problems:
        return new
    spoken = _Spoken(report)
    taken = {hint[:2] for hint in new}
    kept = [hint for hint in last if not spoken.of(hint) and hint[:2] not in taken]
    before = {(hint.kind, *hint[:2]): hint.label for hint in last}
    calm = (
        hint._replace(label=before.get((hint.kind, *hint[:2]), hint.label)) if spoken.in_part(hint) else hint
        for hint in new
    )
    return tuple(sorted((*calm, *kept), key=_order))


class _Spoken:
    """What a report of a file that does not parse speaks about."""

    def __init__(self, report: FileReport) -> None:
        self._unread = report.unread
        self._live = {site.function for site in report.sites}
        self._spans: dict[str, list[Span]] = {}
        for function in report.functions:
            self._spans.setdefault(function.name, []).append(function.span)
        self._known = {
            (site.kind.value, site.operand.line, site.operand.col)
            for site in report.sites
            if site.effect in (Effect.ALWAYS, Effect.SOMETIMES)
        }

    def of(self, hint: Hint) -> bool:
        """Whether a hint would be among its hints."""
        if any(first <= hint.key_line <= last for first, last in self._unread):
            return False
        if hint.function in self._spans:
            return any(span.line <= hint.key_line <= span.end_line for span in self._spans[hint.function])
        return hint.function in self._live

    def in_part(self, hint: Hint) -> bool:
        """Whether a hint's verdict may come from a statement that is half typed."""
        if (hint.kind, hint.key_line, hint.key_col) in self._known:
            return False
        around = (span for span in self._spans.get(hint.function, ()) if span.line <= hint.key_line <= span.end_line)
        return any(span.line <= first and last <= span.end_line for span in around for first, last in self._unread)


def site_of(report: FileReport, kind: str, line: int, col: int) -> Site | None:
    """The site that a hint's key names."""
    for site in report.sites:
        if site.kind.value == kind and (site.operand.line, site.operand.col) == (line, col):
            return site
    return None


def _order(hint: Hint) -> tuple[int, int, bool]:
    return (hint.line, hint.col, hint.kind == SiteKind.EXIT.value)


def _wanted(site: Site, show: Show) -> bool:
    match show:
        case "all":
            return True
        case "inline":
            return site.verdict is Verdict.INLINE
        case "mayswitch":
            return site.verdict is Verdict.MAY_SWITCH
        case "off":
            return False


def _hint(site: Site, position: Position, exits: ExitHints) -> Iterator[Hint]:
    if site.kind is SiteKind.EXIT:
        if _exit_wanted(site, exits):
            end = site.block or site.span
            yield _at((end.end_line, end.end_col), site, wording.exit_label(site.verdict), line_end=False)
        return
    line, col = _anchor(site, position)
    yield _at((line, col), site, wording.label(site.verdict), line_end=position == "endOfLine")


def _exit_wanted(site: Site, exits: ExitHints) -> bool:
    match exits:
        case "mayswitch":
            return site.verdict is Verdict.MAY_SWITCH
        case "always":
            return True
        case "off":
            return False


def _anchor(site: Site, position: Position) -> tuple[int, int]:
    whole: Span = site.span if site.kind is SiteKind.AWAIT else site.operand
    match position:
        case "afterExpression" | "endOfLine":
            return (whole.end_line, whole.end_col)
        case "afterKeyword":
            return (site.keyword.end_line, site.keyword.end_col)


def _at(place: tuple[int, int], site: Site, label: str, *, line_end: bool) -> Hint:
    operand = site.operand
    return Hint(*place, label, line_end, site.kind.value, operand.line, operand.col, site.function)


def counts(sites: Iterable[Site]) -> tuple[int, int]:
    """How many sites are inline, and how many may switch."""
    verdicts = [site.verdict for site in sites]
    inline = verdicts.count(Verdict.INLINE)
    return (inline, len(verdicts) - inline)
