"""The reduced truth: some of CPython's own suites. The whole: `python -m tests.truth --scratch FOLDER`."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.pythons import find

from .measure import Measured, measure
from .report import details
from .suites import prepare


@pytest.fixture(scope="module")
def interpreter() -> Path:
    found = find("3.13") or find("3.12")
    if found is None:
        pytest.skip("no CPython 3.12 or 3.13 here")
    return found


def _measured(interpreter: Path, scratch: Path, *, listing: bool) -> Measured:
    ready = prepare("cpython-small", interpreter, scratch)
    measured = measure(ready, scratch / "observed.json", bare=False, listing=listing)
    assert measured.observed.code == 0, measured.observed.last_line
    return measured


def test_what_was_seen_is_what_stands_in_the_source(interpreter: Path, tmp_path: Path) -> None:
    measured = _measured(interpreter, tmp_path, listing=True)
    assert measured.seen > 500
    assert measured.holds, details("listing", measured)


def test_nothing_called_inline_was_seen_to_switch(interpreter: Path, tmp_path: Path) -> None:
    measured = _measured(interpreter, tmp_path, listing=False)
    assert measured.seen > 500
    assert measured.holds, details("check", measured)
    assert measured.proved
