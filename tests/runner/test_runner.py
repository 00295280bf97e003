"""The runner itself: suites are read as they are written, and a wrong comment never passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import ask
from runner.judge import Claim, Seen, compare, contradictions, stale_bugs, unseen
from runner.literate import EFFECTS, Case, Malformed, Mark, marks_of, parse, without_marks

SUITE = """\
# A subject

## A title that teaches

options: python 3.12, overrides strict, eager tasks
run: main(True); main(False)

Some words.

```py
from pkg import f

async def main(flag):
    await f(flag)  # sometimes: f > asyncio.sleep
```

`pkg/__init__.py`:

```py
async def f(flag): ...
```

## Another

bug: `await f()` should be `unknown`
run: no, because it never ends

```py
await f()  # never
```
"""

SWITCHES = """\
import asyncio

class Door:
    async def __aenter__(self):
        await asyncio.sleep(0){enter}
    async def __aexit__(self, *error):
        pass

async def numbers():
    yield 1

async def main():
    async with Door() as door, Door():{door}
        await asyncio.sleep(0)
    return [x async for x in numbers()]{numbers}
"""

marks = st.builds(
    Mark,
    effect=st.sampled_from(EFFECTS),
    kind=st.sampled_from(["", "enter", "exit"]),
    chain=st.sampled_from(["", "load > asyncio.sleep", "f > parameter without a known argument", "X.__await__"]),
)


def test_a_suite_is_read_as_written() -> None:
    first, second = parse(SUITE)
    assert (first.title, first.line) == ("A title that teaches", 3)
    assert (first.options.python, first.options.overrides, first.options.eager) == ("3.12", "strict", True)
    assert first.run == ("main(True)", "main(False)")
    assert [block.name for block in first.blocks] == ["main.py", "pkg/__init__.py"]
    main = first.blocks[0]
    assert SUITE.splitlines()[main.first - 1] == main.lines[0] == "from pkg import f"
    assert main.marks() == {4: (Mark("sometimes", chain="f > asyncio.sleep"),)}
    assert second.no_run == "because it never ends"
    assert second.bugs[0].right == (Mark("unknown"),)


@given(st.lists(marks, min_size=1, max_size=4))
def test_marks_are_read_back(several: list[Mark]) -> None:
    line = f"    await f('# x')  # {', '.join(map(str, several))}"
    assert list(marks_of(line)) == several
    assert without_marks(line) == "    await f('# x')"


@pytest.mark.parametrize("line", ["f()  # never mind", "f()  # it is never", "f('# never')", "# said: never"])
def test_other_comments_are_no_marks(line: str) -> None:
    assert marks_of(line) == ()


@pytest.mark.parametrize(
    "text", ["## a\n```py\n", "## a\noptions: fast\n", "## a\nbug: broken\n", "## a\n```py\n```\n```py\n```\n"]
)
def test_a_malformed_suite_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


def _case(code: str, above: str = "") -> Case:
    return parse(f"## t\n{above}\n```py\n{code}\n```\n")[0]


def _wrong(code: str, *claims: Claim) -> list[str]:
    return list(map(str, compare(_case(code), {"main.py": claims})))


def test_comments_are_exhaustive_both_ways() -> None:
    claim = Claim(1, 0, "await", "never")
    assert _wrong("await f()  # never", claim) == []
    assert _wrong("await f()", claim) == ["main.py:1: right is: await f()  # never"]
    assert _wrong("await f()  # never") == ["main.py:1: right is: await f()"]
    assert _wrong("await f()  # never, never", claim) == ["main.py:1: right is: await f()  # never"]


def test_effect_kind_and_a_given_chain_must_agree() -> None:
    claim = Claim(1, 0, "enter", "sometimes", "f > g")
    assert _wrong("x  # enter sometimes", claim) == []
    assert _wrong("x  # enter sometimes: f > g", claim) == []
    assert _wrong("x  # enter sometimes: inner > g", Claim(1, 0, "enter", "sometimes", "main.inner > g")) == []
    right = ["main.py:1: right is: x  # enter sometimes: f > g"]
    assert _wrong("x  # enter sometimes: f", claim) == right
    assert _wrong("x  # exit sometimes", claim) == ["main.py:1: right is: x  # enter sometimes"]
    assert _wrong("x  # enter never", claim) == right


def test_sites_at_one_position_are_compared_in_the_order_in_which_they_are_driven() -> None:
    claims = [Claim(1, 11, "exit", "never"), Claim(1, 11, "await", "always"), Claim(1, 11, "enter", "unknown")]
    assert _wrong("async with await f(): pass  # always, enter unknown, exit never", *claims) == []


def test_a_bug_line_must_quote_a_line_that_is_still_wrong() -> None:
    bug = "bug: `await f()` should be `never`"
    assert stale_bugs(_case("await f()  # unknown", bug)) == []
    assert "gone" in stale_bugs(_case("await f()  # never", bug))[0]
    assert "no line" in stale_bugs(_case("await g()  # unknown", bug))[0]


def test_a_bug_line_is_what_the_run_is_held_against() -> None:
    seen = {"main.py": [Seen(1, 0, "await", ran=1, switched=1)]}
    assert contradictions(_case("await f()  # never"), seen)
    assert not contradictions(_case("await f()  # never", "bug: `await f()` should be `always`"), seen)


def test_clauses_of_one_comprehension_share_the_blame() -> None:
    twice = {"main.py": [Seen(1, 0, "next", ran=1, switched=1)] * 2}
    assert not contradictions(_case("x  # never, sometimes"), twice)
    assert contradictions(_case("x  # never, never"), twice)


@pytest.mark.parametrize(
    ("inside", "door", "numbers", "wrong"),
    [
        ("always", ("always", "never", "always", "never"), "  # never", ""),
        ("never", ("always", "never", "always", "never"), "  # never", "5: await is called never"),
        ("always", ("always", "never", "never", "never"), "  # never", "13: enter is called never"),
        ("always", ("always", "always", "always", "never"), "  # never", "13: exit is called always"),
        ("always", ("always", "never", "always", "never"), "", "15: the program has 1 sites"),
    ],
)
def test_the_run_contradicts_a_wrong_comment(
    tmp_path: Path, inside: str, door: tuple[str, ...], numbers: str, wrong: str
) -> None:
    marks = "  # enter {}, exit {}, enter {}, exit {}".format(*door)
    code = SWITCHES.format(enter=f"  # {inside}", door=marks, numbers=numbers)
    case = _case(code.replace("sleep(0)\n", "sleep(0)  # always\n"))
    found = contradictions(case, ask.seen(case, tmp_path / "case"))
    line, _, sentence = wrong.partition(": ")
    assert len(found) == (1 if wrong else 0)
    assert all(text.startswith(f"main.py:{line}: ") and sentence in text for text in found)


def test_effects_that_were_not_shown_are_listed(tmp_path: Path) -> None:
    case = _case("async def f(): ...\nasync def main():\n    if False:\n        await f()  # never")
    assert unseen(case, ask.seen(case, tmp_path / "case")) == ["main.py:4: await never did not run"]


@pytest.mark.parametrize("version", ["3.11", "3.12"])
def test_the_observer_sees_what_versions_do_differently(tmp_path: Path, version: str) -> None:
    code = "import asyncio\nasync def f(): ...\nasync def main():\n    await asyncio.wait_for(f(), 1)"
    case = _case(code, f"options: python {version}")
    try:
        (site,) = ask.seen(case, tmp_path / "case")["main.py"]
    except ask.NotHere as missing:
        pytest.skip(str(missing))
    assert (site.ran, site.switched) == (1, 1 if version == "3.11" else 0)
