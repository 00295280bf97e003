"""Folders that the user's files put before others on `sys.path`, where an import may find another module.

In: the name of a top-level module and where it was found. Out: whether it may be found elsewhere: in a folder that such
code names, or, where the text does not tell which it is, wherever a known file of the user's has that name. This module
must not know what the modules hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution import stores, targets
from switchpoint.analysis.resolution.program import Program, known_files, setters_of, stands_in
from switchpoint.analysis.resolution.values import Definition, Frame, FunctionValue, ModuleValue, Values

Folders: TypeAlias = "tuple[str, ...] | None"
"""The folders that an expression may name; None where the text does not tell."""

_UNCHANGING = frozenset(
    {"abspath", "realpath", "normpath", "resolve", "absolute", "str", "Path", "fspath", "expanduser", "list", "copy"}
)
"""What gives the same folder, or folders, in other words."""

_STEPS = 12


def is_found_elsewhere(program: Program, path: str, found: ModuleValue) -> Asking:
    """Whether an import of a top-level module in a file may give another than the one that was found."""
    if not found.path or not program.is_own(path):
        return False
    folders: Folders = yield put_first()
    here = Path(found.path).parent.parent if found.is_package else Path(found.path).parent
    if folders is None:
        return (yield _has_namesake(found.name, found.path))
    for folder in folders:
        if folder != str(here) and (yield from _has(folder, found.name)):
            return True
    return False


def _has(folder: str, name: str) -> Asking:
    """Whether a folder that is no package itself has a module."""
    return (yield stands_in(folder, name)) and not (yield stands_in(folder, "__init__"))


@query(bottom=lambda *_: (), widen=lambda *_: None)
def put_first(program: Program) -> Asking:
    """The folders that are put before others, by any of the user's files."""
    all_folders: dict[str, None] = {}
    for path, key in sorted({*(yield setters_of("[]path")), *(yield setters_of("path"))}):
        for function, store in (yield stores.stores_of(path, key)) if program.is_own(path) else ():
            frame = Frame(FunctionValue(Definition(path, key, function)), ())
            if store.value is None or not (yield from _is_search_path(program, frame, store)):
                continue
            folders: Folders = yield from _named(frame, store.value, _STEPS)
            if folders is None:
                return None
            all_folders.update(dict.fromkeys(folders))
    return tuple(all_folders)


@query()
def _has_namesake(program: Program, name: str, path: str) -> Asking:
    """Whether another known file of the user's could be imported by a name, if its folder were looked into."""
    for other in (yield known_files()):
        module = Path(other).parent if other.endswith("__init__.py") else Path(other).with_suffix("")
        is_like = module.name == name and other != path and program.is_own(other)
        if is_like and (yield from _has(str(module.parent), name)):
            return True
    return False


def _is_search_path(program: Program, frame: Frame, store: f.Store) -> Asking:
    """Whether a store changes `sys.path`: what it is, or what is in it."""
    match store:
        case f.Store(base=f.Attribute(base=owner, name="path"), name="[]") | f.Store(base=owner, name="path"):
            owners: Values = yield from targets.targets(program, frame, owner)
            return any(isinstance(v, ModuleValue) and v.name == "sys" for v in owners)
        case _:
            return False


def _named(frame: Frame, form: f.Expr, steps: int) -> Asking:
    """The folders that an expression names. A relative one may be below any folder around the file."""
    here = Path(frame.function.definition.path)
    match form:
        case _ if steps == 0:
            return None
        case f.Global(name="__file__"):
            return (str(here),)
        case f.Const(value=str(text)):
            return tuple(dict.fromkeys(_normal(parent / text) for parent in here.parents[:-1]))
        case f.Attribute(base=f.Global(name="sys"), name="path") | f.Subscript(base=f.Attribute(name="path")):
            return ()
        case f.Call(function=f.Attribute(name="getcwd" | "cwd"), arguments=()):
            return (yield from _named(frame, f.Const("."), steps - 1))
        case f.Attribute(base=inner, name="parent") | f.Call(function=f.Attribute(name="dirname"), arguments=(inner,)):
            return _above((yield from _named(frame, inner, steps - 1)), 1)
        case f.Subscript(base=f.Attribute(base=inner, name="parents"), index=f.Number(exact=int(count))):
            return _above((yield from _named(frame, inner, steps - 1)), count + 1)
        case f.Call(function=f.Attribute(name="join"), arguments=(first, *rest)):
            return _below((yield from _named(frame, first, steps - 1)), rest)
        case f.Call(function=f.Attribute(name="joinpath", base=first), arguments=rest):
            return _below((yield from _named(frame, first, steps - 1)), rest)
        case f.Operation(left=first, operator="truediv", right=last):
            return _below((yield from _named(frame, first, steps - 1)), (last,))
        case f.Call(function=f.Global(name=name) | f.Attribute(name=name), arguments=(inner,)) if name in _UNCHANGING:
            return (yield from _named(frame, inner, steps - 1))
        case f.Call(function=f.Attribute(name=name, base=inner), arguments=()) if name in _UNCHANGING:
            return (yield from _named(frame, inner, steps - 1))
        case f.Display(items=items):
            return (yield from _all(frame, items, steps))
        case f.Elements(iterable=inner) | f.Starred(value=inner):
            return (yield from _all(frame, (inner,), steps))
        case f.Operation(left=left, operator="add" | "iadd", right=right):
            return (yield from _all(frame, (left, right), steps))
        case f.Global() | f.Scoped() | f.Local():
            return (yield from _all(frame, (yield from _bound(frame, form)), steps))
        case _:
            return None


def _all(frame: Frame, forms: tuple[f.Expr, ...] | None, steps: int) -> Asking:
    found: list[str] = []
    for form in forms or ():
        folders: Folders = yield from _named(frame, form, steps - 1)
        if folders is None:
            return None
        found.extend(folders)
    return None if forms is None else tuple(found)


def _bound(frame: Frame, form: f.Global | f.Scoped | f.Local) -> Asking:
    """What is bound to a name, here or at the file's top; None where that is no plain value."""
    here = frame.function.definition
    sources: list[f.Source] = []
    if isinstance(form, f.Local):
        around: f.FunctionForm | None = yield function_form(*here)
        sources.extend(() if around is None else (around.bindings[i].source for i in form.reaching))
    else:
        pieces: dict[str, list[str]] = yield scope(here.path, None)
        for key in pieces.get(form.name, ()):
            top: f.FunctionForm = yield function_form(here.path, key, "")
            sources.extend(binding.source for binding in top.bindings if binding.name == form.name)
    values = [source.value for source in sources if isinstance(source, f.FromValue) and source.value is not None]
    return tuple(values) if sources and len(values) == len(sources) else None


def _above(folders: Folders, count: int) -> Folders:
    if folders is None:
        return None
    return tuple(
        str(parents[count - 1]) for parents in (Path(each).parents for each in folders) if len(parents) >= count
    )


def _below(folders: Folders, parts: tuple[f.Expr, ...] | list[f.Expr]) -> Folders:
    names = [part.value for part in parts if isinstance(part, f.Const) and isinstance(part.value, str)]
    if folders is None or len(names) < len(parts):
        return None
    return tuple(_normal(Path(each, *names)) for each in folders)


def _normal(path: Path) -> str:
    """Without `..`: what the text says, whatever links stand on the way."""
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif len(parts) > 1:
            parts.pop()
    return str(Path(*parts))
