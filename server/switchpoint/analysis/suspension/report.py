"""Reports: the sites, functions and task starts of one file, with absolute places.

In: a path. Out: the plain data of `verdicts`. This is where forms' relative places become lines of the file. This
module must not know how effects are found.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import Key, query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, layout, lines, piece, problem, span, text
from switchpoint.analysis.resolution import classes, names
from switchpoint.analysis.resolution.program import Program, module, qualified
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    ModuleValue,
    UnknownValue,
    Values,
)
from switchpoint.analysis.suspension import footing, places, reasons, task_starts
from switchpoint.analysis.suspension.effects import outcome, site_outcome
from switchpoint.analysis.verdicts import (
    Effect,
    FileReport,
    Footing,
    Function,
    Problem,
    Reason,
    Site,
    SiteKind,
    Span,
    Step,
    TaskStart,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis.ir.layout import Layout, PieceSpan
    from switchpoint.analysis.suspension.outcomes import Outcome


@query()
def file_report(program: Program, path: str) -> Asking:
    """Every site of a file in order of place, its `async def`s, the calls that start tasks, and what does not parse."""
    shape: Layout = yield layout(path)
    raw: list[tuple[Site, Definition, int]] = []
    functions: list[tuple[f.FunctionForm, Definition, int]] = []
    starts: list[tuple[TaskStart, tuple[Definition, ...]]] = []
    problems = [Problem(Path(path), line, why) for line, why in shape.problems]
    if not shape.pieces and (yield text(path)) is None:
        problems.append(Problem(Path(path), 0, (yield problem(path)) or "cannot be read"))
    for part in shape.pieces:
        whole: f.PieceForm = yield piece(path, part.key)
        if whole.problem:
            problems.append(Problem(Path(path), part.first + 1, whole.problem))
        for form in (whole.main, *whole.functions.values()):
            definition = Definition(path, part.key, form.name)
            raw.extend((yield from _sites(form, definition, part.first, shape)))
            if form.is_async_def and form.place != (0, 0, 0, 0) and not _is_no_function(form):
                functions.append((form, definition, part.first))
            starts.extend((yield from task_starts.task_starts(program, form, definition, part.first)))
    raw.sort(key=lambda item: (item[0].span, item[0].kind.value != "enter", item[0].kind.value))
    starts.sort(key=lambda item: item[0].span)
    sites = tuple(replace(site, index=index) for index, (site, _, _) in enumerate(raw))
    by_function: dict[Definition, list[int]] = {}
    for index, (_, definition, _) in enumerate(raw):
        by_function.setdefault(definition, []).append(index)
    reported: list[Function] = []
    for form, definition, first in functions:
        made: Function = yield from _function(form, definition, first, tuple(by_function.get(definition, ())))
        reported.append(replace(made, starts_task_at=(yield from _started_at(path, definition, starts))))
    reported.sort(key=lambda function: function.span)
    started = tuple(start for start, _ in starts)
    return FileReport(Path(path), sites, tuple(reported), started, tuple(problems), _unread(shape))


def _started_at(
    path: str, definition: Definition, starts: Sequence[tuple[TaskStart, tuple[Definition, ...]]]
) -> Asking:
    """Where the same file starts a function as a task."""
    found: list[Step] = []
    for start, targets in starts:
        if definition in targets:
            all_lines: list[str] = yield lines(path)
            found.append(Step(Path(path), start.span, _text(all_lines, start.span), ""))
    return tuple(found)


def _is_no_function(form: f.FunctionForm) -> bool:
    """Generator expressions, and the signatures of an overload: nothing is awaited by their name."""
    return "<genexpr>" in form.name or any(classes.evaluated_name(each) == "overload" for each in form.decorators)


def _sites(form: f.FunctionForm, definition: Definition, first: int, shape: Layout) -> Asking:
    found: list[tuple[Site, Definition, int]] = []
    frame = Frame(FunctionValue(definition), ())
    for index, site in places.as_typed(form, shape, definition.piece):
        result: Outcome = yield site_outcome(frame, index)
        found.append((_site(site, definition, first, result.effect), definition, index))
    return found


def _site(site: f.SiteForm, definition: Definition, first: int, effect: Effect) -> Site:
    return Site(
        Path(definition.path),
        0,
        site.kind,
        places.absolute(site.place, first),
        qualified(definition),
        effect,
        places.absolute(site.keyword, first),
        places.absolute(site.operand_place, first),
        None if site.block is None else places.absolute(site.block, first),
    )


@query()
def sites_unjudged(_: Program, path: str) -> Asking:
    """The sites of a file by its text alone, each with the effect unknown: for as long as nothing is proved."""
    shape: Layout = yield layout(path)
    found: list[Site] = []
    for part in shape.pieces:
        whole: f.PieceForm = yield piece(path, part.key)
        for form in (whole.main, *whole.functions.values()):
            definition = Definition(path, part.key, form.name)
            sites = places.as_typed(form, shape, part.key)
            found.extend(_site(site, definition, part.first, Effect.UNKNOWN) for _, site in sites)
    found.sort(key=lambda site: (site.span, site.kind.value != "enter", site.kind.value))
    return FileReport(Path(path), tuple(replace(site, index=index) for index, site in enumerate(found)))


site_places = places.site_places
"""(definition, index within it) of each site of a report, in the same order."""


def site_judged(definition: Definition, index: int) -> Key[Outcome]:
    """What to ask for the outcome of one of those."""
    return site_outcome(Frame(FunctionValue(definition), ()), index)


def _unread(shape: Layout) -> tuple[tuple[int, int], ...]:
    """The lines of pieces that do not parse, and of statements that are half typed."""
    broken = [(part.first, part.last) for part in shape.pieces if part.broken is not None]
    for part in shape.pieces:
        mended = shape.mended.get(part.key)
        broken += [(part.first + a, part.first + b) for a, b in (mended.lines if mended is not None else ())]
    return tuple(sorted((first + 1, last) for first, last in broken))


def _function(form: f.FunctionForm, definition: Definition, first: int, sites: tuple[int, ...]) -> Asking:
    result: Outcome = yield outcome(FunctionValue(definition), ())
    name = qualified(definition)
    does_nothing = form.is_hook_body or form.is_abstract_body
    is_hook = does_nothing and form.owner is not None and not name.rpartition(".")[2].startswith("_")
    return Function(
        Path(definition.path),
        name,
        places.absolute(form.place, first),
        places.absolute(form.keyword, first),
        result.effect,
        sites,
        form.kind is f.FunctionKind.ASYNC_GENERATOR,
        is_hook,
    )


# reasons


@query()
def site_reason(program: Program, path: str, index: int) -> Asking:
    """Why site `index` of a file's report is not inline; None when it is."""
    stands = yield from _site_at(path, index)
    if stands is None:
        return None
    found: reasons.Chain | None = yield reasons.chain(*stands)
    return (yield from _reason(program, found, 1))


