"""Classes: members, order of resolution, known subclasses, and what methods know of their own class.

In: class values. Out: members as they stand in class bodies (not yet bound to anything), orders, relations. This module
must not know attribute access.
"""

from __future__ import annotations

import os
from typing import TypeAlias

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, members, piece, scope
from switchpoint.analysis.resolution import class_creation, evaluation, importing, names, truth
from switchpoint.analysis.resolution.program import Program, derived_by_name
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    ConstValue,
    Context,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    UnknownValue,
    Values,
    join,
)
from switchpoint.analysis.verdicts import Unresolved

_MOST_SUBCLASSES = 150
_NO_NAMES: frozenset[str] = frozenset()
_NO_BASE = UnknownValue(Unresolved.VALUE, "no base")
_MADE = {"typing.NamedTuple": "tuple", "typing.TypedDict": "dict"}
"""Functions that may stand among bases (`__mro_entries__`), and what the class then derives from."""
Base: TypeAlias = ClassValue | UnknownValue
Order: TypeAlias = tuple[Base, ...]
Places: TypeAlias = tuple[tuple[Frame, int], ...]
"""Bindings of class bodies: where the body runs, and the index of the binding."""


@query(bottom=lambda *_: None, widen=lambda *_: None)
def class_form(_: Program, definition: Definition) -> Asking:
    """The header of a class, None when it is gone."""
    whole: f.PieceForm = yield piece(definition.path, definition.piece)
    return whole.classes.get(definition.name)


def class_of(function: FunctionValue, form: f.FunctionForm) -> ClassValue | None:
    """The class in whose body a function stands."""
    here = function.definition
    if form.owner is None:
        return None
    if form.owner == "":
        key = here.piece.rpartition(".")[0]
        return ClassValue(Definition(here.path, key, key.partition("#")[0]))
    return ClassValue(Definition(here.path, here.piece, form.owner), function.frame)


def class_of_scope(program: Program, frame: Frame) -> Asking:
    """The class around an expression: that of the class body, or of the method that it stands in."""
    here = frame.function.definition
    if here.name == "" and "." in here.piece:
        key = here.piece.rpartition(".")[0]
        return ClassValue(Definition(here.path, key, key.partition("#")[0]))
    if here.name.endswith(".<class>"):
        return ClassValue(Definition(here.path, here.piece, here.name.removesuffix(".<class>")), frame.function.frame)
    form: f.FunctionForm | None = yield function_form(*here)
    return None if form is None else class_of(frame.function, form)


def receiver_of(program: Program, function: FunctionValue, form: f.FunctionForm) -> Asking:
    """What a method's first parameter is when nothing is known of the call; None for a static method."""
    owner = class_of(function, form)
    if owner is None:
        return None
    name = form.name.rpartition(".")[2].partition("#")[0]
    kinds = {evaluated_name(decorator) for decorator in form.decorators}
    if "staticmethod" in kinds:
        return None
    if "classmethod" in kinds or name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return ClassValue(owner.definition, owner.frame, True)
    if (yield from derives_from_named(program, owner, "builtins.type")):
        return None
    return InstanceValue(owner)


def evaluated_name(expr: f.Expr) -> str:
    match expr:
        case f.Global(name=name) | f.Attribute(name=name) | f.Scoped(name=name):
            return name
        case f.Call(function=function):
            return evaluated_name(function)
        case _:
            return ""


# members


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def own_member(program: Program, cls: ClassValue, name: str) -> Asking:
    """What a class body itself binds to a name, or decorators and metaclasses visibly install; empty when nothing."""
    parts: list[Values] = []
    places: Places = yield member_bindings(cls, name)
    for frame, index in places:
        parts.append((yield evaluation.bound(frame, index)))
        form: f.FunctionForm = yield function_form(*frame.function.definition)
        if isinstance(form.bindings[index].source, f.FromDelete):  # on some way: then a base is asked
            parts.append(frozenset({UnknownValue(Unresolved.DYNAMIC, f"{cls.definition.name}.{name}")}))
    found = join(parts)
    installed = yield class_creation.installed_members(cls, name)
    return join((found, installed)) if installed else found


