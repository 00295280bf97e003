"""Rows and totals of a whole run, for the terminal's table and for JSON.

In: reports and reasons. Out: plain rows, totals, and the JSON object of one site. This module must not know how they
are printed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis import Effect, FileReport, Problem, Reason, Site, Step, Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Row:
    """One site with its reason."""

    site: Site
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many sites have which effect, and for unknown ones why, the most frequent first."""

    files: int
    sites: int
    inline: int
    always: int
    sometimes: int
    unknown: int
    why_unknown: tuple[tuple[Unresolved, int], ...]


def rows(report: FileReport, why: Callable[[Site], Reason | None]) -> Iterator[Row]:
    """The sites of a file in source order, each with its reason."""
    for site in report.sites:
        yield Row(site, None if site.effect is Effect.NEVER else why(site))


def totals(all_rows: Iterable[Row], files: int) -> Totals:
    """Totals by effect and by reason of unknown."""
    effects: Counter[Effect] = Counter()
    why: Counter[Unresolved] = Counter()
    for row in all_rows:
        effects[row.site.effect] += 1
        if row.site.effect is Effect.UNKNOWN and row.reason is not None and row.reason.unresolved is not None:
            why[row.reason.unresolved] += 1
    return Totals(
        files=files,
        sites=effects.total(),
        inline=effects[Effect.NEVER],
        always=effects[Effect.ALWAYS],
        sometimes=effects[Effect.SOMETIMES],
        unknown=effects[Effect.UNKNOWN],
        why_unknown=tuple(sorted(why.items(), key=lambda item: (-item[1], item[0].value))),
    )


def json_site(row: Row) -> dict[str, object]:
    """One site as `check --format json` prints it."""
    site, span = row.site, row.site.span
    return {
        "file": str(site.path),
        "kind": site.kind.value,
        "line": span.line,
        "col": span.col,
        "end_line": span.end_line,
        "end_col": span.end_col,
        "function": site.function,
        "verdict": site.verdict.value,
        "effect": site.effect.value,
        "because": _json_because(row.reason),
    }


def json_problem(problem: Problem) -> dict[str, object]:
    """One problem as `check --format json` prints it."""
    return {"file": str(problem.path), "line": problem.line, "text": problem.text}


def _json_because(reason: Reason | None) -> list[dict[str, object]] | None:
    if reason is None:
        return None
    steps = [_json_step(step) for step in reason.steps]
    if steps and reason.unresolved is not None:
        steps[-1]["unresolved"] = (
            f"{reason.unresolved.value}: {reason.detail}" if reason.detail else reason.unresolved.value
        )
    return steps


def _json_step(step: Step) -> dict[str, object]:
    return {"file": str(step.path), "line": step.span.line, "col": step.span.col, "text": step.text}
