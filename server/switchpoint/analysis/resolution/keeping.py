"""Keeping: functions and classes that stand under other names, in containers or in objects, and who calls them there.

In: one of them. Out: the files that keep it; the calls in them that are of it, though not by its name. This module must
not know what is passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_by_way_of, calls_of_given, last_name, names_in
from switchpoint.analysis.ir.summaries import Asking, function_form, keys, piece
from switchpoint.analysis.resolution import handing, known_calls, stores, targets
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
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
    """(frame, call, parameters before its first argument) of the calls that may be of it by what keeps or takes it: of
    something that mentions the names of either, and of what is not told where it was handed to. No call is evaluated,
    for that would be to evaluate the whole program."""
    last = known_calls.last_part(_name(definition))
    mentioning: dict[str, frozenset[str]] = {}
    for path in (yield keepers(definition)):
        names: frozenset[str] = yield _kept_under(path, definition)
        for near in (path, *(yield handing.importing(path))):
            mentioning[near] = mentioning.get(near, _NO_NAMES) | names
    takers: list[tuple[str, str]] = []
    for path in (definition.path, *(yield handing.naming(definition))):
        for frame, call in (yield from handing.calls_in_file(path, last, definition)):
            mentioning[path] = mentioning.get(path, _NO_NAMES) | {last}
            # What stands behind it is what it will be called with.
            if call.arguments and last in names_in(call.arguments[-1]):
                takers.extend((yield from _takers(program, frame, call.function)))
    found: list[tuple[Frame, f.Call]] = []
    for path, names in mentioning.items():
        for name in sorted(names):
            calls: tuple[tuple[Frame, f.Call], ...] = yield _calls_of_mentioning(path, name)
            found.extend((frame, call) for frame, call in calls if last_name(call.function) != last)
    for path, top in dict.fromkeys(takers):
        found.extend((yield _calls_of_anything(path, top)))
    form: f.FunctionForm | None = yield function_form(*definition)
    before = int(form is not None and form.owner is not None)
    return tuple((frame, call, before) for frame, call in found)


@query()
def _calls_of_mentioning(_: Program, path: str, name: str) -> Asking:
    """(frame, call) of the calls in a file of something that mentions a name, or is bound to what does."""
    found: list[tuple[Frame, f.Call]] = []
    for key in (yield stores.mentioning(path, name)) if name.isidentifier() else ():
        for inside, call in (yield calls_by_way_of(path, key, name)):
            found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return tuple(found)


def _takers(program: Program, frame: Frame, function: f.Expr) -> Asking:
    """The user's functions and classes that something was handed to: (path, name)."""
    told: Values = yield from targets.targets(program, frame, function)
    if isinstance(function, f.Attribute):
        owners: Values = yield from targets.targets(program, frame, function.base)
        told |= frozenset(v.cls for v in owners if isinstance(v, InstanceValue))
    taking = [v.definition for v in told if isinstance(v, FunctionValue | ClassValue)]
    return [(each.path, each.piece.partition(".")[0]) for each in taking if program.is_own(each.path)]


@query()
def _calls_of_anything(_: Program, path: str, top: str) -> Asking:
    """(frame, call) of the calls in a function or class of what came in or was put there."""
    all_keys: tuple[str, ...] = yield keys(path)
    found: list[tuple[Frame, f.Call]] = []
    for key in all_keys:
        for inside, call in (yield calls_of_given(path, key)) if key == top or key.startswith(f"{top}.") else ():
            if not isinstance(call.function, f.Attribute) or f"{top}.{call.function.name}" not in all_keys:
                found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return tuple(found)


def _name(definition: Definition) -> str:
    return definition.name or definition.piece


@query(bottom=lambda *_: _NO_NAMES, widen=lambda *_: _NO_NAMES)
def _kept_under(_: Program, path: str, definition: Definition) -> Asking:
    """The names under which a file keeps it; "" among them where it returns it."""
    name = known_calls.last_part(_name(definition))
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
    given = (*(value for value, _ in form.returns), *(each.value for each in form.yields))
    if any(_is_or_holds(value, name) for value in given):
        yield ""


def _is_or_holds(value: f.Expr | None, name: str) -> bool:
    match value:
        case None:
            return False
        case f.Display(items=parts) | f.Choice(options=parts):
            return any(_is_or_holds(part, name) for part in parts)
        case f.Operation(left=left, right=right):
            return _is_or_holds(left, name) or _is_or_holds(right, name)
        case f.Narrowed(value=inner) | f.Element(value=inner) | f.Elements(iterable=inner):
            return _is_or_holds(inner, name)
        case _:
            return last_name(value) == name
