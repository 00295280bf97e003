"""Expressions to values, in a frame: the heart of resolution.

In: a frame (a function under certain arguments) and a form. Out: what it can be. Everything that has more than one use is a
query, so that it is found once and loops end in a least fixpoint. This module must not know what suspends.
"""

from __future__ import annotations

from typing_extensions import assert_never

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, piece
from switchpoint.analysis.resolution import annotations, attributes, calls, classes, names, operators, truth
from switchpoint.analysis.resolution.program import Program
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    ActivationValue,
    ClassValue,
    ConstValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    Value,
    Values,
    bounded,
    has_unknown,
    join,
    one,
    opened,
    settled,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved

Assumed = tuple[f.Local, Values] | None
"""A name taken to have certain values, while a test about it is tried."""


def evaluate(program: Program, frame: Frame, expr: f.Expr, assumed: Assumed = None) -> Asking:
    """What `expr` can be in `frame`. Unresolved parts are `UnknownValue`s; nothing is left out."""
    match expr:
        case f.Const(value=value):
            return one(ConstValue(value))
        case f.Number(sign=sign):
            return one(NumberValue(sign))
        case f.Local():
            return (yield from _local(frame, expr, assumed))
        case f.Free(name=name, level=level):
            return (yield from free(program, frame, name, level))
        case f.Global(name=name):
            here = frame.function.definition
            if here.name == "" or here.name.endswith(".<class>"):
                return (yield names.global_at(here.path, here.piece, name))
            return (yield names.global_value(here.path, name))
        case f.Scoped(name=name, outer=outer):
            return (yield from _scoped(program, frame, name, outer))
        case f.Attribute(base=base, name=name):
            bases = yield from evaluate(program, frame, base, assumed)
            return (yield from attributes.attribute(program, bases, name))
        case f.Call():
            return (yield from _call(program, frame, expr, assumed))
        case f.Await(value=value):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from calls.awaited(program, inner))
        case f.Subscript(base=base, index=index):
            return (yield from _subscript(program, frame, base, index, assumed))
        case f.Display():
            return (yield from _display(program, frame, expr, assumed))
        case f.Choice():
            return (yield from _choice(program, frame, expr, assumed))
        case f.Compare() | f.Not():
            decided = yield from truth.decide(program, frame, expr, assumed)
            if decided is truth.PENDING:
                return NONE
            return unknown(Unresolved.VALUE, "a comparison") if decided is None else one(ConstValue(decided))
        case f.Union_(left=left, right=right):
            return (yield from _union(program, frame, left, right, assumed))
        case f.Operation(left=left, operator=operator, right=right):
            first = yield from evaluate(program, frame, left, assumed)
            second = yield from evaluate(program, frame, right, assumed)
            return (yield from operators.operate(program, first, operator, second))
        case f.Closure(name=name):
            return one(closure(frame, name))
        case f.Elements(iterable=iterable, is_async=is_async):
            inner = yield from evaluate(program, frame, iterable, assumed)
            inner = yield from with_fillings(program, frame, iterable, inner)
            return (yield from calls.elements(program, inner, is_async))
        case f.Entered(manager=manager, is_async=is_async):
            inner = yield from evaluate(program, frame, manager, assumed)
            return (yield from calls.entered(program, inner, is_async))
        case f.Element(value=value, index=index):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from calls.element(program, inner, index))
        case f.Narrowed(value=value, test=test, holds=holds):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from truth.narrow(program, frame, value, inner, test, holds))
        case f.Delegated(value=value):
            inner = yield from evaluate(program, frame, value, assumed)
            return (yield from calls.awaited(program, inner))
        case f.Starred(value=value):
            return (yield from evaluate(program, frame, value, assumed))
        case f.Opaque(why=why, detail=detail, builtin=builtin):
            return (yield from opaque(why, detail, builtin))
        case _:
            assert_never(expr)


