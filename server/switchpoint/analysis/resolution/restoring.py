"""Objects that come to life without their constructor: `copy` and `pickle` ask an object for its state, make another of
its class and give it that (Library Reference, `pickle`, "Pickling Class Instances").

In: classes and an attribute's name. Out: what their `__getstate__`, `__reduce__` and `__reduce_ex__` give other objects
under that name, where no `__setstate__` in Python takes it. This module must not know who copies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_giving, calls_in
from switchpoint.analysis.ir.marks import REDUCING
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, evaluation, known_calls, stores
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    ConstValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    NothingValue,
    NumberValue,
    Value,
    Values,
    join,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterable

_REDUCTIONS = ("__reduce__", "__reduce_ex__")
_MAKERS = ("__getstate__", *_REDUCTIONS)
_STATE, _SETTER = 2, 5
"""Their places in what a reduction gives: `(callable, arguments, state, items, pairs, setter)`."""

_COMPUTED = f.Opaque(Unresolved.VALUE)


def puts_back(function: Definition, store: f.Store) -> Asking:
    """Whether a store is how a `__setstate__` gives its object the whole state, as an object without that method gets
    it: `self.__dict__.update(state)`, or `setattr` of each item."""
    name = function.name or function.piece
    form: f.FunctionForm | None = (yield function_form(*function)) if name.endswith("__setstate__") else None
    if form is None or len(form.parameters) != 2:
        return False
    own, state = (f.Local(parameter.name, (place,)) for place, parameter in enumerate(form.parameters))
    if store.base != own or store.name not in (None, "__dict__"):
        return False
    if store.value in (state, f.Starred(state)):
        return True
    calls: Iterable[tuple[str, f.Call]] = yield calls_in(function.path, function.piece, "setattr")
    names = [name for inside, call in calls if inside == function.name for name in _names_set(call, own, store.value)]
    is_item = store.value is not None and _part_of_item(form, store.value, 1) == state
    return is_item and bool(names) and all(_part_of_item(form, name, 0) == state for name in names)


def _names_set(call: f.Call, own: f.Expr, value: f.Expr | None) -> Iterable[f.Expr]:
    """The name under which a call of `setattr` puts a value there."""
    match call:
        case f.Call(function=f.Global(name="setattr"), arguments=(base, name, given)) if base == own and given == value:
            yield name
        case _:
            pass


def _part_of_item(form: f.FunctionForm, value: f.Expr, place: int) -> f.Expr | None:
    """The dict of which a variable is a key (0) or a value (1), in a loop over its items."""
    while isinstance(value, f.Local) and len(value.reaching) == 1:
        match form.bindings[value.reaching[0]].source:
            case f.FromValue(value=f.Narrowed(value=inner)):
                value = inner
            case f.FromValue(value=f.Element(value=f.Elements(iterable=f.Call() as items), index=at)) if at == place:
                function = items.function
                return function.base if isinstance(function, f.Attribute) and function.name == "items" else None
            case _:
                return None
    return None


def restored(cls: ClassValue, name: str) -> Asking:
    """What other objects of a class hold under a name because the class says so."""
    parts: list[Values] = []
    for maker, is_whole in (yield _makers(cls)):
        parts.append((yield _given(maker, is_whole, name)))
    return _anything(name) if (yield _is_reduced_by_picklers(cls)) else join(parts)


@query()
def _is_reduced_by_picklers(program: Program, cls: ClassValue) -> Asking:
    """Whether a pickler of the user's that says what copies hold (Library Reference, `Pickler.reducer_override`) names
    the class."""
    last = known_calls.last_part(cls.definition.name)
    for path, key in (yield setters_of(REDUCING)):
        if program.is_own(path) and key in (yield stores.mentioning(path, last)):
            return True
    return False


@query()
def are_given_by_hand(program: Program) -> Asking:
    """Whether one of the user's files gives an object a state, of which a `functools.partial` would call another
    function (CPython 3.13 Lib/functools.py, `partial.__setstate__`)."""
    for frame, call in (yield from known_calls.named("__setstate__")):
        match call:
            case f.Call(function=f.Attribute(base=base), arguments=(_,)):
                is_super = isinstance(base, f.Call) and base.function == f.Global("super")
                if program.is_own(frame.function.definition.path) and not is_super:
                    return True
            case _:
                pass
    return False


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _makers(_: Program, cls: ClassValue) -> Asking:
    """(method, whether it gives a whole reduction, not only a state) of the class that say what copies hold."""
    found: list[tuple[Value, bool]] = []
    for name in () if cls.definition.path.endswith(".pyi") else _MAKERS:
        if (yield classes.has_member(cls, name)) and not (yield _is_taken(cls)):
            found.extend((value, name in _REDUCTIONS) for value in (yield classes.own_member(cls, name)))
    return tuple(found)


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _is_taken(_: Program, cls: ClassValue) -> Asking:
    """Whether a `__setstate__` in Python takes the state of its objects and does not put it back item by item: what
    that stores is seen there."""
    for above in (yield classes.order(cls)):
        in_python = isinstance(above, ClassValue) and not above.definition.path.endswith(".pyi")
        if in_python and (yield classes.has_member(above, "__setstate__")):
            return not (yield from _puts_back(above))
    return False


def _puts_back(cls: ClassValue) -> Asking:
    member: Values = yield classes.own_member(cls, "__setstate__")
    for value in member:
        form: f.FunctionForm | None = None
        if isinstance(value, FunctionValue):
            form = yield function_form(*value.definition)
        for store in form.stores if form is not None else ():
            assert isinstance(value, FunctionValue)
            if (yield from puts_back(value.definition, store)):
                break
        else:
            return False
    return bool(member)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A method, and the name of which it is asked what it gives under that."""

    frame: Frame
    form: f.FunctionForm
    name: str
    within: frozenset[str] = frozenset()
    """The variables that are being read."""


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _given(program: Program, maker: Value, is_whole: bool, name: str) -> Asking:
    form: f.FunctionForm | None = None
    if isinstance(maker, FunctionValue) and not maker.definition.path.endswith(".pyi"):
        form = yield function_form(*maker.definition)
    if form is None or not isinstance(maker, FunctionValue):
        return _anything(name)
    reading = _Reading(Frame(maker, ()), form, name)
    return (yield from _each(program, reading, (returned for returned, _ in form.returns), is_whole))


