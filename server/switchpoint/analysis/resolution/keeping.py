"""Keeping: functions and classes that stand under other names, in containers or in objects, and who calls them there.

In: one of them. Out: the files that keep it; the calls in them that are of it, though not by its name. This module must
not know what is passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, calls_of_computed, keys, last_name, piece
from switchpoint.analysis.resolution import evaluation, handing, known_calls, stores
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    MethodValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from switchpoint.analysis.resolution.program import Program

_NO_NAMES: frozenset[str] = frozenset()


@query(bottom=lambda *_: (), widen=lambda *_: ())
def keepers(_: Program, definition: Definition) -> Asking:
    """The user's files in which a function or class is kept under another name, in a container or an object, or
    returned: who calls it then is not told by its name."""
    found: list[str] = []
    for path in (definition.path, *(yield handing.naming(definition))):
        if (yield _kept_under(path, definition)):
            found.append(path)
    return tuple(found)


@query(bottom=lambda *_: (), widen=lambda *_: ())
def calls_elsewise(program: Program, definition: Definition) -> Asking:
    """(frame, call, parameters before its first argument) of the calls by what keeps it, in the files
    that do and those that import from there."""
    found: list[known_calls.KnownCall] = []
    for path in (yield keepers(definition)):
        names: frozenset[str] = yield _kept_under(path, definition)
        calls: list[tuple[Frame, f.Call]] = []
        for near in (path, *(yield handing.importing(path))):
            calls.extend((yield _computed_calls(near)))
        for name in sorted(names):
            calls.extend((yield from known_calls.named(name)))
        for frame, call in calls:
            shifts = _shifts((yield _called(frame, call.function)), definition)
            found.extend((frame, call, shift) for shift in shifts)
    return tuple(found)


@query()
def _computed_calls(_: Program, path: str) -> Asking:
    """(frame, call) of the calls in a file of what is computed, or bound where it is called."""
    found: list[tuple[Frame, f.Call]] = []
    for key in (yield keys(path)):
        for inside, call in (yield calls_of_computed(path, key)):
            found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return tuple(found)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _called(program: Program, frame: Frame, function: f.Expr) -> Asking:
    return (yield from evaluation.evaluate(program, frame, function))


def _shifts(values: Values, definition: Definition) -> Iterator[int]:
    for value in values:
        bound, shift = (value.function, 1) if isinstance(value, MethodValue) else (value, 0)
        if _is_of(bound, definition):
            yield shift


def _is_of(value: Value, definition: Definition) -> bool:
    return isinstance(value, FunctionValue | ClassValue) and value.definition == definition


@query(bottom=lambda *_: _NO_NAMES, widen=lambda *_: _NO_NAMES)
def _kept_under(_: Program, path: str, definition: Definition) -> Asking:
    """The names under which a file keeps it; "" among them where it returns it."""
    name = known_calls.last_part(definition.name or definition.piece)
    pieces: Iterable[str] = (yield stores.mentioning(path, name)) if name.isidentifier() else (definition.piece,)
    found: set[str] = set()
    for key in pieces:
        found |= yield _kept_in(path, key, name)
    return frozenset(found)


@query()
def _kept_in(_: Program, path: str, key: str, name: str) -> Asking:
    whole: f.PieceForm = yield piece(path, key)
    return frozenset(kept for form in (whole.main, *whole.functions.values()) for kept in _names(form, name))


def _names(form: f.FunctionForm, name: str) -> Iterator[str]:
    for binding in form.bindings:
        if isinstance(binding.source, f.FromValue) and _is_or_holds(binding.source.value, name):
            yield binding.name
    for store in form.stores:
        if _is_or_holds(store.value, name):
            yield store.name or ""
    if any(_is_or_holds(value, name) for value, _ in form.returns):
        yield ""


def _is_or_holds(value: f.Expr | None, name: str) -> bool:
    match value:
        case None:
            return False
        case f.Display(items=parts) | f.Choice(options=parts):
            return any(_is_or_holds(part, name) for part in parts)
        case f.Narrowed(value=inner) | f.Element(value=inner) | f.Elements(iterable=inner):
            return _is_or_holds(inner, name)
        case _:
            return last_name(value) == name
