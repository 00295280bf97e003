"""Known calls: which calls in the analysed files are of a function, as far as their text tells.

In: a function or a class. Out: calls, each with where it stands. This module must not know what is passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import by_keyword, calls_giving, calls_in, calls_saying, handed
from switchpoint.analysis.ir.calls import last_name as last_called
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes, overriding, targets
from switchpoint.analysis.resolution.program import Program, calls_of
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Definition,
    DescriptorValue,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KnownCall: TypeAlias = tuple[Frame, f.Call, int]
"""A call, where it stands, and how many parameters stand before its first argument."""

_MOST_CALLERS = 24
"""Pieces that call a name beyond which they are not looked at for what they show."""


def named(name: str) -> Asking:
    """(frame, call) of every call of that last name in the analysed files, and of what such a call gave."""
    found: list[tuple[Frame, f.Call]] = []
    pieces: Iterable[tuple[str, str]] = yield calls_of(name)
    for path, key in pieces:
        for function, call in (yield calls_in(path, key, name)):
            found.append((Frame(FunctionValue(Definition(path, key, function)), ()), call))
    return found


def handing(name: str, *, is_member: bool) -> Asking:
    """(frame, call) of what calls may make of something of that last name which they are given with more: what stands
    behind it is passed on to it, as by `partial(name, 1, key=2)`, `start_soon(name, 1)`, `map(name, [1])`."""
    found: list[tuple[Frame, f.Call]] = []
    pieces: set[tuple[str, str]] = set((yield calls_of(handed(name, is_member=True))))
    if not is_member:
        pieces.update((yield calls_of(handed(name, is_member=False))))
    for path, key in sorted(pieces):
        for inside, call in (yield calls_giving(path, key, name)):
            frame = Frame(FunctionValue(Definition(path, key, inside)), ())
            for index, argument in enumerate(call.arguments):
                if last_called(argument) == name:
                    found.append((frame, f.Call(argument, call.arguments[index + 1 :], call.keywords)))
    return found


def saying(keyword: str) -> Asking:
    """(frame, call) of every call in the analysed files that gives something by that keyword."""
    found: list[tuple[Frame, f.Call]] = []
    for path, key in (yield calls_of(by_keyword(keyword))):
        for inside, call in (yield calls_saying(path, key, keyword)):
            found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return found


def of_function(program: Program, function: FunctionValue, owner: ClassValue | None) -> Asking:
    """The calls that surely are of this function, a member of `owner` if that is given; of an `__init__`, those that
    make objects with it."""
    if owner is not None and last_name(function) == "__init__":
        return (yield from _constructions(program, owner))
    form: f.FunctionForm | None = yield function_form(*function.definition)
    found: list[KnownCall] = yield from _naming(program, function.definition, last_name(function))
    if form is not None and form.parent is not None and last_part(form.parent) != last_name(function):
        found = [*found, *(yield from _naming(program, function.definition, last_part(form.parent)))]
    return found


def _constructions(program: Program, owner: ClassValue) -> Asking:
    """Calls that run the `__init__` of a class: of the class itself, of those below that have none of
    their own, and by `super()` in the first below that have."""
    found: list[KnownCall] = []
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(owner)
    for cls in (owner, *(below or ())):
        inherits = cls == owner or (yield from inherits_init(cls, owner))
        if inherits is True:
            made: Iterable[KnownCall] = yield from _naming(program, cls.definition, last_part(cls.definition.name))
            found.extend((frame, call, 1) for frame, call, _ in made)
        elif inherits is None:
            found.extend((yield from super_calls(cls)))
    return found


def inherits_init(cls: ClassValue, owner: ClassValue) -> Asking:
    """Whether the `__init__` of a class is that of `owner`; None where its own is the next one below."""
    has_own = False
    for above in (yield classes.order(cls)):
        if isinstance(above, UnknownValue):
            return False
        if (yield classes.has_member(above, "__init__")):
            if above.definition == owner.definition:
                return None if has_own else True
            if above != cls:
                return False
            has_own = True
    return False


def super_calls(cls: ClassValue) -> Asking:
    """Every call of `super().__init__` in the `__init__` of a class, and of that of a class by its name."""
    here = cls.definition
    inner = "" if here.name == here.piece.partition("#")[0] else here.name + "."
    key, name = (here.piece, inner + "__init__") if inner else (here.piece + ".__init__", "__init__")
    found: list[KnownCall] = []
    for inside, call in (yield calls_in(here.path, key, "__init__")):
        match call.function:
            case f.Attribute(base=f.Call(function=f.Global(name="super"))) if inside == name:
                found.append((Frame(FunctionValue(Definition(here.path, key, inside)), ()), call, 1))
            case f.Attribute(base=f.Global() | f.Scoped() | f.Attribute()) if inside == name:
                found.append((Frame(FunctionValue(Definition(here.path, key, inside)), ()), call, 0))
            case _:
                pass
    return found


_OF_RECEIVER = ("cls", "__class__", "type")


def of_receiver(cls: ClassValue) -> Asking:
    """(frame, call) of every call in methods of a class, or of one above, that makes an object of the receiver's class
    or of the receiver that is a class: `cls()`, `self.__class__()`, `type(self)()`."""
    found: list[tuple[Frame, f.Call]] = []
    for above in (yield classes.order(cls)):
        here = above.definition if isinstance(above, ClassValue) else None
        for name in _OF_RECEIVER if here is not None else ():
            for path, key in (yield calls_of(name)):
                if here is not None and path == here.path and key.startswith(f"{here.piece}."):
                    found.extend((yield from _of_receiver(path, key, name)))
    return found


def _of_receiver(path: str, key: str, name: str) -> Asking:
    found: list[tuple[Frame, f.Call]] = []
    for inside, call in (yield calls_in(path, key, name)):
        form: f.FunctionForm | None = yield function_form(path, key, inside)
        if form is not None and form.parameters and _makes_like(call.function, form.parameters[0].name):
            found.append((Frame(FunctionValue(Definition(path, key, inside)), ()), call))
    return found


def _makes_like(made: f.Expr, receiver: str) -> bool:
    match made:
        case f.Local(name=name):
            return name == receiver
        case f.Attribute(name="__class__", base=f.Local(name=name)):
            return name == receiver
        case f.Call(function=f.Global(name="type"), arguments=(f.Local(name=name),)):
            return name == receiver
        case _:
            return False


def _naming(program: Program, wanted: Definition, called: str) -> Asking:
    """The calls of a name that surely are of this function or class; none where too many would have to be looked at."""
    pieces: Sequence[tuple[str, str]] = yield calls_of(called)
    found: list[KnownCall] = []
    for frame, call in (yield from named(called)) if len(pieces) <= _MOST_CALLERS else ():
        shift: int | None = yield from _names(program, frame, call, wanted)
        if shift is not None:
            found.append((frame, call, shift))
    return found


def _names(program: Program, frame: Frame, call: f.Call, wanted: Definition) -> Asking:
    """How many parameters stand before the first argument of a call that names this very function or class, this method
    of a receiver, or the function around this one, which gave it; None where it does not."""
    if isinstance(call.function, f.Call):
        return 0 if (yield from _is_given(program, frame, call.function, wanted)) else None
    told: Values = yield from targets.targets(program, frame, call.function)
    if any(isinstance(v, FunctionValue | ClassValue) and v.definition == wanted for v in told):
        return 0
    if isinstance(call.function, f.Attribute):
        for value in (yield from targets.targets(program, frame, call.function.base)):
            if isinstance(value, InstanceValue):
                raw, _ = yield from overriding.declared(program, value.cls, call.function.name)
                if any(isinstance(v, FunctionValue) and v.definition == wanted for v in raw):
                    return 1
    return None


def _is_given(program: Program, frame: Frame, maker: f.Call, wanted: Definition) -> Asking:
    """Whether a call is of the function around the wanted one, and that returns it."""
    form: f.FunctionForm | None = yield function_form(*wanted)
    if form is None or form.parent is None:
        return False
    around = Definition(wanted.path, wanted.piece, form.parent)
    outer: f.FunctionForm | None = yield function_form(*around)
    if outer is None or not _returns(outer, wanted.name):
        return False
    for value in (yield from targets.targets(program, frame, maker.function)):
        function = value.function if isinstance(value, DescriptorValue) else value
        if isinstance(function, FunctionValue) and function.definition == around:
            return True
    return False


def _returns(outer: f.FunctionForm, name: str) -> bool:
    """Whether a function returns the function of that name inside it."""
    for value, _ in outer.returns:
        sources = [outer.bindings[i].source for i in value.reaching] if isinstance(value, f.Local) else []
        if value == f.Closure(name) or any(isinstance(s, f.FromDefinition) and s.name == name for s in sources):
            return True
    return False


def last_name(function: FunctionValue) -> str:
    """The name under which a function was defined, the last part alone."""
    here = function.definition
    return last_part(here.name or here.piece)


def last_part(name: str) -> str:
    return name.rpartition(".")[2].partition("#")[0]
