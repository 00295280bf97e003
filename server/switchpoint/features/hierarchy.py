"""Call hierarchy along suspension: where can this switch (down), who may switch because of this (up).

In: reports and reasons. Out: entries with places. This module must not know the protocol, nor how files are found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from switchpoint.analysis import FileReport, Function, Reason, Site, Span, Step, Verdict
from switchpoint.features.hover import inside

if TYPE_CHECKING:
    from pathlib import Path

Why = Callable[[Site], Reason | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A function in the hierarchy. `span` is all of it, `name_span` what to select; `sites` the places that lead on."""

    path: Path
    name: str
    span: Span
    name_span: Span
    sites: tuple[Span, ...] = ()


def entry_at(report: FileReport, place: tuple[int, int]) -> Entry | None:
    """The coroutine function whose `async`, or one of whose sites' keywords, is at a place."""
    for function in report.functions:
        if inside(function.keyword, place):
            return _entry(function)
    site = next((site for site in report.sites if inside(site.keyword, place)), None)
    return _owner(report, site) if site is not None else None


def down(report: FileReport, name: str, why: Why, report_of: Callable[[Path], FileReport]) -> tuple[Entry, ...]:
    """Where the function `name` of a file may switch: what its sites drive, one step further down."""
    found: dict[tuple[Path, str, int], Entry] = {}
    for site in _sites_of(report, name):
        reason = why(site)
        if reason is None or not reason.steps:
            continue
        entry = _entry_of_step(reason.steps[0], report_of)
        _add(found, entry, site.span)
    return tuple(found.values())


def up(report: FileReport, path: Path, name: str, why: Why) -> tuple[Entry, ...]:
    """Who in one file may switch because the function `name` of `path` does: whose sites' chains begin in it."""
    found: dict[tuple[Path, str, int], Entry] = {}
    for site in report.sites:
        reason = why(site) if site.verdict is Verdict.MAY_SWITCH else None
        if reason is None or not reason.steps:
            continue
        first = reason.steps[0]
        if (first.path, first.function) == (path, name):
            _add(found, _owner(report, site), site.span)
    return tuple(found.values())


def _sites_of(report: FileReport, name: str) -> list[Site]:
    return [site for site in report.sites if site.function == name and site.verdict is Verdict.MAY_SWITCH]


def _entry(function: Function) -> Entry:
    return Entry(function.path, function.name, function.span, function.keyword)


def _owner(report: FileReport, site: Site) -> Entry:
    for function in report.functions:
        if site.index in function.sites:
            return _entry(function)
    return Entry(site.path, site.function, site.span, site.keyword)


def _entry_of_step(step: Step, report_of: Callable[[Path], FileReport]) -> Entry:
    """The coroutine function in which a step stands; the step itself when it is a plain generator or a module."""
    for function in report_of(step.path).functions:
        if function.name == step.function:
            return _entry(function)
    return Entry(step.path, step.function or step.text, step.span, step.span)


def _add(found: dict[tuple[Path, str, int], Entry], entry: Entry, site: Span) -> None:
    key = (entry.path, entry.name, entry.span.line)
    known = found.get(key, entry)
    found[key] = replace(known, sites=(*known.sites, site))
