"""The nodes, their edges in both directions, and what an edit makes of them.

In: values, as they are computed, loaded or set. Out: nodes that are clean exactly while their value holds. This module
must not know how a value is computed when that asks for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from switchpoint.analysis.engine.fixpoint import NEVER, Node
from switchpoint.analysis.engine.queries import Input, Key

if TYPE_CHECKING:
    from collections.abc import Callable


class Memo:
    """All nodes of one engine. `pinned` inputs were set, not loaded: their value exists nowhere else. `walls` are not
    clean, though what is above them is: they have to be settled before anything is asked."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.revision = 0
        self.on_compute: Callable[[Key[Any]], None] | None = None
        self.nodes: dict[Key[Any], Node] = {}
        self.pinned: set[Node] = set()
        self.walls: dict[Node, int] = {}

    def node(self, key: Key[Any]) -> Node:
        node = self.nodes.get(key)
        return self.add(key) if node is None else node

    def add(self, key: Key[Any]) -> Node:
        if type(key) is not Key:
            raise TypeError(f"{key!r} was asked, which is not a key")
        node = self.nodes[key] = Node(key)
        return node

    def load(self, node: Node) -> None:
        """Compute on the spot a node that asks nothing: an input or a plain function."""
        query, args = node.key
        if isinstance(query, Input):
            self.settle(node, query.load(self.db, *args))  # pyright: ignore[reportUnknownMemberType]
            return
        if self.on_compute is not None:
            self.on_compute(node.key)
        self.settle(node, query.func(self.db, *args))

    def store(self, node: Node, value: Any, deps: dict[Node, None]) -> None:
        """Finalise a computed node and move its edges from its old dependencies to its new ones."""
        self.settle(node, value)
        new = tuple(deps)
        if new != node.deps:
            old = set(node.deps)
            for dep in node.deps:
                if dep not in deps:
                    dep.forget(node)
            for dep in new:
                if dep not in old:
                    dep.tell(node)
            node.deps = new

    def settle(self, node: Node, value: Any) -> None:
        """The node is clean with this value. An equal one is backdated: it keeps the revision in which it changed."""
        if node.changed_at == NEVER or not (node.value is value or node.value == value):
            node.value = value
            node.changed_at = self.revision
        node.verified_at = self.revision
        node.clean = True

    def dirty_dependents(self, node: Node) -> None:
        """A new revision, in which everything above `node`, as far as the next walls, has to be verified."""
        self.revision += 1
        self._dirty_above(node)

    def settle_walls(self, drive: Callable[[Node], None]) -> None:
        """Makes the walls clean, and unclean what is above those whose value changed. May stop between two."""
        while self.walls:
            wall, before = next(iter(self.walls.items()))
            if not wall.clean:
                drive(wall)
            del self.walls[wall]
            if wall.changed_at != before:
                self._dirty_above(wall)

    def _dirty_above(self, node: Node) -> None:
        todo = [node]
        while todo:
            for dependent in todo.pop().dependents:
                if dependent.clean:
                    dependent.clean = False
                    if dependent.key[0].wall:
                        self.walls[dependent] = dependent.changed_at
                    else:
                        todo.append(dependent)

    def collect(self, older_than: int) -> None:
        """Drop every node that is neither used since, nor pinned, nor below one that is."""
        live = {node for node in self.nodes.values() if node.verified_at >= older_than} | self.pinned
        todo = list(live)
        while todo:
            fresh = [dep for dep in todo.pop().deps if dep not in live]
            live.update(fresh)
            todo.extend(fresh)
        for node in [node for node in self.nodes.values() if node not in live]:
            del self.nodes[node.key]
            self.walls.pop(node, None)
            for dep in node.deps:
                dep.forget(node)
            node.deps = ()
