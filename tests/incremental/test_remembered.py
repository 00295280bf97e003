"""Answers of earlier processes: given without judging anything anew, and never after anything changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from switchpoint.analysis import Effect, FileReport, Footing, Reason, Workspace
from switchpoint.analysis.engine import Engine

LIB = "class Store:\n    async def load(self): return 1\n"
MAIN = "from lib import Store\n\n\nasync def main(store: Store):\n    await store.load()\n    await other()\n"
SWITCH = "class Switch:\n    def __await__(self): yield\n"
SWITCHING = f"{SWITCH}class Store:\n    async def load(self): await Switch()\n"
OTHER = f"from lib import Store\n{SWITCH}class Other(Store):\n    async def load(self): await Switch()\n"


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    (folder / "lib.py").write_text(LIB)
    (folder / "main.py").write_text(MAIN)
    return folder


Everything = tuple[FileReport, list[Reason | None], list[Reason | None], list[Footing]]


def everything(workspace: Workspace, path: Path) -> Everything:
    """All that a hover asks for: on what it rests only where something is inline."""
    report = workspace.report(path)
    functions = [workspace.function_reason(function) for function in report.functions]
    footings = [workspace.footing(site) for site in report.sites if site.effect is Effect.NEVER]
    footings += [workspace.function_footing(each) for each in report.functions if each.effect is Effect.NEVER]
    return report, [workspace.reason(site) for site in report.sites], functions, footings


def first_effect(root: Path, **settings: Any) -> Effect:
    return Workspace([root], **settings).report(root / "main.py").sites[0].effect


def remember(root: Path) -> Everything:
    workspace = Workspace([root])
    found = everything(workspace, root / "main.py")
    workspace.save()
    assert found[0].sites[0].effect is Effect.NEVER
    return found


def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("judged anew")

    monkeypatch.setattr(Engine, "get", refuse)


def test_the_next_process_answers_without_judging(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = remember(root)
    no_engine(monkeypatch)
    assert everything(Workspace([root]), root / "main.py") == found


def test_a_text_that_is_opened_as_it_stands_on_disk_is_no_change(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = remember(root)
    workspace = Workspace([root])
    workspace.set_text(root / "main.py", MAIN)
    workspace.set_text(root / "lib.py", LIB)
    no_engine(monkeypatch)
    assert everything(workspace, root / "main.py") == found


def edited(root: Path) -> None:
    (root / "lib.py").write_text(SWITCHING)


def edited_with_its_old_time(root: Path) -> None:
    """The same size and the time of before, as an archive or a copying tool leaves it."""
    before = (root / "lib.py").stat()
    while (root / "lib.py").stat().st_ctime_ns == before.st_ctime_ns:
        # Again, for as long as the clock of the file system stands still.
        (root / "lib.py").write_text(LIB.replace("return 1", "await ab"))
        os.utime(root / "lib.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def overridden_in_a_new_file(root: Path) -> None:
    (root / "inner" / "new.py").write_text(OTHER)


def shadowed_by_a_new_package(root: Path) -> None:
    (root / "lib").mkdir()
    (root / "lib" / "__init__.py").write_text("class Store: ...\n")


def deleted(root: Path) -> None:
    (root / "lib.py").unlink()


@pytest.mark.parametrize(
    "change",
    [edited, edited_with_its_old_time, overridden_in_a_new_file, shadowed_by_a_new_package, deleted],
    ids=lambda change: change.__name__,
)
def test_nothing_is_remembered_after_a_change(root: Path, change: Callable[[Path], None]) -> None:
    remember(root)
    change(root)
    cold = Workspace([root], cache=False)
    assert everything(Workspace([root]), root / "main.py") == everything(cold, root / "main.py")
    assert first_effect(root) is not Effect.NEVER


def test_answers_are_those_of_the_same_settings(root: Path) -> None:
    remember(root)
    assert first_effect(root, overrides="strict") is Effect.UNKNOWN
    assert first_effect(root) is Effect.NEVER


def test_an_edit_in_the_editor_ends_what_was_remembered(root: Path) -> None:
    remember(root)
    workspace = Workspace([root])
    main = root / "main.py"
    assert workspace.report(main).sites[0].effect is Effect.NEVER
    workspace.set_text(root / "lib.py", SWITCHING)
    assert workspace.report(main).sites[0].effect is Effect.ALWAYS
    workspace.drop_text(root / "lib.py")
    assert workspace.report(main).sites[0].effect is Effect.NEVER


def test_a_text_that_only_an_editor_has_is_not_remembered(root: Path) -> None:
    workspace = Workspace([root])
    workspace.set_text(root / "lib.py", "class Store:\n    async def load(self): pass\n")
    everything(workspace, root / "main.py")
    (root / "lib.py").write_text(SWITCHING)
    workspace.save()
    assert first_effect(root) is Effect.ALWAYS


def test_a_file_that_changed_behind_our_back_is_not_remembered(root: Path) -> None:
    """It was read, then written, and nobody told: what was found rests on a text that is gone."""
    workspace = Workspace([root])
    everything(workspace, root / "main.py")
    edited(root)
    workspace.save()
    assert first_effect(root) is Effect.ALWAYS


def test_a_file_opened_from_elsewhere_joins_the_world(root: Path, tmp_path: Path) -> None:
    remember(root)
    outside = tmp_path / "outside.py"
    outside.write_text(
        f"from lib import Store\n{SWITCH}class Other(Store):\n    async def load(self): await Switch()\n"
    )
    workspace = Workspace([root])
    workspace.set_text(outside, outside.read_text())
    assert workspace.report(root / "main.py").sites[0].effect is not Effect.NEVER
