"""The reduced truth: some of CPython's own suites. The whole: `python -m tests.truth --scratch FOLDER`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.pythons import find

from .measure import Ran, judge, run_observed, switched_in
from .prepared import Ready, prepare
from .report import details
from .suites import SUITES


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ready, Path, Ran]:
    """The suite, observed once."""
    interpreter = find("3.13") or find("3.12")
    if interpreter is None:
        pytest.skip("no CPython 3.12 or 3.13 here")
    scratch = tmp_path_factory.mktemp("truth")
    ready = prepare("cpython-small", SUITES["cpython-small"], interpreter, scratch)
    done = run_observed(ready, scratch / "observed.json")
    assert done.code == 0, done.last_line
    return ready, scratch / "observed.json", done


def test_what_was_seen_is_what_stands_in_the_source(ran: tuple[Ready, Path, Ran]) -> None:
    ready, output, done = ran
    measured = judge(ready, output, None, done, listing=True)
    assert measured.seen > 500
    assert measured.holds, details("listing", measured)


def test_nothing_called_inline_was_seen_to_switch(ran: tuple[Ready, Path, Ran]) -> None:
    ready, output, done = ran
    measured = judge(ready, output, None, done, listing=False)
    assert measured.seen > 500
    assert measured.holds, details("check", measured)
    assert measured.proved


def test_what_is_given_decides_where_a_run_says_so(ran: tuple[Ready, Path, Ran], tmp_path: Path) -> None:
    ready, output, done = ran
    measured = judge(ready, output, None, done, listing=True)
    assert not measured.shown
    otherwise = prepare("cpython-otherwise", SUITES["cpython-otherwise"], ready.python, tmp_path)
    assert run_observed(otherwise, tmp_path / "otherwise.json").code == 0
    shown = replace(measured, elsewhere=switched_in([tmp_path / "otherwise.json"])).shown
    assert {each.path.name for each in shown} == {"contextlib.py", "test_asyncgen.py"}
