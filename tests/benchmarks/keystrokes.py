"""Where and what is typed: a statement below an `await` in a window of the file that has many of them.

In: a file's lines. Out: a window, and edits of one keystroke each, endlessly: a statement is typed and deleted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VISIBLE = 60
STATEMENT = "counted = len(repr(self)) + 1"
AWAIT = re.compile(r"^( +)(?:\w+ = )?await [\w.]+\(.*\)$")

Keystroke = tuple[int, int, int, str]
"""Line (from 0), column, number of characters removed, text."""


@dataclass(frozen=True)
class Window:
    """The lines that somebody sees, and a whole `await` statement among them (from 0)."""

    first: int
    last: int
    line: int
    indent: int
    await_col: int
    length: int


def window(lines: Sequence[str]) -> Window:
    """Around the statement that has most `await`s near it."""
    bodies = [line.rstrip("\r\n") for line in lines]
    places = [number for number, line in enumerate(bodies) if AWAIT.match(line)]
    best = max(places, key=lambda place: sum(abs(place - other) <= VISIBLE // 2 for other in places))
    first = max(0, best - VISIBLE // 2)
    body = bodies[best]
    return Window(first, first + VISIBLE, best, len(body) - len(body.lstrip()), body.index("await "), len(body))


def opening(here: Window) -> Keystroke:
    """The line that is typed on is opened once; deleting leaves it blank."""
    return here.line, here.length, 0, "\n" + " " * here.indent


def keystrokes(here: Window) -> Iterator[Keystroke]:
    """Typing, without an end, on a line that was opened."""
    line = here.line + 1
    while True:
        for col, char in enumerate(STATEMENT, here.indent):
            yield line, col, 0, char
        for col in reversed(range(here.indent, here.indent + len(STATEMENT))):
            yield line, col, 1, ""
