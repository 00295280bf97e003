"""The analysis' process: reads messages, answers them one at a time, the urgent ones first.

In: messages on stdin. Out: messages on what was stdout. Edits are taken before anything is computed; the first hints of
a module go before requests, requests before hints in the background, and a background analysis gives way to whatever
arrives. But the first analysis of a module takes long, and nothing of the module can be answered without it: it tells
what it has found while it goes on, and neither edits nor requests that wait for a first analysis make it begin anew. To
what can be answered it gives way, at once the first time, then only after it went on for as long as that has cost it:
so neither keeps the other waiting for ever. When the other process is gone, this one ends.
"""

from __future__ import annotations

import gc
import logging
import math
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis import Cancelled
from switchpoint.lsp.answers import Stale, Work, answer, hovers
from switchpoint.lsp.desk import Desk
from switchpoint.lsp.giving_way import FirstAnalysis
from switchpoint.lsp.inbox import Inbox, revision_of
from switchpoint.lsp.logs import log_to_stderr, set_log_level
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
    Failed,
    FromWorker,
    Gone,
    Hovers,
    Note,
    Opened,
    Outgrown,
    Pause,
    Progress,
    Ready,
    Seen,
    ToWorker,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from switchpoint.lsp.foretelling import Lines
    from switchpoint.lsp.messages import Place, Plain

log = logging.getLogger("switchpoint.lsp")

PROGRESS_EVERY = 25
SAVE_AFTER = 2.0
EARLY_AFTER = 0.25
"""Seconds after which the first hints of a module are not waited for any longer."""
TELL_EVERY = 0.3
"""Seconds between two lots of verdicts of a module that is analysed for the first time."""
SCREENS = 3
"""Modules that somebody looks at side by side."""
_MANY_ANSWERS = 10_000
"""Answers whose memory is worth another process, once they have left it."""
_MUCH = 200_000
"""New objects after which they are taken to be what was learned, not what an edit leaves behind."""


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outgoing = os.fdopen(os.dup(1), "wb")
    # Whatever prints must not be read as a message.
    os.dup2(2, 1)
    log_to_stderr()
    inbox = Inbox()
    threading.Thread(target=_read, args=(sys.stdin.buffer, inbox), daemon=True).start()
    # What an analysis learns it keeps, in many small objects: looking through them all the time finds nothing to free.
    gc.set_threshold(20_000, 50, 100)
    # What is loaded by now stays: looking through it again would hold up an answer.
    gc.freeze()
    Worker(inbox, outgoing).run()


