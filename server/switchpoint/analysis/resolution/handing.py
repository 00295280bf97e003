"""Functions handed on: what those who take a function say that they will call it with.

In: a function and a parameter. Out: what the annotations of those to whom calls in the same file hand the function
admit there, as in `start_server(handle)`, whose stub says `Callable[[StreamReader, StreamWriter], ...]`. That is shown
beside what is not known, and proves nothing. This module must not know what is done with a parameter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.summaries import Asking, calls_giving, function_form, last_name, layout, lines
from switchpoint.analysis.resolution import annotations, calls, evaluation, names, targets
from switchpoint.analysis.resolution.program import Program, module
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.ir.layout import Layout

_ARGUMENT = re.compile(r"[(,=]\s*(?:\w+\.)?([A-Za-z_]\w*)\s*(?=[,)])")


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def said(program: Program, function: FunctionValue, name: str) -> Asking:
    """What a parameter is, as annotations say for whom the function is handed to."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    plain = [] if form is None else [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    if form is None or name not in plain:
        return NONE
    here = function.definition
    place = plain.index(name) - (form.owner is not None)
    last = (here.name or here.piece).rpartition(".")[2].partition("#")[0]
    pieces: Iterable[str] = (here.piece,) if form.parent is not None else (yield handing(here.path, last))
    parts: list[Values] = []
    for key in pieces if place >= 0 else ():
        for inside, call in (yield calls_giving(here.path, key, last)):
            frame = Frame(FunctionValue(Definition(here.path, key, inside)), ())
            parts.append((yield from _taken(program, frame, call, last, place)))
    return join(parts)


@query(wall=True)
def handing(_: Program, path: str, name: str) -> Asking:
    """Keys of the pieces of a file that may hand something of that name to a call."""
    found: dict[str, tuple[str, ...]] = yield _handed(path)
    return found.get(name, ())


@query()
def _handed(_: Program, path: str) -> Asking:
    shape: Layout = yield layout(path)
    all_lines: list[str] = yield lines(path)
    found: dict[str, dict[str, None]] = {}
    for part in shape.pieces:
        for name in _ARGUMENT.findall("".join(all_lines[part.first : part.last])):
            found.setdefault(name, {})[part.key] = None
    return {name: tuple(keys) for name, keys in found.items()}


def _taken(program: Program, frame: Frame, call: f.Call, name: str, place: int) -> Asking:
    """What those who take the function by this call say of its parameter in that place."""
    at: list[int | str] = [index for index, argument in enumerate(call.arguments) if last_name(argument) == name]
    at.extend(keyword for keyword, argument in call.keywords if keyword and last_name(argument) == name)
    parts: list[Values] = []
    for value in (yield from targets.targets(program, frame, call.function)):
        if not isinstance(value, FunctionValue):
            continue
        for described in (value, (yield from calls.in_stub(program, value))):
            if described is not None:
                parts.append((yield from _by_annotation(program, described, at, place)))
    return join(parts)


def _by_annotation(program: Program, taker: FunctionValue, at: list[int | str], place: int) -> Asking:
    form: f.FunctionForm | None = yield function_form(*taker.definition)
    plain = [] if form is None else [p for p in form.parameters if p.kind in ("plain", "positional")]
    parts: list[Values] = []
    for where in at if form is not None else ():
        assert form is not None
        if isinstance(where, int):
            parameter = plain[where] if where < len(plain) else None
        else:
            parameter = next((p for p in form.parameters if p.name == where), None)
        if parameter is not None and parameter.annotation is not None:
            outer = evaluation.definition_frame(taker, form)
            admitted = yield from annotations.argument_of(program, outer, parameter.annotation, place)
            parts.append((yield from _sources(program, admitted)))
    return join(parts)


def _sources(program: Program, values: Values) -> Asking:
    """Instances of the classes that stubs describe are instances of what the source defines."""
    parts: list[Values] = []
    for value in values:
        if not isinstance(value, InstanceValue):
            continue
        definition = value.cls.definition
        if not definition.path.endswith(".pyi"):
            parts.append(frozenset((value,)))
            continue
        found = yield module(program.module_name(definition.path), "")
        if isinstance(found, ModuleValue) and found.path.endswith(".py"):
            known: Values = yield names.own_global(found.path, definition.name)
            parts.append(frozenset(InstanceValue(v) for v in known if isinstance(v, ClassValue)))
    return join(parts)
