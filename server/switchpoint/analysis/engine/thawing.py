"""A memo of which most nodes lie in a file, as long as nobody needs them.

In: what was frozen of a memo. Out: nodes, as they are asked for by key or reached along an edge; and the other way, a
memo's clean nodes for the next file. A node that is reached is only an edge's end until its key and value are wanted.
This module must not know how a value is computed.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from switchpoint.analysis.engine.fixpoint import UNREAD, Group, Node
from switchpoint.analysis.engine.queries import Input, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from switchpoint.analysis.engine.frozen import Frozen
    from switchpoint.analysis.engine.queries import Asked


class Thawing:
    """What was frozen, all of it clean at the revision `at`, and which of it is in memory since, by slot. Of what is
    not in memory, `dirty` and `heights` say whether it is not clean, and how high it is."""

    def __init__(self, frozen: Frozen, at: int) -> None:
        self.frozen = frozen
        self.at = at
        self.nodes: dict[int, Node] = {}
        self.dirty = bytearray(len(frozen))
        self.heights = array("I", frozen.heights)
        self._moved = bytearray(len(frozen))
        self._groups: dict[int, Group] = {}

    def find(self, key: Key[Any]) -> Node | None:
        """The node of a key whose key is not in memory yet, with its value."""
        slot = self.frozen.find(key)
        if slot is None:
            return None
        node = self.node(slot)
        node.key, node.value = key, self.frozen.value(slot)
        return node

    def keys(self, asked: Input[Any, Any]) -> Iterator[Key[Any]]:
        """The keys of all that was read of one input and of which the key is not in memory."""
        for slot in self.frozen.slots(asked):
            node = self.nodes.get(slot)
            if node is None or node.key is UNREAD:
                yield self.frozen.key(slot)

    def node(self, slot: int) -> Node:
        """The node in a slot: without key and value, if nobody asked for them yet."""
        node = self.nodes.get(slot)
        if node is None:
            node = self.nodes[slot] = Node(UNREAD, slot)
            node.changed_at = node.verified_at = self.at
            node.clean = not self.dirty[slot]
            node.height = self.heights[slot]
            node.group = self.group(slot)
        return node

    def read(self, node: Node) -> None:
        """Give a node its edges, and its key and value if it has none."""
        if node.key is UNREAD:
            node.key, node.value = self.frozen.key(node.slot), self.frozen.value(node.slot)
        node.deps = tuple([self.node(slot) for slot in self.frozen.deps(node.slot)])
        node.is_unread = False

    def above(self, slot: int) -> Iterator[Node | int]:
        """What depends on a slot, as the file says and as far as it still does: nodes that are in memory, and the slots
        of others."""
        for above in self.frozen.dependents(slot):
            if not self._moved[above]:
                yield self.nodes.get(above, above)

    def moves(self, node: Node) -> bool:
        """A node in memory gets other edges than it has in the file. Whether it had those until now."""
        if node.slot < 0 or self._moved[node.slot]:
            return False
        self._moved[node.slot] = True
        return True

    def group(self, slot: int) -> Group | None:
        """The group in which a node was made final."""
        number = self.frozen.group(slot)
        return self._groups.setdefault(number, Group()) if number else None

    def unread(self) -> Iterator[int]:
        """The slots of what is clean and of which the key is not in memory."""
        for slot in range(len(self.frozen)):
            node = self.nodes.get(slot)
            if (not self.dirty[slot]) if node is None else (node.clean and node.key is UNREAD):
                yield slot


class Clean:
    """A memo's clean nodes, inputs first: what `frozen.write` needs. What nobody read stays in its file until then."""

    def __init__(self, nodes: Iterable[Node], thawing: Thawing | None) -> None:
        self._thawing = thawing
        self._items: list[Node | int] = [node for node in nodes if node.clean]
        if thawing is not None:
            self._items += thawing.unread()
        self._items.sort(key=lambda item: not isinstance(self._asked(item), Input))
        self._places: dict[Node | int, int] = {}
        for place, item in enumerate(self._items):
            self._places[item] = place
            if isinstance(item, Node) and item.slot >= 0:
                self._places[item.slot] = place
        self._groups: dict[Group, int] = {}

    def __len__(self) -> int:
        return len(self._items)

    def key(self, place: int) -> Key[Any]:
        item = self._items[place]
        return item.key if isinstance(item, Node) else self._frozen.key(item)

    def value(self, place: int) -> Any:
        item = self._items[place]
        return item.value if isinstance(item, Node) else self._frozen.value(item)

    def group(self, place: int) -> int:
        item = self._items[place]
        group = item.group if isinstance(item, Node) else self._thawed.group(item)
        return 0 if group is None else self._groups.setdefault(group, len(self._groups) + 1)

    def height(self, place: int) -> int:
        item = self._items[place]
        return item.height if isinstance(item, Node) else self._thawed.heights[item]

    def deps(self, place: int) -> list[int]:
        item = self._items[place]
        if not isinstance(item, Node) or item.is_unread:
            slot = item.slot if isinstance(item, Node) else item
            return [self._places[dep] for dep in self._frozen.deps(slot)]
        return [self._places[dep if dep.key is not UNREAD else dep.slot] for dep in item.deps]

    def asked(self, place: int) -> Asked:
        return self._asked(self._items[place])

    def _asked(self, item: Node | int) -> Asked:
        return item.key[0] if isinstance(item, Node) else self._frozen.asked(item)

    @property
    def _thawed(self) -> Thawing:
        assert self._thawing is not None
        return self._thawing

    @property
    def _frozen(self) -> Frozen:
        return self._thawed.frozen
