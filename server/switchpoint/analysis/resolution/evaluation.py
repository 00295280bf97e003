"""Expressions to values, in a frame: the heart of resolution.

In: a frame (a function under certain arguments) and a form. Out: what it can be. Everything that has more than one
use is a query, so that it is found once and loops end in a least fixpoint. This module must not know what suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, piece
from switchpoint.analysis.resolution import (
    annotations,
    attributes,
    borrowed,
    call_expressions,
    classes,
    containers,
    decorators,
    gaps,
    importing,
    names,
    narrowing,
    operators,
    protocols,
    received,
    truth,
)
from switchpoint.analysis.resolution.nesting import bounded
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    ConstValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    NumberValue,
    Values,
    join,
    one,
    opened,
    settled,
    steppable,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.engine import Key
    from switchpoint.analysis.resolution.program import Program

Assumed = tuple[f.Local, Values] | None
"""A name taken to have certain values, while a test about it is tried."""


Named: TypeAlias = f.Local | f.Global | f.Attribute | f.Free | f.Scoped


def evaluate(program: Program, frame: Frame, expr: f.Expr, assumed: Assumed = None) -> Asking:
    """What `expr` can be in `frame`. Unresolved parts are `UnknownValue`s; nothing is left out."""
    match expr:
        case f.Const(value=value):
            return one(ConstValue(value))
        case f.Number(sign=sign):
            return one(NumberValue(sign))
        case f.Local() | f.Global() | f.Attribute() | f.Free() | f.Scoped():
            found = yield from _read(program, frame, expr, assumed)
            return (yield from containers.with_fillings_seen(program, frame, expr, found))
        case f.Call():
            return (yield from call_expressions.call_expression(program, frame, expr, assumed))
        case f.Subscript(base=base, index=index):
            return (yield from containers.subscript(program, frame, base, index, assumed))
        case f.Display():
            return (yield from containers.display(program, frame, expr, assumed))
        case f.Choice():
            return (yield from _choice(program, frame, expr, assumed))
        case f.Compare() | f.Not():
            return (yield from _condition(program, frame, expr, assumed))
        case f.Union_() | f.Operation():
            return (yield from _operation(program, frame, expr, assumed))
        case f.Closure(name=name):
            return one(closure(frame, name))
        case f.Opaque(why=why, detail=detail, builtin=builtin):
            return (yield from opaque(why, detail, builtin))
        case _:
            return (yield from _by_protocol(program, frame, expr, assumed))


def _read(program: Program, frame: Frame, expr: Named, assumed: Assumed) -> Asking:
    match expr:
        case f.Local():
            return (yield from _local(frame, expr, assumed))
        case f.Global(name=name):
            return (yield _global(frame.function.definition, name))
        case f.Attribute(base=base, name=name):
            bases: Values = yield from evaluate(program, frame, base, assumed)
            found: Values = yield from attributes.attribute(program, bases, name)
            return (yield from containers.methods_with_fillings(program, frame, base, found))
        case f.Free(name=name, level=level):
            return (yield from free(program, frame, name, level))
        case f.Scoped(name=name, outer=outer):
            return (yield from _scoped(program, frame, name, outer))
        case _:
            assert_never(expr)


def _global(here: Definition, name: str) -> Key[Any]:
    """Code of a module or class sees what stands above it; functions, which run later, see all of it."""
    if here.name == "" or here.name.endswith(".<class>"):
        return names.global_at(here.path, here.piece, name)
    return names.global_value(here.path, name)


ByProtocol: TypeAlias = f.Await | f.Delegated | f.Elements | f.Entered | f.Element | f.Narrowed | f.Starred


def _by_protocol(program: Program, frame: Frame, expr: ByProtocol, assumed: Assumed) -> Asking:
    """What a protocol gets out of a value, or what is left of it."""
    match expr:
        case f.Await(value=value) | f.Delegated(value=value):
            inner: Values = yield from evaluate(program, frame, value, assumed)
            return (yield from protocols.awaited(program, inner))
        case f.Elements(iterable=iterable, is_async=is_async):
            inner = yield from evaluate(program, frame, iterable, assumed)
            inner = yield from containers.with_fillings(program, frame, iterable, inner)
            return (yield from protocols.elements(program, inner, is_async))
        case f.Entered(manager=manager, is_async=is_async):
            inner = yield from evaluate(program, frame, manager, assumed)
            return (yield from protocols.entered(program, inner, is_async))
        case f.Element(value=value, index=index):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from protocols.element(program, inner, index))
        case f.Narrowed(value=value, test=test, holds=holds):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from narrowing.narrow(program, frame, value, inner, test, holds=holds))
        case f.Starred(value=value):
            return (yield from evaluate(program, frame, value, assumed))
        case _:
            assert_never(expr)


def _condition(program: Program, frame: Frame, expr: f.Compare | f.Not, assumed: Assumed) -> Asking:
    decided = yield from truth.decide(program, frame, expr, assumed)
    if decided is truth.PENDING:
        return NONE
    return unknown(Unresolved.VALUE, "the result of a comparison") if decided is None else one(ConstValue(decided))


def _operation(program: Program, frame: Frame, expr: f.Union_ | f.Operation, assumed: Assumed) -> Asking:
    """An operator between two values; `A | B` between classes is a type and may be either."""
    left: Values = yield from evaluate(program, frame, expr.left, assumed)
    right: Values = yield from evaluate(program, frame, expr.right, assumed)
    if isinstance(expr, f.Operation):
        return (yield from operators.operate(program, left, expr.operator, right))
    return (yield from operators.united(program, left, right))


def opaque(why: Unresolved, detail: str, builtin: str) -> Asking:
    """A value that syntax alone types, or does not."""
    if not builtin or builtin in {"number", "empty"}:
        return one(NumberValue(1)) if builtin == "number" else unknown(why, detail)
    found = yield names.builtin(builtin)
    return frozenset(InstanceValue(v, exact=True) for v in found if isinstance(v, ClassValue)) or unknown(why, detail)


def closure(frame: Frame, name: str) -> FunctionValue:
    """The function object that a `lambda`, generator expression or inner `def` makes in this activation."""
    here = frame.function.definition
    return FunctionValue(Definition(here.path, here.piece, name), _function_frame(frame))


def _function_frame(frame: Frame) -> Frame | None:
    """The activation that closures made here capture: none at module or class level."""
    name = frame.function.definition.name
    if name == "":
        return None
    return frame.function.frame if name.endswith(".<class>") else frame


# names


def _local(frame: Frame, expr: f.Local, assumed: Assumed) -> Asking:
    if assumed is not None and assumed[0] == expr:
        return assumed[1]
    if len(expr.reaching) == 1:
        return (yield bound(frame, expr.reaching[0]))
    parts: list[Values] = []
    for index in expr.reaching:
        parts.append((yield bound(frame, index)))
    return join(parts) if parts else unknown(Unresolved.NAME, expr.name)


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def bound(program: Program, frame: Frame, index: int) -> Asking:
    """What one binding of a function binds; empty where the binding cannot happen in this frame."""
    return bounded((yield from _bound(program, frame, index)))


def _bound(program: Program, frame: Frame, index: int) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None or index >= len(form.bindings):
        return unknown(Unresolved.VALUE, "code that is gone")
    binding = form.bindings[index]
    if (yield from truth.is_dead(program, frame, form, binding.region)):
        return NONE
    match binding.source:
        case f.FromParameter(name=name):
            return opened((yield from received.received(program, frame, form, name)), name in form.escaping)
        case f.FromValue(value=None, annotation=annotation):
            return NONE if annotation is None else (yield from annotations.instances(program, frame, annotation))
        case f.FromValue(value=value, annotation=annotation):
            assert value is not None
            found = yield from evaluate(program, frame, value)
            is_display = isinstance(value, f.Display | f.Call) or _takes_the_rest(value)
            found = settled(found) if binding.name in form.handled else steppable(found)
            found = opened(found, not is_display or binding.name in form.escaping)
            if annotation is None or not gaps.has_gaps(found):
                return found
            typed = yield from annotations.instances(program, frame, annotation)
            return gaps.filled(
                found,
                typed,
                is_own=program.is_own(frame.function.definition.path),
                is_handed=binding.name in form.escaping,
            )
        case f.FromDefinition(name=name, is_class=is_class):
            made = decorators.decorated_class if is_class else decorators.decorated_function
            return (yield made(frame, name))
        case f.FromImport():
            return (yield from importing.from_import(program, frame.function.definition.path, binding.source))
        case f.FromJoin(reaching=reaching):
            parts: list[Values] = []
            for inner in reaching:
                parts.append((yield bound(frame, inner)))
            return join(parts)
        case f.FromDelete() | f.FromStar():
            return NONE
        case _:
            assert_never(binding.source)


def _takes_the_rest(value: f.Expr | None) -> bool:
    """Whether this is what a starred target takes: a list that nobody else has."""
    return isinstance(value, f.Element) and isinstance(value.index, tuple)


def definition_frame(function: FunctionValue, form: f.FunctionForm) -> Frame:
    """Where a function's decorators, defaults and annotations are evaluated."""
    here = function.definition
    if form.owner:
        return Frame(FunctionValue(Definition(here.path, here.piece, form.owner + ".<class>"), function.frame), ())
    return enclosing(function, form) or Frame(FunctionValue(Definition(here.path, here.piece, "")), ())


