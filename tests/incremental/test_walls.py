"""Walls: what is above one hears of a change only where the wall's own value changed."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchpoint.analysis.engine import Cancelled, Engine, Input, query

number = Input("number", load=lambda db, name: db[name])


@query()
def doubled(_: Any, name: str):
    return 2 * (yield number(name))


@query(wall=True)
def is_big(_: Any, name: str):
    return (yield doubled(name)) > 10


@query(wall=True)
def bits(_: Any, name: str):
    return ((yield is_big(name)), (yield doubled(name)) % 4)


@query()
def told(_: Any, name: str):
    return "big" if (yield is_big(name)) else "small"


@query()
def story(_: Any, *names: str):
    found: list[Any] = []
    for name in names:
        found.append(((yield told(name)), (yield bits(name))))
    return found


def engine(**numbers: int) -> tuple[Engine, Counter[str]]:
    made, computed = Engine(numbers), Counter[str]()
    made.on_compute = lambda key: computed.update([key[0].name])
    return made, computed


def test_a_wall_that_stays_the_same_keeps_the_change_from_what_is_above() -> None:
    made, computed = engine(a=1, b=2)
    assert made.get(story("a", "b")) == [("small", (False, 2)), ("small", (False, 0))]
    computed.clear()
    made.set(number("a"), 3)
    assert made.get(story("a", "b")) == [("small", (False, 2)), ("small", (False, 0))]
    assert computed == {"doubled": 1, "is_big": 1, "bits": 1}


def test_a_wall_that_changes_lets_the_change_through() -> None:
    made, computed = engine(a=1, b=2)
    made.get(story("a", "b"))
    computed.clear()
    made.set(number("a"), 9)
    assert made.get(story("a", "b")) == [("big", (True, 2)), ("small", (False, 0))]
    assert computed == {"doubled": 1, "is_big": 1, "bits": 1, "told": 1, "story": 1}


def test_nothing_is_known_for_sure_before_walls_are_settled() -> None:
    made, _ = engine(a=1)
    assert made.get(told("a")) == "small"
    made.set(number("a"), 9)
    assert made.peek(told("a")) is None
    assert made.get(told("a")) == "big"
    assert made.peek(told("a")) == "big"


@given(st.integers(0, 30))
def test_walls_that_were_cancelled_are_settled_by_the_next_question(patience: int) -> None:
    made, _ = engine(a=1, b=2)
    made.get(story("a", "b"))
    made.set(number("a"), 9)
    made.set(number("b"), 9)
    steps = iter(range(patience))
    with_end = lambda: next(steps, None) is None  # noqa: E731
    with contextlib.suppress(Cancelled):
        made.get(story("a", "b"), with_end)
    assert made.get(story("a", "b")) == [("big", (True, 2)), ("big", (True, 2))]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), max_size=12))
def test_any_edits_end_where_a_fresh_engine_begins(edits: list[tuple[str, int]]) -> None:
    numbers = {"a": 1, "b": 2, "c": 3}
    made, _ = engine(**numbers)
    for index, (name, value) in enumerate(edits):
        numbers[name] = value
        made.set(number(name), value)
        if index % 2:
            assert made.get(story("a", "b", "c")) == engine(**numbers)[0].get(story("a", "b", "c"))
        if index % 5 == 4:
            made.collect(made.revision)
    assert made.get(story("a", "b", "c")) == engine(**numbers)[0].get(story("a", "b", "c"))


@pytest.mark.parametrize("value", [1, 9])
def test_an_input_that_is_given_again_changes_nothing(value: int) -> None:
    made, computed = engine(a=value)
    before = made.get(told("a"))
    computed.clear()
    made.set(number("a"), value)
    made.invalidate(number("a"))
    assert made.get(told("a")) == before
    assert set(computed) <= {"doubled", "is_big"}
