"""The engine against a naive fixpoint from scratch, and the number of recomputations against what an edit reaches."""

from __future__ import annotations

import gc
import pickle
from collections import Counter
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchpoint.analysis.engine import Cancelled, CycleError, Engine, FixpointError, Input, Key, beneath, query

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
    st.tuples(st.just("reload"), names, element_sets),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("next process")),
)


class Pickled:
    """How keys and values are written in these tests."""

    def write(self, values: Any) -> bytes:
        return pickle.dumps(list(values))

    def read(self, data: bytes) -> list[Any]:
        return pickle.loads(data)


PICKLED = Pickled()


class Bench:
    """An engine beside the plain state that its inputs are loaded from."""

    def __init__(self, system: Any) -> None:
        bodies, sets = system
        self.equations: dict[int, Any] = dict(enumerate(bodies))
        self.sources: dict[str, frozenset[int]] = dict(zip("abc", sets, strict=True))
        self.disk: dict[Any, Any] = {**self.equations, **self.sources}
        self.given: set[str] = set()
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
                self.given.add(name)
                self.sources[name] = value
                self.engine.set(source(name), value)
            case ("disk", name, value):
                self.given.discard(name)
                self.disk[name] = self.sources[name] = value
                self.engine.invalidate(source(name))
            case ("cancel", unknown, after):
                self.cancel(unknown, after)
            case ("reload", name, value):
                self.disk[name] = value
                if name not in self.given:
                    self.sources[name] = value
                self.engine.reload(source(name))
            case ("freeze", has_prefix):
                self.freeze(self.engine, b"before" * has_prefix)
            case ("next process",):
                engine = Engine(self.disk)
                self.freeze(engine, b"")
                for unknown, body in self.equations.items():
                    engine.set(equation(unknown), body)
                for name, value in self.sources.items():
                    engine.set(source(name), value)
                self.given.update("abc")
                self.engine = engine
                engine.on_compute = lambda key: self.computed.update([key])
            case (_, age):
                self.engine.collect(self.engine.revision - age)

    def freeze(self, into: Engine, prefix: bytes) -> None:
        """All that is known lies in a file from now on."""
        file = BytesIO(prefix)
        file.seek(len(prefix))
        if self.engine.freeze(file, PICKLED, ["extra"]):
            assert into.thaw(file, PICKLED, len(prefix)) == ["extra"]

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
    values = [
        {unknown: bench.engine.get(solution(unknown)) for unknown in asked}
        for bench, asked in ((Bench(system), range(SIZE)), (Bench(system), order))
    ]
    assert values[0] == values[1]


def solved(bodies: dict[int, Any], sets: dict[str, frozenset[int]]) -> Bench:
    bench = Bench(((), (NOTHING, NOTHING, NOTHING)))
    bench.equations, bench.sources = bodies, sets
    bench.disk.update({**bodies, **sets})
    return bench


def recomputed(bench: Bench, *asked: int) -> set[int]:
    bench.computed.clear()
    for unknown in asked:
        bench.play(("ask", unknown))
    assert set(bench.computed.values()) <= {1}
    return {key[1][0] for key in bench.computed}


DIAMOND = {
    0: (("source", "a"),),
    1: (("ask", 0), ("source", "b")),
    2: (("ask", 0),),
    3: (("ask", 1), ("ask", 2)),
    4: (("source", "b"),),
}


def diamond() -> Bench:
    return solved(dict(DIAMOND), {"a": frozenset({1}), "b": frozenset({2})})


def test_each_query_is_computed_once() -> None:
    bench = diamond()
    assert recomputed(bench, 3, 4, 3) == {0, 1, 2, 3, 4}
    assert recomputed(bench, 3, 4) == set()


def test_an_edit_recomputes_what_it_reaches() -> None:
    bench = diamond()
    recomputed(bench, 3, 4)
    bench.play(("source", "b", frozenset({3})))
    assert recomputed(bench, 3, 4) == {1, 3, 4}


def test_an_equal_outcome_stops_the_edit() -> None:
    bench = diamond()
    recomputed(bench, 3, 4)
    bench.play(("source", "b", frozenset({1, 2})))
    assert recomputed(bench, 3) == {1, 4}


