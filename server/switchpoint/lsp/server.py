"""The language server, put together and started.

In: how to talk (stdio or a port). Out: a server, and the exit code when it has ended. This module must not know
features.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
import threading
from threading import Event
from typing import TYPE_CHECKING, BinaryIO

from lsprotocol import types
from pygls.io_ import StdoutWriter, run_async

from switchpoint import __version__
from switchpoint.lsp.actions import register_actions
from switchpoint.lsp.door import Door
from switchpoint.lsp.front import Front
from switchpoint.lsp.lifecycle import register_lifecycle
from switchpoint.lsp.logs import log_to_stderr
from switchpoint.lsp.protocol import Protocol, Server, converter
from switchpoint.lsp.requests import register_requests
from switchpoint.lsp.session import Outside, Session
from switchpoint.lsp.sync import NOTEBOOKS, register_sync

if TYPE_CHECKING:
    from switchpoint.lsp.pages import Page

log = logging.getLogger("switchpoint.lsp")

CHUNK = 65536


def create_server(door: Door | None = None) -> tuple[Server, Session]:
    """A server with all its handlers, and the session behind it, which is to be closed at the end."""
    server = Server(
        "switchpoint",
        __version__,
        text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
        notebook_document_sync=NOTEBOOKS,
        protocol_cls=Protocol,
        converter_factory=converter,
    )
    session = Session(door or Door(), Outside(_nothing, _nothing, _no_status, _no_text, _nothing))
    front = Front(server, session)
    register_lifecycle(front)
    register_sync(front)
    register_requests(front)
    register_actions(front)
    return server, session


def serve_stdio(door: Door) -> int:
    """Serve one client on stdin and stdout until it leaves."""
    wire = os.fdopen(os.dup(1), "wb")
    # Whatever prints must not be read as a message.
    os.dup2(2, 1)
    log_to_stderr()
    server, session = create_server(door)
    _settle_memory()
    try:
        asyncio.run(_talk(server, sys.stdin.buffer, wire))
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    finally:
        session.close()
    # The client left without saying so.
    return 1


def serve_tcp(door: Door, host: str, port: int) -> int:
    """Serve one client on a port until it leaves."""
    log_to_stderr()
    server, session = create_server(door)
    _settle_memory()
    try:
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            server.start_tcp(host, port)
    finally:
        session.close()
    return 0


async def _talk(server: Server, incoming: BinaryIO, wire: BinaryIO) -> None:
    server.protocol.set_writer(StdoutWriter(wire))
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(incoming, reader, loop), daemon=True).start()
    with contextlib.suppress(asyncio.IncompleteReadError):
        await run_async(Event(), reader, server.protocol, error_handler=server.report_server_error)
    # Nobody is left to be told about what was still waited for.
    loop.set_exception_handler(lambda _, context: log.debug("%s", context["message"]))


def _read(incoming: BinaryIO, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    """A thread of its own, since stdin cannot be awaited on every platform. One hop for all that has arrived."""
    descriptor = incoming.fileno()
    with contextlib.suppress(OSError, RuntimeError):
        while chunk := os.read(descriptor, CHUNK):
            loop.call_soon_threadsafe(reader.feed_data, chunk)
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(reader.feed_eof)


def _settle_memory() -> None:
    """What is loaded by now stays: looking through it again and again would hold up answers."""
    gc.freeze()
    gc.enable()


def _nothing() -> None: ...


def _no_text(_: str) -> None: ...


def _no_status(_: Page) -> None: ...
