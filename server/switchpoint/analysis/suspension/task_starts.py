"""Task starts: the calls in a function that start a task, and what the task runs.

In: a function. Out: a `TaskStart` for each such call. Names are for hovers alone: no verdict depends on them. This
module must not know how a task is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, lines
from switchpoint.analysis.resolution import evaluation, protocols
from switchpoint.analysis.resolution.program import Program, qualified
from switchpoint.analysis.resolution.values import (
    ActivationValue,
    Definition,
    Frame,
    FunctionValue,
    MethodValue,
    PartialValue,
    Value,
    Values,
)
from switchpoint.analysis.suspension import places
from switchpoint.analysis.suspension.effects import outcome
from switchpoint.analysis.verdicts import (
    Effect,
    Span,
    TaskStart,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.suspension.outcomes import Outcome

STARTERS = frozenset(
    {"asyncio.tasks.create_task", "asyncio.tasks.ensure_future", "asyncio.tasks._ensure_future", "asyncio.tasks.gather",
     "asyncio.taskgroups.TaskGroup.create_task", "asyncio.base_events.BaseEventLoop.create_task",
     "asyncio.events.AbstractEventLoop.create_task", "asyncio.tasks.run_coroutine_threadsafe",
     "trio._core._run.Nursery.start_soon", "trio._core._run.Nursery.start",
     "anyio.abc._tasks.TaskGroup.start_soon", "anyio.abc._tasks.TaskGroup.start",
     "anyio._backends._asyncio.TaskGroup.start_soon", "anyio._backends._asyncio.TaskGroup.start",
     "anyio._backends._trio.TaskGroup.start_soon", "anyio._backends._trio.TaskGroup.start"}
)  # fmt: skip
"""Where tasks are born, for hovers; no verdict depends on it."""

GATHER = "asyncio.tasks.gather"
"""Makes a task of each of its arguments, the others of the first one."""


def task_starts(program: Program, form: f.FunctionForm, definition: Definition, first: int) -> Asking:
    """The calls of a function that start tasks, each with the functions that will run as tasks."""
    found: list[tuple[TaskStart, tuple[Definition, ...]]] = []
    frame = Frame(FunctionValue(definition), ())
    for call, place in form.calls:
        if not isinstance(call, f.Call) or not call.arguments:
            continue
        functions: Values = yield from evaluation.evaluate(program, frame, call.function)
        starters = {_dotted(program, value) for value in functions} & STARTERS
        if not starters:
            continue
        arguments = call.arguments if starters == {GATHER} else call.arguments[:1]
        targets: dict[Definition | None, Effect] = yield from _targets(program, frame, arguments)
        known = tuple(target for target in targets if target is not None)
        name = ", ".join(dict.fromkeys(qualified(target) for target in known))
        whole = places.absolute(place, first)
        last = call.function.name if isinstance(call.function, f.Attribute | f.Global) else ""
        callee = yield from _callee(program, definition.path, whole, last)
        found.append((TaskStart(Path(definition.path), whole, callee, name, _joined(targets.values())), known))
    return found


def _dotted(program: Program, value: Value) -> str:
    while isinstance(value, MethodValue | PartialValue):
        value = value.function
    return program.dotted(value.definition) if isinstance(value, FunctionValue) else ""


def _targets(program: Program, frame: Frame, arguments: tuple[f.Expr, ...]) -> Asking:
    """What runs as tasks of their own, with its effect; None stands for what is not known."""
    targets: dict[Definition | None, Effect] = {}
    for argument in arguments:
        is_starred = isinstance(argument, f.Starred)
        values = yield from evaluation.evaluate(program, frame, argument.value if is_starred else argument)
        if is_starred:
            values = yield from protocols.elements(program, values, False)
        targets.update((yield from _named(values)))
    return targets


def _joined(all_effects: Iterable[Effect]) -> Effect:
    """The effect that holds for all of it."""
    effects = set(all_effects) or {Effect.UNKNOWN}
    joined = Effect.UNKNOWN if Effect.UNKNOWN in effects else Effect.SOMETIMES
    return effects.pop() if len(effects) == 1 else joined


def _named(values: Values) -> Asking:
    """The coroutine functions that these values run, sorted by name; None for what runs none that is known."""
    found: dict[Definition | None, Effect] = {}
    for value in values:
        inner: Value = value
        while isinstance(inner, MethodValue | PartialValue):
            inner = inner.function
        if isinstance(inner, ActivationValue):
            result: Outcome = yield outcome(inner.function, inner.context)
            found[inner.function.definition] = result.effect
            continue
        form: f.FunctionForm | None = None
        if isinstance(inner, FunctionValue):
            form = yield function_form(*inner.definition)
        if isinstance(inner, FunctionValue) and form is not None and form.kind is f.FunctionKind.COROUTINE:
            result = yield outcome(inner, ())
            found[inner.definition] = result.effect
        else:
            found[None] = Effect.UNKNOWN
    return dict(sorted(found.items(), key=lambda item: (qualified(item[0]) if item[0] else "", item[0] or ())))


def _callee(program: Program, path: str, whole: Span, name: str) -> Asking:
    """The name called, found in the text of the call's first line."""
    all_lines: list[str] = yield lines(path)
    for line in range(whole.line, min(whole.end_line, whole.line + 10) + 1):
        text = all_lines[line - 1] if line <= len(all_lines) else ""
        start = text.find(name + "(", whole.col if line == whole.line else 0)
        if name and start >= 0:
            return Span(line, start, line, start + len(name))
    return Span(whole.line, whole.col, whole.line, whole.col + 1)
