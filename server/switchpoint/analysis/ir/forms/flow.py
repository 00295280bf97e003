"""What statements do: the names that they bind, under which conditions, and the ways that control can take.

In: forms of values. Out: bindings, regions, sites, the small control-flow form. This module must not know functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from switchpoint.analysis.ir.forms.values import Expr, Place
    from switchpoint.analysis.verdicts import SiteKind


@dataclass(frozen=True, slots=True)
class FromParameter:
    name: str


@dataclass(frozen=True, slots=True)
class FromValue:
    """`x = value`, `x: annotation = value`, loop targets, `as` names. `annotation` may stand alone."""

    value: Expr | None
    annotation: Expr | None = None


@dataclass(frozen=True, slots=True)
class FromDefinition:
    """`def`, `async def` or `class`, by its name within the piece."""

    name: str
    is_class: bool


@dataclass(frozen=True, slots=True)
class FromImport:
    """`import module` (`name` None; `top` binds the first package only) or `from module import name`."""

    module: str
    name: str | None
    level: int
    top: bool = False


@dataclass(frozen=True, slots=True)
class FromJoin:
    """The head of a loop: what came in and what comes round."""

    reaching: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FromDelete:
    """`del x`, and the end of an `except ... as x`: nothing is bound."""


@dataclass(frozen=True, slots=True)
class FromStar:
    """`from module import *`: any name may be bound by it."""

    module: str
    level: int


Source: TypeAlias = FromParameter | FromValue | FromDefinition | FromImport | FromJoin | FromDelete | FromStar


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding of a name. `region` tells under which conditions it happens."""

    name: str
    source: Source
    region: int


@dataclass(frozen=True, slots=True)
class Region:
    """Code that runs only where `test` is `holds`; `test` None with `imports` is the body or handler of a
    `try: import` statement: the handler runs only where one of the imports fails. `needs`: the parameters on which
    alone the test depends; None where a call's arguments cannot decide it."""

    parent: int
    test: Expr | None
    holds: bool
    imports: tuple[FromImport, ...] = ()
    needs: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SiteForm:
    """One site. `operand` is what is driven: the awaited value, the context manager, the async iterable. `is_new`: it
    is a name, and the function has passed no site since that was bound. `name`: where the block of a call's object is
    left, the variable that the object has by `as`, "" without one; None where it may have others."""

    kind: SiteKind
    operand: Expr
    place: Place
    keyword: Place
    operand_place: Place
    block: Place | None
    is_new: bool = False
    name: str | None = None


class Jump(Enum):
    RETURN = "return"
    RAISE = "raise"
    END = "raise StopAsyncIteration"
    BREAK = "break"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Risk:
    """Something that may raise."""


@dataclass(frozen=True, slots=True)
class Suspend:
    """Reaching a site, by its index in the function."""

    site: int


@dataclass(frozen=True, slots=True)
class Yield:
    """A `yield` of this function, by its index in `FunctionForm.yields`."""

    index: int


@dataclass(frozen=True, slots=True)
class Branch:
    """The first arm whose test holds runs; a test None cannot be decided. `orelse` runs when none does."""

    arms: tuple[tuple[Expr | None, Flow], ...]
    orelse: Flow
    exhaustive: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """`test` None is a `for`. The body of a comprehension is a loop as well."""

    test: Expr | None
    body: Flow
    orelse: Flow
    head: Flow = ()


@dataclass(frozen=True, slots=True)
class Try:
    body: Flow
    handlers: tuple[Flow, ...]
    orelse: Flow
    final: Flow
    imports: tuple[FromImport, ...] = ()


@dataclass(frozen=True, slots=True)
class Guarded:
    """A `with` block: its exits run on every way out, and a manager may swallow what was raised."""

    body: Flow
    exits: Flow
    managers: tuple[tuple[Expr, bool], ...] = ()


Node: TypeAlias = Risk | Suspend | Yield | Branch | Loop | Try | Guarded | Jump
Flow: TypeAlias = tuple[Node, ...]
