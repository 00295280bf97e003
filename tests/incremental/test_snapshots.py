"""What one process knew is known by the next, but for what changed since: always the answers of a fresh analysis."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from incremental.test_remembered import (
    LIB,
    MAIN,
    OTHER,
    SWITCHING,
    Everything,
    deleted,
    edited,
    edited_with_its_old_time,
    everything,
    overridden_in_a_new_file,
    shadowed_by_a_new_package,
)
from switchpoint.analysis import Effect, Workspace, workspace

FAR = "async def far():\n    return 1\n\n\nasync def farther():\n    await far()\n"
PACKAGE = "from .deep import near\n\n\nasync def inner():\n    await near()\n"
DEEP = "async def near(): return 1\n"


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(workspace, "_MANY_ANSWERS", 1)
    monkeypatch.setattr(workspace, "_FROZEN_FOR_EACH", 10**9)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    (folder / "lib.py").write_text(LIB)
    (folder / "main.py").write_text(MAIN)
    (folder / "far.py").write_text(FAR)
    (folder / "inner" / "user.py").write_text(PACKAGE)
    (folder / "inner" / "deep.py").write_text(DEEP)
    return folder


def answers(work: Workspace) -> dict[Path, Everything]:
    return {path: everything(work, path) for path in work.files()}


def fresh(root: Path) -> dict[Path, Everything]:
    return answers(Workspace([root], cache=False))


def left(root: Path) -> None:
    """A process that knew everything, and is gone."""
    known = Workspace([root])
    answers(known)
    assert known.save() > 0


def next_process(root: Path) -> tuple[Workspace, list[str]]:
    """With what it computes."""
    work, computed = Workspace([root]), list[str]()
    work._engine.on_compute = lambda key: computed.append(repr(key))
    return work, computed


def with_its_package(root: Path) -> None:
    """By which files have other dotted names."""
    (root / "inner" / "__init__.py").write_text("")
    (root / "__init__.py").write_text("")


def without_a_folder(root: Path) -> None:
    shutil.rmtree(root / "inner")


def all_at_once(root: Path) -> None:
    edited(root)
    with_its_package(root)
    (root / "far.py").write_text(f"import asyncio\n{FAR.replace('return 1', 'await asyncio.sleep(1)')}")


CHANGES = [
    edited,
    edited_with_its_old_time,
    overridden_in_a_new_file,
    shadowed_by_a_new_package,
    deleted,
    with_its_package,
    without_a_folder,
    all_at_once,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changed_between_two_processes(root: Path, change: Callable[[Path], None]) -> None:
    left(root)
    change(root)
    work, _ = next_process(root)
    assert answers(work) == fresh(root)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changes_while_it_is_known(root: Path, change: Callable[[Path], None]) -> None:
    work = Workspace([root])
    answers(work)
    assert work.save() > 0
    change(root)
    names = {path.name for path in (*root.rglob("*"), root / "lib.py", root / "inner")}
    work.disk_changed([path for name in names for path in (root / name, root / "inner" / name, root / "lib" / name)])
    assert answers(work) == fresh(root)


def test_only_what_a_change_reaches_is_computed(root: Path) -> None:
    left(root)
    edited(root)
    work, computed = next_process(root)
    found = answers(work)
    assert found[root / "main.py"][0].sites[0].effect is Effect.ALWAYS
    assert any("lib.py" in each for each in computed)
    assert not any("far.py" in each or "deep.py" in each for each in computed)


def test_edits_in_an_editor(root: Path) -> None:
    left(root)
    work, computed = next_process(root)
    for text in (SWITCHING, LIB, OTHER.replace("from lib import Store\n", "class Store: ...\n"), LIB):
        work.set_text(root / "lib.py", text)
        cold = Workspace([root], cache=False)
        cold.set_text(root / "lib.py", text)
        assert answers(work) == answers(cold)
    assert not any("far.py" in each for each in computed)


def test_unsaved_text_stays_with_its_process(root: Path) -> None:
    known = Workspace([root])
    known.set_text(root / "lib.py", SWITCHING)
    known.set_text(root / "unsaved.py", "async def new(): ...\n")
    (root / "main.py").write_text(f"from unsaved import new\n{MAIN}    await new()\n")
    before = answers(known)
    assert known.save() > 0
    assert answers(known) == before
    assert before[root / "main.py"][0].sites[2].effect is Effect.NEVER
    work, _ = next_process(root)
    assert answers(work) == fresh(root)
    assert answers(work)[root / "main.py"][0].sites[2].effect is Effect.UNKNOWN


def test_it_is_kept_again_and_again(root: Path) -> None:
    for text in (SWITCHING, LIB, SWITCHING):
        (root / "lib.py").write_text(text)
        work, _ = next_process(root)
        assert answers(work) == fresh(root)
        work.save()


def test_installed_code_that_changed_is_looked_at_anew(root: Path, tmp_path: Path) -> None:
    """No verdict rests on how a folder outside of the project looked before."""
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    (site / "pack").mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("version = 3.11.4\n")
    (site / "pack" / "__init__.py").write_text(FAR)
    (root / "uses.py").write_text("import pack\n\n\nasync def use():\n    await pack.far()\n")

    def made(*, cache: bool) -> Workspace:
        return Workspace([root], python=tmp_path / "env", cache=cache)

    known = made(cache=True)
    answers(known)
    assert known.save() > 0
    shutil.rmtree(site / "pack")
    (site / "pack.py").write_text("import asyncio\n\n\nasync def far():\n    await asyncio.sleep(1)\n")
    assert answers(made(cache=True)) == answers(made(cache=False))


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "emptied"])
def test_a_file_that_was_harmed_is_no_snapshot(root: Path, tmp_path: Path, harm: str) -> None:
    left(root)
    edited(root)
    for path in (tmp_path / "kept" / "snapshots").glob("*.summary"):
        data = path.read_bytes()
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes({"cut": data[:-7], "changed": data[:99] + b"?" + data[100:], "emptied": b""}[harm])
    work, _ = next_process(root)
    assert answers(work) == fresh(root)


def test_a_disk_that_fails_later_costs_time_only(root: Path) -> None:
    left(root)
    edited(root)
    work, _ = next_process(root)
    everything(work, root / "main.py")
    thawing = work._engine._memo.thawing
    assert thawing is not None
    thawing.frozen._file.close()
    thawing.frozen._held.clear()
    assert answers(work) == fresh(root)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners of files here")
def test_the_file_is_closed_to_others(root: Path, tmp_path: Path) -> None:
    left(root)
    (path,) = (tmp_path / "kept" / "snapshots").glob("*.summary")
    assert path.stat().st_mode & 0o077 == 0
