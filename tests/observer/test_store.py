"""The file of observations, whatever is in it, and holding the analysis against it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from switchpoint.observer import Called, Observed, SeenFile, SeenSite, compare, content_hash, load
from switchpoint.observer.store import merge_into, real, save


def _seen(line: int, ran: int, switched: int, kind: str = "await", col: int = 0) -> SeenSite:
    return SeenSite(line, col, kind, line, col + 9, ran, switched)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.py"
    path.write_text("await it\n" * 9)
    return path


def _observed(source: Path, *sites: SeenSite) -> Observed:
    return Observed("3.13", {real(source): SeenFile(content_hash(source.read_bytes()), tuple(sorted(sites)))})


def _called(source: Path, line: int, effect: str, kind: str = "await", col: int = 0) -> Called:
    return Called(source, kind, line, col, effect == "never", effect)


def test_what_is_saved_is_what_is_loaded(source: Path, tmp_path: Path) -> None:
    observed = _observed(source, _seen(1, 5, 2), _seen(1, 5, 2, "exit"))
    save(tmp_path / "new" / "observed.json", observed)
    assert load(tmp_path / "new" / "observed.json") == observed
    assert os.listdir(tmp_path / "new") == ["observed.json"]


def test_runs_add_up_where_the_text_is_the_same(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "observed.json"
    vanished = tmp_path / "vanished.py"
    vanished.write_text("")
    merge_into(path, _observed(vanished, _seen(1, 1, 0)))
    vanished.unlink()
    merge_into(path, _observed(source, _seen(1, 5, 2), _seen(2, 1, 0)))
    merge_into(path, _observed(source, _seen(1, 1, 1), _seen(3, 1, 0)))
    assert load(path) == _observed(source, _seen(1, 6, 3), _seen(2, 1, 0), _seen(3, 1, 0))
    source.write_text("changed")
    merge_into(path, _observed(source, _seen(1, 1, 1)))
    assert load(path) == _observed(source, _seen(1, 1, 1))


GOOD = {"version": 1, "python": "3.13", "files": {}}
SITE = {"kind": "await", "line": 1, "col": 0, "end_line": 1, "end_col": 5, "ran": 1, "switched": 0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "[]",
        "3",
        "[" * 100_000,
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "files": []}),
        json.dumps({**GOOD, "files": {"a": {"hash": "x"}}}),
        json.dumps({**GOOD, "files": {"a": {"hash": "x", "sites": [{**SITE, "line": "one"}]}}}),
        json.dumps({**GOOD, "files": {"a": {"hash": "x", "sites": [{**SITE, "kind": "other"}]}}}),
        json.dumps({**GOOD, "files": {"a": {"hash": "x", "sites": [1]}}}),
    ],
)
def test_a_broken_file_is_a_problem_and_nothing_else(text: str, source: Path, tmp_path: Path) -> None:
    path = tmp_path / "observed.json"
    path.write_text(text)
    assert load(path).files == {}
    assert str(path) in load(path).problem
    merge_into(path, _observed(source, _seen(1, 1, 1)))
    assert load(path) == _observed(source, _seen(1, 1, 1))


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert load(tmp_path / "observed.json") == Observed()


def test_contradictions_candidates_and_what_does_not_join(source: Path) -> None:
    observed = _observed(source, _seen(1, 9, 1), _seen(2, 9, 0), _seen(3, 4, 0), _seen(4, 9, 0), _seen(5, 7, 0))
    called = [
        _called(source, 1, "never"),
        _called(source, 2, "sometimes"),
        _called(source, 3, "unknown"),
        _called(source, 4, "never"),
        _called(source, 6, "always"),
    ]
    found = compare(observed, called)
    assert [each.seen.line for each in found.joined] == [1, 2, 3, 4]
    assert [(each.path, each.seen.line) for each in found.contradictions] == [(source, 1)]
    assert [each.seen.line for each in found.candidates] == [2]
    assert [each.seen.line for each in compare(observed, called, often=4).candidates] == [2, 3]
    assert [seen.line for _, seen in found.unjoined] == [5]
    assert found.unseen == 1


@pytest.mark.parametrize(("second", "wrong"), [("never", 1), ("sometimes", 0)])
def test_clauses_that_share_their_place_are_wrong_together_only(second: str, wrong: int, source: Path) -> None:
    observed = _observed(source, _seen(1, 9, 1, "next"))
    called = [_called(source, 1, "never", "next"), _called(source, 1, second, "next")]
    found = compare(observed, called)
    assert (len(found.contradictions), len(found.joined), found.unseen) == (wrong, 1, 0)


def test_a_changed_text_and_another_spelling(source: Path, tmp_path: Path) -> None:
    observed = _observed(source, _seen(1, 9, 1))
    (tmp_path / "x").mkdir()
    assert compare(observed, [_called(tmp_path / "x" / ".." / "source.py", 1, "never")]).contradictions
    source.write_text("changed")
    found = compare(observed, [_called(source, 1, "never")])
    assert (found.joined, found.unjoined, found.unseen) == ((), (), 1)
