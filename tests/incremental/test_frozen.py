"""What is frozen is known in another engine as if it had been computed there, and only what is needed is read."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

import pytest

from incremental.test_engine import PICKLED
from switchpoint.analysis.engine import Cancelled, Damaged, Engine, Input, query

number = Input("a number", load=lambda db, name: db[name])


@query()
def plus(_: Any, first: str, second: str):
    return (yield number(first)) + (yield number(second))


@query()
def is_big(_: Any, name: str):
    return (yield number(name)) > 10


@query(bottom=lambda name: frozenset[str]())
def reached(_: Any, name: str):
    """The names that a chain of numbers leads to, round and round."""
    found = {name}
    for other in "abc":
        if (yield number(other)) == 1:
            found |= yield reached(other)
    return frozenset(found)


@query()
def story(_: Any):
    found: list[Any] = []
    for name in "abc":
        found.append(((yield plus(name, "a")), (yield is_big(name)), sorted((yield reached(name)))))
    return found


@query()
def bigs(_: Any):
    found: list[str] = []
    for name in "abc":
        if (yield is_big(name)):
            found.append(name)
    return found


def thawed(engine: Engine, db: dict[str, int]) -> tuple[Engine, Counter[str]]:
    file = BytesIO()
    assert engine.freeze(file, PICKLED, None)
    made, computed = Engine(db), Counter[str]()
    made.thaw(file, PICKLED)
    made.on_compute = lambda key: computed.update([key[0].name])
    return made, computed


def known(**db: int) -> Engine:
    engine = Engine(db)
    engine.get(story())
    return engine


def test_nothing_is_computed_again_and_only_what_is_asked_is_read() -> None:
    before = known(a=1, b=1, c=20)
    made, computed = thawed(before, {})
    assert made.frozen == len(before)
    assert made.get(story()) == before.get(story())
    assert not computed
    assert len(made) == 1


def test_a_change_computes_what_it_reaches() -> None:
    made, computed = thawed(known(a=1, b=1, c=20), {})
    made.set(number("c"), 30)
    assert made.get(story()) == known(a=1, b=1, c=30).get(story())
    assert computed == {"plus": 1, "is_big": 1, "story": 1, "reached": computed["reached"]}


def test_what_stays_the_same_keeps_a_change_from_what_is_above() -> None:
    made, computed = thawed(known(a=1, b=1, c=20), {})
    made.set(number("c"), 30)
    assert made.get(is_big("c")) is True
    assert computed == {"is_big": 1}


def test_a_cycle_is_broken_as_a_whole() -> None:
    made, _ = thawed(known(a=1, b=1, c=1), {})
    made.set(number("b"), 0)
    made.set(number("c"), 0)
    assert made.get(story()) == known(a=1, b=0, c=0).get(story())


def test_an_input_that_changed_is_loaded_anew() -> None:
    made, _ = thawed(known(a=1, b=1, c=20), {"a": 5, "b": 1, "c": 20})
    for key in made.keys(number):
        made.reload(key)
    assert made.get(story()) == known(a=5, b=1, c=20).get(story())


def test_what_was_set_before_stays_set() -> None:
    file = BytesIO()
    assert known(a=1, b=1, c=20).freeze(file, PICKLED, None)
    made = Engine({})
    made.set(number("a"), 7)
    made.thaw(file, PICKLED)
    assert made.get(story()) == known(a=7, b=1, c=20).get(story())


def test_what_was_thawed_and_what_is_new_are_frozen_together() -> None:
    first, _ = thawed(known(a=1, b=1, c=20), {})
    first.set(number("b"), 2)
    wanted = first.get(story())
    first.set(number("unused"), 3)
    second, computed = thawed(first, {})
    assert second.get(story()) == wanted
    assert not computed
    second.set(number("a"), 4)
    assert second.get(story()) == known(a=4, b=2, c=20).get(story())


def test_what_does_not_hold_is_not_frozen() -> None:
    engine = known(a=1, b=1, c=20)
    engine.set(number("a"), 2)
    assert not engine.freeze(BytesIO(), PICKLED, None, lambda: True), "what rests on it is not settled"
    made, _ = thawed(engine, {"b": 1, "c": 20})
    assert made.get(story()) == known(a=2, b=1, c=20).get(story())


def test_only_what_may_have_changed_is_read_after_a_change() -> None:
    before = known(a=1, b=1, c=20)
    before.get(bigs())
    made, computed = thawed(before, {})
    made.set(number("c"), 21)
    assert made.get(bigs()) == ["c"]
    assert computed == {"is_big": 1, "plus": 1}
    assert len(made) < made.frozen


def test_freezing_can_be_cancelled_and_changes_nothing() -> None:
    engine = known(a=1, b=1, c=20)
    assert not engine.freeze(BytesIO(), PICKLED, None, lambda: True)
    with pytest.raises(Cancelled):
        Engine({}).get(story(), lambda: True)
    assert engine.get(story()) == known(a=1, b=1, c=20).get(story())


@pytest.mark.parametrize("harm", [lambda data: b"", lambda data: data[:40], lambda data: data[:-16] + bytes(16)])
def test_a_damaged_file_is_refused(harm: Any) -> None:
    file = BytesIO()
    assert known(a=1, b=1, c=20).freeze(file, PICKLED, None)
    engine = known(a=2, b=1, c=20)
    with pytest.raises(Damaged):
        engine.thaw(BytesIO(harm(file.getvalue())), PICKLED)
    assert engine.get(story()) == known(a=2, b=1, c=20).get(story())
