"""Where a place goes when text is edited: pure arithmetic on lines and columns.

In: places and edits, lines from 1 and columns from 0 in code points. Out: places. This module must not know what
stands at a place nor where edits come from.
"""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """The text between `start` and `end` (exclusive) was replaced by `text`."""

    start: Place
    end: Place
    text: str

    @property
    def lines_added(self) -> int:
        return line_ends(self.text) - (self.end[0] - self.start[0])

    @property
    def new_end(self) -> Place:
        """Where the inserted text ends."""
        ends = line_ends(self.text)
        if ends == 0:
            return (self.start[0], self.start[1] + len(self.text))
        last = max(self.text.rfind("\n"), self.text.rfind("\r"))
        return (self.start[0] + ends, len(self.text) - last - 1)


def line_ends(text: str) -> int:
    r"""How many lines end in a text, by \n, \r\n or \r, as editors and Python's tokenizer count them."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def moved(place: Place, edit: Edit, *, sticky: bool = True) -> Place | None:
    """The place after the edit; None when the text around it was replaced.

    A `sticky` place is the end of something: what is typed directly onto it pushes it, a blank or a new line does not.
    """
    if place < edit.start:
        return place
    if place == edit.start and _stays(edit, sticky=sticky):
        return place
    if place < edit.end:
        return None
    line, col = edit.new_end
    if place[0] > edit.end[0]:
        return (place[0] + edit.lines_added, place[1])
    return (line, col + place[1] - edit.end[1])


def _stays(edit: Edit, *, sticky: bool) -> bool:
    """Whether a place at the very start of the edit keeps its place."""
    if not sticky:
        return False
    return edit.start != edit.end or not edit.text or not (edit.text[0].isalnum() or edit.text[0] in "_.([\"'")
