"""Stores: what code anywhere puts into a module's names and into containers.

In: a module-level name, or a container by the last part of its name. Out: the join of what known files store there.
This module must not know how a name is found where it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import beneath, query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.lowering import alone
from switchpoint.analysis.ir.parsing import parse
from switchpoint.analysis.ir.scopes import escaping_names
from switchpoint.analysis.ir.summaries import (
    Asking,
    imports_in,
    is_unread,
    layout,
    lines,
    piece,
    piece_source,
    scope,
    text,
)
from switchpoint.analysis.resolution import computed_names, evaluation, setters, targets
from switchpoint.analysis.resolution.nesting import bounded
from switchpoint.analysis.resolution.program import Program, imported, module, setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Definition,
    Frame,
    FunctionValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    join,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.kept import PieceSource
    from switchpoint.analysis.ir.layout import Layout
    from switchpoint.analysis.resolution.world import Piece


_NO_PATHS: frozenset[str] = frozenset()
_MAIN = "__main__"
"""Stands for the path of the file that is run."""


def set_from_outside(program: Program, path: str, name: str) -> Asking:
    """`module.name = value` in any known file."""
    parts: list[Values] = []
    for other, key in (yield setters_of(name)):
        stores = yield stores_of(other, key)
        for function, store in stores:
            if store.name != name or store.base == f.Global("__module__") or not _may_be_module(store.base):
                continue
            frame = Frame(FunctionValue(Definition(other, key, function)), ())
            owners = yield from targets.targets(program, frame, store.base)
            reaches = any(isinstance(v, ModuleValue) and v.path == path for v in owners)
            reaches = reaches or (program.is_own(path) and _may_be_main(owners))
            if not reaches and _may_be_passed_in(owners):
                reaches = (yield imports_module(other, path)) or (
                    program.is_own(other) and (yield from _defines(path, name))
                )
            if reaches and store.value is not None:
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    computed: frozenset[str] = yield modules_set_by_computed_names(program.top(path))
    patched: frozenset[tuple[Value, str]] = yield setters.patched_under_other_names()
    is_patched = any(isinstance(v, ModuleValue) and v.path == path and name == each for v, each in patched)
    if is_patched or path in computed or (_MAIN in computed and program.is_own(path)):
        parts.append(unknown(Unresolved.DYNAMIC, f"{program.module_name(path)}.{name}"))
    return parts


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def set_on_builtins(program: Program, name: str) -> Asking:
    """`builtins.name = value` in the user's files; only those that speak of that module are looked into."""
    parts: list[Values] = []
    for path, key in (yield setters_of(name)):
        if not program.is_own(path) or not (yield mentions_builtins(path)):
            continue
        for function, store in (yield stores_of(path, key)):
            if store.name != name or store.value is None or not _may_be_module(store.base):
                continue
            frame = Frame(FunctionValue(Definition(path, key, function)), ())
            owners = yield from targets.targets(program, frame, store.base)
            if any(isinstance(v, ModuleValue) and v.name == "builtins" for v in owners):
                parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return join(parts)


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def set_on_builtins_by_computed_names(program: Program) -> Asking:
    """What a name that nothing binds any more may be, where known files set builtins by computed names."""
    owner = yield module("builtins", "")
    for path, key in (yield setters_of("")) if isinstance(owner, ModuleValue) else ():
        if program.is_own(path) and (yield mentions_builtins(path)):
            computed: frozenset[str] = yield _set_by_computed_names(path, key)
            if owner.path in computed:
                return unknown(Unresolved.DYNAMIC, "a builtin")
    return NONE


@query()
def mentions_builtins(_: Program, path: str) -> Asking:
    source: str | None = yield text(path)
    return source is not None and "builtins" in source


@query(bottom=lambda *_: _NO_PATHS, widen=lambda *_: _NO_PATHS, beneath=lambda *_: _NO_PATHS)
def modules_set_by_computed_names(program: Program, top: str) -> Asking:
    """The files whose module object some known file sets attributes of by a computed name, among those of the top-level
    package `top`: those of others may be among them or not."""
    under_other_names: Values = yield beneath(setters.set_under_other_names())
    parts = [frozenset(v.path for v in under_other_names if isinstance(v, ModuleValue))]
    for path, key in (yield _computed_setters(top)):
        parts.append((yield _set_by_computed_names(path, key)))
    return _NO_PATHS.union(*parts)