def _union(program: Program, frame: Frame, left: f.Expr, right: f.Expr, assumed: Assumed) -> Asking:
    """`A | B`: both classes where it is a type, an operator where instances stand there."""
    first = yield from evaluate(program, frame, left, assumed)
    second = yield from evaluate(program, frame, right, assumed)
    if any(isinstance(v, InstanceValue | DisplayValue | ActivationValue) for v in first):
        return (yield from operators.operate(program, first, "or", second))
    return join((first, second))


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
            found = yield from parameter(program, frame, form, name)
            return opened(found, name in form.escaping)
        case f.FromValue(value=value, annotation=annotation):
            found = yield from _assigned(program, frame, value, annotation)
            is_display = isinstance(value, f.Display | f.Call)
            found = settled(found) if binding.name in form.handled else found
            return opened(found, not is_display or binding.name in form.escaping)
        case f.FromDefinition(name=name, is_class=is_class):
            made = calls.decorated_class if is_class else calls.decorated_function
            return (yield made(frame, name))
        case f.FromImport():
            return (yield from names.from_import(program, frame.function.definition.path, binding.source))
        case f.FromJoin(reaching=reaching):
            parts: list[Values] = []
            for inner in reaching:
                parts.append((yield bound(frame, inner)))
            return join(parts)
        case f.FromDelete() | f.FromStar():
            return NONE
        case _:
            assert_never(binding.source)


def _assigned(program: Program, frame: Frame, value: f.Expr | None, annotation: f.Expr | None) -> Asking:
    found: Values = NONE
    if value is not None:
        found = yield from evaluate(program, frame, value)
    if annotation is not None and (value is None or has_unknown(found)):
        typed = yield from annotations.instances(program, frame, annotation)
        if value is None or not has_unknown(typed):
            return join((without_unknown(found), typed))
    return found


def parameter(program: Program, frame: Frame, form: f.FunctionForm, name: str) -> Asking:
    """The argument in this frame; without one, what annotation and default say; a method's first parameter is its class."""
    given: Values | None = next((values for key, values in frame.context if key == name), None)
    if given is not None and not has_unknown(given):
        return given
    declared = next((p for p in form.parameters if p.name == name), None)
    if declared is None:
        return unknown(Unresolved.PARAMETER, name)
    if given is None and form.parameters[0] is declared and form.owner is not None:
        receiver = yield from classes.receiver_of(program, frame.function, form)
        if receiver is not None:
            return one(receiver)
    typed = NONE
    outer = definition_frame(frame.function, form)
    if name == ".0":
        return (yield from evaluate(program, outer, declared.default)) if declared.default is not None else NONE
    if declared.annotation is not None:
        typed = yield from annotations.instances(program, outer, declared.annotation)
        if has_unknown(typed) and all(v.why is Unresolved.VALUE for v in typed if isinstance(v, UnknownValue)):
            typed = NONE
    if given is not None:
        return join((without_unknown(given), typed)) if typed else given
    if declared.kind == "varargs":
        return one(DisplayValue("some", (typed or unknown(Unresolved.PARAMETER, "*" + name),)))
    if declared.kind == "kwargs":
        return one(DisplayValue("dict", (typed or unknown(Unresolved.PARAMETER, "**" + name),), (None,), True))
    base = typed or unknown(Unresolved.PARAMETER, name)
    if declared.default is None:
        return base
    default = yield from evaluate(program, outer, declared.default)
    return join((base, settled(default)))


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
    for inner in whole.functions.values():
        if not inner.name.startswith(here.name + "."):
            continue
        for written, index in inner.outer_writes:
            if written == name:
                function = FunctionValue(Definition(here.path, here.piece, inner.name))
                captured = frame if inner.parent == here.name else None
                parts.append((yield bound(Frame(FunctionValue(function.definition, captured), ()), index)))
    found = settled(join(parts))
    return found if found else unknown(Unresolved.NAME, name)


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


# containers


def _display(program: Program, frame: Frame, expr: f.Display, assumed: Assumed) -> Asking:
    items: list[Values] = []
    kind = expr.kind
    keys: list[str | None] = []
    for item in expr.items:
        inner = yield from evaluate(program, frame, item, assumed)
        if isinstance(item, f.Starred):
            known = spread(inner)
            if known is None:
                kind = "some" if kind != "dict" else kind
                inner = yield from calls.elements(program, inner, False)
                items.append(inner)
            else:
                items.extend(known)
            continue
        items.append(inner)
    for key in expr.keys:
        keys.append(key.value if isinstance(key, f.Const) and isinstance(key.value, str) else None)
    if kind == "dict" and any(key is None for key in expr.keys):
        return one(_merged_dict(expr, items))
    if len(items) > 64:
        return one(DisplayValue("some" if kind != "dict" else kind, (join(items),), (None,) if keys else ()))
    return one(DisplayValue(kind, tuple(settled(item) for item in items), tuple(keys)))


