"""Calls: arguments to parameters, what a call gives, what awaiting and iterating give.

In: called values and arguments. Out: values. A call of an `async def` gives a coroutine that remembers its arguments, so
that its effect can depend on them. This module must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import annotations, attributes, classes, evaluation, names, natives, transforms, truth
from switchpoint.analysis.resolution.program import Program, qualified, stub_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    DEEPEST,
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    ConstValue,
    Context,
    Definition,
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
    bounded,
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
        parts.append((yield from _call(program, function, arguments)))
    return join(parts)


def _call(program: Program, function: Value, arguments: Arguments) -> Asking:
    match function:
        case FunctionValue():
            native = yield from natives.call_function(program, function, arguments)
            if native is not None:
                return native
            context = yield from bind(program, function, arguments)
            return (yield from activate(program, function, context))
        case MethodValue(function=inner, receiver=receiver):
            if isinstance(inner, NativeValue):
                return (yield from natives.call_method(program, inner.name, receiver, arguments))
            return (yield from _call(program, inner, _after(receiver, arguments)))
        case ClassValue():
            return (yield from construct(program, function, arguments))
        case InstanceValue():
            method = yield from attributes.special(program, function, "__call__")
            return (yield from call(program, method, arguments))
        case PartialValue(function=inner, arguments=held):
            return (yield from _call(program, inner, _joined(held, arguments)))
        case NativeValue(name=name):
            return (yield from natives.call_method(program, name, None, arguments))
        case UnknownValue() | NothingValue():
            return one(function)
        case DescriptorValue(function=inner):
            return (yield from _call(program, inner, arguments))
        case ActivationValue() | StepValue() | ModuleValue() | ConstValue() | NumberValue() | DisplayValue() | SuperValue():
            return one(NothingValue())


def _after(first: Value, arguments: Arguments) -> Arguments:
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
    if function in (yield attributes.computed_targets(program.top(function.definition.path))):
        return unknown(Unresolved.DYNAMIC, f"{qualified(function.definition)}.__code__")
    if form.kind is not f.FunctionKind.PLAIN and not function.definition.path.endswith(".pyi"):
        return one(ActivationValue(function, context, "new" if form.kind is f.FunctionKind.ASYNC_GENERATOR else "any"))
    if form.kind is f.FunctionKind.COROUTINE:
        return one(ActivationValue(function, context))
    return (yield returned(function, context))


# arguments


def bind(program: Program, function: FunctionValue, arguments: Arguments) -> Asking:
    """The context of a call: the arguments that can matter, by parameter, in the form in which contexts are shared."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return ()
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    found: dict[str, Values] = {}
    for parameter in form.parameters:
        values = _taken(parameter, positional, keywords, arguments)
        if values is None and parameter.default is not None:
            if parameter.name not in form.relevant:
                continue
            outer = evaluation.definition_frame(function, form)
            values = yield from evaluation.evaluate(program, outer, parameter.default)
        if values is not None and parameter.name in form.relevant:
            found[parameter.name] = values if parameter.name in form.texts else _without_texts(values)
    limit = DEEPEST - 1
    own = form.parameters[0].name if form.parameters and form.owner is not None else None
    context = [
        (name, bounded(values if name == own else settled(values), limit)) for name, values in found.items()
    ]
    return tuple(sorted((pair for pair in context if not _says_nothing(pair[1])), key=lambda pair: pair[0]))


def _without_texts(values: Values) -> Values:
    """Which string it is does not matter to the callee: calls that differ only in it share one answer."""
    if not any(isinstance(v, ConstValue) and isinstance(v.value, str) for v in values):
        return values
    kept = frozenset(v for v in values if not (isinstance(v, ConstValue) and isinstance(v.value, str)))
    return kept | unknown(Unresolved.VALUE, "a string")


_LONGEST_VARARGS = 8
"""Longer `*args` are of unknown length, so that recursion that adds to them ends."""