@query()
def _computed_setters(program: Program, top: str) -> Asking:
    """The pieces that set attributes by a computed name, of files that can name what belongs to `top`. Files of the
    standard library hand no modules of others on: what they name they import."""
    found: list[tuple[str, str]] = []
    for path, key in (yield setters_of("")):
        if not program.in_stdlib(path) or (yield from can_name(program, path, top)):
            found.append((path, key))
    return tuple(found)


@query(bottom=lambda *_: _NO_PATHS, widen=lambda *_: _NO_PATHS)
def _set_by_computed_names(program: Program, path: str, key: str) -> Asking:
    """The files whose module object one piece sets attributes of by a computed name."""
    found = _NO_PATHS
    for function, store in (yield stores_of(path, key)):
        if store.name is None and store.base != f.Global("__module__") and _may_be_module(store.base):
            frame = Frame(FunctionValue(Definition(path, key, function)), ())
            owners: Values = yield from computed_names.under_any_name(program, frame, store.base)
            modules = {v.path for v in owners if isinstance(v, ModuleValue)}
            modules |= {_MAIN} if _may_be_main(owners) else set()
            if not modules <= found and (yield beneath(may_write(frame, store))):
                found |= modules
    return found


@query()
def tops_of(_: Program, path: str) -> Asking:
    """The top-level packages that a file imports by absolute names."""
    found: tuple[tuple[str, int, str | None], ...] = yield imports_in(path)
    return frozenset(name.partition(".")[0] for name, level, _ in found if not level)


def can_name(program: Program, path: str, top: str) -> Asking:
    """Whether a file can name what belongs to the top-level package `top`: the user's files, its own, its importers."""
    return program.is_own(path) or program.top(path) == top or top in (yield tops_of(path))


def _defines(path: str, name: str) -> Asking:
    """Whether a file binds a module-level name by `def`."""
    names: dict[str, list[str]] = yield scope(path, None)
    return any(key.partition("#")[0] == name for key in names.get(name, ()))


@query(bottom=lambda *_: False, widen=lambda *_: True)
def may_write(program: Program, frame: Frame, store: f.Store) -> Asking:
    """Whether a store of computed names can happen: a function to which a namespace goes may only read it."""
    if store.given is None:
        return True
    function, place = store.given
    if place == "" and isinstance(function, f.Global):
        here = frame.function.definition.path
        if program.in_stdlib(here):
            return False  # it makes names of constants so (CPython 3.13 Lib/inspect.py), and no functions
        return bool((yield escapes(here, function.name))) or bool((yield setters_of("[]" + function.name)))
    for value in (yield from targets.targets(program, frame, function)):
        if not isinstance(value, FunctionValue) or value.definition.path.endswith(".pyi"):
            return True
        whole: f.PieceForm = yield piece(value.definition.path, value.definition.piece)
        if not _only_reads(whole, value.definition.name, place):
            return True
    return False


