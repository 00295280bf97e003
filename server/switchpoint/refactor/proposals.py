"""What a refactoring answers: a proposal with its edits, or with the reason why it would change meaning.

In: nothing. Out: plain data and the sentences of this folder. This module must not know source nor the analysis. Lines
count from 1 and columns from 0, in code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from switchpoint.analysis import Span


class Kind(Enum):
    """The refactorings. The value is what a menu shows."""

    RUN_AS_TASK = "Run as a task"
    AWAIT_INLINE = "Await inline"
    MAKE_PLAIN = "Make this a plain function"


class Refusal(Enum):
    """Why a refactoring would change meaning, or cannot be shown not to: the closed list."""

    VALUE_USED = "value used"
    NOT_A_COROUTINE = "not a coroutine"
    NO_ASYNCIO = "no asyncio"
    OTHER_LOOP = "other loop"
    INSIDE_WITH = "inside with"
    INSIDE_TRY = "inside try"
    HELD = "held"
    INSIDE_LOOP = "inside loop"
    SPINNING = "spinning"
    STARTED_IN_LOOP = "started in a loop"
    NOTHING_AFTER = "nothing after"
    TASK_USED = "task used"
    TASK_OPTIONS = "task options"
    SHARED = "shared"
    OTHER_CELL = "other cell"
    OTHER_BLOCK = "other block"
    ENDLESS = "endless"
    NOT_IN_COROUTINE = "not in a coroutine"
    MAY_SWITCH = "may switch"
    GENERATOR = "generator"
    OWN_AWAITS = "own awaits"
    STOPS = "stops"
    DECORATED = "decorated"
    INHERITS = "inherits"
    IMPLICIT = "implicit"
    PUBLIC_METHOD = "public method"
    SAME_NAME = "same name"
    OTHER_USE = "other use"
    COMPUTED_NAME = "computed name"
    IN_GENERATOR = "in generator"
    NO_CALLERS = "no callers"
    UNKNOWN_CALLEE = "unknown callee"
    NOT_ALL_FILES = "not all files"
    BROKEN_FILE = "broken file"
    NOT_EDITABLE = "not editable"


SENTENCES: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.VALUE_USED: "the value of this await is used right here, and a task would take its place",
        Refusal.NOT_A_COROUTINE: "what is awaited is not known to be the call of a coroutine function",
        Refusal.NO_ASYNCIO: "this file does not import asyncio, so it is not known that asyncio runs it",
        Refusal.OTHER_LOOP: "this function's switches lead to another library's event loop, which has no asyncio tasks",
        Refusal.INSIDE_WITH: "the task could run on after this with block has been left",
        Refusal.INSIDE_TRY: "the handlers of this try would no longer see its exceptions",
        Refusal.HELD: "what was acquired here is released below, and the task could run on after that",
        Refusal.INSIDE_LOOP: "each turn of the loop would forget the task of the turn before it",
        Refusal.SPINNING: "nothing else in this loop can switch, so that it would start tasks that never get to run",
        Refusal.STARTED_IN_LOOP: "each turn of a loop starts a task, and it is awaited outside of the loop",
        Refusal.NOTHING_AFTER: "nothing after it can switch, so the task would not run before the function ends",
        Refusal.TASK_USED: "the task itself is used, not only awaited",
        Refusal.TASK_OPTIONS: "the task is given a name or other options of its own",
        Refusal.SHARED: "what comes after it uses what it was given, and it may wait for that",
        Refusal.OTHER_CELL: "the task is used in another cell, which can be run at another time, or not at all",
        Refusal.OTHER_BLOCK: "the task is awaited in another try or with block, which would not see its exceptions",
        Refusal.ENDLESS: "what the task runs has a loop without an end, so that an await would never return",
        Refusal.NOT_IN_COROUTINE: "only a coroutine function can await",
        Refusal.MAY_SWITCH: "it is not proved that this function never switches",
        Refusal.GENERATOR: "this is an asynchronous generator, which is stepped through and not called",
        Refusal.OWN_AWAITS: "it awaits by itself; make plain what it awaits first",
        Refusal.STOPS: "it may raise StopIteration, which leaves a coroutine function as a RuntimeError",
        Refusal.DECORATED: "a decorator may rely on it being a coroutine function",
        Refusal.INHERITS: "the bases, decorators or metaclass of its class may rely on it being a coroutine function",
        Refusal.IMPLICIT: "Python calls a method of this name by itself and awaits the result",
        Refusal.PUBLIC_METHOD: "a public method may be called by libraries that are given the object",
        Refusal.SAME_NAME: "something else has the same name: it may be an override, a protocol or another function",
        Refusal.OTHER_USE: "it is used other than by calling and awaiting it at once",
        Refusal.COMPUTED_NAME: "it may be reached by a name that is made at run time",
        Refusal.IN_GENERATOR: "it is awaited inside a generator expression, which would no longer be asynchronous",
        Refusal.NO_CALLERS: "no caller is found in the analysed files, so something else calls it",
        Refusal.UNKNOWN_CALLEE: "a call of this name is not known to reach this function alone",
        Refusal.NOT_ALL_FILES: "not all files that may call it are analysed",
        Refusal.BROKEN_FILE: "a file that has its name does not parse",
        Refusal.NOT_EDITABLE: "the source here cannot be edited without loss",
    }
)


class Refused(Exception):
    """Ends the making of one proposal."""

    def __init__(self, refusal: Refusal, path: Path | None = None, line: int = 0) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The text of a span is replaced."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The edits of one file, in order, none overlapping."""

    path: Path
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One entry of the menu: `edits` when it can be done, else `refusal`, and the place that is the reason."""

    kind: Kind
    edits: tuple[FileEdit, ...] = ()
    refusal: Refusal | None = None
    path: Path | None = None
    line: int = 0

    @property
    def sentence(self) -> str:
        """Why it is refused, in words; "" when it is not."""
        if self.refusal is None:
            return ""
        where = f" ({self.path.name}:{self.line})" if self.path is not None and self.line else ""
        return SENTENCES[self.refusal] + where
