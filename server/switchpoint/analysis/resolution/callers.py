"""Callers: what code visibly passes for a parameter, whatever the parameter's annotation says.

In: a function or a class and a parameter. Out: the objects that arguments of calls by its name are told to be: those
just made, receivers, what annotations admit. Arguments of which nothing is told are left out. This module must not know
what is done with a parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_in
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    call_expressions,
    classes,
    handing,
    keeping,
    known_calls,
    parameters,
    stores,
    targets,
    told,
)
from switchpoint.analysis.resolution.program import Program, also_called, is_analysed
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    ClassValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
    join,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def passed(program: Program, function: FunctionValue, name: str) -> Asking:
    """What is visibly passed for a parameter of a function: by calls of its name, of its class for an `__init__`."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return NONE
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    if next((p.kind for p in form.parameters if p.name == name), "") in ("varargs", "kwargs"):
        return (yield from _passed_to_many(function, form, name, len(plain)))
    return (yield arriving(function, plain.index(name) if name in plain else None, name))


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def arriving(program: Program, function: FunctionValue, place: int | None, name: str) -> Asking:
    """What calls of a function visibly pass in a place, the first parameter's being 0, or by a name, whether or not it
    has a parameter of its own there."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None:
        return NONE
    owner = classes.class_of(function, form)
    last = known_calls.last_part(form.name)
    if last == "__init__" and owner is not None:
        return (yield from _passed_to_constructor(program, owner, _after(place, 1), name))
    if last == "__call__" and owner is not None:
        return (yield from _passed_to_objects(owner, _after(place, 1), name))
    parts: list[Values] = []
    for frame, call in (yield from known_calls.named(last)):
        shift: int | None = yield from _shift(frame, call, function.definition, form)
        if shift is not None:
            parts.append((yield from _argument(frame, call, _after(place, shift), name)))
    for frame, call in (yield from known_calls.handing(last, is_member=owner is not None)):
        shift = yield from _shift(frame, call, function.definition, form)
        if shift is not None:
            held: Values = yield from _argument(frame, call, _after(place, shift), name)
            parts.append(held | told.contents(held))
    for frame, call, before in (yield keeping.calls_elsewise(function.definition)):
        parts.append((yield from _argument(frame, call, _after(place, before), name)))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def stand_ins(program: Program, function: FunctionValue) -> Asking:
    """What calls of a method by a class, `C.method(x)`, visibly pass for the receiver."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    parts: list[Values] = []
    for frame, call in (yield from known_calls.named(known_calls.last_name(function))) if form is not None else ():
        match call:
            case f.Call(function=f.Attribute(base=f.Attribute(name="__class__"))):
                pass
            case f.Call(function=f.Attribute(base=f.Global() | f.Scoped() | f.Attribute()), arguments=(first, *_)):
                called: Values = yield _named(frame, call.function)
                if any(isinstance(v, FunctionValue) and v.definition == function.definition for v in called):
                    parts.append((yield told.told(frame, first)))
            case _:
                pass
    return join(parts)


def _after(place: int | None, count: int) -> int | None:
    return None if place is None else place - count


def _passed_to_many(function: FunctionValue, form: f.FunctionForm, name: str, taken: int) -> Asking:
    """All that may be in `*args`, before which that many are taken, or in `**kwargs`."""
    is_named = next(p.kind for p in form.parameters if p.name == name) == "kwargs"
    parts: list[Values] = []
    for frame, call in (yield from known_calls.named(known_calls.last_part(form.name))):
        shift: int | None = yield from _shift(frame, call, function.definition, form)
        if shift is not None and is_named:
            parts.append((yield from _all_told(frame, [value for key, value in call.keywords if key])))
        elif shift is not None:
            parts.append((yield from _all_told(frame, call.arguments[max(taken - shift, 0) :])))
    return join(parts)


