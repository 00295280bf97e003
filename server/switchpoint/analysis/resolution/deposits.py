"""Deposits: what visibly goes into objects of which no text tells what they give.

In: an expression of which the value is not known, such as `await future`, `queue.get()`, `copy(job)`, `current.get()`.
Out: objects of the user's classes that may come out of it, because code of the workspace visibly gives them to the same
call, or to something of the same name: `future.set_result(job)`, `queue.put(job)`, `local.job = job`,
`reference = ref(job)`. Code is read as it is spelled, not evaluated. This module must not know what is done with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_touching, dotted_name
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution import lies, names, spelled, stores, targets
from switchpoint.analysis.resolution.program import known_files
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
    has_unknown,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.resolution.program import Program

_NOBODY: spelled.Definitions = frozenset()
_ITSELF = "itself"
_ANYTHING_IN = "anything in it"
_HOPS = 2
"""How often what was given is looked for behind the name of an object, one behind the other."""


def believed(program: Program, frame: Frame, typed: Values, values: Iterable[f.Expr]) -> Asking:
    """What an annotation admits where one of these values stands that is not known, and what of the values was visibly
    given to what they come from though the annotation does not admit it."""
    if not program.is_own(frame.function.definition.path) or has_unknown(typed) or lies.is_plain(typed):
        return typed
    parts: list[Values] = []
    for value in values:
        parts.append((yield from _given_as(program, frame, typed, value)))
        if (yield _comes_from_afar(frame.function.definition, value)):
            return join((typed, unknown(Unresolved.VALUE, "what was raised or sent")))
    return join((typed, (yield from lies.lies(program, typed, join(parts)))))


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _comes_from_afar(_: Program, here: Definition, value: f.Expr) -> Asking:
    """Whether a value is part of an exception that was caught, or was sent into a generator."""
    match value:
        case f.Local():
            for source in (binding.source for binding in (yield from spelled.bindings(here, value))):
                match source:
                    case f.FromValue(value=None, annotation=annotation):
                        if annotation is not None:
                            return True
                    case f.FromValue(value=f.Local() | f.Attribute() | f.Subscript() | f.Opaque() as bound):
                        if (yield _comes_from_afar(here, bound)):
                            return True
                    case _:
                        pass
            return False
        case f.Attribute(base=inner) | f.Subscript(base=inner) | f.Element(value=inner) | f.Narrowed(value=inner):
            return (yield _comes_from_afar(here, inner))
        case f.Await(value=inner) | f.Call(function=f.Attribute(base=inner)):
            return (yield _comes_from_afar(here, inner))
        case _:
            return value == f.SENT


def _given_as(program: Program, frame: Frame, typed: Values, value: f.Expr) -> Asking:
    """What may come out of a value; where a container is declared, that in one, each part of a tuple in its place."""
    declared = [v for v in typed if isinstance(v, DisplayValue)]
    if not declared:
        return (yield from given_back(program, frame, value))
    if isinstance(value, f.Display) and value.kind == "tuple":
        places = [v.items for v in declared if v.kind == "tuple" and len(v.items) == len(value.items)]
        items: list[Values] = []
        for at, each in enumerate(value.items) if places else ():
            items.append((yield from _given_as(program, frame, join([place[at] for place in places]), each)))
        return one(DisplayValue("tuple", tuple(items))) if any(items) else NONE
    inside: Values = yield from given_back(program, frame, value)
    return one(DisplayValue("some", (inside,))) if inside else NONE


def given_back(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What visibly went into what a value comes from; nothing where the text tells the value."""
    if not program.is_own(frame.function.definition.path):
        return NONE
    found: spelled.Definitions = yield _given(frame.function.definition, value, _ITSELF, _HOPS)
    return frozenset(InstanceValue(ClassValue(each)) for each in found)


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _given(program: Program, here: Definition, value: f.Expr, part: int | str, hops: int) -> Asking:
    """The classes of what an expression may be, or of what may come out of what it is: out of one place, or any."""
    told: spelled.Definitions = yield spelled.classes_of(here, value)
    return told | (yield from _beyond(here, value, part, hops))


