"""Objects that a function makes for itself: all that is ever done with them stands there, so that what their methods
put into their containers is known from the calls, as the exit of an `AsyncExitStack` is from what it was given.

In: an expression in a frame. Out: its objects, each with where it is at home if nobody else can have it; and what such
an object holds. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_of_function
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.ir.uses import Uses, uses
from switchpoint.analysis.resolution import (
    attributes,
    call_expressions,
    calls,
    collectors,
    evaluation,
    hooks,
    overriding,
    parameters,
    truth,
)
from switchpoint.analysis.resolution.nesting import DEEPEST, bounded
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    ClassValue,
    DescriptorValue,
    DisplayValue,
    Frame,
    FunctionValue,
    Home,
    InstanceValue,
    MethodValue,
    NativeValue,
    NothingValue,
    Value,
    Values,
    join,
    one,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

Life: TypeAlias = frozenset[Frame] | None
"""The activations of methods that run on an object; None when that may not be all."""

Begun: TypeAlias = tuple[Frame, bool]
"""An activation, and whether it enters its object, which may give it back then."""

_NOWHERE: frozenset[Frame] = frozenset()
_MOST_ACTIVATIONS = 96
_ENTERING = ("__aenter__", "__enter__")
_LEAVING = ("__aexit__", "__exit__")


def at_home(program: Program, frame: Frame, expr: f.Expr, name: str | None, values: Values) -> Asking:
    """The values of an expression, with where they are at home. Only of objects that await what they keep: of others
    nothing would be gained. `name`: the one variable that has what a call makes, if the expression is that."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    home = None if form is None else _home(frame, form, expr, name)
    if home is None:
        return values
    found: set[Value] = set()
    for value in values:
        is_kept = isinstance(value, InstanceValue) and value.exact and (yield collectors.collects(value.cls))
        if is_kept and (yield _life(home)) is not None:
            found.add(replace(value, home=home))
        else:
            found.add(value)
    return frozenset(found)


def _home(frame: Frame, form: f.FunctionForm, expr: f.Expr, name: str | None) -> Home | None:
    """Where what an expression is was made, if it is a call or a variable that is bound to one."""
    match expr:
        case f.Call() if name is not None:
            return Home(frame, expr, name)
        case f.Local(name=variable, reaching=reaching):
            made = {_made_for(form, index) for index in reaching}
            call = made.pop() if len(made) == 1 else None
            return None if call is None else Home(frame, call, variable)
        case _:
            return None


def _made_for(form: f.FunctionForm, index: int) -> f.Call | None:
    """The call to whose object a binding binds, or to what entering it gave."""
    source = form.bindings[index].source
    match source:
        case f.FromValue(value=f.Call() as call) | f.FromValue(value=f.Entered(manager=f.Call() as call)):
            return call
        case f.FromValue(value=f.Narrowed(value=f.Local(reaching=(inner,)))) | f.FromJoin(reaching=(inner,)):
            return _made_for(form, inner) if inner < index else None
        case f.FromJoin(reaching=reaching):
            made = {_made_for(form, inner) if inner < index else None for inner in reaching}
            return made.pop() if len(made) == 1 else None
        case _:
            return None


# lives


@query(bottom=lambda *_: _NOWHERE, widen=lambda *_: None)
def _life(program: Program, home: Home) -> Asking:
    """The activations of methods on what a call in a function makes."""
    makers: Values = yield from evaluation.evaluate(program, home.frame, home.made.function)
    made: Values = yield from evaluation.evaluate(program, home.frame, home.made)
    if not made:
        return _NOWHERE
    owner = next(iter(made))
    if len(made) > 1 or not isinstance(owner, InstanceValue) or not owner.exact or makers != one(owner.cls):
        return None
    owner = replace(owner, state="")
    if (yield from hooks.has_hooks(program, owner)):
        return None
    begun: list[Begun] | None = yield from _begun_at_home(program, home, owner)
    found: dict[Begun, None] = {}
    while begun:
        each = begun.pop()
        if each in found:
            continue
        found[each] = None
        inner: list[Begun] | None = yield from _begun_within(program, *each, owner)
        if inner is None or len(found) > _MOST_ACTIVATIONS:
            return None
        begun.extend(inner)
    return None if begun is None else frozenset(frame for frame, _ in found)