def member_at(program: Program, cls: ClassValue, here: Definition, name: str) -> Asking:
    """What a name of a class body is while one of its statements runs: what stood above it."""
    keys: tuple[str, ...] = yield members(here.path, cls.definition.piece)
    found: list[tuple[Frame, int]] = []
    for frame, index in (yield all_member_bindings(cls, name)):
        there = frame.function.definition.piece
        if here.name == "" and here.piece in keys and there in keys and keys.index(there) >= keys.index(here.piece):
            break
        found.append((frame, index))
    if here.name == "" and len(found) > 1:
        found = found[-1:]
    parts: list[Values] = []
    for frame, index in found:
        parts.append((yield evaluation.bound(frame, index)))
    return join(parts)


@query()
def all_member_bindings(program: Program, cls: ClassValue, name: str) -> Asking:
    """Where a class body binds a name: (frame, index of the binding), in order."""
    found: list[tuple[Frame, int]] = []
    for frame, form in (yield from _bodies_binding(cls, name)):
        for index, binding in enumerate(form.bindings):
            if binding.name == name and not isinstance(binding.source, f.FromJoin):
                found.append((frame, index))
    return tuple(found)


@query()
def member_bindings(program: Program, cls: ClassValue, name: str) -> Asking:
    """The bindings of a name that outlast the class body: the last unconditional one, or what follows its deletion; of
    a stub all, since each overload may be what is called."""
    found: Places = yield all_member_bindings(cls, name)
    last = 0
    for place, (frame, index) in enumerate(() if cls.definition.path.endswith(".pyi") else found):
        form: f.FunctionForm = yield function_form(*frame.function.definition)
        if form.bindings[index].region == 0:
            last = place + isinstance(form.bindings[index].source, f.FromDelete)
    return found[last:]


@query(bottom=lambda *_: False, widen=lambda *_: True)
def has_member(program: Program, cls: ClassValue, name: str) -> Asking:
    """Whether a class body binds a name at all, in code that is alive; decided without looking at values."""
    places: Places = yield member_bindings(cls, name)
    for frame, index in places:
        form: f.FunctionForm = yield function_form(*frame.function.definition)
        if isinstance(form.bindings[index].source, f.FromDelete):
            continue
        if not (yield from truth.is_dead(program, frame, form, form.bindings[index].region)):
            return True
    return bool((yield class_creation.installed_members(cls, name)))


def _bodies_binding(cls: ClassValue, name: str) -> Asking:
    """The bodies that can bind a name; members whose outline does not tell of it are not lowered for it."""
    form: f.ClassForm | None = yield class_form(cls.definition)
    if form is None or form.body is not None:
        return (yield bodies(cls))
    here = cls.definition
    pieces: dict[str, list[str]] = yield scope(here.path, here.piece)
    found: list[tuple[Frame, f.FunctionForm]] = []
    for key in dict.fromkeys(pieces.get(name, ())):
        function = FunctionValue(Definition(here.path, key, ""))
        found.append((Frame(function, ()), (yield function_form(*function.definition))))
    return found


@query()
def bodies(program: Program, cls: ClassValue) -> Asking:
    """The frames and forms of the code that runs in a class's body."""
    form: f.ClassForm | None = yield class_form(cls.definition)
    here = cls.definition
    if form is None:
        return ()
    if form.body is not None:
        inside = FunctionValue(Definition(here.path, here.piece, form.body), cls.frame)
        body = yield function_form(*inside.definition)
        return ((Frame(inside, ()), body),)
    found: list[tuple[Frame, f.FunctionForm]] = []
    for key in (yield members(here.path, here.piece)):
        function = FunctionValue(Definition(here.path, key, ""))
        found.append((Frame(function, ()), (yield function_form(*function.definition))))
    return tuple(found)


