"""Emacs with eglot: the first line of a hover stands alone in the echo area, all of it in a buffer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from editors.desk import BODY, CACHE, PROVED, SWITCHES, keep, lay, program
from editors.readme import settings
from editors.screen import Screen, terminal

# No compiling in the background, which begins before the ordinary settings are read.
EARLY = "(setq native-comp-deferred-compilation nil native-comp-async-report-warnings-errors nil)\n"
# No files beside the file, and hovers in the echo area as one line.
QUIET = """\
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil create-lockfiles nil)
(setq confirm-kill-processes nil eldoc-echo-area-use-multiline-p nil)
"""
LINE = CACHE[: CACHE.index(PROVED)].count("\n") + 1


def test_hovers(tmp_path: Path) -> None:
    emacs, desk = program("emacs"), lay(tmp_path)
    needs_eglot(emacs)
    folder = desk.home / ".emacs.d"
    folder.mkdir()
    (folder / "early-init.el").write_text(EARLY, encoding="utf-8")
    (folder / "init.el").write_text(QUIET + settings("Emacs with eglot", "elisp"), encoding="utf-8")
    with terminal([emacs, "-nw", "cache.py"], desk.project, desk.environment) as screen:
        screen.until("eglot:")
        shown = [looked_at(screen, "switchpoint: inline — self.forget(key) runs inside this task")]
        assert "Assumed:" not in shown[0]
        screen.press("M-x")
        screen.type(f"replace-string\r{BODY}\r{SWITCHES}\r")
        shown.append(looked_at(screen, "switchpoint: may switch — self.forget(key) reaches asyncio.sleep"))
        screen.press("M-x")
        screen.type("eldoc-doc-buffer\r")
        shown.append(screen.until("1. ", "in Cache.forget"))
        keep("emacs-eglot", *shown)


def looked_at(screen: Screen, wanted: str) -> str:
    """The screen once it says so of the await. Emacs asks when the cursor moves; other news may cover the answer."""
    go_to(screen, LINE)
    return screen.until(wanted, again=lambda: go_to(screen, LINE))


def go_to(screen: Screen, line: int) -> None:
    """The first word of a line, by commands after which Emacs shows what it knows about a place."""
    screen.press("M-g", "g")
    screen.type(f"{line}\r")
    screen.press("M-m")


def needs_eglot(emacs: str) -> None:
    asked = [emacs, "--batch", "--eval", '(kill-emacs (if (locate-library "eglot") 0 1))']
    if subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        pytest.skip("this Emacs has no eglot; Debian has it as elpa-eglot")