@query()
def function_reason(program: Program, path: str, name: str, line: int) -> Asking:
    """Why the function of that name at that line may switch; None when it never does."""
    frame = yield from _function_at(path, name, line)
    if frame is None:
        return None
    return (yield from _reason(program, (yield reasons.function_chain(frame)), 0))


@query()
def site_footing(_: Program, path: str, index: int) -> Asking:
    """On which methods the proof of site `index` of a file's report rests."""
    stands = yield from _site_at(path, index)
    return Footing() if stands is None else (yield footing.site_footing(*stands))


@query()
def function_footing(_: Program, path: str, name: str, line: int) -> Asking:
    """On which methods it rests that the function of that name at that line never switches."""
    frame = yield from _function_at(path, name, line)
    return Footing() if frame is None else (yield footing.function_footing(frame))


def _site_at(path: str, index: int) -> Asking:
    stand: tuple[tuple[Definition, int], ...] = yield places.site_places(path)
    if index >= len(stand):
        return None
    definition, inner = stand[index]
    return Frame(FunctionValue(definition), ()), inner


def _function_at(path: str, name: str, line: int) -> Asking:
    places: dict[tuple[str, int], Definition] = yield _function_places(path)
    definition = places.get((name, line))
    return None if definition is None else Frame(FunctionValue(definition), ())


