"""Of a case of the specification, however it is changed, holds: nothing seen to switch is called inline.

`SWITCHPOINT_EXAMPLES=5000 pytest tests/metamorphic` changes more cases, and in other ways each time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metamorphic.mutations import mutated
from metamorphic.test_programs import examples
from runner import ask
from runner.literate import Case, parse

_HIDDEN = {"rebinding.md", "traps.md", "types_can_lie.md"}
"""What these do is told by the names and values that stand there; behind a detour it would be told by nothing."""


def _cases() -> list[tuple[str, Case]]:
    suites = sorted((Path(__file__).parents[1] / "semantics").glob("*.md"))
    found = [(s.name, case) for s in suites if s.name != "README.md" for case in parse(s.read_text(encoding="utf-8"))]
    return [(name, c) for name, c in found if not c.no_run and (c.run or ask.default_run(c))]


_CASES = _cases()


@examples(30)
@given(number=st.integers(0, len(_CASES) - 1), seed=st.integers(0, 2**32))
def test_no_run_of_a_changed_case_contradicts_an_inline(
    tmp_path_factory: pytest.TempPathFactory, number: int, seed: int
) -> None:
    name, case = _CASES[number]
    case = replace(case, run=case.run or tuple(ask.default_run(case)))
    block = case.blocks[0]
    try:
        source, done = mutated(block.text, Random(seed), openly=name in _HIDDEN)
        compile(source, block.name, "exec")
        changed = replace(case, blocks=(replace(block, lines=tuple(source.splitlines())), *case.blocks[1:]))
        seen = ask.seen(changed, tmp_path_factory.mktemp("changed") / "case")
    except (SyntaxError, TimeoutExpired, ask.NotHere, ask.Crashed):
        return  # not every change gives a program that runs
    claims = ask.claims(changed)
    for path, sites in seen.items():
        switched = {(s.line, s.col, s.kind) for s in sites if s.switched}
        wrong = [c for c in claims[path] if c.effect == "never" and (c.line, c.col, c.kind) in switched]
        assert not wrong, f"{name}: {case.title}\n{done}\n{source}"


def test_changed_cases_run_and_switch(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The property above can fail: most changes give a program that runs, and some make switch what did not."""
    (case,) = parse("# Suite\n\n## Case\n\n```py\nasync def f(): pass\nasync def main():\n    await f()\n```\n")
    switched = 0
    for seed in range(12):
        source, _ = mutated(case.blocks[0].text, Random(seed), openly=False)
        changed = replace(case, blocks=(replace(case.blocks[0], lines=tuple(source.splitlines())),), run=("main()",))
        seen = ask.seen(changed, tmp_path_factory.mktemp("changed") / "case")
        switched += any(site.switched for site in seen["main.py"])
    assert 0 < switched < 12
