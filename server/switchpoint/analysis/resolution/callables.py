"""Callable types: which known functions may be meant by an annotation that says what a callable takes and gives.

In: the arguments of `Callable[[A], Awaitable[R]]`, and where they stand. Out: the coroutine functions whose own
annotations say the same, as the known implementers of a protocol are the classes that have its methods. They are shown
beside what is not known, and prove nothing. This module must not know who calls or passes what.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import last_name
from switchpoint.analysis.ir.summaries import Asking, piece
from switchpoint.analysis.resolution import aliases, names, stores
from switchpoint.analysis.resolution.program import Program, known_files
from switchpoint.analysis.resolution.values import CallableType, Definition, ModuleValue, Values

_MOST = 64
"""Functions of one type beyond which further ones are not looked at."""

_AWAITABLES = ("Awaitable", "Coroutine")
_UNIONS = ("Union", "Optional")
_ANYTHING = ("Any", "object")


def described(program: Program, path: str, takes: f.Expr, gives: f.Expr) -> Asking:
    """The type that `Callable[takes, gives]` in a file is; None where what it gives is not awaited, and where it names
    nothing by which one function could be told from others."""
    awaited = _awaited(gives)
    if awaited is None or not isinstance(takes, f.Display):
        return None
    parts: list[Definition | None] = []
    for each in (*takes.items, awaited):
        parts.append((yield from _defined(path, each)))
    found = CallableType(tuple(parts[:-1]), parts[-1])
    return found if _telling(program, found) else None


@query(bottom=lambda *_: (), widen=lambda *_: ())
def fitting(program: Program, wanted: CallableType) -> Asking:
    """The known coroutine functions of a callable type, the user's first; those that say it by its usual names."""
    telling = _telling(program, wanted)
    assert telling is not None
    found: list[Definition] = []
    for path in (yield known_files()):
        if (yield from stores.can_name(program, path, program.top(telling.path))):
            for key in (yield stores.mentioning(path, telling.piece)):
                found.extend((yield from _fitting_in(path, key, wanted)))
    return tuple(sorted(found, key=lambda d: not program.is_own(d.path)))[:_MOST]


def _telling(program: Program, wanted: CallableType) -> Definition | None:
    """The first part of a type that tells its functions from others: no builtin, nor of the standard library."""
    named = (part for part in (*wanted.takes, wanted.gives) if part is not None and part.path)
    return next((d for d in named if not program.in_stdlib(d.path) and not d.path.endswith(".pyi")), None)


def _awaited(gives: f.Expr) -> f.Expr | None:
    """The `R` of `Awaitable[R]` or `Coroutine[Any, Any, R]`, also in a union."""
    match gives:
        case f.Union_(left=left, right=right):
            return _awaited(left) or _awaited(right)
        case f.Subscript(base=base, index=index):
            items = index.items if isinstance(index, f.Display) else (index,)
            if last_name(base) in _AWAITABLES:
                return items[-1] if items else None
            return next(filter(None, map(_awaited, items)), None) if last_name(base) in _UNIONS else None
        case _:
            return None


def _defined(path: str, annotation: f.Expr) -> Asking:
    """Where the class or alias that an annotation names is defined, nowhere (a path of "") for builtins and None; None
    for what admits anything, and where that would have to be computed."""
    match annotation:
        case f.Global(name=name) | f.Scoped(outer=f.Global(name=name)) | f.Const(value=str(name)):
            found: Definition | None = yield aliases.origin(path, name)
            return None if name in _ANYTHING else found or Definition("", name, "")
        case f.Const(value=None):
            return Definition("", "None", "")
        case f.Attribute(base=f.Global(name=owner), name=name):
            values: Values = yield names.global_value(path, owner)
            modules = [v for v in values if isinstance(v, ModuleValue) and v.path]
            return (yield aliases.origin(modules[0].path, name)) if len(modules) == 1 and name != "Any" else None
        case _:
            return None


def _fitting_in(path: str, key: str, wanted: CallableType) -> Asking:
    whole: f.PieceForm = yield piece(path, key)
    found: list[Definition] = []
    for name, form in whole.functions.items():
        if form.kind is f.FunctionKind.COROUTINE and (yield from _fits(path, form, wanted)):
            found.append(Definition(path, key, name))
    return found


def _fits(path: str, form: f.FunctionForm, wanted: CallableType) -> Asking:
    """Whether a function says that it takes and gives what the type says; one that does not say what it gives may."""
    given = [p for p in form.parameters if p.kind in ("plain", "positional")][form.owner is not None :]
    if len(given) < len(wanted.takes) or any(p.default is None for p in given[len(wanted.takes) :]):
        return False
    said = [p.annotation for p in given[: len(wanted.takes)]]
    for definition, annotation in zip(wanted.takes, said, strict=True):
        if definition is not None and (annotation is None or (yield from _defined(path, annotation)) != definition):
            return False
    if wanted.gives is None or form.annotation is None:
        return any(d is not None and d.path for d in wanted.takes) or form.annotation is not None
    return (yield from _defined(path, form.annotation)) == wanted.gives
