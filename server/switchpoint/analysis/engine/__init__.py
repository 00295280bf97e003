"""Memo of demanded results: inputs change, queries are recomputed only as far as the change reaches.

In: query functions, input values, a key that somebody wants. Out: its value, equal to what a computation from scratch
would give, whatever was asked before. This package must not know what the queries are about.

Words. A *node* is the memo of one key. It is *clean* when its value holds in the current revision; a clean node has
only clean dependencies, save *suspects*, which are settled before anything above them is read (`rising`). Work in
progress lies in *frames* on a stack of our own, so depth costs memory, never recursion. A frame *verifies* (asks its
old dependencies, in their order, whether they changed) or *computes* (drives the generator). Strongly connected frames
are found as Tarjan does, over the edges really asked, and are iterated from bottom as one *component*, in an order that
does not depend on which member was asked first; the nodes finalised together form a *group*, which is verified or
restarted as a whole. There are two *strata*: what nearly everything depends on asks in the lower one, where it is
answered itself without asking, so that it lies in no component.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from switchpoint.analysis.engine.driver import Run
from switchpoint.analysis.engine.frozen import Coding, Damaged, Frozen, write
from switchpoint.analysis.engine.memo import Memo
from switchpoint.analysis.engine.queries import Cancelled, CycleError, FixpointError, Input, Key, Query, beneath, query
from switchpoint.analysis.engine.rising import TooHigh
from switchpoint.analysis.engine.thawing import Clean

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import BinaryIO

    from switchpoint.analysis.engine.fixpoint import Node

__all__ = [
    "Cancelled", "Coding", "CycleError", "Damaged", "Engine", "FixpointError", "Input", "Key", "Query", "beneath",
    "query",
]  # fmt: skip

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
        if not node.clean or node.height > self._memo.rising.limit:
            with self._at_work():
                self._clean(node, cancelled)
        node.verified_at = self._memo.revision
        return node.value

    def peek(self, key: Key[R]) -> R | None:
        """The memoised value if it holds for sure, without computing anything."""
        node = self._memo.find(key)
        if node is None or not node.clean or node.height > self._memo.rising.limit:
            return None
        return node.value

    def set(self, key: Key[R], value: R) -> None:
        """Give an input its value. It stays, read or not, until the next `set` or `invalidate`."""
        self._must_be_idle()
        self._memo.give(key, value)

    def invalidate(self, key: Key[Any]) -> None:
        """Forget an input's value: it is loaded when it is next read, and if equal, nothing is recomputed."""
        self._must_be_idle()
        node = self._memo.find(key)
        if node is None:
            return
        self._memo.pinned.discard(node)
        if node.clean:
            self._memo.revision += 1
            self._memo.rising.load_again(node)

    def reload(self, key: Key[Any]) -> None:
        """Load an input's value now, if it was loaded before: where it is equal, this is no change."""
        self._must_be_idle()
        node = self._memo.find(key)
        if node is not None and node not in self._memo.pinned:
            self._memo.reload(node)

    def collect(self, older_than: int) -> None:
        """Drop what was neither read nor verified since that revision and is needed by nothing that was."""
        self._must_be_idle()
        self._memo.collect(older_than)

    def keys(self, asked: Input[Any, Any]) -> list[Key[Any]]:
        """Every key of one input that was read, or set."""
        return self._memo.keys(asked)

    def freeze(self, file: BinaryIO, coding: Coding, extra: Any, cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Write all that holds to a file, and `extra` with it. False if that cannot be or was cancelled: what is in the
        file then is worth nothing."""
        self._must_be_idle()
        try:
            with self._at_work():
                self._settle(None, cancelled)
        except Cancelled:
            return False
        return write(Clean(self._memo.nodes.values(), self._memo.thawing), file, coding, extra, cancelled)

    def thaw(self, file: BinaryIO, coding: Coding, start: int = 0) -> Any:
        """Know from now on what was frozen from `start` to the end of a file, and nothing else but the inputs that were
        set here; returns what was kept with it. Inputs are taken to be as they were then: what differs is to be told.
        The file is read as long as the engine lives. Raises `Damaged`, and then nothing has changed."""
        self._must_be_idle()
        frozen = Frozen(file, coding, start)
        self._memo.thaw(frozen)
        return frozen.take_extra()

    def clear(self) -> None:
        """Forget everything but the inputs that were set."""
        self._must_be_idle()
        self._memo.clear()

    def __len__(self) -> int:
        """How many nodes are in memory."""
        return len(self._memo.nodes)

    @property
    def fresh(self) -> int:
        """How many nodes are in memory that lie in no file as they are."""
        thawing = self._memo.thawing
        at = -1 if thawing is None else thawing.at
        return sum(node.slot < 0 or node.changed_at != at for node in self._memo.nodes.values())

    @property
    def frozen(self) -> int:
        """How many nodes lie in a file, whether they are in memory as well or not."""
        return 0 if self._memo.thawing is None else len(self._memo.thawing.frozen)

    def _clean(self, node: Node, cancelled: Callable[[], bool]) -> None:
        """Settles what is below a node, and all suspects only if it reaches above them."""
        self._settle(node, cancelled)
        if node.clean:
            return
        try:
            Run(self._memo, cancelled).drive(node)
        except TooHigh:
            self._settle(None, cancelled)
            if not node.clean:
                Run(self._memo, cancelled).drive(node)

    def _settle(self, below: Node | None, cancelled: Callable[[], bool]) -> None:
        self._memo.rising.settle(below, self._memo.read, lambda node: Run(self._memo, cancelled).drive(node))

    @contextmanager
    def _at_work(self) -> Generator[None]:
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _must_be_idle(self) -> None:
        if self._busy:
            raise RuntimeError("the engine was called from inside a query")
