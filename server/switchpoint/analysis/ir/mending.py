"""A half-typed statement, read as what it seems to become, so that the function around it stays alive.

In: the lines of one statement that does not parse. Out: as many lines that do, and which of them are not as they were
typed. What is left open is closed; a statement that still cannot be read becomes one that says no more than what its
words do: that it awaits, yields or returns something unknown. Text alone decides. This module must not know what a
statement means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.chunks import CONTINUES, chunks, depth, is_code, rejoined
from switchpoint.analysis.ir.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PLACEHOLDER = "half_typed"
_MOST_LINES = 2000
"""Of a statement of more lines the parts are not looked for: each of them is parsed several times."""
_MOST_DEEP = 30
"""Blocks in blocks: CPython allows a hundred."""
_MOST_HEAD = 40
"""Lines of the head of a block."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(r"\"\"\"|'''|[\"'()\[\]{}\n]|#[^\n]*|\\.", re.S)
_DEFINES = re.compile(r"\s*(?:@|class\b|(?:async\s+)?def\b)")
_HEADS = re.compile(r"\s*(?:async\b|def\b|class\b|if\b|for\b|while\b|with\b|try\b)")
_WORDS = re.compile(r"\b(?:await|async|yield)\b")


@dataclass(frozen=True, slots=True)
class Mend:
    """Lines that parse. `changed`: (first, last) of those that are not as they were typed, from 0, the end exclusive;
    `filled`: of which of them nothing is known but a few words."""

    lines: list[str]
    changed: tuple[tuple[int, int], ...]
    filled: tuple[tuple[int, int], ...]


def mend(lines: Sequence[str]) -> Mend | None:
    """The lines of one statement so that they parse; None where nothing of it would be left."""
    mending = _Mending(list(lines), placeholder_for("".join(lines)))
    if len(lines) > _MOST_LINES or not mending.inside(0, len(lines)):
        return None
    return Mend(mending.lines, tuple(sorted(mending.changed)), tuple(sorted(mending.filled)))


def placeholder_for(text: str) -> str:
    """A name that nothing in the text has."""
    name = PLACEHOLDER
    while name in text:
        name += "_"
    return name


