"""Hovers, read as a person reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from features.made import HERE, asking, report
from switchpoint.analysis import Effect, FileReport, Footing, Problem, Span, Step, TaskStart
from switchpoint.features.hover import hover_at
from switchpoint.features.markup import MARKDOWN, PLAIN
from switchpoint.wording import Assumptions, Observed

SOURCE = """\
async def parent():
    await always_child()
    await never_child()
    await unknown_child()
    async with sometimes_lock():
        await never_inside()
    async for x in never_steps():
        pass
"""


def lines_at(line: int, col: int, source: str = SOURCE, made: FileReport | None = None) -> list[str]:
    found = hover_at(made or report(source), source.splitlines(True), (line, col), asking(), PLAIN)
    assert found is not None
    return list(found.lines)


def test_line_one_stands_alone() -> None:
    assert lines_at(2, 6)[0] == (
        "switchpoint: may switch — always_child() reaches asyncio.sleep, which switches even for a delay of 0"
    )
    assert lines_at(3, 6)[0] == (
        "switchpoint: inline — never_child() runs inside this task and never reaches the event loop"
    )
    assert lines_at(4, 6)[0] == (
        "switchpoint: may switch — unknown_child() leads to what(), which could not be proved inline: the name "
        "what was not resolved"
    )


def test_the_whole_hover() -> None:
    assert lines_at(2, 4)[1:] == [
        "1. features/tasks.py:702 await __sleep0() in sleep",
        "2. features/tasks.py:651 yield in __sleep0, out to the event loop",
        "What is awaited runs inside the current task up to the place where it switches; no other task runs before "
        "that. There other tasks can change what this one has read, and a cancellation can arrive.",
        "Assumed: Python 3.12, no eager tasks.",
    ]


def test_a_lock_around_what_never_switches() -> None:
    said = lines_at(5, 6)
    assert said[0] == (
        "switchpoint: may switch — entering sometimes_lock() (asyncio.Lock) switches only while another task holds the "
        "lock or waits for it; leaving it never reaches the event loop"
    )
    assert "Nothing inside this block switches, so holding this lock keeps no other task of the event loop out." in said


def test_the_fact_about_a_lock_needs_a_proof() -> None:
    switching = SOURCE.replace("never_inside", "unknown_inside")
    assert not any("keeps no other task" in line for line in lines_at(5, 6, switching))
    broken = replace(report(SOURCE), problems=(Problem(HERE, 6, "invalid syntax"),))
    assert not any("keeps no other task" in line for line in lines_at(5, 6, made=broken))


def test_async_for_says_what_a_loop_does() -> None:
    assert any("timeout cannot fire" in line for line in lines_at(7, 5))


def test_async_def() -> None:
    made = report(SOURCE)
    started = Step(HERE, Span(30, 4, 30, 40), "create_task(parent())", "main")
    function = replace(made.functions[0], starts_task_at=(started,), overridable_hook=True)
    said = lines_at(1, 2, made=replace(made, functions=(function,)))
    assert said[0] == "switchpoint: may switch — parent reaches asyncio.sleep; 3 of 7 places in it may switch"
    assert "Started as a task at features/example.py:30." in said
    assert any("it is there to be overridden" in line for line in said)


def test_a_proof_names_the_methods_on_which_it_rests() -> None:
    footing = Footing(("App.startup",), ("App.send",))
    found = hover_at(report(SOURCE), SOURCE.splitlines(True), (3, 6), asking(footing=footing), PLAIN)
    assert found is not None
    assert found.lines[-2].startswith("This rests on App.startup, whose body does nothing")
    assert found.lines[-1] == (
        "Assumed: Python 3.12, no eager tasks, no unseen override of App.startup (nor of 1 more method)."
    )
    switching = hover_at(report(SOURCE), SOURCE.splitlines(True), (2, 6), asking(footing=footing), PLAIN)
    assert switching is not None
    assert "App.startup" not in "".join(switching.lines)


def test_entering_and_leaving_inline_is_one_clause() -> None:
    source = "async def f():\n    async with never_a(), never_b():\n        pass\n"
    found = hover_at(report(source), source.splitlines(True), (2, 5), asking(), PLAIN)
    assert found is not None
    assert found.lines == (
        "switchpoint: inline — entering and leaving never_a() never reach the event loop; entering and leaving "
        "never_b() never reach the event loop",
        "Entering and leaving run inside the current task: no other task runs before the block begins, nor before the "
        "line after it.",
        "Assumed: Python 3.12, no eager tasks.",
    )


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("eager", [False, True])
def test_where_a_task_is_made(effect: Effect, eager: bool) -> None:
    start = TaskStart(HERE, Span(2, 10, 2, 24), Span(2, 10, 2, 22), "worker", effect)
    made = replace(report(SOURCE), task_starts=(start,))
    asked = asking(assumed=Assumptions((3, 12), eager_tasks=eager))
    found = hover_at(made, SOURCE.splitlines(True), (2, 12), asked, PLAIN)
    assert found is not None
    assert found.lines[0].startswith("switchpoint: starts a task — worker runs later as a task of its own")
    assert ("eager tasks its first part runs here" in found.lines[1]) is eager


def test_observed_beside_the_verdict_and_against_it() -> None:
    made, source = report(SOURCE), SOURCE.splitlines(True)
    seen = hover_at(made, source, (2, 6), asking(Observed(1532, 0)), PLAIN)
    assert seen is not None
    assert "Observed: switched 0 of 1,532 times." in seen.lines
    against = hover_at(made, source, (3, 6), asking(Observed(10, 2)), PLAIN)
    assert against is not None
    assert any("bug in switchpoint" in line for line in against.lines)


def test_other_names_are_left_to_others() -> None:
    assert hover_at(report(SOURCE), SOURCE.splitlines(True), (2, 14), asking(), PLAIN) is None


def test_text_of_the_workspace_is_escaped() -> None:
    source = 'async def main():\n    await always("`](command:x)<b>")\n'
    found = hover_at(report(source), source.splitlines(True), (2, 6), asking(), MARKDOWN)
    assert found is not None
    assert '``always("`](command:x)<b>")``' in found.lines[0]


def test_a_files_name_makes_no_link_of_its_own() -> None:
    shown = MARKDOWN.place(Path("/shop/work", "[odd](name) **b**.py").resolve(), 5)
    assert shown.startswith(r"[work/\[odd\]\(name) \*\*b\*\*.py:5](file:")
