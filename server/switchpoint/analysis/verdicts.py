"""The words in which the analysis answers: plain frozen data, no behaviour beyond derived properties.

In: nothing. Out: the types that features, lsp and cli receive from the facade. This module must not know how an
answer was found. Lines count from 1 and columns from 0, in code points, everywhere in this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Effect(Enum):
    """How often driving something switches the task out."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"
    UNKNOWN = "unknown"


class Verdict(Enum):
    """What people see. `INLINE` exactly when the effect is `NEVER`: it is a proof."""

    INLINE = "inline"
    MAY_SWITCH = "may switch"


class SiteKind(Enum):
    """The places where CPython can suspend."""

    AWAIT = "await"
    ENTER = "enter"
    EXIT = "exit"
    NEXT = "next"


class Unresolved(Enum):
    """Why an effect is unknown: the closed list. Every member has a sentence in `wording.py`."""

    PARAMETER = "parameter without a known argument"
    ATTRIBUTE = "attribute of unknown type"
    NO_SOURCE = "no source"
    EXTENSION = "extension module"
    IMPORT = "unresolved import"
    DECORATOR = "unresolved decorator"
    DYNAMIC = "dynamic attribute"
    NAME = "unresolved name"
    VALUE = "value not followed"
    CLAIM = "annotation not proved"
    ABSTRACT = "abstract without a known implementation"
    OVERRIDABLE = "could be overridden"
    BUDGET = "budget reached"
    BROKEN = "code that does not parse"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source. The end is exclusive."""

    line: int
    col: int
    end_line: int
    end_col: int


@dataclass(frozen=True, slots=True)
class Site:
    """One place where CPython can suspend, with its effect.

    `span` is where CPython 3.13 puts it (await expression; context expression; whole `async for` or comprehension).
    `keyword` is the `await` or `async` token; `operand` the awaited expression, context expression or iterable.
    `block` is the whole statement for `async with` and `async for` statements, else None: an exit's hint stands at its
    end.
    `index` numbers the sites of one file in the order of `FileReport.sites`.
    """

    path: Path
    index: int
    kind: SiteKind
    span: Span
    function: str
    effect: Effect
    keyword: Span
    operand: Span
    block: Span | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.INLINE if self.effect is Effect.NEVER else Verdict.MAY_SWITCH


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: a place and its source text on one line (whitespace folded, cut at 200 characters).

    `function` is the qualified name of the function in which the step stands ("" at module level). `kind` is None
    where the step is a `yield`.
    """

    path: Path
    span: Span
    text: str
    function: str
    kind: SiteKind | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a site is not `never`: steps from the first callee's inside down to the leaf, which is last.

    `unresolved` is set when the leaf could not be resolved; `detail` then names the expression or module.
    `primitive` is the dotted name of the last named thing above a real leaf ("asyncio.sleep", "asyncio.Lock.acquire");
    "" when there is none. `through` has the dotted names of all that is passed on the way to a real leaf, outermost
    first, among them the function that made what the last step awaits (`asyncio.gather`): wording finds the best name
    and a condition in words among them.
    """

    steps: tuple[Step, ...]
    unresolved: Unresolved | None = None
    detail: str = ""
    primitive: str = ""
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Footing:
    """On which methods a proof of `never` rests as they are declared: an override that nobody has seen could switch.

    Qualified names in the order of the walk down; `hooks` are public methods with an empty body, made to be overridden.
    """

    hooks: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """One `async def` of a file. `starts_task_at` lists where the same file starts it as a task."""

    path: Path
    name: str
    span: Span
    keyword: Span
    effect: Effect
    sites: tuple[int, ...]
    is_generator: bool = False
    overridable_hook: bool = False
    starts_task_at: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskStart:
    """A call that makes a task of a coroutine: `asyncio.create_task(f())`, `nursery.start_soon(f)`.

    `span` is the whole call, `callee` the name called, `target` the qualified name of what will run, "" if unknown.
    """

    path: Path
    span: Span
    callee: Span
    target: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or parsed; the rest goes on. `line` is 0 when the whole file is meant."""

    path: Path
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """All sites of one file, sorted by position, with its functions and problems.

    `unread`: (first, last) line of what does not parse, both included. What surrounds it is judged as far as it can be.
    """

    path: Path
    sites: tuple[Site, ...]
    functions: tuple[Function, ...] = ()
    task_starts: tuple[TaskStart, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()
