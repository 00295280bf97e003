"""Hovers on `await`, on `async` of def, for and with, and on the name called where a task is created.

In: a `FileReport`, the lines of the file, a way to ask for reasons, and a place. Out: one span and its text, first
line first. This module must not know the protocol; the sentences are in `wording`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from typing_extensions import assert_never

from switchpoint import wording
from switchpoint.analysis import (
    Effect,
    FileReport,
    Footing,
    Function,
    Reason,
    Site,
    SiteKind,
    Span,
    TaskStart,
    Verdict,
)
from switchpoint.features.hints import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from switchpoint.wording import Assumptions, Markup, Observed

FIRST_LINES = 3
NO_FOOTING = Footing()

_Target: TypeAlias = "TaskStart | Function | list[Site]"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a hover may ask for beyond the report. `observed` has counts by site index."""

    reason: Callable[[Site], Reason | None]
    function_reason: Callable[[Function], Reason | None]
    assumptions: Assumptions
    notes: tuple[str, ...] = ()
    observed: Callable[[Site], Observed | None] = field(default=lambda site: None)
    footing: Callable[[Site], Footing] = field(default=lambda site: NO_FOOTING)
    function_footing: Callable[[Function], Footing] = field(default=lambda function: NO_FOOTING)


@dataclass(frozen=True, slots=True)
class Hover:
    """What is hovered and the paragraphs about it. The first one stands alone."""

    span: Span
    lines: tuple[str, ...]


def hover_at(
    report: FileReport, source: Sequence[str], place: tuple[int, int], asking: Asking, mark: Markup
) -> Hover | None:
    """The hover at a place; None where other servers speak."""
    found = next((each for each in _targets(report, (place[0], place[0])) if inside(each[0], place)), None)
    if found is None:
        return None
    span, target = found
    return Hover(span, tuple(_lines(report, target, source, asking, mark)))


def hovers_on(
    report: FileReport, source: Sequence[str], lines: tuple[int, int], asking: Asking, mark: Markup
) -> Iterator[Hover]:
    """Every hover on some lines (from 1, both included). At each place the first that has it is the one that counts."""
    for span, target in _targets(report, lines):
        yield Hover(span, tuple(_lines(report, target, source, asking, mark)))


def site_lines(site: Site, source: Sequence[str], asking: Asking, mark: Markup) -> list[str]:
    """The paragraphs about one site."""
    reason = asking.reason(site)
    operand = text_of(source, site.operand)
    lines = [wording.first_line(mark, site.verdict.value, wording.site_clause(mark, site, operand, reason))]
    lines += _because(site.effect, reason, mark, site)
    lines += _observed(site, operand, asking, mark)
    lines.append(wording.site_model(site, reason))
    return [*lines, *_rests_on(_footing(site, asking), asking, mark)]


def first_lines(site: Site, source: Sequence[str], asking: Asking, mark: Markup) -> str:
    """The beginning of a site's hover, for the tooltip of a hint."""
    return mark.lines(site_lines(site, source, asking, mark)[:FIRST_LINES])


def inside(span: Span, place: tuple[int, int]) -> bool:
    """Whether a place is on a span or just behind its last character."""
    return span.line <= place[0] and (span.line, span.col) <= place <= (span.end_line, span.end_col)


def text_of(source: Sequence[str], span: Span) -> str:
    """The source of a span on one line."""
    lines = list(source[span.line - 1 : span.end_line])
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_col]
    lines[0] = lines[0][span.col :]
    return " ".join(" ".join(lines).split())


def _targets(report: FileReport, lines: tuple[int, int]) -> Iterator[tuple[Span, _Target]]:
    """What can be hovered on some lines, in the order in which it counts. A keyword stands for all of its sites."""

    def touches(span: Span) -> bool:
        return span.line <= lines[1] and lines[0] <= span.end_line

    yield from ((start.callee, start) for start in report.task_starts if touches(start.callee))
    by_keyword: dict[Span, list[Site]] = {}
    for site in report.sites:
        if touches(site.keyword):
            by_keyword.setdefault(site.keyword, []).append(site)
    yield from by_keyword.items()
    yield from ((function.keyword, function) for function in report.functions if touches(function.keyword))


def _lines(report: FileReport, target: _Target, source: Sequence[str], asking: Asking, mark: Markup) -> list[str]:
    match target:
        case TaskStart():
            return _task_lines(target, asking, mark)
        case Function():
            return _function_lines(report, target, asking, mark)
        case list():
            return _sites_lines(report, target, source, asking, mark)
        case _:
            assert_never(target)


