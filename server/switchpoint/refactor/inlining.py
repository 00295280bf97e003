"""Await inline: what was started as a task is awaited where it was started.

In: a source, its report, a place. Out: the edits, or `Refused`. This module must not edit.
"""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING, cast

from switchpoint.refactor.editing import AwaitArgument, Change, DropStatement, TakeArgument, TakeAwaited, rewritten
from switchpoint.refactor.proposals import FileEdit, Refusal, Refused
from switchpoint.refactor.reading import Scope
from switchpoint.refactor.references import imported_from, imported_names, mentions, objects_of, path_of
from switchpoint.refactor.starting import group_of, loops_around

if TYPE_CHECKING:
    from switchpoint.analysis import FileReport, Span
    from switchpoint.refactor.reading import Place, Source
    from switchpoint.refactor.trial import Ground


def started_at(source: Source, report: FileReport, place: Place) -> ast.Call | None:
    """The call that starts a task, of the simple statement that a place is on."""
    known = {start.span for start in report.task_starts}
    for call in ast.walk(source.tree):
        if not isinstance(call, ast.Call) or not _is_create_task(source, call, known):
            continue
        statement = source.statement_of(call)
        around = source.span(statement if isinstance(statement, ast.Assign | ast.Expr) else call)
        if (around.line, around.col) <= place <= (around.end_line, around.end_col):
            return call
    return None