def _beyond(here: Definition, value: f.Expr, part: int | str, hops: int) -> Asking:
    """The same beside the classes that the expression says itself, since annotations may lie."""
    match value:
        case f.Call():
            return (yield from _by_call(here, value, part, hops))
        case f.Local() | f.Free() | f.Global() | f.Scoped():
            put_in: spelled.Definitions = _NOBODY if part == _ITSELF else (yield _put_in(here, value, hops))
            return (
                put_in
                | (yield from _by_bindings(here, value, part, hops))
                | (yield from _by_function(here, value, part, hops))
            )
        case f.Closure():
            return (yield from _by_function(here, value, part, hops))
        case f.Attribute():
            return (yield from _by_attribute(here, value, part, hops))
        case (
            f.Subscript(base=inner, index=f.Number(exact=int() as place)) | f.Element(value=inner, index=int() as place)
        ):
            return (yield _given(here, inner, place, hops))
        case f.Narrowed(value=inner, test=test, holds=holds):
            return (yield from _narrowed((yield _given(here, inner, part, hops)), here, inner, test, holds=holds))
        case f.Subscript(base=inner) if (yield spelled.classes_of(here, inner)):
            found = _NOBODY
            for name in ("__getitem__", "__missing__"):
                for function in (yield from spelled.functions(here, f.Attribute(inner, name))):
                    found |= yield _returned(function, part, hops)
            return found | (yield _given(here, inner, _ANYTHING_IN, hops))
        case (
            f.Await(value=inner) | f.Entered(manager=inner) | f.Delegated(value=inner) | f.Subscript(base=inner)
            | f.Element(value=inner) | f.Elements(iterable=inner) | f.Starred(value=inner)
        ):  # fmt: skip
            return (yield _given(here, inner, _ANYTHING_IN, hops))
        case f.Display(kind="tuple" | "list", items=items) if isinstance(part, int):
            return (yield from _any_of(here, items[part : part + 1 or None], _ANYTHING_IN, hops))
        case f.Display(items=several) if part != _ITSELF:
            return (yield from _any_of(here, several, _ANYTHING_IN, hops))
        case f.Choice(options=several):
            return (yield from _any_of(here, several, part, hops))
        case _:
            return _NOBODY


def _any_of(here: Definition, several: Iterable[f.Expr], part: int | str, hops: int) -> Asking:
    found = _NOBODY
    for each in several:
        found |= yield _given(here, each, part, hops)
    return found


def _narrowed(given: spelled.Definitions, here: Definition, value: f.Expr, test: f.Expr, *, holds: bool) -> Asking:
    """What is of a class, or is not, where a test asked that."""
    match test:
        case f.Call(function=f.Global(name="isinstance"), arguments=(subject, cls)) if subject == value:
            pass
        case f.Compare(left=subject, operator="isinstance", right=cls) if subject == value:
            pass
        case _:
            return given
    wanted: spelled.Definitions = yield spelled.meant(here, cls)
    kept: set[Definition] = set()
    for each in given if wanted else ():
        if bool(wanted.intersection((yield spelled.above_of(each)))) == holds:
            kept.add(each)
    return frozenset(kept) if wanted else given


def _by_call(here: Definition, call: f.Call, part: int | str, hops: int) -> Asking:
    """By a function of the user what it returns; else what the call, and the object of which it is, were given."""
    functions: set[Definition] = yield from spelled.functions(here, call.function, classes_too=True)
    found = _NOBODY
    for function in functions:
        found |= yield _returned(function, part, hops)
    if functions or (part == _ITSELF and (yield _is_class(here, call.function))):
        return found
    for argument in (*call.arguments, *(value for _, value in call.keywords)):
        found |= yield _given(here, argument, _ANYTHING_IN, hops)
        for named in (yield spelled.meant(here, argument)):
            found |= frozenset((named,)) if (yield from spelled.is_class(named)) else _NOBODY
    base = call.function
    if isinstance(base, f.Attribute) and not (yield spelled.classes_of(here, base.base)):
        base = base.base
    is_followed = bool((yield spelled.classes_of(here, base)))
    return found if is_followed else found | (yield _given(here, base, _ANYTHING_IN, hops))


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _is_class(program: Program, here: Definition, function: f.Expr) -> Asking:
    """Whether something imported, or a builtin, is a class: then a call of it gives an object of that."""
    if not (yield from spelled.is_imported(here, function)):
        return False
    found: Values = yield from targets.targets(program, Frame(FunctionValue(here), ()), function)
    if isinstance(function, f.Global) and all(isinstance(v, UnknownValue) for v in found):
        found = yield names.builtin(function.name)
    return bool(found) and all(isinstance(v, ClassValue) for v in found)


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _returned(program: Program, function: Definition, part: int | str, hops: int) -> Asking:
    form: f.FunctionForm | None = yield function_form(*function)
    found = _NOBODY
    for value, _ in form.returns if form is not None else ():
        found |= yield _given(function, value, part, hops)
    return found


