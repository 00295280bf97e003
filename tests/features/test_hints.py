"""Which hints stand where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.made import HERE, report
from switchpoint.analysis import Effect, FileReport, Problem
from switchpoint.features.hints import hints, keep_broken, site_of
from switchpoint.features.shifting import within
from switchpoint.settings import ExitHints, Position, Settings, Show

SOURCE = """\
async def main():
    await always()
    x = await never(1) + 2
    async with sometimes_exits() as a, never_b() as b:
        await never()
    async for x in unknown():
        pass
"""


def shown(source: str, settings: Settings) -> str:
    """The source with its hints, as an editor shows them."""
    lines = source.splitlines()
    for hint in reversed(hints(report(source), settings)):
        line = lines[hint.line - 1]
        col = len(source.splitlines()[hint.line - 1]) if hint.line_end else hint.col
        lines[hint.line - 1] = f"{line[:col]}«{hint.label}»{line[col:]}"
    return "\n".join(lines) + "\n"


def test_after_expression() -> None:
    assert (
        shown(SOURCE, Settings())
        == """\
async def main():
    await always()«may switch»
    x = await never(1)«inline» + 2
    async with sometimes_exits()«may switch» as a, never_b()«inline» as b:
        await never()«inline»«exit may switch»
    async for x in unknown()«may switch»:
        pass
"""
    )


@pytest.mark.parametrize(
    ("position", "second", "fourth"),
    [
        (
            "afterKeyword",
            "    x = await«inline» never(1) + 2",
            "    async«may switch»«inline» with sometimes_exits() as a, never_b() as b:",
        ),
        (
            "endOfLine",
            "    x = await never(1) + 2«inline»",
            "    async with sometimes_exits() as a, never_b() as b:«may switch»«inline»",
        ),
    ],
)
def test_positions(position: Position, second: str, fourth: str) -> None:
    lines = shown(SOURCE, Settings(position=position)).splitlines()
    assert lines[2:4] == [second, fourth]


@pytest.mark.parametrize(
    ("exits", "labels"),
    [
        ("mayswitch", ["exit may switch"]),
        ("always", ["exit may switch", "exit inline"]),
        ("off", []),
    ],
)
def test_exit_hints(exits: ExitHints, labels: list[str]) -> None:
    found = hints(report(SOURCE), Settings(exit_hints=exits))
    assert [hint.label for hint in found if hint.kind == "exit"] == labels
    assert {(hint.line, hint.col) for hint in found if hint.kind == "exit"} <= {(5, 21)}


@pytest.mark.parametrize(
    ("show", "labels"),
    [
        ("inline", {"inline"}),
        ("mayswitch", {"may switch", "exit may switch"}),
        ("off", set[str]()),
    ],
)
def test_show(show: Show, labels: set[str]) -> None:
    assert {hint.label for hint in hints(report(SOURCE), Settings(show=show))} == labels


def test_labels_are_short() -> None:
    for hint in hints(report(SOURCE), Settings(exit_hints="always")):
        assert len(hint.label) <= (15 if hint.kind == "exit" else 10)


def test_a_hint_names_its_site() -> None:
    made = report(SOURCE)
    for hint in hints(made, Settings(exit_hints="always")):
        site = site_of(made, hint.kind, hint.key_line, hint.key_col)
        assert site is not None
        assert site.kind.value == hint.kind
    assert site_of(made, "await", 1, 0) is None


def test_lines_of_a_window() -> None:
    found = hints(report(SOURCE), Settings())
    assert [hint.line for hint in within(found, 3, 4)] == [3, 4, 4]
    assert within(found, 8, 90) == ()


TWO = """\
async def one():
    await never()


async def two():
    await always()
"""


def test_a_broken_function_keeps_its_hints() -> None:
    whole = report(TWO)
    last = hints(whole, Settings())
    broken = FileReport(HERE, (whole.sites[1],), (whole.functions[1],), problems=(Problem(HERE, 2, "invalid syntax"),))
    assert keep_broken(last, broken, hints(broken, Settings())) == last


def test_where_the_report_speaks_it_is_believed() -> None:
    whole = report(TWO)
    last = hints(whole, Settings())
    gone = replace(whole, sites=whole.sites[:1], problems=(Problem(HERE, 6, "invalid syntax"),))
    assert keep_broken(last, gone, hints(gone, Settings())) == last[:1]


def test_functions_of_one_name_are_told_apart_by_their_place() -> None:
    overloaded = "async def f(): ...\n\n\nasync def f():\n    await never()\n    x = 1\n"
    whole = report(overloaded)
    last = hints(whole, Settings())
    problem = Problem(HERE, 6, "invalid syntax")
    broken = replace(whole, sites=(), functions=whole.functions[:1], problems=(problem,))
    assert keep_broken(last, broken, ()) == last
    assert keep_broken(last, replace(broken, functions=whole.functions), ()) == ()


def test_without_problems_nothing_is_kept() -> None:
    empty = FileReport(HERE, ())
    assert keep_broken(hints(report(TWO), Settings()), empty, ()) == ()


def test_what_is_unread_keeps_its_hints_whatever_is_said_around_it() -> None:
    """A statement of the module itself: other statements of it are judged, this one is half typed."""
    whole = report("await always()\nawait never()\n")
    last = hints(whole, Settings())
    half = replace(whole, sites=whole.sites[1:], problems=(Problem(HERE, 1, "invalid syntax"),), unread=((1, 1),))
    assert keep_broken(last, half, hints(half, Settings())) == last
    assert keep_broken(last, replace(half, unread=()), hints(half, Settings())) == last[1:]


@pytest.mark.parametrize(
    ("effect", "kept"),
    [(Effect.UNKNOWN, "inline"), (Effect.SOMETIMES, "may switch"), (Effect.ALWAYS, "may switch")],
)
def test_in_a_half_typed_function_only_a_known_switch_changes_a_verdict(effect: Effect, kept: str) -> None:
    whole = report("async def one():\n    await never()\n    x = 1\n")
    last = hints(whole, Settings())
    problem = Problem(HERE, 3, "invalid syntax")
    half = replace(whole, sites=(replace(whole.sites[0], effect=effect),), problems=(problem,), unread=((3, 3),))
    assert [hint.label for hint in keep_broken(last, half, hints(half, Settings()))] == [kept]
    elsewhere = replace(half, unread=((9, 9),))
    assert [hint.label for hint in keep_broken(last, elsewhere, hints(elsewhere, Settings()))] == ["may switch"]
