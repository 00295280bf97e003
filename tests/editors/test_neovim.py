"""Neovim by itself: hovers, and hints where its version has them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from editors.desk import BODY, PROVED, SWITCHES, keep, lay, program
from editors.readme import settings
from editors.screen import terminal

HEADING = "Neovim"
HAS_HINTS = (0, 11)
# Before it has hints, nothing on the screen would tell that the server has begun.
STATUS = """\
vim.o.laststatus = 2
vim.o.statusline = "servers %{luaeval('#vim.tbl_keys(vim.lsp.buf_get_clients(0))')}"
"""


def test_hovers_and_hints(tmp_path: Path) -> None:
    neovim, desk = program("nvim"), lay(tmp_path)
    hints = version(neovim) >= HAS_HINTS
    init = tmp_path / "init.lua"
    init.write_text(settings(HEADING, "lua") if hints else STATUS + settings(HEADING, "lua", 1), encoding="utf-8")
    with terminal([neovim, "-u", str(init), "cache.py"], desk.project, desk.environment) as screen:
        begun = ["async with self.lock may switch:", f"{PROVED} inline"] if hints else ["servers 1"]
        seen = [screen.until(*begun)]
        screen.type(f"/{PROVED}\r")
        screen.type("K")
        seen.append(screen.until("switchpoint: inline", "Assumed:"))
        # What moves the cursor closes the hover.
        screen.type(f"h:%s/{BODY}/{SWITCHES}/\r")
        if hints:
            seen.append(screen.until(f"{PROVED} may switch", f"{SWITCHES} may switch"))
        screen.type(f":noh|1\r/{PROVED}\rK")
        seen.append(screen.until("switchpoint: may switch", "asyncio.sleep", "Assumed:"))
    keep("neovim", *seen)


def version(neovim: str) -> tuple[int, int]:
    said = subprocess.run([neovim, "--version"], capture_output=True, encoding="utf-8", check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", said)
    assert found is not None, said
    return int(found[1]), int(found[2])
