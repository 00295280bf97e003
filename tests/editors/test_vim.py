"""Vim with coc.nvim: hints are virtual text, the hover is a floating window."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from editors.desk import BODY, PROVED, SWITCHES, Desk, keep, lay, program
from editors.readme import settings
from editors.screen import Screen, terminal

HEADING = "Vim with coc.nvim"


def test_hints_and_hovers(tmp_path: Path) -> None:
    vim, desk = vim_with_virtual_text(), lay(tmp_path)
    program("node")
    configure(desk, coc())
    with terminal([vim, "cache.py"], desk.project, desk.environment) as screen:
        hints = screen.until("async with self.lock may switch:", f"{PROVED} inline", "exit inline")
        screen.type(f"/{PROVED}\r")
        screen.type("K")
        hover = screen.until("switchpoint: inline — self.forget(key) runs inside this task and never", "Assumed:")
        keep("vim-coc", hints, hover, edited(screen))


def edited(screen: Screen) -> str:
    """What one function's new body does to its caller's hint, and that undoing it brings back what was."""
    screen.type(f":%s/{BODY}/{SWITCHES}/\r")
    shown = screen.until(f"{PROVED} may switch", f"{SWITCHES} may switch")
    screen.type(":undo\r")
    screen.until(f"{PROVED} inline", gone=[SWITCHES])
    return shown


def configure(desk: Desk, plugin: Path) -> None:
    (desk.home / ".vim").mkdir()
    start = f"set nocompatible shortmess+=I runtimepath^={plugin}\nfiletype plugin on\n"
    (desk.home / ".vimrc").write_text(start + settings(HEADING, "vim"), encoding="utf-8")
    (desk.home / ".vim" / "coc-settings.json").write_text(settings(HEADING, "json"), encoding="utf-8")


def coc() -> Path:
    """Where coc.nvim is. Its npm package has only types, so no registry has it."""
    given = os.environ.get("SWITCHPOINT_COC")
    places = [Path(given)] if given else sorted(Path.home().glob(".vim/pack/*/start/coc.nvim"))
    found = next((place for place in places if (place / "build" / "index.js").is_file()), None)
    if found is None:
        pytest.skip("coc.nvim is not in ~/.vim/pack/*/start, and SWITCHPOINT_COC does not name its folder")
    return found


def vim_with_virtual_text() -> str:
    vim = program("vim")
    asked = [vim, "-Nesu", "NONE", "-c", "verbose echo has('patch-9.0.0067') && has('textprop')", "-c", "qall"]
    said = subprocess.run(asked, capture_output=True, encoding="utf-8", check=False)
    if "1" not in said.stdout + said.stderr:
        pytest.skip("this Vim has no virtual text, which came with 9.0.0067")
    return vim
