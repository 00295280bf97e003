"""Nodes, the work in progress on them, and the iteration of those that depend on each other.

In: frames found to be strongly connected. Out: the next frame to recompute, until nothing changes. This module must
not know how a frame is computed, nor what lies outside the component.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from switchpoint.analysis.engine.queries import CycleError, FixpointError, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEVER: Final = -1
_CHANGES: Final = 100
"""How often a member of a cycle may change before it is widened."""
_MOST_IN_TUPLE: Final = 32


UNREAD: Final = Key[Any](())
"""The key of a node of which only the slot is known."""


class Node:
    """What is known of one key: its value, whether that holds, and its edges in both directions.

    `slot`: where it lies in the file from which it comes, -1 when it comes from none. `is_unread`: its edges, and maybe
    its key and value, are still to be read there. `height`: greater than that of all that it asked (`rising`).
    """

    __slots__ = (
        "changed_at",
        "clean",
        "dependents",
        "deps",
        "frame",
        "group",
        "height",
        "is_unread",
        "key",
        "slot",
        "value",
        "verified_at",
    )

    def __init__(self, key: Key[Any], slot: int = -1) -> None:
        self.slot = slot
        self.height = 0
        self.is_unread = slot >= 0
        self.key = key
        self.value: Any = None
        self.clean = False
        self.changed_at = NEVER
        self.verified_at = NEVER
        self.deps: tuple[Node, ...] = ()
        self.dependents: tuple[Node, ...] | set[Node] = ()
        self.frame: Frame | None = None
        self.group: Group | None = None

    def tell(self, dependent: Node) -> None:
        """`dependent`, which did not, depends on this node. Most nodes have one or two: a set for each is a lot."""
        if isinstance(self.dependents, set):
            self.dependents.add(dependent)
        elif len(self.dependents) < _MOST_IN_TUPLE:
            self.dependents += (dependent,)
        else:
            self.dependents = {*self.dependents, dependent}

    def forget(self, dependent: Node) -> None:
        """`dependent` no longer depends on this node."""
        if isinstance(self.dependents, set):
            self.dependents.discard(dependent)
        else:
            self.dependents = tuple(node for node in self.dependents if node is not dependent)


class Group:
    """Nodes that were finalised as one component. `entry` is the lowest frame that verifies one of them now."""

    __slots__ = ("entry", "stale")

    def __init__(self) -> None:
        self.stale = False
        self.entry: Frame | None = None


class Frame:
    """One node's work in progress, on the stack or, as an unfinished member of an open component, pending."""

    verifying = False
    cursor = 0
    asked: Node | None = None
    cyclic = False
    has_draft = False
    draft: Any = None
    component: Component | None = None
    readers: set[Frame]
    changes = 0
    widened = False
    label = ""
    send: Callable[[Any], Any]

    def __init__(self, node: Node, index: int, mark: int) -> None:
        self.node = node
        self.index = index
        self.low = index
        self.mark = mark
        self.deps: dict[Node, None] = {}


class Component:
    """A strongly connected set of frames, swept to and fro along its edges until nothing changes."""

    def __init__(self, frames: list[Frame], index: int, mark: int) -> None:
        self.frames = frames
        self.index = index
        self.low = index
        self.mark = mark
        self.restart()

    def restart(self) -> None:
        """All members back to bottom, in an order that is the same whichever member was asked first."""
        self.grew = False
        self.position = 0
        self.changed: list[Frame] = []
        for frame in self.frames:
            if frame.component is not self:
                self.adopt(frame)
            if not frame.widened:
                frame.draft = self._bottom(frame)
                frame.changes = 0
        self.order = _canonical_order(self.frames)
        self.due = set(self.order)

    def adopt(self, frame: Frame) -> None:
        frame.component = self
        frame.index = self.index
        frame.has_draft = True
        frame.changes = 0
        frame.widened = False
        frame.readers = set()

    def absorb(self, fresh: list[Frame]) -> None:
        """Frames that were found to depend on a member while it was iterated."""
        for frame in fresh:
            self.adopt(frame)
        self.frames += fresh
        self.order += fresh
        self.due.update(fresh)
        self.grew = self.grew or bool(fresh)

    def next_due(self) -> Frame | None:
        while self.due:
            while self.position < len(self.order):
                frame = self.order[self.position]
                self.position += 1
                if frame in self.due:
                    self.due.discard(frame)
                    if not frame.widened:
                        return frame
            self._turn()
        return None

    def improve(self, frame: Frame, value: Any) -> None:
        for dep in frame.deps:
            if dep.frame is not None and dep.frame.component is self:
                dep.frame.readers.add(frame)
        if not (frame.draft is value or frame.draft == value):
            frame.changes += 1
            self.changed.append(frame)
            self._update(frame, value)

    def _update(self, frame: Frame, value: Any) -> None:
        frame.draft = value
        self.due |= frame.readers

    def _turn(self) -> None:
        # Alternating directions carry a change along a path in one sweep, whichever way the path runs.
        if any(frame.changes > _CHANGES for frame in self.changed):
            self._widen()
        self.changed = []
        self.order.reverse()
        self.position = 0

    def _widen(self) -> None:
        widening = [frame for frame in self.changed if frame.node.key[0].widen is not None]
        if not widening:
            raise FixpointError(", ".join(repr(frame.node.key) for frame in self.changed))
        for frame in self.frames:
            frame.changes = 0
        for frame in widening:
            frame.widened = True
            self._update(frame, frame.node.key[0].widen(*frame.node.key[1]))

    def _bottom(self, frame: Frame) -> Any:
        query, args = frame.node.key
        if query.bottom is None:
            raise CycleError(f"{frame.node.key!r} has no bottom and depends on itself")
        return query.bottom(*args)


def _canonical_order(frames: list[Frame]) -> list[Frame]:
    """Dependencies first, as far as cycles allow, starting from members that are the same whoever asks."""
    unseen = {frame.node: frame for frame in frames}
    order: list[Frame] = []
    for root in _roots(frames, unseen):
        del unseen[root.node]
        path = [(root, iter(root.deps))]
        while path:
            frame, deps = path[-1]
            for dep in deps:
                fresh = unseen.pop(dep, None)
                if fresh is not None:
                    path.append((fresh, iter(fresh.deps)))
                    break
            else:
                order.append(frame)
                path.pop()
    return order


def _roots(frames: list[Frame], unseen: dict[Node, Frame]) -> Iterator[Frame]:
    """The members of the rarest queries first, those of one query as their keys read, while they are not seen. Keys can
    be long, so few of them are read."""
    by_query: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_query[frame.node.key[0].name].append(frame)
    for _, members in sorted(by_query.items(), key=lambda item: (len(item[1]), item[0])):
        for frame in sorted((m for m in members if m.node in unseen), key=_label):
            if frame.node in unseen:
                yield frame


def _label(frame: Frame) -> str:
    """How the key of a frame reads: long, so it is spelled once."""
    if not frame.label:
        frame.label = repr(frame.node.key)
    return frame.label
