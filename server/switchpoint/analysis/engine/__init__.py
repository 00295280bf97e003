"""Memo of demanded results: inputs change, queries are recomputed only as far as the change reaches.

In: query functions, input values, a key that somebody wants. Out: its value, equal to what a computation from scratch
would give, whatever was asked before. This package must not know what the queries are about.

Words. A *node* is the memo of one key. It is *clean* when its value holds in the current revision; a clean node has
only clean dependencies, hence everything that depends on a dirty node is dirty; only a dirty *wall* may have clean
nodes above it, between two questions: all walls are settled before anything is asked. Work in progress lies in
*frames* on a stack of our own, so depth costs memory, never recursion. A frame *verifies* (asks its old dependencies,
in their order, whether they changed) or *computes* (drives the generator). Strongly connected frames are found as
Tarjan does, over the edges really asked, and are iterated from bottom as one *component*, in an order that does not
depend on which member was asked first; the nodes finalised together form a *group*, which is verified or restarted as
a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from switchpoint.analysis.engine.driver import Run
from switchpoint.analysis.engine.memo import Memo
from switchpoint.analysis.engine.queries import Cancelled, CycleError, FixpointError, Input, Key, Query, query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Cancelled", "CycleError", "Engine", "FixpointError", "Input", "Key", "Query", "query"]

R = TypeVar("R")


class Engine:
    """The memo and its owner's verbs. Not thread-safe, not reentrant: a query asks by `yield`, never through this."""

    def __init__(self, db: Any) -> None:
        self._memo = Memo(db)
        self._busy = False

    @property
    def revision(self) -> int:
        """How often inputs have changed."""
        return self._memo.revision

    @property
    def on_compute(self) -> Callable[[Key[Any]], None] | None:
        """Called with the key at every computation and recomputation of a query; loading an input is none."""
        return self._memo.on_compute

    @on_compute.setter
    def on_compute(self, callback: Callable[[Key[Any]], None] | None) -> None:
        self._memo.on_compute = callback

    def get(self, key: Key[R], cancelled: Callable[[], bool] = lambda: False) -> R:
        """The value of `key` in this revision. What a query raises comes out and leaves the memo as it was."""
        self._must_be_idle()
        node = self._memo.node(key)
        if self._memo.walls or not node.clean:
            self._busy = True
            try:
                self._memo.settle_walls(lambda wall: Run(self._memo, cancelled).drive(wall))
                if not node.clean:
                    Run(self._memo, cancelled).drive(node)
            finally:
                self._busy = False
        node.verified_at = self._memo.revision
        return node.value

    def peek(self, key: Key[R]) -> R | None:
        """The memoised value if it holds for sure, without computing anything."""
        node = self._memo.nodes.get(key)
        return node.value if node is not None and node.clean and not self._memo.walls else None

    def set(self, key: Key[R], value: R) -> None:
        """Give an input its value. It stays, read or not, until the next `set` or `invalidate`."""
        self._must_be_idle()
        node = self._memo.node(key)
        self._memo.pinned.add(node)
        if not (node.clean and (node.value is value or node.value == value)):
            self._memo.dirty_dependents(node)
            self._memo.settle(node, value)

    def invalidate(self, key: Key[Any]) -> None:
        """Forget an input's value: it is loaded when it is next read, and if equal, nothing is recomputed."""
        self._must_be_idle()
        node = self._memo.nodes.get(key)
        if node is None:
            return
        self._memo.pinned.discard(node)
        if node.clean:
            node.clean = False
            self._memo.dirty_dependents(node)

    def collect(self, older_than: int) -> None:
        """Drop what was neither read nor verified since that revision and is needed by nothing that was."""
        self._must_be_idle()
        self._memo.collect(older_than)

    def keys(self) -> Iterable[Key[Any]]:
        """Every key that is memoised, clean or not."""
        return self._memo.nodes.keys()

    def __len__(self) -> int:
        return len(self._memo.nodes)

    def _must_be_idle(self) -> None:
        if self._busy:
            raise RuntimeError("the engine was called from inside a query")
