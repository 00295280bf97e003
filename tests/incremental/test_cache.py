"""Summaries on disk: warm equals cold, nothing stale is served, and nothing that is wrong with an entry does harm."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from switchpoint.analysis import FileReport, Reason, Workspace
from switchpoint.analysis.files import SummaryCache, decode_source
from switchpoint.analysis.ir.codec import decode, encode
from switchpoint.analysis.ir.forms import PieceForm
from switchpoint.analysis.ir.kept import PieceSource, Stored, Summaries, source_of
from switchpoint.analysis.ir.layout import Layout, lay_out, split_lines
from switchpoint.analysis.ir.lowering import lower

SERVER = Path(__file__).resolve().parents[2] / "server"
LIBRARY = Path(asyncio.__file__).parent
STORE = """\
class Switch:
    def __await__(self):
        yield

class Store:
    hook = None

    async def load(self, flag):
        match flag:
            case [1, *rest] if rest:
                await Switch()
            case _:
                return self.hook

async def idle(): return 1
"""
MAIN = """\
from store import Store, Switch, idle

async def main(flag):
    store: "Store" = Store()
    await idle()
    await store.load(flag)
    await store.hook()
    return [await each for each in (idle(), Switch())]
"""
CHECK = """\
import json, sys
from pathlib import Path
from switchpoint.analysis import Workspace
parsed = []
sys.addaudithook(lambda event, args: parsed.append(args) if event == "compile" and args[1] == "<unknown>" else None)
workspace = Workspace([Path(sys.argv[1])])
found = [(site, workspace.reason(site)) for file in workspace.files() for site in workspace.report(file).sites]
workspace.save()
print(json.dumps([repr(found), len(parsed)]))
"""


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kept"
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder / "store.py", STORE)
    write(folder / "main.py", MAIN)
    return folder


def write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def answers(workspace: Workspace) -> list[tuple[FileReport, list[Reason | None]]]:
    reports = [workspace.report(path) for path in workspace.files()]
    return [(report, [workspace.reason(site) for site in report.sites]) for report in reports]


def analysed(root: Path, *, cache: bool = True) -> list[tuple[FileReport, list[Reason | None]]]:
    workspace = Workspace([root], cache=cache)
    found = answers(workspace)
    workspace.save()
    return found


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "summaries").glob("*.summary"))


def start(root: Path, server: Path = SERVER) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": str(server), "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-c", CHECK, str(root)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> tuple[str, int]:
    """What the process found, and how many texts it parsed."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    found, parsed = json.loads(out)
    return found, parsed


def test_warm_equals_cold(root: Path, kept_in: Path) -> None:
    never = analysed(root, cache=False)
    assert entries(kept_in) == []
    cold = analysed(root)
    assert len(entries(kept_in)) >= 2
    assert analysed(root) == cold == never
    assert any(reason is not None for _, reasons in cold for reason in reasons)


def test_the_next_process_parses_nothing(root: Path) -> None:
    cold, parsed = told(start(root))
    assert parsed > 0
    assert told(start(root)) == (cold, 0)


def test_a_changed_analysis_reads_nothing_old(root: Path, tmp_path: Path) -> None:
    cold, parsed = told(start(root))
    other = tmp_path / "other"
    shutil.copytree(SERVER, other, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "switchpoint" / "analysis" / "ir" / "forms" / "values.py").open("a", encoding="utf-8") as forms:
        forms.write("# changed\n")
    assert told(start(root, other)) == (cold, parsed)


def test_processes_at_once_agree(root: Path) -> None:
    running = [start(root) for _ in range(3)]
    assert len({told(process)[0] for process in running}) == 1
    assert told(start(root))[1] == 0


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:-3], lambda raw: raw[:40] + b"\0" + raw[41:]])
def test_a_damaged_entry_is_made_anew(root: Path, kept_in: Path, damage: Callable[[bytes], bytes]) -> None:
    cold = analysed(root)
    for path in entries(kept_in):
        path.write_bytes(damage(path.read_bytes()))
    assert analysed(root) == cold
    assert analysed(root) == cold


