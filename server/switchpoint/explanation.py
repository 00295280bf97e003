"""Which hovers answer "why here?" for a line or a column, where nobody points with a mouse.

In: a workspace, a report, a place as people write it. Out: hovers, in source order. Must not know the command line nor
what the hovers say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint import observer, wording
from switchpoint.analysis import FileReport, Site, SiteKind, Workspace
from switchpoint.features.hover import Asking, Hover, hover_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from switchpoint.settings import Settings

Place = tuple[int, "int | None"]


def hovers_at(
    workspace: Workspace,
    settings: Settings,
    report: FileReport,
    source: Sequence[str],
    place: Place,
    *,
    seen: observer.Observed,
    mark: wording.Markup,
) -> list[Hover]:
    """All hovers of a line, the one at a column, or the one of the expression that holds the place."""
    line, col = place
    assumed = wording.Assumptions(workspace.python_version, settings.eager_tasks, settings.overrides)
    counts = _counts(report, seen)
    asking = Asking(
        workspace.reason,
        workspace.function_reason,
        assumed,
        workspace.notes,
        counts,
        workspace.footing,
        workspace.function_footing,
    )

    def at(places: Iterable[tuple[int, int]]) -> list[Hover]:
        found = (hover_at(report, source, each, asking, mark) for each in places)
        return [hover for hover in found if hover is not None]

    return at(_heads(report, line) if col is None else [(line, col)]) or at(_around(report, place))


def why_nothing(report: FileReport, source: Sequence[str], place: Place) -> str:
    """Why a place has no hovers, and where the nearest ones are."""
    line, col = place
    for problem in report.problems:
        if problem.line == 0:
            return problem.text
    if line < 1 or (col is not None and col < 0):
        return "lines and columns count from 1"
    count = len(source) - (not source[-1]) if source else 0
    if line > count:
        return f"the file has {count} lines"
    broken = next((each for each in report.problems if each.line == line), None)
    if broken is not None:
        return broken.text
    near = min(_all_heads(report), key=lambda head: (abs(head[0] - line), head), default=None)
    return wording.nothing_there(None if near is None else near[0], source[near[0] - 1].strip() if near else "")


def _all_heads(report: FileReport) -> list[tuple[int, int]]:
    callees = [start.callee for start in report.task_starts]
    keywords = [each.keyword for each in (*report.sites, *report.functions)]
    return sorted({(head.line, head.col) for head in (*callees, *keywords)})


def _heads(report: FileReport, line: int) -> list[tuple[int, int]]:
    """Where a line has something to point at."""
    return [head for head in _all_heads(report) if head[0] == line]


def _around(report: FileReport, place: Place) -> list[tuple[int, int]]:
    """The keyword of the innermost site whose expression holds the place."""
    holding = [site for site in report.sites if _holds(site, place)]
    innermost = max(holding, key=lambda site: (site.span.line, site.span.col), default=None)
    return [] if innermost is None else [(innermost.keyword.line, innermost.keyword.col)]


def _holds(site: Site, place: Place) -> bool:
    span = site.operand if site.kind is SiteKind.NEXT else site.span
    line, col = place
    if col is None:
        return span.line <= line <= span.end_line
    return (span.line, span.col) <= (line, col) <= (span.end_line, span.end_col)


def _counts(report: FileReport, seen: observer.Observed) -> Callable[[Site], wording.Observed | None]:
    joined = observer.compare(seen, [observer.Called.of(site) for site in report.sites]).joined
    counts = {
        (each.seen.kind, each.seen.line, each.seen.col): wording.Observed(each.seen.ran, each.seen.switched)
        for each in joined
    }
    return lambda site: counts.get((site.kind.value, site.span.line, site.span.col))
