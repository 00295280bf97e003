"""Many requests, cancelled ones, stale ones, and processes that die."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import CONTENT_MODIFIED, EVERYTHING, LONGEST, Editor, editing, within
from lsp.test_session import CHILDREN, HINTS
from lsp.wire import wired
from switchpoint.lsp.server import create_server
from switchpoint.lsp.session import MOST_RESTARTS

REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803
INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601


@pytest.mark.asyncio
async def test_forty_requests_at_once(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        document = types.TextDocumentIdentifier(uri)
        at = editor.position(uri, CHILDREN.index("await child()"))
        asked = [
            request
            for _ in range(10)
            for request in (
                editor.client.text_document_inlay_hint_async(types.InlayHintParams(document, EVERYTHING)),
                editor.client.text_document_hover_async(types.HoverParams(document, at)),
                editor.client.text_document_code_lens_async(types.CodeLensParams(document)),
                editor.client.text_document_document_highlight_async(types.DocumentHighlightParams(document, at)),
            )
        ]
        answers = await within(asyncio.gather(*asked))
        assert all(answers)
        assert answers[0] == answers[36]


@pytest.mark.asyncio
async def test_cancelled_requests_are_answered_and_leave_the_rest(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        at = editor.position(uri, CHILDREN.index("await child()"))
        params = types.HoverParams(types.TextDocumentIdentifier(uri), at)
        futures = [editor.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, params, msg_id=n) for n in range(40)]
        for number in range(0, 40, 2):
            editor.client.cancel_request(types.CancelParams(id=number))
        answers = [await outcome(future) for future in futures]
        assert all(answer in ("answered", REQUEST_CANCELLED) for answer in answers)
        assert [answers[number] for number in range(1, 40, 2)] == ["answered"] * 20
        assert await editor.hints(uri) == HINTS


@pytest.mark.asyncio
async def test_a_request_for_a_gone_revision_is_not_computed(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        at = editor.position(uri, CHILDREN.index("await child()"))
        params = types.HoverParams(types.TextDocumentIdentifier(uri), at)
        asked = editor.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, params)
        editor.replace(uri, "import asyncio", "\nimport asyncio")
        assert await outcome(asked) in ("answered", CONTENT_MODIFIED)
        assert await editor.hints(uri) == HINTS


@pytest.mark.asyncio
async def test_hints_of_a_gone_revision_say_so(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), EVERYTHING)
        asked = editor.client.protocol.send_request(types.TEXT_DOCUMENT_INLAY_HINT, params)
        editor.replace(uri, "import asyncio", "\nimport asyncio")
        assert await outcome(asked) in ("answered", CONTENT_MODIFIED)
        await editor.until_hints(uri, HINTS)


@pytest.mark.asyncio
async def test_a_thousand_files_opened_and_closed(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        for number in range(1000):
            uri = editor.open("children.py", f"# {number}\n{CHILDREN}")
            if number % 100 == 0:
                assert await editor.hints(uri) == HINTS
            editor.close(uri)
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS


@pytest.mark.asyncio
async def test_keystrokes_leave_nothing_behind() -> None:
    server, session = create_server()
    document = types.VersionedTextDocumentIdentifier(version=1, uri="file:///nothing.py")
    try:
        for _ in range(10):
            change = types.DidChangeTextDocumentParams(document, [])
            server.protocol._handle_notification(types.TEXT_DOCUMENT_DID_CHANGE, change)
        await asyncio.sleep(0)
        assert server.protocol._request_futures == {}
    finally:
        session.close()


@pytest.mark.asyncio
async def test_the_analysis_comes_back_when_it_dies(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        for worker in workers_of(server_process(editor)):
            os.kill(worker, signal.SIGKILL)
        editor.replace(uri, "    return 1\n", "    await child()\n")
        await editor.until_hints(uri, [HINTS[0], HINTS[1], HINTS[1], ("await quiet()", "may switch")])
        assert "switchpoint" in await editor.hover(uri, "await child()")


@pytest.mark.asyncio
async def test_an_analysis_that_dies_again_and_again_is_given_up_and_says_so(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("children.py", CHILDREN)
        assert await editor.hints(uri) == HINTS
        server = server_process(editor)
        killed: set[int] = set()

        async def is_up() -> bool:
            return bool(living_workers_of(server) - killed)

        for _ in range(MOST_RESTARTS + 1):
            # Between two workers there is none: who kills then kills nobody.
            await editor.until(is_up)
            for worker in living_workers_of(server) - killed:
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))

        async def is_given_up() -> bool:
            asked = editor.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, params)
            return await outcome(asked) == REQUEST_FAILED

        await editor.until(is_given_up)
        assert await editor.hints(uri) == HINTS


@pytest.mark.parametrize("then", ["close", "open"])
def test_hints_of_a_document_that_is_closed_or_opened_again_at_once_are_answered(tmp_path: Path, then: str) -> None:
    """The request arrives together with what makes it pointless, before anybody has begun to wait."""
    item = {"uri": (tmp_path / "children.py").as_uri(), "languageId": "python", "version": 1, "text": CHILDREN}
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 1000, "character": 0}}
    asked = {"textDocument": {"uri": item["uri"]}, "range": everything}
    opened = {"method": "textDocument/didOpen", "params": {"textDocument": item}}
    closed = {"method": "textDocument/didClose", "params": {"textDocument": {"uri": item["uri"]}}}
    with wired(tmp_path.as_uri()) as wire:
        hints = {"id": 1, "method": "textDocument/inlayHint", "params": asked}
        wire.send_together([opened, hints, closed if then == "close" else opened])
        assert wire.answer(1)["error"]["code"] == CONTENT_MODIFIED


def test_a_client_that_dies_leaves_nothing_behind(tmp_path: Path) -> None:
    with wired(tmp_path.as_uri()) as wire:
        workers = workers_of(wire.process.pid)
        assert workers
    assert wire.process.returncode == 1
    for worker in workers:
        assert is_zombie(worker)


def test_parameters_that_cannot_be_read_are_answered(tmp_path: Path) -> None:
    with wired(tmp_path.as_uri()) as wire:
        assert wire.call(1, "textDocument/hover", {"textDocument": 3})["error"]["code"] == INVALID_PARAMS
        assert wire.call(2, "textDocument/nothing", {})["error"]["code"] == METHOD_NOT_FOUND
        wire.send_bytes(b'{"jsonrpc": "2.0", "id": ')
        wire.send_bytes(b"\xff\xfe")
        wire.send_bytes(b"[]")
        assert wire.call(3, "shutdown", None)["result"] is None
        wire.send({"method": "exit"})
        assert wire.process.wait(LONGEST) == 0


@pytest.mark.asyncio
async def test_a_file_that_was_never_opened(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.uri("closed.py")
        assert await editor.raw_hints(uri) == []
        editor.texts[uri] = "await x"
        assert await editor.hover(uri, "await") == ""


async def outcome(future: object) -> str | int:
    """ "answered", or the error's code."""
    try:
        await within(asyncio.wrap_future(future))  # type: ignore[arg-type]
    except JsonRpcException as error:
        return error.code
    return "answered"


def server_process(editor: Editor) -> int:
    server = editor.client._server
    assert server is not None
    return server.pid


def workers_of(server: int) -> list[int]:
    if sys.platform != "linux":
        pytest.skip("reads the process table of Linux")
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def living_workers_of(server: int) -> set[int]:
    return {worker for worker in workers_of(server) if not is_zombie(worker)}


def is_zombie(process: int) -> bool:
    """A process that is no more counts as one: it may be reaped while it is looked at."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True
