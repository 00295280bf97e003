"""What import statements bind: modules and their attributes, what stands in their place, stars.

In: an import in a file. Out: the values that it binds, whether it fails, what a star brings. This module must not know
what else binds a name.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, early_imports_in, function_form, scope
from switchpoint.analysis.resolution import attributes, names, replaced, search_paths
from switchpoint.analysis.resolution.program import Program, imported, is_known, module
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    DisplayValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved


def from_import(program: Program, path: str, source: f.FromImport) -> Asking:
    """What an import statement binds."""
    if source.top:
        top: ModuleValue | UnknownValue = yield imported(path, source.module.partition(".")[0], 0)
        if not (yield from _is_in_sight(program, path, top)) or (yield from _is_elsewhere(program, path, source)):
            return unknown(Unresolved.IMPORT, source.module)
        return (yield from _or_instead(program, path, top))
    found: ModuleValue | UnknownValue = yield imported(path, source.module, source.level)
    if not (yield from _is_in_sight(program, path, found)) or (yield from _is_elsewhere(program, path, source)):
        return unknown(Unresolved.IMPORT, source.module)
    owners: Values = yield from _or_instead(program, path, found)
    if source.name is None:
        return owners
    parts: list[Values] = []
    for owner in owners:
        parts.append((yield from _imported_from(program, path, owner, source.name)))
    if isinstance(found, ModuleValue) and found.is_package:
        parts.append((yield from _instead(program, path, f"{found.name}.{source.name}")))
    return join(parts)


def _is_in_sight(program: Program, path: str, found: ModuleValue | UnknownValue) -> Asking:
    """Not where a function of the standard library imports what nothing else does: who derives from the classes there,
    and what is set on them, has not been looked for."""
    if not isinstance(found, ModuleValue) or not found.path.endswith(".py"):
        return True
    return path.endswith(".pyi") or not program.in_stdlib(path) or (yield is_known(found.path))


def _is_elsewhere(program: Program, path: str, source: f.FromImport | f.FromStar) -> Asking:
    """Whether `sys.path` was changed so that this may import another module."""
    if source.level or not program.is_own(path):
        return False
    top = yield imported(path, source.module.partition(".")[0], 0)
    return isinstance(top, ModuleValue) and (yield from search_paths.is_found_elsewhere(program, path, top))


def _imported_from(program: Program, path: str, owner: Value, name: str) -> Asking:
    if isinstance(owner, ModuleValue):
        return (yield names.module_attribute(owner, name, path))
    return (yield from attributes.attribute(program, one(owner), name))


def _or_instead(program: Program, path: str, found: ModuleValue | UnknownValue) -> Asking:
    """A module, and what may stand in its place in `sys.modules`."""
    name = found.name if isinstance(found, ModuleValue) else found.detail
    return one(found) | (yield from _instead(program, path, name))


def _instead(program: Program, path: str, name: str) -> Asking:
    if name == "sys" or program.in_stdlib(path) or path.endswith(".pyi") or not (yield replaced.replacing_stores()):
        return NONE
    return (yield replaced.replacements(name, program.is_own(path)))


def from_star(program: Program, path: str, source: f.FromStar, name: str) -> Asking:
    found: ModuleValue | UnknownValue = yield imported(path, source.module, source.level)
    if (yield from _is_elsewhere(program, path, source)):
        return unknown(Unresolved.IMPORT, source.module)
    parts: list[Values] = []
    for owner in (yield from _or_instead(program, path, found)):
        if not isinstance(owner, ModuleValue):
            native = yield names.builtin(name)
            parts.append(NONE if native else one(owner) if isinstance(owner, UnknownValue) else _starred(owner))
        elif owner.path and (yield exports(owner.path, name)):
            parts.append((yield names.own_global(owner.path, name)))
    return join(parts)


def _starred(owner: Value) -> Values:
    return unknown(Unresolved.DYNAMIC, f"import * from {type(owner).__name__}")


@query(bottom=lambda *_: False, widen=lambda *_: False)
def exports(program: Program, path: str, name: str) -> Asking:
    """Whether `from module import *` brings `name`: by `__all__` where that can be read, else unless it is private."""
    listed = yield names.own_global(path, "__all__")
    if not listed:
        return not name.startswith("_")
    listing: set[str] = set()
    for value in listed:
        if not isinstance(value, DisplayValue) or value.kind == "dict":
            return not name.startswith("_")
        for item in value.items:
            for entry in item:
                if isinstance(entry, UnknownValue) or not hasattr(entry, "value"):
                    return not name.startswith("_")
                listing.add(str(getattr(entry, "value", "")))
    return name in listing


@query(bottom=lambda *_: False, widen=lambda *_: False)
def cannot_run(program: Program, path: str) -> Asking:
    """Whether an installed file surely fails as it is imported, for want of what is not installed beside it: nobody has
    what it defines. The user's own files are looked into as if they ran."""
    if program.is_own(path) or program.in_stdlib(path) or path.endswith(".pyi"):
        return False
    missing: set[str] = set()
    for name, level, _ in (yield early_imports_in(path)):
        found = yield imported(path, name, level)
        if not level and isinstance(found, UnknownValue) and found.why is Unresolved.IMPORT:
            missing.add(name)
    pieces: dict[str, list[str]] = (yield scope(path, None)) if missing else {}
    for key in frozenset(key for keys in pieces.values() for key in keys):
        form: f.FunctionForm = yield function_form(path, key, "")
        if any(_surely_imports(binding, missing) for binding in form.bindings):
            return True
    return False


def _surely_imports(binding: f.Binding, names_: set[str]) -> bool:
    source = binding.source
    return binding.region == 0 and isinstance(source, f.FromImport) and source.level == 0 and source.module in names_


@query(bottom=lambda *_: None, widen=lambda *_: None)
def some_missing(program: Program, path: str, imports: tuple[f.FromImport, ...]) -> Asking:
    """Whether one of these imports would raise `ImportError` in the target environment; None where nobody can tell."""
    surely: bool | None = False
    for source in imports:
        found = yield imported(path, source.module, source.level)
        if isinstance(found, UnknownValue) and found.why is Unresolved.IMPORT:
            return True
        if source.name not in (None, "*") and isinstance(found, ModuleValue) and found.path.endswith(".py"):
            bound: dict[str, list[str]] = yield scope(found.path, None)
            if source.name in bound or (yield star_brings(found.path, str(source.name))):
                continue
            inner = yield module(f"{found.name}.{source.name}", program.near(path))
            if isinstance(inner, UnknownValue) and inner.why is Unresolved.IMPORT:
                if "*" not in bound and "__getattr__" not in bound:
                    return True
                surely = None
    return surely


@query(bottom=lambda *_: False, widen=lambda *_: False)
def star_brings(_: Program, path: str, name: str) -> Asking:
    """Whether a star import of a file surely brings a name."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    for key in pieces.get("*", ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            if isinstance(binding.source, f.FromStar) and binding.region == 0:
                found = yield imported(path, binding.source.module, binding.source.level)
                if not isinstance(found, ModuleValue) or not found.path or not (yield exports(found.path, name)):
                    continue
                inner: dict[str, list[str]] = yield scope(found.path, None)
                if name in inner or (yield star_brings(found.path, name)):
                    return True
    return False


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def for_typing(program: Program, path: str, name: str) -> Asking:
    """What a name imported only for annotations (`if TYPE_CHECKING:`) stands for; empty when it is not such a name."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    parts: list[Values] = []
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            if binding.name == name and isinstance(binding.source, f.FromImport):
                parts.append((yield from from_import(program, path, binding.source)))
    return without_unknown(join(parts))