def _begun_at_home(program: Program, home: Home, owner: InstanceValue) -> Asking:
    """What the function begins that made the object; None when it lets others have it."""
    form: f.FunctionForm | None = yield function_form(*home.frame.function.definition)
    if form is None or form.name == "":
        return None
    is_entered = any(b.name == home.name and _is_entered(b.source) for b in form.bindings)
    arguments: Arguments = yield from call_expressions.evaluate_arguments(program, home.frame, home.made)
    found: list[Begun] = []
    asked = [("__init__", arguments), *((n, Arguments()) for n in _ENTERING), *((n, _RAISED) for n in _LEAVING)]
    for name, given in asked:
        begun: list[Frame] | None = yield from _begun(program, owner, name, given)
        if begun is None or (is_entered and name in _ENTERING and not (yield from _give_it_back(begun))):
            return None
        if name.startswith("__a") and not (yield from _are_coroutines(begun)):
            return None
        found.extend((frame, name in _ENTERING) for frame in begun)
    if home.name == "":
        return found
    more: list[Begun] | None = yield from _begun_on(program, home.frame, home.name, owner, is_given_back=False)
    return None if more is None else [*found, *more]


_UNKNOWN = unknown(Unresolved.VALUE, "what the block raised")
_RAISED = Arguments((_UNKNOWN, _UNKNOWN, _UNKNOWN))


def _is_entered(source: f.Source) -> bool:
    return isinstance(source, f.FromValue) and isinstance(source.value, f.Entered)


def _are_coroutines(begun: list[Frame]) -> Asking:
    """Whether what is awaited of these is nothing but them."""
    for frame in begun:
        form: f.FunctionForm | None = yield function_form(*frame.function.definition)
        if form is None or form.kind is not f.FunctionKind.COROUTINE:
            return False
    return True


def _give_it_back(begun: list[Frame]) -> Asking:
    """Whether what an object gives when it is entered is itself."""
    for frame in begun:
        form: f.FunctionForm | None = yield function_form(*frame.function.definition)
        if form is None or not form.returns or not all(_is_receiver(form, value) for value, _ in form.returns):
            return False
    return True


def _is_receiver(form: f.FunctionForm, value: f.Expr) -> bool:
    if not isinstance(value, f.Local) or form.owner is None or value.name != _first(form):
        return False
    return all(isinstance(form.bindings[index].source, f.FromParameter) for index in value.reaching)


