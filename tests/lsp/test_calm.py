"""Hints stand still while somebody types."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.editor import editing, within
from lsp.test_session import CHILDREN, HINTS

pytestmark = pytest.mark.asyncio


async def test_hints_follow_an_edit_at_once(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        for _ in range(20):
            editor.replace(uri, "import asyncio", "\nimport asyncio")
            assert await editor.hints(uri) == HINTS


async def test_no_refresh_when_no_verdict_changed(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        for text in ("a", "b", "c"):
            editor.replace(uri, "child start", f"child start {text}")
            await editor.hints(uri)
            # A hover is answered after what came before it was looked at.
            await editor.hover(uri, "await quiet()")
        await asyncio.sleep(0.3)
        assert editor.refreshes == 0


@pytest.mark.parametrize("saved", [True, False])
async def test_another_files_verdict_refreshes_this_one(tmp_path: Path, saved: bool) -> None:
    source = "async def work():\n    return 1\n"
    if saved:
        (tmp_path / "library.py").write_text(source, encoding="utf-8")
    async with editing(tmp_path) as editor:
        library = editor.open("library.py", source)
        text = "from library import work\n\n\nasync def main():\n    await work()\n"
        uri = editor.open("program.py", text)
        await editor.until_hints(uri, [("await work()", "inline")])
        refreshes = editor.refreshes
        editor.replace(library, "    return 1\n", "    import asyncio\n    await asyncio.sleep(1)\n")
        await editor.until_hints(uri, [("await work()", "may switch")])
        await editor.until_refresh(refreshes)


@pytest.mark.parametrize("half", ["    x = foo(\n", '    x = "\n', '    x = f"{\n', "    if x:\n", "<<<<<<< HEAD\n"])
async def test_half_typed_code_keeps_other_hints(tmp_path: Path, half: str) -> None:
    text = CHILDREN + "\n\nasync def typed():\n    x = 1\n    return x\n"
    async with editing(tmp_path) as editor:
        uri = editor.open("typed.py", text)
        assert await editor.hints(uri) == HINTS
        editor.replace(uri, "    x = 1\n", half)
        assert await editor.hints(uri) == HINTS
        await editor.hover(uri, "await child()")
        assert await editor.hints(uri) == HINTS
        editor.replace(uri, half, "    await quiet()\n")
        await editor.until_hints(uri, [*HINTS, ("await quiet()", "inline")])


async def test_a_half_typed_line_leaves_its_own_function_and_its_callers_calm(tmp_path: Path) -> None:
    """Neither the other hints of the function nor those of who awaits it change, for any of the keystrokes."""
    text = CHILDREN + "\n\nasync def typed():\n    await quiet()\n    #\n\n\nasync def caller():\n    await typed()\n"
    wanted = [*HINTS, ("await quiet()", "inline"), ("await typed()", "inline")]
    async with editing(tmp_path) as editor:
        uri = editor.open("typed.py", text)
        assert await editor.hints(uri) == wanted
        for char in 'if len([str({"a": 1})]) == 1: print(f"{text!r:>10}")':
            editor.replace(uri, "#", f"{char}#")
            assert await editor.hints(uri) == wanted
            # A hover is answered after what came before it was looked at.
            assert "inline" in await editor.hover(uri, "await typed()")
            assert await editor.hints(uri) == wanted
        assert editor.refreshes == 0


async def test_typing_a_function_character_by_character(tmp_path: Path) -> None:
    addition = (
        "\n\nasync def typed(a):\n    x = await quiet()\n    for y in (1, [2]):\n        await child()\n    return x\n"
    )
    async with editing(tmp_path) as editor:
        uri = editor.open("typed.py", CHILDREN + "#")
        assert await editor.hints(uri) == HINTS
        for char in addition:
            editor.replace(uri, "#", f"{char}#")
            assert (await editor.hints(uri))[:3] == HINTS
        await editor.until_hints(uri, [*HINTS, ("x = await quiet()", "inline"), ("await child()", "may switch")])


async def test_a_client_that_cannot_refresh_gets_final_hints(tmp_path: Path) -> None:
    async with editing(tmp_path, refresh=False) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        editor.replace(uri, "    return 1\n", "    await child()\n")
        changed = [HINTS[0], HINTS[1], HINTS[1], ("await quiet()", "may switch")]
        assert await editor.hints(uri) == changed
        assert editor.refreshes == 0


async def test_a_client_that_cannot_resolve_or_read_markdown(tmp_path: Path) -> None:
    async with editing(tmp_path, resolve=False, markdown=False) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        hint = (await editor.raw_hints(uri))[0]
        assert isinstance(hint.label, str)
        assert hint.data is None
        assert (await within(editor.client.inlay_hint_resolve_async(hint))).label == hint.label
        assert (await editor.hover(uri, "await child()")).startswith("switchpoint: may switch — child() ")


async def test_a_long_first_analysis_shows_where_hints_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called inline before it is proved; the first hints come before that, if proving takes long."""
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    calls = "\n".join(f"async def call{n}():\n    await asyncio.sleep(0)\n    await quiet()\n" for n in range(300))
    async with editing(tmp_path) as editor:
        editor.hasty = True
        uri = editor.open("many.py", f"import asyncio\nimport http.client\n\n\nasync def quiet(): ...\n\n{calls}")
        refreshes = editor.refreshes
        first = shown = [label for _, label in await editor.hints(uri)]
        assert len(first) == 600
        assert all(label == "may switch" for label in first[::2])
        # It asks again only when it is told to: what is not final yet must not be the last that it hears.
        while shown != ["may switch", "inline"] * 300:
            await editor.until_refresh(refreshes)
            refreshes = editor.refreshes
            shown = [label for _, label in await editor.hints(uri)]


async def test_the_first_hints_wait_for_no_other_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors ask for lenses and highlights as soon as a document is opened; those need the whole analysis."""
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    calls = "\n".join(f"async def call{n}():\n    await asyncio.sleep(0)\n" for n in range(300))
    async with editing(tmp_path) as editor:
        editor.hasty = True
        uri = editor.open("many.py", f"import asyncio\n\n\n{calls}")
        order: list[str] = []

        async def lenses() -> None:
            document = types.TextDocumentIdentifier(uri)
            await within(editor.client.text_document_code_lens_async(types.CodeLensParams(document)))
            order.append("lenses")

        async def hints() -> None:
            assert len(await editor.hints(uri)) == 300
            order.append("hints")

        await asyncio.gather(lenses(), hints())
        assert order == ["hints", "lenses"]
