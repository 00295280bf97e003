"""Control flow: one walk over all paths of a function, with the states in which each place can be reached.

In: a function in a frame. Out: the states in which it ends, what its paths touch, and which of its sites are
reached at all. A loop is walked until nothing is added. This module must not know what a site does: it asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.marks import ENDING
from switchpoint.analysis.resolution import classes, evaluation, names, protocols, truth
from switchpoint.analysis.resolution.program import Program, also_called, setters_of
from switchpoint.analysis.resolution.values import (
    Arguments,
    ClassValue,
    Frame,
    Values,
    unknown,
)
from switchpoint.analysis.suspension import driving, effects
from switchpoint.analysis.suspension.outcomes import BEFORE, BEGUN, CLEAN, SWITCHED, Outcome, after
from switchpoint.analysis.verdicts import SiteKind, Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Piece


def walked(program: Program, frame: Frame, form: f.FunctionForm) -> Asking:
    """The `Walk` through a whole function, done."""
    raises = yield from raises_may_end(program, frame, form)
    walk = Walk(program, frame, form, (yield from calls_may_end(program, frame, form)), raises)
    walk.end = yield from walk.through(form.flow, CLEAN)
    return walk


def calls_may_end(program: Program, frame: Frame, form: f.FunctionForm) -> Asking:
    """Whether plain functions that a coroutine calls may raise `StopAsyncIteration`, which would be its own end: some
    do in the same package, or both are the user's."""
    if form.kind is not f.FunctionKind.COROUTINE or not form.runs_calls:
        return False
    here = frame.function.definition.path
    ending: tuple[Piece, ...] = yield setters_of(ENDING)
    near = (program.top(path) == program.top(here) for path, _ in ending)
    if any(near) or (program.is_own(here) and any(program.is_own(path) for path, _ in ending)):
        return True
    return program.is_own(here) and (yield _users_derive_an_end())


def raises_may_end(program: Program, frame: Frame, form: f.FunctionForm) -> Asking:
    """Whether what a coroutine of the user's raises may be `StopAsyncIteration` under another name, or derived."""
    if form.kind is not f.FunctionKind.COROUTINE or not program.is_own(frame.function.definition.path):
        return False
    return bool((yield also_called(_END))) or (yield _users_derive_an_end())


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _users_derive_an_end(program: Program) -> Asking:
    """Whether a class of the user's is a `StopAsyncIteration`, as far as is known: each could be that has a base of
    which nothing is known."""
    end: Values = yield names.builtin(_END)
    for value in end:
        if not isinstance(value, ClassValue):
            continue
        below: tuple[ClassValue, ...] | None = yield classes.subclasses(value)
        for cls in below or ():
            order: classes.Order = yield classes.order(cls)
            if program.is_own(cls.definition.path) and value in order:
                return True
    return False


_END = "StopAsyncIteration"


@dataclass(slots=True)
class Ways:
    """The states in which control leaves a stretch of flow, by the way it leaves. `ended`: those of `raised` in which
    it is by `StopAsyncIteration`."""

    fall: int = 0
    returned: int = 0
    broken: int = 0
    continued: int = 0
    raised: int = 0
    ended: int = 0

    def add(self, other: Ways) -> None:
        """Takes over the jumps of an inner stretch."""
        self.returned |= other.returned
        self.broken |= other.broken
        self.continued |= other.continued
        self.raised |= other.raised
        self.ended |= other.ended