def _taken(
    parameter: f.Parameter, positional: list[Values], keywords: dict[str, Values], arguments: Arguments
) -> Values | None:
    """The argument for one parameter; None when its default applies."""
    match parameter.kind:
        case "varargs":
            if arguments.rest or len(positional) > _LONGEST_VARARGS:
                return one(DisplayValue("some", (settled(join((*positional, arguments.rest))),)))
            return one(DisplayValue("tuple", tuple(settled(values) for values in positional)))
        case "kwargs":
            keys: tuple[str | None, ...] = tuple(keywords)
            items = tuple(settled(values) for values in keywords.values())
            if arguments.others:
                keys, items = (*keys, None), (*items, arguments.others)
            return one(DisplayValue("dict", items, keys))
        case _:
            pass
    if parameter.kind in ("positional", "plain"):
        if positional:
            return positional.pop(0)
        if arguments.rest:
            return join((arguments.rest, unknown(Unresolved.PARAMETER, parameter.name)))
    if parameter.kind != "positional" and parameter.name in keywords:
        return join((keywords.pop(parameter.name), arguments.others))
    if arguments.others:
        return join((arguments.others, unknown(Unresolved.PARAMETER, parameter.name)))
    return None if parameter.default is not None else one(NothingValue())


def _says_nothing(values: Values) -> bool:
    """Whether a context is better shared with those that know nothing of the parameter."""
    return not values or all(isinstance(v, UnknownValue) and v.why is not Unresolved.BUDGET for v in values)


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
    parts: list[Values] = []
    for value, region in form.returns:
        if not (yield from truth.is_dead(program, frame, form, region)):
            parts.append((yield from evaluation.evaluate(program, frame, value)))
    if form.falls_through:
        parts.append(one(ConstValue(None)))
    if not parts:
        return one(NothingValue())
    found = join(parts)
    if has_unknown(found):
        found = yield from _completed(program, function, form, found)
    return bounded(found)


def _completed(program: Program, function: FunctionValue, form: f.FunctionForm, found: Values) -> Asking:
    """Replaces what is not resolved by what the annotation says, the function's own or that of its stub."""
    typed: Values = NONE
    if form.annotation is not None:
        outer = evaluation.definition_frame(function, form)
        typed = yield from annotations.instances(program, outer, form.annotation)
    else:
        stub = yield from _in_stub(program, function)
        if stub is not None:
            typed = yield returned(stub, ())
    if not typed or has_unknown(typed):
        return found
    return join((without_unknown(found), typed))


def _in_stub(program: Program, function: FunctionValue) -> Asking:
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
            parts.append((yield from elements(program, inner, False)))
        elif item.value is not None:
            parts.append((yield from evaluation.evaluate(program, frame, item.value)))
        else:
            parts.append(one(ConstValue(None)))
    return bounded(settled(join(parts)))


def awaited(program: Program, values: Values) -> Asking:
    """What `await` gives for each of `values`."""
    parts: list[Values] = []
    for value in values:
        match value:
            case ActivationValue():
                parts.append((yield returned(value.function, value.context)))
            case StepValue(generator=generator):
                parts.append((yield yielded(generator.function, generator.context)))
            case UnknownValue():
                parts.append(one(value))
            case InstanceValue():
                method = yield from attributes.special(program, value, "__await__")
                inner = yield from call(program, method, Arguments())
                parts.append((yield from _iterated_result(inner, value)))
            case _:
                parts.append(one(NothingValue()))
    return join(parts)


def _iterated_result(values: Values, awaitable: InstanceValue) -> Asking:
    parts: list[Values] = []
    for value in values:
        if isinstance(value, ActivationValue):
            parts.append((yield returned(value.function, value.context)))
        elif isinstance(value, UnknownValue):
            parts.append(one(value))
        else:
            parts.append(unknown(Unresolved.VALUE, f"the result of awaiting {awaitable.cls.definition.name}"))
    return join(parts)


def elements(program: Program, values: Values, is_async: bool) -> Asking:
    """What one step of `for` or `async for` over `values` gives."""
    parts: list[Values] = []
    for value in values:
        if is_async:
            step = yield from next_step(program, settled(one(value)))
            parts.append((yield from awaited(program, step)))
        else:
            parts.append((yield from _elements(program, value)))
    return join(parts)


