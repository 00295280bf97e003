"""Markdown suites into cases: what the specification says, not whether it is so.

In: the text of one tests/semantics/*.md. Out: cases with options, files and the effect comment of every line.
This module must not know the analysis, the observer or pytest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

EFFECTS = ("never", "sometimes", "always", "unknown")
KINDS = ("await", "enter", "exit", "next")

_MARK = rf"(?:(?:{'|'.join(KINDS)}) )?(?:{'|'.join(EFFECTS)})\b(?:: [^#,]+)?"
_COMMENT = re.compile(rf"\s*#\s*({_MARK}(?:, {_MARK})*)\s*$")
_ONE = re.compile(rf"(?:({'|'.join(KINDS)}) )?({'|'.join(EFFECTS)})(?:: (.+))?$")
_FILE = re.compile(r"`([\w./-]+)`:\s*$")
_BUG = re.compile(r"bug: `(.+)` should be `([^`]+)`")
_FENCE = re.compile(r"```(\w*)\s*$")


class Malformed(ValueError):
    """The suite breaks the format; the message says where."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one comment says of one site; `kind` and `chain` may be left out."""

    effect: str
    kind: str = ""
    chain: str = ""

    def __str__(self) -> str:
        label = f"{self.kind} " if self.kind in ("enter", "exit") else ""
        return f"{label}{self.effect}" + (f": {self.chain}" if self.chain else "")


@dataclass(frozen=True, slots=True)
class Block:
    """One file of a case. `first` is the suite's line (from 1) that holds the file's first line."""

    name: str
    first: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def marks(self) -> dict[int, tuple[Mark, ...]]:
        """The effect comments by line of the file, from 1."""
        found = ((number, marks_of(line)) for number, line in enumerate(self.lines, 1))
        return {number: marks for number, marks in found if marks}


@dataclass(frozen=True, slots=True)
class Bug:
    """A known wrong effect: the line of code, without its comment, and what it should say."""

    code: str
    right: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """Stated assumptions of a case."""

    python: str = ""
    overrides: str = "known"
    eager: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One `## heading`. `run` holds expressions to run; `no_run` says why there are none."""

    title: str
    line: int
    options: Options = Options()
    blocks: tuple[Block, ...] = ()
    bugs: tuple[Bug, ...] = ()
    run: tuple[str, ...] = ()
    no_run: str = ""


def parse(text: str) -> list[Case]:
    """All cases of a suite, in order. Raises `Malformed`."""
    reader = _Reader(text.splitlines())
    while not reader.done:
        reader.step()
    return reader.cases


def marks_of(line: str) -> tuple[Mark, ...]:
    """The effect comment at the end of a line of code; () without one."""
    found = _COMMENT.search(line)
    return parse_marks(found[1]) if found else ()


def without_marks(line: str) -> str:
    """The line of code without its effect comment."""
    return _COMMENT.sub("", line)


def parse_marks(text: str) -> tuple[Mark, ...]:
    """A comma list of marks. Raises `Malformed`."""
    marks: list[Mark] = []
    for part in text.split(", "):
        found = _ONE.match(part.strip())
        if not found:
            raise Malformed(f"not an effect: {part!r}")
        marks.append(Mark(effect=found[2], kind=found[1] or "", chain=(found[3] or "").strip()))
    return tuple(marks)


@dataclass
class _Reader:
    lines: list[str]
    at: int = 0
    cases: list[Case] = field(default_factory=list)
    name: str = ""

    @property
    def done(self) -> bool:
        return self.at >= len(self.lines)

    def step(self) -> None:
        line = self.lines[self.at]
        self.at += 1
        if line.startswith("## "):
            self.cases.append(Case(line[3:].strip(), self.at))
            self.name = ""
        elif fence := _FENCE.match(line):
            self._block(fence[1])
        elif self.cases:
            self._prose(line)

    def _prose(self, line: str) -> None:
        case = self.cases[-1]
        if found := _FILE.match(line):
            self.name = found[1]
        elif line.startswith("options: "):
            self.cases[-1] = replace(case, options=_options(line[9:]))
        elif line.startswith("run: no"):
            self.cases[-1] = replace(case, no_run=line[7:].strip(" ,:.") or "said so")
        elif line.startswith("run: "):
            self.cases[-1] = replace(case, run=tuple(part.strip() for part in line[5:].split(";")))
        elif line.startswith("bug:"):
            self.cases[-1] = replace(case, bugs=(*case.bugs, self._bug(line)))

    def _bug(self, line: str) -> Bug:
        found = _BUG.match(line)
        if not found:
            raise Malformed(f"line {self.at}: a bug line reads: bug: `code` should be `effect`")
        return Bug(found[1].strip(), parse_marks(found[2]))

    def _block(self, language: str) -> None:
        first = self.at + 1
        try:
            end = self.lines.index("```", self.at)
        except ValueError:
            raise Malformed(f"line {self.at}: the block has no end") from None
        body, self.at = tuple(self.lines[self.at : end]), end + 1
        if not self.cases or language not in ("py", "pyi"):
            return
        case = self.cases[-1]
        name = self.name or ("" if case.blocks else "main.py")
        if not name or any(block.name == name for block in case.blocks):
            raise Malformed(f"line {first - 1}: a further block needs a name of its own")
        self.name = ""
        self.cases[-1] = replace(case, blocks=(*case.blocks, Block(name, first, body)))


def _options(text: str) -> Options:
    options = Options()
    for part in text.split(","):
        match part.split():
            case ["python", version]:
                options = replace(options, python=version)
            case ["overrides", way]:
                options = replace(options, overrides=way)
            case ["eager", "tasks"]:
                options = replace(options, eager=True)
            case _:
                raise Malformed(f"unknown option {part.strip()!r}")
    return options
