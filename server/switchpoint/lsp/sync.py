"""Documents and notebooks: what the editor opens, edits and closes.

In: notifications. Out: calls on the session, in code points. This module must not know features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from switchpoint.lsp.modules import Module, cell_lines, open_file, open_notebook, set_cells
from switchpoint.lsp.pages import to_edit
from switchpoint.lsp.paths import module_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from switchpoint.features.edits import Edit
    from switchpoint.lsp.front import Front
    from switchpoint.lsp.pages import Page

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage(language="python")]),
    ],
    save=False,
)


def register_sync(front: Front) -> None:
    """Register the handlers of this module."""
    front.on(types.TEXT_DOCUMENT_DID_OPEN, did_open)
    front.on(types.TEXT_DOCUMENT_DID_CHANGE, did_change)
    front.on(types.TEXT_DOCUMENT_DID_CLOSE, did_close)
    front.on(types.NOTEBOOK_DOCUMENT_DID_OPEN, notebook_did_open)
    front.on(types.NOTEBOOK_DOCUMENT_DID_CHANGE, notebook_did_change)
    front.on(types.NOTEBOOK_DOCUMENT_DID_CLOSE, notebook_did_close)


def did_open(front: Front, params: types.DidOpenTextDocumentParams) -> None:
    item = params.text_document
    front.session.open(open_file(item.uri, _path(front, item.uri), 0, item.text))


def did_change(front: Front, params: types.DidChangeTextDocumentParams) -> None:
    page = front.session.page_of(params.text_document.uri)
    if page is not None:
        front.session.change(page, _edits(front, page, params.text_document.uri, params.content_changes))


def did_close(front: Front, params: types.DidCloseTextDocumentParams) -> None:
    front.session.shut(params.text_document.uri)


def notebook_did_open(front: Front, params: types.DidOpenNotebookDocumentParams) -> None:
    notebook = params.notebook_document
    texts = {item.uri: item.text for item in params.cell_text_documents if item.language_id == "python"}
    order = [cell.document for cell in notebook.cells if cell.kind == types.NotebookCellKind.Code]
    cells = [(uri, texts[uri]) for uri in order if uri in texts]
    front.session.open(open_notebook(notebook.uri, _path(front, notebook.uri), 0, cells))


def notebook_did_change(front: Front, params: types.DidChangeNotebookDocumentParams) -> None:
    page = front.session.pages.get(params.notebook_document.uri)
    changes = params.change.cells
    if page is None or changes is None:
        return
    if changes.structure is not None:
        _restructure(page.module, changes.structure)
        front.session.open(page.module)
        page = front.session.pages[page.module.key]
    for content in changes.text_content or ():
        front.session.change(page, _edits(front, page, content.document.uri, content.changes))


def notebook_did_close(front: Front, params: types.DidCloseNotebookDocumentParams) -> None:
    front.session.shut(params.notebook_document.uri)


def _path(front: Front, uri: str) -> str:
    return module_path(uri, list(front.configuration.folders.values()))


def _edits(
    front: Front, page: Page, uri: str, changes: Sequence[types.TextDocumentContentChangeEvent]
) -> Iterator[Edit]:
    """Lazily, since each change counts in the text that the one before it left."""
    for change in changes:
        cell = page.module.cell(uri)
        edit = to_edit(page.module, cell, change, front.session.client.encoding) if cell else None
        if edit is not None:
            yield edit


def _restructure(module: Module, change: types.NotebookDocumentCellChangeStructure) -> None:
    """Put the cells in their new order: `start` and `delete_count` count the cells that we were told of."""
    own = {cell.uri: module.lines[cell.first : cell.first + cell.count] for cell in module.cells}
    own |= {item.uri: cell_lines(item.text) for item in change.did_open or () if item.language_id == "python"}
    uris = [cell.uri for cell in module.cells]
    start, end = change.array.start, change.array.start + change.array.delete_count
    new = [cell.document for cell in change.array.cells or ()]
    order = [*uris[:start], *new, *uris[end:]]
    set_cells(module, [(uri, own[uri]) for uri in order if uri in own])
