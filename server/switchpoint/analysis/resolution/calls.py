"""Calls: what calling a value gives.

In: called values and arguments. Out: values. A call of an `async def` gives a coroutine that remembers its
arguments, so that its effect can depend on them; of a plain function, what its body returns, or what its annotation
or stub says where that is not resolved. This module must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    annotations,
    attributes,
    classes,
    construction,
    evaluation,
    gaps,
    names,
    natives,
    parameters,
    patching,
    protocols,
    restoring,
    truth,
    type_variables,
)
from switchpoint.analysis.resolution.nesting import bounded
from switchpoint.analysis.resolution.program import Program, qualified, stub_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ActivationValue,
    Arguments,
    ClaimedValue,
    ClassValue,
    ConstValue,
    Context,
    DescriptorValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NativeValue,
    NothingValue,
    NumberValue,
    PartialValue,
    StepValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    settled,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved


def call(program: Program, functions: Values, arguments: Arguments) -> Asking:
    """What calling any of `functions` gives."""
    parts: list[Values] = []
    for function in functions:
        parts.append((yield from call_one(program, function, arguments)))
    return join(parts)


def call_one(program: Program, function: Value, arguments: Arguments) -> Asking:
    """What calling this very value gives; nothing where it cannot be called."""
    match function:
        case FunctionValue():
            native = yield from natives.call_function(program, function, arguments)
            if native is not None:
                return native
            context = yield from parameters.bind(program, function, arguments)
            return (yield from activate(program, function, context))
        case MethodValue(function=inner, receiver=receiver):
            if isinstance(inner, NativeValue):
                return (yield from natives.call_method(program, inner.name, receiver, arguments))
            return (yield from call_one(program, inner, with_first(receiver, arguments)))
        case ClassValue():
            return (yield from construction.construct(program, function, arguments))
        case ClaimedValue(classes=made, as_class=True):
            return one(ClaimedValue(made))
        case InstanceValue() | ClaimedValue():
            method = yield from attributes.special(program, function, "__call__")
            return (yield from call(program, method, arguments))
        case PartialValue(function=inner, arguments=held):
            made: Values = yield from call_one(program, inner, _joined(held, arguments))
            by_hand = unknown(Unresolved.DYNAMIC, "the state of a partial")
            return made | by_hand if (yield restoring.are_given_by_hand()) else made
        case NativeValue(name=name):
            return (yield from natives.call_method(program, name, None, arguments))
        case UnknownValue():
            return function.given("call")
        case NothingValue():
            return one(function)
        case DescriptorValue(function=inner):
            return (yield from call_one(program, inner, arguments))
        case (
            ActivationValue()
            | StepValue()
            | ModuleValue()
            | ConstValue()
            | NumberValue()
            | DisplayValue()
            | SuperValue()
        ):
            return one(NothingValue())


def with_first(first: Value, arguments: Arguments) -> Arguments:
    return Arguments((one(first), *arguments.positional), arguments.keywords, arguments.rest, arguments.others)


def _joined(held: Arguments, more: Arguments) -> Arguments:
    keywords = dict(held.keywords) | dict(more.keywords)
    positional = held.positional if held.rest else (*held.positional, *more.positional)
    rest = join((held.rest, *more.positional, more.rest)) if held.rest else more.rest
    return Arguments(positional, tuple(keywords.items()), rest, join((held.others, more.others)))


def activate(program: Program, function: FunctionValue, context: Context) -> Asking:
    """What running the call gives: a coroutine or generator at once, otherwise what the body returns."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return one(program.without_source(function.definition))
    if function in (yield patching.computed_targets(program.top(function.definition.path))):
        return unknown(Unresolved.DYNAMIC, f"{qualified(function.definition)}.__code__")
    if form.kind is not f.FunctionKind.PLAIN and not function.definition.path.endswith(".pyi"):
        return one(ActivationValue(function, context, "new" if form.kind is f.FunctionKind.ASYNC_GENERATOR else "any"))
    if form.kind is f.FunctionKind.COROUTINE:
        return one(ActivationValue(function, context))
    return (yield returned(function, context))