def _only_reads(whole: f.PieceForm, function: str, place: int | str) -> bool:
    """Whether a function does nothing to a parameter that could change what is passed."""
    form = whole.functions.get(function)
    if form is None or form.decorators:
        return False
    plain = [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    named = [p.name for p in form.parameters if p.kind in ("plain", "keyword")]
    name = plain[place] if isinstance(place, int) and place < len(plain) else place
    if name not in (named if isinstance(place, str) else plain) or name in form.escaping:
        return False
    inside = [inner for key, inner in whole.functions.items() if key == function or key.startswith(function + ".")]
    bases = [store.base for inner in inside for store in inner.stores]
    return not any(isinstance(base, f.Local | f.Free) and base.name == name for base in bases)


def _may_be_main(owners: Values) -> bool:
    """Whether the file that is run is among these, which any of the user's may be."""
    return any(isinstance(v, UnknownValue) and v.why is Unresolved.IMPORT and v.detail == _MAIN for v in owners)


def _may_be_passed_in(owners: Values) -> bool:
    return any(isinstance(v, UnknownValue) and v.why is Unresolved.PARAMETER for v in owners)


@query()
def imports_module(program: Program, path: str, other: str) -> Asking:
    """Whether a file imports another by name."""
    for name, level, attribute in (yield imports_in(path)):
        found = yield imported(path, name, level)
        if isinstance(found, ModuleValue):
            if found.path == other:
                return attribute is None
            if attribute is not None:
                inner = yield module(f"{found.name}.{attribute}", program.near(path))
                if isinstance(inner, ModuleValue) and inner.path == other:
                    return True
    return False


def _may_be_module(base: f.Expr) -> bool:
    match base:
        case f.Global() | f.Local() | f.Free() | f.Scoped():
            return True
        case f.Attribute(name="f_globals"):
            return True
        case f.Attribute(base=inner):
            return _may_be_module(inner)
        case f.Subscript():
            return True
        case _:
            return targets.imports_by_call(base)


@query()
def stores_of(_: Program, path: str, key: str) -> Asking:
    """(function name, store) of every store in a piece."""
    whole: f.PieceForm = yield piece(path, key)
    forms = (("", whole.main), *whole.functions.items())
    return tuple((name, store) for name, form in forms for store in form.stores)


@query()
def escapes(_: Program, path: str, name: str) -> Asking:
    """Whether a module-level container is used in its own file in a way that may change it unseen."""
    if name == "__all__":
        return False
    if (yield is_unread(path, name)):
        return True
    for key in (yield mentioning(path, name)):
        inside: frozenset[str] | None = yield _escaping_in(path, key)
        if inside is None or name in inside:
            return True
    return False


@query()
def mentioning(_: Program, path: str, name: str) -> Asking:
    """Keys of the pieces in whose text a name stands."""
    found: Layout = yield layout(path)
    all_lines: list[str] = yield lines(path)
    return tuple(p.key for p in found.pieces if any(name in line for line in all_lines[p.first : p.last]))


@query()
def _escaping_in(_: Program, path: str, key: str) -> Asking:
    """The names of a piece that are used in a way that may change a container unseen; None where it does not parse."""
    source: PieceSource | None = yield piece_source(path, key)
    if source is None:
        return _NO_PATHS
    lines, owner, header = source
    try:
        return escaping_names(parse(alone(lines, owner, header=header)[0]))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def fillings(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """What is put into the container that `base` names, by the last part of its name, where that can be it."""
    parts: list[Values] = []
    for where, value in (yield from filling_forms(program, frame, base)):
        parts.append((yield filling(where, value)))
    return parts


def filling_forms(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """(frame, form) of everything that is put in."""
    last = _last_name(base)
    if not last:
        return []
    here = frame.function.definition
    found: list[tuple[Frame, f.Expr]] = []
    for path, key in (yield from _filling_pieces(program, here, base, last)):
        for function, store in (yield stores_of(path, key)):
            if store.name != "[]" or _last_name(store.base) != last or store.value is None:
                continue
            if isinstance(base, f.Local) and function != here.name and not function.startswith(here.name + "."):
                continue
            inside = function == here.name and path == here.path and key == here.piece
            if inside:
                found.append((frame, store.value))
            if not (inside and isinstance(base, f.Local)):
                found.append((Frame(FunctionValue(Definition(path, key, function)), ()), store.value))
    return found


def _filling_pieces(program: Program, here: Definition, base: f.Expr, last: str) -> Asking:
    """The pieces that may fill a container: a variable's its own, an attribute's or an item's those whose file can name
    its object's type; a module's container goes by its name wherever it is imported."""
    match base:
        case f.Local() | f.Free():
            return ((here.path, here.piece),)
        case f.Attribute() | f.Subscript():
            return (yield _filling_pieces_near(last, program.top(here.path)))
        case _:
            return (yield setters_of("[]" + last))


@query()
def _filling_pieces_near(program: Program, name: str, top: str) -> Asking:
    """The pieces that put something into a container of that name, in files that can name what belongs to `top`."""
    found: list[Piece] = []
    for path, key in (yield setters_of("[]" + name)):
        if (yield from can_name(program, path, top)):
            found.append((path, key))
    return tuple(found)


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def filling(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What one filling puts in: a query, since containers are filled with what they hold."""
    return bounded(settled((yield from evaluation.evaluate(program, frame, value))))


def _last_name(expr: f.Expr) -> str:
    match expr:
        case (
            f.Local(name=name) | f.Free(name=name) | f.Global(name=name) | f.Scoped(name=name) | f.Attribute(name=name)
        ):
            return name
        case f.Subscript(base=base):
            return _last_name(base)
        case _:
            return ""
