"""The worker's half of every request: feature and encoding.

In: a request and the desk. Out: plain values as they go over the wire. This module must not know pipes, nor the order
in which things are asked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.features import hierarchy
from switchpoint.features.highlight import highlights
from switchpoint.features.hints import site_of
from switchpoint.features.hover import first_lines, hover_at, hovers_on
from switchpoint.features.markup import MARKDOWN
from switchpoint.features.pointing import stands_at, switching_at
from switchpoint.lsp.encode import TEXT_HIGHLIGHT, Encoder, Json
from switchpoint.lsp.messages import (
    ActionsAt,
    Down,
    HierarchyAt,
    HighlightsAt,
    HoverAt,
    LensesOf,
    Place,
    Plain,
    Request,
    ResolveHint,
    SitesOf,
    Up,
    WhyAt,
)
from switchpoint.lsp.refactoring import actions

if TYPE_CHECKING:
    from switchpoint.analysis import Reason, Site
    from switchpoint.features.hover import Hover
    from switchpoint.lsp.desk import Cancelled, Desk
    from switchpoint.lsp.foretelling import Lines
    from switchpoint.lsp.modules import Module

Work = Generator[tuple[int, int], None, Plain]


class Stale(Exception):
    """The revision that was asked about is no more."""


def answer(desk: Desk, request: Request, cancelled: Cancelled) -> Work:
    """The answer, as the generator's value; what it yields between is how far it is, of how much."""
    match request:
        case ActionsAt():
            module = _module(desk, request.key, request.version)
            return actions(desk, module, (request.line, request.col), cancelled)
        case HoverAt():
            return _hover(desk, request, cancelled)
        case ResolveHint():
            return _resolve(desk, request, cancelled)
        case LensesOf():
            return _lenses(desk, request, cancelled)
        case HighlightsAt():
            return _highlights(desk, request, cancelled)
        case HierarchyAt():
            return _hierarchy(desk, request, cancelled)
        case WhyAt():
            return _why(desk, request, cancelled)
        case SitesOf():
            return _sites(desk, request, cancelled)
        case Down():
            return _down(desk, request, cancelled)
        case Up():
            return (yield from _up(desk, request, cancelled))
        case _:
            assert_never(request)


