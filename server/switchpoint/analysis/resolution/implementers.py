"""Implementers: the known classes that have every member of a protocol, whether they derive from it or not (PEP 544).

In: a protocol. Out: classes, or a member as objects of these have it: a method of whatever kind, a descriptor, what is
stored on instances or set from elsewhere. This module must not know what is awaited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.summaries import Asking, function_form, holders_of, piece
from switchpoint.analysis.resolution import attributes, classes, overriding, patching, stored_attributes, stores
from switchpoint.analysis.resolution.program import Program, known_files
from switchpoint.analysis.resolution.values import (
    ClassValue,
    Definition,
    FunctionValue,
    InstanceValue,
    Values,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f

_NO_NAMES: frozenset[str] = frozenset()
_ANY_NUMBER = 1_000
_SPECIALS = frozenset(
    {"__call__", "__await__", "__aenter__", "__aexit__", "__aiter__", "__anext__", "__enter__", "__exit__", "__iter__"}
)


def members(program: Program, owner: InstanceValue, name: str) -> Asking:
    """What known implementers of a protocol have under a name, each bound to an object of that class."""
    found: list[Values] = []
    known: tuple[ClassValue, ...] | None = yield of_protocol(owner.cls)
    if known is None:
        return [unknown(Unresolved.BUDGET, f"too many implementers of {owner.cls.definition.name}")]
    for cls in known:
        looked_up = attributes.type_attribute if name.startswith("__") else attributes.instance_attribute
        found.append((yield looked_up(InstanceValue(cls), name)))
    return found


@query(bottom=lambda *_: (), widen=lambda *_: ())
def of_protocol(program: Program, protocol: ClassValue) -> Asking:
    """The known classes that have every member of a protocol without deriving from it, and no protocols themselves;
    None where too many would have to be looked at."""
    wanted: frozenset[str] = yield _wanted(protocol)
    found: dict[ClassValue, None] = {}
    for cls in (yield from _candidates(program, wanted, program.top(protocol.definition.path))):
        if not (yield from _may_meet(program, protocol, cls)) or (yield classes.is_protocol(cls)):
            continue
        if (yield _has_all(cls, wanted)) and (yield _can_be_called(protocol, cls, wanted)):
            found[cls] = None
            continue
        below: tuple[ClassValue, ...] | None = yield classes.subclasses(cls)
        if below is None:
            return None
        for each in below:
            if (yield _has_all(each, wanted)) and not (yield classes.is_protocol(each)):
                found.update({each: None} if (yield _can_be_called(protocol, each, wanted)) else {})
    return tuple(found)


def _may_meet(program: Program, protocol: ClassValue, cls: ClassValue) -> Asking:
    """Whether objects of a class may be taken for a protocol's: of the user's; where both are of one package; where
    the file of either imports the package of the other."""
    there = cls.definition.path
    top, here = program.top(protocol.definition.path), program.top(there)
    if program.is_own(there) or here == top or top in (yield stores.tops_of(there)):
        return True
    return here in (yield stores.tops_of(protocol.definition.path))


@query(bottom=lambda *_: _NO_NAMES, widen=lambda *_: _NO_NAMES)
def _wanted(_: Program, protocol: ClassValue) -> Asking:
    """The names that an implementation of a protocol must have."""
    names: set[str] = set()
    for above in (yield classes.order(protocol)):
        if isinstance(above, ClassValue) and (yield classes.is_protocol(above)):
            for _, form in (yield classes.bodies(above)):
                names.update(b.name for b in form.bindings if not b.name.startswith("__") or b.name in _SPECIALS)
    return frozenset(names)


def _candidates(program: Program, wanted: frozenset[str], top: str) -> Asking:
    """The classes that have that member which the fewest have."""
    found: list[tuple[ClassValue, ...]] = []
    for name in sorted(wanted):
        found.append((yield holders(name, top)))
    return min(found, key=len, default=())


@query(bottom=lambda *_: (), widen=lambda *_: ())
def holders(program: Program, name: str, top: str) -> Asking:
    """Known classes whose body binds a name, whose methods store something under it, or on which, or on whose objects,
    files that can name what belongs to `top` set it."""
    found: dict[ClassValue, None] = {}
    for path in (yield known_files()):
        holders: dict[str, tuple[str, ...]] = yield holders_of(path)
        for key in holders.get(name, ()):
            whole: f.PieceForm = yield piece(path, key)
            found.update((ClassValue(Definition(path, key, inner)), None) for inner in whole.classes)
    for _, _, owners in (yield patching.foreign_stores(name, top)):
        for target in owners:
            match target:
                case ClassValue(definition=definition) | InstanceValue(cls=ClassValue(definition=definition)):
                    found[ClassValue(definition)] = None
                case _:
                    pass
    return tuple(found)


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _has_all(program: Program, cls: ClassValue, wanted: frozenset[str]) -> Asking:
    """Whether a class has all these members, in its order or on its instances."""
    for name in sorted(wanted):
        raw, _ = yield from overriding.declared(program, cls, name)
        if not raw and not (yield from _is_held(cls, name)):
            return False
    return True


@query(bottom=lambda *_: True, widen=lambda *_: True)
def _can_be_called(program: Program, protocol: ClassValue, cls: ClassValue, wanted: frozenset[str]) -> Asking:
    """Whether each method of a class takes some number of arguments with which the protocol's may be called: a call
    that one cannot take raises `TypeError`."""
    for name in sorted(wanted):
        fewest, most = yield from _counts(program, protocol, name)
        needed, taken = yield from _counts(program, cls, name)
        if needed > most or taken < fewest:
            return False
    return True


def _counts(program: Program, cls: ClassValue, name: str) -> Asking:
    """The fewest and the most arguments that a plain method takes; any number where that is not plain to see."""
    raw, _ = yield from overriding.declared(program, cls, name)
    form: f.FunctionForm | None = None
    for value in raw:
        form = (yield function_form(*value.definition)) if isinstance(value, FunctionValue) else None
    if len(raw) != 1 or form is None or form.decorators or (yield from _is_held(cls, name)):
        return 0, _ANY_NUMBER
    counted = [p for p in form.parameters if p.kind in ("positional", "plain")][1:]
    more = 0 if len(counted) + 1 == len(form.parameters) else _ANY_NUMBER
    return sum(p.default is None for p in counted), len(counted) + more


def _is_held(cls: ClassValue, name: str) -> Asking:
    """Whether methods of a class or one above it store something under a name, or others do on its objects."""
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue) and (yield from stored_attributes.own_stores(above, name)):
            return True
    return False
