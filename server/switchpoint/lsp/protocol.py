"""pygls, with five of its habits changed.

Documents are ours (`Page`), since pygls rebuilds the whole text on each keystroke; a request whose parameters cannot
be read is answered, and so is one before `initialize` or after `shutdown`; what is already plain is sent as it is; what
a notification started is forgotten when it is done, or each keystroke would leave something behind. This module must
not know features.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

if TYPE_CHECKING:
    from cattrs import Converter
    from pygls.server import ServerErrors

log = logging.getLogger("switchpoint.lsp")

CONTENT_MODIFIED = -32801
REQUEST_FAILED = -32803

Handler = Callable[[Any], Any]
Steps = Generator[Any, Any, Any]


class Raw:
    """A result that is plain already, and sent as it is."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Protocol(LanguageServerProtocol):
    """Documents are handed to our handlers alone. `_begun` says that `initialize` was received."""

    _begun = False

    def handle_message(self, message: Any) -> None:
        """One request, one answer, also where the protocol allows no request."""
        method = getattr(message, "method", None)
        refusal = self._refusal(method) if method is not None and hasattr(message, "id") else None
        if refusal is not None:
            self._send_response(message.id, error=refusal.to_response_error())
            return
        self._begun = self._begun or method == types.INITIALIZE
        super().handle_message(message)

    def _refusal(self, method: str) -> JsonRpcException | None:
        if self._shutdown:
            return JsonRpcInvalidRequest("the server was asked to shut down")
        if self._begun and method == types.INITIALIZE:
            return JsonRpcInvalidRequest("the server is initialized already")
        if not self._begun and method != types.INITIALIZE:
            return JsonRpcServerNotInitialized("the server is not initialized")
        return None

    def when_cancelled(self, call: Callable[[], None]) -> None:
        """Call when the client cancels the request being handled. Only valid before its handler first waits."""
        number = self.msg_id
        future = self._request_futures.get(number) if number is not None else None
        if future is not None:
            future.add_done_callback(lambda done: call() if done.cancelled() else None)

    def _execute_handler(
        self,
        msg_id: str | int,
        handler: Callable[..., Any],
        callback: Callable[[Any], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Steps:
        """What is still waited for is answered as cancelled; each answer leaves the table that is walked over."""
        own = self.msg_id
        yield from self._ours(types.SHUTDOWN, *args)
        for number, future in list(self._request_futures.items()):
            if number != own and not future.done():
                future.cancel()
        self._shutdown = True

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Steps:
        yield from self._ours(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Steps:
        yield from self._ours(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Steps:
        yield from self._ours(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> Steps:
        yield from self._ours(types.NOTEBOOK_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(self, params: types.DidChangeNotebookDocumentParams) -> Steps:
        yield from self._ours(types.NOTEBOOK_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(self, params: types.DidCloseNotebookDocumentParams) -> Steps:
        yield from self._ours(types.NOTEBOOK_DOCUMENT_DID_CLOSE, params)

    def _ours(self, method: str, params: object) -> Steps:
        manager: Any = self.fm
        features: dict[str, Handler] = manager.features
        if method in features:
            yield features[method], (params,), None


class Server(LanguageServer):
    """What goes wrong costs one log line, not a message box for each keystroke.

    That a revision is gone is no failure; a failure in the worker has its line already.
    """

    @property
    def ours(self) -> Protocol:
        """The protocol, as what it is made of."""
        return cast("Protocol", self.protocol)

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:
        if getattr(error, "code", None) not in (CONTENT_MODIFIED, REQUEST_FAILED):
            log.error("%s: %s", source.__name__, error)


def converter() -> Converter:
    """The library's converter, which also passes on what is plain."""
    made = default_converter()
    made.register_unstructure_hook(Raw, lambda raw: raw.value)
    return made
