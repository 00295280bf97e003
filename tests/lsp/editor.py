"""An editor for tests: a real client library and the real server, over stdio.

In: what a client can do, texts and edits. Out: what a person would see. It keeps the texts, so that a hint can be told
by what stands before it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient, make_test_lsp_client

import switchpoint
from switchpoint.lsp.modules import split
from switchpoint.lsp.units import Encoding, to_code_points, to_units

LONGEST = 120
CONTENT_MODIFIED = -32801
ROOT = Path(switchpoint.__file__).resolve().parents[1]
BOOT = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from switchpoint.lsp import serve; sys.exit(serve())"
COMMAND = [sys.executable, "-I", "-c", BOOT]
EVERYTHING = types.Range(types.Position(0, 0), types.Position(100_000, 0))

Shown = tuple[str, str]


@dataclass
class Editor:
    """A client with its open texts. `refreshes` counts how often the server asked for new hints, `lens_refreshes` how
    often for new lenses. `hasty`: it takes the
    first hints that it is given, which may not be final. `analysed` are the documents of which it knows that they are
    not the first ones any more."""

    client: LanguageClient
    folder: Path
    encoding: Encoding = "utf-16"
    texts: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    refreshes: int = 0
    lens_refreshes: int = 0
    hasty: bool = False
    analysed: set[str] = field(default_factory=set[str])
    status: list[Any] = field(default_factory=list[Any])

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> str:
        uri = self.uri(name)
        self.texts[uri], self.versions[uri] = text, 1
        self.analysed.discard(uri)
        item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def close(self, uri: str) -> None:
        del self.texts[uri]
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def replace(self, uri: str, old: str, new: str) -> None:
        """Edit as an editor does: the range of the first `old`, replaced."""
        text = self.texts[uri]
        start = text.index(old)
        change = types.TextDocumentContentChangePartial(
            range=types.Range(self.position(uri, start), self.position(uri, start + len(old))), text=new
        )
        self.texts[uri] = text[:start] + new + text[start + len(old) :]
        self._changed(uri, change)

    def rewrite(self, uri: str, text: str) -> None:
        """A whole new text, as some clients send it."""
        self.texts[uri] = text
        self._changed(uri, types.TextDocumentContentChangeWholeDocument(text=text))

    def position(self, uri: str, offset: int) -> types.Position:
        head = split(self.texts[uri][:offset])
        return types.Position(len(head) - 1, to_units(head[-1], len(head[-1]), self.encoding))

    def offset(self, uri: str, position: types.Position) -> int:
        """Where in the text a position is, which has to be in it."""
        lines = split(self.texts[uri])
        line = lines[position.line]
        col = to_code_points(line, position.character, self.encoding)
        assert to_units(line, col, self.encoding) == position.character
        return len("".join(lines[: position.line])) + col

    def before(self, uri: str, position: types.Position) -> str:
        """The text of the line before a position."""
        line = split(self.texts[uri])[position.line]
        return line[: to_code_points(line, position.character, self.encoding)].strip()

    async def raw_hints(self, uri: str) -> list[types.InlayHint]:
        """The hints as they come; the first ones of a document only when they are final, unless it is `hasty`."""
        if uri in self.texts and not self.hasty:
            await self.until_analysed(uri)
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), EVERYTHING)
        return list(await within(self.client.text_document_inlay_hint_async(params)) or ())

    async def hints(self, uri: str) -> list[Shown]:
        """Each hint by the text before it and its label."""
        return [(self.before(uri, hint.position), label(hint)) for hint in await self.raw_hints(uri)]

    async def hover(self, uri: str, on: str) -> str:
        """The text shown when pointing at the first `on`; "" when there is none."""
        at = self.position(uri, self.texts[uri].index(on))
        found = await within(
            self.client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(uri), at))
        )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what comes by itself."""
        for _ in range(LONGEST * 20):
            if await done():
                return
            await asyncio.sleep(0.05)
        raise TimeoutError

    async def until_analysed(self, uri: str) -> None:
        """Wait for the first analysis of a document since it was opened: our own request is answered only after it."""
        while uri not in self.analysed:
            asked = self.client.protocol.send_request_async("switchpoint/sites", {"textDocument": {"uri": uri}})
            try:
                await within(asked)
            except JsonRpcException as error:
                if error.code != CONTENT_MODIFIED:
                    raise
            else:
                self.analysed.add(uri)

    async def until_refresh(self, before: int) -> None:
        """Wait until the server has asked for new hints once more."""

        async def refreshed() -> bool:
            return self.refreshes > before

        await self.until(refreshed)

    async def until_hints(self, uri: str, wanted: list[Shown]) -> None:
        found: list[Shown] = []

        async def there() -> bool:
            found[:] = await self.hints(uri)
            return found == wanted

        try:
            await self.until(there)
        except TimeoutError:
            assert found == wanted

    def _changed(self, uri: str, change: types.TextDocumentContentChangeEvent) -> None:
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self.versions[uri], uri=uri), [change]
            )
        )


