"""One editor's session: open pages, the worker behind its door, and who waits for what.

In: decoded events and requests, and the worker's messages. Out: answers to those who wait, and calls to refresh. This
module must not know the wire: `Outside` is what it may ask of the client. It runs in the event loop's thread alone.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.lsp.client import Client
from switchpoint.lsp.door import Door, Lost
from switchpoint.lsp.messages import (
    Answer,
    Ask,
    Begin,
    Cancel,
    Change,
    Changed,
    Closed,
    Configure,
    DiskChanged,
    Early,
    Failed,
    Fresh,
    FromWorker,
    Gone,
    Hovers,
    Note,
    Opened,
    Outgrown,
    Pause,
    Plain,
    Progress,
    Ready,
    Request,
    Seen,
)
from switchpoint.lsp.pages import Page
from switchpoint.lsp.sentences import worker_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from switchpoint.features.edits import Edit
    from switchpoint.lsp.modules import Module

log = logging.getLogger("switchpoint.lsp")

REFRESH_AFTER = 0.05
MOST_RESTARTS = 5
MOST_STRETCHES = 30
"""Stretches of a module whose hovers are kept, while nothing changes and somebody jumps about in it."""


class ContentModified(Exception):
    """The revision that was asked about is no more."""


class AnswerFailed(Exception):
    """The feature failed; the text says how."""


@dataclass(slots=True)
class Outside:
    """What a session asks of the client."""

    refresh_hints: Callable[[], None]
    refresh_lenses: Callable[[], None]
    status: Callable[[Page], None]
    tell_user: Callable[[str], None]
    busy: Callable[[], None]


@dataclass(slots=True)
class Waiting:
    """Somebody who waits for an answer, and may be told how far it is."""

    number: int
    future: asyncio.Future[Plain]
    progress: Callable[[int, int], None] | None = None


@dataclass(slots=True)
class Session:
    """`owners` names the page of each document, `configured` is what the worker was told last.
    `_hovers` are what it said of pages as they are, before anybody asked: after `_changes`, as it says with them.

    Revisions are our own: a client's versions begin anew when a document is opened again.
    """

    door: Door
    outside: Outside
    client: Client = field(default_factory=Client)
    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    owners: dict[str, str] = field(default_factory=dict[str, str])
    configured: Configure | None = None
    _waiting: dict[int, Waiting] = field(default_factory=dict[int, Waiting])
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _revisions: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _changes: int = 0
    _hovers: dict[str, deque[Hovers]] = field(default_factory=dict[str, "deque[Hovers]"])
    _seen_last: str = ""
    _refresh: asyncio.TimerHandle | None = None
    _hints_are_due: bool = False
    _outgrown: bool = False
    _losses: int = 0
    _gave_up: bool = False

    def start(self) -> None:
        """Listen to the worker. Called inside the running loop."""
        loop = asyncio.get_running_loop()
        self.door.listen(lambda message: _post(loop, self.receive, message))

    def close(self) -> None:
        self.door.close()

    def page_of(self, uri: str) -> Page | None:
        """The page that has a document, which may be one cell of it."""
        return self.pages.get(self.owners.get(uri, ""))

    def configure(self, message: Configure) -> None:
        """Settings or folders changed: what is shown stays until the worker finds something else."""
        if message != self.configured:
            self.configured = message
            self._tell_change(message)

    def open(self, module: Module) -> None:
        """A module was opened, or its cells are others now."""
        known = self.pages.get(module.key)
        module.version = next(self._revisions)
        page = Page(module, opened=module.version, edited={cell.uri: module.version for cell in module.cells})
        if known is not None:
            page.succeed(known)
            self._disown(known)
        self.pages[module.key] = page
        for cell in module.cells:
            self.owners[cell.uri] = module.key
        self._tell_change(_opened(module))
        self.outside.busy()

    def change(self, page: Page, edits: Iterable[Edit]) -> None:
        """A document was edited; the edits are applied one after the other."""
        revision = next(self._revisions)
        told: list[Edit] = []
        for edit in edits:
            page.edit(edit, revision)
            told.append(edit)
        if told:
            self._tell_change(Changed(page.module.key, revision, tuple(told)))
            self.outside.busy()

    def see(self, page: Page, first: int, last: int) -> None:
        """Somebody looks at these lines of a page (from 1, both included)."""
        if page.seen != (first, last) or self._seen_last != page.module.key:
            page.seen, self._seen_last = (first, last), page.module.key
            self.door.tell(Seen(page.module.key, first, last))

    def hovers_near(self, page: Page, line: int) -> Hovers | None:
        """The hovers around a line (from 1), where they are known."""
        known = self._hovers.get(page.module.key, ())
        return next((each for each in known if each.first <= line <= each.last), None)

    def shut(self, key: str) -> None:
        page = self.pages.pop(key, None)
        if page is not None:
            self._disown(page)
            page.release()
            self._tell_change(Closed(key))

    def disk_changed(self, paths: Iterable[str]) -> None:
        """Watched files were created, changed or deleted."""
        self._tell_change(DiskChanged(tuple(paths)))

    def pause(self) -> None:
        """The user cancelled the analysis of what is open, until the next edit."""
        for page in self.pages.values():
            if not page.is_final:
                self.door.tell(Pause(page.module.key))
                page.release()

    async def hints_known(self, page: Page) -> None:
        """Wait for the hints of a page: any that can be mended by a refresh, else those of the revision that it has."""
        # Between the request and this, the page may have been closed, or opened again.
        is_gone = self.pages.get(page.module.key) is not page
        if is_gone or self._gave_up or page.can_answer(refreshes=self.client.refreshes_hints):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        page.waiting.append(future)
        await future

    def ask(self, request: Request, progress: Callable[[int, int], None] | None = None) -> Waiting:
        """Send a request to the worker. The future ends in the answer, `ContentModified` or `AnswerFailed`."""
        waiting = Waiting(next(self._numbers), asyncio.get_running_loop().create_future(), progress)
        if self._gave_up:
            waiting.future.set_exception(AnswerFailed(worker_lost(gives_up=True)))
            return waiting
        self._waiting[waiting.number] = waiting
        self.door.tell(Ask(waiting.number, request))
        return waiting

    def cancel(self, waiting: Waiting) -> None:
        """Nobody wants the answer any more."""
        if self._waiting.pop(waiting.number, None) is not None:
            waiting.future.cancel()
            self.door.tell(Cancel(waiting.number))

    def is_busy(self) -> bool:
        return any(not page.is_final for page in self.pages.values())

    def receive(self, message: FromWorker | Lost) -> None:
        """What the worker says."""
        match message:
            case Ready():
                log.debug("analysis is ready")
            case Early():
                self._early(message)
            case Fresh():
                self._fresh(message)
            case Hovers():
                self._foretold(message)
            case Answer():
                self._settle(message.ask, lambda future: future.set_result(message.value))
            case Gone():
                self._settle(message.ask, lambda future: future.set_exception(ContentModified()))
            case Failed():
                self._settle(message.ask, lambda future: future.set_exception(AnswerFailed(message.text)))
            case Progress():
                waiting = self._waiting.get(message.ask)
                if waiting is not None and waiting.progress is not None:
                    waiting.progress(message.done, message.total)
            case Note():
                log.warning("%s", message.text)
                if message.show:
                    self.outside.tell_user(message.text)
            case Outgrown():
                self._outgrown = True
                self._succeed()
            case Lost():
                self._lost()
            case _:
                assert_never(message)

    def _foretold(self, hovers: Hovers) -> None:
        if hovers.changes == self._changes:
            known = self._hovers.setdefault(hovers.key, deque(maxlen=MOST_STRETCHES))
            known.appendleft(hovers)

    def _early(self, early: Early) -> None:
        page = self.pages.get(early.key)
        if page is not None:
            changed = page.take_early(early)
            if self.client.refreshes_hints:
                page.release()
            if changed:
                self._refresh_soon(hints=True)

    def _fresh(self, fresh: Fresh) -> None:
        page = self.pages.get(fresh.key)
        if page is None:
            return
        changed = page.take(fresh)
        if page.is_final:
            page.release()
            self.outside.status(page)
        if changed or fresh.lenses:
            self._refresh_soon(hints=changed)

    def _refresh_soon(self, *, hints: bool) -> None:
        """One refresh for all that changes within a moment; lenses say in other words what hints do."""
        self._hints_are_due = self._hints_are_due or hints
        if self._refresh is None:
            self._refresh = asyncio.get_running_loop().call_later(REFRESH_AFTER, self._refresh_now)

    def _refresh_now(self) -> None:
        hints, self._hints_are_due, self._refresh = self._hints_are_due, False, None
        if hints:
            self.outside.refresh_hints()
        self.outside.refresh_lenses()

    def _settle(self, number: int, settle: Callable[[asyncio.Future[Plain]], None]) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None and not waiting.future.done():
            settle(waiting.future)
        self._succeed()

    def _lost(self) -> None:
        """The worker ended by itself: what it was asked is gone, a new one is told everything again."""
        self._losses += 1
        gives_up = self._gave_up = self._losses > MOST_RESTARTS
        log.error("%s", worker_lost(gives_up=gives_up))
        for number in list(self._waiting):
            self._settle(number, lambda future: future.set_exception(ContentModified()))
        if gives_up:
            for page in self.pages.values():
                page.release()
            return
        for page in self.pages.values():
            page.module.version = next(self._revisions)
            page.opened = page.module.version
        self._begin_anew()

    def _succeed(self) -> None:
        """Another worker takes over from one that outgrew its memory, when nobody waits for an answer."""
        if self._outgrown and not self._waiting and not self._gave_up:
            log.debug("the analysis goes on in a new process")
            self._begin_anew()

    def _begin_anew(self) -> None:
        """A new worker is told everything."""
        self._outgrown = False
        self.door.restart()
        self.door.tell(Begin(self._changes))
        if self.configured is not None:
            self._tell_change(self.configured)
        for page in sorted(self.pages.values(), key=lambda page: page.module.key == self._seen_last):
            page.edits.clear()
            self._tell_change(_opened(page.module))
            if page.seen is not None:
                self.door.tell(Seen(page.module.key, *page.seen))

    def _tell_change(self, message: Change) -> None:
        """The one way to tell what can make an answer another: the hovers that are known may not be true any more."""
        self._changes += 1
        self._hovers.clear()
        self.door.tell(message)

    def _disown(self, page: Page) -> None:
        for cell in page.module.cells:
            self.owners.pop(cell.uri, None)


def _opened(module: Module) -> Opened:
    cells = tuple((cell.uri, cell.count) for cell in module.cells)
    return Opened(module.key, module.path, module.version, "".join(module.lines), cells, module.is_notebook)


def _post(
    loop: asyncio.AbstractEventLoop, receive: Callable[[FromWorker | Lost], None], message: FromWorker | Lost
) -> None:
    """From the reading thread into the loop, which may have ended meanwhile."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(receive, message)
