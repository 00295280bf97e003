"""Vim with coc.nvim, and with YouCompleteMe: hints are virtual text, the hover is a floating window."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from editors.desk import BODY, PROVED, SWITCHES, Desk, keep, lay, program
from editors.readme import settings
from editors.screen import Screen, terminal

HEADING = "Vim with coc.nvim"
START = "set nocompatible shortmess+=I runtimepath^={}\nfiletype plugin on\n"
VIRTUAL_TEXT = "has('patch-9.0.0067') && has('textprop')"
YOUCOMPLETEME = Path("/usr/share/vim-youcompleteme")
# Its own server needs the Python that Debian installs its libraries for, whatever comes first on PATH.
DEBIANS_PYTHON = "let g:ycm_server_python_interpreter = '/usr/bin/python3'\n"


def test_youcompleteme(tmp_path: Path) -> None:
    vim, desk = vim_with(f"{VIRTUAL_TEXT} && has('python3')", "no virtual text or no Python"), lay(tmp_path)
    if not YOUCOMPLETEME.is_dir():
        pytest.skip("YouCompleteMe is not installed; Debian has it as vim-youcompleteme and ycmd")
    start = START.format(YOUCOMPLETEME) + DEBIANS_PYTHON
    (desk.home / ".vimrc").write_text(start + settings("Vim with YouCompleteMe", "vim"), encoding="utf-8")
    with terminal([vim, "cache.py"], desk.project, desk.environment) as screen:
        hints = screen.until("async with self.lock may switch:", f"{PROVED} inline")
        screen.type(f"/{PROVED}\r")
        screen.type("K")
        hover = screen.until("switchpoint: **inline** — `self.forget(key)` runs inside this task")
        keep("vim-youcompleteme", hints, hover, edited(screen))
        # Its own server would outlive a closed terminal, and ours with it.
        screen.type(":doautocmd VimLeave\r:echo 'has' 'left'\r")
        screen.until("has left")


def test_coc(tmp_path: Path) -> None:
    vim, desk = vim_with(VIRTUAL_TEXT, "no virtual text, which came with 9.0.0067"), lay(tmp_path)
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
    (desk.home / ".vimrc").write_text(START.format(plugin) + settings(HEADING, "vim"), encoding="utf-8")
    (desk.home / ".vim" / "coc-settings.json").write_text(settings(HEADING, "json"), encoding="utf-8")


def coc() -> Path:
    """Where coc.nvim is. Its npm package has only types, so no registry has it."""
    given = os.environ.get("SWITCHPOINT_COC")
    places = [Path(given)] if given else sorted(Path.home().glob(".vim/pack/*/start/coc.nvim"))
    found = next((place for place in places if (place / "build" / "index.js").is_file()), None)
    if found is None:
        pytest.skip("coc.nvim is not in ~/.vim/pack/*/start, and SWITCHPOINT_COC does not name its folder")
    return found


def vim_with(feature: str, missing: str) -> str:
    vim = program("vim")
    asked = [vim, "-Nesu", "NONE", "-c", f"verbose echo {feature}", "-c", "qall"]
    said = subprocess.run(asked, capture_output=True, encoding="utf-8", check=False)
    if "1" not in said.stdout + said.stderr:
        pytest.skip(f"this Vim has {missing}")
    return vim
