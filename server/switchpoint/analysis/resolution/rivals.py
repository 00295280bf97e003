"""Rivals: who else may stand where an annotation alone says what does.

In: what is claimed of a place that nobody saw being filled, and the name of a member that is asked for there. Out: an
unknown that names another class of the user's with such a member, objects of which may have come there by a library's
object; nothing where no other class has one, so that the claim holds. This module must not know what was claimed why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.marks import ASYNC_GENERATOR
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import (
    attributes,
    classes,
    implementers,
    known_calls,
    lies,
    patching,
    spelled,
    stores,
    targets,
)
from switchpoint.analysis.resolution.program import setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClaimedValue,
    ClassValue,
    ConstValue,
    InstanceValue,
    NothingValue,
    NumberValue,
    UnknownValue,
    has_unknown,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.resolution.program import Program
    from switchpoint.analysis.resolution.values import Values


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def member(program: Program, claim: ClaimedValue, name: str) -> Asking:
    """What a claim leaves open of a member."""
    if name == "__class__":
        return NONE if claim.as_class else one(ClaimedValue(claim.classes, as_class=True))
    claimed = frozenset(claim.classes if claim.as_class else map(InstanceValue, claim.classes))
    having: tuple[ClassValue, ...] = yield _having(name)
    for cls in (*having, *(yield from _answering_for(program, claim, name))):
        is_claimed = lies.admits_class(program, claimed, cls) if claim.as_class else lies.admits(program, claimed, cls)
        if not (yield from is_claimed):
            return unknown(Unresolved.CLAIM, f"{cls.definition.name}.{name}")
    for cls in () if claim.as_class else (yield _made_of_libraries(name)):
        if not (yield from lies.admits(program, claimed, cls)):
            return unknown(Unresolved.CLAIM, f"{cls.definition.name}.{name}")
    if name in _OF_GENERATORS and not claim.as_class and (yield _has_generators()):
        return unknown(Unresolved.CLAIM, f"{name} of an asynchronous generator")
    if (yield _is_set_on_others(name)):
        return unknown(Unresolved.CLAIM, f"what is set as {name}")
    return NONE


_OF_GENERATORS = frozenset({"__anext__", "asend", "athrow", "aclose"})
"""What asynchronous generators have (PEP 525)."""


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _has_generators(program: Program) -> Asking:
    """Whether the user's files may make asynchronous generators."""
    return any(program.is_own(path) for path, _ in (yield setters_of(ASYNC_GENERATOR)))


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _made_of_libraries(program: Program, name: str) -> Asking:
    """The classes of libraries of which the user's files visibly make objects, and these have a member of that name."""
    found: list[ClassValue] = []
    for holder in (yield implementers.holders(name, "")) if not name.startswith("__") else ():
        if not program.is_own(holder.definition.path) and not (yield classes.is_protocol(holder)):
            for cls in (holder, *((yield classes.subclasses(holder)) or ())):
                if not program.is_own(cls.definition.path) and (yield _is_made_by_users(cls)):
                    found.append(cls)
    return tuple(dict.fromkeys(found))


@query(bottom=lambda *_: False, widen=lambda *_: True)
def _is_made_by_users(program: Program, cls: ClassValue) -> Asking:
    """Whether the user's files visibly call a class."""
    for frame, call in (yield from known_calls.named(known_calls.last_part(cls.definition.name))):
        if program.is_own(frame.function.definition.path):
            made: Values = yield from targets.targets(program, frame, call.function)
            if any(isinstance(v, ClassValue) and v.definition == cls.definition for v in made):
                return True
    return False


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _having(program: Program, name: str) -> Asking:
    """The user's classes of which objects have a member of that name."""
    return (yield from _own_from(program, (yield implementers.holders(name, ""))))


def _own_from(program: Program, holders: Iterable[ClassValue]) -> Asking:
    """The user's classes among these and what derives from them, but for protocols."""
    found: dict[ClassValue, None] = {}
    for holder in holders:
        below: tuple[ClassValue, ...] | None = yield classes.subclasses(holder)
        for cls in (holder, *(below or ())):
            if program.is_own(cls.definition.path) and not (yield classes.is_protocol(cls)):
                found[cls] = None
    return tuple(found)


def _answering_for(program: Program, claim: ClaimedValue, name: str) -> Asking:
    """The user's classes of which objects may have any member, as those have that stand in for others: for what the
    files of such classes can name."""
    found: list[ClassValue] = []
    if not claim.as_class and not name.startswith("__"):
        paths = [each.definition.path for each in claim.classes]
        tops = set(map(program.top, paths))
        for cls in (yield _answering(name)):
            if any(map(program.is_own, paths)) or not tops.isdisjoint((yield stores.tops_of(cls.definition.path))):
                found.append(cls)
    return found


@query(bottom=lambda *_: (), widen=lambda *_: ())
def _answering(program: Program, name: str) -> Asking:
    """The user's classes whose `__getattr__` or `__getattribute__` gives what may be called under a name, or on which
    attributes of computed names are set."""
    found: list[ClassValue] = []
    for method in ("__getattr__", "__getattribute__"):
        for cls in (yield from _own_from(program, (yield implementers.holders(method, "")))):
            if (yield from _gives(cls, method, name)):
                found.append(cls)
    set_on = [v for v in (yield patching.computed_targets("")) if isinstance(v, ClassValue)]
    return (*found, *(yield from _own_from(program, set_on)))


def _gives(cls: ClassValue, method: str, name: str) -> Asking:
    """Whether what is not known of a name is asked of another object; data under keys is not what is called."""
    given: Values = yield attributes.instance_attribute(InstanceValue(cls), name)
    if any(not isinstance(value, NothingValue | UnknownValue | ConstValue | NumberValue) for value in given):
        return True
    for definition in (yield spelled.method(cls.definition, method)) if has_unknown(given) else ():
        form: f.FunctionForm = yield function_form(*definition)
        if any(isinstance(call, f.Call) and call.function == f.Global("getattr") for call, _ in form.calls):
            return True
    return False


@query(bottom=lambda *_: False, widen=lambda *_: False)
def _is_set_on_others(program: Program, name: str) -> Asking:
    """Whether the user's files set an attribute of that name on what is no object of the user's classes, or give it by
    that name to a class that takes any."""
    for frame, _, owners in (yield patching.foreign_stores(name, "")):
        if program.is_own(frame.function.definition.path):
            known = [v.cls if isinstance(v, InstanceValue) else v for v in owners]
            if any(not isinstance(v, ClassValue) or not program.is_own(v.definition.path) for v in known):
                return True
    for frame, call in (yield from known_calls.saying(name)):
        for made in (yield from targets.targets(program, frame, call.function)):
            if isinstance(made, ClassValue) and (yield from _takes_any(program, made)):
                return True
    return False


def _takes_any(program: Program, cls: ClassValue) -> Asking:
    """Whether objects of a class have attributes of computed names, or a library says that it finds them by itself."""
    for above in (yield classes.order(cls)):
        if isinstance(above, ClassValue) and program.dotted(above.definition) != "builtins.object":
            for method in ("__getattr__", "__getattribute__"):
                if not program.is_own(above.definition.path) and (yield classes.has_member(above, method)):
                    return True
    return (yield patching.is_computed(cls, False))
