"""What names mean besides what is bound to them, where code of functions is run with other globals or other cells.

In: a file and a module-level name, or a function and one of its variables. Out: what `cell.cell_contents = value` and
functions made of others' code put there. Code that does it to a function that is not told can have met those of its own
file, and, where it is the user's, those of all of the user's files. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, cast

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.codes import CELLS, GLOBALS
from switchpoint.analysis.ir.summaries import Asking, function_form, piece
from switchpoint.analysis.resolution import evaluation, names, stores
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Definition,
    Frame,
    FunctionValue,
    MethodValue,
    ModuleValue,
    Value,
    Values,
    join,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.world import Piece

_CELL = "cell_contents"
_UNTOLD = unknown(Unresolved.DYNAMIC, "code that is run with other names")


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def other_globals(program: Program, path: str, name: str) -> Asking:
    """What a module-level name is where functions of its file run with other globals."""
    parts: list[Values] = []
    for frame, store in (yield from _stores(program, path, (GLOBALS,))):
        functions: Values = yield _named(frame, store.base)
        here = frame.function.definition.path
        for value in functions:
            if store.value is not None and (yield from _may_read(program, value, here, path, name)):
                parts.append((yield from _in_globals(program, frame, store.value, name)))
                break
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def other_cells(program: Program, function: Definition) -> Asking:
    """What any variable of a function can be besides what is bound to it, once functions inside it run with others."""
    parts: list[Values] = []
    for frame, store in (yield from _stores(program, function.path, (_CELL, CELLS))):
        base = store.base if store.name == CELLS else (yield from _closed(frame, store.base))
        functions: Values = _UNTOLD if base is None else (yield _named(frame, base))
        here = frame.function.definition.path
        if store.value is not None and any(_may_be_inside(program, value, here, function) for value in functions):
            parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return join(parts)


def _stores(program: Program, path: str, wanted: tuple[str, ...]) -> Asking:
    """(frame, store) of the stores under these names in the files that can have met functions of `path`."""
    found: list[tuple[Frame, f.Store]] = []
    top = program.top(path)
    for name in wanted:
        pieces: tuple[Piece, ...] = yield setters_of(name)
        for other, key in pieces:
            if not (yield from stores.can_name(program, other, top)):
                continue
            for function, store in (yield stores.stores_of(other, key)):
                if store.name == name:
                    found.append((Frame(FunctionValue(Definition(other, key, function)), ()), store))
    return found


@query(bottom=lambda *_: NONE, widen=lambda *_: _UNTOLD)
def _named(program: Program, frame: Frame, expr: f.Expr) -> Asking:
    """What functions or modules an expression names. It is evaluated in full: hardly any program asks."""
    return (yield from evaluation.evaluate(program, frame, expr))


def _in_globals(program: Program, frame: Frame, names_: f.Expr, name: str) -> Asking:
    """What a name is in the globals that an expression gives."""
    match names_:
        case f.Display(kind="dict", items=items, keys=keys):
            parts: list[Values] = []
            for key, item in zip(keys, items, strict=True):
                if key is None:
                    parts.append((yield from _in_globals(program, frame, item, name)))
                elif not isinstance(key, f.Const):
                    parts.append(_UNTOLD)
                elif key.value == name:
                    parts.append((yield from evaluation.evaluate(program, frame, item)))
            return join(parts)
        case f.Call(function=f.Global(name="globals"), arguments=()):
            return (yield names.own_global(frame.function.definition.path, name))
        case (
            f.Attribute(base=base, name="__globals__" | "__dict__")
            | f.Call(function=f.Global(name="vars"), arguments=(base,))
        ):
            return (yield from _in_modules((yield _named(frame, base)), name))
        case _:
            return _UNTOLD


def _in_modules(owners: Values, name: str) -> Asking:
    """What a name is in these modules, or those where these functions stand."""
    parts: list[Values] = []
    for owner in owners:
        match owner:
            case ModuleValue(path=path) | FunctionValue(definition=Definition(path=path)):
                parts.append((yield names.own_global(path, name)))
            case _:
                parts.append(_UNTOLD)
    return join(parts)


def _closed(frame: Frame, cell: f.Expr) -> Asking:
    """The function whose cell an expression is; None where the function around it does not tell."""
    match cell:
        case f.Attribute(base=base, name="__closure__"):
            return base
        case f.Subscript(base=inner) | f.Element(value=inner) | f.Elements(iterable=inner) | f.Narrowed(value=inner):
            return (yield from _closed(frame, inner))
        case f.Local(reaching=(index,)):
            form: f.FunctionForm | None = yield function_form(*frame.function.definition)
            source = None if form is None else form.bindings[index].source
            value = source.value if isinstance(source, f.FromValue) else None
            return None if value is None else (yield from _closed(frame, value))
        case _:
            return None


def _may_read(program: Program, value: Value, here: str, path: str, name: str) -> Asking:
    """Whether a function may be one of `path` that reads a module-level name."""
    match value:
        case FunctionValue(definition=definition) | MethodValue(function=FunctionValue(definition=definition)):
            return definition.path == path and name in (yield globals_read(definition))
        case _:
            return _may_meet(program, here, path)


@query()
def globals_read(_: Program, function: Definition) -> Asking:
    """The module-level names and builtins that a function and those inside it read."""
    whole: f.PieceForm = yield piece(function.path, function.piece)
    work: list[object] = [form for name, form in whole.functions.items() if f"{name}.".startswith(f"{function.name}.")]
    found: set[str] = set()
    while work:
        item = work.pop()
        if isinstance(item, f.Global):
            found.add(item.name)
        elif isinstance(item, tuple):
            work.extend(cast("tuple[object, ...]", item))
        elif is_dataclass(item):
            work.extend(getattr(item, field.name) for field in fields(item))
    return frozenset(found)


def _may_be_inside(program: Program, value: Value, here: str, function: Definition) -> bool:
    match value:
        case FunctionValue(definition=inner) | MethodValue(function=FunctionValue(definition=inner)):
            is_near = inner.path == function.path and inner.piece == function.piece
            return is_near and inner.name.startswith(function.name + ".")
        case _:
            return _may_meet(program, here, function.path)


def _may_meet(program: Program, here: str, path: str) -> bool:
    return here == path or (program.is_own(here) and program.is_own(path))
