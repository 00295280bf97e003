"""The nodes, their edges in both directions, and what an edit makes of them.

In: values, as they are computed, loaded, set or thawed. Out: nodes that are clean exactly while their value holds.
This module must not know how a value is computed when that asks for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from switchpoint.analysis.engine.fixpoint import NEVER, Group, Node
from switchpoint.analysis.engine.queries import Input, Key
from switchpoint.analysis.engine.rising import Rising
from switchpoint.analysis.engine.thawing import Thawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from switchpoint.analysis.engine.frozen import Frozen


class Memo:
    """All nodes of one engine. `pinned` inputs were set, not loaded: their value exists nowhere else. `rising`: how
    far a change of one has come. `thawing`: the nodes that are not among `nodes` because they lie in a file."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.revision = 0
        self.on_compute: Callable[[Key[Any]], None] | None = None
        self.nodes: dict[Key[Any], Node] = {}
        self._inputs: dict[Input[Any, Any], dict[Key[Any], None]] = {}
        self.pinned: set[Node] = set()
        self.thawing: Thawing | None = None
        self.rising = Rising()

    def node(self, key: Key[Any]) -> Node:
        node = self.nodes.get(key)
        return self.add(key) if node is None else node

    def find(self, key: Key[Any]) -> Node | None:
        """The node of a key, if there is one."""
        node = self.nodes.get(key)
        if node is None and self.thawing is not None:
            node = self.thawing.find(key)
            if node is not None:
                self._hold(node)
        return node

    def add(self, key: Key[Any]) -> Node:
        """The node of a key that is not in memory."""
        if type(key) is not Key:
            raise TypeError(f"{key!r} was asked, which is not a key")
        node = None if self.thawing is None else self.thawing.find(key)
        if node is None:
            node = Node(key)
        self._hold(node)
        return node

    def _hold(self, node: Node) -> None:
        self.nodes[node.key] = node
        if isinstance(node.key[0], Input):
            self._inputs.setdefault(node.key[0], {})[node.key] = None

    def keys(self, asked: Input[Any, Any]) -> list[Key[Any]]:
        """Every key of one input."""
        found = [*self._inputs.get(asked, ())]
        return found if self.thawing is None else [*found, *self.thawing.keys(asked)]

    def read(self, node: Node) -> None:
        """Read what is known of a node from the file in which it lies."""
        assert self.thawing is not None
        self.thawing.read(node)
        self._hold(node)

    def thaw(self, frozen: Frozen) -> None:
        """From now on all nodes lie in a file, as if they had been computed now, but for the inputs that were set."""
        self.revision += 1
        self._begin(Thawing(frozen, self.revision))

    def clear(self) -> None:
        """Nothing is known any more but the inputs that were set."""
        self.revision += 1
        self._begin(None)

    def _begin(self, thawing: Thawing | None) -> None:
        given = [(node.key, node.value) for node in self.pinned]
        before = self.nodes
        if self.thawing is not None:
            self.thawing.frozen.close()
        self._inputs = {}
        self.thawing, self.nodes, self.pinned, self.rising = thawing, {}, set(), Rising(thawing)
        for node in before.values():
            # Edges go both ways: without them nothing has to search for what is not needed any more.
            node.deps = node.dependents = ()
        for key, value in given:
            self.give(key, value)

    def give(self, key: Key[Any], value: Any) -> None:
        """An input has this value, whatever could be loaded."""
        node = self.node(key)
        self.pinned.add(node)
        self._change(node, value)
        node.value = value

    def reload(self, node: Node) -> None:
        """An input has the value that can be loaded now."""
        query, args = node.key
        self._change(node, query.load(self.db, *args))

    def _change(self, node: Node, value: Any) -> None:
        if not (node.clean and (node.value is value or node.value == value)):
            self.revision += 1
            self.settle(node, value)

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
        """Finalise a computed node with what it asked."""
        left_group = node.group is not None
        self._connect(node, deps, None)
        self.rising.place((node,), None, left_group)
        self.settle(node, value)

    def store_group(self, members: list[tuple[Node, Any, dict[Node, None]]]) -> None:
        """Finalise nodes that depend on each other, each with its value and with what it asked."""
        group = Group()
        left_group = any(node.group is not None for node, _, _ in members)
        for node, _, deps in members:
            self._connect(node, deps, group)
        self.rising.place([node for node, _, _ in members], group, left_group)
        for node, value, _ in members:
            self.settle(node, value)

    def _connect(self, node: Node, deps: dict[Node, None], group: Group | None) -> None:
        """Move the edges of a node from its old dependencies to its new ones."""
        node.frame = None
        node.group = group
        new = tuple(deps)
        if new != node.deps:
            moves = self.thawing is not None and self.thawing.moves(node)
            old = frozenset[Node]() if moves else frozenset(node.deps)
            for dep in node.deps:
                if dep not in deps:
                    dep.forget(node)
            for dep in new:
                if dep not in old:
                    dep.tell(node)
            node.deps = new

    def settle(self, node: Node, value: Any) -> None:
        """The node is clean with this value. An equal one is backdated: it keeps the revision in which it changed."""
        node.verified_at = self.revision
        node.clean = True
        if node.changed_at == NEVER or not (node.value is value or node.value == value):
            node.value = value
            node.changed_at = self.revision
            self.rising.changed(node)

    def collect(self, older_than: int) -> None:
        """Drop every node that is neither used since, nor pinned, nor below one that is; none, if a file holds them."""
        if self.thawing is not None:
            return
        live = {node for node in self.nodes.values() if node.verified_at >= older_than} | self.pinned
        todo = list(live)
        while todo:
            fresh = [dep for dep in todo.pop().deps if dep not in live]
            live.update(fresh)
            todo.extend(fresh)
        self.rising.forget_all_but(live)
        for node in [node for node in self.nodes.values() if node not in live]:
            del self.nodes[node.key]
            if isinstance(node.key[0], Input):
                del self._inputs[node.key[0]][node.key]
            for dep in node.deps:
                dep.forget(node)
            node.deps = ()
