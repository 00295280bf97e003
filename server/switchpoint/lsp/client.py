"""What the client can do, read once from its capabilities.

In: the parameters of `initialize`. Out: a few facts. Everything that is not promised is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.lsp.units import Encoding

_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


@dataclass(frozen=True, slots=True)
class Client:
    """The facts, with what holds before a client has said anything."""

    encoding: Encoding = "utf-16"
    resolves: frozenset[str] = frozenset()
    refreshes_hints: bool = False
    refreshes_lenses: bool = False
    markdown: bool = False
    progress: bool = False
    configuration: bool = False
    registers_files: bool = False
    registers_configuration: bool = False


def read_client(params: types.InitializeParams) -> Client:
    """The facts about one client."""
    able = params.capabilities
    document = able.text_document or types.TextDocumentClientCapabilities()
    workspace = able.workspace or types.WorkspaceClientCapabilities()
    hints = document.inlay_hint
    resolve = hints.resolve_support if hints else None
    files, configuration = workspace.did_change_watched_files, workspace.did_change_configuration
    return Client(
        encoding=_encoding(able.general.position_encodings if able.general else None),
        resolves=frozenset(resolve.properties if resolve else ()),
        refreshes_hints=bool(workspace.inlay_hint and workspace.inlay_hint.refresh_support),
        refreshes_lenses=bool(workspace.code_lens and workspace.code_lens.refresh_support),
        markdown=_reads_markdown(document.hover),
        progress=bool(able.window and able.window.work_done_progress),
        configuration=bool(workspace.configuration),
        registers_files=bool(files and files.dynamic_registration),
        registers_configuration=bool(configuration and configuration.dynamic_registration),
    )


def _encoding(offered: Sequence[types.PositionEncodingKind | str] | None) -> Encoding:
    """The same choice as the protocol's library makes, which is what `initialize` answers."""
    for kind in offered or ():
        name = str(getattr(kind, "value", kind))
        if name in _ENCODINGS:
            return _ENCODINGS[name]
    return "utf-16"


def _reads_markdown(hover: types.HoverClientCapabilities | None) -> bool:
    return bool(hover and hover.content_format and types.MarkupKind.Markdown in hover.content_format)