def _each(program: Program, reading: _Reading, exprs: Iterable[f.Expr], is_whole: bool) -> Asking:
    parts: list[Values] = []
    for expr in exprs:
        parts.append((yield from (_reduction if is_whole else _state)(program, reading, expr)))
    return join(parts)


def _reduction(program: Program, reading: _Reading, expr: f.Expr) -> Asking:
    """What a whole reduction gives; a text names a global, and gives nothing."""
    match expr:
        case f.Display(kind="tuple", items=items) if not any(isinstance(item, f.Starred) for item in items):
            if len(items) > _SETTER:
                return _anything(reading.name)
            return (yield from _each(program, reading, items[_STATE : _STATE + 1], False))
        case f.Local(name=name):
            return (yield from _local(program, reading, name, True))
        case _ if _is_inherited(expr):
            return NONE
        case _:
            told: Values = yield from evaluation.evaluate(program, reading.frame, expr)
            return join(_of_told(value, reading.name, True) for value in told)


def _state(program: Program, reading: _Reading, expr: f.Expr) -> Asking:
    """What becomes an object's attributes: a dict, or one and another for the slots."""
    match expr:
        case f.Display(kind="dict", items=items, keys=keys):
            return (yield from _items(program, reading, zip(keys, items, strict=True)))
        case f.Display(kind="tuple", items=(_, _) as options) | f.Choice(options=options):
            return (yield from _each(program, reading, options, False))
        case f.Narrowed(value=inner) | f.Call(function=f.Attribute(base=inner, name="copy"), arguments=()):
            return (yield from _state(program, reading, inner))
        case f.Call(function=f.Global(name="dict"), arguments=(*parts,), keywords=pairs):
            given: Values = yield from _each(program, reading, parts, False)
            named = ((f.Const(key) if key else None, value) for key, value in pairs)
            return join((given, (yield from _items(program, reading, named))))
        case f.Local(name=name):
            return (yield from _local(program, reading, name, False))
        case _ if _is_inherited(expr) or _is_own(reading.form, expr):
            return NONE
        case _:
            told: Values = yield from evaluation.evaluate(program, reading.frame, expr)
            return join(_of_told(value, reading.name, False) for value in told)