def given(program: Program, function: FunctionValue, name: str) -> Asking:
    """(frame, argument, what it tells) of the calls of its name that pass something for a parameter; an argument that
    is unpacked may hold something for each."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    plain = [] if form is None else [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    found: list[tuple[Frame, f.Expr, Values]] = []
    for frame, call in (yield from known_calls.named(known_calls.last_part(function.definition.name))):
        shift: int | None = None if form is None else (yield from _shift(frame, call, function.definition, form))
        at = None if shift is None or name not in plain else plain.index(name) - shift
        argument = None if shift is None else _given(call, at, name)
        if argument is not None:
            found.append((frame, argument, (yield told.told(frame, argument))))
        elif shift is not None:
            found.extend((frame, unpacked, NONE) for unpacked in _unpacked(call))
    return tuple(found)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def passed_to_class(program: Program, cls: ClassValue, place: int | None, name: str) -> Asking:
    """What is visibly passed for an argument of a class, by its place and its name."""
    parts: list[Values] = []
    for frame, call in (yield from known_calls.named(known_calls.last_part(cls.definition.name))):
        made: Values = yield _named(frame, call.function)
        if any(isinstance(v, ClassValue) and v.definition == cls.definition for v in made):
            parts.append((yield from _argument(frame, call, place, name)))
    for frame, call in (yield from known_calls.handing(known_calls.last_part(cls.definition.name), is_member=False)):
        given: Values = yield _named(frame, call.function)
        if any(isinstance(v, ClassValue) and v.definition == cls.definition for v in given):
            held: Values = yield from _argument(frame, call, place, name)
            parts.append(held | told.contents(held))
    for frame, call, _ in (yield keeping.calls_elsewise(cls.definition)):
        parts.append((yield from _argument(frame, call, place, name)))
    for frame, call in (yield from known_calls.of_receiver(cls)):
        parts.append((yield from _argument(frame, call, place, name)))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def said_with(program: Program, cls: ClassValue, name: str) -> Asking:
    """What calls that are given an object of a class, or are of its methods, say by a keyword that no parameter of
    theirs has, as `replace(record, name=value)` does."""
    parts: list[Values] = []
    for frame, call in (yield from known_calls.saying(name)):
        base = [call.function.base] if isinstance(call.function, f.Attribute) else []
        for given in (*call.arguments[:1], *base):
            held: Values = yield told.told(frame, given)
            if (yield from _is_of(program, held, cls)) and not (yield from _takes(frame, call.function, name)):
                parts.append((yield from _argument(frame, call, None, name)))
    return join(parts)


def _is_of(program: Program, values: Values, cls: ClassValue) -> Asking:
    for value in values:
        if not isinstance(value, InstanceValue):
            continue
        for below, above in ((value.cls, cls), (cls, value.cls)):
            if (yield from classes.derives(program, below, above)):
                return True
    return False


def _takes(frame: Frame, function: f.Expr, name: str) -> Asking:
    for value in (yield _named(frame, function)):
        if isinstance(value, FunctionValue):
            form: f.FunctionForm | None = yield function_form(*value.definition)
            if form is not None and any(p.name == name for p in form.parameters):
                return True
    return False


def _passed_to_constructor(program: Program, owner: ClassValue, place: int | None, name: str) -> Asking:
    """The same for an `__init__`, by calls of classes that inherit it as well, and by `super()` below."""
    parts: list[Values] = [(yield passed_to_class(owner, place, name))]
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner)
    for cls in below or ():
        inherits: bool | None = yield from known_calls.inherits_init(cls, owner)
        if inherits:
            parts.append((yield passed_to_class(cls, place, name)))
        for frame, call, before in (yield from known_calls.super_calls(cls)) if inherits is None else ():
            parts.append((yield from _argument(frame, call, _after(place, before - 1), name)))
    return join(parts)


def _passed_to_objects(cls: ClassValue, place: int | None, name: str) -> Asking:
    """The same for an argument of calls of its objects, where they are called as made or by names bound to them."""
    parts: list[Values] = []
    last = known_calls.last_part(cls.definition.name)
    for alias in (last, *(yield also_called(last))):
        for frame, call in (yield from known_calls.named(alias)):
            called: Values = yield _named(frame, call.function)
            if any(isinstance(v, InstanceValue) and v.cls.definition == cls.definition for v in called):
                parts.append((yield from _argument(frame, call, place, name)))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def shown(program: Program, function: FunctionValue, name: str) -> Asking:
    """What some calls that surely are of this function visibly pass for a parameter for which others may pass anything:
    it proves nothing. Of functions in libraries nothing is shown: each new call in the user's code would be of them."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or name not in form.relevant or form.decorators:
        return NONE
    if not (yield is_analysed(function.definition.path)):
        return NONE
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    place = plain.index(name) if name in plain else None
    owner = classes.class_of(function, form)
    parts: list[Values] = []
    for frame, call, shift in (yield from known_calls.of_function(program, function, owner)):
        at = None if place is None else place - shift
        parts.append((yield from _argument(frame, call, at, name)))
    parts.append((yield handing.said(function, name)))
    return settled(join(parts))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def all_passed(program: Program, function: FunctionValue, name: str) -> Asking:
    """All that a parameter can be where every call of its function is in sight: it stands inside another, and its every
    use is a call there. None where somebody else may call it: a private name keeps nobody from that."""
    form: f.FunctionForm | None = yield function_form(*function.definition)
    if form is None or name not in form.relevant or not form.is_only_called:
        return None
    here = function.definition
    found: list[tuple[Frame, f.Call]] = []
    for inside, call in (yield calls_in(here.path, here.piece, known_calls.last_name(function))):
        if not isinstance(call.function, f.Attribute | f.Call):
            found.append(((yield from _frame_beside(function, form, inside)), call))
    parts: list[Values] = []
    for frame, call in found:
        arguments: Arguments = yield from call_expressions.evaluate_arguments(program, frame, call)
        given: dict[str, Values] = yield from parameters.taken(program, function, form, arguments, form.relevant)
        parts.append(settled(given.get(name, NONE)))
    return join(parts) if parts else None


