"""The summary's vocabulary: what lowering keeps of a piece of source.

In: nothing. Out: frozen data that `layout` and `lowering` build and resolution reads. Forms hold no absolute
position: lines count from the first line of the piece (0), columns from 0 in code points, so that an edit above a piece
leaves its summary equal. Forms must not know any other file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from switchpoint.analysis.verdicts import SiteKind, Unresolved

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
    """One item of an unpacked value; `index` counts from the front, from the back when negative, None: any of them. A pair
    says how many items stand before and after those of a starred target."""

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


Expr: TypeAlias = Const | Number | Local | Free | Global | Scoped | Attribute | Starred | Call | Await | Subscript | Display | Choice | Compare | Not | Union_ | Operation | Closure | Elements | Entered | Element | Narrowed | Delegated | Opaque  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind`: "positional" (only), "plain", "varargs", "keyword" (only), "kwargs"."""

    name: str
    kind: str
    annotation: Expr | None = None
    default: Expr | None = None


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
    `try: import` statement: the handler runs only where one of the imports fails."""

    parent: int
    test: Expr | None
    holds: bool
    imports: tuple[FromImport, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteForm:
    """One site. `operand` is what is driven: the awaited value, the context manager, the async iterable."""

    kind: SiteKind
    operand: Expr
    place: Place
    keyword: Place
    operand_place: Place
    block: Place | None


class Jump(Enum):
    RETURN = "return"
    RAISE = "raise"
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


class FunctionKind(Enum):
    PLAIN = "plain"
    COROUTINE = "coroutine"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"


@dataclass(frozen=True, slots=True)
class Store:
    """`base.name = value`, or `setattr(base, name, value)`; `name` None: not known from the text. `value` None: deleted
    or augmented."""

    base: Expr
    name: str | None
    value: Expr | None
    annotation: Expr | None
    region: int


@dataclass(frozen=True, slots=True)
class YieldForm:
    """`value` is what is handed out; `delegate` is the iterator of a `yield from`."""

    value: Expr | None
    delegate: Expr | None
    place: Place


@dataclass(frozen=True, slots=True)
class FunctionForm:
    """One function body, or the body of one module-level or class-level piece (`kind` PLAIN, no parameters).

    `relevant`: parameters that can matter to an observer. `texts`: those of which it can matter which string they are. `free`: names read from enclosing functions. `outer_writes`:
    bindings of names declared `nonlocal` or `global`. `escaping`: names of containers that something else
    than a plain read or a recorded filling may change. `handled`: local names of which a method is called or an attribute
    set. `parent`: the enclosing function. `owner`: the class whose body
    it stands in, within the piece.
    """

    name: str
    kind: FunctionKind
    parameters: tuple[Parameter, ...]
    annotation: Expr | None
    decorators: tuple[Expr, ...]
    bindings: tuple[Binding, ...]
    regions: tuple[Region, ...]
    sites: tuple[SiteForm, ...]
    site_regions: tuple[int, ...]
    yields: tuple[YieldForm, ...]
    returns: tuple[tuple[Expr, int], ...]
    flow: Flow
    stores: tuple[Store, ...]
    calls: tuple[tuple[Expr, Place], ...]
    relevant: frozenset[str]
    texts: frozenset[str]
    free: frozenset[str]
    outer_writes: tuple[tuple[str, int], ...]
    escaping: frozenset[str]
    handled: frozenset[str]
    parent: str | None
    owner: str | None
    place: Place
    keyword: Place
    is_abstract_body: bool = False
    is_hook_body: bool = False
    falls_through: bool = True
    is_async_def: bool = False
    runs_calls: bool = False


@dataclass(frozen=True, slots=True)
class ClassForm:
    """A class statement: its header, and for a class inside a function or another piece also its body."""

    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    decorators: tuple[Expr, ...]
    parent: str | None
    body: str | None
    place: Place = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PieceForm:
    """What one piece of a file lowers to. `main` is the piece's own code, run in the module's or class's scope."""

    main: FunctionForm
    functions: dict[str, FunctionForm] = field(default_factory=dict[str, "FunctionForm"])
    classes: dict[str, ClassForm] = field(default_factory=dict[str, "ClassForm"])
    problem: str | None = None