class _Mending:
    """One statement under way: its lines, which are replaced one part after the other."""

    def __init__(self, lines: list[str], name: str) -> None:
        self.lines = lines
        self.changed: set[tuple[int, int]] = set()
        self.filled: set[tuple[int, int]] = set()
        self._name = name
        self._depth = 0

    def inside(self, first: int, last: int) -> bool:
        """Whether the statement could be mended without giving up all of it."""
        if self._depth > _MOST_DEEP:
            return False
        before = self.lines[first:last], set(self.changed), set(self.filled)
        self._depth += 1
        done = (self._mend_blocks(first, last) or self._close(first, last)) and self._parses(first, last)
        self._depth -= 1
        if done:
            return True
        self.lines[first:last], self.changed, self.filled = before
        return False

    def _statement(self, first: int, last: int) -> None:
        if not self._parses(first, last) and not self.inside(first, last):
            self._fill(first, last)

    def _mend_blocks(self, first: int, last: int) -> bool:
        """The statements of every block of a compound statement; False where it is not one."""
        blocks = list(self._blocks(first, last))
        for head, start, end in blocks:
            if head is not None:
                self._close_head(head)
            parts = rejoined(self.lines, chunks(self.lines, start, end, depth(self.lines[start])), self._parses)
            for part in parts:
                self._statement(*part)
        return bool(blocks)

    def _blocks(self, first: int, last: int) -> Iterator[tuple[int | None, int, int]]:
        """(the line of its head where that is open, first, last) of each stretch that is indented below a head."""
        outer = depth(self.lines[first])
        if not _HEADS.match(self.lines[_after_decorators(self.lines, first, last)]):
            return
        index = first
        while index < last:
            ends = range(index + 1, min(last, index + _MOST_HEAD) + 1)
            closed = next((end for end in ends if self._is_head(index, end)), None)
            if closed is None:
                closed = next((end for end in ends if self._is_closed(end) and self._blank(index, end, _is_head)), None)
            below = index + 1 if closed is None else closed
            start = next((i for i in range(below, last) if is_code(self.lines[i])), None)
            if start is None or depth(self.lines[start]) <= outer:
                return
            end = next(
                (i for i in range(start, last) if is_code(self.lines[i]) and depth(self.lines[i]) <= outer), last
            )
            yield (index if closed is None else None), start, end
            index = end

    def _is_head(self, first: int, end: int) -> bool:
        return self._is_closed(end) and _is_head("".join(self.lines[first:end]).rstrip())

    def _is_closed(self, end: int) -> bool:
        """Whether a head may end before a line."""
        return ":" in self.lines[end - 1] and self.lines[end - 1].partition("#")[0].rstrip().endswith(":")

    def _blank(self, first: int, end: int, is_whole: Callable[[str], bool]) -> bool:
        """Whether leaving out one line in the midst of others mends them: an argument, a parameter."""
        lines = self.lines[first:end]
        for index in range(1, len(lines) - 1 if len(lines) <= _MOST_HEAD else 0):
            if is_code(lines[index]) and is_whole("".join((*lines[:index], "\n", *lines[index + 1 :])).rstrip() + "\n"):
                self._replace(first + index, first + index + 1, "")
                self.filled.add((first + index, first + index + 1))
                return True
        return False

    def _close_head(self, line: int) -> None:
        """A head that is left open: with what closes it, or else one that only holds its block."""
        text = self.lines[line].rstrip("\r\n")
        found = next((head for end in self._endings(text) if _is_head(head := f"{text}{end}:")), None)
        if found is None and not _DEFINES.match(text) and not text.lstrip().startswith(CONTINUES):
            found = f"{_indent(text)}if {self._name}:"
            self.filled.add((line, line + 1))
        if found is not None:
            self._replace(line, line + 1, found)

    def _close(self, first: int, last: int) -> bool:
        """A statement that lacks its end: a bracket, the end of a string, an operand, a block."""
        end = next((i for i in reversed(range(first, last)) if is_code(self.lines[i])), None)
        if end is None:
            return False
        text = "".join(self.lines[first : end + 1]).rstrip()
        for ending in self._endings(text):
            for tail in (ending, f"{ending}: pass"):
                if _parses(text + tail + "\n"):
                    self._replace(end, end + 1, self.lines[end].rstrip() + tail)
                    self.changed.add((first, end + 1))
                    return True
        if self._blank(first, end + 1, _parses):
            self.changed.add((first, end + 1))
            return True
        return False

    def _endings(self, text: str) -> Iterator[str]:
        closing = _left_open(text)
        name = self._name if text.endswith(".") else f" {self._name}"
        yield closing
        yield name + closing
        if closing[:1] in {'"', "'"}:
            yield f"{self._name}}}{closing}"
            yield f"}}{closing}"

    def _fill(self, first: int, last: int) -> None:
        """Nothing of the statement can be read but its words."""
        text = "".join(self.lines[first:last])
        parts: list[str] = []
        if not _DEFINES.match(text):
            words = set(_WORDS.findall(_without_strings(text)))
            parts += [f"await {self._name}"] if words & {"await", "async"} else []
            parts += [f"yield {self._name}"] if "yield" in words else []
            parts += [f"return {self._name}"] if text.lstrip().startswith("return") else []
        self._replace(first, last, _indent(text) + ("; ".join(parts) or "pass"))
        self.filled.add((first, last))

    def _replace(self, first: int, last: int, text: str) -> None:
        self.lines[first:last] = [text + "\n", *["\n"] * (last - first - 1)]
        self.changed.add((first, last))

    def _parses(self, first: int, last: int) -> bool:
        return _parses("".join(self.lines[first:last]))


def _parses(text: str) -> bool:
    try:
        parse("if 1:\n" + text if text[:1].isspace() else text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _is_head(text: str) -> bool:
    """Whether a text is the head of a block."""
    indent, word = _indent(text), text.lstrip()
    before = f"{indent}if 1: pass\n" if word.startswith(("else", "elif")) else ""
    before = f"{indent}try: pass\n" if word.startswith(("except", "finally")) else before
    return _parses(f"{before}{text}\n{indent} pass\n{f'{indent}finally: pass' if word.startswith('try') else ''}\n")


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _after_decorators(lines: Sequence[str], first: int, last: int) -> int:
    """The line on which what is decorated begins."""
    outer = depth(lines[first])
    starts = (i for i in range(first, last) if depth(lines[i]) <= outer and _HEADS.match(lines[i]))
    return next(starts, first) if lines[first].lstrip().startswith("@") else first


def _left_open(text: str) -> str:
    """What closes the strings and brackets that a text leaves open, the innermost first."""
    stack: list[str] = []
    quote = ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if quote:
            # A newline ends a string of one line: it stays open for whoever reads on.
            quote = "" if token == quote or (token == "\n" and len(quote) == 1) else quote
        elif token[0] in "\"'":
            quote = token
        elif token in _CLOSING:
            stack.append(_CLOSING[token])
        elif stack and token == stack[-1]:
            stack.pop()
    return quote + "".join(reversed(stack))


def _without_strings(text: str) -> str:
    """The text without what stands in its strings and comments, as far as they can be told."""
    kept: list[str] = []
    quote, done = "", 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if quote:
            if token == quote or (token == "\n" and len(quote) == 1):
                quote, done = "", found.end()
        elif token[0] in "\"'#":
            kept.append(text[done : found.start()])
            quote, done = ("" if token[0] == "#" else token), found.end()
    return " ".join((*kept, "" if quote else text[done:]))
