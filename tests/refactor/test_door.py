"""The door: every reason has its sentence, and without LibCST nothing is proposed, said in one line."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from refactor.bench import project
from switchpoint import refactor
from switchpoint.refactor import SENTENCES, Refusal


@pytest.mark.parametrize("refusal", Refusal)
def test_every_reason_has_a_sentence(refusal: Refusal) -> None:
    sentence = SENTENCES[refusal]
    assert sentence[0].islower() or sentence.startswith("Python")
    assert not sentence.endswith(".")


def test_without_libcst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    bench = project(tmp_path, {"a.py": "async def f(): ...\nasync def g():\n    await f()\n"})
    assert bench.proposals("await f()")
    monkeypatch.setitem(sys.modules, "libcst", None)
    for name in ("menu", "starting", "inlining", "plain", "editing"):
        monkeypatch.delitem(sys.modules, f"switchpoint.refactor.{name}")
    refactor._menu.cache_clear()
    try:
        with caplog.at_level(logging.INFO):
            assert bench.proposals("await f()") == ()
            assert bench.proposals("await f()") == ()
    finally:
        refactor._menu.cache_clear()
    [line] = caplog.messages
    assert line.startswith("code actions are off, since LibCST cannot be imported")
