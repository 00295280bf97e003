"""Code actions: decode, ask, and offer what the client can do with them.

In: requests, and the worker's proposals. Out: code actions. This module must not know how a refactoring is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from switchpoint.lsp.messages import ActionsAt
from switchpoint.lsp.pages import to_place
from switchpoint.lsp.protocol import Raw

if TYPE_CHECKING:
    from switchpoint.lsp.front import Front, Steps

KIND = types.CodeActionKind.RefactorRewrite.value
ANNOTATION = "switchpoint"

Json = dict[str, Any]


def register_actions(front: Front) -> None:
    """Register the handlers of this module."""
    options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.RefactorRewrite])
    front.on(types.TEXT_DOCUMENT_CODE_ACTION, code_action, options)


def code_action(front: Front, params: types.CodeActionParams) -> Steps:
    """What can be done where the selection begins; what cannot, with its reason, if the client shows that."""
    document = front.document(params.text_document.uri)
    able = front.server.client_capabilities
    kinds = able.text_document.code_action if able.text_document else None
    if document is None or kinds is None or not kinds.code_action_literal_support or not _is_asked_for(params.context):
        return None
    page, cell = document
    line, col = to_place(page.module, cell, params.range.start, front.session.client.encoding)
    found = cast("list[Json]", (yield from front.ask(ActionsAt(page.module.key, page.module.version, line, col))))
    offered = [each for each in found if not each["against"] or kinds.disabled_support]
    previewable = _can_preview(able.workspace)
    return Raw([_action(each, previewable=previewable) for each in offered])


def _is_asked_for(context: types.CodeActionContext) -> bool:
    """A kind asks for all that are below it."""
    only = [str(getattr(kind, "value", kind)) for kind in context.only or ()]
    return context.only is None or any(kind in ("", KIND) or KIND.startswith(kind + ".") for kind in only)


def _can_preview(workspace: types.WorkspaceClientCapabilities | None) -> bool:
    edit = workspace.workspace_edit if workspace else None
    return bool(edit and edit.document_changes and edit.change_annotation_support)


def _action(proposal: Json, *, previewable: bool) -> Json:
    action: Json = {"title": proposal["title"], "kind": KIND}
    if proposal["against"]:
        return {**action, "disabled": {"reason": proposal["against"]}}
    by_uri: dict[str, list[Json]] = {}
    for edit in cast("list[Json]", proposal["edits"]):
        by_uri.setdefault(edit["uri"], []).append({"range": edit["range"], "newText": edit["newText"]})
    if previewable and len(by_uri) > 1:
        return {**action, "edit": _confirmed(by_uri, proposal["title"])}
    return {**action, "edit": {"changes": by_uri}}


def _confirmed(by_uri: dict[str, list[Json]], title: str) -> Json:
    """Edits of several documents, shown before they are made."""
    changes = [
        {
            "textDocument": {"uri": uri, "version": None},
            "edits": [{**edit, "annotationId": ANNOTATION} for edit in edits],
        }
        for uri, edits in by_uri.items()
    ]
    return {"documentChanges": changes, "changeAnnotations": {ANNOTATION: {"label": title, "needsConfirmation": True}}}