def enclosing(function: FunctionValue, form: f.FunctionForm) -> Frame | None:
    """The activation of the enclosing function: the captured one, or the one about which nothing is known."""
    if form.parent is None:
        return None
    if function.frame is not None:
        return function.frame
    here = function.definition
    return Frame(FunctionValue(Definition(here.path, here.piece, form.parent)), ())


def free(program: Program, frame: Frame, name: str, level: int) -> Asking:
    """A variable of an enclosing function: every binding of it, since closures are read late."""
    for _ in range(level):
        form: f.FunctionForm | None = yield function_form(*frame.function.definition)
        outer = None if form is None else enclosing(frame.function, form)
        if outer is None:
            return unknown(Unresolved.NAME, name)
        frame = outer
    return (yield cell(frame, name))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def cell(program: Program, frame: Frame, name: str) -> Asking:
    """All that a function and the functions inside it ever bind to one of its names."""
    here = frame.function.definition
    form: f.FunctionForm | None = yield function_form(*here)
    if form is None:
        return unknown(Unresolved.NAME, name)
    parts: list[Values] = []
    for index, binding in enumerate(form.bindings):
        if binding.name == name and not _is_derived(binding.source):
            parts.append((yield bound(frame, index)))
    whole: f.PieceForm = yield piece(here.path, here.piece)
    for inside, inner in whole.functions.items():
        if not inside.startswith(here.name + "."):
            continue
        for written, index in inner.outer_writes:
            if written == name:
                function = FunctionValue(Definition(here.path, here.piece, inside))
                captured = frame if inner.parent == here.name else None
                parts.append((yield bound(Frame(FunctionValue(function.definition, captured), ()), index)))
    found = settled(join((*parts, (yield borrowed.other_cells(here)))))
    return found or unknown(Unresolved.NAME, name)