def _merged_dict(expr: f.Display, items: list[Values]) -> DisplayValue:
    """`{**first, "key": value}`: later keys win; a part that is not known makes the rest computed."""
    found: dict[str | None, Values] = {}
    for key, values in zip(expr.keys, items, strict=True):
        if key is not None:
            name = key.value if isinstance(key, f.Const) and isinstance(key.value, str) else None
            found[name] = values if name is not None else join((found.get(None, NONE), values))
            continue
        for value in values:
            match value:
                case DisplayValue(kind="dict", items=inner, keys=names_, is_open=False):
                    for name, item in zip(names_, inner, strict=True):
                        found[name] = item if name is not None else join((found.get(None, NONE), item))
                case _:
                    found[None] = join((found.get(None, NONE), unknown(Unresolved.VALUE, "a ** part")))
    return DisplayValue("dict", tuple(found.values()), tuple(found))


def spread(values: Values) -> tuple[Values, ...] | None:
    """The items of a display of known length, None when it is not one."""
    if len(values) == 1:
        (value,) = values
        if isinstance(value, DisplayValue) and value.kind in ("tuple", "list") and not value.is_open:
            return value.items
    return None


def with_fillings(program: Program, frame: Frame, base: f.Expr, values: Values) -> Asking:
    """Adds what `base[k] = v` and `base.append(v)` put into a container of this name, here and in other known files."""
    if not any(isinstance(v, DisplayValue) and v.kind != "tuple" and not v.is_declared for v in values):
        return values
    parts = yield from names.fillings(program, frame, base)
    if not parts:
        return values
    extra = join(parts)
    return frozenset(
        DisplayValue(v.kind if v.kind == "dict" else "some", (*v.items, extra), (*v.keys, None) if v.keys or v.kind == "dict" else (), v.is_open)
        if isinstance(v, DisplayValue) and v.kind != "tuple"
        else v
        for v in values
    )


def _subscript(program: Program, frame: Frame, base: f.Expr, index: f.Expr, assumed: Assumed) -> Asking:
    bases = yield from evaluate(program, frame, base, assumed)
    special = annotations.special_form(base)
    if special:
        items = index.items if isinstance(index, f.Display) else (index,)
        return (yield from _alternatives(program, frame, items if special == "all" else items[:1], special, assumed))
    bases = yield from with_fillings(program, frame, base, bases)
    parts: list[Values] = []
    for value in bases:
        match value:
            case ClassValue():
                parts.append(one(value))
            case DisplayValue():
                key = yield from evaluate(program, frame, index, assumed)
                parts.append(_item(value, key, index))
            case UnknownValue() | NothingValue():
                parts.append(one(value))
            case FunctionValue():
                parts.append(unknown(Unresolved.VALUE, "a subscript"))
            case InstanceValue(cls=cls) if program.dotted(cls.definition).startswith("typing."):
                parts.append(unknown(Unresolved.VALUE, "a type"))
            case _:
                method = yield from attributes.special(program, value, "__getitem__")
                key = yield from evaluate(program, frame, index, assumed)
                parts.append((yield from calls.call(program, method, Arguments((key,)))))
    return join(parts)


def _alternatives(
    program: Program, frame: Frame, items: tuple[f.Expr, ...], special: str, assumed: Assumed
) -> Asking:
    """`Optional[X]`, `Union[X, Y]`, `Annotated[X, ...]` as values: type aliases are assigned like anything else."""
    parts: list[Values] = []
    for item in items:
        parts.append((yield from evaluate(program, frame, item, assumed)))
    if special == "optional":
        parts.append(one(ConstValue(None)))
    return join(parts)


def _item(value: DisplayValue, key: Values, index: f.Expr) -> Values:
    found = value.items
    if value.kind == "dict":
        if len(key) == 1 and isinstance(k := next(iter(key)), ConstValue) and isinstance(k.value, str):
            found = tuple(v for name, v in zip(value.keys, value.items, strict=True) if name in (k.value, None))
    elif isinstance(index, f.Number) and index.exact is not None and value.kind in ("tuple", "list"):
        place = index.exact
        found = (value.items[place],) if -len(value.items) <= place < len(value.items) else ()
    if value.is_open:
        found = (*found, unknown(Unresolved.VALUE, "a container that others may change"))
    return join(found) if found else one(NothingValue())


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


