"""Effects: whether driving something can reach the event loop, found by walking control flow down to real yields.

In: functions under contexts. Out: `Outcome`s, as queries; recursion ends in the least fixpoint. This module must not know
files, positions or wording.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import attributes, calls, evaluation, protocols, truth
from switchpoint.analysis.resolution.program import Program
from switchpoint.analysis.resolution.values import (
    BUDGET,
    ActivationValue,
    Arguments,
    Context,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    NothingValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
    after_entering,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Effect, SiteKind, Unresolved

CLEAN, SWITCHED, UNSURE = 1, 2, 4
"""States of a path: it has not left the task, it has, it passed something unresolved. Combined as bits."""

BEGUN = 3
"""By how many bits the states of paths are shifted that have passed a `yield` of an async generator."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`normal`: the states in which driving can complete. `touched`: what any path does, also one that then raises."""

    normal: int = 0
    touched: int = 0

    @property
    def effect(self) -> Effect:
        if not (self.normal | self.touched) & (SWITCHED | UNSURE):
            return Effect.NEVER
        if self.normal == SWITCHED or (self.normal == 0 and self.touched & SWITCHED):
            return Effect.ALWAYS
        if (self.normal | self.touched) & SWITCHED:
            return Effect.SOMETIMES
        return Effect.UNKNOWN

    def joined(self, other: Outcome) -> Outcome:
        return Outcome(self.normal | other.normal, self.touched | other.touched)


NOTHING = Outcome()
NEVER = Outcome(CLEAN, CLEAN)
ALWAYS = Outcome(SWITCHED, SWITCHED)
SOMETIMES = Outcome(CLEAN | SWITCHED, CLEAN | SWITCHED)
UNKNOWN = Outcome(UNSURE, UNSURE)
RAISES = Outcome(0, CLEAN)


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def outcome(program: Program, function: FunctionValue, context: Context) -> Asking:
    """What driving a coroutine or generator of this function to its end does. For an async generator: any one step."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or function.definition.path.endswith(".pyi"):
        return UNKNOWN
    walker = _Walker(program, Frame(function, context), form)
    end = yield from walker.walk(form.flow, CLEAN)
    normal = end.fall | end.returned
    if not form.falls_through and not form.flow:
        normal = CLEAN if form.returns else 0
    if form.kind is f.FunctionKind.ASYNC_GENERATOR:
        normal = (normal & 7) | (normal >> BEGUN) | walker.first_steps | walker.later_steps
    return Outcome(normal, walker.touched | CLEAN)


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def step_outcome(program: Program, function: FunctionValue, context: Context, phase: str) -> Asking:
    """What one step of an async generator does: the "first", from its start to its first `yield`, a "later" one, or "any"."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or function.definition.path.endswith(".pyi") or phase == "any":
        return (yield outcome(function, context))
    walker = _Walker(program, Frame(function, context), form)
    end = yield from walker.walk(form.flow, CLEAN)
    normal = end.fall | end.returned
    if phase == "first":
        return Outcome(walker.first_steps | normal & 7, walker.first_touched | CLEAN)
    return Outcome(walker.later_steps | normal >> BEGUN, walker.later_touched | CLEAN)


@query(bottom=lambda *_: NOTHING, widen=lambda *_: UNKNOWN)
def site_outcome(program: Program, frame: Frame, index: int) -> Asking:
    """What one site of a function does."""
    found = yield site_values(frame, index)
    return (yield from drive(program, found))