@query(bottom=lambda *_: (), widen=lambda *_: ())
def order(program: Program, cls: ClassValue) -> Asking:
    """The method resolution order (C3, as CPython `Objects/typeobject.c`), with an unknown where a base is not
    known."""
    parents: Order = yield direct_bases(cls)
    sequences: list[list[Base]] = []
    for parent in parents:
        if isinstance(parent, UnknownValue):
            sequences.append([parent])
        elif parent.definition != cls.definition:
            above: Order = yield order(parent)
            sequences.append([c for c in above if not isinstance(c, ClassValue) or c.definition != cls.definition])
    sequences.append([p for p in parents if not isinstance(p, ClassValue) or p.definition != cls.definition])
    start = ClassValue(cls.definition, cls.frame)
    return (start, *_linearized(sequences))


def _linearized(sequences: list[list[Base]]) -> list[Base]:
    result: list[Base] = []
    remaining: list[list[Base]] = [list(dict.fromkeys(sequence)) for sequence in sequences if sequence]
    while len(remaining) > 1:
        head = next((s[0] for s in remaining if not any(s[0] in other[1:] for other in remaining)), remaining[0][0])
        result.append(head)
        shorter = ([c for c in sequence if c != head] for sequence in remaining)
        remaining = [sequence for sequence in shorter if sequence]
    return [*result, *(base for sequence in remaining for base in sequence)]


@query(bottom=lambda *_: (), widen=lambda *_: ())
def direct_bases(program: Program, cls: ClassValue) -> Asking:
    """What the header of a class names, but for forms of `typing` that are no classes."""
    form: f.ClassForm | None = yield class_form(cls.definition)
    if form is None:
        return (UnknownValue(Unresolved.VALUE, cls.definition.name),)
    frame = header_frame(cls, form)
    found: list[Base] = []
    for base in form.bases:
        values: Values = yield from evaluation.evaluate(program, frame, base)
        made = _MADE.get(_only_function(program, values))
        if made is not None:
            values = yield names.builtin(made)
        found.append(_as_base(program, values))
    return tuple(base for base in found if base != _NO_BASE)


def _only_function(program: Program, values: Values) -> str:
    """The dotted name of the function that these are, if it is one."""
    if len(values) == 1 and isinstance(value := next(iter(values)), FunctionValue):
        return program.dotted(value.definition)
    return ""


def header_frame(cls: ClassValue, form: f.ClassForm) -> Frame:
    """Where bases, keywords and decorators of a class are evaluated."""
    here = cls.definition
    if cls.frame is not None:
        return cls.frame
    name, _, _ = here.name.rpartition(".")
    if name and form.parent != name:
        return Frame(FunctionValue(Definition(here.path, here.piece, name + ".<class>")), ())
    return Frame(FunctionValue(Definition(here.path, here.piece, form.parent or "")), ())


def _as_base(program: Program, values: Values) -> Base:
    """The one class that these are; what cannot be a base, as the None of a name that is bound later, raises."""
    if len(values) > 1:
        values = frozenset(v for v in values if not isinstance(v, ConstValue)) or values
    if len(values) == 1:
        (value,) = values
        match value:
            case ClassValue():
                return ClassValue(value.definition, value.frame)
            case UnknownValue():
                return value
            case FunctionValue(definition=definition) if program.dotted(definition).startswith("typing."):
                return _NO_BASE
            case InstanceValue(cls=cls, init=init) if program.dotted(cls.definition).startswith(("typing.", "_typing")):
                return _origin(init)
            case _:
                pass
    unknowns = sorted((v for v in values if isinstance(v, UnknownValue)), key=lambda v: (v.why.value, v.detail))
    return unknowns[0] if unknowns else UnknownValue(Unresolved.VALUE, "a base class chosen at run time")


def _origin(init: Context) -> Base:
    """The class that an alias of `typing` puts in its own place among bases (`__mro_entries__`)."""
    given: Values = next((values for name, values in init if name == "origin"), NONE)
    origin = next(iter(given)) if len(given) == 1 else None
    return origin if isinstance(origin, ClassValue) else UnknownValue(Unresolved.VALUE, "what an alias stands for")


def derives(program: Program, cls: ClassValue, base: ClassValue) -> Asking:
    """Whether `cls` is `base` or derives from it, as far as is known."""
    name = program.dotted(base.definition)
    return name == "builtins.object" or (yield from derives_from_named(program, cls, name))


def derives_from_named(_: Program, cls: ClassValue, name: str) -> Asking:
    names: frozenset[str] = yield names_above(cls)
    return name in names