def _sites_lines(
    report: FileReport, sites: Sequence[Site], source: Sequence[str], asking: Asking, mark: Markup
) -> list[str]:
    """One keyword can stand for several sites: each item of an `async with` has two."""
    if len(sites) == 1:
        return site_lines(sites[0], source, asking, mark)
    reasons = [asking.reason(site) for site in sites]
    operands = [text_of(source, site.operand) for site in sites]
    worst = next((site for site in sites if site.verdict is Verdict.MAY_SWITCH), sites[0])
    clauses = wording.block_clauses(mark, list(zip(sites, operands, reasons, strict=True)))
    lines = [wording.first_line(mark, worst.verdict.value, clauses)]
    for site, operand, reason in zip(sites, operands, reasons, strict=True):
        because = _because(site.effect, reason, mark, site)
        lines += [wording.why(mark, site.kind, operand), *because] if because else []
        lines += _observed(site, operand, asking, mark)
    lines += _lock_fact(report, sites, reasons)
    lines += wording.block_models(sites)
    footings = [_footing(site, asking) for site in sites]
    hooks = dict.fromkeys(name for each in footings for name in each.hooks)
    methods = dict.fromkeys(name for each in footings for name in each.methods)
    return [*lines, *_rests_on(Footing(tuple(hooks), tuple(methods)), asking, mark)]


def _function_lines(report: FileReport, function: Function, asking: Asking, mark: Markup) -> list[str]:
    reason = asking.function_reason(function)
    sites = [report.sites[index] for index in function.sites]
    name = function.name.rpartition(".")[2]
    verdict = Verdict.INLINE if function.effect is Effect.NEVER else Verdict.MAY_SWITCH
    clause = wording.function_clause(mark, name, function.effect, counts(sites), reason)
    lines = [wording.first_line(mark, verdict.value, clause), *_because(function.effect, reason, mark)]
    lines.append(wording.function_model(function.effect, is_generator=function.is_generator))
    if function.overridable_hook:
        lines.append(wording.hook())
    if function.starts_task_at:
        lines.append(wording.started_as_task(mark, function.starts_task_at))
    footing = asking.function_footing(function) if function.effect is Effect.NEVER else NO_FOOTING
    return [*lines, *_rests_on(footing, asking, mark)]


def _task_lines(start: TaskStart, asking: Asking, mark: Markup) -> list[str]:
    clause = wording.task_clause(mark, start.target, start.effect)
    model = wording.task_model(eager=asking.assumptions.eager_tasks)
    return [wording.first_line(mark, "starts a task", clause), model, *_rests_on(NO_FOOTING, asking, mark)]


def _footing(site: Site, asking: Asking) -> Footing:
    """Only a proof rests on something: a switch that was found is there whatever is overridden."""
    return asking.footing(site) if site.effect is Effect.NEVER else NO_FOOTING


def _rests_on(footing: Footing, asking: Asking, mark: Markup) -> list[str]:
    hooks = [wording.hooks(mark, footing.hooks)] if footing.hooks else []
    return [*hooks, wording.assumptions(mark, asking.assumptions, footing, asking.notes)]


def _because(effect: Effect, reason: Reason | None, mark: Markup, site: Site | None = None) -> list[str]:
    """The way down. What is not resolved at the very site leads nowhere, and the first line has said why."""
    if effect is Effect.NEVER or reason is None:
        return []
    only = reason.steps[0] if len(reason.steps) == 1 and reason.unresolved is not None else None
    if site is not None and only is not None and (only.path, only.span) == (site.path, site.span):
        return []
    return wording.chain(mark, reason)


def _observed(site: Site, operand: str, asking: Asking, mark: Markup) -> list[str]:
    seen = asking.observed(site)
    if seen is None:
        return []
    if site.verdict is Verdict.INLINE and seen.switched:
        return [wording.contradiction(mark, operand, seen)]
    return [wording.observed(seen)]


def _lock_fact(report: FileReport, sites: Sequence[Site], reasons: Sequence[Reason | None]) -> list[str]:
    """Said only where it is proved: every site of the block inline, and what is entered is a lock."""
    pairs = zip(sites, reasons, strict=True)
    block = next((site.block for site, why in pairs if site.kind is SiteKind.ENTER and wording.is_lock(why)), None)
    if block is None or report.problems:
        return []
    own = {site.index for site in sites}
    inner = [site for site in report.sites if site.index not in own and _contains(block, site.span)]
    return [] if any(site.verdict is Verdict.MAY_SWITCH for site in inner) else [wording.lock_without_switch()]


def _contains(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.col) <= (inner.line, inner.col) and (inner.end_line, inner.end_col) <= (
        outer.end_line,
        outer.end_col,
    )