def test_deleted_entries_are_made_anew(root: Path, kept_in: Path) -> None:
    cold = analysed(root)
    workspace = Workspace([root])
    shutil.rmtree(kept_in)
    assert answers(workspace) == cold
    workspace.save()


def test_a_folder_that_cannot_be_used_costs_nothing_else(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = analysed(root)
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "file"))
    assert analysed(root) == cold


def test_a_changed_text_is_not_served_stale(root: Path) -> None:
    analysed(root)
    write(root / "store.py", STORE.replace("return 1", "return await Switch()"))
    assert analysed(root) == analysed(root, cache=False)
    write(root / "store.py", "\n\n" + STORE)
    assert analysed(root) == analysed(root, cache=False)


def test_line_ends_are_part_of_a_text(root: Path, kept_in: Path) -> None:
    cold = analysed(root)
    before = len(entries(kept_in))
    write(root / "store.py", STORE.replace("\n", "\r\n"))
    assert analysed(root) == cold
    assert len(entries(kept_in)) == before + 1


def test_what_the_editor_has_not_saved_is_not_kept(root: Path, kept_in: Path) -> None:
    analysed(root)
    before = entries(kept_in)
    workspace = Workspace([root])
    workspace.set_text(root / "main.py", MAIN + "\nasync def more(): await idle()\n")
    answers(workspace)
    workspace.save()
    assert entries(kept_in) == before
    write(root / "main.py", MAIN + "\nasync def more(): await idle()\n")
    workspace.save()
    assert len(entries(kept_in)) == len(before) + 1


def test_saving_can_be_cancelled_and_taken_up_again(root: Path, kept_in: Path) -> None:
    workspace = Workspace([root])
    answers(workspace)
    workspace.save(lambda: True)
    assert entries(kept_in) == []
    workspace.save()
    assert len(entries(kept_in)) >= 2


def test_edits_keep_what_stays_and_forget_what_is_gone(tmp_path: Path) -> None:
    summaries = Summaries(SummaryCache(tmp_path), (3, 11))
    for number in range(300):
        text = f"async def f(): return {number}\n\nasync def g(): return await f()\n"
        layout = summaries.layout("a.py", text)
        assert layout == lay_out(text)
        for source in sources(text, layout):
            assert summaries.piece("a.py", source) == lower(source[0], owner=source[1], header=source[2])
    summaries.save()
    (entry,) = entries(tmp_path)
    assert entry.stat().st_size < 20_000


@pytest.mark.parametrize("name", ["locks.py", "queues.py", "streams.py", "tasks.py", "base_events.py"])
def test_what_is_written_is_read(name: str) -> None:
    text = decode_source((LIBRARY / name).read_bytes()).text
    assert text is not None
    layout = lay_out(text)
    assert same(layout, Layout)
    for source in sources(text, layout):
        assert same(lower(source[0], owner=source[1], header=source[2]), PieceForm)


def test_what_is_written_is_read_where_python_writes_enumerations_as_attributes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As 3.11.2 does, which Debian 12 has."""
    monkeypatch.setattr(Enum, "__reduce_ex__", lambda self, _: (getattr, (type(self), self._name_)))
    assert same(lower("async def f(): ...\n", owner=None, header=False), PieceForm)


def same(value: Any, kind: type[Any]) -> bool:
    data = encode(value)
    assert data is not None
    return decode(data, kind) == value


def sources(text: str, layout: Layout) -> list[PieceSource]:
    lines = split_lines(text)
    return [source_of(lines, span) for span in layout.pieces]


class Hostile:
    """Would leave a file when an ordinary pickle is read."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.place),)


def test_reading_calls_nothing_but_the_vocabulary(tmp_path: Path) -> None:
    data = pickle.dumps((Hostile(tmp_path / "made"),))
    assert decode(data, Stored) is None
    assert not (tmp_path / "made").exists()
    pickle.loads(data)
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x80\x05.", pickle.dumps(Layout), pickle.dumps((1, 2)), b"cos\nsystem\n."]
)
def test_what_is_no_summary_is_none(data: bytes) -> None:
    assert decode(data, Layout) is None
    assert decode(data, Stored) is None