def _call(program: Program, frame: Frame, expr: f.Call, assumed: Assumed) -> Asking:
    if expr.function == f.Global("super"):
        special = yield from classes.super_value(program, frame, expr)
        if special is not None:
            return special
    function = yield from evaluate(program, frame, expr.function, assumed)
    if function and all(isinstance(v, UnknownValue | NothingValue) for v in function):
        return function
    if isinstance(expr.function, f.Attribute):
        base = expr.function.base
        if any(_is_container_method(v) for v in function):
            extra = yield from names.fillings(program, frame, base)
            if extra:
                function = _with_extra(function, join(extra))
    if function and all(_is_container_method(v) for v in function):
        arguments = yield from _container_arguments(program, frame, expr, assumed)
        return (yield from calls.call(program, function, arguments))
    arguments = yield from evaluate_arguments(program, frame, expr, assumed)
    predicate = yield from truth.predicate(program, function, arguments)
    if predicate is not None:
        return predicate
    return (yield from calls.call(program, function, arguments))


def _container_arguments(program: Program, frame: Frame, expr: f.Call, assumed: Assumed) -> Asking:
    """Of what a container's method is given, only constant keys and a default matter."""
    found: list[Values] = []
    for index, argument in enumerate(expr.arguments):
        if index == 0 and not isinstance(argument, f.Const | f.Number) and not _is_parameter(frame, argument):
            found.append(unknown(Unresolved.VALUE, "a key"))
        else:
            found.append((yield from evaluate(program, frame, argument, assumed)))
    return Arguments(tuple(found))


def _is_parameter(frame: Frame, expr: f.Expr) -> bool:
    return isinstance(expr, f.Local) and any(name == expr.name for name, _ in frame.context)


def _is_container_method(value: Value) -> bool:
    return isinstance(value, MethodValue) and isinstance(value.receiver, DisplayValue)


def _with_extra(function: Values, extra: Values) -> Values:
    found: set[Value] = set()
    for value in function:
        if isinstance(value, MethodValue) and isinstance(inner := value.receiver, DisplayValue):
            keys = (*inner.keys, None) if inner.kind == "dict" else ()
            kind = inner.kind if inner.kind == "dict" else "some"
            found.add(MethodValue(value.function, DisplayValue(kind, (*inner.items, extra), keys, inner.is_open)))
        else:
            found.add(value)
    return frozenset(found)


def evaluate_arguments(program: Program, frame: Frame, expr: f.Call, assumed: Assumed = None) -> Asking:
    """The arguments of a call; `*` and `**` are spread where what they hold is known."""
    positional: list[Values] = []
    rest: Values = NONE
    for argument in expr.arguments:
        values = yield from evaluate(program, frame, argument, assumed)
        if not isinstance(argument, f.Starred):
            (positional.append(values) if not rest else None)
            rest = join((rest, values)) if rest else rest
            continue
        values = yield from with_fillings(program, frame, argument.value, values)
        known = spread(values)
        if known is not None and not rest:
            positional.extend(known)
        else:
            rest = join((rest, (yield from calls.elements(program, values, False))))
            rest = rest or unknown(Unresolved.VALUE, "a * argument")
    keywords: dict[str, Values] = {}
    others: Values = NONE
    for name, value in expr.keywords:
        values = yield from evaluate(program, frame, value, assumed)
        if name:
            keywords[name] = values
            continue
        values = yield from with_fillings(program, frame, value, values)
        for item in values:
            if isinstance(item, DisplayValue) and item.kind == "dict":
                for key, inner in zip(item.keys, item.items, strict=True):
                    if key is not None:
                        keywords[key] = join((keywords.get(key, NONE), inner))
                    else:
                        others = join((others, inner))
                if item.is_open and not item.items:
                    others = join((others, unknown(Unresolved.VALUE, "a ** argument")))
            else:
                others = join((others, unknown(Unresolved.VALUE, "a ** argument")))
    return Arguments(tuple(positional), tuple(keywords.items()), rest, others)


__all__ = ["ActivationValue", "bound", "cell", "closure", "definition_frame", "enclosing", "evaluate"]
