"""The floor: pygls answering constants, which is the least that any server written with it can cost.

In: how many hints to answer for some lines and for a whole file. Out: a server on stdio.
"""

from __future__ import annotations

import sys

from lsprotocol import types
from pygls.lsp.server import LanguageServer

WHOLE = 500


def main(visible: int, whole: int) -> None:
    server = LanguageServer("floor", "1")

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        first = params.range.start.line
        number = whole if params.range.end.line - first > WHOLE else visible
        return [
            types.InlayHint(
                types.Position(first + line, 8), [types.InlayHintLabelPart("inline")], padding_left=True, data=line
            )
            for line in range(number)
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(_: types.HoverParams) -> types.Hover:
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "inline\n\n" * 6))

    del hints, hover
    server.start_io()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