def _elements(program: Program, value: Value) -> Asking:
    match value:
        case DisplayValue(kind="dict"):
            names = frozenset(ConstValue(key) for key in value.keys if key is not None)
            return names if None not in value.keys and not value.is_open else unknown(Unresolved.VALUE, "keys of a dict")
        case DisplayValue():
            extra = unknown(Unresolved.VALUE, "a container that others may change") if value.is_open else NONE
            return join((*value.items, extra)) or one(NothingValue())
        case ActivationValue():
            return (yield yielded(value.function, value.context))
        case UnknownValue() | NothingValue():
            return one(value)
        case InstanceValue():
            method = yield from attributes.special(program, value, "__iter__")
            iterator = yield from call(program, method, Arguments())
            parts: list[Values] = []
            for inner in iterator:
                if isinstance(inner, InstanceValue):
                    step = yield from attributes.special(program, inner, "__next__")
                    parts.append((yield from call(program, step, Arguments())))
                elif isinstance(inner, ActivationValue | DisplayValue):
                    parts.append((yield from _elements(program, inner)))
                else:
                    parts.append(one(inner))
            return join(parts)
        case _:
            return unknown(Unresolved.VALUE, "an element of what is iterated over")


def next_step(program: Program, values: Values) -> Asking:
    """The awaitables that `async for` drives at each step: `type(x).__aiter__(x)`, then `__anext__` of that."""
    parts: list[Values] = []
    for value in values:
        if isinstance(value, UnknownValue | NothingValue):
            parts.append(one(value))
            continue
        method = yield from attributes.special(program, value, "__aiter__")
        iterators = yield from call(program, method, Arguments())
        for iterator in iterators:
            step = yield from attributes.special(program, iterator, "__anext__")
            parts.append((yield from call(program, step, Arguments())))
    return join(parts)


def entered(program: Program, values: Values, is_async: bool) -> Asking:
    """What `with x as y` binds."""
    parts: list[Values] = []
    for value in values:
        method = yield from attributes.special(program, value, "__aenter__" if is_async else "__enter__")
        result = yield from call(program, method, Arguments())
        parts.append((yield from awaited(program, result)) if is_async else result)
    return join(parts)


def element(program: Program, values: Values, index: int | None | tuple[int, int]) -> Asking:
    """One item of an unpacked value, or the list that a starred target takes."""
    parts: list[Values] = []
    if isinstance(index, tuple):
        return (yield from _middle(program, values, index))
    for value in values:
        if isinstance(value, DisplayValue) and value.kind in ("tuple", "list") and not value.is_open and index is not None:
            inside = -len(value.items) <= index < len(value.items)
            parts.append(value.items[index] if inside else one(NothingValue()))
        else:
            parts.append((yield from _elements(program, value)))
    return join(parts)


def _middle(program: Program, values: Values, around: tuple[int, int]) -> Asking:
    parts: list[Values] = []
    for value in values:
        if isinstance(value, DisplayValue) and value.kind in ("tuple", "list") and not value.is_open:
            parts.append(one(DisplayValue("list", value.items[around[0] : len(value.items) - around[1]])))
        else:
            parts.append(one(DisplayValue("some", ((yield from _elements(program, value)),))))
    return join(parts)


# objects