def _frame_beside(function: FunctionValue, form: f.FunctionForm, inside: str) -> Asking:
    """Where a call of an inner function is evaluated: in the activation around it, or in a function beside it."""
    here = function.definition
    if inside == form.parent:
        return function.frame or Frame(FunctionValue(Definition(here.path, here.piece, inside)), ())
    other: f.FunctionForm | None = yield function_form(here.path, here.piece, inside)
    is_beside = other is not None and other.parent == form.parent
    return Frame(FunctionValue(Definition(here.path, here.piece, inside), function.frame if is_beside else None), ())


def _shift(frame: Frame, call: f.Call, function: Definition, form: f.FunctionForm) -> Asking:
    """How many parameters stand before the first argument of a call that may be one of this function; None where it is
    of another. What decorators made of a function bears its name, but is not it."""
    called: Values = yield _named(frame, call.function)
    found = [v.definition for v in called if isinstance(v, FunctionValue)]
    if function in found:
        return 0
    last = form.name.rpartition(".")[2]
    is_another = any(definition.name.rpartition(".")[2] == last for definition in found)
    is_told = not all(isinstance(v, UnknownValue) for v in called)
    if is_another or (is_told and not form.decorators):
        return None
    if form.owner is not None:
        return 1 if isinstance(call.function, f.Attribute) else None
    return 0 if is_told else None


def _argument(frame: Frame, call: f.Call, place: int | None, name: str) -> Asking:
    argument = _given(call, place, name)
    return (yield from _spread(frame, call, place, name)) if argument is None else (yield told.told(frame, argument))