@query(bottom=lambda *_: frozenset(), widen=lambda *_: BUDGET)
def site_values(program: Program, frame: Frame, index: int) -> Asking:
    """The awaitables that a site drives."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None or index >= len(form.sites):
        return unknown(Unresolved.VALUE, "code that is gone")
    site = form.sites[index]
    values = yield from evaluation.evaluate(program, frame, site.operand)
    if not isinstance(site.operand, f.Call) and site.kind is not SiteKind.AWAIT:
        values = settled(values)
    match site.kind:
        case SiteKind.AWAIT:
            if isinstance(site.operand, f.Call) or values == settled(values):
                return values
            awaits = [s for s in form.sites if s.kind is SiteKind.AWAIT and _same_name(s.operand, site.operand)]
            return values if len(awaits) == 1 else settled(values)
        case SiteKind.ENTER:
            return (yield from _called(program, values, "__aenter__", Arguments()))
        case SiteKind.EXIT:
            raised = unknown(Unresolved.VALUE, "what the block raised")
            return (yield from _called(program, after_entering(values), "__aexit__", Arguments((raised, raised, raised))))
        case SiteKind.NEXT:
            return (yield from protocols.next_step(program, settled(values)))
        case _:
            assert_never(site.kind)


def _same_name(first: f.Expr, second: f.Expr) -> bool:
    return isinstance(first, f.Local) and isinstance(second, f.Local) and first.name == second.name


def _called(program: Program, values: Values, name: str, arguments: Arguments) -> Asking:
    parts: set[Value] = set()
    for value in values:
        method = yield from attributes.special(program, value, name)
        parts |= yield from calls.call(program, method, arguments)
    return frozenset(parts)


def drive(program: Program, values: Values) -> Asking:
    """What awaiting any of these does. Nothing at all to await is not a proof of anything."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        result = result.joined((yield from _drive(program, value)))
    return result


def _drive(program: Program, value: Value) -> Asking:
    match value:
        case ActivationValue(function=function, context=context):
            return (yield outcome(function, context))
        case StepValue(generator=generator, phase=phase):
            return (yield step_outcome(generator.function, generator.context, phase))
        case UnknownValue() | NothingValue():
            return UNKNOWN
        case InstanceValue(state="fresh"):
            fresh = yield from _await(program, replace(value, state="pristine"))
            return fresh if fresh.normal == SWITCHED else (yield from _await(program, replace(value, state="")))
        case InstanceValue():
            return (yield from _await(program, value))
        case _:
            return RAISES


def _await(program: Program, value: InstanceValue) -> Asking:
    method = yield from attributes.special(program, value, "__await__")
    iterators = yield from calls.call(program, method, Arguments())
    return (yield from drive_iterators(program, iterators))


