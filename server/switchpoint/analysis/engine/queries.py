"""What can be asked: queries over functions, inputs from outside, and the keys that name one question.

In: functions. Out: keys. This module must not know how, when or in which order anything is computed.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Cancelled(Exception):
    """The caller's `cancelled()` said so between two steps; nothing was lost or half done."""


class CycleError(Exception):
    """Queries without a bottom depend on themselves."""


class FixpointError(Exception):
    """Members of a cycle kept changing, and none of them can be widened."""


class Key(tuple[Any, ...], Generic[R_co]):
    """The question `query(*args)`: a tuple, so that it is made, hashed and compared in C."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{self[0].name}({', '.join(map(repr, self[1]))})"


class Query(Generic[P, R]):
    """A memoised function. Calling it makes the `Key`; yielding a key inside a query, or `Engine.get`, its value.

    `beneath`: the same query in the lower stratum, itself where it is there already or asks nothing that differs there.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        bottom: Callable[..., Any] | None,
        widen: Callable[..., Any] | None,
        mark: str = "",
    ) -> None:
        self.name = func.__qualname__ + mark
        self.home = func.__module__
        self.func = func
        self.bottom = bottom
        self.widen = widen
        self.asks = inspect.isgeneratorfunction(func)
        _NAMED[name_of(self)] = self
        self.beneath = self

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Key[R]:
        if kwargs:
            return _keyword_key(self, self.func, args, kwargs)
        return Key((self, args))


class Input(Generic[P, R]):
    """A value from outside: `Engine.set`, or else `load(db, *args)` when it is first read."""

    def __init__(self, name: str, load: Callable[Concatenate[Any, P], R]) -> None:
        self.name = name
        self.home = load.__module__
        self.load = load
        _NAMED[name_of(self)] = self

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Key[R]:
        if kwargs:
            return _keyword_key(self, self.load, args, kwargs)
        return Key((self, args))


def beneath(key: Key[R_co]) -> Key[R_co]:
    """The same question in the lower stratum: all that it leads to is asked there too."""
    asked, args = key
    return key if isinstance(asked, Input) or asked.beneath is asked else Key((asked.beneath, args))


_BENEATH = "'"
"""The mark of names in the lower stratum."""


def _asking_beneath(func: Callable[..., Any]) -> Callable[..., Any]:
    if not inspect.isgeneratorfunction(func):
        return func

    @wraps(func)
    def asking(db: Any, *args: Any) -> Generator[Key[Any], Any, Any]:
        send = func(db, *args).send
        value = None
        while True:
            try:
                key = send(value)
            except StopIteration as stop:
                return stop.value
            value = yield beneath(key)

    return asking


Asked: TypeAlias = "Query[Any, Any] | Input[Any, Any]"
_NAMED: dict[str, Asked] = {}


def name_of(asked: Asked) -> str:
    """The name under which `asked_as` finds it, also in another process that runs the same code."""
    return f"{asked.home}:{asked.name}"


def asked_as(name: str) -> Asked:
    """What was last made under a name. Raises `KeyError`."""
    return _NAMED[name]


class _Decorator(Protocol):
    @overload
    def __call__(self, func: Callable[Concatenate[Any, P], Generator[Any, Any, R]], /) -> Query[P, R]: ...
    @overload
    def __call__(self, func: Callable[Concatenate[Any, P], R], /) -> Query[P, R]: ...


def query(
    *,
    bottom: Callable[..., Any] | None = None,
    widen: Callable[..., Any] | None = None,
    beneath: Callable[..., Any] | None = None,
) -> _Decorator:
    """Make a query of `func(db, *args)`: a generator function that yields keys, or a plain one that asks nothing.

    `bottom(*args)` is what members of a cycle see first; every member of a cycle must have one. Queries in cycles must
    be monotone. `widen(*args)` is the final value of a member that does not stop changing.

    `beneath(db, *args)` is the answer in the lower stratum. A query that nearly all depends on, and that would have to
    ask nearly all, asks there instead (`beneath` of a key): two small fixpoints for one that holds everything.
    """

    def decorate(func: Callable[..., Any]) -> Query[..., Any]:
        made = Query[Any, Any](func, bottom, widen)
        if bottom is not None:
            made.beneath = Query(beneath or _asking_beneath(func), bottom, widen, mark=_BENEATH)
        return made

    return decorate  # pyright: ignore


def _keyword_key(asked: object, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Key[Any]:
    return Key((asked, inspect.signature(func).bind(None, *args, **kwargs).args[1:]))