def _hover(desk: Desk, request: HoverAt, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    report = desk.report(module, cancelled)
    asking = desk.asking(module, cancelled)
    found = hover_at(report, module.lines, (request.line, request.col), asking, desk.mark)
    return None if found is None else _hovered(desk, module, found)


def hovers(desk: Desk, key: str, lines: Lines, cancelled: Cancelled) -> Iterator[tuple[Place, Place, Plain]]:
    """What requests for hovers on these lines would be answered, each with the places where it would be."""
    module = desk.sheets[key].module
    report, asking = desk.report(module, cancelled), desk.asking(module, cancelled)
    for each in hovers_on(report, module.lines, lines, asking, desk.mark):
        span = each.span
        yield (span.line, span.col), (span.end_line, span.end_col), _hovered(desk, module, each)


def _resolve(desk: Desk, request: ResolveHint, cancelled: Cancelled) -> Plain:
    """The tooltip and the leaf's place of a hint; None when its site is no more."""
    module = _module(desk, request.key, request.version)
    report = desk.report(module, cancelled)
    site = site_of(report, request.kind, request.line, request.col)
    if site is None:
        return None
    asking = desk.asking(module, cancelled)
    text = first_lines(site, module.lines, asking, desk.mark)
    return {"tooltip": _markup(desk, text), "location": _leaf(asking.reason(site), _encoder(desk, module))}


def _lenses(desk: Desk, request: LensesOf, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    encoder = _encoder(desk, module)
    placed = [(encoder.in_module(module, lens.span), lens.title) for lens in desk.lenses(module, cancelled)]
    return [
        {"range": span, "command": {"title": title, "command": ""}}
        for (uri, span), title in placed
        if uri == request.uri
    ]


def _highlights(desk: Desk, request: HighlightsAt, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    cell = module.cell_at(request.line - 1)
    spans = highlights(desk.report(module, cancelled), (request.line, request.col))
    found = _encoder(desk, module).ranges(module, cell.uri if cell else module.key, spans)
    return [{"range": span, "kind": TEXT_HIGHLIGHT} for span in found]


def _hierarchy(desk: Desk, request: HierarchyAt, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    entry = hierarchy.entry_at(desk.report(module, cancelled), (request.line, request.col))
    return [_encoder(desk, module).entry(entry)] if entry else None


def _sites(desk: Desk, request: SitesOf, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    encoder = _encoder(desk, module)
    found: list[Plain] = []
    for site in desk.report(module, cancelled).sites:
        uri, span = encoder.in_module(module, stands_at(site))
        if uri == request.uri:
            found.append({"range": span, "kind": site.kind.value, "verdict": site.verdict.value})
    return found


def _why(desk: Desk, request: WhyAt, cancelled: Cancelled) -> Plain:
    module = _module(desk, request.key, request.version)
    site = switching_at(desk.report(module, cancelled), (request.line, request.col))
    reason = desk.asking(module, cancelled).reason(site) if site else None
    if reason is None:
        return None
    encoder = _encoder(desk, module)
    places = [encoder.place(step.path, step.span) for step in reason.steps]
    return [{"uri": uri, "range": span} for uri, span in places]


def _down(desk: Desk, request: Down, cancelled: Cancelled) -> Plain:
    path = Path(request.path)
    home = desk.nearest_home(path)
    workspace = home.workspace
    report = workspace.report(path, cancelled)
    entries = hierarchy.down(
        report,
        request.name,
        lambda site: workspace.reason(site, cancelled),
        lambda other: workspace.report(other, cancelled),
    )
    encoder = desk.encoder(home)
    return [{"to": encoder.entry(entry), "fromRanges": _spans(encoder, path, entry)} for entry in entries]


def _up(desk: Desk, request: Up, cancelled: Cancelled) -> Work:
    """Every analysed file is asked, one at a time, so that others can be served in between."""
    path = Path(request.path)
    home = desk.nearest_home(path)
    workspace = home.workspace
    files = desk.files(home)
    entries: list[hierarchy.Entry] = []

    def why(site: Site) -> Reason | None:
        return workspace.reason(site, cancelled)

    for number, file in enumerate(files):
        entries += hierarchy.up(workspace.report(file, cancelled), path, request.name, why)
        yield (number, len(files))
    encoder = desk.encoder(home)
    return [{"from": encoder.entry(entry), "fromRanges": _spans(encoder, entry.path, entry)} for entry in entries]


def _module(desk: Desk, key: str, version: int) -> Module:
    sheet = desk.sheets.get(key)
    if sheet is None or sheet.module.version != version:
        raise Stale
    return sheet.module


def _encoder(desk: Desk, module: Module) -> Encoder:
    return desk.encoder(desk.home(module))


def _hovered(desk: Desk, module: Module, found: Hover) -> Plain:
    _, span = _encoder(desk, module).in_module(module, found.span)
    return {"contents": _markup(desk, desk.mark.lines(list(found.lines))), "range": span}


def _markup(desk: Desk, text: str) -> Json:
    return {"kind": "markdown" if desk.mark is MARKDOWN else "plaintext", "value": text}


def _leaf(reason: Reason | None, encoder: Encoder) -> Plain:
    if reason is None or not reason.steps:
        return None
    uri, span = encoder.place(reason.steps[-1].path, reason.steps[-1].span)
    return {"uri": uri, "range": span}


def _spans(encoder: Encoder, path: Path, entry: hierarchy.Entry) -> list[Plain]:
    return [encoder.place(path, span)[1] for span in entry.sites]
