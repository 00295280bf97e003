"""Which site a place in the text belongs to, and where a jump to a site goes.

In: a `FileReport` and a place. Out: a site, or a span. This module must not know the protocol.
"""

from __future__ import annotations

from switchpoint.analysis import FileReport, Site, SiteKind, Span, Verdict
from switchpoint.features.hover import inside


def stands_at(site: Site) -> Span:
    """What a jump to a site selects: its keyword; for an exit, the end of the block, where it happens."""
    if site.kind is SiteKind.EXIT and site.block is not None:
        end = site.block
        return Span(end.end_line, end.end_col, end.end_line, end.end_col)
    return site.keyword


def switching_at(report: FileReport, place: tuple[int, int]) -> Site | None:
    """The site that may switch at a place: the one pointed at, else the innermost around it, else one of its line."""
    switching = [site for site in report.sites if site.verdict is Verdict.MAY_SWITCH]
    pointed = [site for site in switching if inside(stands_at(site), place)]
    around = [site for site in switching if inside(site.operand if site.kind is SiteKind.NEXT else site.span, place)]
    on_line = [site for site in switching if stands_at(site).line == place[0]]
    if pointed:
        return pointed[0]
    if around:
        return max(around, key=lambda site: (site.span.line, site.span.col))
    return on_line[0] if on_line else None
