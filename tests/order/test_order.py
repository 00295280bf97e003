"""Nothing depends on the order of questions or on what was cached: equal verdicts and equal reasons, always.

The library's own files are asked cold in different orders, reason before report, and warm after edits and their
undoing; the cases of tests/semantics follow each other in different orders. `SWITCHPOINT_EXAMPLES=40 pytest
tests/order` tries more.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import sys
from pathlib import Path
from random import Random

import pytest

from runner import ask
from runner.judge import Claim
from runner.literate import Case, parse
from switchpoint.analysis import Reason, Site, Workspace, workspace
from switchpoint.analysis.engine import Query
from switchpoint.analysis.engine.queries import Asked

MORE = int(os.environ.get("SWITCHPOINT_EXAMPLES", "0"))
LIBRARY = Path(asyncio.__file__).parent
ROOTS = [
    Path(contextlib.__file__),
    *(LIBRARY / f"{name}.py" for name in ("locks", "queues", "tasks", "taskgroups", "streams")),
]
SUITES = sorted((Path(__file__).parents[1] / "semantics").glob("*.md"))
CASES = 20

Answers = dict[Path, list[tuple[Site, Reason | None]]]


def cold(*, cache: bool = False) -> Workspace:
    version = "{}.{}".format(*sys.version_info)
    return Workspace(ROOTS, python=Path(sys.executable), python_version=version, cache=cache)


@functools.cache
def first_answers() -> Answers:
    """What a fresh workspace says when it is asked file by file, from the top."""
    return answers(cold())


def answers(workspace: Workspace) -> Answers:
    return {
        path: [(site, workspace.reason(site)) for site in workspace.report(path).sites] for path in workspace.files()
    }


def test_the_library_has_something_to_say() -> None:
    effects = {site.effect for found in first_answers().values() for site, _ in found}
    assert len(effects) == 4
    assert sum(map(len, first_answers().values())) > 50


@pytest.mark.parametrize("seed", range(MORE or 2))
def test_cold_in_any_order(seed: int) -> None:
    """Reasons are asked before any report is: the deepest question comes first as often as last."""
    workspace, questions = cold(), [question for found in first_answers().values() for question in found]
    Random(seed).shuffle(questions)
    for site, reason in questions:
        assert workspace.reason(site) == reason, site
    assert answers(workspace) == first_answers()


@pytest.fixture(scope="module")
def warm() -> Workspace:
    """One workspace that lives through all edits."""
    return cold()


@pytest.mark.parametrize("seed", range(MORE * 4 or 12))
def test_edits_undone_leave_no_trace(warm: Workspace, seed: int) -> None:
    random = Random(seed)
    edited = random.sample(ROOTS, random.randint(1, 3))
    texts = {path: path.read_text(encoding="utf-8") for path in edited}
    for _ in range(random.randint(1, 4)):
        path = random.choice(edited)
        warm.set_text(path, _edit(warm.text(path), random))
        _ask_some(warm, random)
    for path in random.sample(edited, len(edited)):
        if random.random() < 0.5:
            warm.set_text(path, texts[path])
            _ask_some(warm, random)
        else:
            warm.drop_text(path)
    assert answers(warm) == first_answers()


def test_an_edit_is_seen(warm: Workspace) -> None:
    """The test above can fail: edits do change answers."""
    path = LIBRARY / "locks.py"
    warm.set_text(path, warm.text(path).replace("await fut", "pass"))
    changed = answers(warm)
    warm.drop_text(path)
    assert changed != first_answers()


@pytest.mark.parametrize("seed", range(MORE or 2))
def test_edits_of_what_lies_in_a_file(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known leaves memory now and then, and one process follows another: answers are those of a fresh one."""
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(workspace, "_MANY_ANSWERS", 1)
    monkeypatch.setattr(workspace, "_FROZEN_FOR_EACH", 10**9)
    random = Random(seed)
    work = cold(cache=True)
    left = 0
    for _ in range(4):
        _ask_some(work, random)
        left += work.save()
        if random.random() < 0.5:
            work = cold(cache=True)
        path = random.choice(ROOTS)
        text = path.read_text(encoding="utf-8")
        for each in (_edit(text, random), text):
            work.set_text(path, each)
            _ask_some(work, random)
        work.drop_text(path)
    assert left > 0
    assert answers(work) == first_answers()


def test_what_may_lie_in_a_cycle_has_a_bottom() -> None:
    """Whether it does lie in one depends on the program: a large one that nobody here has seen would find it first."""
    work = cold()
    answers(work)
    edges = {(node.key[0], dep.key[0]) for node in work._engine._memo.nodes.values() for dep in node.deps}
    asked: dict[Asked, set[Asked]] = {}
    for query, other in edges:
        asked.setdefault(query, set()).add(other)
    bottomed = {query for query in asked if isinstance(query, Query) and query.bottom is not None}
    deep = {query for query in bottomed if asked[query] & bottomed}
    assert len(deep) > 50
    bare = {query for query in asked if ".resolution." in query.home} - bottomed
    assert {query.name for query in bare if asked[query] & deep} == set()


@pytest.mark.parametrize("seed", range(MORE or 2))
def test_cases_in_any_order(seed: int) -> None:
    """The same workspace answers for each case as it did when other cases had gone before."""
    random = Random(seed)
    chosen = random.sample([case for case in _cases() if not case.options.python], CASES)
    before = [_claims(case) for case in chosen]
    order = random.sample(range(CASES), CASES)
    after = {at: _claims(chosen[at]) for at in order}
    assert [after[at] for at in range(CASES)] == before


def _ask_some(workspace: Workspace, random: Random) -> None:
    for path in random.sample(ROOTS, 2):
        sites = workspace.report(path).sites
        for site in random.sample(sites, min(3, len(sites))):
            workspace.reason(site)


def _edit(text: str, random: Random) -> str:
    """One change as people make them, half typed ones among them."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines[at] = lines[at][: random.randint(0, len(lines[at]))]
        case 3:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines.insert(at, f"{indent}await asyncio.sleep(0)")
        case 4:
            names = sorted(set(re.findall(r"def (\w+)", text)) or {"pass"})
            return re.sub(rf"\b{random.choice(names)}\b", "renamed", text)
        case _:
            return text[: random.randint(0, len(text))]
    return "\n".join(lines)


@functools.cache
def _cases() -> tuple[Case, ...]:
    return tuple(case for suite in SUITES for case in parse(suite.read_text(encoding="utf-8")))


def _claims(case: Case) -> dict[str, list[Claim]]:
    try:
        return ask.claims(case)
    except ask.NotHere as missing:
        pytest.skip(str(missing))
