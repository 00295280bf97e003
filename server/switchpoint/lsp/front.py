"""What every handler gets: the server, the session behind it, the configuration; and the one way to register handlers.

In: functions of a front and decoded parameters. Out: registered handlers. This module must not know any feature.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from switchpoint.lsp.configuration import Configuration
from switchpoint.lsp.protocol import CONTENT_MODIFIED, REQUEST_FAILED, Server
from switchpoint.lsp.session import AnswerFailed, ContentModified, Session

if TYPE_CHECKING:
    import asyncio

    from switchpoint.lsp.messages import Plain, Request
    from switchpoint.lsp.modules import Cell
    from switchpoint.lsp.pages import Page

Steps = Generator[Any, Any, Any]
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Front:
    """One per server. `watching` is the task that shows progress, while there is one."""

    server: Server
    session: Session
    configuration: Configuration = field(default_factory=Configuration)
    watching: asyncio.Task[None] | None = None

    def on(self, method: str, handler: Callable[[Front, Any], Any], options: object = None) -> None:
        """Register a handler. A generator yields what it waits for; all before runs when the message arrives."""
        self.server.feature(method, options)(partial(handler, self))

    def document(self, uri: str) -> tuple[Page, Cell] | None:
        """The page and cell of an open document."""
        page = self.session.page_of(uri)
        cell = page.module.cell(uri) if page else None
        return (page, cell) if page and cell else None

    def ask(self, request: Request, progress: Progress | None = None) -> Generator[Any, Any, Plain]:
        """Ask the worker, to be used with `yield from`. Cancelled with the client's request."""
        waiting = self.session.ask(request, progress)
        self.server.ours.when_cancelled(lambda: self.session.cancel(waiting))
        return (yield _answer, (waiting.future,), None)

    def tell_user(self, text: str) -> None:
        self.server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))


def content_modified() -> JsonRpcException:
    return JsonRpcException("the document has changed since", CONTENT_MODIFIED)


async def _answer(future: asyncio.Future[Plain]) -> Plain:
    try:
        return await future
    except ContentModified as error:
        raise content_modified() from error
    except AnswerFailed as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