def _is_create_task(source: Source, call: ast.Call, known: set[Span]) -> bool:
    """As the analysis says, or by the group around it."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=group), attr="create_task"):
            blocks = itertools.takewhile(lambda each: not isinstance(each, Scope), source.above(call))
            return source.span(call) in known or any(group_of(source, block) == group for block in blocks)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return source.span(call) in known and (name == "create_task" or name in _renamed(source))
        case _:
            return False


def _renamed(source: Source) -> list[str]:
    return imported_from(source, "asyncio", "create_task")


def await_inline(ground: Ground, source: Source, call: ast.Call) -> tuple[FileEdit, ...]:
    """The edits that await what a call makes a task of."""
    in_cell = bool(ground.cells) and isinstance(source.scope_of(call), ast.Module)
    if not in_cell and not isinstance(source.scope_of(call), ast.AsyncFunctionDef):
        raise Refused(Refusal.NOT_IN_COROUTINE)
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        raise Refused(Refusal.TASK_OPTIONS)
    _ends(source, call.args[0])
    return (FileEdit(ground.path, rewritten(source, _changes(ground, source, call))),)


def _ends(source: Source, coroutine: ast.expr) -> None:
    """Whoever awaits a loop that nothing leaves waits for ever. Only functions of this file are looked at."""
    match coroutine:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            called = [node for node in ast.walk(source.tree) if isinstance(node, ast.AsyncFunctionDef)]
        case _:
            return
    for node in called:
        if node.name == name and any(_is_endless(source, node, each) for each in ast.walk(node)):
            raise Refused(Refusal.ENDLESS, line=node.lineno)


def _is_endless(source: Source, function: ast.AsyncFunctionDef, loop: ast.AST) -> bool:
    """A `while True` of the function itself, from which only an exception leads out."""
    if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant) or not loop.test.value:
        return False
    own = [node for node in ast.walk(loop) if isinstance(node, ast.stmt) and source.scope_of(node) is function]
    leaves = [node for node in own if isinstance(node, ast.Return) or _breaks(source, node) is loop]
    return source.scope_of(loop) is function and not leaves


def _breaks(source: Source, node: ast.stmt) -> ast.AST | None:
    """The loop that a `break` leaves. In the `else` of a loop it leaves the one around."""
    inner: ast.AST = node
    for around in source.above(node) if isinstance(node, ast.Break) else ():
        if isinstance(around, ast.For | ast.AsyncFor | ast.While) and inner not in around.orelse:
            return around
        inner = around
    return None


def _changes(ground: Ground, source: Source, call: ast.Call) -> list[Change]:
    span = source.span(call)
    match source.parents[call]:
        case ast.Await():
            return [TakeArgument(span)]
        case ast.Expr() as statement:
            _shares_nothing(source, call, statement, None)
            return [AwaitArgument(span, alone=False)]
        case ast.Assign(targets=[ast.Name(id=name) as target]) as statement:
            _in_one_cell(ground, source, target, name)
            uses = _awaits_of(source, statement, target, name)
            _shares_nothing(source, call, statement, max(uses, key=lambda use: use.lineno, default=None))
            lone = [isinstance(source.parents[use], ast.Expr) for use in uses]
            dropped: list[Change] = [
                DropStatement(source.span(use)) if alone else TakeAwaited(source.span(use))
                for use, alone in zip(uses, lone, strict=True)
            ]
            return [AwaitArgument(span, alone=all(lone)), *dropped]
        case _:
            raise Refused(Refusal.TASK_USED)


def _shares_nothing(source: Source, call: ast.Call, statement: ast.stmt, last: ast.Await | None) -> None:
    """Refuses where what runs beside the task, up to its last use, has an object that the task has, too.

    It may put what the task waits for, or change what the task reads.
    """
    given = {path for path in objects_of(call.args[0]) if path.partition(".")[0] not in imported_names(source)}
    around = [source.span(loop) for loop in loops_around(source, statement)] if last is None else []
    start, end = source.span(statement), source.span(last) if last is not None else None
    for node in ast.walk(source.scope_of(statement)):
        if not isinstance(node, ast.Name | ast.Attribute) or not _is_of(path_of(node), given):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            # The name is given another object.
            continue
        span = source.span(node)
        is_after = _end(start) <= (span.line, span.col) and (end is None or span < end)
        if is_after or (any(_covers(loop, span) for loop in around) and not _covers(start, span)):
            raise Refused(Refusal.SHARED, line=node.lineno)


def _is_of(path: str, given: set[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in given)


def _covers(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.col) <= (inner.line, inner.col) and _end(inner) <= _end(outer)


def _end(span: Span) -> Place:
    return (span.end_line, span.end_col)


def _in_one_cell(ground: Ground, source: Source, target: ast.Name, name: str) -> None:
    """Refuses where another cell of the notebook has the name."""
    for node in mentions(source.scope_of(target), name):
        line = getattr(node, "lineno", target.lineno)
        if ground.cell_of(line) != ground.cell_of(target.lineno):
            raise Refused(Refusal.OTHER_CELL)


def _awaits_of(source: Source, statement: ast.Assign, target: ast.Name, name: str) -> list[ast.Await]:
    """Every use of the task, all of which await it, later, in the same function and under the same handlers."""
    scope = source.scope_of(statement)
    blocks = _guards(source, statement)
    found: list[ast.Await] = []
    for node in mentions(scope, name):
        if node is target:
            continue
        use = source.parents.get(node)
        if not isinstance(node, ast.Name) or not isinstance(use, ast.Await) or source.scope_of(use) is not scope:
            raise Refused(Refusal.TASK_USED, line=getattr(node, "lineno", 0))
        if source.span(use) < source.span(statement) or _in_comprehension(source, use):
            raise Refused(Refusal.TASK_USED, line=use.lineno)
        if _guards(source, use) != blocks:
            raise Refused(Refusal.OTHER_BLOCK, line=use.lineno)
        if not loops_around(source, statement) <= loops_around(source, use):
            raise Refused(Refusal.STARTED_IN_LOOP, line=use.lineno)
        found.append(use)
    return found


def _guards(source: Source, node: ast.AST) -> list[tuple[ast.AST, str]]:
    """The `try` and `with` blocks around a node in its function, and the part of each that it is in."""
    found: list[tuple[ast.AST, str]] = []
    inner = node
    for around in source.above(node):
        if isinstance(around, ast.AsyncFunctionDef):
            break
        if "handlers" in around._fields or isinstance(around, ast.With | ast.AsyncWith):
            found.append((around, _part(around, inner)))
        inner = around
    return found


def _part(around: ast.AST, inner: ast.AST) -> str:
    for field, value in ast.iter_fields(around):
        if value is inner or inner in _listed(value):
            return field
    return ""


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _in_comprehension(source: Source, node: ast.AST) -> bool:
    """Where it could run later, or often."""
    around = (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
    inside = itertools.takewhile(lambda each: not isinstance(each, ast.stmt), source.above(node))
    return any(isinstance(each, around) for each in inside)
