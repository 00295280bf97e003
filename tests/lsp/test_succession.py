"""A worker that has learned much hands over to a new one, which needs a fraction of its memory. Nobody notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from lsp.editor import Editor, editing
from lsp.test_never_stuck import living_workers_of, server_process
from lsp.test_session import CHILDREN, HINTS

LEARNED = """import asyncio


async def learn():
    await asyncio.open_connection("host", 1)
    await asyncio.start_server(print, "host", 1)
    await asyncio.create_subprocess_exec("program")
"""


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))


async def until_succeeded(editor: Editor, before: set[int]) -> None:
    server = server_process(editor)

    async def succeeded() -> bool:
        now = living_workers_of(server)
        return bool(now) and not now & before

    await editor.until(succeeded)


@pytest.mark.asyncio
async def test_the_hints_and_answers_stay(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        before = living_workers_of(server_process(editor))
        uri = editor.open("children.py", CHILDREN)
        learned = editor.open("learned.py", LEARNED)
        assert await editor.hints(uri) == HINTS
        shown = await editor.hints(learned)
        refreshes = editor.refreshes
        await until_succeeded(editor, before)
        assert await editor.hints(learned) == shown
        assert "switchpoint" in await editor.hover(uri, "await child()")
        assert editor.refreshes == refreshes
        editor.replace(uri, "    return 1\n", "    await child()\n")
        await editor.until_hints(uri, [HINTS[0], HINTS[1], HINTS[1], ("await quiet()", "may switch")])
        assert await editor.hints(learned) == shown


@pytest.mark.asyncio
async def test_edits_on_the_way_are_not_lost(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        before = living_workers_of(server_process(editor))
        learned = editor.open("learned.py", LEARNED)
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        await editor.hints(learned)
        await until_succeeded(editor, before)
        # The new one is still loading.
        for _ in range(10):
            editor.replace(uri, "import asyncio", "\nimport asyncio")
            assert await editor.hints(uri) == HINTS
        editor.replace(uri, "    return 1\n", "    await child()\n")
        await editor.until_hints(uri, [HINTS[0], HINTS[1], HINTS[1], ("await quiet()", "may switch")])


@pytest.mark.asyncio
async def test_a_successor_that_dies_is_replaced(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        before = living_workers_of(server_process(editor))
        learned = editor.open("learned.py", LEARNED)
        shown = await editor.hints(learned)
        await until_succeeded(editor, before)
        for worker in (second := living_workers_of(server_process(editor))):
            os.kill(worker, signal.SIGKILL)
        await until_succeeded(editor, before | second)
        assert await editor.hints(learned) == shown
