"""Make this a plain function: a coroutine function that never switches loses its `async`, its callers their `await`.

In: the ground, a source, a function's report. Out: the edits of all files, or `Refused`. This module must not edit.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis import Effect, FileReport, Function, Site, SiteKind, Span
from switchpoint.refactor.editing import Change, DropAsync, TakeAwaited, rewritten
from switchpoint.refactor.proposals import FileEdit, Refusal, Refused
from switchpoint.refactor.reading import Place, Source, read
from switchpoint.refactor.references import made_at_run_time, mentions
from switchpoint.refactor.trial import Ground, instead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FUNCTIONS = ast.AsyncFunctionDef | ast.FunctionDef
_COMPUTES = re.compile(r"\b(?:getattr|globals|vars|__dict__)\b")


@dataclass(frozen=True, slots=True)
class Callers:
    """One file that has the name, and the awaits of its calls."""

    path: Path
    source: Source
    awaits: tuple[ast.Await, ...]


def defined_at(source: Source, report: FileReport, place: Place) -> Function | None:
    """The coroutine function on whose head a place is."""
    node = source.innermost(ast.AsyncFunctionDef, place)
    if node is None or not node.lineno <= place[0] <= max(node.lineno, node.body[0].lineno - 1):
        return None
    start = source.span(node)
    return next(
        (one for one in report.functions if (one.keyword.line, one.keyword.col) == (start.line, start.col)), None
    )


def make_plain(ground: Ground, source: Source, report: FileReport, function: Function) -> tuple[FileEdit, ...]:
    """The edits that make a function plain, with all its callers."""
    node = source.innermost(ast.AsyncFunctionDef, (function.keyword.line, function.keyword.col))
    if node is None:
        raise Refused(Refusal.NOT_EDITABLE)
    _is_plain_already(function, node)
    _never_stops(source, node)
    _nobody_else_relies(source, node)
    callers = _callers(ground, source, node)
    if not any(each.awaits for each in callers):
        raise Refused(Refusal.NO_CALLERS)
    _awaits_only_itself(source, report, function, callers)
    _all_reach_it(ground, source, node, function, callers)
    return tuple(edit for each in callers if (edit := _edited(each, ground.path, function)).edits)


def _is_plain_already(function: Function, node: ast.AsyncFunctionDef) -> None:
    if function.is_generator:
        raise Refused(Refusal.GENERATOR)
    if function.effect is not Effect.NEVER:
        raise Refused(Refusal.MAY_SWITCH)
    if node.decorator_list:
        raise Refused(Refusal.DECORATED, line=node.decorator_list[0].lineno)


def _never_stops(source: Source, node: ast.AsyncFunctionDef) -> None:
    """Refuses what can be seen to raise StopIteration (PEP 479 holds for coroutines, too)."""
    for inner in ast.walk(node):
        match inner:
            case ast.Raise(exc=ast.Name(id="StopIteration") | ast.Call(func=ast.Name(id="StopIteration"))):
                pass
            case ast.Attribute(attr="__next__"):
                pass
            case ast.Name(id="next") if not _has_default(source.parents[inner], inner):
                pass
            case _:
                continue
        if source.scope_of(inner) is node:
            raise Refused(Refusal.STOPS, line=inner.lineno)


def _has_default(call: ast.AST, called: ast.AST) -> bool:
    return isinstance(call, ast.Call) and call.func is called and len(call.args) == 2


def _nobody_else_relies(source: Source, node: ast.AsyncFunctionDef) -> None:
    """What its class or its name asks for."""
    if node.name.startswith("__") and node.name.endswith("__"):
        raise Refused(Refusal.IMPLICIT)
    owner = source.scope_of(node)
    if not isinstance(owner, ast.ClassDef):
        return
    named_object = [isinstance(base, ast.Name) and base.id == "object" for base in owner.bases]
    if not all(named_object) or owner.keywords or owner.decorator_list:
        raise Refused(Refusal.INHERITS, line=owner.lineno)
    if not node.name.startswith("_"):
        raise Refused(Refusal.PUBLIC_METHOD)


def _callers(ground: Ground, source: Source, node: ast.AsyncFunctionDef) -> list[Callers]:
    """Every file that says the name, where each mention must be an awaited call. The function's own file is first."""
    scope = source.scope_of(node)
    if isinstance(scope, _FUNCTIONS):
        return [Callers(ground.path, source, _awaits(ground.path, source, scope, node))]
    if not ground.is_whole or ground.workspace.problems:
        raise Refused(Refusal.NOT_ALL_FILES)
    _not_by_another_name(ground.path, source.tree, node.name, by_any=True)
    found = [Callers(ground.path, source, _awaits(ground.path, source, source.tree, node))]
    return [*found, *_other_callers(ground, node)]


def _other_callers(ground: Ground, node: ast.AsyncFunctionDef) -> Iterator[Callers]:
    word = re.compile(rf"\b{re.escape(node.name)}\b")
    module = re.compile(rf"\b{re.escape(_module(ground.path))}\b")
    # A stub beside the file says what it holds, and is not among the files that are analysed.
    stub = ground.path.with_suffix(".pyi")
    for path in (*ground.files()[1:], stub):
        text = ground.workspace.text(path)
        says, computes = word.search(text) is not None, _COMPUTES.search(text) is not None
        other = read(text) if says or computes else None
        if other is not None and computes:
            _not_by_another_name(path, other.tree, node.name, by_any=module.search(text) is not None)
        if not says:
            continue
        if other is None:
            raise Refused(Refusal.BROKEN_FILE, path, 1)
        yield Callers(path, other, _awaits(path, other, other.tree, node))


