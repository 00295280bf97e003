"""What was told to the worker and not taken yet.

In: messages, from the thread that reads them. Out: the same in order, and at once what makes an answer pointless. This
module must not know what is done with them.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from switchpoint.lsp.messages import Ask, Cancel, Changed, Closed, Down, Opened, Seen, Up

if TYPE_CHECKING:
    from switchpoint.lsp.messages import Request, ToWorker


class Inbox:
    """Messages in order, and at once what makes an answer pointless: cancelled asks and newer revisions.

    `holds_module`: among the messages is a module that was opened. `holds_other`: one that is neither an edit nor a
    request about a module; `asked` are the modules of the requests among them. `seen`: what somebody looks at, last
    what was looked at last. `unseen` are the modules among them, with the time since which they wait.
    """

    def __init__(self) -> None:
        self._messages: deque[ToWorker] = deque()
        self._arrived = threading.Condition()
        self.holds_module = False
        self.holds_other = False
        self.asked: set[str | None] = set()
        self.unseen: deque[tuple[float, Opened]] = deque()
        self.seen: dict[str, tuple[int, int]] = {}
        self._moved: Seen | None = None
        self.cancelled: set[int] = set()
        self.versions: dict[str, int] = {}

    def put(self, message: ToWorker) -> None:
        with self._arrived:
            match message:
                case Cancel():
                    self.cancelled.add(message.ask)
                case Seen():
                    self.seen.pop(message.key, None)
                    self.seen[message.key] = (message.first, message.last)
                    self._moved = message
                case Opened() | Changed():
                    self.versions[message.key] = message.version
                    if isinstance(message, Opened):
                        self.unseen.append((time.monotonic(), message))
                    self.holds_module = self.holds_module or isinstance(message, Opened)
                    self.holds_other = self.holds_module
                    self._messages.append(message)
                case Ask():
                    self.asked.add(revision_of(message.request)[0])
                    self._messages.append(message)
                case Closed():
                    self.versions.pop(message.key, None)
                    self.seen.pop(message.key, None)
                    self.holds_other = True
                    self._messages.append(message)
                case _:
                    self.holds_other = True
                    self._messages.append(message)
            self._arrived.notify()

    def presses(self, waiting: frozenset[str]) -> bool:
        """Whether something has come that even a first analysis gives way to; the modules that wait for theirs are
        given, since nothing about them can be answered before."""
        return self.holds_other or not self.asked <= waiting

    def take(self, patience: float | None) -> list[ToWorker]:
        """All messages that are there; while there are none it waits so many seconds, or for ever. That somebody looks
        elsewhere is worth waking up, but not worth stopping anything: `is_empty` does not count it."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._messages or self._moved, patience)
            taken = list(self._messages)
            if self._moved is not None:
                taken.append(self._moved)
            self._moved = None
            self._messages.clear()
            self.holds_module = self.holds_other = False
            self.asked = set()
            self.unseen.clear()
            return taken

    def looked_at(self, most: int) -> list[tuple[str, tuple[int, int]]]:
        """What somebody looks at, the last first."""
        with self._arrived:
            return list(reversed(self.seen.items()))[:most]

    def is_empty(self) -> bool:
        return not self._messages


def revision_of(request: Request) -> tuple[str | None, int]:
    """The module that is asked about, None for any, and the revision in which it was seen."""
    match request:
        case Up() | Down():
            return (None, 0)
        case _:
            return (request.key, request.version)