@query(bottom=lambda *_: _NO_NAMES, widen=lambda *_: _NO_NAMES)
def names_above(program: Program, cls: ClassValue) -> Asking:
    """The dotted names of the known classes of the order: what `derives` is asked about most of all."""
    above: Order = yield order(cls)
    return frozenset(program.dotted(c.definition) for c in above if isinstance(c, ClassValue))


def is_fully_known(program: Program, cls: ClassValue) -> Asking:
    """Whether every class of the order is known."""
    above: Order = yield order(cls)
    return not any(isinstance(c, UnknownValue) for c in above)


@query(bottom=lambda *_: False, widen=lambda *_: False)
def is_protocol(program: Program, cls: ClassValue) -> Asking:
    bases = yield direct_bases(cls)
    return any(
        isinstance(c, ClassValue) and program.dotted(c.definition) in ("typing.Protocol", "typing_extensions.Protocol")
        for c in bases
    )


@query(bottom=lambda *_: None, widen=lambda *_: None)
def metaclass(program: Program, cls: ClassValue) -> Asking:
    """The first `metaclass=` of the order, None when there is none."""
    for above in (yield order(cls)):
        if isinstance(above, UnknownValue):
            continue
        form: f.ClassForm | None = yield class_form(above.definition)
        for key, value in () if form is None else form.keywords:
            if key == "metaclass":
                assert form is not None
                found = yield from evaluation.evaluate(program, header_frame(above, form), value)
                return _as_base(program, found)
    return None


@query(bottom=lambda *_: (), widen=lambda *_: ())
def metaclasses(program: Program, cls: ClassValue) -> Asking:
    """The metaclass that a class has, if any, and those of its known subclasses where it may be any of them."""
    below: tuple[ClassValue, ...] = ()
    if cls.is_open and program.overrides != "declared":
        below = (yield subclasses(cls)) or ()
    found: list[Base] = []
    for each in (cls, *below):
        meta: Base | None = yield metaclass(each)
        found.extend(() if meta is None else (meta,))
    return tuple(dict.fromkeys(found))


@query(bottom=lambda *_: (), widen=lambda *_: ())
def subclasses(program: Program, cls: ClassValue) -> Asking:
    """Every known class that derives from `cls`, without itself; None when there are too many to look at."""
    name = cls.definition.name.rpartition(".")[2].partition("#")[0]
    candidates: tuple[tuple[str, str, str], ...] | None = yield derived_by_name(name)
    if candidates is None:
        return None
    found: list[ClassValue] = []
    for path, key, name in candidates:
        for other in (yield classes_in(path, key, name)):
            if other.definition == cls.definition or (yield importing.cannot_run(path)):
                continue
            if (yield from derives(program, other, cls)) or (yield from _may_derive(program, other, cls)):
                found.append(other)
        if len(found) > _MOST_SUBCLASSES:
            return None
    return tuple(found)


def _may_derive(program: Program, other: ClassValue, cls: ClassValue) -> Asking:
    """Whether a class whose base is passed in or computed may have this one, or a subclass: in the user's own files and
    within a package; in the standard library, within a folder of it."""
    there, here = other.definition.path, cls.definition.path
    if program.in_stdlib(there):
        folder = os.path.dirname(there)
        if there != here and (os.path.dirname(here) != folder or folder == str(program.environment.stdlib)):
            return False
    elif not program.is_own(there) and program.top(there) != program.top(here):
        return False
    above: Order = yield order(other)
    reasons = {c.why for c in above if isinstance(c, UnknownValue)}
    reasons -= {Unresolved.IMPORT, Unresolved.EXTENSION, Unresolved.NO_SOURCE}  # which name none of the known ones
    return bool(reasons) if program.is_own(there) else Unresolved.PARAMETER in reasons


@query()
def classes_in(_: Program, path: str, key: str, name: str) -> Asking:
    """The classes of a piece with that last name."""
    whole: f.PieceForm = yield piece(path, key)
    return tuple(
        ClassValue(Definition(path, key, full))
        for full in whole.classes
        if full.rpartition(".")[2].partition("#")[0] == name
    )
