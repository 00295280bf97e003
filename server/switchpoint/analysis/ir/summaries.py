"""Files as queries: text, layout, pieces. Each is memoised by the engine and backdates when it comes out equal.

In: a path (as text). Out: the layout of the file and the summary of each piece. A summary depends on the text of its
piece and nothing else. This module must not follow imports.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from switchpoint.analysis.engine import Input, query
from switchpoint.analysis.files import read_source
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
from switchpoint.analysis.ir.kept import Summaries, source_of
from switchpoint.analysis.ir.layout import Layout, PieceSpan, split_lines
from switchpoint.analysis.ir.lowering import lower

if TYPE_CHECKING:
    from switchpoint.analysis.ir.forms import Expr, FunctionForm, PieceForm
    from switchpoint.analysis.ir.outline import Outline

Asking: TypeAlias = Generator[Any, Any, Any]


class Texts(Protocol):
    """What these queries need of the object that the engine was made with."""

    @property
    def summaries(self) -> Summaries: ...


def _load(_: Texts, path: str) -> str | None:
    return read_source(Path(path)).text


def _load_problem(_: Texts, path: str) -> str | None:
    return read_source(Path(path)).problem


problem = Input("problem", load=_load_problem)
"""Why a file could not be read; asked only where its text is None."""

text = Input("text", load=_load)
"""The text of a file, None when it cannot be read. An editor's text is set over it."""


@query()
def layout(texts: Texts, path: str) -> Asking:
    """The layout of a file; empty when the file cannot be read."""
    source = yield text(path)
    return Layout() if source is None else texts.summaries.layout(path, source)


@query()
def lines(_: Texts, path: str) -> Asking:
    source = yield text(path)
    return split_lines(source or "")


@query()
def scope(_: Texts, path: str, owner: str | None) -> Asking:
    """Name -> keys of the pieces that bind it, at module level (None) or in a class."""
    found: Layout = yield layout(path)
    return found.scope(owner)


@query()
def outlines(_: Texts, path: str) -> Asking:
    """Piece key -> its outline, in order. No positions: what stands further down now has not changed."""
    found: Layout = yield layout(path)
    return found.outlines


@query()
def is_unread(_: Texts, path: str, name: str) -> Asking:
    """Whether a name stands in what does not parse in a file."""
    found: Layout = yield layout(path)
    return any(name in text for text in found.unread)


@query()
def keys(_: Texts, path: str) -> Asking:
    """Keys of all pieces, in order."""
    found: Layout = yield layout(path)
    return tuple(piece.key for piece in found.pieces)


@query()
def imports_in(_: Texts, path: str) -> Asking:
    """(module, level, name or None) of every import in the file, in order."""
    found: dict[str, Outline] = yield outlines(path)
    return tuple(dict.fromkeys(each for outline in found.values() for each in outline.imports))


@query()
def early_imports_in(_: Texts, path: str) -> Asking:
    """Those of them that happen when the file is imported, or its `__getattr__` is asked."""
    found: dict[str, Outline] = yield outlines(path)
    return tuple(dict.fromkeys(e for outline in found.values() for e in outline.imports if e not in outline.late))


@query()
def writers(_: Texts, path: str, name: str) -> Asking:
    """Keys of the pieces that declare a name global or set it by name, or something whose name is computed."""
    by_name: dict[str, dict[str, None]] = yield _written(path)
    named, computed = by_name.get(name, {}), by_name.get("", {})
    if not named or not computed:
        return tuple(named or computed)
    ordered: tuple[str, ...] = yield keys(path)
    return tuple(key for key in ordered if key in named or key in computed)


@query()
def _written(_: Texts, path: str) -> Asking:
    """Name -> keys of the pieces that write it as `writers` means it, in order."""
    found: dict[str, Outline] = yield outlines(path)
    by_name: dict[str, dict[str, None]] = {}
    for key, outline in found.items():
        for name in outline.writes | outline.sets:
            by_name.setdefault(name, {})[key] = None
    return by_name


@query()
def self_setting(_: Texts, path: str, owner: str) -> Asking:
    """Keys of the members of a class that set something on their first parameter."""
    found: Layout = yield layout(path)
    return tuple(p.key for p in found.pieces if p.owner == owner and found.outlines[p.key].sets_self)


