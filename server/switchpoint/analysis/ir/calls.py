"""Calls as queries: which calls stand in a piece, by what they call, what they are given and of what they are.

In: a file, a piece, a name. Out: calls with the function in which each stands. Calls are read when they are asked for,
and few of the forms are kept. This module must not know what a call means.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.forms import (
    Attribute,
    Call,
    Choice,
    Closure,
    Display,
    Element,
    Elements,
    Free,
    FromValue,
    Global,
    Local,
    Narrowed,
    Scoped,
    Subscript,
)
from switchpoint.analysis.ir.lowering import lower
from switchpoint.analysis.ir.summaries import EMPTY, Asking, Texts, piece_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from switchpoint.analysis.ir.forms import Expr, FunctionForm, PieceForm


@query()
def calls_in(_: Texts, path: str, key: str, name: str) -> Asking:
    """(function, call) of every call of that last name in a piece, and of what such a call gave, decorators among them;
    bindings have the same indexes as in `piece`."""
    calls = yield from _calls(path, key)
    return tuple((inside, call) for inside, call in calls if _called(call) == name)


@query()
def calls_of_function(_: Texts, path: str, key: str, function: str) -> Asking:
    """Every call that stands in a function of a piece, outside the functions in it."""
    for inside, form in (yield from _forms_with_calls(path, key)):
        if inside == function:
            return tuple(call for call, _ in form.calls if isinstance(call, Call))
    return ()


@query()
def calls_giving(_: Texts, path: str, key: str, name: str) -> Asking:
    """(function, call) of every call in a piece that has something of that last name among its arguments, or in a
    display there."""
    calls = yield from _calls(path, key)
    return tuple(
        (inside, call)
        for inside, call in calls
        if any(name in names_in(argument) for argument in (*call.arguments, *(value for _, value in call.keywords)))
    )


@query()
def calls_saying(_: Texts, path: str, key: str, keyword: str) -> Asking:
    """(function, call) of every call in a piece that gives something by that keyword."""
    calls = yield from _calls(path, key)
    return tuple((inside, call) for inside, call in calls if any(name == keyword for name, _ in call.keywords))


@query()
def calls_by_way_of(_: Texts, path: str, key: str, name: str) -> Asking:
    """(function, call) of every call in a piece of what a name is, has, or was given to, or of a name bound to that."""
    found: list[tuple[str, Call]] = []
    for inside, form in (yield from _forms_with_calls(path, key)):
        calls = [call for call, _ in form.calls if isinstance(call, Call)]
        found.extend((inside, call) for call in calls if _calls_by_way_of(form, call.function, name))
    return tuple(found)


def _calls_by_way_of(form: FunctionForm, function: Expr, name: str) -> bool:
    return function.name == name if isinstance(function, Attribute) else _is_by_way_of(form, function, name, 4)


def _is_by_way_of(form: FunctionForm, value: Expr | None, name: str, deep: int) -> bool:
    match value:
        case Local(reaching=reaching) if deep:
            sources = [form.bindings[index].source for index in reaching]
            bound = [source.value for source in sources if isinstance(source, FromValue)]
            return value.name == name or any(_is_by_way_of(form, each, name, deep - 1) for each in bound)
        case Global() | Free() | Scoped():
            return value.name == name
        case Attribute(base=base):
            return value.name == name or _is_by_way_of(form, base, name, deep)
        case Subscript(base=base) | Element(value=base) | Elements(iterable=base) | Narrowed(value=base):
            return _is_by_way_of(form, base, name, deep)
        case Call(function=function, arguments=arguments):
            return any(_is_by_way_of(form, each, name, deep) for each in (function, *arguments))
        case Display(items=parts) | Choice(options=parts):
            return any(_is_by_way_of(form, each, name, deep) for each in parts)
        case _:
            return False


@query()
def calls_of_given(_: Texts, path: str, key: str) -> Asking:
    """(function, call) of every call in a piece of a parameter, of something bound there, or of an attribute of one."""
    found: list[tuple[str, Call]] = []
    for inside, form in (yield from _forms_with_calls(path, key)):
        calls = [call for call, _ in form.calls if isinstance(call, Call)]
        found.extend((inside, call) for call in calls if _is_given(call.function))
    return tuple(found)


def _is_given(function: Expr) -> bool:
    match function:
        case Attribute(base=base) | Subscript(base=base):
            return _is_given(base)
        case Local() | Free():
            return True
        case _:
            return False


def _forms_with_calls(path: str, key: str) -> Asking:
    source = yield piece_source(path, key)
    whole = EMPTY if source is None else _with_calls(*source)
    return (("", whole.main), *whole.functions.items())


def _calls(path: str, key: str) -> Asking:
    """(function, call) of every call in a piece; a decorator is called with what it decorates."""
    source = yield piece_source(path, key)
    if source is None:
        return ()
    text_, owner, header = source
    whole = _with_calls(text_, owner, header)
    forms = (("", whole.main), *whole.functions.items())
    written = ((inside, call) for inside, form in forms for call, _ in form.calls if isinstance(call, Call))
    return (*written, *_decorations(whole))


def _decorations(whole: PieceForm) -> Iterator[tuple[str, Call]]:
    for name, form in whole.functions.items():
        inside = f"{form.owner}.<class>" if form.owner else form.parent or ""
        yield from ((inside, Call(decorator, (Closure(name),))) for decorator in form.decorators)
    for name, cls in whole.classes.items():
        yield from ((cls.parent or "", Call(decorator, (Closure(name),))) for decorator in cls.decorators)


def _called(call: Call) -> str:
    """The last name of what is called, or of what gave that."""
    return last_name(call.function.function if isinstance(call.function, Call) else call.function)


@lru_cache(maxsize=512)
def _with_calls(text_: str, owner: str | None, header: bool) -> PieceForm:
    """Few are kept: what is asked of a piece is asked name by name, one piece after the other."""
    return lower.__wrapped__(text_, owner=owner, header=header, calls=True)


def last_name(function: Expr) -> str:
    """The last name under which something is called or handed on."""
    if isinstance(function, Closure):
        return function.name.rpartition(".")[2].partition("#")[0]
    return function.name if isinstance(function, Attribute | Global | Local | Free | Scoped) else ""


def names_in(argument: Expr) -> tuple[str, ...]:
    """The last name of an argument; of a display the names of what stands in it."""
    if isinstance(argument, Display):
        return tuple(name for item in argument.items for name in names_in(item))
    return (last_name(argument),)


@lru_cache(maxsize=4096)
def called_names(source: str) -> frozenset[str]:
    """The names that a text calls, or decorates with, and some more: which of them are calls is told by its forms.
    Those that it hands on with something else, as `handed`, and the keywords that it gives, as `by_keyword`."""
    return frozenset((
        *(called or decorator for called, decorator in _CALLED.findall(source)),
        *(handed(name, is_member=bool(dot)) for dot, name in _HANDED.findall(source)),
        *map(by_keyword, _BY_KEYWORD.findall(source)),
    ))  # fmt: skip


def handed(name: str, *, is_member: bool) -> str:
    return f".{name}," if is_member else f"{name},"


def by_keyword(name: str) -> str:
    return f"{name}="


_CALLED = re.compile(r"\b([A-Za-z_]\w*)\(|^[ \t]*@(?:\w+\.)*(\w+)[ \t]*(?:#.*)?$", re.M)
_HANDED = re.compile(r"(?:[(,]\s*|(\.))([A-Za-z_]\w*)\s*(?=,\s*[^)\s#])")
_BY_KEYWORD = re.compile(r"[(,]\s*([A-Za-z_]\w*)\s*=(?!=)")
