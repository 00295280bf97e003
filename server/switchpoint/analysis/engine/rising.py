"""How a change rises: as far as values change, and no further.

In: nodes of which the value changed. Out: every node clean of which the value holds, and the others not clean. This
module must not know how a value is computed.

Words. A *suspect* is a node that asked something which has another value since; it is not clean, though what is above
it is. Suspects are settled lowest first: where one comes out as it was, nothing above hears of it. The *height* of a
node is greater than that of all that it asked, save that members of one group have one height, so a clean node that is
no higher than the lowest suspect holds for sure. A suspect in a group makes all that is above doubtful instead, since
its group begins anew: *doubtful* nodes are not clean, nor is anything above them, and they are verified when somebody
asks.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace
from itertools import count
from typing import TYPE_CHECKING, Final

from switchpoint.analysis.engine.fixpoint import NEVER, Node
from switchpoint.analysis.engine.queries import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from switchpoint.analysis.engine.fixpoint import Group
    from switchpoint.analysis.engine.thawing import Thawing

ENDLESS: Final = 2**62
_SHARED = tuple(range(4096))
"""Each number once: there are as many heights as nodes."""

_MOST_LIFTS = 16
"""How often a suspect waits for what it did not ask before."""


class TooHigh(Exception):
    """A clean node was reached that may be above a suspect: that is to be settled first."""


class Circular(TooHigh):
    """It is above the very suspect that reached it, or each of several suspects may be above the next."""


class Rising:
    """The suspects of one memo, lowest first, each with how often it was lifted because it asked what is no lower.
    `limit`: up to which height clean nodes hold."""

    def __init__(self, thawing: Thawing | None = None) -> None:
        self.limit = ENDLESS
        self._thawing = thawing
        self._suspects: list[tuple[int, int, Node, int]] = []
        self._numbers = count()

    def changed(self, node: Node) -> None:
        """A node has another value than what is above it knows."""
        for above in self._above(node):
            if self._is_clean(above) and not self._are_grouped(node, above):
                self._suspect(above)

    def load_again(self, node: Node) -> None:
        """An input may have another value."""
        node.clean = False
        self._push(node)

    def settle(self, wanted: Node | None, read: Callable[[Node], None], drive: Callable[[Node], None]) -> None:
        """Settles all suspects that are lower than a node, or all. May stop between two, and goes on from there."""
        while self._suspects and (wanted is None or self.limit < wanted.height):
            at, _, node, lifts = self._suspects[0]
            if not node.clean and node.height == at:
                self._settle(node, read, drive)
                continue
            self._pop()
            if not node.clean:
                self._push(node, lifts)

    def _settle(self, node: Node, read: Callable[[Node], None], drive: Callable[[Node], None]) -> None:
        if node.is_unread:
            read(node)
        if node.group is not None or not all(dep.clean for dep in node.deps):
            self._doubt(node)
            return
        try:
            drive(node)
        except Cancelled:
            raise
        except Circular:
            self._doubt(node)
        except TooHigh:
            # It was lifted, and is settled after what it reached.
            pass
        except Exception:
            # Maybe nobody asks it any more, now that what it asked has changed. Who does hears of it.
            self._doubt(node)

    def reached(self, node: Node, by: Node) -> None:
        """A clean node above the limit was reached while `by` was asked. Raises `TooHigh` where it may not hold."""
        _, _, lowest, lifts = self._suspects[0]
        if lowest is by:
            before = node.height
            self._lift(by, before + 1)
            if node.height != before or lifts == _MOST_LIFTS:
                raise Circular
            heapreplace(self._suspects, (by.height, next(self._numbers), by, lifts + 1))
            self.limit = self._suspects[0][0]
        if node.height > self.limit:
            raise TooHigh

    def place(self, nodes: Sequence[Node], group: Group | None, left_group: bool) -> None:
        """Nodes have other edges now, as one group if there are several; maybe some have left one, of which the others
        may be above them still."""
        below = (dep.height for node in nodes for dep in node.deps if group is None or dep.group is not group)
        least = max(below, default=-1) + 1
        height = _SHARED[least] if least < len(_SHARED) else least
        for node in nodes:
            if (node.height < height or left_group) and (node.dependents or node.slot >= 0):
                self._lift(node, height)
            else:
                node.height = height

    def forget_all_but(self, live: set[Node]) -> None:
        self._suspects = [entry for entry in self._suspects if entry[2] in live]
        heapify(self._suspects)
        self._lower_limit()

    def _suspect(self, place: Node | int) -> None:
        node = self._node(place) if self._group(place) is None else place
        if not isinstance(node, Node):
            self._doubt_slot(node)
            return
        # It asked what has changed, and has to be computed.
        node.verified_at = NEVER
        node.clean = False
        if node.group is None:
            self._push(node)
        else:
            self._doubt_above(node)

    def _doubt(self, node: Node) -> None:
        """A suspect is doubtful from now on."""
        self._suspects = [entry for entry in self._suspects if entry[2] is not node]
        heapify(self._suspects)
        self._lower_limit()
        self._doubt_above(node)

    def _doubt_slot(self, slot: int) -> None:
        assert self._thawing is not None
        self._thawing.dirty[slot] = True
        self._doubt_above(slot)

    def _doubt_above(self, place: Node | int) -> None:
        todo: list[Node | int] = [place]
        while todo:
            for above in self._above(todo.pop()):
                if not self._is_clean(above):
                    continue
                todo.append(above)
                if isinstance(above, Node):
                    above.clean = False
                else:
                    assert self._thawing is not None
                    self._thawing.dirty[above] = True

    def _push(self, node: Node, lifts: int = 0) -> None:
        heappush(self._suspects, (node.height, next(self._numbers), node, lifts))
        self._lower_limit()

    def _pop(self) -> None:
        heappop(self._suspects)
        self._lower_limit()

    def _lower_limit(self) -> None:
        self.limit = self._suspects[0][0] if self._suspects else ENDLESS

    def _lift(self, node: Node, height: int) -> None:
        """A node is higher than it was, and so is what is above it, where it must."""
        todo: list[tuple[int, int, Node | int]] = []
        self._put(node, height, todo)
        while todo:
            at, _, place = heappop(todo)
            if self._height(place) != at:
                continue
            for above in self._above(place):
                least = at if self._are_grouped(place, above) else at + 1
                if self._height(above) < least:
                    self._put(above, least, todo)

    def _put(self, place: Node | int, height: int, todo: list[tuple[int, int, Node | int]]) -> None:
        if isinstance(place, Node):
            place.height = _SHARED[height] if height < len(_SHARED) else height
        else:
            assert self._thawing is not None
            self._thawing.heights[place] = height
        heappush(todo, (height, next(self._numbers), place))

    # nodes that are in memory, and slots of which the node is not

    def _above(self, place: Node | int) -> Iterator[Node | int]:
        if isinstance(place, Node):
            yield from place.dependents
        slot = place.slot if isinstance(place, Node) else place
        if self._thawing is not None and slot >= 0:
            yield from self._thawing.above(slot)

    def _node(self, place: Node | int) -> Node:
        if isinstance(place, Node):
            return place
        assert self._thawing is not None
        return self._thawing.node(place)

    def _is_clean(self, place: Node | int) -> bool:
        if isinstance(place, Node):
            return place.clean
        assert self._thawing is not None
        return not self._thawing.dirty[place]

    def _height(self, place: Node | int) -> int:
        if isinstance(place, Node):
            return place.height
        assert self._thawing is not None
        return self._thawing.heights[place]

    def _group(self, place: Node | int) -> Group | None:
        if isinstance(place, Node):
            return place.group
        assert self._thawing is not None
        return self._thawing.group(place)

    def _are_grouped(self, place: Node | int, other: Node | int) -> bool:
        group = self._group(place)
        return group is not None and self._group(other) is group