@dataclass(slots=True)
class Worker:
    """The one owner of the desk. `patience_ends`: when the first hints of a module are no longer waited for. `firsts`:
    first analyses under way. `changes`: how many were told, to this worker and those before it."""

    inbox: Inbox
    outgoing: IO[bytes]
    desk: Desk = field(default_factory=Desk)
    asks: deque[Ask] = field(default_factory=deque[Ask])
    long: dict[int, Work] = field(default_factory=dict[int, Work])
    patience_ends: dict[str, float] = field(default_factory=dict[str, float])
    firsts: dict[str, FirstAnalysis] = field(default_factory=dict[str, FirstAnalysis])
    changes: int = 0

    def run(self) -> None:
        self.send(Ready())
        while True:
            self.turn()

    def turn(self) -> None:
        """Take what has arrived, and do the most urgent thing."""
        idle = not self.asks and not self.desk.dirty
        for message in self.inbox.take(self.patience() if idle else 0):
            self.guarded_take(message)
            idle = False
        if (bare := self.desk.bare()) is not None:
            self.analyse(bare)
        elif (ask := self.answerable()) is not None:
            self.serve(ask)
        elif (key := next(iter(self.desk.firsts()), None) or self.desk.urgent()) is not None:
            self.analyse(key)
        elif idle and (untold := self.untold()) is not None:
            self.foretell(*untold)
        elif idle and self.desk.save(lambda: not self.inbox.is_empty()) > _MANY_ANSWERS:
            self.send(Outgrown())

    def patience(self) -> float | None:
        """How long to wait for messages before something else is done."""
        if self.untold() is not None:
            return 0
        return SAVE_AFTER if self.desk.unsaved else None

    def untold(self) -> tuple[str, Lines] | None:
        """Lines that somebody looks at, whose hovers are not told yet."""
        return self.desk.untold(self.inbox.looked_at(SCREENS))

    def answerable(self) -> Ask | None:
        """The next ask that does not have to wait for the first analysis of its module."""
        for ask in self.asks:
            key, _ = revision_of(ask.request)
            if key is None or key not in self.desk.sheets or self.is_gone(ask) or not self.desk.is_first(key):
                self.asks.remove(ask)
                return ask
        return None

    def send(self, message: FromWorker) -> None:
        pickle.dump(message, self.outgoing, protocol=pickle.HIGHEST_PROTOCOL)
        self.outgoing.flush()

    def guarded_take(self, message: ToWorker) -> None:
        """Guard of the boundary: a message that cannot be taken costs itself and one log line."""
        try:
            self.take(message)
        except Exception:
            self.send(Note(_failure(f"taking {type(message).__name__}")))
        for text in self.desk.homes.news():
            self.send(Note(text, show=True))

    def take(self, message: ToWorker) -> None:
        if isinstance(message, Change):
            self.changes += 1
        match message:
            case Begin():
                self.changes = message.changes
            case Configure():
                set_log_level(message.default.log_level)
                self.desk.configure(message)
            case Opened():
                self.desk.opened(message)
            case Changed():
                self.desk.changed(message)
            case Closed():
                self.desk.closed(message)
                self.over(message.key)
            case DiskChanged():
                self.desk.disk_changed(message)
            case Pause():
                self.desk.done(message.key)
            case Ask():
                self.asks.append(message)
            case Cancel() | Seen():
                pass
            case _:
                assert_never(message)

    def serve(self, ask: Ask) -> None:
        """Guard of the boundary: exactly one answer, and a failing feature costs its own."""
        if self.is_gone(ask):
            self.finish(ask, Gone(ask.ask))
            return
        try:
            self.step(ask)
        except Cancelled:
            if self.is_gone(ask):
                self.finish(ask, Gone(ask.ask))
            else:
                # What was found meanwhile is kept: it is only gone on with.
                self.long.pop(ask.ask, None)
                self.asks.appendleft(ask)
        except Stale:
            self.finish(ask, Gone(ask.ask))
        except Exception as error:
            self.send(Note(_failure(type(ask.request).__name__)))
            self.finish(ask, Failed(ask.ask, f"{type(error).__name__}: {error}"))

    def step(self, ask: Ask) -> None:
        """Answer, or go on with a long answer until something else arrives."""
        work = self.long.get(ask.ask) or answer(
            self.desk, ask.request, lambda: self.is_gone(ask) or self.inbox.holds_module
        )
        self.long[ask.ask] = work
        while True:
            try:
                done, total = next(work)
            except StopIteration as end:
                self.finish(ask, Answer(ask.ask, end.value))
                return
            if done % PROGRESS_EVERY == 0:
                self.send(Progress(ask.ask, done, total))
            if not self.inbox.is_empty():
                self.asks.append(ask)
                return

    def finish(self, ask: Ask, message: FromWorker) -> None:
        self.long.pop(ask.ask, None)
        self.inbox.cancelled.discard(ask.ask)
        self.send(message)

    def is_gone(self, ask: Ask) -> bool:
        """Whether nobody waits for the answer any more."""
        if ask.ask in self.inbox.cancelled:
            return True
        key, version = revision_of(ask.request)
        return key is not None and self.inbox.versions.get(key) != version

    def analyse(self, key: str) -> None:
        """Guard of the boundary: a module that cannot be analysed keeps its last hints, and nobody waits for it."""
        is_bare = self.desk.is_bare(key)
        end = self.patience_ends.setdefault(key, time.monotonic() + EARLY_AFTER) if is_bare else math.inf
        gives_way = self.giving_way(key)
        # Asked at each of some hundred thousand steps: the clock is only looked at where it counts.
        stops = (lambda: gives_way() or time.monotonic() > end) if is_bare else gives_way
        try:
            with _everything_kept():
                self.judge(key, stops)
                fresh = self.desk.fresh(key, stops)
        except Cancelled:
            if time.monotonic() > end:
                self.patience_ends.pop(key)
                self.send(self.desk.early(key))
            elif (first := self.firsts.get(key)) is not None:
                first.stops += 1
            return
        except Exception:
            self.send(Note(_failure(f"analysing {key}")))
            fresh = self.desk.unchanged(key)
        self.over(key)
        self.desk.done(key)
        if fresh is not None:
            self.send(fresh)

    def giving_way(self, key: str) -> Callable[[], bool]:
        """What is asked at each step of the analysis of a module: whether it stops for what has arrived."""
        if not self.desk.is_first(key):
            return lambda: not self.inbox.is_empty()
        waiting = frozenset(self.desk.firsts())
        workspace = self.desk.home(self.desk.sheets[key].module).workspace
        first = self.firsts.setdefault(key, FirstAnalysis())
        first.begin(workspace.asked())

        def gives_way() -> bool:
            if first.gives_way(pressed=self.inbox.presses(waiting), asked=workspace.asked()):
                return True
            if self.inbox.unseen and time.monotonic() - self.inbox.unseen[0][0] > EARLY_AFTER:
                self.glance(self.inbox.unseen.popleft()[1])
            return False

        return gives_way

    def glance(self, message: Opened) -> None:
        """Guard of the boundary: what cannot be shown at once is shown when it is analysed."""
        try:
            self.send(self.desk.glance(message))
        except Exception:
            self.send(Note(_failure(f"a first look at {message.key}")))

    def over(self, key: str) -> None:
        """A module has its verdicts, or is closed: nobody waits for it any longer."""
        self.patience_ends.pop(key, None)
        first = self.firsts.pop(key, None)
        if first is not None:
            log.debug("%s: %d steps, %d of them anew after %d stops", key, first.steps, first.anew, first.stops)

    def judge(self, key: str, cancelled: Callable[[], bool]) -> None:
        """The first time, verdicts are told while others are still to come; once the places of all are known."""
        if not self.desk.is_first(key):
            return
        told = time.monotonic()
        for _ in self.desk.judge(key, lambda: self.inbox.seen.get(key), cancelled):
            self.firsts[key].keep()
            if not self.desk.is_bare(key) and time.monotonic() - told > TELL_EVERY:
                self.send(self.desk.early(key))
                told = time.monotonic()

    def foretell(self, key: str, lines: Lines) -> None:
        """Guard of the boundary: what nobody has asked for yet fails in silence but for one log line."""
        found: list[tuple[Place, Place, Plain]] = []
        try:
            for each in hovers(self.desk, key, lines, lambda: not self.inbox.is_empty()):
                found.append(each)
                if not self.inbox.is_empty():
                    return
        except Cancelled:
            return
        except Exception:
            self.desk.sheets[key].at_rest = False
            self.send(Note(_failure(f"hovers of {key}")))
        else:
            self.send(Hovers(key, self.changes, *lines, tuple(found)))
            self.desk.told(key, lines)


@contextmanager
def _everything_kept() -> Generator[None]:
    """While much is learned for the first time, none of it is searched for garbage: that costs a sixth of the time and
    finds nothing. What an edit leaves behind is searched as ever."""
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > _MUCH:
            gc.freeze()
        gc.enable()


def _read(pipe: IO[bytes], inbox: Inbox) -> None:
    while True:
        try:
            message: ToWorker = pickle.load(pipe)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            # Nobody is left to answer to.
            os._exit(0)
        inbox.put(message)


def _failure(what: str) -> str:
    return f"{what} failed\n{traceback.format_exc(limit=-8)}"
