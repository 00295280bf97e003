"""What a tired reviewer reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.made import HERE
from switchpoint import wording
from switchpoint.analysis import Effect, Reason, SiteKind, Span, Step, Unresolved, Verdict
from switchpoint.features.markup import MARKDOWN, PLAIN, escaped, one_line


@pytest.mark.parametrize("why", Unresolved)
def test_every_reason_of_unknown_has_a_sentence(why: Unresolved) -> None:
    said = wording.unresolved(PLAIN, Reason((), why, "thing.name"))
    assert "thing.name" in said
    assert "{" not in said


def test_reasons_of_unknown_differ() -> None:
    assert len(set(wording.UNRESOLVED.values())) == len(Unresolved)


@pytest.mark.parametrize("kind", SiteKind)
@pytest.mark.parametrize("effect", Effect)
def test_every_site_has_a_clause_and_a_model(kind: SiteKind, effect: Effect) -> None:
    reason = None if effect is Effect.NEVER else Reason((), primitive="asyncio.sleep")
    assert "thing()" in wording.site_clause(PLAIN, kind, effect, "thing()", reason)
    assert wording.site_model(kind, effect).endswith(".")


@pytest.mark.parametrize(
    ("primitive", "words"),
    [
        ("asyncio.Lock.acquire", "only while another task holds the lock"),
        ("asyncio.locks.Lock.acquire", "only while another task holds the lock"),
        ("asyncio.tasks.sleep", "which switches also for a delay of 0"),
        ("asyncio.queues.Queue.put", "only while the queue is full; one without a maximal size never is"),
        ("someone.else", ""),
    ],
)
def test_conditions_in_words(primitive: str, words: str) -> None:
    assert wording.condition(primitive) == words


def steps(number: int) -> list[Step]:
    return [Step(HERE, Span(line, 0, line, 5), f"await s{line}()", "f") for line in range(1, number + 1)]


def test_a_short_chain_is_told_in_full() -> None:
    assert wording.chain(PLAIN, steps(2)) == ["1. example.py:1 await s1() in f", "2. example.py:2 await s2() in f"]


def test_a_long_chain_lacks_its_middle() -> None:
    told = wording.chain(PLAIN, steps(20))
    assert [line.split(" ")[0] for line in told] == ["1.", "2.", "3.", "-", "18.", "19.", "20."]
    assert "14 more" in told[3]


def test_labels() -> None:
    assert [wording.label(verdict) for verdict in Verdict] == ["inline", "may switch"]
    assert [wording.exit_label(verdict) for verdict in Verdict] == ["exit inline", "exit may switch"]


def test_lens() -> None:
    assert wording.lens(2, 1, 0) == "2 switch points · 1 inline await"
    assert wording.lens(0, 0, 3) == "no switch points · started as a task in 3 places"


def test_observed() -> None:
    assert wording.observed(wording.Observed(1532, 0)) == "Observed: switched 0 of 1,532 times."
    capped = "Observed: switched 0 of the 10,000 times counted; it ran at least that often."
    assert wording.observed(wording.Observed(10_000, 0)) == capped


@pytest.mark.parametrize(
    "text",
    ["a`b", "``", "`", "", "[x](command:evil)", "<b>", "a\nb", "\u202ex", "**x**", "x\x00y"],
)
def test_code_cannot_break_out(text: str) -> None:
    shown = MARKDOWN.code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    inside = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence)
    assert fence not in inside.replace(" " + "`" * 9, "")
    assert "\n" not in shown
    assert "\x00" not in shown
    assert "\u202e" not in shown


@given(st.text())
def test_no_text_starts_markdown(text: str) -> None:
    shown = escaped(text)
    assert shown.splitlines() in ([], [shown])
    plain = shown.replace("\\\\", "")
    for index, char in enumerate(plain):
        if char in "`*_[]()<>!#":
            assert plain[index - 1] == "\\"
    assert one_line(text) == one_line(one_line(text))


def test_places_are_links() -> None:
    path = Path(HERE.anchor) / "a folder" / "it's.py"
    assert MARKDOWN.place(path, 7) == f"[it's.py:7]({path.as_uri()}#L7)"
    assert PLAIN.place(path, 7) == "it's.py:7"
