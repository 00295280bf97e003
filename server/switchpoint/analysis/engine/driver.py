"""Drives queries on a stack of its own until one wanted node is clean.

In: a memo and a node. Out: that node and all that it needed, clean; after an exception, a memo as it was. This module
must not know what a query is about, nor who changes inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from switchpoint.analysis.engine.fixpoint import NEVER, Component, Frame, Group, Node
from switchpoint.analysis.engine.queries import Cancelled, CycleError, Input

if TYPE_CHECKING:
    from collections.abc import Callable

    from switchpoint.analysis.engine.memo import Memo


class Run:
    """The work on one node: the stack, and the frames pending until the component that they belong to is complete."""

    root: Node

    def __init__(self, memo: Memo, cancelled: Callable[[], bool]) -> None:
        self.memo = memo
        self.rising = memo.rising
        self.cancelled = cancelled
        self.stack: list[Frame | Component] = []
        self.pending: list[Frame] = []
        self.index = 0

    def drive(self, node: Node) -> None:
        """Make `node` clean, or leave every node as it was. Raises `TooHigh`."""
        self.root = node
        stack, cancelled = self.stack, self.cancelled
        try:
            self._enter(node)
            while stack:
                if cancelled():
                    raise Cancelled
                top = stack[-1]
                if isinstance(top, Component):
                    self._iterate(top)
                elif top.verifying:
                    self._verify(top)
                else:
                    self._compute(top)
        except BaseException:
            self._abandon_above(0, 0)
            raise

    def _enter(self, node: Node) -> None:
        if node.is_unread:
            self.memo.read(node)
        query = node.key[0]
        if isinstance(query, Input) or not query.asks:
            self.memo.load(node)
            return
        self.index += 1
        frame = node.frame = Frame(node, self.index, len(self.pending))
        self.stack.append(frame)
        group = node.group
        if node.changed_at == NEVER or (group is not None and group.stale):
            self._start(frame)
            return
        frame.verifying = True
        if group is not None and group.entry is None:
            group.entry = frame

    def _start(self, frame: Frame) -> None:
        query, args = key = frame.node.key
        frame.verifying = False
        frame.asked = None
        frame.deps = {}
        if self.memo.on_compute is not None:
            self.memo.on_compute(key)
        frame.send = query.func(self.memo.db, *args).send

    def _verify(self, frame: Frame) -> None:
        node = frame.node
        while frame.cursor < len(node.deps):
            dep = node.deps[frame.cursor]
            if not dep.clean and dep.frame is None:
                self._enter(dep)
                if not dep.clean:
                    return
            if dep.clean:
                if dep.height > self.rising.limit:
                    self.rising.reached(dep, self.root)
                dep.verified_at = self.memo.revision
            if not self._unchanged(frame, dep):
                self._restart(frame)
                return
            frame.cursor += 1
        self._verified(frame)

    def _unchanged(self, frame: Frame, dep: Node) -> bool:
        node, other = frame.node, dep.frame
        if other is None:
            return dep.changed_at <= node.verified_at
        # A cycle of nothing but old edges lies in one group. Any other has an edge that is computed anew.
        if node.group is None or dep.group is not node.group or not other.verifying:
            return False
        frame.low = min(frame.low, other.index)
        return True

    def _verified(self, frame: Frame) -> None:
        if frame.low < frame.index:
            self._suspend([frame], frame.low)
            return
        self.stack.pop()
        for member in [*self.pending[frame.mark :], frame]:
            node = member.node
            node.frame = None
            node.clean = True
            node.verified_at = self.memo.revision
        del self.pending[frame.mark :]
        if frame.node.group is not None:
            frame.node.group.entry = None

    def _restart(self, frame: Frame) -> None:
        group = frame.node.group
        if group is None:
            # The dependencies verified so far will be asked again, so what the frame knows about its cycle holds.
            self._start(frame)
        else:
            self._break(group)

    def _break(self, group: Group) -> None:
        # From the lowest member on, so that no member keeps what another one knew before.
        entry = group.entry
        assert entry is not None
        self._abandon_above(self.stack.index(entry) + 1, entry.mark)
        group.entry = None
        group.stale = True
        entry.low = entry.index
        self._start(entry)

    def _compute(self, frame: Frame) -> None:
        nodes, deps, send, revision = self.memo.nodes, frame.deps, frame.send, self.memo.revision
        rising = self.rising
        node, value = frame.asked, None
        while True:
            if node is not None:
                if not node.clean and node.frame is None:
                    frame.asked = node
                    self._enter(node)
                    if not node.clean:
                        return
                if node.clean:
                    if node.height > rising.limit:
                        rising.reached(node, self.root)
                    node.verified_at = revision
                    value = node.value
                elif self._breaks(node):
                    return
                else:
                    value = self._provisional(frame, node)
            try:
                key = send(value)
            except StopIteration as stop:
                self._returned(frame, stop.value)
                return
            node = nodes.get(key)
            if node is None:
                node = self.memo.add(key)
            deps[node] = None

    def _breaks(self, node: Node) -> bool:
        # What is computed anew never reads what is only being verified: the two lie on one cycle.
        if node.group is None or node.frame is None or not node.frame.verifying:
            return False
        self._break(node.group)
        return True

    def _provisional(self, frame: Frame, node: Node) -> Any:
        other = node.frame
        assert other is not None
        if other is frame:
            frame.cyclic = True
        frame.low = min(frame.low, other.index)
        if not other.has_draft:
            query, args = node.key
            if query.bottom is None:
                raise CycleError(self._cycle_through(other))
            other.draft = query.bottom(*args)
            other.has_draft = True
        return other.draft

    def _cycle_through(self, frame: Frame) -> str:
        members = [top for top in self.stack if isinstance(top, Frame) and top.index >= frame.index]
        return ", ".join(sorted(repr(member.node.key) for member in {*members, frame}))

    def _returned(self, frame: Frame, value: Any) -> None:
        component, node = frame.component, frame.node
        if component is not None:
            self.stack.pop()
            component.low = min(component.low, frame.low)
            component.absorb(self.pending[component.mark :])
            del self.pending[component.mark :]
            component.improve(frame, value)
        elif frame.low < frame.index:
            frame.draft = value
            frame.has_draft = True
            self._suspend([frame], frame.low)
        elif frame.cyclic or len(self.pending) > frame.mark:
            self.stack[-1] = Component([*self.pending[frame.mark :], frame], frame.index, frame.mark)
            del self.pending[frame.mark :]
        else:
            self.stack.pop()
            self.memo.store(node, value, frame.deps)

    def _suspend(self, frames: list[Frame], low: int) -> None:
        self.stack.pop()
        self.pending += frames
        self.stack[-1].low = min(self.stack[-1].low, low)

    def _iterate(self, component: Component) -> None:
        if component.low < component.index:
            for frame in component.frames:
                frame.component = None
            self._suspend(component.frames, component.low)
            return
        frame = component.next_due()
        if frame is not None:
            frame.low = component.index
            frame.mark = len(self.pending)
            self.stack.append(frame)
            self._start(frame)
        elif component.grew:
            component.restart()
        else:
            self._finalise(component)
            self.stack.pop()

    def _finalise(self, component: Component) -> None:
        self.memo.store_group([(frame.node, frame.draft, frame.deps) for frame in component.frames])

    def _abandon_above(self, height: int, mark: int) -> None:
        while len(self.stack) > height:
            top = self.stack.pop()
            for frame in top.frames if isinstance(top, Component) else (top,):
                _abandon(frame)
        for frame in self.pending[mark:]:
            _abandon(frame)
        del self.pending[mark:]


def _abandon(frame: Frame) -> None:
    node = frame.node
    node.frame = None
    if node.group is not None and node.group.entry is frame:
        node.group.entry = None