@query()
def _function_places(_: Program, path: str) -> Asking:
    """(qualified name, line) of every function of a file -> its definition; of two, the first."""
    shape: Layout = yield layout(path)
    found: dict[tuple[str, int], Definition] = {}
    for part in shape.pieces:
        whole: f.PieceForm = yield piece(path, part.key)
        for form in whole.functions.values():
            definition = Definition(path, part.key, form.name)
            found.setdefault((qualified(definition), form.place[0] + part.first + 1), definition)
    return found


_MOST_STEPS = 60
"""Steps of a chain beyond which only its beginning and its end are told."""


def _reason(program: Program, found: reasons.Chain | None, skip: int) -> Asking:
    """The chain with places and text. The site itself is not repeated unless it is the leaf."""
    if found is None:
        return None
    found = found.without_circles()
    steps: list[Step] = []
    links = found.links[skip:] or found.links[-1:]
    if len(links) > _MOST_STEPS:
        links = (*links[: _MOST_STEPS // 2], *links[-_MOST_STEPS // 2 :])
    for link in links:
        steps.append((yield from _step(link)))
    if found.unresolved is not None:
        return Reason(tuple(steps), found.unresolved, found.detail)
    named = [d for d in found.through if not d.name.rpartition(".")[2].startswith("_")] or list(found.through)
    primitive = (yield public_name(named[-1])) if named else ""
    through: list[str] = []
    for definition in found.through[:-1]:
        through.append((yield public_name(definition)))
    for definition in (*(yield from reasons.makers(program, found)), *found.through[-1:]):
        through.append((yield public_name(definition)))
    return Reason(tuple(steps), None, found.detail, primitive, tuple(through))


@query()
def public_name(program: Program, definition: Definition) -> Asking:
    """The shortest dotted name under which a package around a definition exports it: `asyncio.sleep` for what is
    written in `asyncio/tasks.py`."""
    module_name = program.module_name(definition.path)
    name = qualified(definition)
    top = name.partition(".")[0]
    parts = module_name.split(".")
    for count in range(1, len(parts)):
        package: ModuleValue | UnknownValue = yield module(".".join(parts[:count]), "")
        if isinstance(package, ModuleValue) and package.path and package.path != definition.path:
            exported: Values = yield names.own_global(package.path, top)
            if any(
                isinstance(v, FunctionValue | ClassValue) and v.definition.path == definition.path for v in exported
            ):
                return f"{package.name}.{name}"
    return f"{module_name}.{name}"


def _step(link: reasons.Link) -> Asking:
    form: f.FunctionForm | None = yield function_form(*link.definition)
    where: PieceSpan | None = yield span(link.definition.path, link.definition.piece)
    first = 0 if where is None else where.first
    path, name = link.definition.path, qualified(link.definition)
    all_lines: list[str] = yield lines(path)
    if form is None:
        return Step(Path(path), places.absolute((0, 0, 0, 0), first), "", name)
    if link.is_yield:
        full = places.absolute(form.yields[link.index].place, first)
        return Step(Path(path), full, _text(all_lines, full), name)
    site = form.sites[link.index]
    full = places.absolute(site.place, first)
    shown = full
    if site.kind is SiteKind.NEXT and site.block is not None:
        head = places.absolute(site.operand_place, first)
        shown = Span(full.line, full.col, head.end_line, head.end_col)
    return Step(Path(path), full, _text(all_lines, shown), name, site.kind)


def _text(all_lines: list[str], where: Span) -> str:
    """The source of a step on one line."""
    chosen = all_lines[where.line - 1 : min(where.end_line, where.line + 8)]
    if not chosen:
        return ""
    if where.end_line == where.line:
        text = chosen[0][where.col : where.end_col]
    else:
        text = " ".join([chosen[0][where.col :].strip(), *(line.strip() for line in chosen[1:])])
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"
