"""A session as people have it, in every way of counting columns and ending lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from lsp.editor import Editor, editing, within
from switchpoint.lsp.units import Encoding
from switchpoint.observer.store import Observed, SeenFile, SeenSite, content_hash, real, save

pytestmark = pytest.mark.asyncio

CHILDREN = """\
import asyncio


async def child():
    print("child start")
    await asyncio.sleep(0)


async def quiet():
    return 1


async def parent():
    await child()
    await quiet()
"""

HINTS = [
    ("await asyncio.sleep(0)", "may switch"),
    ("await child()", "may switch"),
    ("await quiet()", "inline"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_open_hints_resolve_hover_edit_close(tmp_path: Path, encoding: Encoding) -> None:
    async with editing(tmp_path, encoding=encoding) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        await resolved_leads_to_the_leaf(editor, uri)
        said = await editor.hover(uri, "await child()")
        assert said.startswith("switchpoint: **may switch** — `child()` ")
        assert "asyncio.sleep" in said.splitlines()[0]
        assert (await editor.hover(uri, "await quiet()")).startswith("switchpoint: **inline** — ")
        assert await editor.hover(uri, "print") == ""
        editor.replace(uri, "    return 1\n", "    await child()\n")
        await editor.until_hints(uri, [HINTS[0], HINTS[1], HINTS[1], ("await quiet()", "may switch")])
        await editor.until_refresh(0)
        editor.close(uri)
        assert await editor.raw_hints(uri) == []


async def resolved_leads_to_the_leaf(editor: Editor, uri: str) -> None:
    hint = (await editor.raw_hints(uri))[1]
    assert hint.tooltip is None
    found = await within(editor.client.inlay_hint_resolve_async(hint))
    assert isinstance(found.tooltip, types.MarkupContent)
    assert found.tooltip.value.startswith("switchpoint: **may switch**")
    assert found.position == hint.position
    assert isinstance(found.label, list | tuple)
    location = found.label[0].location
    assert location is not None
    assert location.uri.endswith("asyncio/tasks.py")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    "line",
    [
        pytest.param('    x = "😀𝒙é"; await quiet()', id="beyond the basic plane"),
        pytest.param('\tx = "\t"; await quiet()', id="tabs"),
        pytest.param("    数 = await quiet()", id="wide letters"),
    ],
)
async def test_columns(tmp_path: Path, encoding: Encoding, line: str) -> None:
    text = f"async def quiet():\n    return 1\n\n\nasync def main():\n{line}; y = 2\n"
    async with editing(tmp_path, encoding=encoding) as editor:
        uri = editor.open("columns.py", text)
        wanted = [(line.strip(), "inline")]
        assert await editor.hints(uri) == wanted
        assert (await editor.hover(uri, "await")).startswith("switchpoint: **inline**")
        editor.replace(uri, "await", "1; await")
        await editor.until_hints(uri, [(line.replace("await", "1; await").strip(), "inline")])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_line_ends(tmp_path: Path, end: str) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("ends.py", CHILDREN.replace("\n", end))
        assert await editor.hints(uri) == HINTS
        editor.replace(uri, "import asyncio", f"import os{end}import asyncio")
        assert await editor.hints(uri) == HINTS
        await editor.until_hints(uri, HINTS)


async def test_byte_order_mark(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("bom.py", "\ufeff" + CHILDREN)
        assert await editor.hints(uri) == HINTS


async def test_a_byte_order_mark_that_a_client_sends_counts_as_a_column(tmp_path: Path) -> None:
    """Of the first line alone; it is the client's own text that its columns are of."""
    first = "\ufeffasync def first(): s = '😀'; await first()"
    async with editing(tmp_path) as editor:
        uri = editor.open("bom.py", f"{first}\n{CHILDREN}")
        assert await editor.hints(uri) == [(first, "inline"), *HINTS]
        assert "**inline** — `first()` runs" in await editor.hover(uri, "await first")
        editor.replace(uri, "s = ", "some = ")
        assert (await editor.hints(uri))[0][0].endswith("await first()")


async def test_several_changes_at_once(tmp_path: Path) -> None:
    """Each counts in the text that the one before it left, a whole text among them."""
    async with editing(tmp_path) as editor:
        uri = editor.open("several.py", "")
        whole = types.TextDocumentContentChangeWholeDocument(text=CHILDREN)
        above, call = (
            types.TextDocumentContentChangePartial(
                range=types.Range(types.Position(*start), types.Position(*end)), text=text
            )
            for start, end, text in (((0, 0), (0, 0), "'😀'\n"), ((14, 10), (14, 15), "quiet"))
        )
        editor.texts[uri] = "'😀'\n" + CHILDREN.replace("await child", "await quiet")
        identifier = types.VersionedTextDocumentIdentifier(version=2, uri=uri)
        editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [whole, above, call]))
        await editor.until_hints(uri, [HINTS[0], HINTS[2], HINTS[2]])


async def test_whole_texts_instead_of_edits(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("whole.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        editor.rewrite(uri, "# new\n" + CHILDREN)
        assert await editor.hints(uri) == HINTS
        editor.rewrite(uri, CHILDREN.replace("    await child()\n", ""))
        await editor.until_hints(uri, [HINTS[0], HINTS[2]])


async def test_visible_lines_only(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        window = types.Range(types.Position(12, 0), types.Position(13, 5))
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), window)
        found = await within(editor.client.text_document_inlay_hint_async(params))
        assert [hint.position.line for hint in found] == [13]


async def test_what_was_observed_stands_in_the_hover(tmp_path: Path) -> None:
    """Only for the very text that ran, and anew when the observer has written again."""
    (tmp_path / "children.py").write_text(CHILDREN, encoding="utf-8", newline="")
    kept = tmp_path / ".switchpoint" / "observed.json"
    at = CHILDREN[: CHILDREN.index("await child()")].splitlines()
    site = SeenSite(len(at), len(at[-1]), "await", len(at), len(at[-1]) + len("await child()"), 1532, 4)
    save(kept, Observed(files={real(tmp_path / "children.py"): SeenFile(content_hash(CHILDREN.encode()), (site,))}))
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert "switched 4 of 1,532 times" in await editor.hover(uri, "await child()")
        editor.replace(uri, "import asyncio", "\nimport asyncio")
        assert "1,532" not in await editor.hover(uri, "await child()")
        editor.replace(uri, "\nimport asyncio", "import asyncio")
        kept.unlink()
        event = types.FileEvent(kept.as_uri(), types.FileChangeType.Deleted)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        assert "1,532" not in await editor.hover(uri, "await child()")


async def test_what_was_learned_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "cache"
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(kept))
    (tmp_path / "children.py").write_text(CHILDREN, encoding="utf-8", newline="")
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS

        async def written() -> bool:
            return any(path.is_file() for path in kept.rglob("*"))

        await editor.until(written)
