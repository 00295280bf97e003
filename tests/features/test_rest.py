"""Lenses, highlights, hierarchy, pointing and totals."""

from __future__ import annotations

from features.made import HERE, NO_NAME, TASKS, reason, report
from switchpoint.analysis import Effect, FileReport, Reason, Site, Span, Unresolved
from switchpoint.features.hierarchy import down, entry_at, up
from switchpoint.features.highlight import highlights
from switchpoint.features.lens import lenses
from switchpoint.features.pointing import stands_at, switching_at
from switchpoint.features.report import json_site, rows, totals

SOURCE = """\
async def one():
    await never()
    await always()
    async with sometimes_exits():
        pass


async def two():
    await unknown()
"""


def test_one_lens_a_function() -> None:
    assert [(lens.span.line, lens.title) for lens in lenses(report(SOURCE))] == [
        (1, "3 switch points · 1 inline await"),
        (8, "1 switch point"),
    ]


def test_a_keyword_lights_up_the_switch_points_of_its_function() -> None:
    made = report(SOURCE)
    lit = [(span.line, span.col) for span in highlights(made, (2, 5))]
    assert lit == [(1, 0), (3, 4), (4, 4)]
    assert highlights(made, (1, 1)) == highlights(made, (2, 5))
    assert highlights(made, (2, 12)) == ()


def test_down_leads_to_what_is_driven() -> None:
    def report_of(path: object) -> FileReport:
        return FileReport(TASKS, ()) if path == TASKS else report(SOURCE)

    found = down(report(SOURCE), "one", reason, report_of)
    assert [(entry.name, entry.path, len(entry.sites)) for entry in found] == [
        ("sleep", TASKS, 2),
        ("Lock.acquire", TASKS, 1),
    ]


def test_up_leads_to_whose_chain_begins_there() -> None:
    found = up(report(SOURCE), TASKS, "sleep", reason)
    assert [(entry.name, len(entry.sites)) for entry in found] == [("one", 2)]
    assert up(report(SOURCE), TASKS, "other", reason) == ()


def test_an_entry_is_found_by_its_keywords() -> None:
    made = report(SOURCE)
    by_def, by_await = entry_at(made, (1, 0)), entry_at(made, (3, 6))
    assert by_def is not None
    assert by_def == by_await
    assert by_def.name == "one"
    assert entry_at(made, (3, 12)) is None


def test_pointing() -> None:
    made = report(SOURCE)
    assert [stands_at(site) for site in made.sites if site.kind.value == "exit"] == [Span(5, 12, 5, 12)]
    always = switching_at(made, (3, 13))
    assert always is not None
    assert always.effect is Effect.ALWAYS
    assert switching_at(made, (3, 0)) == always
    assert switching_at(made, (2, 6)) is None


def test_totals_by_verdict_and_reason() -> None:
    made = list(rows(report(SOURCE), reason))
    counted = totals(made, files=1)
    assert (counted.sites, counted.inline, counted.always, counted.sometimes, counted.unknown) == (5, 1, 2, 1, 1)
    assert counted.why_unknown == ((Unresolved.NAME, 1),)


def test_json() -> None:
    made = {row.site.effect: json_site(row) for row in rows(report(SOURCE), reason)}
    assert made[Effect.NEVER]["because"] is None
    unknown = made[Effect.UNKNOWN]
    assert unknown["because"] == [
        {"file": str(HERE), "line": 1, "col": 0, "text": "await what()", "unresolved": "unresolved name: what"}
    ]
    assert unknown["verdict"] == "may switch"
    assert list(unknown) == [
        *("file", "kind", "line", "col", "end_line", "end_col", "function", "verdict", "effect", "because"),
    ]


def test_never_asks_for_no_reason() -> None:
    def strict(site: Site) -> Reason | None:
        assert site.effect is not Effect.NEVER
        return NO_NAME

    assert len(list(rows(report(SOURCE), strict))) == 5
