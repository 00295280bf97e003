"""The rest of what an editor asks: lenses, highlights, hierarchy, notebooks, folders, settings, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from lsp.editor import editing, within
from lsp.test_session import CHILDREN, HINTS
from lsp.wire import wired

pytestmark = pytest.mark.asyncio


async def test_code_lens(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        lenses = await within(editor.client.text_document_code_lens_async(params))
        assert [(lens.range.start.line, lens.command.title) for lens in lenses] == [
            (3, "1 switch point"),
            (8, "no switch points"),
            (12, "1 switch point · 1 inline await"),
        ]


@pytest.mark.parametrize("settings", [{}, {"show": "off"}])
async def test_code_lenses_are_refreshed_where_nobody_looks_at_hints(tmp_path: Path, settings: dict[str, Any]) -> None:
    async with editing(tmp_path, configuration=False, settings=settings) as editor:
        library = editor.open("library.py", "async def work():\n    return 1\n")
        uri = editor.open("program.py", "from library import work\n\n\nasync def main():\n    await work()\n")
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))

        async def titles() -> list[str]:
            return [lens.command.title for lens in await within(editor.client.text_document_code_lens_async(params))]

        assert await titles() == ["no switch points · 1 inline await"]
        assert editor.lens_refreshes == 0
        editor.replace(library, "    return 1\n", "    import asyncio\n    await asyncio.sleep(1)\n")

        async def refreshed() -> bool:
            return editor.lens_refreshes > 0

        await editor.until(refreshed)
        assert await titles() == ["1 switch point"]


async def test_code_lens_says_where_a_task_is_started(tmp_path: Path) -> None:
    text = f"{CHILDREN}\n\nasync def starts():\n    await asyncio.gather(child(), asyncio.create_task(child()))\n"
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", text)
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        lenses = await within(editor.client.text_document_code_lens_async(params))
        titles = [lens.command.title for lens in lenses if lens.range.start.line == 3]
        assert titles == ["1 switch point · started as a task in 2 places"]
        assert "Started as a task at" in await editor.hover(uri, "async def child")


async def test_document_highlight(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)

        async def lit(on: str) -> list[int]:
            at = editor.position(uri, CHILDREN.index(on))
            params = types.DocumentHighlightParams(types.TextDocumentIdentifier(uri), at)
            found = await within(editor.client.text_document_document_highlight_async(params))
            return [each.range.start.line for each in found or ()]

        assert await lit("await quiet()") == [12, 13]
        assert await lit("async def child") == [3, 5]
        assert await lit("print") == []


async def test_call_hierarchy_along_suspension(tmp_path: Path) -> None:
    (tmp_path / "children.py").write_text(CHILDREN, encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        at = editor.position(uri, CHILDREN.index("async def parent"))
        params = types.CallHierarchyPrepareParams(types.TextDocumentIdentifier(uri), at)
        parent = (await within(editor.client.text_document_prepare_call_hierarchy_async(params)))[0]
        assert parent.name == "parent"
        down = types.CallHierarchyOutgoingCallsParams(parent)
        calls = await within(editor.client.call_hierarchy_outgoing_calls_async(down))
        assert [call.to.name for call in calls] == ["child"]
        assert [span.start.line for span in calls[0].from_ranges] == [13]
        up = types.CallHierarchyIncomingCallsParams(calls[0].to)
        callers = await within(editor.client.call_hierarchy_incoming_calls_async(up))
        assert [caller.from_.name for caller in callers] == ["parent"]


async def test_call_hierarchy_of_a_file_that_is_not_saved(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("new.py", CHILDREN)
        at = editor.position(uri, CHILDREN.index("async def child"))
        params = types.CallHierarchyPrepareParams(types.TextDocumentIdentifier(uri), at)
        [child] = await within(editor.client.text_document_prepare_call_hierarchy_async(params))
        up = types.CallHierarchyIncomingCallsParams(child)
        callers = await within(editor.client.call_hierarchy_incoming_calls_async(up))
        assert [caller.from_.name for caller in callers] == ["parent"]


# The token is the client's own, which its library does not expect.
@pytest.mark.filterwarnings("ignore:Unknown progress token")
async def test_call_hierarchy_leads_through_files_and_libraries(tmp_path: Path) -> None:
    """Up it asks every file, open or not, and says how far it is; down it leads into the standard library."""
    (tmp_path / "children.py").write_text(CHILDREN, encoding="utf-8")
    program = "import children\n\n\nasync def main():\n    await children.parent()\n    await children.quiet()\n"
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        at = editor.position(uri, CHILDREN.index("async def child"))
        params = types.CallHierarchyPrepareParams(types.TextDocumentIdentifier(uri), at)
        child = (await within(editor.client.text_document_prepare_call_hierarchy_async(params)))[0]
        up = types.CallHierarchyIncomingCallsParams(child, work_done_token="mine")
        [parent] = await within(editor.client.call_hierarchy_incoming_calls_async(up))
        assert [type(each).__name__ for each in editor.client.progress_reports["mine"]][:1] == ["WorkDoneProgressBegin"]
        assert editor.client.progress_reports["mine"][-1].kind == "end"
        further = types.CallHierarchyIncomingCallsParams(parent.from_)
        [main] = await within(editor.client.call_hierarchy_incoming_calls_async(further))
        assert (main.from_.name, main.from_.uri) == ("main", editor.uri("program.py"))
        assert [span.start.line for span in main.from_ranges] == [4]
        [sleep] = await within(
            editor.client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(child))
        )
        assert (sleep.to.name, sleep.to.uri.endswith("asyncio/tasks.py")) == ("sleep", True)
        assert await within(
            editor.client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(sleep.to))
        )


async def test_requests_of_our_own(tmp_path: Path) -> None:
    (tmp_path / "children.py").write_text(CHILDREN, encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        document = {"uri": uri}
        sites = await within(editor.client.protocol.send_request_async("switchpoint/sites", {"textDocument": document}))
        assert [(site["range"]["start"]["line"], site["verdict"]) for site in sites] == [
            (5, "may switch"),
            (13, "may switch"),
            (14, "inline"),
        ]
        at = {"textDocument": document, "position": {"line": 13, "character": 5}}
        chain = await within(editor.client.protocol.send_request_async("switchpoint/why", at))
        assert chain[0]["uri"] == uri
        assert chain[-1]["uri"].endswith("asyncio/tasks.py")


async def test_figures_for_a_status_item(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)

        async def told(*figures: object) -> None:
            async def there() -> bool:
                last = editor.status[-1] if editor.status else None
                return last is not None and (last.uri, last.inline, last.maySwitch, last.busy) == (uri, *figures)

            await editor.until(there)

        await told(1, 2, False)
        editor.replace(uri, "    await quiet()\n", "")
        await told(0, 2, False)


async def test_settings_are_pulled_and_change_live(tmp_path: Path) -> None:
    async with editing(tmp_path, settings={"show": "inline"}) as editor:
        uri = editor.open("children.py", CHILDREN)
        await editor.until_hints(uri, HINTS[2:])
        editor.client.set_configuration({"show": "mayswitch"}, section="switchpoint")
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        await editor.until_hints(uri, HINTS[:2])


async def test_settings_are_pushed(tmp_path: Path) -> None:
    async with editing(tmp_path, configuration=False, settings={"show": "inline"}) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS[2:]
        pushed: dict[str, Any] = {"switchpoint": {"show": "mayswitch"}}
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(pushed))
        await editor.until_hints(uri, HINTS[:2])


async def test_a_bad_value_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    async with editing(tmp_path, settings={"show": "inline", "exitHints": "sometimes"}) as editor:
        uri = editor.open("children.py", CHILDREN)
        await editor.until_hints(uri, HINTS[2:])
        told = [message.message for message in editor.client.messages]
        assert told
        assert all(
            "`exitHints` cannot be 'sometimes'; expected one of mayswitch, always, off." in each for each in told
        )


async def test_a_bad_value_is_told_where_settings_are_pushed(tmp_path: Path) -> None:
    async with editing(tmp_path, configuration=False) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        pushed = {"switchpoint": {"show": 3, "exclude": "x", "pythonVersion": "new", "eagerTasks": "yes"}}
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(pushed))

        async def told() -> bool:
            return len(editor.client.messages) >= 4

        await editor.until(told)
        said = " ".join(message.message for message in editor.client.messages)
        assert all(f"`{name}`" in said for name in ("show", "exclude", "pythonVersion", "eagerTasks")), said
        assert await editor.hints(uri) == HINTS


async def test_project_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.switchpoint]\nshow = "inline"\nnothing = 1\n', encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS[2:]
        assert any("there is no setting `nothing`" in message.message for message in editor.client.messages)


async def test_an_environment_that_is_not_there(tmp_path: Path) -> None:
    async with editing(tmp_path, settings={"python": "nowhere"}) as editor:
        uri = editor.open("children.py", CHILDREN)

        async def told() -> bool:
            return any("nowhere" in message.message for message in editor.client.messages)

        # The settings are pulled, and the hints may be there before they are.
        await editor.until(told)
        await editor.until_hints(uri, HINTS)


async def test_project_settings_change_on_disk(tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.switchpoint]\n", encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        project.write_text('[tool.switchpoint]\nshow = "inline"\n', encoding="utf-8")
        event = types.FileEvent(project.as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        await editor.until_hints(uri, HINTS[2:])


async def test_folders_have_their_own_settings(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    (folders[1] / "pyproject.toml").write_text('[tool.switchpoint]\nshow = "inline"\n', encoding="utf-8")
    async with editing(tmp_path, folders=folders) as editor:
        assert await editor.hints(editor.open("one/children.py", CHILDREN)) == HINTS
        assert await editor.hints(editor.open("two/children.py", CHILDREN)) == HINTS[2:]
        removed = types.WorkspaceFoldersChangeEvent(
            added=[], removed=[types.WorkspaceFolder(folders[1].as_uri(), "two")]
        )
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(removed))
        await editor.until_hints(editor.uri("two/children.py"), HINTS)


async def test_a_file_changed_on_disk(tmp_path: Path) -> None:
    library = tmp_path / "library.py"
    library.write_text("async def work():\n    return 1\n", encoding="utf-8")
    async with editing(tmp_path) as editor:
        uri = editor.open("program.py", "from library import work\n\n\nasync def main():\n    await work()\n")
        await editor.until_hints(uri, [("await work()", "inline")])
        library.write_text("import asyncio\n\n\nasync def work():\n    await asyncio.sleep(1)\n", encoding="utf-8")
        event = types.FileEvent(library.as_uri(), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        await editor.until_hints(uri, [("await work()", "may switch")])
        await editor.until_refresh(0)


async def test_an_unsaved_file_and_a_file_outside_of_every_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    async with editing(tmp_path, folders=[inside]) as editor:
        assert await editor.hints(editor.open("outside.py", CHILDREN)) == HINTS
        item = types.TextDocumentItem("untitled:Untitled-1", "python", 1, CHILDREN)
        editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        editor.texts[item.uri] = CHILDREN
        assert await editor.hints(item.uri) == HINTS


async def test_without_any_folder() -> None:
    with wired(None) as wire:
        item = {"uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": CHILDREN}
        wire.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        span = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        asked = {"textDocument": {"uri": item["uri"]}, "range": span}
        answer = wire.call(1, "textDocument/inlayHint", asked)
        assert [hint["label"] for hint in answer["result"]] == [shown for _, shown in HINTS]