def drive_iterators(program: Program, values: Values) -> Asking:
    """What exhausting the iterator that an `__await__` returned does: each item is a yield to the event loop."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        match value:
            case ActivationValue() | StepValue():
                inner = yield from _drive(program, value)
            case UnknownValue() | NothingValue():
                inner = UNKNOWN
            case DisplayValue():
                inner = _items(value)
            case InstanceValue():
                method = yield from attributes.special(program, value, "__next__")
                absent = all(isinstance(v, NothingValue) for v in method)
                given = yield from calls.call(program, method, Arguments())
                ends = bool(given) and all(isinstance(v, NothingValue) for v in given)
                inner = RAISES if absent and method else UNKNOWN if _unresolved(method) else NEVER if ends else SOMETIMES
            case _:
                inner = RAISES
        result = result.joined(inner)
    return result


def _unresolved(values: Values) -> bool:
    return not values or any(isinstance(v, UnknownValue) for v in values)


def _items(value: DisplayValue) -> Outcome:
    if value.is_open or value.kind in ("some", "dict", "set"):
        return SOMETIMES
    return ALWAYS if value.items else NEVER


@dataclass(slots=True)
class _Ways:
    """The states in which control leaves a stretch of flow, by the way it leaves."""

    fall: int = 0
    returned: int = 0
    broken: int = 0
    continued: int = 0
    raised: int = 0

    def add(self, other: _Ways) -> None:
        """Takes over the jumps of an inner stretch."""
        self.returned |= other.returned
        self.broken |= other.broken
        self.continued |= other.continued
        self.raised |= other.raised


@dataclass(slots=True)
class _Walker:
    """One walk through the flow of one function in one frame."""

    program: Program
    frame: Frame
    form: f.FunctionForm
    touched: int = 0
    first_steps: int = 0
    first_touched: int = 0
    later_steps: int = 0
    later_touched: int = 0
    reached: set[int] = field(default_factory=set[int])

    def walk(self, flow: f.Flow, states: int) -> Asking:
        """The ways out of `flow`, entered in any of `states`. `raised` holds every state that was passed."""
        ways = _Ways(fall=states)
        for node in flow:
            if not ways.fall:
                break
            states = ways.fall
            match node:
                case f.Risk():
                    ways.raised |= states
                case f.Suspend(site=site):
                    ways.fall = yield from self._suspend(site, states, ways)
                case f.Yield(index=index):
                    ways.fall = yield from self._yield(index, states, ways)
                case f.Jump():
                    _jump(ways, node, states)
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

    def _suspend(self, site: int, states: int, ways: _Ways) -> Asking:
        result: Outcome = yield site_outcome(self.frame, site)
        self.reached.add(site)
        self._touch(states, result.touched)
        ways.raised |= _after(states, result.touched)
        return _after(states, result.normal)

    def _yield(self, index: int, states: int, ways: _Ways) -> Asking:
        if self.form.kind is f.FunctionKind.ASYNC_GENERATOR:
            self.first_steps |= states & 7
            self.later_steps |= states >> BEGUN
            ways.raised |= CLEAN << BEGUN
            return CLEAN << BEGUN
        delegate = self.form.yields[index].delegate
        if delegate is None:
            self.touched |= SWITCHED
            ways.raised |= SWITCHED
            return SWITCHED
        inner = yield from evaluation.evaluate(self.program, self.frame, delegate)
        result = yield from drive_delegate(self.program, inner)
        self._touch(states, result.touched)
        ways.raised |= _after(states, result.touched)
        return _after(states, result.normal)

    def _touch(self, states: int, touched: int) -> None:
        self.touched |= touched
        if states & 7:
            self.first_touched |= touched
        if states >> BEGUN:
            self.later_touched |= touched

    def _branch(self, node: f.Branch, states: int, ways: _Ways) -> Asking:
        fall, open_ = 0, True
        for test, arm in node.arms:
            decided = None
            if test is not None and (truth.is_cheap(test) or _suspends(arm) or _suspends(node.orelse)):
                decided = yield truth.decided_in(self.frame, test)
            if decided is False:
                continue
            if decided is truth.PENDING:
                open_ = False
                break
            inner: _Ways = yield from self.walk(arm, states)
            ways.add(inner)
            fall |= inner.fall
            if decided is True:
                open_ = False
                break
        if open_ and not node.exhaustive:
            inner = yield from self.walk(node.orelse, states)
            ways.add(inner)
            fall |= inner.fall
        ways.fall = fall

    def _loop(self, node: f.Loop, states: int, ways: _Ways) -> Asking:
        decided = None
        if node.test is not None:
            decided = yield truth.decided_in(self.frame, node.test)
        if decided is truth.PENDING:
            ways.fall = 0
            return
        entered, left = states, 0
        while True:
            head: _Ways = yield from self.walk(node.head, entered)
            inner = _Ways()
            if decided is not False:
                inner = yield from self.walk(node.body, head.fall)
            ways.returned |= head.returned | inner.returned
            ways.raised |= head.raised | inner.raised
            left |= inner.broken
            again = entered | inner.fall | inner.continued
            if again == entered:
                break
            entered = again
        done = 0 if decided is True else head.fall
        if done and node.body and isinstance(first := node.body[0], f.Suspend) and self._is_next(first.site):
            done = _after(done, (yield site_outcome(self.frame, first.site)).normal) or done
        orelse: _Ways = yield from self.walk(node.orelse, done)
        ways.add(orelse)
        ways.fall = left | orelse.fall

    def _is_next(self, site: int) -> bool:
        return self.form.sites[site].kind is SiteKind.NEXT

    def _try(self, node: f.Try, states: int, ways: _Ways) -> Asking:
        body: _Ways = yield from self.walk(node.body, states)
        orelse: _Ways = yield from self.walk(node.orelse, body.fall)
        total = _Ways(fall=orelse.fall)
        total.add(body)
        total.add(orelse)
        for handler in node.handlers:
            inner: _Ways = yield from self.walk(handler, body.raised)
            total.add(inner)
            total.fall |= inner.fall
        if node.final:
            total = yield from self._finally(node.final, total)
        ways.add(total)
        ways.fall = total.fall

    def _finally(self, final: f.Flow, ways: _Ways) -> Asking:
        """The final block runs on every way out; a jump of its own replaces what was under way."""
        result = _Ways()
        for name in ("fall", "returned", "broken", "continued", "raised"):
            states: int = getattr(ways, name)
            if states:
                inner: _Ways = yield from self.walk(final, states)
                result.add(inner)
                setattr(result, name, getattr(result, name) | inner.fall)
        return result

    def _guarded(self, node: f.Guarded, states: int, ways: _Ways) -> Asking:
        body: _Ways = yield from self.walk(node.body, states)
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
        result = yield from _called(self.program, values, "__aexit__" if is_async else "__exit__", arguments)
        if is_async:
            result = yield from protocols.awaited(self.program, result)
        return (yield from truth.truth_of(self.program, result)) is not False


def drive_delegate(program: Program, values: Values) -> Asking:
    """`yield from x`: a coroutine or an iterator; what has only `__iter__` is asked for its iterator."""
    result = NOTHING if values else UNKNOWN
    for value in values:
        if isinstance(value, InstanceValue):
            method = yield from attributes.special(program, value, "__iter__")
            iterators = yield from calls.call(program, method, Arguments())
            inner = yield from drive_iterators(program, iterators)
        else:
            inner = yield from drive_iterators(program, frozenset((value,)))
        result = result.joined(inner)
    return result


def _jump(ways: _Ways, jump: f.Jump, states: int) -> None:
    match jump:
        case f.Jump.RETURN:
            ways.returned |= states
        case f.Jump.RAISE:
            ways.raised |= states
        case f.Jump.BREAK:
            ways.broken |= states
        case f.Jump.CONTINUE:
            ways.continued |= states
        case _:
            assert_never(jump)
    ways.fall = 0


def _after(states: int, result: int) -> int:
    """The states of paths that were in `states` and then passed something that can end in `result`."""
    if states >> BEGUN:
        return _after(states & 7, result) | _after(states >> BEGUN, result) << BEGUN
    found = 0
    for state in (CLEAN, SWITCHED, UNSURE):
        if states & state:
            for ended in (CLEAN, SWITCHED, UNSURE):
                if result & ended:
                    found |= max(state, ended) if SWITCHED not in (state, ended) else SWITCHED
    return found


def _suspends(flow: f.Flow) -> bool:
    stack: list[f.Node] = list(flow)
    while stack:
        node = stack.pop()
        match node:
            case f.Suspend() | f.Yield():
                return True
            case f.Branch(arms=arms, orelse=orelse):
                stack.extend(inner for _, arm in arms for inner in arm)
                stack.extend(orelse)
            case f.Loop(body=body, orelse=orelse, head=head):
                stack.extend((*body, *orelse, *head))
            case f.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                stack.extend((*body, *orelse, *final, *(inner for handler in handlers for inner in handler)))
            case f.Guarded(body=body, exits=exits):
                stack.extend((*body, *exits))
            case f.Jump() | f.Risk():
                pass
    return False


__all__ = ["Outcome", "drive", "outcome", "site_outcome", "site_values"]
