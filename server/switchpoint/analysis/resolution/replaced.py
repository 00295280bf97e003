"""Objects in the place of modules: `sys.modules["x"] = Fake`, and what imports then give.

In: the name of a module. Out: what known files put into `sys.modules` under it. The import system itself does nothing
else: a module put there under a computed name is taken for an import of what that name finds. This module must not know
how modules are found.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.namespaces import member
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution import evaluation, stores, targets
from switchpoint.analysis.resolution.program import Program, also_called, setters_of
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ConstValue,
    Definition,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    join,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def replacements(program: Program, name: str, by_any: bool) -> Asking:
    """What an import of a module may give instead. `by_any`: it stands where also computed names count."""
    parts: list[Values] = []
    for frame, store in (yield replacing_stores()):
        named = yield from _named(program, frame, store.key)
        if store.value is None or (named is not None and name not in named) or (named is None and not by_any):
            continue
        if named is None:
            parts.append((yield from _by_any_name(program, frame, store.value)))
        else:
            found: Values = yield from evaluation.evaluate(program, frame, store.value)
            parts.append(frozenset(v for v in found if not _is_found_by_import(program, v, False)))
    return settled(join(parts))


def _by_any_name(program: Program, frame: Frame, value: f.Expr) -> Asking:
    """What is told to be no module can be anything's replacement; what is not told is a module that was loaded."""
    told: Values = yield from targets.targets(program, frame, value)
    others = [v for v in told if not isinstance(v, UnknownValue) and not _is_found_by_import(program, v, True)]
    return unknown(Unresolved.DYNAMIC, "sys.modules") if others else NONE


@query(bottom=lambda *_: (), widen=lambda *_: ())
def replacing_stores(program: Program) -> Asking:
    """(frame, store) for each item of `sys.modules` that is set outside the standard library."""
    found: list[tuple[Frame, f.Store]] = []
    for alias in ("modules", *(yield also_called("modules"))):
        for path, key in sorted({*(yield setters_of("[]" + alias)), *(yield setters_of(alias))}):
            if program.in_stdlib(path):
                continue
            for function, store in (yield stores.stores_of(path, key)):
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                for item in _items(store, alias):
                    if (yield from _is_modules(program, frame, item.base)):
                        found.append((frame, item))
    return tuple(found)


def _items(store: f.Store, alias: str) -> list[f.Store]:
    """The items that a store puts into what is called like that: itself, or those of what comes in its place."""
    if store.name == "[]":
        return [store]
    if store.name != alias or store.value is None:
        return []
    whole = replace(store, base=f.Attribute(store.base, alias), name="[]")
    match store.value:
        case f.Operation(right=f.Display(kind="dict", items=items, keys=keys)) if None not in keys:
            return [replace(whole, key=key, value=item) for key, item in zip(keys, items, strict=True)]
        case _:
            return [whole]


def _is_found_by_import(program: Program, value: Value, is_computed: bool) -> bool:
    """Whether a value is a module as imports give it, or says that there is none."""
    match value:
        case ConstValue(value=None):
            return True
        case ModuleValue():
            return is_computed
        case InstanceValue(cls=cls, exact=exact):
            return program.dotted(cls.definition) == "types.ModuleType" and (is_computed or not exact)
        case _:
            return False


def _named(program: Program, frame: Frame, key: f.Expr | None) -> Asking:
    """The names that a key can be; None where it is computed, and for what can be any module's in an installed file."""
    path = frame.function.definition.path
    here = program.module_name(path)
    match key:
        case f.Global(name="__name__"):
            return {here}
        case f.Operation(left=f.Global(name="__name__"), operator="add", right=f.Const(value=str(rest))):
            return {here + rest}
        case None:
            found = unknown(Unresolved.VALUE, "a key")
        case _:
            found: Values = yield from evaluation.evaluate(program, frame, key)
    names = {v.value for v in found if isinstance(v, ConstValue) and isinstance(v.value, str)}
    return names if len(names) == len(found) or not program.is_own(path) else None


def _is_modules(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """Whether a form is `sys.modules`, under this or another name."""
    here = frame.function.definition
    match base:
        case f.Attribute(base=owner, name="modules"):
            owners: Values = yield from targets.targets(program, frame, owner)
            return any(isinstance(v, ModuleValue) and v.name == "sys" for v in owners)
        case f.Global(name=name) | f.Scoped(name=name):
            pieces: dict[str, list[str]] = yield scope(here.path, None)
            for key in pieces.get(name, ()):
                outer = Frame(FunctionValue(Definition(here.path, key, "")), ())
                if (yield from _binds_modules(program, outer, name, None)):
                    return True
            return False
        case f.Local(name=name, reaching=reaching):
            return (yield from _binds_modules(program, frame, name, reaching))
        case _:
            return False


def _binds_modules(program: Program, frame: Frame, name: str, reaching: tuple[int, ...] | None) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    bindings = () if form is None else form.bindings
    for index, binding in enumerate(bindings):
        if binding.name != name or (reaching is not None and index not in reaching):
            continue
        match binding.source:
            case f.FromImport(module="sys", name="modules"):
                return True
            case f.FromValue(value=value) if value is not None and isinstance(named := member(value), f.Attribute):
                if (yield from _is_modules(program, frame, named)):
                    return True
            case _:
                pass
    return False
