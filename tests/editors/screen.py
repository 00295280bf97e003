"""A terminal with an editor in it, looked at and typed into as a person would.

In: a command, its folder and environment, keys. Out: what the screen shows. tmux is the terminal.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

COLUMNS, ROWS = 100, 32
LONGEST = 120
GLANCE = 0.2
A_WHILE = 8


@dataclass(frozen=True)
class Screen:
    """One window of a tmux server of its own."""

    socket: Path

    def text(self) -> str:
        """What stands on the screen, without the blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines())

    def type(self, text: str) -> None:
        """Keys that stand for themselves."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Keys with names, as tmux knows them: Enter, Escape, C-c."""
        self._tmux("send-keys", *keys)

    def until(self, *wanted: str, gone: Sequence[str] = (), again: Callable[[], None] = lambda: None) -> str:
        """The text of the screen, as soon as it shows all that is wanted and nothing that shall be gone.

        `again` is what a person does when nothing comes for a while.
        """
        began = time.monotonic()
        end, tries = began + LONGEST, 0
        while True:
            shown = self.text()
            if all(text in shown for text in wanted) and not any(text in shown for text in gone):
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"never shown: {wanted} without {tuple(gone)}, but\n{shown}")
            if time.monotonic() > began + (tries + 1) * A_WHILE:
                tries += 1
                again()
            time.sleep(GLANCE)

    def _tmux(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", os.devnull, *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env=environment).stdout


@contextmanager
def terminal(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Screen]:
    """An editor from its start to its end, which is asked for by closing its terminal."""
    with TemporaryDirectory(prefix="sp-") as short:
        screen = Screen(Path(short, "tmux"))
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        screen._tmux("new-session", "-d", *size, "-c", str(folder), "--", *command, environment=environment)
        try:
            yield screen
        finally:
            screen._tmux("kill-server")