def test_an_equal_input_is_no_edit() -> None:
    bench = diamond()
    recomputed(bench, 3)
    revision = bench.engine.revision
    bench.engine.set(source("a"), frozenset({1}))
    assert bench.engine.revision == revision


def test_an_equal_reload_recomputes_nothing() -> None:
    bench = diamond()
    recomputed(bench, 3)
    bench.engine.invalidate(source("a"))
    assert bench.engine.peek(solution(3)) is None
    assert recomputed(bench, 3) == set()
    assert bench.engine.peek(solution(3)) == {1, 2}


def test_an_unrelated_edit_leaves_a_cycle_alone() -> None:
    bench = solved(
        {0: (("ask", 1), ("source", "a")), 1: (("ask", 0), ("ask", 2)), 2: (("source", "b"),)},
        {"a": frozenset({1}), "b": frozenset(), "c": NOTHING},
    )
    bench.play(("ask", 0))
    bench.play(("disk", "b", frozenset()))
    assert recomputed(bench, 1, 0) == set()


def test_a_cycle_that_lost_its_source_does_not_support_itself() -> None:
    bench = solved({0: (("ask", 1), ("source", "a")), 1: (("ask", 0),)}, {"a": frozenset({1})})
    bench.play(("ask", 1))
    bench.play(("source", "a", NOTHING))
    bench.play(("ask", 1))


DEEP = 100_000


def test_depth_costs_no_recursion() -> None:
    bench = solved({0: (("source", "a"),)}, {"a": frozenset({1})})
    bench.disk.update({n: (("ask", n - 1),) for n in range(1, DEEP)})
    assert bench.engine.get(solution(DEEP - 1)) == {1}
    bench.engine.set(source("a"), frozenset({2}))
    assert bench.engine.get(solution(DEEP - 1)) == {2}
    assert len(bench.computed) == DEEP
    bench.engine.collect(bench.engine.revision + 1)
    del bench
    gc.collect()


def computations(bodies: dict[int, Any], asked: int) -> int:
    bench = solved(bodies, {"a": frozenset({1}), "b": frozenset({2})})
    bench.play(("ask", asked))
    return sum(bench.computed.values())


@pytest.mark.parametrize("asked", [0, 250])
def test_a_ring_costs_a_few_rounds(asked: int) -> None:
    ring = {n: (("ask", (n + 1) % 500),) for n in range(500)}
    ring[123] = (*ring[123], ("source", "a"))
    assert computations(ring, asked) <= 5 * 500


def test_nested_heads_cost_a_few_rounds() -> None:
    path = {n: (("ask", max(n - 1, 0)), ("ask", min(n + 1, 999))) for n in range(1000)}
    path[0] += (("source", "a"),)
    path[999] += (("source", "b"),)
    assert computations(path, 500) <= 10 * 1000


def test_a_chain_of_cycles_costs_a_few_rounds() -> None:
    chain = {n: (("ask", n ^ 1), ("ask", min(n + 2, 1999))) for n in range(2000)}
    chain[1998] = (("source", "a"), ("ask", 1999))
    assert computations(chain, 0) <= 6 * 2000


@query(bottom=lambda name: NOTHING)
def with_bottom(db: Any, name: str):
    return (yield without_bottom(name))


@query()
def without_bottom(db: Any, name: str):
    return (yield with_bottom(name))


@pytest.mark.parametrize("asked", [with_bottom("x"), without_bottom("x")])
def test_a_cycle_needs_a_bottom_everywhere(asked: Key[Any]) -> None:
    engine = Engine({})
    for _ in range(2):
        with pytest.raises(CycleError, match=r"with(out)?_bottom\('x'\)"):
            engine.get(asked)


@query(bottom=lambda name: 0)
def growing(db: Any, name: str):
    return (yield growing(name)) + 1


@query(bottom=lambda name: 0, widen=lambda name: float("inf"))
def widened(db: Any, name: str):
    return (yield follower(name)) + 1


@query(bottom=lambda name: 0)
def follower(db: Any, name: str):
    return (yield widened(name))


def test_what_does_not_settle_is_widened_or_reported() -> None:
    with pytest.raises(FixpointError, match="growing"):
        Engine({}).get(growing("x"))
    assert Engine({}).get(follower("x")) == Engine({}).get(widened("x")) == float("inf")


