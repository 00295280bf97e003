"""Two ways to mark up the same words: Markdown and plain text.

In: texts, of which all that comes from a workspace is hostile. Out: text in which it can do nothing but be read. This
module must not know what the words say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.wording import short_place

if TYPE_CHECKING:
    from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
# Editors that show Markdown as it is written show each backslash, so that only what could begin something has one. In
# the middle of a line, without a bracket before them, full stops, dashes, colons and parentheses are what they are, but
# for those that make an address a link. A parenthesis after a bracket has one although the bracket has one too: within
# the text of a link, VS Code takes the backslashes of brackets away before it looks for links again.
_SPECIAL = re.compile(r"([\\`*_{}\[\]#+!|<>~&$@]|:(?=//)|(?<=www)\.|(?<=\])\()", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markdown:
    """Markdown as editors render it, without HTML and without commands."""

    def strong(self, text: str) -> str:
        return f"**{escaped(text)}**"

    def plain(self, text: str) -> str:
        return escaped(text)

    def code(self, text: str) -> str:
        clean = one_line(text)
        fence = "`" * (max((len(run) for run in re.findall(r"`+", clean)), default=0) + 1)
        padded = f" {clean} " if clean.startswith("`") or clean.endswith("`") or not clean else clean
        return f"{fence}{padded}{fence}"

    def place(self, path: Path, line: int) -> str:
        shown = f"{escaped(short_place(path))}:{line}"
        return f"[{shown}]({path.as_uri()}#L{line})" if path.is_absolute() else shown

    def lines(self, lines: list[str]) -> str:
        return "\n\n".join(_joined_list(lines))


@dataclass(frozen=True, slots=True)
class Plain:
    """Text for clients and terminals that render nothing."""

    def strong(self, text: str) -> str:
        return one_line(text)

    def plain(self, text: str) -> str:
        return one_line(text)

    def code(self, text: str) -> str:
        return one_line(text)

    def place(self, path: Path, line: int) -> str:
        return f"{one_line(short_place(path))}:{line}"

    def lines(self, lines: list[str]) -> str:
        return "\n".join(lines)


MARKDOWN = Markdown()
PLAIN = Plain()


def one_line(text: str) -> str:
    """The text without control characters, invisible direction marks and line ends."""
    return _CONTROL.sub(" ", text).strip()


def escaped(text: str) -> str:
    """The text on one line, every character that Markdown could read otherwise escaped."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _joined_list(lines: list[str]) -> list[str]:
    """Paragraphs, with neighbouring numbered lines kept together as one list."""
    paragraphs: list[str] = []
    for line in lines:
        if paragraphs and _is_item(line) and _is_item(paragraphs[-1].rpartition("\n")[2]):
            paragraphs[-1] += "\n" + line
        else:
            paragraphs.append(line)
    return paragraphs


def _is_item(line: str) -> bool:
    return re.match(r"(\d+\.|-) ", line) is not None