# arguments


# results


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def returned(program: Program, function: FunctionValue, context: Context) -> Asking:
    """What the body returns; where that is not resolved, what its annotation or its stub says."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return one(program.without_source(function.definition))
    if function.definition.path.endswith(".pyi"):
        return (yield from _declared(program, function, form))
    frame = Frame(function, context)
    if not program.is_own(function.definition.path) and (
        yield from annotations.is_data(function.definition.path, form.annotation)
    ):
        assert form.annotation is not None
        return (yield from annotations.instances(program, evaluation.definition_frame(function, form), form.annotation))
    parts: list[Values] = []
    for value, region in form.returns:
        if not (yield from truth.is_dead(program, frame, form, region)):
            parts.append((yield from evaluation.evaluate(program, frame, value)))
    if form.falls_through:
        parts.append(one(ConstValue(None)))
    if not parts:
        return one(NothingValue())
    found = join(parts)
    if gaps.has_gaps(found):
        found = yield from _completed(program, function, form, context, found)
    return bounded(found)


def _completed(
    program: Program, function: FunctionValue, form: f.FunctionForm, context: Context, found: Values
) -> Asking:
    """Replaces what is not resolved by what the annotation says, the function's own or that of its stub."""
    typed: Values = NONE
    if form.annotation is not None:
        outer = evaluation.definition_frame(function, form)
        typed = yield from type_variables.solved(program, form, form, function.definition.path, context)
        typed = typed or (yield from annotations.instances(program, outer, form.annotation))
    else:
        stub: FunctionValue | None = yield from in_stub(program, function)
        described: f.FunctionForm | None = None if stub is None else (yield function_form(*stub.definition))
        if stub is not None and described is not None:
            typed = yield from type_variables.solved(program, form, described, stub.definition.path, context)
            typed = typed or (yield returned(stub, ()))
    if not typed:
        return found
    return gaps.filled(found, typed, is_own=program.is_own(function.definition.path))


def in_stub(program: Program, function: FunctionValue) -> Asking:
    """The function of the same name in the stub that describes the file: it has types where the source has none."""
    path: str | None = yield stub_of(function.definition.path)
    owner, _, name = qualified(function.definition).rpartition(".")
    if path is None or "." in owner:
        return None
    found: Values = yield names.own_global(path, owner or name)
    if owner:
        classes_ = [v for v in found if isinstance(v, ClassValue)]
        found = (yield classes.own_member(classes_[0], name)) if len(classes_) == 1 else NONE
    functions = [v for v in found if isinstance(v, FunctionValue)]
    return functions[0] if len(functions) == 1 else None


def _declared(program: Program, function: FunctionValue, form: f.FunctionForm) -> Asking:
    """What a stub says that a function returns. Stubs have no bodies: nothing more is known."""
    if form.annotation is None:
        return one(program.without_source(function.definition))
    outer = evaluation.definition_frame(function, form)
    found = yield from annotations.instances(program, outer, form.annotation)
    if has_unknown(found):
        kept = without_unknown(found)
        return join((kept, one(program.without_source(function.definition))))
    return found


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def yielded(program: Program, function: FunctionValue, context: Context) -> Asking:
    """What a generator hands out."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return one(program.without_source(function.definition))
    frame = Frame(function, context)
    parts: list[Values] = []
    for item in form.yields:
        if item.delegate is not None:
            inner = yield from evaluation.evaluate(program, frame, item.delegate)
            parts.append((yield from protocols.elements(program, inner, False)))
        elif item.value is not None:
            parts.append((yield from evaluation.evaluate(program, frame, item.value)))
        else:
            parts.append(one(ConstValue(None)))
    return bounded(settled(join(parts)))


# objects


# decorators