@query()
def plain(db: Any, name: str) -> int:
    return len(name)


@query()
def fragile(db: Any, name: str):
    return 1 // (yield source(name)) + (yield plain(name=name))


def test_an_exception_comes_out_and_nothing_is_kept_of_it() -> None:
    engine = Engine({"zero": 0})
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            engine.get(fragile("zero"))
    engine.set(source("zero"), 1)
    assert engine.get(fragile("zero")) == 5


@query()
def reentrant(db: Any, name: str) -> int:
    return db["engine"].get(plain(name))


def test_a_query_cannot_ask_behind_the_engines_back() -> None:
    db: dict[str, Any] = {}
    db["engine"] = Engine(db)
    with pytest.raises(RuntimeError):
        db["engine"].get(reentrant("x"))
    assert db["engine"].get(plain("x")) == 1


def test_memory_is_flat_over_many_edits() -> None:
    bench = solved({0: ()}, {"a": frozenset({1})})
    sizes: set[int] = set()
    for edit in range(10_000):
        fresh = edit + 1
        bench.disk[fresh] = (("ask", fresh), ("source", "a"))
        bench.engine.set(equation(0), (("ask", fresh),))
        assert bench.engine.get(solution(0)) == {1}
        if edit % 100 == 99:
            bench.engine.collect(bench.engine.revision)
            sizes.add(len(bench.engine))
    assert sizes == {5}


def test_collecting_keeps_what_was_set() -> None:
    engine = Engine({"a": "disk"})
    engine.set(source("a"), "editor")
    engine.collect(engine.revision + 1)
    assert engine.get(source("a")) == "editor"


def test_what_is_no_longer_asked_no_longer_reaches() -> None:
    bench = diamond()
    recomputed(bench, 1)
    bench.play(("equation", 1, (("ask", 0),)))
    assert recomputed(bench, 1) == {1}
    bench.play(("source", "b", frozenset({3})))
    assert bench.engine.peek(solution(1)) == {1}


def test_a_cycle_grows_through_what_it_was_verified_with() -> None:
    sets = {"a": frozenset({1}), "b": frozenset({2})}
    bench = solved({0: (("ask", 1),), 1: (("ask", 0), ("ask", 2)), 2: (("source", "b"),)}, sets)
    bench.play(("ask", 0))
    bench.play(("equation", 2, (("ask", 0), ("source", "a"))))
    for unknown in (0, 1, 2):
        bench.play(("ask", unknown))


@query(bottom=lambda name: NOTHING, beneath=lambda db, name: NOTHING)
def imposed(db: Any, name: str):
    """What depends on everything, and everything on it."""
    return frozenset(element + 1 for element in (yield beneath(everything(name))))


@query(bottom=lambda name: NOTHING)
def everything(db: Any, name: str):
    return (yield source(name)) | (yield from both(name))


def both(name: str):
    return (yield imposed(name)) | (yield everything(name))


def test_the_lower_stratum_has_answers_of_its_own() -> None:
    engine = Engine({"a": frozenset({1})})
    computed = Counter[str]()
    engine.on_compute = lambda key: computed.update([repr(key)])
    assert engine.get(everything("a")) == {1, 2}
    assert engine.get(beneath(everything("a"))) == {1}
    assert engine.get(beneath(beneath(everything("a")))) == {1}
    assert computed["imposed('a')"] == 1, "it lies in no cycle"
    engine.set(source("a"), frozenset({5}))
    assert engine.get(everything("a")) == {5, 6}
    assert engine.peek(beneath(everything("a"))) == {5}


def test_strata_stay_apart_in_a_file() -> None:
    engine = Engine({"a": frozenset({1})})
    assert engine.get(everything("a")) == {1, 2}
    file = BytesIO()
    assert engine.freeze(file, PICKLED, None)
    other = Engine({"a": frozenset({1})})
    other.thaw(file, PICKLED, 0)
    computed: list[str] = []
    other.on_compute = lambda key: computed.append(repr(key))
    assert other.get(everything("a")) == {1, 2}
    assert other.get(beneath(everything("a"))) == {1}
    assert computed == []
