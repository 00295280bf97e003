"""The engine against a naive fixpoint from scratch, and the number of recomputations against what an edit reaches."""

from __future__ import annotations

import gc
from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from switchpoint.analysis.engine import Cancelled, CycleError, Engine, FixpointError, Input, Key, query

NOTHING: frozenset[int] = frozenset()


def missing(db: Any, name: Any) -> Any:
    return db[name]


source = Input("source", load=missing)
"""One element set of a system of equations."""
equation = Input("equation", load=missing)
"""What one unknown is the join of: ("source", i), ("ask", j), or ("if", element, j, k): if j has it, then k."""


@query(bottom=lambda unknown: NOTHING)
def solution(db: Any, unknown: int):
    result = NOTHING
    for term in (yield equation(unknown)):
        match term:
            case ("source", name):
                result |= yield source(name)
            case ("ask", other):
                result |= yield solution(other)
            case ("if", element, condition, other):
                if element in (yield solution(condition)):
                    result |= yield from joined(other)
    return result


def joined(other: int):
    return (yield solution(other))


def naive(equations: dict[int, Any], sources: dict[str, frozenset[int]]) -> dict[int, frozenset[int]]:
    values = dict.fromkeys(equations, NOTHING)

    def term_value(term: Any) -> frozenset[int]:
        match term:
            case ("source", name):
                return sources[name]
            case ("ask", other):
                return values[other]
            case (_, element, condition, other):
                return values[other] if element in values[condition] else NOTHING

    while True:
        new = {unknown: NOTHING.union(*map(term_value, terms)) for unknown, terms in equations.items()}
        if new == values:
            return values
        values = new


SIZE = 7
unknowns = st.integers(0, SIZE - 1)
elements = st.integers(0, 3)
names = st.sampled_from("abc")
terms = st.one_of(
    st.tuples(st.just("source"), names),
    st.tuples(st.just("ask"), unknowns),
    st.tuples(st.just("ask"), unknowns),
    st.tuples(st.just("if"), elements, unknowns, unknowns),
)
bodies = st.lists(terms, max_size=4).map(tuple)
element_sets = st.frozensets(elements, max_size=2)
systems = st.tuples(st.lists(bodies, min_size=SIZE, max_size=SIZE), st.tuples(*[element_sets] * 3))
steps = st.one_of(
    st.tuples(st.just("ask"), unknowns),
    st.tuples(st.just("ask"), unknowns),
    st.tuples(st.just("equation"), unknowns, bodies),
    st.tuples(st.just("source"), names, element_sets),
    st.tuples(st.just("disk"), names, element_sets),
    st.tuples(st.just("cancel"), unknowns, st.integers(0, 40)),
    st.tuples(st.just("collect"), st.integers(0, 3)),
)


class Bench:
    """An engine beside the plain state that its inputs are loaded from."""

    def __init__(self, system: Any) -> None:
        bodies, sets = system
        self.equations: dict[int, Any] = dict(enumerate(bodies))
        self.sources: dict[str, frozenset[int]] = dict(zip("abc", sets, strict=True))
        self.disk: dict[Any, Any] = {**self.equations, **self.sources}
        self.engine = Engine(self.disk)
        self.computed: Counter[Key[Any]] = Counter()
        self.engine.on_compute = lambda key: self.computed.update([key])

    def play(self, step: Any) -> None:
        match step:
            case ("ask", unknown):
                assert self.engine.get(solution(unknown)) == naive(self.equations, self.sources)[unknown]
            case ("equation", unknown, body):
                self.equations[unknown] = body
                self.engine.set(equation(unknown), body)
            case ("source", name, value):
                self.sources[name] = value
                self.engine.set(source(name), value)
            case ("disk", name, value):
                self.disk[name] = self.sources[name] = value
                self.engine.invalidate(source(name))
            case ("cancel", unknown, after):
                self.cancel(unknown, after)
            case (_, age):
                self.engine.collect(self.engine.revision - age)

    def cancel(self, unknown: int, after: int) -> None:
        left = count(after, -1)
        try:
            value = self.engine.get(solution(unknown), lambda: next(left) <= 0)
        except Cancelled:
            return
        assert value == naive(self.equations, self.sources)[unknown]


@settings(max_examples=400, deadline=None)
@given(systems, st.lists(steps, max_size=30))
def test_warm_equals_from_scratch(system: Any, script: list[Any]) -> None:
    bench = Bench(system)
    for step in script:
        bench.play(step)
    for unknown in range(SIZE):
        bench.play(("ask", unknown))


@settings(max_examples=50, deadline=None)
@given(systems, st.permutations(range(SIZE)))
def test_order_of_questions_does_not_matter(system: Any, order: list[int]) -> None:
    values = [{unknown: bench.engine.get(solution(unknown)) for unknown in asked} for bench, asked in (
        (Bench(system), range(SIZE)), (Bench(system), order))]
    assert values[0] == values[1]
