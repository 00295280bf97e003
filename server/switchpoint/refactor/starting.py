"""Run as a task: an await that stands alone becomes a task of the open group, or one kept in a variable.

In: a source, its report, a place. Out: the changes, or `Refused`. This module must not edit.
"""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING, cast

from switchpoint.analysis import FileReport, Reason, Site, Span, Verdict
from switchpoint.refactor.editing import StartTask, rewritten
from switchpoint.refactor.proposals import FileEdit, Refusal, Refused
from switchpoint.refactor.reading import Place, Scope, Source
from switchpoint.refactor.references import dotted, imported_from, stores
from switchpoint.refactor.trial import Ground, applied, instead

if TYPE_CHECKING:
    from collections.abc import Iterator


def awaited_at(source: Source, report: FileReport, place: Place) -> Site | None:
    """The await that a place is on."""
    node = source.innermost(ast.Await, place)
    if node is None:
        return None
    span = source.span(node)
    return next((site for site in report.sites if site.span == span), None)


def start_task(ground: Ground, source: Source, report: FileReport, site: Site) -> tuple[FileEdit, ...]:
    """The edits that make a task of what is awaited at a site."""
    node = source.at(ast.Await, site.span)
    if node is None or not isinstance(source.parents[node], ast.Expr):
        raise Refused(Refusal.VALUE_USED)
    if not isinstance(node.value, ast.Call):
        raise Refused(Refusal.NOT_A_COROUTINE)
    _nothing_is_held(source, node)
    group = _open_group(source, node)
    if group is None:
        starter, name = _create_task(source), _fresh(source, "task")
        # When a cell of a notebook is done, the loop goes on.
        if not ground.cells or not isinstance(source.scope_of(node), ast.Module):
            _something_follows(source, report, site, node)
        _asyncio_runs(ground, report, site)
    else:
        starter, name = f"{group}.create_task", ""
        _others_get_to_run(source, report, site, node)
    _is_a_coroutine(ground, source, report, site.span)
    return (FileEdit(ground.path, rewritten(source, [StartTask(site.span, starter, name)])),)


def group_of(source: Source, block: ast.AST) -> str | None:
    """The name of the task group that a block opens. The last item only: what is entered later is left before it."""
    match block:
        case ast.AsyncWith(items=[*_, ast.withitem(ast.Call(func=func), ast.Name(id=name))]):
            wanted = imported_from(source, "asyncio", "TaskGroup")
            once = len(stores(source, source.scope_of(block), name)) == 1
            return name if once and dotted(func) in wanted else None
        case _:
            return None


def _nothing_is_held(source: Source, node: ast.Await) -> None:
    """Refuses between the `acquire()` and the `release()` of one object, as every lock names them."""
    held: dict[str, int] = {}
    for line, col, method, owner in sorted(_locking(source.scope_of(node))):
        is_later = (line, col) > (node.lineno, node.col_offset)
        if method == "release" and is_later and owner in held:
            raise Refused(Refusal.HELD, line=held[owner])
        if method == "release":
            held.pop(owner, None)
        elif not is_later:
            held[owner] = line


def _locking(scope: ast.AST) -> Iterator[tuple[int, int, str, str]]:
    """Line, column, `acquire` or `release`, and the object, of every such call."""
    for call in ast.walk(scope):
        match call:
            case ast.Call(func=ast.Attribute(value=owner, attr="acquire" | "release" as method)):
                yield call.lineno, call.col_offset, method, ast.unparse(owner)
            case _:
                pass


def _open_group(source: Source, node: ast.Await) -> str | None:
    """The name of the task group in whose block an await stands, nothing in between that a task would outlive."""
    in_loop = False
    for around in source.above(node):
        if isinstance(around, Scope):
            break
        if (group := group_of(source, around)) is not None:
            return group
        if isinstance(around, ast.With | ast.AsyncWith):
            raise Refused(Refusal.INSIDE_WITH, line=around.lineno)
        if "handlers" in around._fields:
            raise Refused(Refusal.INSIDE_TRY)
        in_loop = in_loop or isinstance(around, ast.For | ast.AsyncFor | ast.While)
    if in_loop:
        raise Refused(Refusal.INSIDE_LOOP)
    return None


