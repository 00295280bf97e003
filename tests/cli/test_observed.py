"""`check --observed` and `observe`: what was seen, beside what is said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.program import Done, one_clear_line, run
from switchpoint.observer import Observed, SeenFile, SeenSite, content_hash
from switchpoint.observer.store import real, save

SOURCE = """\
from types import coroutine

async def main(flag: bool):
    await nothing()
    await switch(flag)

async def nothing(): ...

@coroutine
def switch(flag):
    if flag:
        yield
"""
APP = """\
import asyncio

async def main():
    for _ in range(30):
        await asyncio.sleep(0)

asyncio.run(main())
"""


def seen(folder: Path, *sites: SeenSite, text: str = SOURCE) -> Path:
    file = folder / "a.py"
    file.write_bytes(SOURCE.encode())
    files = {real(file): SeenFile(content_hash(text.encode()), sites)}
    save(folder / ".switchpoint" / "observed.json", Observed("3.13", files))
    return folder


def check(folder: Path, *arguments: str) -> Done:
    return run("check", ".", "--observed", *arguments, cwd=folder)


def test_contradiction_fails_and_says_whose_bug_it_is(tmp_path: Path) -> None:
    seen(tmp_path, SeenSite(4, 4, "await", 4, 19, ran=10, switched=3))
    done = check(tmp_path)
    assert done.code == 1
    assert "a.py:4:5" in done.out
    assert "bug in switchpoint" in done.out


def test_candidate_is_listed_and_does_not_fail(tmp_path: Path) -> None:
    seen(tmp_path, SeenSite(5, 4, "await", 5, 22, ran=1532, switched=0))
    done = check(tmp_path)
    assert done.code == 0
    assert "a.py:5:5 await" in done.out
    assert "1,532" in done.out
    assert "a.py:5:5" not in check(tmp_path, "--min-runs", "2000").out


def test_json(tmp_path: Path) -> None:
    seen(tmp_path, SeenSite(4, 4, "await", 4, 19, 10, 3), SeenSite(5, 4, "await", 5, 22, 30, 0))
    whole = check(tmp_path, "--format", "json").json
    ((wrong,), (idle,)) = whole["contradictions"], whole["candidates"]
    assert wrong == {"file": str(tmp_path / "a.py"), "kind": "await", "line": 4, "col": 4, "ran": 10, "switched": 3}
    assert (idle["line"], idle["ran"], idle["switched"]) == (5, 30, 0)


def test_observation_of_another_text_does_not_count(tmp_path: Path) -> None:
    seen(tmp_path, SeenSite(4, 4, "await", 4, 19, ran=10, switched=3), text=SOURCE + "# before\n")
    done = check(tmp_path)
    assert done.code == 0
    assert "no observation of these files" in done.out


def test_explain_shows_what_was_seen(tmp_path: Path) -> None:
    seen(tmp_path, SeenSite(5, 4, "await", 5, 22, ran=1532, switched=0))
    assert "switched 0 of 1,532 times" in run("explain", "a.py:5", cwd=tmp_path).out


def test_damaged_observations_are_one_message(tmp_path: Path) -> None:
    seen(tmp_path)
    (tmp_path / ".switchpoint" / "observed.json").write_text("{", encoding="utf-8")
    done = check(tmp_path)
    assert done.code == 0
    assert "observed.json" in done.err
    assert done.err.count("observed.json") == 1


def test_observed_program_keeps_its_exit_code(tmp_path: Path) -> None:
    done = run("observe", "--", sys.executable, "-c", "print('hello'); raise SystemExit(7)", cwd=tmp_path)
    assert (done.code, done.out) == (7, "hello\n")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="observing needs sys.monitoring (3.12)")
def test_observe_then_check(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    assert run("observe", "--", sys.executable, "app.py", cwd=tmp_path).code == 0
    assert "switched 30 of 30 times" in run("explain", "app.py:5", cwd=tmp_path).out


def test_observe_without_a_command() -> None:
    assert one_clear_line(run("observe"))
    assert one_clear_line(run("observe", "--"))