def _begun_within(program: Program, frame: Frame, is_entering: bool, owner: InstanceValue) -> Asking:
    """What a method begins on its own object; None when it lets others have it."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    own = None if form is None else _first(form)
    if form is None or own is None or any(b.name == own and not _is_parameter(b.source) for b in form.bindings):
        return None
    begun: list[Begun] | None = yield from _begun_on(program, frame, own, owner, is_given_back=is_entering)
    above: list[Begun] | None = yield from _begun_above(program, frame, owner)
    return None if begun is None or above is None else [*begun, *above]


def _is_parameter(source: f.Source) -> bool:
    return isinstance(source, f.FromParameter)


def _begun_on(program: Program, frame: Frame, name: str, owner: InstanceValue, *, is_given_back: bool) -> Asking:
    """What calls of methods of a variable begin; None when others may have the object by it."""
    here = frame.function.definition
    form: f.FunctionForm = yield function_form(*here)
    found: Uses = yield uses(here.path, here.piece, form.place, name)
    if found.is_handed_on or (found.is_returned and not is_given_back):
        return None
    for each in sorted(found.read | found.written):
        if not (yield from hooks.is_plain(program, owner, each)):
            return None
    if not found.builtins.isdisjoint(form.free) or not (yield from _are_builtins(here.path, found.builtins)):
        return None
    called: set[str] = set()
    begun: list[Begun] = []
    for call in (yield calls_of_function(*here)):
        match call.function:
            case f.Attribute(base=f.Local(name=base), name=method) if base == name and not _is_special(method):
                called.add(method)
                arguments: Arguments = yield from call_expressions.evaluate_arguments(program, frame, call)
                more: list[Frame] | None = yield from _begun(program, owner, method, arguments)
                if more is None:
                    return None
                begun.extend((each, False) for each in more)
            case _:
                pass
    return begun if found.called <= called else None


def _begun_above(program: Program, frame: Frame, owner: InstanceValue) -> Asking:
    """What a method begins by `super()`."""
    begun: list[Begun] = []
    for call in (yield calls_of_function(*frame.function.definition)):
        match call.function:
            case f.Attribute(base=f.Call(function=f.Global("super")), name=method):
                methods: Values = yield from evaluation.evaluate(program, frame, call.function)
                arguments: Arguments = yield from call_expressions.evaluate_arguments(program, frame, call)
                more: list[Frame] | None = yield from _bound_to(program, owner, methods, arguments)
                if more is None or _is_special(method):
                    return None
                begun.extend((each, False) for each in more)
            case _:
                pass
    return begun


def _is_special(name: str) -> bool:
    """Whether calling a method by hand does more to its object than its text says, or gives the object back."""
    return name.startswith("__") and name not in ("__init__", *_LEAVING)


def _begun(program: Program, owner: InstanceValue, name: str, arguments: Arguments) -> Asking:
    """What calling a method of the object by its name starts; None when that is not known. What is no method of its
    class is called without the object."""
    raw, _ = yield from overriding.declared(program, owner.cls, name)
    if any(not isinstance(v, FunctionValue | NativeValue) and not _is_unbound(v) for v in raw):
        return None
    methods: Values = (yield from attributes.attribute(program, one(owner), name)) if raw else NONE
    return (yield from _bound_to(program, owner, methods, arguments))


def _is_unbound(value: Value) -> bool:
    return isinstance(value, DescriptorValue) and value.kind in ("staticmethod", "classmethod")


def _bound_to(program: Program, owner: InstanceValue, methods: Values, arguments: Arguments) -> Asking:
    found: list[Frame] = []
    for method in methods:
        match method:
            case MethodValue(function=FunctionValue() as function, receiver=InstanceValue()):
                if function.definition.path.endswith(".pyi"):
                    if program.dotted(function.definition) != "builtins.object.__init__":
                        return None
                    continue
                given = calls.with_first(owner, arguments)
                found.append(Frame(function, (yield from parameters.bind(program, function, given, is_kept=True))))
            case MethodValue(receiver=ClassValue()) | MethodValue(function=NativeValue("object.__init__")):
                pass
            case FunctionValue() | NothingValue():
                pass
            case _:
                return None
    return found


def _are_builtins(path: str, names: frozenset[str]) -> Asking:
    """Whether names stand for builtins in a file."""
    bound: dict[str, list[str]] = (yield scope(path, None)) if names else {}
    return names.isdisjoint(bound) and "*" not in bound


def _first(form: f.FunctionForm) -> str | None:
    return form.parameters[0].name if form.parameters else None


# what an object holds


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def held(program: Program, home: Home, name: str) -> Asking:
    """What an attribute holds in which only the methods of its object put something; None when others may."""
    life: Life = yield _life(home)
    if life is None:
        return None
    values: list[Values] = []
    items: list[Values] = []
    for frame, own in (yield from _in_hands(home, life)):
        here = frame.function.definition
        form: f.FunctionForm = yield function_form(*here)
        found: Uses = yield uses(here.path, here.piece, form.place, own)
        if name in found.handed_on:
            return None
        for store in form.stores:
            into = _put_into(store, own, name)
            if into is not None and not (yield from truth.is_dead(program, frame, form, store.region)):
                value = NONE if store.value is None else (yield from evaluation.evaluate(program, frame, store.value))
                (items if into else values).append(settled(value))
    return _whole(join(values), join(items))


def _in_hands(home: Home, life: frozenset[Frame]) -> Asking:
    """(activation, variable) of all that have the object."""
    found = [(home.frame, home.name)] if home.name else []
    for frame in life:
        form: f.FunctionForm | None = yield function_form(*frame.function.definition)
        own = None if form is None else _first(form)
        if own is not None:
            found.append((frame, own))
    return found


def _put_into(store: f.Store, own: str, name: str) -> bool | None:
    """Whether a store puts something into the container in an attribute, or into the attribute (False), or neither."""
    match store.base:
        case f.Local(name=base):
            return False if base == own and store.name == name else None
        case f.Attribute(base=f.Local(name=base), name=attribute):
            return True if base == own and attribute == name and store.name == "[]" else None
        case _:
            return None


def _whole(values: Values, items: Values) -> Values | None:
    """The values, containers among them with all that is put into them; None when others may have these."""
    found: set[Value] = set()
    for value in values:
        if not isinstance(value, DisplayValue) or value.kind == "tuple":
            found.add(value)
            continue
        if value.is_open or value.is_declared or any(map(_has_containers, (*value.items, items))):
            return None
        all_items = (*value.items, items) if items else value.items
        all_keys = (*value.keys, None) if items else value.keys
        is_dict = value.kind == "dict"
        found.add(DisplayValue("dict" if is_dict else "some", all_items, all_keys if is_dict else (), is_whole=True))
    return bounded(frozenset(found), DEEPEST + 3)  # of what stands in tuples in it as much is told as elsewhere


def _has_containers(values: Values) -> bool:
    return any(
        isinstance(v, DisplayValue) and (v.kind != "tuple" or any(map(_has_containers, v.items))) for v in values
    )
