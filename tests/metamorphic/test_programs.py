"""Of every program holds: nothing seen to switch is called inline, and what changes nothing changes no verdict.

`SWITCHPOINT_EXAMPLES=5000 pytest tests/metamorphic` looks at more programs, and at other ones each time.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metamorphic.bench import Bench, Witnessed
from metamorphic.programs import graphs, programs
from switchpoint.analysis import Effect, Site, Verdict

MORE = int(os.environ.get("SWITCHPOINT_EXAMPLES", "0"))
DOORS = """
async def door():
    await main()

async def further():
    await door()

async def hand_on(given):
    return await given

async def through():
    await hand_on(main())
"""

OVERRIDES = """\
import asyncio

class Base1:
    async def run(self):
        await self.hook()

    async def hook(self):
        pass

class First2(Base1):
    async def hook(self):
        await asyncio.sleep(0)

class Second3(Base1):
    async def hook(self):
        await asyncio.sleep(0)
"""


def examples(few: int):
    """The same few programs in every run, unless more are asked for."""
    quick = HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example
    return settings(
        max_examples=MORE or few, derandomize=not MORE, deadline=None, database=None, suppress_health_check=quick
    )


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@examples(120)
@given(source=programs())
def test_no_run_contradicts_a_verdict(bench: Bench, source: str) -> None:
    assert not [wrong for site in bench.witnessed(source) for wrong in _contradictions(site, source)], source


def test_a_run_can_contradict(bench: Bench) -> None:
    """The property above can fail: the same witnesses, with a program that the claims are not about."""
    switches = "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n"
    plain = "async def asyncio(): pass\nasync def main():\n    await    asyncio()\n"
    (seen,), (claimed,) = bench.witnessed(switches), bench.witnessed(plain)
    assert not list(_contradictions(seen, switches))
    assert len(list(_contradictions(Witnessed(claimed.site, seen.seen), plain))) == 1
    assert len(list(_contradictions(Witnessed(seen.site, claimed.seen), plain))) == 1


@examples(60)
@given(source=programs())
def test_one_more_coroutine_keeps_the_effect_and_lengthens_the_chain_by_one(bench: Bench, source: str) -> None:
    sites = {site.function: site for site in bench.claims(source + DOORS)}
    door, further = sites["door"], sites["further"]
    assert further.effect is door.effect
    short, long = bench.reason(door), bench.reason(further)
    assert (short is None) is (long is None) is (door.verdict is Verdict.INLINE)
    if short and long:
        assert long.steps[1:] == short.steps
        assert (long.steps[0].function, long.unresolved) == ("door", short.unresolved)


@examples(60)
@given(source=programs())
def test_a_coroutine_handed_on_keeps_its_effect(bench: Bench, source: str) -> None:
    sites = {site.function: site for site in bench.claims(source + DOORS)}
    assert sites["through"].effect is sites["door"].effect


@examples(60)
@given(graph=graphs(), data=st.data())
def test_a_switch_put_into_a_body_reaches_every_caller_and_nobody_else(
    bench: Bench, graph: tuple[tuple[int, ...], ...], data: st.DataObject
) -> None:
    changed = data.draw(st.integers(0, len(graph) - 1))
    form = data.draw(st.sampled_from(["await {}()", "await (lambda: {}())()", "if hash(given):\n        await {}()"]))
    assert {site.verdict for site in bench.claims(_text(graph, form))} <= {Verdict.INLINE}
    reaching = {changed}
    for number, callees in enumerate(graph):
        if reaching.intersection(callees):
            reaching.add(number)
    source = _text(graph, form, changed)
    switching = {"asyncio", *(f"f{number}" for number in reaching)}
    for site in bench.claims(source):
        assert (site.verdict is Verdict.MAY_SWITCH) is (_called(source, site) in switching), source


@examples(60)
@given(source=programs())
def test_renaming_changes_no_verdict(bench: Bench, source: str) -> None:
    assert [each[:4] for each in _outlines(bench, _renamed(source))] == [each[:4] for each in _outlines(bench, source)]


def test_renaming_changes_no_reason(bench: Bench) -> None:
    assert _outlines(bench, _renamed(OVERRIDES)) == _outlines(bench, OVERRIDES)


def _renamed(source: str) -> str:
    """Other names, which sort the other way round."""
    count = itertools.count(9_999, -1)
    names: dict[str, str] = {}
    return re.sub(r"\b[A-Za-z]+\d+\b", lambda found: names.setdefault(found[0], f"other{next(count)}"), source)


def _contradictions(witnessed: Witnessed, source: str) -> Iterator[str]:
    site = witnessed.site
    line = source.splitlines()[site.span.line - 1].strip()
    if site.effect is Effect.NEVER and any(seen.switched for seen in witnessed.seen):
        yield f"{site.kind.value} is called inline and switched: {line}"
    if site.effect is Effect.ALWAYS and any(seen.quiet for seen in witnessed.seen):
        yield f"{site.kind.value} is called always and completed without a switch: {line}"


def _text(graph: tuple[tuple[int, ...], ...], form: str, changed: int = -1) -> str:
    lines = ["import asyncio"]
    for number, callees in enumerate(graph):
        lines += [f"async def f{number}(given=None):", "    pass"]
        lines += ["    await asyncio.sleep(0)"] if number == changed else []
        lines += ["    " + form.format(f"f{callee}") for callee in callees]
    return "\n".join(lines) + "\n"


def _called(source: str, site: Site) -> str:
    line = source.splitlines()[site.span.line - 1]
    return re.findall(r"f\d+|asyncio", line)[-1]


def _outlines(bench: Bench, source: str) -> list[tuple[object, ...]]:
    """What is said of each site, without names and columns."""
    found: list[tuple[object, ...]] = []
    for site in bench.claims(source):
        reason = bench.reason(site)
        steps = [(step.path.name, step.span.line) for step in reason.steps] if reason else []
        found.append((site.span.line, site.kind, site.effect, reason and reason.unresolved, steps))
    return found
