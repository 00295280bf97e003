"""Presence: whether a class or a module surely has a name, so that asking for it can neither fail nor be hidden.

In: a class or a file, and a name. Out: True only where that is certain. This module must not know what is there.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, piece, scope
from switchpoint.analysis.resolution import classes, names
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import ClassValue, UnknownValue


@query(bottom=lambda *_: False, widen=lambda *_: False)
def surely_has(_: Program, cls: ClassValue, name: str) -> Asking:
    """Whether asking an object of this class, or the class, for a name surely gives what a `def` without decorators
    bound: nothing hides it, nobody deletes it, no property raises in its place."""
    for path, key in (yield setters_of(name)):
        whole: f.PieceForm = yield piece(path, key)
        for form in (whole.main, *whole.functions.values()):
            if any(store.name == name and store.value is None for store in form.stores):
                return False
    for above in (yield classes.order(cls)):
        if isinstance(above, UnknownValue):
            return False
        places: classes.Places = yield classes.member_bindings(above, name)
        for frame, index in places:
            form = yield function_form(*frame.function.definition)
            if form.bindings[index].region or not isinstance(form.bindings[index].source, f.FromDefinition):
                return False
            member: f.FunctionForm | None = yield function_form(
                frame.function.definition.path, frame.function.definition.piece, form.bindings[index].source.name
            )
            if member is None or member.decorators:
                return False
        if places:
            return True
    return False


@query(bottom=lambda *_: False, widen=lambda *_: False)
def surely_binds(_: Program, path: str, name: str) -> Asking:
    """Whether a file binds a module-level name on every path, once it has run, and nobody deletes it."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    forms: list[f.FunctionForm] = []
    for other, key in (*((path, key) for key in pieces.get(name, ())), *(yield setters_of(name))):
        whole: f.PieceForm = yield piece(other, key)
        forms.extend((whole.main, *whole.functions.values()))
    for form in forms:
        if any(b.name == name and isinstance(b.source, f.FromDelete) for b in form.bindings):
            return False
        if any(store.name == name and store.value is None for store in form.stores):
            return False
    for key in pieces.get(name, ()):
        if (yield names.always_binds(path, key, name)):
            return True
    return False