def _spread(frame: Frame, call: f.Call, place: int | None, name: str) -> Asking:
    """What a call gives there by `*` and `**`."""
    parts: list[Values] = []
    for key, value in call.keywords:
        if not key:
            parts.append((yield from _by_name(frame, value, name)))
    for index, argument in enumerate(call.arguments[: (place or 0) + 1] if place is not None else ()):
        if isinstance(argument, f.Starred) and place is not None:
            parts.append((yield from _by_place(frame, argument.value, place - index)))
    return join(parts)


def _by_name(frame: Frame, mapping: f.Expr, name: str) -> Asking:
    """What a mapping has under a name: where that is told, else all that it is told to have."""
    taken, form = yield from _taken_as(frame, mapping, "kwargs")
    if taken:
        return NONE if any(p.name == name for p in form.parameters) else (yield arriving(frame.function, None, name))
    match mapping:
        case f.Display(kind="dict", items=items, keys=keys) if all(isinstance(key, f.Const) for key in keys):
            return (
                yield from _all_told(frame, [i for i, key in zip(items, keys, strict=True) if key == f.Const(name)])
            )
        case f.Call(function=f.Global(name="dict"), arguments=(), keywords=keywords) if all(k for k, _ in keywords):
            return (yield from _all_told(frame, [value for key, value in keywords if key == name]))
        case f.Local(reaching=reaching):
            return (yield from _by_name_in_variable(frame, mapping, reaching, name))
        case _:
            return told.contents((yield told.told(frame, mapping)))


def _by_name_in_variable(frame: Frame, variable: f.Expr, reaching: tuple[int, ...], name: str) -> Asking:
    form: f.FunctionForm = yield function_form(*frame.function.definition)
    parts: list[Values] = []
    for source in (form.bindings[index].source for index in reaching):
        if isinstance(source, f.FromValue) and isinstance(source.value, f.Display | f.Call):
            parts.append((yield from _by_name(frame, source.value, name)))
    return join((*parts, (yield _filled_in(frame, variable))))


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _filled_in(program: Program, frame: Frame, container: f.Expr) -> Asking:
    found: Values = join((yield from stores.fillings(program, frame, container)))
    return frozenset(v for v in found if not isinstance(v, UnknownValue))


def _by_place(frame: Frame, iterable: f.Expr, place: int) -> Asking:
    """What something that can be iterated over has in a place; what comes before it may be of any length."""
    taken, form = yield from _taken_as(frame, iterable, "varargs")
    if taken:
        plain = [p for p in form.parameters if p.kind in ("plain", "positional")]
        return (yield arriving(frame.function, len(plain) + place, ""))
    return told.contents((yield told.told(frame, iterable)))


def _taken_as(frame: Frame, value: f.Expr, kind: str) -> Asking:
    """Whether a value is what the function around it takes by `*` or `**`, and that function."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None or not isinstance(value, f.Local):
        return False, form
    sources = [form.bindings[index].source for index in value.reaching]
    names = {source.name for source in sources if isinstance(source, f.FromParameter)}
    return any(p.kind == kind and p.name in names for p in form.parameters), form


def _given(call: f.Call, place: int | None, name: str) -> f.Expr | None:
    named = next((value for key, value in call.keywords if key == name), None)
    before = call.arguments[: (place or 0) + 1]
    if named is None and place is not None and 0 <= place < len(call.arguments):
        named = None if any(isinstance(a, f.Starred) for a in before) else call.arguments[place]
    return named


def _unpacked(call: f.Call) -> list[f.Expr]:
    """What a call unpacks: `f(*arguments, **keywords)`."""
    places = [argument.value for argument in call.arguments if isinstance(argument, f.Starred)]
    return [*places, *(value for key, value in call.keywords if not key)]


def _all_told(frame: Frame, arguments: Sequence[f.Expr]) -> Asking:
    parts: list[Values] = []
    for argument in arguments:
        parts.append((yield told.told(frame, argument)))
    return join(parts)


# By itself, since a cycle that one call lies in would look at all calls of the name again and again.


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _named(program: Program, frame: Frame, function: f.Expr) -> Asking:
    return (yield from targets.targets(program, frame, function))
