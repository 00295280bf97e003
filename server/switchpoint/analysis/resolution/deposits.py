"""Deposits: what is given to objects of compiled classes, which may give it back.

In: a value such as `current.get()` of a context variable, or `reference()` of a weak reference. Out: what that object
is visibly given under the same name: `current.set(job)`, `reference = ref(job)`. This module must not know what is done
with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, calls_on, function_form, last_name, piece
from switchpoint.analysis.resolution import stores, targets
from switchpoint.analysis.resolution.program import known_files
from switchpoint.analysis.resolution.values import (
    NONE,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


def given_back(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What was visibly given to the objects of compiled classes that give a value when they, or methods of theirs, are
    called; nothing where a value is none of these."""
    match value:
        case f.Call(function=f.Attribute(base=base) as method):
            return join(((yield from _put_into(program, frame, base)), (yield from _put_into(program, frame, method))))
        case f.Call(function=called):
            return (yield from _put_into(program, frame, called))
        case f.Narrowed(value=inner):
            return (yield from given_back(program, frame, inner))
        case f.Local(reaching=reaching):
            return (yield _bound(frame, reaching))
        case _:
            return NONE


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _bound(program: Program, frame: Frame, reaching: tuple[int, ...]) -> Asking:
    form: f.FunctionForm = yield function_form(*frame.function.definition)
    parts: list[Values] = []
    for source in (form.bindings[index].source for index in reaching):
        if isinstance(source, f.FromValue) and source.value is not None:
            parts.append((yield from given_back(program, frame, source.value)))
    return join(parts)


def _put_into(program: Program, frame: Frame, base: f.Expr) -> Asking:
    owners: Values = yield from targets.targets(program, frame, base)
    if not any(isinstance(v, InstanceValue) and v.cls.definition.path.endswith(".pyi") for v in owners):
        return NONE
    here = frame.function.definition
    parts: list[Values] = []
    for path in (yield known_files()) if program.is_own(here.path) else (here.path,):
        if path == here.path or program.is_own(path):
            parts.append((yield _put_in(path, last_name(base))))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _put_in(program: Program, path: str, name: str) -> Asking:
    """What calls of methods of anything of that name give, and those that make what is bound to it."""
    parts: list[Values] = []
    for key in (yield stores.mentioning(path, name)):
        for inside, call in (*(yield calls_on(path, key, name)), *(yield _making(path, key, name))):
            frame = Frame(FunctionValue(Definition(path, key, inside)), ())
            for argument in (*call.arguments, *(value for _, value in call.keywords)):
                parts.append((yield _told(frame, argument)))
    return join(parts)


@query()
def _making(_: Program, path: str, key: str, name: str) -> Asking:
    """(function, call) of what is bound to a name, or stored under it, in a piece."""
    whole: f.PieceForm = yield piece(path, key)
    found: list[tuple[str, f.Call]] = []
    for inside, form in (("", whole.main), *whole.functions.items()):
        sources = [binding.source for binding in form.bindings if binding.name == name]
        bound = [source.value for source in sources if isinstance(source, f.FromValue)]
        stored = [store.value for store in form.stores if store.name == name]
        found.extend((inside, value) for value in (*bound, *stored) if isinstance(value, f.Call))
    return tuple(found)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _told(program: Program, frame: Frame, argument: f.Expr) -> Asking:
    found: Values = yield from targets.targets(program, frame, argument)
    told = frozenset(v for v in found if not isinstance(v, UnknownValue))
    return told or (yield from given_back(program, frame, argument))