def _by_function(here: Definition, value: f.Expr, part: int | str, hops: int) -> Asking:
    """What functions return that are handed to whom calls them."""
    found = _NOBODY
    for function in (yield from spelled.functions(here, value)) if part != _ITSELF else ():
        found |= yield _returned(function, part, hops)
    return found


def _by_bindings(here: Definition, variable: f.Expr, part: int | str, hops: int) -> Asking:
    if not isinstance(variable, f.Local | f.Free):
        return _NOBODY
    found = _NOBODY
    for source in (binding.source for binding in (yield from spelled.bindings(here, variable))):
        match source:
            case f.FromValue(value=value) if value is not None:
                found |= yield _given(here, value, part, hops)
            case f.FromParameter(name=name) if part != _ITSELF or hops < _HOPS:
                for where, argument in (yield spelled.arguments(here, name)):
                    found |= yield _given(where, argument, part, hops)
            case f.FromJoin(reaching=reaching):
                found |= yield _given(here, f.Local(variable.name, reaching), part, hops)
            case _:
                pass
    return found


def _by_attribute(here: Definition, value: f.Attribute, part: int | str, hops: int) -> Asking:
    """What was set under the name, and went into that; what went into an object of which nobody sees what it gives."""
    found: spelled.Definitions = yield from _by_function(here, value, part, hops)
    if (yield spelled.meant(here, value.base)):
        return found
    found |= yield _put_in(here, value, hops)
    return (
        found
        if (yield spelled.classes_of(here, value.base))
        else found | (yield _given(here, value.base, _ANYTHING_IN, hops))
    )


# by name


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _put_in(program: Program, here: Definition, where: f.Expr, hops: int) -> Asking:
    """What is given to objects of the name of a place: of a variable near it, of any other in the user's files."""
    if not hops or (yield spelled.meant(here, where)) or (yield from spelled.is_module(here, where)):
        return _NOBODY
    if (yield spelled.classes_of(here, where)):
        return _NOBODY  # the text of what it gives is the user's own
    name = dotted_name(where)
    if isinstance(where, f.Local | f.Free):
        return (yield _given_by_piece(here.path, here.piece, name, hops))
    if not isinstance(where, f.Attribute) and name not in (yield scope(here.path, None)):
        return _NOBODY
    found = _NOBODY
    for path in (yield known_files()):
        for each in ({name, f".{name.lstrip('.')}"}) if program.is_own(path) else ():
            for key in (yield stores.mentioning(path, each)):
                found |= yield _given_by_piece(path, key, each, hops)
    return found


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _given_by_piece(program: Program, path: str, key: str, name: str, hops: int) -> Asking:
    found = _NOBODY
    for inside, call in (yield calls_touching(path, key, name)):
        here = Definition(path, key, inside)
        functions: set[Definition] = yield from spelled.functions(here, call.function, classes_too=True)
        for function in functions:
            found |= yield from _given_by_taker(call, function, name, hops)
        if not functions and (yield from _may_fill(here, call, name)):
            for argument in (*call.arguments, *(value for _, value in call.keywords)):
                found |= _NOBODY if dotted_name(argument) == name else (yield _given(here, argument, _ITSELF, hops - 1))
    for inside, store in (yield stores.stores_of(path, key)):
        if store.value is not None and name in (f".{store.name}", dotted_name(store.base)):
            found |= yield _given(Definition(path, key, inside), store.value, _ITSELF, hops - 1)
    return found


def _may_fill(here: Definition, call: f.Call, name: str) -> Asking:
    """Whether a call may give its other arguments to what has the name: a call of a method of that, one that is given
    such a method, one of an imported function or a builtin, and one that makes it."""
    methods = (call.function, *call.arguments)
    if any(isinstance(each, f.Attribute) and dotted_name(each.base) == name for each in methods):
        return True
    if not any(dotted_name(each) == name for each in (*call.arguments, *(value for _, value in call.keywords))):
        return True
    return (yield from spelled.is_imported(here, call.function))


def _given_by_taker(call: f.Call, function: Definition, name: str, hops: int) -> Asking:
    """What a function gives to an object that it is called with, under the name of its parameter."""
    form: f.FunctionForm | None = yield function_form(*function)
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")] if form is not None else []
    taken = [key for key, value in call.keywords if key and dotted_name(value) == name]
    shift = int(isinstance(call.function, f.Attribute) and form is not None and form.owner is not None)
    at = zip(plain[shift:], call.arguments, strict=False)
    taken.extend(parameter for parameter, value in at if dotted_name(value) == name)
    found = _NOBODY
    for parameter in taken:
        found |= yield _given_by_piece(function.path, function.piece, parameter, hops)
    return found
