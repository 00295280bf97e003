"""What an expression says its value is, as far as its text tells.

In: nothing. Out: the forms of expressions, which name bindings by their index in a function. This module must not know
statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from switchpoint.analysis.verdicts import Unresolved

Place: TypeAlias = tuple[int, int, int, int]
"""Line from the piece's first line, column in code points, end line, end column (exclusive)."""


@dataclass(frozen=True, slots=True)
class Const:
    """A literal that is not a number; long strings are `Opaque`."""

    value: bool | str | None


@dataclass(frozen=True, slots=True)
class Number:
    """A number by its sign (-1, 0, 1); small whole numbers also `exact`, for `sys.version_info` and indexes."""

    sign: int
    exact: int | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """A name of the same function, with the bindings that reach this use."""

    name: str
    reaching: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Free:
    """A variable of an enclosing function (`level` function scopes up); level 0 is a variable of this very function
    that an inner function rebinds, so that every binding of it can reach the use."""

    name: str
    level: int


@dataclass(frozen=True, slots=True)
class Global:
    """A module-level name, or a builtin."""

    name: str


@dataclass(frozen=True, slots=True)
class Scoped:
    """A name read in a class body: the class namespace first, then what `outer` says."""

    name: str
    outer: Free | Global


@dataclass(frozen=True, slots=True)
class Attribute:
    base: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Starred:
    value: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """`keywords` pairs a name, or "" for a `**` argument, with its value."""

    function: Expr
    arguments: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Await:
    value: Expr


@dataclass(frozen=True, slots=True)
class Subscript:
    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Display:
    """`kind` is tuple, list, set, dict, or "some": any number of the items (a comprehension). A dict's `keys` stand
    beside its items; None is a `**` item."""

    kind: str
    items: tuple[Expr, ...]
    keys: tuple[Expr | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values: conditional expression (with `test`), `or` and `and` (with `operator`)."""

    options: tuple[Expr, ...]
    test: Expr | None = None
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Compare:
    left: Expr
    operator: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Not:
    value: Expr


@dataclass(frozen=True, slots=True)
class Union_:
    """`A | B`, which is a type in annotations and `isinstance`."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Operation:
    """`left + right` and the like; `operator` is the special method's name without underscores ("add", "iadd")."""

    left: Expr
    operator: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Closure:
    """A lambda, generator expression or inner `def`, by its name within the piece."""

    name: str


@dataclass(frozen=True, slots=True)
class Elements:
    """What one step of iterating gives: the target of `for`, `async for` and comprehensions."""

    iterable: Expr
    is_async: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """What `with ... as` binds."""

    manager: Expr
    is_async: bool


@dataclass(frozen=True, slots=True)
class Element:
    """One item of an unpacked value.

    `index` counts from the front, from the back when negative, None: any of them. A pair says how many items stand
    before and after those of a starred target.
    """

    value: Expr
    index: int | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The value of a name inside a branch whose test was true (or false)."""

    value: Expr
    test: Expr
    holds: bool


@dataclass(frozen=True, slots=True)
class Delegated:
    """The result of `yield from`."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that is never followed; `builtin` names its type when the syntax tells it ("str", "int", "bool", ...)."""

    why: Unresolved
    detail: str = ""
    builtin: str = ""


SENT = Opaque(Unresolved.VALUE, "the value sent into a yield")
"""What a `yield` gives to the generator that it stands in."""


Expr: TypeAlias = (
    Const | Number | Local | Free | Global | Scoped | Attribute | Starred | Call | Await | Subscript | Display
    | Choice | Compare | Not | Union_ | Operation | Closure | Elements | Entered | Element | Narrowed | Delegated
    | Opaque
)  # fmt: skip
