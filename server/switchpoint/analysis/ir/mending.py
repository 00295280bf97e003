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
_HEADS = re.compile(r"\s*(?:async\b|def\b|class\b|if\b|for\b|while\b|with\b|try\b|match\b|case\b)")
_ORPHANS = re.compile(r"\s*(?:\w+\s*$|(?:else|elif|except|finally)\b)")
"""What is not the head of a statement, though blocks stand below it: half a word, or a clause without its statement."""
_CASE, _MATCH = re.compile(r"\s*case\b"), re.compile(r"\s*match\b")
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


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines `head` to `below`, and what is indented below them; whether the head can be read."""

    head: int
    below: int
    start: int
    end: int
    is_closed: bool


class _Mending:
    """One statement under way: its lines, which are replaced one part after the other."""

    def __init__(self, lines: list[str], name: str) -> None:
        self.lines = lines
        self.changed: set[tuple[int, int]] = set()
        self.filled: set[tuple[int, int]] = set()
        self._name = name
        self._depth = 0

    def inside(self, first: int, last: int, *, clause: bool = False) -> bool:
        """Whether the statement could be mended without giving up all of it."""
        if self._depth > _MOST_DEEP:
            return False
        self._depth += 1
        done = self._attempt(first, last, lambda: self._mend_parts(first, last, clause))
        done = done or self._attempt(first, last, lambda: self._mend_apart(first, last, clause))
        self._depth -= 1
        return done

    def _attempt(self, first: int, last: int, mended: Callable[[], bool]) -> bool:
        """Whether these lines could be mended so; if not, they are as they were."""
        before = self.lines[first:last], set(self.changed), set(self.filled)
        if mended():
            return True
        self.lines[first:last], self.changed, self.filled = before
        return False

    def _mend_parts(self, first: int, last: int, clause: bool) -> bool:
        """The statements in every block of a compound statement, or the end of a simple one."""
        self._mend_decorators(first, last)
        blocks = list(self._blocks(first, last))
        for block in blocks:
            self._mend_block(block, clause)
        if not blocks and not self._close(first, last, clause):
            return False
        if self._parses(first, last, clause):
            return True
        return bool(blocks) and self._attempt(first, last, lambda: self._loosen(first, last, blocks))

    def _mend_apart(self, first: int, last: int, clause: bool) -> bool:
        """A statement, and after it what only seems to continue it, each by itself."""
        outer = depth(self.lines[first])
        starts = [i for i in range(first + 1, last) if is_code(self.lines[i]) and depth(self.lines[i]) <= outer]
        at = next((i for i in reversed(starts[-_MOST_HEAD:]) if self._parses(first, i, clause)), None)
        if at is None:
            return False
        self._statement(at, last, clause)
        return self._parses(first, last, clause)

    def _statement(self, first: int, last: int, clause: bool) -> None:
        if not self._parses(first, last, clause) and not self.inside(first, last, clause=clause):
            self._fill(first, last, clause)

    def _mend_block(self, block: _Block, clause: bool) -> None:
        """The statements below one head, or the clauses of a `match`."""
        start = self.lines[block.start]
        clauses = bool(_MATCH.match(self.lines[block.head]) if block.is_closed else _CASE.match(start))
        if not block.is_closed:
            self._close_head(block.head, clause, clauses)
        parts = chunks(self.lines, block.start, block.end, depth(start))
        for part in rejoined(self.lines, parts, lambda first, last: self._parses(first, last, clauses)):
            self._statement(*part, clauses)

    def _loosen(self, first: int, last: int, blocks: list[_Block]) -> bool:
        """Blocks whose heads do not belong together: each only holds what stands in it."""
        for block in blocks:
            if _DEFINES.match(self.lines[block.head]):
                continue
            self._replace(block.head, block.below, f"{_indent(self.lines[block.head])}if {self._name}:")
            self.filled.add((block.head, block.below))
        return self._parses(first, last)

    def _mend_decorators(self, first: int, last: int) -> None:
        """A decorator that cannot be read is one that is not known."""
        end = _after_decorators(self.lines, first, last)
        outer = depth(self.lines[first])
        starts = [i for i in range(first, end) if depth(self.lines[i]) <= outer and self.lines[i].lstrip()[:1] == "@"]
        for start, after in zip(starts, [*starts[1:], end][: len(starts)], strict=True):
            text, indent = "".join(self.lines[start:after]), _indent(self.lines[start])
            if not _parses(f"{text}\n{indent}def f(): pass\n"):
                self._replace(start, after, f"{indent}@{self._name}")
                self.filled.add((start, after))

    def _blocks(self, first: int, last: int) -> Iterator[_Block]:
        """Each stretch that is indented below a head."""
        outer = depth(self.lines[first])
        top = self.lines[_after_decorators(self.lines, first, last)]
        if not _HEADS.match(top) and not _ORPHANS.match(top):
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
            yield _Block(index, below, start, end, closed is not None)
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

    def _close_head(self, line: int, clause: bool, clauses: bool) -> None:
        """A head that is left open: with what closes it, or else one that only holds its block."""
        text = self.lines[line].rstrip("\r\n")
        found = next((head for end in self._endings(text) if _is_head(head := f"{text}{end}:")), None)
        if found is None and not _DEFINES.match(text) and not text.lstrip().startswith(CONTINUES):
            word = "match" if clauses else "case _ if" if clause else "if"
            found = f"{_indent(text)}{word} {self._name}:"
            self.filled.add((line, line + 1))
        if found is not None:
            self._replace(line, line + 1, found)

    def _close(self, first: int, last: int, clause: bool) -> bool:
        """A statement that lacks its end: a bracket, the end of a string, an operand, a block."""
        end = next((i for i in reversed(range(first, last)) if is_code(self.lines[i])), None)
        if end is None:
            return False
        text = "".join(self.lines[first : end + 1]).rstrip()
        for ending in self._endings(text):
            for tail in (ending, f"{ending}: pass"):
                if _parses(text + tail + "\n", clause):
                    self._replace(end, end + 1, self.lines[end].rstrip() + tail)
                    self.changed.add((first, end + 1))
                    return True
        if self._blank(first, end + 1, lambda text: _parses(text, clause)):
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

    def _fill(self, first: int, last: int, clause: bool) -> None:
        """Nothing of the statement can be read but its words."""
        text = "".join(self.lines[first:last])
        parts: list[str] = []
        if not _DEFINES.match(text):
            words = set(_WORDS.findall(_without_strings(text)))
            parts += [f"await {self._name}"] if words & {"await", "async"} else []
            parts += [f"yield {self._name}"] if "yield" in words else []
            parts += [f"return {self._name}"] if text.lstrip().startswith("return") else []
        head = f"case _ if {self._name}: " if clause else ""
        self._replace(first, last, _indent(text) + head + ("; ".join(parts) or "pass"))
        self.filled.add((first, last))

    def _replace(self, first: int, last: int, text: str) -> None:
        self.lines[first:last] = [text + "\n", *["\n"] * (last - first - 1)]
        self.changed.add((first, last))

    def _parses(self, first: int, last: int, clause: bool = False) -> bool:
        return _parses("".join(self.lines[first:last]), clause)


def _parses(text: str, clause: bool = False) -> bool:
    """Whether a text is a statement, or a clause of `match`."""
    around = "match 1:\n" if clause else "if 1:\n" if text[:1].isspace() else ""
    try:
        parse(around + text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _is_head(text: str) -> bool:
    """Whether a text is the head of a block."""
    indent, word = _indent(text), text.lstrip()
    if _CASE.match(text):
        return _parses(f"{text}\n{indent} pass\n", clause=True)
    if _MATCH.match(text) and _parses(f"{text}\n{indent} case _: pass\n"):
        return True
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
