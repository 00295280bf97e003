"""`switchpoint annotate`: the source with its hints, where an editor has them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import EXAMPLES, one_clear_line, run, shown, surroundings

HINT = re.compile(r" ⟨(?:exit )?(?:inline|may switch)⟩")


def test_seed_example() -> None:
    lines = shown("annotate", EXAMPLES / "children.py").out.splitlines()
    assert [line.strip() for line in lines if "await" in line and "⟨" in line] == [
        "await asyncio.sleep(0) ⟨may switch⟩",
        "await child() ⟨may switch⟩",
    ]


def test_cache_example() -> None:
    lines = shown("annotate", EXAMPLES / "cache.py").out.splitlines()
    assert [line.strip() for line in lines if "⟨" in line] == [
        "async with self.lock ⟨may switch⟩:",
        "await self.forget(key) ⟨inline⟩",
        "await self.count() ⟨inline⟩",
        'await asyncio.gather(*(cache.put(key, key.upper()) for key in "abc")) ⟨may switch⟩',
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this library has no TaskGroup (3.11)")
def test_exit_hint_stands_at_the_end_of_its_block(tmp_path: Path) -> None:
    body = "    async with asyncio.TaskGroup() as group:\n        group.create_task(job())\n    print()\n"
    (tmp_path / "a.py").write_text(f"import asyncio\n\nasync def main(job):\n{body}", encoding="utf-8")
    lines = run("annotate", tmp_path / "a.py", "--python-version", "3.12").out.splitlines()
    assert lines[3:5] == [
        "    async with asyncio.TaskGroup() ⟨inline⟩ as group:",
        "        group.create_task(job()) ⟨exit may switch⟩",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_source_is_kept(tmp_path: Path, newline: str) -> None:
    source = 'async def é():\n\tawait é()\n\n\nasync def main():\n\ttext = "🦊", await é(), "\f"\n'
    (tmp_path / "a.py").write_bytes(source.replace("\n", newline).encode("utf-8-sig"))
    out = run("annotate", tmp_path / "a.py").out
    assert HINT.search(out)
    assert "await é() ⟨inline⟩, " in out
    assert HINT.sub("", out) == source.replace("\f", "\ufffd")


def test_line_numbers() -> None:
    lines = shown("annotate", "-n", EXAMPLES / "children.py").out.splitlines()
    assert lines[7] == " 8      await asyncio.sleep(0) ⟨may switch⟩"


def test_json_is_that_of_check() -> None:
    file = EXAMPLES / "cache.py"
    assert shown("annotate", file, "--format", "json").json == shown("check", file, "--format", "json").json


def test_console_without_the_characters() -> None:
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-m", "switchpoint", "annotate"]
    environment = surroundings({"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
    done = subprocess.run([*command, EXAMPLES / "children.py"], env=environment, capture_output=True, check=True)
    assert b"await child() <may switch>" in done.stdout


def test_source_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("async def main():\n    await main()  # \x1b]0;owned\x07 \u202e\n", encoding="utf-8")
    for forced in ({}, {"FORCE_COLOR": "1"}):
        out = run("annotate", tmp_path / "a.py", **forced).out
        assert "\x1b]" not in out
        assert "\u202e" not in out
        assert "⟨inline⟩" in out


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[" not in shown("annotate", EXAMPLES / "children.py").out
    assert "\x1b[33m⟨may switch⟩" in run("annotate", EXAMPLES / "children.py", FORCE_COLOR="1").out


def test_folder_is_refused(tmp_path: Path) -> None:
    assert one_clear_line(run("annotate", tmp_path))
