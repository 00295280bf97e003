"""Functions handed on: what those who take a function say that they will call it with.

In: a function and a parameter. Out: the calls in the same file that hand the function on; what the annotations of those
who take it admit for the parameter, as in `start_server(handle)`, whose stub says
`Callable[[StreamReader, StreamWriter], ...]`. That is shown beside what is not known, and proves nothing. This module
must not know what is done with a parameter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_giving, last_name
from switchpoint.analysis.ir.summaries import Asking, function_form, imports_in, layout, lines
from switchpoint.analysis.resolution import annotations, calls, evaluation, known_calls, names, targets
from switchpoint.analysis.resolution.program import Program, also_called, calls_of, known_files, module
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

    from switchpoint.analysis.ir.layout import Layout

_ARGUMENT = re.compile(r"(?:[(,=[{:]\s*|\.)([A-Za-z_]\w*)\s*(?=[,)\]}])")


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def said(program: Program, function: FunctionValue, name: str) -> Asking:
    """What a parameter is, as annotations say for whom the function is handed to."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    plain = [] if form is None else [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    if form is None or name not in plain:
        return NONE
    place = plain.index(name) - (form.owner is not None)
    parts: list[Values] = []
    for frame, call in (yield from calls_with(function, form)) if place >= 0 else ():
        parts.append((yield from _taken(program, frame, call, _last(function), place)))
    return join(parts)


def calls_with(function: FunctionValue, form: f.FunctionForm) -> Asking:
    """(frame, call) of the calls in its own file that hand a function on, or something else of its name."""
    here = function.definition
    if form.parent is not None:
        return (yield from _calls_in(here.path, (here.piece,), _last(function)))
    return (yield from _calls_in(here.path, (yield handing(here.path, _last(function))), _last(function)))


def calls_anywhere_with(function: FunctionValue, form: f.FunctionForm) -> Asking:
    """The same in all of the user's files that may name the function; of `__call__`, those that hand on an object."""
    if _last(function) == "__call__" and form.owner is not None:
        return (yield from _calls_with_objects(known_calls.last_part(function.definition.piece.partition(".")[0])))
    found: list[tuple[Frame, f.Call]] = yield from calls_with(function, form)
    for path in (yield naming(function.definition)) if form.parent is None else ():
        found = [*found, *(yield from _calls_in(path, (yield handing(path, _last(function))), _last(function)))]
    return found


def _calls_with_objects(cls: str) -> Asking:
    """The calls to which what a call of that name gave is handed, right away or under the name that it is bound to."""
    found: list[tuple[Frame, f.Call]] = []
    for path, key in (yield calls_of(cls)):
        for frame, call in (yield from _calls_in(path, (key,), "")):
            given = (*call.arguments, *(value for _, value in call.keywords))
            if any(isinstance(value, f.Call) and last_name(value.function) == cls for value in given):
                found.append((frame, call))
        for alias in (yield also_called(cls)):
            found.extend((yield from _calls_in(path, (yield handing(path, alias)), alias)))
    return found


def calls_in_file(path: str, name: str, definition: Definition) -> Asking:
    """(frame, call) of the calls in a file that hand something of that last name on; decorators, in its own file."""
    pieces: tuple[str, ...] = yield handing(path, name)
    own = (definition.piece,) if path == definition.path else ()
    return (yield from _calls_in(path, dict.fromkeys((*pieces, *own)), name))


def _calls_in(path: str, pieces: Iterable[str], name: str) -> Asking:
    found: list[tuple[Frame, f.Call]] = []
    for key in pieces:
        for inside, call in (yield calls_giving(path, key, name)):
            found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return found


@query()
def naming(program: Program, definition: Definition) -> Asking:
    """The user's other files that import what has the name of a function or of its module."""
    names = {known_calls.last_part(definition.piece), known_calls.last_part(program.module_name(definition.path))}
    return (yield from _importers(program, definition.path, names))


@query()
def importing(program: Program, path: str) -> Asking:
    """The user's other files that import what has the name of a file's module."""
    last = known_calls.last_part(program.module_name(path))
    return (yield from _importers(program, path, {last}))


def _importers(program: Program, of: str, names: set[str]) -> Asking:
    found: list[str] = []
    for path in (yield known_files()) if program.is_own(of) else ():
        imports = (yield imports_in(path)) if program.is_own(path) and path != of else ()
        if any(known_calls.last_part(name) in names or attribute in names for name, _, attribute in imports):
            found.append(path)
    return tuple(found)


def _last(function: FunctionValue) -> str:
    return known_calls.last_part(function.definition.name or function.definition.piece)


@query()
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
