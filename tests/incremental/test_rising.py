"""How a change rises: what is above a node hears of it only where the node's own value changed."""

from __future__ import annotations

import contextlib
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incremental.test_engine import NOTHING, Bench, solved
from switchpoint.analysis.engine import Cancelled, Engine, Input, query

number = Input("number", load=lambda db, name: db[name])


@query()
def doubled(_: Any, name: str):
    return 2 * (yield number(name))


@query()
def is_big(_: Any, name: str):
    return (yield doubled(name)) > 10


@query()
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


def test_what_stays_the_same_keeps_the_change_from_what_is_above() -> None:
    made, computed = engine(a=1, b=2)
    assert made.get(story("a", "b")) == [("small", (False, 2)), ("small", (False, 0))]
    computed.clear()
    made.set(number("a"), 3)
    assert made.get(story("a", "b")) == [("small", (False, 2)), ("small", (False, 0))]
    assert computed == {"doubled": 1, "is_big": 1, "bits": 1}


def test_what_changes_lets_the_change_through() -> None:
    made, computed = engine(a=1, b=2)
    made.get(story("a", "b"))
    computed.clear()
    made.set(number("a"), 9)
    assert made.get(story("a", "b")) == [("big", (True, 2)), ("small", (False, 0))]
    assert computed == {"doubled": 1, "is_big": 1, "bits": 1, "told": 1, "story": 1}


def test_nothing_is_known_for_sure_above_what_is_not_settled() -> None:
    made, _ = engine(a=1)
    assert made.get(told("a")) == "small"
    made.set(number("a"), 9)
    assert made.peek(told("a")) is None
    assert made.get(told("a")) == "big"
    assert made.peek(told("a")) == "big"


@given(st.integers(0, 30))
def test_what_was_cancelled_is_settled_by_the_next_question(patience: int) -> None:
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


def height_holds(engine: Engine) -> bool:
    """Whether every node is higher than what it asked, or in a group with it."""
    nodes = [node for node in engine._memo.nodes.values() if not node.is_unread]  # pyright: ignore[reportPrivateUsage]
    edges = [(node, dep) for node in nodes for dep in node.deps]
    return all(n.height > d.height or (n.group is not None and n.group is d.group) for n, d in edges)


@given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.02, 0.1]))
@settings(max_examples=60, deadline=None)
def test_many_equations_with_few_cycles_end_where_a_fresh_engine_begins(random: Random, back: float) -> None:
    size = 25
    bench = Bench(([body(random, each, size, back) for each in range(size)], [frozenset({0}), frozenset({1}), NOTHING]))
    for _ in range(60):
        at = random.randrange(size)
        bench.play(random.choice([
            ("ask", at),
            ("ask", at),
            ("equation", at, body(random, at, size, back)),
            ("source", random.choice("abc"), frozenset({random.randrange(4)})),
            ("disk", random.choice("abc"), frozenset({random.randrange(4)})),
            ("cancel", at, random.randrange(40)),
            ("freeze", False),
            ("collect", 3),
        ]))  # fmt: skip
        assert height_holds(bench.engine)


def body(random: Random, at: int, size: int, back: float) -> tuple[Any, ...]:
    """The terms of an equation: they ask what stands before it, and seldom what stands behind."""

    def other() -> int:
        return random.randrange(size) if at == 0 or random.random() < back else random.randrange(at)

    kinds = [random.choice(["source", "ask", "ask", "if"]) for _ in range(random.randrange(4))]
    made = {
        "source": lambda: ("source", random.choice("abc")),
        "ask": lambda: ("ask", other()),
        "if": lambda: ("if", random.randrange(4), other(), other()),
    }
    return tuple(made[kind]() for kind in kinds)


@query()
def inverse(_: Any, name: str):
    return 12 // (yield number(name))


@query()
def guarded(_: Any, name: str):
    return (yield inverse(name)) if (yield is_nonzero(name)) else None


@query()
def is_nonzero(_: Any, name: str):
    return (yield number(name)) != 0


def test_what_nobody_asks_any_more_may_fail() -> None:
    made, _ = engine(a=3)
    assert made.get(guarded("a")) == 4
    made.set(number("a"), 0)
    assert made.get(guarded("a")) is None
    with pytest.raises(ZeroDivisionError):
        made.get(inverse("a"))
    made.set(number("a"), 6)
    assert made.get(guarded("a")) == 2


def test_suspects_that_ask_each_other_end() -> None:
    """Each of two reads, anew, what is above the other."""
    chain = {0: (("source", "a"),), 1: (("ask", 0),), 2: (("source", "b"),), 3: (("ask", 2),)}
    bench = solved(chain, {"a": frozenset({0}), "b": frozenset({1}), "c": NOTHING})
    for each in chain:
        bench.play(("ask", each))
    bench.play(("equation", 0, (("source", "a"), ("ask", 3))))
    bench.play(("equation", 2, (("source", "b"), ("ask", 1))))
    for each in chain:
        bench.play(("ask", each))
    assert height_holds(bench.engine)
