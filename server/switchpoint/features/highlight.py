"""Document highlights: with the cursor on `async` or `await`, the switch points of that function.

In: a `FileReport` and a place. Out: spans. This module must not know the protocol.
"""

from __future__ import annotations

from switchpoint.analysis import FileReport, Function, Span, Verdict
from switchpoint.features.hover import inside


def highlights(report: FileReport, place: tuple[int, int]) -> tuple[Span, ...]:
    """The keywords at which the function around a keyword may switch, and its own `async`; () elsewhere."""
    function = _function_at(report, place)
    if function is None:
        return ()
    sites = [report.sites[index] for index in function.sites]
    marked = [site.keyword for site in sites if site.verdict is Verdict.MAY_SWITCH]
    return tuple(sorted({function.keyword, *marked}))


def _function_at(report: FileReport, place: tuple[int, int]) -> Function | None:
    for function in report.functions:
        if inside(function.keyword, place):
            return function
    site = next((site for site in report.sites if inside(site.keyword, place)), None)
    if site is None:
        return None
    return next((function for function in report.functions if site.index in function.sites), None)