@query()
def set_by_methods(_: Texts, path: str, owner: str) -> Asking:
    """The names under which members of a class set something on their first parameter."""
    found: Layout = yield layout(path)
    return frozenset(name for p in found.pieces if p.owner == owner for name in found.outlines[p.key].sets_self)


@query()
def holders_of(_: Texts, path: str) -> Asking:
    """Name -> keys of the headers of classes, and of pieces with classes inside, whose bodies bind the name or whose
    methods store something under it on their first parameter."""
    found: Layout = yield layout(path)
    holders: dict[str, dict[str, None]] = {}
    for part in found.pieces:
        outline = found.outlines[part.key]
        bound = outline.binds if part.owner is not None else ()
        for name in (*bound, *outline.sets_self):
            holders.setdefault(name, {})[part.owner or part.key] = None
        for name in outline.members:
            holders.setdefault(name, {})[part.key] = None
    return {name: tuple(keys) for name, keys in holders.items()}


@query()
def members(_: Texts, path: str, owner: str | None) -> Asking:
    """Keys of the pieces of one scope, in order."""
    found: Layout = yield layout(path)
    return tuple(piece.key for piece in found.pieces if piece.owner == owner)


@query()
def makers(_: Texts, path: str, owner: str) -> Asking:
    """Keys of the members of a class whose names may stand for what a call returned."""
    found: Layout = yield layout(path)
    return tuple(p.key for p in found.pieces if p.owner == owner and found.outlines[p.key].makes)


@query()
def span(_: Texts, path: str, key: str) -> Asking:
    """Where a piece stands today, None when it is gone. The only query whose answer moves with the text above."""
    spans: dict[str, PieceSpan] = yield _spans(path)
    return spans.get(key)


@query()
def _spans(_: Texts, path: str) -> Asking:
    found: Layout = yield layout(path)
    return {piece.key: piece for piece in found.pieces}


@query()
def piece_source(_: Texts, path: str, key: str) -> Asking:
    """The text of a piece, the class in which it stands, and whether it is a class header."""
    where: PieceSpan | None = yield span(path, key)
    if where is None or where.broken is not None:
        return None
    all_lines: list[str] = yield lines(path)
    found: Layout = yield layout(path)
    return source_of(all_lines, where, found.mended.get(key))


@query()
def piece(texts: Texts, path: str, key: str) -> Asking:
    """The summary of a piece; empty when it is gone or broken."""
    source = yield piece_source(path, key)
    if source is None:
        return _EMPTY
    return texts.summaries.piece(path, source)


@query()
def calls_in(_: Texts, path: str, key: str, name: str) -> Asking:
    """(function, call) of every call of that last name in a piece, and of what such a call gave, decorators among them;
    bindings have the same indexes as in `piece`."""
    calls = yield from _calls(path, key)
    return tuple((inside, call) for inside, call in calls if _called(call) == name)


@query()
def calls_giving(_: Texts, path: str, key: str, name: str) -> Asking:
    """(function, call) of every call in a piece that has something of that last name among its arguments."""
    calls = yield from _calls(path, key)
    return tuple(
        (inside, call)
        for inside, call in calls
        if name in map(last_name, (*call.arguments, *(argument for _, argument in call.keywords)))
    )


@query()
def calls_saying(_: Texts, path: str, key: str, keyword: str) -> Asking:
    """(function, call) of every call in a piece that gives something by that keyword."""
    calls = yield from _calls(path, key)
    return tuple((inside, call) for inside, call in calls if any(name == keyword for name, _ in call.keywords))


@query()
def calls_on(_: Texts, path: str, key: str, owner: str) -> Asking:
    """(function, call) of every call in a piece of an attribute of something of that last name: `owner.name(...)`."""
    calls = yield from _calls(path, key)
    return tuple(
        (inside, call)
        for inside, call in calls
        if isinstance(call.function, Attribute) and last_name(call.function.base) == owner
    )


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
    whole = _EMPTY if source is None else _with_calls(*source)
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


@query()
def function_form(_: Texts, path: str, key: str, name: str) -> Asking:
    """One function of a piece, or the piece's own code for the name ""; None when it is gone."""
    form: PieceForm = yield piece(path, key)
    return form.main if name == "" else form.functions.get(name)


_EMPTY = lower("")