@asynccontextmanager
async def editing(
    folder: Path,
    *,
    encoding: Encoding = "utf-16",
    resolve: bool = True,
    refresh: bool = True,
    markdown: bool = True,
    configuration: bool = True,
    settings: dict[str, Any] | None = None,
    folders: list[Path] | None = None,
) -> AsyncIterator[Editor]:
    """A session from `initialize` to `exit`."""
    client = make_test_lsp_client()
    editor = Editor(client, folder, encoding)
    listen(editor)
    client.set_configuration(settings or {}, section="switchpoint")
    await client.start_io(COMMAND[0], *COMMAND[1:])
    workspace = [types.WorkspaceFolder(each.as_uri(), each.name) for each in folders or [folder]]
    await within(
        client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities(encoding, resolve, refresh, markdown, configuration),
                workspace_folders=workspace,
                initialization_options=None if configuration else (settings or {}),
            )
        )
    )
    try:
        yield editor
        await within(client.shutdown_session())
    finally:
        if client._server is not None and client._server.returncode is None:
            client._server.kill()
        await client.stop()


def listen(editor: Editor) -> None:
    """Count what the server asks for by itself."""

    @editor.client.feature(types.WORKSPACE_INLAY_HINT_REFRESH)
    def refreshed(_: None) -> None:
        editor.refreshes += 1

    @editor.client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    def lenses_refreshed(_: None) -> None:
        editor.lens_refreshes += 1

    @editor.client.feature("switchpoint/status")
    def status(params: Any) -> None:
        editor.status.append(params)

    @editor.client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def registered(_: types.RegistrationParams) -> None: ...

    del refreshed, lenses_refreshed, status, registered


def capabilities(
    encoding: Encoding, resolve: bool, refresh: bool, markdown: bool, configuration: bool
) -> types.ClientCapabilities:
    lazily = types.ClientInlayHintResolveOptions(["tooltip", "label.location"])
    formats = [types.MarkupKind.Markdown, types.MarkupKind.PlainText] if markdown else [types.MarkupKind.PlainText]
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)]),
        text_document=types.TextDocumentClientCapabilities(
            inlay_hint=types.InlayHintClientCapabilities(resolve_support=lazily if resolve else None),
            hover=types.HoverClientCapabilities(content_format=formats),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    types.ClientCodeActionKindOptions([types.CodeActionKind.RefactorRewrite])
                ),
                disabled_support=True,
            ),
        ),
        workspace=types.WorkspaceClientCapabilities(
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=refresh),
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=refresh),
            configuration=configuration,
            workspace_folders=True,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
    )


async def within(answer: Awaitable[Any]) -> Any:
    """The answer, or a failure instead of a test that hangs."""
    return await asyncio.wait_for(answer, LONGEST)


def label(hint: types.InlayHint) -> str:
    return hint.label if isinstance(hint.label, str) else "".join(part.value for part in hint.label)