@dataclass(slots=True)
class Walk:
    """One walk through the flow of one function in one frame: how it ends, what any path touches (of an async
    generator: before and after its first `yield`), and the sites that are reached, likewise."""

    program: Program
    frame: Frame
    form: f.FunctionForm
    calls_may_end: bool
    raises_may_end: bool
    end: Ways = field(default_factory=Ways)
    touched: int = 0
    first_steps: int = 0
    first_touched: int = 0
    later_steps: int = 0
    later_touched: int = 0
    reached: set[int] = field(default_factory=set[int])
    first_reached: set[int] = field(default_factory=set[int])
    later_reached: set[int] = field(default_factory=set[int])
    finals: dict[tuple[int, int], Ways] = field(default_factory=dict[tuple[int, int], Ways])

    def through(self, flow: f.Flow, states: int) -> Asking:
        """The ways out of `flow`, entered in any of `states`. `raised` holds every state that was passed."""
        ways = Ways(fall=states)
        for node in flow:
            if not ways.fall:
                break
            states = ways.fall
            match node:
                case f.Risk():
                    ways.raised |= states
                    ways.ended |= states if self.calls_may_end else 0
                case f.Suspend(site=site):
                    ways.fall = yield from self._suspend(site, states, ways)
                case f.Yield(index=index):
                    ways.fall = yield from self._yield(index, states, ways)
                case f.Jump():
                    _jump(ways, node, states)
                    ways.ended |= states if node is f.Jump.RAISE and self.raises_may_end else 0
                case f.Branch():
                    yield from self._branch(node, states, ways)
                case f.Loop():
                    yield from self._loop(node, states, ways)
                case f.Try():
                    yield from self._try(node, states, ways)
                case f.Guarded():
                    yield from self._guarded(node, states, ways)
                case _:
                    assert_never(node)
        return ways

    def _suspend(self, site: int, states: int, ways: Ways) -> Asking:
        result: Outcome = yield effects.site_outcome(self.frame, site)
        self.reached.add(site)
        if states & BEFORE:
            self.first_reached.add(site)
        if states >> BEGUN:
            self.later_reached.add(site)
        self._touch(states, result.touched)
        ways.raised |= after(states, result.touched)
        ways.ended |= after(states, result.ended)
        return after(states, result.normal)

    def _yield(self, index: int, states: int, ways: Ways) -> Asking:
        if self.form.kind is f.FunctionKind.ASYNC_GENERATOR:
            self.first_steps |= states & BEFORE
            self.later_steps |= states >> BEGUN
            ways.raised |= CLEAN << BEGUN
            return CLEAN << BEGUN
        delegate = self.form.yields[index].delegate
        if delegate is None:
            self.touched |= SWITCHED
            ways.raised |= SWITCHED
            return SWITCHED
        inner = yield from evaluation.evaluate(self.program, self.frame, delegate)
        result = yield from driving.drive_delegate(self.program, inner)
        self._touch(states, result.touched)
        ways.raised |= after(states, result.touched)
        return after(states, result.normal)

    def _touch(self, states: int, touched: int) -> None:
        self.touched |= touched
        if states & BEFORE:
            self.first_touched |= touched
        if states >> BEGUN:
            self.later_touched |= touched

    def _branch(self, node: f.Branch, states: int, ways: Ways) -> Asking:
        fall, open_ = 0, True
        for test, arm in node.arms:
            decided = None
            if test is not None:
                # Values never depend on effects: what is still pending here was found by nobody, and proves nothing.
                decided = yield truth.decided_in(self.frame, test)
            if decided is False:
                continue
            inner: Ways = yield from self.through(arm, states)
            ways.add(inner)
            fall |= inner.fall
            if decided is True:
                open_ = False
                break
        if open_ and not node.exhaustive:
            inner = yield from self.through(node.orelse, states)
            ways.add(inner)
            fall |= inner.fall
        ways.fall = fall

    def _loop(self, node: f.Loop, states: int, ways: Ways) -> Asking:
        decided = None
        if node.test is not None:
            decided = yield truth.decided_in(self.frame, node.test)
        entered, left = states, 0
        while True:
            head: Ways = yield from self.through(node.head, entered)
            inner = Ways()
            if decided is not False:
                inner = yield from self.through(node.body, head.fall)
            ways.returned |= head.returned | inner.returned
            ways.raised |= head.raised | inner.raised
            ways.ended |= head.ended | inner.ended
            left |= inner.broken
            again = entered | inner.fall | inner.continued
            if again == entered:
                break
            entered = again
        done = 0 if decided is True else head.fall
        if done and node.body and isinstance(first := node.body[0], f.Suspend) and self._is_next(first.site):
            done = after(done, (yield effects.site_outcome(self.frame, first.site)).normal) or done
        orelse: Ways = yield from self.through(node.orelse, done)
        ways.add(orelse)
        ways.fall = left | orelse.fall

    def _is_next(self, site: int) -> bool:
        return self.form.sites[site].kind is SiteKind.NEXT

    def _try(self, node: f.Try, states: int, ways: Ways) -> Asking:
        body: Ways = yield from self.through(node.body, states)
        orelse: Ways = yield from self.through(node.orelse, body.fall)
        total = Ways(fall=orelse.fall)
        total.add(body)
        total.add(orelse)
        for handler in node.handlers:
            inner: Ways = yield from self.through(handler, body.raised)
            total.add(inner)
            total.fall |= inner.fall
        if node.final:
            total = yield from self._finally(node.final, total)
        ways.add(total)
        ways.fall = total.fall

    def _finally(self, final: f.Flow, ways: Ways) -> Asking:
        """The final block runs on every way out; a jump of its own replaces what was under way."""
        result = Ways()
        for name in ("fall", "returned", "broken", "continued", "raised", "ended"):
            states: int = getattr(ways, name)
            if states:
                inner: Ways = yield from self._once(final, states)
                result.add(inner)
                setattr(result, name, getattr(result, name) | inner.fall)
        return result

    def _once(self, final: f.Flow, states: int) -> Asking:
        """The ways out of a final block, walked once from the same states: each of many ways leads through it, and
        through those inside it."""
        known = self.finals.get((id(final), states))
        if known is None:
            known = self.finals[id(final), states] = yield from self.through(final, states)
        return known

    def _guarded(self, node: f.Guarded, states: int, ways: Ways) -> Asking:
        body: Ways = yield from self.through(node.body, states)
        total = body
        if node.exits:
            total = yield from self._finally(node.exits, body)
        if body.raised & ~body.fall:
            for manager, is_async in node.managers:
                if (yield from self._may_swallow(manager, is_async)):
                    total.fall |= total.raised
                    break
        ways.add(total)
        ways.fall = total.fall

    def _may_swallow(self, manager: f.Expr, is_async: bool) -> Asking:
        values = yield from evaluation.evaluate(self.program, self.frame, manager)
        raised = unknown(Unresolved.VALUE, "what the block raised")
        arguments = Arguments((raised, raised, raised))
        result = yield from driving.called(self.program, values, "__aexit__" if is_async else "__exit__", arguments)
        if is_async:
            result = yield from protocols.awaited(self.program, result)
        return (yield from truth.truth_of(self.program, result)) is not False


def _jump(ways: Ways, jump: f.Jump, states: int) -> None:
    match jump:
        case f.Jump.RETURN:
            ways.returned |= states
        case f.Jump.RAISE:
            ways.raised |= states
        case f.Jump.END:
            ways.raised |= states
            ways.ended |= states
        case f.Jump.BREAK:
            ways.broken |= states
        case f.Jump.CONTINUE:
            ways.continued |= states
        case _:
            assert_never(jump)
    ways.fall = 0
