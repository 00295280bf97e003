"""Type variables: what a function gives that says no more than that it came in.

In: a function whose return annotation is a type variable, and the context of a call. Out: objects of the classes that
the parameters of which the annotations name that variable gave for it: themselves, or what awaiting them gives. This
module must not know where the function was found to be unresolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution import aliases, classes, protocols
from switchpoint.analysis.resolution.values import (
    NONE,
    ConstValue,
    Context,
    InstanceValue,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

_DEEPEST = 4
_AWAITED = ("Awaitable", "Coroutine", "Generator", "Future", "Task")


def solved(program: Program, form: f.FunctionForm, described: f.FunctionForm, path: str, context: Context) -> Asking:
    """What the function of `form` gives, where what `described` in `path` says of it (the same, or its stub) is a type
    variable: none where no argument tells, or one that is not followed has a part in it, as the items of a list."""
    variable = _unscoped(described.annotation)
    if not isinstance(variable, f.Global) or not (yield from _is_variable(path, variable.name)):
        return NONE
    given = dict(context)
    parts: list[Values] = []
    if len(form.parameters) != len(described.parameters):
        return NONE
    for own, said in zip(form.parameters, described.parameters, strict=True):
        kinds: list[bool] = [] if said.annotation is None else (yield from _uses(path, said.annotation, variable))
        if _mentions(said.annotation, variable) > len(kinds) or len(set(kinds)) > 1:
            return NONE
        if kinds:
            values = given.get(own.name, NONE)
            parts.append((yield from protocols.awaited(program, values)) if all(kinds) else values)
    return join(map(_some, parts)) if all(parts) else NONE


def _some(values: Values) -> Values:
    """What is of the same types: a type says neither how an object was made nor which function it is."""
    parts: list[Values] = []
    for value in values:
        match value:
            case InstanceValue(cls=cls):
                parts.append(one(InstanceValue(cls)))
            case ConstValue(value=None):
                parts.append(one(value))
            case _:
                parts.append(unknown(Unresolved.VALUE, "what is of a type variable"))
    return join(parts)


def _uses(path: str, annotation: f.Expr, variable: f.Global | None, depth: int = 0) -> Asking:
    """How an annotation names a type variable (None: any), each time: whether it is what awaiting gives."""
    match _unscoped(annotation):
        case f.Global(name=name):
            is_meant = annotation == variable or (variable is None and (yield from _is_variable(path, name)))
            return [False] if is_meant else []
        case f.Union_(left=left, right=right):
            first = yield from _uses(path, left, variable, depth)
            return [*first, *(yield from _uses(path, right, variable, depth))]
        case f.Subscript(base=f.Global(name=name) | f.Scoped(name=name), index=index) if depth < _DEEPEST:
            items = index.items if isinstance(index, f.Display) else (index,)
            if name in _AWAITED:
                return [True for _ in (yield from _uses(path, items[-1], variable, depth))]
            found: list[bool] = []
            for item in items if name == "Union" else ():
                found.extend((yield from _uses(path, item, variable, depth)))
            for meant in (yield aliases.meanings(path, name)) if _unscoped(items[-1]) == variable else ():
                if meant is not None:
                    found.extend((yield from _uses(meant[0].function.definition.path, meant[1], None, depth + 1)))
            return found
        case _:
            return []


def _mentions(annotation: f.Expr | None, variable: f.Global) -> int:
    """How often an annotation names a type variable, wherever in it that stands."""
    match _unscoped(annotation):
        case f.Subscript(base=base, index=index):
            return _mentions(base, variable) + _mentions(index, variable)
        case f.Union_(left=left, right=right):
            return _mentions(left, variable) + _mentions(right, variable)
        case f.Display(items=items):
            return sum(_mentions(item, variable) for item in items)
        case plain:
            return int(plain == variable)


def _unscoped(annotation: f.Expr | None) -> f.Expr | None:
    """The same in a method as in a function: type variables are not kept in classes."""
    return annotation.outer if isinstance(annotation, f.Scoped) else annotation


def _is_variable(path: str, name: str) -> Asking:
    pieces: dict[str, list[str]] = yield scope(path, None)
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            match binding:
                case f.Binding(name=bound, source=f.FromValue(value=f.Call() as made)) if bound == name:
                    return classes.evaluated_name(made) == "TypeVar"
                case _:
                    pass
    return False