def _create_task(source: Source) -> str:
    wanted = imported_from(source, "asyncio", "create_task")
    if not wanted:
        raise Refused(Refusal.NO_ASYNCIO)
    return wanted[0]


def _fresh(source: Source, wanted: str) -> str:
    """A name that occurs nowhere in the file."""
    taken = set(re.findall(r"\w+", source.text))
    number = 1
    while (name := wanted if number == 1 else f"{wanted}_{number}") in taken:
        number += 1
    return name


def _something_follows(source: Source, report: FileReport, site: Site, node: ast.Await) -> None:
    """A task runs only when its starter is switched out."""
    later = [source.span(statement) for statement in _following(source, node)]
    for other in report.sites:
        is_later = any(_covers(span, other.span) for span in later)
        if is_later and other.function == site.function and other.verdict is Verdict.MAY_SWITCH:
            return
    raise Refused(Refusal.NOTHING_AFTER)


def _others_get_to_run(source: Source, report: FileReport, site: Site, node: ast.Await) -> None:
    """Refuses where a loop would go on starting tasks without ever letting one run. A `for` comes to an end."""
    for loop in loops_around(source, node):
        around = source.span(loop)
        switches = (s for s in report.sites if s.verdict is Verdict.MAY_SWITCH and s.span != site.span)
        if isinstance(loop, ast.While) and not any(
            _covers(around, other.span) and other.function == site.function for other in switches
        ):
            raise Refused(Refusal.SPINNING, line=loop.lineno)


def loops_around(source: Source, node: ast.AST) -> set[ast.For | ast.AsyncFor | ast.While]:
    """The loops of its function that a node stands in."""
    around = itertools.takewhile(lambda each: not isinstance(each, Scope), source.above(node))
    return {each for each in around if isinstance(each, ast.For | ast.AsyncFor | ast.While)}


def _following(source: Source, node: ast.AST) -> Iterator[ast.stmt]:
    """The statements that may run after a node in its function: none of other branches, none below a jump."""
    inner: ast.AST = source.statement_of(node)
    for around in source.above(inner):
        for statement in _after(around, inner):
            yield statement
            if isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
                return
        if isinstance(around, Scope):
            return
        inner = around


def _after(around: ast.AST, inner: ast.AST) -> list[ast.stmt]:
    """What stands below a statement in the same block."""
    for _, value in ast.iter_fields(around):
        block = cast("list[object]", value) if isinstance(value, list) else []
        if inner in block:
            return [each for each in block[block.index(inner) + 1 :] if isinstance(each, ast.stmt)]
    return []


def _covers(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.col) <= (inner.line, inner.col) and _end(inner) <= _end(outer)


def _end(span: Span) -> Place:
    return (span.end_line, span.end_col)


def _asyncio_runs(ground: Ground, report: FileReport, site: Site) -> None:
    """Refuses where the function's switches lead to another library's event loop, and none to asyncio's."""
    own = set(ground.files())
    found = [
        ground.workspace.reason(other, ground.cancelled) for other in report.sites if other.function == site.function
    ]
    leaves = [reason for reason in found if reason is not None and reason.unresolved is None and reason.steps]
    if any(_is_asyncio(reason) for reason in leaves):
        return
    if any(reason.steps[-1].path not in own for reason in leaves):
        raise Refused(Refusal.OTHER_LOOP)


def _is_asyncio(reason: Reason) -> bool:
    return any(name.startswith("asyncio.") for name in (reason.primitive, *reason.through))


def _is_a_coroutine(ground: Ground, source: Source, before: FileReport, span: Span) -> None:
    """Only a coroutine can be made a task; an awaitable of another kind could be awaited and nothing else.

    What if asyncio itself were given it: then the analysis says which function would run.
    """
    asyncio = _fresh(source, "asyncio")
    edits = rewritten(source, [StartTask(span, f"{asyncio}.create_task", "")])
    with instead(ground, applied(source.text, edits) + f"\n\nimport asyncio as {asyncio}\n"):
        after = ground.report()
    known = len([start for start in before.task_starts if start.target])
    if len([start for start in after.task_starts if start.target]) != known + 1:
        raise Refused(Refusal.NOT_A_COROUTINE)
