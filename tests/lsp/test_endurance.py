"""Huge files, long sessions and sudden ends: who waits, what stays behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import LONGEST, Editor, editing, label
from lsp.test_never_stuck import living_workers_of, server_process, workers_of
from lsp.test_session import CHILDREN, HINTS
from lsp.wire import wired

HUGE_LINES = 50_000
BLOCK = "async def f{0}(x):\n    await asyncio.sleep(x)\n    return [\n{1}    ]\n"
DATA = "".join(f"        {number},\n" for number in range(96))
HUGE = "import asyncio\n" + "".join(BLOCK.format(number, DATA) for number in range(HUGE_LINES // 100))


@pytest.mark.asyncio
async def test_a_huge_file_holds_up_nobody(tmp_path: Path) -> None:
    assert HUGE.count("\n") > HUGE_LINES - 1
    async with editing(tmp_path) as editor:
        # Both at once: however slowly this process runs, the huge one is not done before the small one is there.
        huge, small = editor.open("huge.py", HUGE), editor.open("children.py", CHILDREN)
        waiting = asyncio.ensure_future(editor.raw_hints(huge))
        assert await editor.raw_hints(editor.uri("closed.py")) == []
        assert await editor.hints(small) == HINTS
        assert not waiting.done()
        assert len(await waiting) == HUGE_LINES // 100
        editor.replace(huge, "await asyncio.sleep(x)", "await f1(x)")
        assert len(await editor.raw_hints(huge)) == HUGE_LINES // 100
        assert (await editor.hover(huge, "await f1(x)")).startswith("switchpoint: **may switch**")


@pytest.mark.asyncio
async def test_a_huge_file_that_is_closed_is_not_waited_for(tmp_path: Path) -> None:
    async with editing(tmp_path, refresh=False) as editor:
        editor.hasty = True
        huge = editor.open("huge.py", HUGE)
        waiting = asyncio.ensure_future(editor.raw_hints(huge))
        await editor.raw_hints(editor.uri("closed.py"))
        editor.close(huge)
        with pytest.raises(JsonRpcException):
            await waiting
        assert await editor.hints(editor.open("children.py", CHILDREN)) == HINTS


@pytest.mark.asyncio
async def test_long_work_shows_its_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    """Cancelled, it leaves the hints as they are until the next edit. The client is one that has to wait for them."""
    async with editing(tmp_path, refresh=False) as editor:
        editor.hasty = True
        huge = editor.open("huge.py", HUGE)
        waiting = asyncio.ensure_future(editor.raw_hints(huge))
        token = await begun(editor)
        editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        assert all(label(hint) == "may switch" for hint in await waiting)
        await ended(editor, token)
        editor.replace(huge, "import asyncio", "import asyncio ")
        assert len(await editor.raw_hints(huge)) == HUGE_LINES // 100
        for other in list(editor.client.progress_reports):
            await ended(editor, other)


async def begun(editor: Editor) -> types.ProgressToken:
    """The token of the first work that shows its progress."""

    async def there() -> bool:
        return any(editor.client.progress_reports.values())

    await editor.until(there)
    [(token, [begin, *_])] = editor.client.progress_reports.items()
    assert isinstance(begin, types.WorkDoneProgressBegin)
    assert (begin.title, begin.cancellable) == ("switchpoint: reading the workspace", True)
    return token


async def ended(editor: Editor, token: types.ProgressToken) -> None:
    async def there() -> bool:
        return isinstance(editor.client.progress_reports[token][-1], types.WorkDoneProgressEnd)

    await editor.until(there)


def test_shutdown_while_everything_is_asked(tmp_path: Path) -> None:
    """Each request has its answer, `shutdown` too, and nothing is left."""
    with wired(tmp_path.as_uri()) as wire:
        workers = workers_of(wire.process.pid)
        item = {"uri": (tmp_path / "huge.py").as_uri(), "languageId": "python", "version": 1, "text": HUGE}
        wire.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        asked = {"textDocument": {"uri": item["uri"]}, "position": {"line": 2, "character": 4}}
        methods = ("hover", "documentHighlight", "codeLens", "inlayHint")
        whole = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}}
        for number in range(1, 41):
            method = f"textDocument/{methods[number % len(methods)]}"
            wire.send({"id": number, "method": method, "params": {**asked, **whole}})
        wire.send({"id": 41, "method": "shutdown"})
        wire.send({"method": "exit"})
        answered = {message["id"] for message in wire.messages() if "method" not in message}
        assert answered >= set(range(1, 42))
        assert wire.process.wait(LONGEST) == 0
    for worker in workers:
        assert not Path(f"/proc/{worker}").exists()


@pytest.mark.asyncio
async def test_memory_is_flat_over_a_thousand_files_opened_and_closed(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        await cycles(editor, 200)
        before = memory(editor)
        await cycles(editor, 800)
        after = memory(editor)
    assert after < before * 1.15, f"{before} kB became {after} kB"


async def cycles(editor: Editor, count: int) -> None:
    """Open, ask, edit, ask and close, under ever the same twenty names but with ever other texts."""
    for number in range(count):
        uri = editor.open(f"file{number % 20}.py", f"# {number}\n{CHILDREN}")
        if number % 20 == 0:
            assert await editor.hints(uri) == HINTS
            editor.replace(uri, "    return 1\n", f"    return {number}\n")
            assert await editor.hints(uri) == HINTS
        editor.close(uri)
    # A hover is answered after what came before it was looked at.
    uri = editor.open("last.py", CHILDREN)
    await editor.hover(uri, "await child()")
    editor.close(uri)


def memory(editor: Editor) -> int:
    """What the server and its worker hold, in kilobytes."""
    server = server_process(editor)
    return sum(resident(process) for process in (server, *living_workers_of(server)))


def resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
