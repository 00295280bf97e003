"""Notebooks: the cells of one are one module, whatever happens to them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.editor import EVERYTHING, Editor, editing, label, within
from switchpoint.lsp.units import Encoding

pytestmark = pytest.mark.asyncio

CELLS = ["import asyncio", "async def quiet():\n    return 1", "await quiet()", "%time\nawait asyncio.sleep(0)\n"]


async def test_a_notebook_is_one_module(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = open_notebook(editor, notebook, CELLS)
        assert await editor.hints(uris[2]) == [("await quiet()", "inline")]
        assert await editor.hints(uris[3]) == [("await asyncio.sleep(0)", "may switch")]
        assert await editor.hints(uris[0]) == []
        assert (await editor.hover(uris[2], "await")).startswith("switchpoint: **inline**")
        change_cell(editor, notebook, uris[1], "    return 1", "    await asyncio.sleep(0)")
        await editor.until_hints(uris[2], [("await quiet()", "may switch")])
        remove_cell(editor, notebook, uris[0])
        assert await editor.hints(uris[1]) == [("await asyncio.sleep(0)", "may switch")]


def open_notebook(editor: Editor, notebook: str, cells: list[str]) -> list[str]:
    uris = [f"vscode-notebook-cell:{notebook.removeprefix('file:')}#{number}" for number in range(len(cells))]
    items = [types.TextDocumentItem(uri, "python", 1, text) for uri, text in zip(uris, cells, strict=True)]
    editor.texts |= dict(zip(uris, cells, strict=True))
    document = types.NotebookDocument(
        notebook, "jupyter-notebook", 1, [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris]
    )
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(document, items))
    return uris


def change_cell(editor: Editor, notebook: str, uri: str, old: str, new: str) -> None:
    text = editor.texts[uri]
    start = text.index(old)
    span = types.Range(editor.position(uri, start), editor.position(uri, start + len(old)))
    editor.texts[uri] = text.replace(old, new)
    content = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, uri), [types.TextDocumentContentChangePartial(range=span, text=new)]
    )
    tell(editor, notebook, types.NotebookDocumentCellChanges(text_content=[content]))


async def test_cells_are_added_moved_and_replaced(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = open_notebook(editor, notebook, ["import asyncio", "await quiet()"])
        assert await editor.hints(uris[1]) == [("await quiet()", "may switch")]
        added = add_cell(editor, notebook, 1, "x = '😀'; await asyncio.sleep(0)\nasync def quiet(): ...")
        assert await editor.hints(added) == [("x = '😀'; await asyncio.sleep(0)", "may switch")]
        await editor.until_hints(uris[1], [("await quiet()", "inline")])
        # Moved below its use: it is another cell in another place, for a notebook runs from top to bottom.
        splice(editor, notebook, (1, 2), [uris[1], added])
        assert await editor.hints(added) == [("x = '😀'; await asyncio.sleep(0)", "may switch")]
        splice(editor, notebook, (0, 3), [uris[0], added, uris[1]])
        await editor.until_hints(uris[1], [("await quiet()", "inline")])
        splice(editor, notebook, (0, 3), [])
        assert await editor.hints(uris[1]) == []


async def test_a_cell_that_is_added_refreshes_the_others(tmp_path: Path) -> None:
    """Their own text is as it was, so that nobody asks for their hints again without being told."""
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = open_notebook(editor, notebook, ["x = 1", "await quiet()"])
        assert await editor.hints(uris[1]) == [("await quiet()", "may switch")]
        refreshes = editor.refreshes
        add_cell(editor, notebook, 1, "async def quiet(): ...")
        await editor.until_refresh(refreshes)
        assert await editor.hints(uris[1]) == [("await quiet()", "inline")]
        refreshes = editor.refreshes
        splice(editor, notebook, (1, 1), [])
        await editor.until_refresh(refreshes)
        assert await editor.hints(uris[1]) == [("await quiet()", "may switch")]


@pytest.mark.parametrize("then", ["edit", "add", "move"])
async def test_a_cell_that_waits_for_its_hints_has_them_whatever_happens_to_others(tmp_path: Path, then: str) -> None:
    """Nobody asks again for a cell whose text is as it was."""
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = open_notebook(editor, notebook, ["x = 1", "import asyncio\nawait asyncio.sleep(0)"])
        params = types.InlayHintParams(types.TextDocumentIdentifier(uris[1]), EVERYTHING)
        asked = asyncio.wrap_future(editor.client.protocol.send_request(types.TEXT_DOCUMENT_INLAY_HINT, params))
        match then:
            case "edit":
                change_cell(editor, notebook, uris[0], "x = 1", "x = 1\n\ny = 2")
            case "add":
                add_cell(editor, notebook, 1, "y = 2\n\n")
            case _:
                splice(editor, notebook, (0, 2), [uris[1], uris[0]])
        assert [(hint.position.line, label(hint)) for hint in await within(asked)] == [(1, "may switch")]


async def test_cells_of_other_languages_and_broken_ones(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = [f"{notebook}#{number}" for number in range(4)]
        kinds = [("markdown", "# await nothing()"), ("sql", "await x"), ("python", "await ("), ("python", CELLS[1])]
        cells = [
            types.NotebookCell(
                types.NotebookCellKind.Markup if language == "markdown" else types.NotebookCellKind.Code, uri
            )
            for uri, (language, _) in zip(uris, kinds, strict=True)
        ]
        items = [types.TextDocumentItem(uri, *kind[:1], 1, kind[1]) for uri, kind in zip(uris, kinds, strict=True)]
        editor.texts |= {item.uri: item.text for item in items[2:]}
        document = types.NotebookDocument(notebook, "jupyter-notebook", 1, cells)
        editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(document, items))
        for uri in uris[:2]:
            assert await editor.raw_hints(uri) == []
        change_cell(editor, notebook, uris[3], "    return 1", "    return await quiet()")
        await editor.until_hints(uris[3], [("return await quiet()", "inline")])
        editor.client.notebook_document_did_close(
            types.DidCloseNotebookDocumentParams(
                types.NotebookDocumentIdentifier(notebook), [types.TextDocumentIdentifier(uri) for uri in uris]
            )
        )
        assert await editor.raw_hints(uris[3]) == []


async def test_lenses_stay_in_their_cells(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        notebook = (tmp_path / "n.ipynb").as_uri()
        uris = open_notebook(editor, notebook, CELLS)
        params = types.CodeLensParams(types.TextDocumentIdentifier(uris[1]))
        assert [lens.range.start.line for lens in await editor.client.text_document_code_lens_async(params)] == [0]
        params = types.CodeLensParams(types.TextDocumentIdentifier(uris[2]))
        assert not await editor.client.text_document_code_lens_async(params)


IMPORT = "import asyncio\nasync def f():\n    await asyncio.sleep(0)"
ACTIONS = {
    "in a cell of its own": ("Run as a task", "await", ["await f()"], ["task = asyncio.create_task(f())"]),
    "units and magics": (
        "Run as a task",
        "await f",
        ["%time\nx = '😀'; await f()\n!ls"],
        ["%time\nx = '😀'; task = asyncio.create_task(f())\n!ls"],
    ),
    "last line of a cell": (
        "Await inline",
        "create",
        ["async def g():\n    t = asyncio.create_task(f())\n    await t", "x = 1"],
        ["async def g():\n    await f()", "x = 1"],
    ),
    "at the top of a cell": (
        "Await inline",
        "create",
        ["!ls\nt = asyncio.create_task(f())\nprint(1)\nawait t\n", "x = 1"],
        ["!ls\nawait f()\nprint(1)\n", "x = 1"],
    ),
    "several cells": (
        "Make this a plain function",
        "async",
        ["async def _one(): return 1", "s = '😀', await _one()\n%time\nawait _one()", "await _one()"],
        ["def _one(): return 1", "s = '😀', _one()\n%time\n_one()", "_one()"],
    ),
}


@pytest.mark.parametrize("case", list(ACTIONS))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_actions_edit_the_right_cells(tmp_path: Path, case: str, encoding: Encoding) -> None:
    title, at, cells, wanted = ACTIONS[case]
    async with editing(tmp_path, encoding=encoding) as editor:
        uris = open_notebook(editor, (tmp_path / "n.ipynb").as_uri(), [IMPORT, *cells])
        action = await action_at(editor, uris[1], at, title)
        assert action.disabled is None
        assert action.edit is not None
        assert action.edit.changes is not None
        assert set(action.edit.changes) <= set(uris[1:])
        for uri, edits in action.edit.changes.items():
            for edit in sorted(edits, key=lambda edit: -edit.range.start.line * 1000 - edit.range.start.character):
                apply(editor, uri, edit)
        assert [editor.texts[uri] for uri in uris[1:]] == wanted


async def test_a_task_of_another_cell_is_not_awaited_inline(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        cells = [IMPORT, "t = asyncio.create_task(f())\nawait t", "t"]
        uris = open_notebook(editor, (tmp_path / "n.ipynb").as_uri(), cells)
        action = await action_at(editor, uris[1], "create", "Await inline")
        assert action.edit is None
        assert action.disabled is not None
        assert "another cell" in action.disabled.reason


async def action_at(editor: Editor, uri: str, at: str, title: str) -> types.CodeAction:
    place = editor.position(uri, editor.texts[uri].index(at) + 1)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri), types.Range(place, place), types.CodeActionContext([])
    )
    found = await within(editor.client.text_document_code_action_async(params))
    [action] = [each for each in found or () if each.title == title]
    return action


def apply(editor: Editor, uri: str, edit: types.TextEdit) -> None:
    """An edit must lie inside its cell: what is beyond has no offset."""
    start, end = editor.offset(uri, edit.range.start), editor.offset(uri, edit.range.end)
    editor.texts[uri] = editor.texts[uri][:start] + edit.new_text + editor.texts[uri][end:]


def add_cell(editor: Editor, notebook: str, start: int, text: str) -> str:
    uri = f"{notebook}#added"
    editor.texts[uri] = text
    splice(editor, notebook, (start, 0), [uri], types.TextDocumentItem(uri, "python", 1, text))
    return uri


def splice(
    editor: Editor, notebook: str, where: tuple[int, int], uris: list[str], *opened: types.TextDocumentItem
) -> None:
    """Replace so many cells from one on by others."""
    cells = [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris]
    array = types.NotebookCellArrayChange(start=where[0], delete_count=where[1], cells=cells)
    structure = types.NotebookDocumentCellChangeStructure(array, did_open=list(opened), did_close=[])
    tell(editor, notebook, types.NotebookDocumentCellChanges(structure=structure))


def remove_cell(editor: Editor, notebook: str, uri: str) -> None:
    array = types.NotebookCellArrayChange(start=0, delete_count=1, cells=[])
    closed = [types.TextDocumentIdentifier(uri)]
    structure = types.NotebookDocumentCellChangeStructure(array, did_open=[], did_close=closed)
    tell(editor, notebook, types.NotebookDocumentCellChanges(structure=structure))


def tell(editor: Editor, notebook: str, cells: types.NotebookDocumentCellChanges) -> None:
    if cells.structure is not None:
        # Other cells are another module, of which everything is found anew.
        editor.analysed.clear()
    identifier = types.VersionedNotebookDocumentIdentifier(2, notebook)
    change = types.NotebookDocumentChangeEvent(cells=cells)
    editor.client.notebook_document_did_change(types.DidChangeNotebookDocumentParams(identifier, change))