def _module(path: Path) -> str:
    """The last name under which a file is imported."""
    return path.parent.name if path.stem == "__init__" else path.stem


def _not_by_another_name(path: Path, root: ast.AST, name: str, *, by_any: bool) -> None:
    for asked in made_at_run_time(root, name, by_any=by_any):
        raise Refused(Refusal.COMPUTED_NAME, path, asked.lineno)


def _awaits(path: Path, source: Source, root: ast.AST, definition: ast.AsyncFunctionDef) -> tuple[ast.Await, ...]:
    found: list[ast.Await] = []
    for node in mentions(root, definition.name):
        if node is definition or (isinstance(node, ast.alias) and _keeps_name(node, definition.name)):
            continue
        line = getattr(node, "lineno", 0)
        if not isinstance(node, ast.Name | ast.Attribute | ast.Constant | ast.alias):
            raise Refused(Refusal.SAME_NAME, path, line)
        call = source.parents[node]
        around = source.parents.get(call)
        if not isinstance(call, ast.Call) or call.func is not node or not isinstance(around, ast.Await):
            raise Refused(Refusal.OTHER_USE, path, line)
        _not_deferred(source, around, path)
        found.append(around)
    return tuple(found)


def _keeps_name(alias: ast.alias, name: str) -> bool:
    return alias.name == name and alias.asname in (None, name)


def _not_deferred(source: Source, node: ast.Await, path: Path) -> None:
    """Refuses inside of generator expressions, and of f-strings, whose inside older parsers place wrongly."""
    for around in source.above(node):
        if isinstance(around, ast.GeneratorExp):
            raise Refused(Refusal.IN_GENERATOR, path, node.lineno)
        if isinstance(around, ast.JoinedStr):
            raise Refused(Refusal.NOT_EDITABLE, path, node.lineno)
        if isinstance(around, ast.stmt):
            return


def _awaits_only_itself(source: Source, report: FileReport, function: Function, callers: list[Callers]) -> None:
    removed = {source.span(node) for node in callers[0].awaits}
    own = [report.sites[index] for index in function.sites]
    for site in own:
        if site.kind is not SiteKind.AWAIT or site.span not in removed:
            raise Refused(Refusal.OWN_AWAITS, line=site.span.line)


def _all_reach_it(
    ground: Ground, source: Source, node: ast.AsyncFunctionDef, function: Function, callers: list[Callers]
) -> None:
    """What if the function always switched: then each of its callers always does, and says that it is here.

    All of them never switch now, so that a call which may reach anything else would not always switch.
    """
    for each in callers:
        for site in _sites(ground, each):
            if site.effect is not Effect.NEVER:
                raise Refused(Refusal.UNKNOWN_CALLEE, each.path, site.span.line)
    body, moved = _switching(source, node)
    with instead(ground, body):
        for each in callers:
            below = moved if each.path == ground.path else {}
            _sites_lead_to(ground, each, below, function.name)


def _sites(ground: Ground, each: Callers) -> list[Site]:
    spans = {each.source.span(node) for node in each.awaits}
    return _exactly(ground.report(each.path), spans, each.path)


def _sites_lead_to(ground: Ground, each: Callers, moved: dict[int, int], name: str) -> None:
    spans = {_moved(each.source.span(node), moved) for node in each.awaits}
    for site in _exactly(ground.report(each.path), spans, each.path):
        reason = ground.workspace.reason(site, ground.cancelled)
        first = reason.steps[0] if reason and reason.steps else None
        if site.effect is not Effect.ALWAYS or first is None or (first.path, first.function) != (ground.path, name):
            raise Refused(Refusal.UNKNOWN_CALLEE, each.path, site.span.line)


def _exactly(report: FileReport, spans: set[Span], path: Path) -> list[Site]:
    found = [site for site in report.sites if site.span in spans]
    if len(found) != len(spans):
        raise Refused(Refusal.UNKNOWN_CALLEE, path, min(spans).line)
    return found


def _switching(source: Source, node: ast.AsyncFunctionDef) -> tuple[str, dict[int, int]]:
    """The text with a real switch at the beginning of a function, and by how much the lines from one on moved."""
    body = node.body[0]
    first = min([body.lineno, *(one.lineno for one in getattr(body, "decorator_list", []))])
    line, place = source.lines[first - 1], source.span(body)
    probe = _unused(source)
    if line[: place.col].strip():
        head, moved = [f"{line[: place.col]}await {probe}(); {line[place.col :]}"], {}
    else:
        head, moved = [f"{line[: place.col]}await {probe}()\n", line], {first: 1}
    tail = f"\n\nclass {probe}:\n    def __await__(self):\n        yield\n"
    return "".join([*source.lines[: first - 1], *head, *source.lines[first:], tail]), moved


def _moved(span: Span, moved: dict[int, int]) -> Span:
    by = sum(added for line, added in moved.items() if span.line >= line)
    return Span(span.line + by, span.col, span.end_line + by, span.end_col)


def _unused(source: Source) -> str:
    name = "Switching"
    while name in source.text:
        name += "_"
    return name


def _edited(each: Callers, own: Path, function: Function) -> FileEdit:
    changes: list[Change] = [TakeAwaited(each.source.span(node)) for node in each.awaits]
    if each.path == own:
        changes.append(DropAsync(function.keyword))
    return FileEdit(each.path, rewritten(each.source, changes) if changes else ())