def construct(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """`Class(...)`: what a metaclass's `__call__` or the class's `__new__` gives, usually an instance."""
    native = yield from natives.construct(program, cls, arguments)
    if native is not None:
        return native
    meta = yield classes.metaclass(cls)
    if isinstance(meta, ClassValue):
        method = yield attributes.type_attribute(InstanceValue(meta, exact=True), "__call__")
        own = [v for v in method if isinstance(v, MethodValue) and _is_source(v.function)]
        if own:
            parts: list[Values] = []
            for value in own:
                parts.append((yield from _call(program, value.function, _after(cls, arguments))))
            return join(parts)
    elif isinstance(meta, UnknownValue):
        return one(meta)
    return (yield from make(program, cls, arguments))


def _is_source(value: Value) -> bool:
    return isinstance(value, FunctionValue) and not value.definition.path.endswith(".pyi")


def make(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """`type.__call__`: `__new__`, then `__init__` of what it gave (CPython `Objects/typeobject.c`, type_call)."""
    maker = yield attributes.class_attribute(cls, "__new__")
    for value in maker:
        if isinstance(value, UnknownValue) and value.why is not Unresolved.ATTRIBUTE:
            return one(value)
        if isinstance(value, FunctionValue) and _is_source(value):
            made = yield from _call(program, value, _after(ClassValue(cls.definition, cls.frame, cls.is_open), arguments))
            parts: list[Values] = []
            for result in made:
                if isinstance(result, InstanceValue) and result.cls.definition == cls.definition:
                    parts.append((yield from _initialised(program, cls, arguments)))
                else:
                    parts.append(one(result))
            return join(parts)
    return (yield from _initialised(program, cls, arguments))


def _initialised(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    context: Context = ()
    fields: tuple[str, ...] = yield transforms.fields_of(cls)
    if fields:
        given = [*zip(fields, arguments.positional, strict=False), *arguments.keywords]
        context = tuple(sorted((name, bounded(settled(v), DEEPEST - 1)) for name, v in given if not _says_nothing(v)))
    for above in (yield classes.order(cls)):
        if isinstance(above, UnknownValue) or fields:
            break
        raw = yield classes.own_member(above, "__init__")
        functions = [v for v in raw if isinstance(v, FunctionValue)]
        if len(functions) == 1 and len(raw) == 1:
            given = _after(InstanceValue(ClassValue(cls.definition, cls.frame)), arguments)
            context = yield from bind(program, functions[0], given)
            context = tuple(pair for pair in context if not _is_receiver(pair[1], cls))
        if raw:
            break
    fresh = not (program.eager_tasks and (yield from classes.derives_from_named(program, cls, "asyncio.tasks.Task")))
    return one(InstanceValue(ClassValue(cls.definition, cls.frame), context, not cls.is_open, "fresh" if fresh else ""))


def _is_receiver(values: Values, cls: ClassValue) -> bool:
    return len(values) == 1 and values == one(InstanceValue(ClassValue(cls.definition, cls.frame)))


# decorators


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def decorated_function(program: Program, frame: Frame, name: str) -> Asking:
    """What a `def` statement binds: the function, passed through its decorators from the innermost out."""
    plain = evaluation.closure(frame, name)
    form: f.FunctionForm | None = yield function_form(*plain.definition)
    if form is None:
        return unknown(Unresolved.NO_SOURCE, name)
    found = one(plain)
    last = form.name.rpartition(".")[2].partition("#")[0]
    if form.owner is not None and last in ("__init_subclass__", "__class_getitem__"):
        found = one(DescriptorValue("classmethod", plain))
    for decorator in reversed(form.decorators):
        if classes.evaluated_name(decorator) == "overload":
            return NONE
        values = yield from evaluation.evaluate(program, frame, decorator)
        result = yield from call(program, values, Arguments((found,)))
        found = _named_decorator(result, decorator)
    return found


def _named_decorator(result: Values, decorator: f.Expr) -> Values:
    """An unknown that a decorator gave is the decorator's doing."""
    if not has_unknown(result):
        return result
    name = classes.evaluated_name(decorator)
    return join((without_unknown(result), unknown(Unresolved.DECORATOR, f"@{name}" if name else "a decorator")))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def decorated_class(program: Program, frame: Frame, name: str) -> Asking:
    """What a `class` statement binds."""
    here = frame.function.definition
    captured = evaluation.closure(frame, name).frame
    cls = ClassValue(Definition(here.path, here.piece, name), captured)
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    found = one(cls)
    if form is None or here.path.endswith(".pyi"):
        return found
    for decorator in reversed(form.decorators):
        if (yield from transforms.keeps_class(program, frame, decorator)):
            continue
        values = yield from evaluation.evaluate(program, frame, decorator)
        result = yield from call(program, values, Arguments((found,)))
        found = _named_decorator(result, decorator)
    return found
