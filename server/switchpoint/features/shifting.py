"""A hint as data, and where hints go while text is edited, without any analysis.

In: the last hints and an edit. Out: hints. This module must not know verdicts nor how hints are found: it is loaded
by the process that only moves them.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from switchpoint.features.edits import Edit, moved

Hints = tuple["Hint", ...]


class Hint(NamedTuple):
    """One hint. A named tuple, because hundreds of them are made and compared on a keystroke.

    `line` and `col` are the end of what the hint belongs to; at `line_end` it is shown at the end of that line instead.
    `kind`, `key_line` and `key_col` name the site by its operand, by which it is found again to be explained.
    """

    line: int
    col: int
    label: str
    line_end: bool
    kind: str
    key_line: int
    key_col: int
    function: str


def shift(old: Hints, edit: Edit) -> Hints:
    """The hints after an edit, without any analysis. Hints inside replaced text are dropped."""
    first = bisect_left(old, (edit.start[0],))
    last = len(old) if edit.lines_added else bisect_left(old, (edit.end[0] + 1,))
    shifted = (_shifted(hint, edit) for hint in old[first:last])
    return (*old[:first], *(hint for hint in shifted if hint is not None), *old[last:])


def within(all_hints: Hints, first_line: int, last_line: int) -> Hints:
    """The hints of some lines, both included."""
    return all_hints[bisect_left(all_hints, (first_line,)) : bisect_left(all_hints, (last_line + 1,))]


def _shifted(hint: Hint, edit: Edit) -> Hint | None:
    place = moved((hint.line, hint.col), edit)
    if place is None:
        return None
    key = moved((hint.key_line, hint.key_col), edit, sticky=False) or (0, 0)
    return Hint(*place, hint.label, hint.line_end, hint.kind, *key, hint.function)