def _is_derived(source: f.Source) -> bool:
    if isinstance(source, f.FromValue):
        return isinstance(source.value, f.Narrowed)
    return isinstance(source, f.FromJoin | f.FromDelete)


def _scoped(program: Program, frame: Frame, name: str, outer: f.Free | f.Global) -> Asking:
    owner = yield from classes.class_of_scope(program, frame)
    found: Values = NONE
    if owner is not None:
        found = yield from classes.member_at(program, owner, frame.function.definition, name)
    return found or (yield from evaluate(program, frame, outer))


# choices and calls


def _choice(program: Program, frame: Frame, expr: f.Choice, assumed: Assumed) -> Asking:
    """Alternatives that the test excludes are left out; `or` passes over what is false, `and` stops at it."""
    if expr.test is not None:
        decided = yield from truth.decide(program, frame, expr.test, assumed)
        parts: list[Values] = []
        for holds, option in ((True, expr.options[0]), (False, expr.options[1])):
            if decided is None or decided is holds:
                parts.append((yield from evaluate(program, frame, option, assumed)))
        return join(parts)
    parts = []
    if not expr.operator:
        for option in expr.options:
            parts.append((yield from evaluate(program, frame, option, assumed)))
        return join(parts)
    stops = expr.operator == "or"
    for option in expr.options[:-1]:
        found = yield from evaluate(program, frame, option, assumed)
        stopping = yield from truth.only(program, found, stops)
        parts.append(stopping)
        if found and not (yield from truth.only(program, found, not stops)):
            return join(parts)
    parts.append((yield from evaluate(program, frame, expr.options[-1], assumed)))
    return join(parts)