def _items(program: Program, reading: _Reading, pairs: Iterable[tuple[f.Expr | None, f.Expr]]) -> Asking:
    """Of the items of a dict those that may have the name; without a key, another dict's."""
    parts: list[Values] = []
    for key, value in pairs:
        if key is None:
            parts.append((yield from _state(program, reading, value)))
        elif not isinstance(key, f.Const):
            whole = _part_of_item(reading.form, key, 0)
            is_item = whole is not None and whole == _part_of_item(reading.form, value, 1)
            if whole is None or not is_item or not _is_own(reading.form, whole):
                return _anything(reading.name)
        elif key.value == reading.name:
            parts.append((yield from evaluation.evaluate(program, reading.frame, value)))
    return join(parts)


def _local(program: Program, reading: _Reading, name: str, is_whole: bool) -> Asking:
    """What a variable may hold, with all that the method puts into any container."""
    form = reading.form
    if name in reading.within:
        return NONE
    here = reading.frame.function.definition
    calls: Iterable[tuple[str, f.Call]] = yield calls_giving(here.path, here.piece, name)
    if any(inside == here.name and call.function != f.Global("dict") for inside, call in calls):
        return _anything(reading.name)
    inner = replace(reading, within=reading.within | {name})
    parts: list[Values] = []
    for source in (binding.source for binding in form.bindings if binding.name == name):
        match source:
            case f.FromJoin() | f.FromDelete() | f.FromValue(value=f.Narrowed()):
                pass
            case f.FromValue(value=value) if value is not None:
                parts.append((yield from _each(program, inner, (value,), is_whole)))
            case _:
                return _anything(reading.name)
    filled = ((s.key or _COMPUTED, s.value) for s in form.stores if s.name == "[]" and s.value is not None)
    return join((*parts, (yield from _items(program, reading, filled))))


def _is_own(form: f.FunctionForm, expr: f.Expr) -> bool:
    """Whether it is what the object itself holds."""
    match expr:
        case f.Attribute(base=f.Local(name=name), name="__dict__"):
            pass
        case f.Call(function=f.Global(name="vars"), arguments=(f.Local(name=name),)):
            pass
        case _:
            return False
    return bool(form.parameters) and name == form.parameters[0].name


def _is_inherited(expr: f.Expr) -> bool:
    """Whether it is what a method of a base gives, which is asked there."""
    match expr:
        case f.Call(function=f.Attribute(base=f.Call(function=f.Global(name="super")), name=name)):
            return name in _MAKERS
        case _:
            return False


def _of_told(value: Value, name: str, is_whole: bool) -> Values:
    """What a value that following told gives as a state, or as a whole reduction."""
    match value:
        case ConstValue() | NumberValue() | NothingValue():
            return NONE
        case DisplayValue(kind="tuple", items=items, is_open=False) if is_whole and len(items) <= _SETTER:
            states = items[_STATE] if len(items) > _STATE else NONE
            return join(_of_told(state, name, False) for state in states)
        case DisplayValue(kind="dict", items=items, keys=keys, is_open=False) if not is_whole:
            named = zip(keys, items, strict=True)
            return _anything(name) if None in keys else join(item for key, item in named if key == name)
        case DisplayValue(kind="tuple", items=(first, second), is_open=False) if not is_whole:
            return join(_of_told(state, name, False) for state in (*first, *second))
        case _:
            return _anything(name)


def _anything(name: str) -> Values:
    return unknown(Unresolved.DYNAMIC, f"{name} of a state")
