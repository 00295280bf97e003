"""Hints follow edits without any analysis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchpoint.features.edits import Edit, moved
from switchpoint.features.shifting import Hint, shift


def hint(line: int, col: int) -> Hint:
    return Hint(line, col, "inline", False, "await", line, max(col - 3, 0), "main")


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (Edit((1, 0), (1, 0), "\n"), (4, 10)),
        (Edit((1, 0), (2, 0), ""), (2, 10)),
        (Edit((3, 0), (3, 0), "xy"), (3, 12)),
        (Edit((3, 4), (3, 6), ""), (3, 8)),
        (Edit((3, 12), (3, 12), "xy"), (3, 10)),
        (Edit((4, 0), (9, 0), ""), (3, 10)),
        (Edit((3, 2), (3, 2), "a\nbc"), (4, 10)),
        (Edit((2, 5), (3, 2), "q"), (2, 14)),
        (Edit((3, 10), (3, 10), "\n"), (3, 10)),
        (Edit((3, 10), (3, 10), " # why"), (3, 10)),
        (Edit((3, 10), (3, 10), ".more()"), (3, 17)),
        (Edit((3, 10), (3, 11), "z"), (3, 10)),
        (Edit((3, 7), (3, 10), "other"), (3, 12)),
    ],
)
def test_one_edit(edit: Edit, place: tuple[int, int]) -> None:
    assert [each[:2] for each in shift((hint(3, 10),), edit)] == [place]


def test_what_is_replaced_has_no_hint() -> None:
    assert shift((hint(3, 10),), Edit((2, 0), (4, 0), "pass\n")) == ()


def test_only_what_is_below_moves() -> None:
    old = (hint(1, 4), hint(3, 10), hint(3, 20), hint(9, 1))
    assert [each[:2] for each in shift(old, Edit((3, 12), (3, 12), "x"))] == [(1, 4), (3, 10), (3, 21), (9, 1)]


TEXT = st.text(alphabet="ab \n", max_size=30)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, Edit, int, int]:
    """A text, an edit of it, and its two offsets."""
    text = draw(TEXT)
    first, second = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return text, Edit(place_of(text, first), place_of(text, second), draw(TEXT)), first, second


def place_of(text: str, offset: int) -> tuple[int, int]:
    head = text[:offset]
    return (head.count("\n") + 1, len(head.rpartition("\n")[2]))


@given(edited(), st.integers(0, 30))
def test_a_place_stays_before_the_same_text(case: tuple[str, Edit, int, int], offset: int) -> None:
    """Whatever stood after a place outside the edit stands there still."""
    text, edit, first, second = case
    after = text[:first] + edit.text + text[second:]
    offset = min(offset, len(text))
    found = moved(place_of(text, offset), edit, sticky=False)
    if offset < first:
        assert found == place_of(after, offset)
    elif offset >= second:
        assert found == place_of(after, offset + len(after) - len(text))
    else:
        assert found is None
