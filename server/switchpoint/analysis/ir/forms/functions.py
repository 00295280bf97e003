"""What a piece of source amounts to: its functions, its classes, and its own code.

In: forms of values and flow. Out: the summary of one piece. This module must not know any other piece.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from switchpoint.analysis.ir.forms.flow import Binding, Flow, Region, SiteForm
    from switchpoint.analysis.ir.forms.values import Expr, Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind`: "positional" (only), "plain", "varargs", "keyword" (only), "kwargs"."""

    name: str
    kind: str
    annotation: Expr | None = None
    default: Expr | None = None


class FunctionKind(Enum):
    PLAIN = "plain"
    COROUTINE = "coroutine"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"


@dataclass(frozen=True, slots=True)
class Store:
    """`base.name = value`, or `setattr(base, name, value)`; `name` None: not known from the text. `value` None: deleted
    or augmented. `given`: the namespace is an argument, by place or name, of a call of that function, which may write
    to it, or is what that name of the module holds ("")."""

    base: Expr
    name: str | None
    value: Expr | None
    annotation: Expr | None
    region: int
    given: tuple[Expr, int | str] | None = None
    key: Expr | None = None


@dataclass(frozen=True, slots=True)
class YieldForm:
    """`value` is what is handed out; `delegate` is the iterator of a `yield from`."""

    value: Expr | None
    delegate: Expr | None
    place: Place


@dataclass(frozen=True, slots=True)
class FunctionForm:
    """One function body, or the body of one module-level or class-level piece (`kind` PLAIN, no parameters).

    `relevant`: parameters that can matter to an observer. `texts`: those of which it can matter which string they are.
    `free`: names read from enclosing functions. `outer_writes`: bindings of names declared `nonlocal` or `global`.
    `escaping`: names of containers that something else than a plain read or a recorded filling may change.
    `handled`: local names of which a method is called or an attribute set. `parent`: the enclosing function.
    `owner`: the class whose body it stands in, within the piece. `is_only_called`: a function inside another of which
    every use is a call that the piece shows.
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
    is_only_called: bool = False


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
