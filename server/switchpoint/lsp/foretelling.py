"""Whose hovers are told next: those near to where somebody works, and no more than somebody soon gets to.

In: the lines that the editor asked for, a line near which somebody works, the lines that are told. Out: lines. An
editor may ask for all lines of a long file, so they are told a screen at a time, and anything else goes on in between.
This module must not know what is told of them.
"""

from __future__ import annotations

Lines = tuple[int, int]
"""First and last, both included, from 1."""

SCREEN: Lines = (1, 60)
"""Lines that somebody sees of whom nothing is known."""
AT_ONCE = 120
REACH = 300
"""Lines above and below that somebody soon gets to."""


def next_lines(seen: Lines, near: int, told: Lines | None) -> Lines | None:
    """The lines to tell next, beside those that are told; None where that is enough."""
    near = min(max(near, seen[0]), seen[1])
    first, last = max(seen[0], near - REACH), min(seen[1], near + REACH)
    if told is None or not _touch(told, (first, last)):
        begin = first if last - first < AT_ONCE else max(first, near - AT_ONCE // 2)
        return begin, min(last, begin + AT_ONCE - 1)
    if told[1] < last:
        return told[1] + 1, min(last, told[1] + AT_ONCE)
    if told[0] > first:
        return max(first, told[0] - AT_ONCE), told[0] - 1
    return None


def both(told: Lines | None, new: Lines) -> Lines:
    """What is told when new lines are: one stretch, the new one where it is apart from the other."""
    return new if told is None or not _touch(told, new) else (min(told[0], new[0]), max(told[1], new[1]))


def _touch(one: Lines, other: Lines) -> bool:
    return one[0] <= other[1] + 1 and other[0] <= one[1] + 1
