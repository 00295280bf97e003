"""Requests of the editor: decode, ask, encode.

In: requests. Out: plain answers, exactly one each. This module must not compute: the worker does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from switchpoint.lsp import messages
from switchpoint.lsp.front import Front, Steps, content_modified
from switchpoint.lsp.pages import encoded_hints, lines_of, to_place
from switchpoint.lsp.protocol import Raw
from switchpoint.lsp.sentences import progress_title

if TYPE_CHECKING:
    from collections.abc import Callable


SITES = "switchpoint/sites"
WHY = "switchpoint/why"

Located = types.HoverParams | types.DocumentHighlightParams | types.CallHierarchyPrepareParams


def register_requests(front: Front) -> None:
    """Register the handlers of this module."""
    front.on(types.TEXT_DOCUMENT_INLAY_HINT, inlay_hint, types.InlayHintOptions(resolve_provider=True))
    front.on(types.INLAY_HINT_RESOLVE, resolve)
    front.on(types.TEXT_DOCUMENT_HOVER, hover)
    front.on(types.TEXT_DOCUMENT_CODE_LENS, code_lens, types.CodeLensOptions(resolve_provider=False))
    front.on(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlight)
    front.on(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, prepare)
    front.on(types.CALL_HIERARCHY_OUTGOING_CALLS, outgoing)
    front.on(types.CALL_HIERARCHY_INCOMING_CALLS, incoming)
    front.on(SITES, sites)
    front.on(WHY, why)


def inlay_hint(front: Front, params: types.InlayHintParams) -> Steps:
    """What is known, at once; only what was never analysed, or what could not be mended later, is waited for."""
    document = front.document(params.text_document.uri)
    if document is None:
        return None
    page, cell = document
    asked, client = page.module.version, front.session.client
    span = (params.range.start.line, params.range.end.line)
    front.session.see(page, *lines_of(cell, span))
    while not page.can_answer(refreshes=client.refreshes_hints):
        waited_for = page
        yield front.session.hints_known, (page,), None
        document = front.document(params.text_document.uri)
        # Who edits a document asks again; not so for what only other cells of its notebook did meanwhile.
        if document is None or document[0].edited[params.text_document.uri] > asked:
            raise content_modified()
        page, cell = document
        if page is waited_for:
            break
    page.shown = True
    return Raw(encoded_hints(page, cell, span, client.encoding, parts=bool(client.resolves)))


def resolve(front: Front, params: types.InlayHint) -> Steps:
    """The hint again, with its tooltip, and its label leading to the leaf."""
    key = _resolvable(params.data)
    if key is None or key.key not in front.session.pages:
        return params
    found = cast("dict[str, Any] | None", (yield from front.ask(key)))
    if found is None:
        return params
    text = params.label if isinstance(params.label, str) else "".join(part.value for part in params.label)
    part: dict[str, Any] = {"value": text}
    if found["location"] is not None:
        part["location"] = found["location"]
    at = params.position
    position = {"line": at.line, "character": at.character}
    return Raw({"position": position, "label": [part], "paddingLeft": True, "tooltip": found["tooltip"]})


def hover(front: Front, params: types.HoverParams) -> Steps:
    """What is known already, at once; nobody has to be asked for that."""
    document = front.document(params.text_document.uri)
    if document is None:
        return None
    page, cell = document
    place = to_place(page.module, cell, params.position, front.session.client.encoding)
    known = front.session.hovers_near(page, place[0])
    if known is not None:
        return Raw(next((answer for first, last, answer in known.found if first <= place <= last), None))
    return Raw((yield from front.ask(messages.HoverAt(page.module.key, page.module.version, *place))))


def highlight(front: Front, params: types.DocumentHighlightParams) -> Steps:
    return (yield from _located(front, params, messages.HighlightsAt))


def prepare(front: Front, params: types.CallHierarchyPrepareParams) -> Steps:
    return (yield from _located(front, params, messages.HierarchyAt))


def code_lens(front: Front, params: types.CodeLensParams) -> Steps:
    return (yield from _of_document(front, params.text_document.uri, messages.LensesOf))


def sites(front: Front, params: Any) -> Steps:
    """Our own request: every site of a document with its verdict, in source order."""
    return (yield from _of_document(front, params.textDocument.uri, messages.SitesOf))


def why(front: Front, params: Any) -> Steps:
    """Our own request: the places of the chain of the site at a position, the leaf last."""
    document = front.document(params.textDocument.uri)
    if document is None:
        return None
    page, cell = document
    position = types.Position(line=params.position.line, character=params.position.character)
    line, col = to_place(page.module, cell, position, front.session.client.encoding)
    return Raw((yield from front.ask(messages.WhyAt(page.module.key, page.module.version, line, col))))


def outgoing(front: Front, params: types.CallHierarchyOutgoingCallsParams) -> Steps:
    return (yield from _hierarchy(front, params.item, params.work_done_token, messages.Down))


def incoming(front: Front, params: types.CallHierarchyIncomingCallsParams) -> Steps:
    return (yield from _hierarchy(front, params.item, params.work_done_token, messages.Up))


def _located(front: Front, params: Located, request: Callable[[str, int, int, int], messages.Request]) -> Steps:
    document = front.document(params.text_document.uri)
    if document is None:
        return None
    page, cell = document
    line, col = to_place(page.module, cell, params.position, front.session.client.encoding)
    return Raw((yield from front.ask(request(page.module.key, page.module.version, line, col))))


def _of_document(front: Front, uri: str, request: Callable[[str, str, int], messages.Request]) -> Steps:
    document = front.document(uri)
    if document is None:
        return None
    page, _ = document
    return Raw((yield from front.ask(request(page.module.key, uri, page.module.version))))


def _hierarchy(
    front: Front,
    item: types.CallHierarchyItem,
    token: types.ProgressToken | None,
    request: Callable[[str, str], messages.Request],
) -> Steps:
    data = _mapping(item.data)
    path, name = data.get("path"), data.get("name")
    if not isinstance(path, str) or not isinstance(name, str):
        return None
    progress = _Percent(front, token) if token is not None else None
    answer = yield from front.ask(request(path, name), progress)
    if progress is not None:
        progress.end()
    return Raw(answer)


class _Percent:
    """Progress of one request, reported to the token that came with it."""

    def __init__(self, front: Front, token: types.ProgressToken) -> None:
        self._progress, self._token = front.server.work_done_progress, token
        self._progress.begin(token, types.WorkDoneProgressBegin(title=progress_title(), percentage=0))

    def __call__(self, done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        self._progress.report(self._token, types.WorkDoneProgressReport(message=f"{done}/{total}", percentage=share))

    def end(self) -> None:
        self._progress.end(self._token, types.WorkDoneProgressEnd())


def _resolvable(data: object) -> messages.ResolveHint | None:
    """What we put into a hint, if it is that: anything may come back."""
    match data:
        case [str(key), int(revision), str(kind), int(line), int(col)]:
            return messages.ResolveHint(key, revision, kind, line, col)
        case _:
            return None


def _mapping(data: object) -> dict[str, object]:
    return cast("dict[str, object]", data) if isinstance(data, dict) else {}
