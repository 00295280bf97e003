"""Names across scopes and files: module globals, imports, star imports, builtins.

In: a file and a name. Out: the join of everything that is ever bound to it, here or from elsewhere. This module
must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.files import typeshed_stub
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, is_broken, keys, members, piece, scope, writers
from switchpoint.analysis.resolution import attributes, borrowed, calls, evaluation, replaced, stores, truth
from switchpoint.analysis.resolution.program import Program, imported, is_known, module
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    Arguments,
    ClassValue,
    ConstValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    NativeValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    opened,
    settled,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def global_value(program: Program, path: str, name: str) -> Asking:
    """What a module-level name of a file can be; builtins where the file binds none."""
    found = yield own_global(path, name)
    if not found:
        found = yield from _not_bound(program, path, name)
    return join((found, (yield from _borrowed(path, name))))


def _borrowed(path: str, name: str) -> Asking:
    return NONE if path.endswith(".pyi") else (yield borrowed.other_globals(path, name))


def _not_bound(program: Program, path: str, name: str) -> Asking:
    here = program.module_name(path)
    if name == "__name__":
        return unknown(Unresolved.VALUE, name)
    if name == "__debug__":
        return one(ConstValue(True))
    native: Values = yield builtin(name)
    if native:
        return native | (yield stores.set_on_builtins(name))
    if (yield is_broken(path)):
        return unknown(Unresolved.BROKEN, f"{here}.{name}")
    return unknown(Unresolved.NAME, name)


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def own_global(program: Program, path: str, name: str) -> Asking:
    """What a file, or others from outside, bind to one of its module-level names; empty when nothing does."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    parts: list[Values] = []
    binding = [*pieces.get(name, ()), *pieces.get("*", ())]
    if len(binding) > 1 and not path.endswith(".pyi"):
        positions: dict[str, int] = yield order_of_pieces(path)
        binding = sorted({key for key in binding if key in positions}, key=positions.__getitem__)
        binding = yield from _lasting(program, path, name, binding)
    for key in binding:
        parts.extend((yield from _bound_in_piece(program, path, key, name)))
    if program.in_stdlib(path):
        parts = _without_accelerators(parts)
    if not path.endswith(".pyi"):
        parts.extend((yield from _global_writes(program, path, name)))
    if any(parts) and not path.endswith(".pyi"):
        parts.extend((yield from stores.set_from_outside(program, path, name)))
    found = settled(join(parts))
    if found and _is_compiled(found) and program.in_stdlib(path) and not path.endswith(".pyi"):
        stub = typeshed_stub(program.module_name(path))
        found = ((yield own_global(str(stub), name)) if stub is not None else NONE) or found
    if found and any(isinstance(v, DisplayValue) for v in found):
        found = opened(found, (yield stores.escapes(path, name)))
    return found


@query()
def order_of_pieces(_: Program, path: str) -> Asking:
    """The place of each piece in the order in which a module runs them."""
    return {key: place for place, key in enumerate((yield members(path, None)))}


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def global_at(program: Program, path: str, key: str, name: str) -> Asking:
    """What a module-level name is while piece `key` runs: what stood above it, as far as that can be told."""
    if path.endswith(".pyi"):
        return (yield global_value(path, name))
    positions: dict[str, int] = yield order_of_pieces(path)
    place = key.rpartition(".")[0] or key  # a member runs where its class stands
    here = positions.get(place, len(positions))
    pieces: dict[str, list[str]] = yield scope(path, None)
    either = {*pieces.get(name, ()), *pieces.get("*", ())}
    binding = sorted((k for k in either if positions.get(k, here) < here), key=positions.__getitem__)
    if not binding:
        return (yield global_value(path, name))
    parts: list[Values] = []
    if place == key and key in pieces.get(name, ()):
        parts.extend((yield from _bound_in_piece(program, path, key, name)))
    for k in reversed(binding):
        parts.extend((yield from _bound_in_piece(program, path, k, name)))
        if (yield always_binds(path, k, name)):
            break
    else:
        return (yield global_value(path, name))
    parts.extend((yield from _global_writes(program, path, name)))
    parts.extend((yield from stores.set_from_outside(program, path, name)))
    parts.append((yield from _borrowed(path, name)))
    found = join(parts)
    has_twin = bool(found) and _is_compiled(found) and program.in_stdlib(path)
    return (yield global_value(path, name)) if has_twin else found


@query(bottom=lambda *_: False, widen=lambda *_: False)
def always_binds(program: Program, path: str, key: str, name: str) -> Asking:
    """Whether running a piece surely binds a name, on every path."""
    form: f.FunctionForm = yield function_form(path, key, "")
    for binding in form.bindings:
        if binding.region != 0 or isinstance(binding.source, f.FromJoin | f.FromDelete):
            continue
        if isinstance(binding.source, f.FromStar):
            found = yield imported(path, binding.source.module, binding.source.level)
            if isinstance(found, ModuleValue) and found.path and (yield exports(found.path, name)):
                names: dict[str, list[str]] = yield scope(found.path, None)
                return name in names
        elif binding.name == name:
            return True
    return False


def _lasting(program: Program, path: str, name: str, binding: list[str]) -> Asking:
    """The pieces whose binding of a name functions can see: the last unconditional one and what follows it, provided
    that nothing is called in between, which could use the earlier ones."""
    for index in range(len(binding) - 1, 0, -1):
        if not (yield always_binds(path, binding[index], name)):
            continue
        order: tuple[str, ...] = yield keys(path)
        between = order[order.index(binding[0]) + 1 : order.index(binding[index]) + 1]
        for key in between:
            form: f.FunctionForm = yield function_form(path, key, "")
            if form.runs_calls:
                return binding
        return binding[index:]
    return binding


def _bound_in_piece(program: Program, path: str, key: str, name: str) -> Asking:
    frame = Frame(FunctionValue(Definition(path, key, "")), ())
    form: f.FunctionForm = yield function_form(path, key, "")
    parts: list[Values] = []
    for index, binding in enumerate(form.bindings):
        if isinstance(binding.source, f.FromStar):
            parts.append((yield from _from_star(program, path, binding.source, name)))
        if binding.name != name or isinstance(binding.source, f.FromJoin):
            continue
        if isinstance(binding.source, f.FromValue) and isinstance(binding.source.value, f.Narrowed):
            continue
        parts.append((yield evaluation.bound(frame, index)))
    return parts


def _without_accelerators(parts: list[Values]) -> list[Values]:
    """PEP 399: where the standard library has a name both in Python and from an extension module, they must behave
    alike, so the Python source stands for both."""
    if not any(any(isinstance(v, FunctionValue | ClassValue) for v in part) for part in parts):
        return parts
    return [part for part in parts if not _is_compiled(part)] or parts


def _is_compiled(part: Values) -> bool:
    return bool(part) and all(
        (isinstance(v, UnknownValue) and v.why in (Unresolved.EXTENSION, Unresolved.IMPORT))
        or (isinstance(v, FunctionValue | ClassValue) and v.definition.path.endswith(".pyi"))
        for v in part
    )


def _global_writes(program: Program, path: str, name: str) -> Asking:
    """`global name` in functions of the file, and namespaces written with computed keys."""
    parts: list[Values] = []
    for key in (yield writers(path, name)):
        whole: f.PieceForm = yield piece(path, key)
        for inside, form in (("", whole.main), *whole.functions.items()):
            frame = Frame(FunctionValue(Definition(path, key, inside)), ())
            for written, index in form.outer_writes:
                if written == name and inside:
                    parts.append((yield evaluation.bound(frame, index)))
            for store in form.stores:
                if form.name == "__getattr__":
                    continue  # PEP 562: asked only for names that the module lacks
                if store.base == f.Global("__module__") and store.name in (name, None):
                    if not (yield from stores.may_write(program, frame, store)):
                        continue
                    if store.name is None or store.value is None:
                        parts.append(unknown(Unresolved.DYNAMIC, name))
                    else:
                        parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return parts


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


@query(bottom=lambda *_: None, widen=lambda *_: None)
def some_missing(program: Program, path: str, imports: tuple[f.FromImport, ...]) -> Asking:
    """Whether one of these imports would raise `ImportError` in the target environment; None where nobody can tell."""
    surely: bool | None = False
    for source in imports:
        found = yield imported(path, source.module, source.level)
        if isinstance(found, UnknownValue) and found.why is Unresolved.IMPORT:
            return True
        if source.name not in (None, "*") and isinstance(found, ModuleValue) and found.path.endswith(".py"):
            names: dict[str, list[str]] = yield scope(found.path, None)
            if source.name in names or (yield star_brings(found.path, str(source.name))):
                continue
            inner = yield module(f"{found.name}.{source.name}", program.near(path))
            if isinstance(inner, UnknownValue) and inner.why is Unresolved.IMPORT:
                if "*" not in names and "__getattr__" not in names:
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


def from_import(program: Program, path: str, source: f.FromImport) -> Asking:
    """What an import statement binds."""
    if source.top:
        top: ModuleValue | UnknownValue = yield imported(path, source.module.partition(".")[0], 0)
        if not (yield from _is_in_sight(program, path, top)):
            return unknown(Unresolved.IMPORT, source.module)
        return (yield from _or_instead(program, path, top))
    found: ModuleValue | UnknownValue = yield imported(path, source.module, source.level)
    if not (yield from _is_in_sight(program, path, found)):
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


def _imported_from(program: Program, path: str, owner: Value, name: str) -> Asking:
    if isinstance(owner, ModuleValue):
        return (yield module_attribute(owner, name, path))
    return (yield from attributes.attribute(program, one(owner), name))


def _or_instead(program: Program, path: str, found: ModuleValue | UnknownValue) -> Asking:
    """A module, and what may stand in its place in `sys.modules`."""
    name = found.name if isinstance(found, ModuleValue) else found.detail
    return one(found) | (yield from _instead(program, path, name))


def _instead(program: Program, path: str, name: str) -> Asking:
    if name == "sys" or program.in_stdlib(path) or path.endswith(".pyi") or not (yield replaced.replacing_stores()):
        return NONE
    return (yield replaced.replacements(name, program.is_own(path)))


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def module_attribute(program: Program, owner: ModuleValue, name: str, near: str) -> Asking:
    """`module.name`: bound there, or a submodule."""
    if owner.path:
        found = yield own_global(owner.path, name)
        if found and not (yield from _may_be_deleted(owner.path, name)):
            return found
    inner = yield module(f"{owner.name}.{name}", program.near(near) if near else "")
    if isinstance(inner, ModuleValue) and (owner.is_package or not owner.path):
        return one(inner)
    if not owner.path:
        return one(inner)
    names: dict[str, list[str]] = yield scope(owner.path, None)
    stub = typeshed_stub(owner.name) if program.in_stdlib(owner.path) else None
    said: Values = NONE if stub is None or str(stub) == owner.path else (yield own_global(str(stub), name))
    if said and not has_unknown(said):
        return said
    if "__getattr__" in names:
        fallback = yield own_global(owner.path, "__getattr__")
        found = yield from calls.call(program, fallback, Arguments((one(ConstValue(name)),)))
        return found if found and not has_unknown(found) else unknown(Unresolved.DYNAMIC, f"{owner.name}.{name}")
    if (yield is_broken(owner.path)):
        return unknown(Unresolved.BROKEN, f"{owner.name}.{name}")
    return said or unknown(Unresolved.NAME, f"{owner.name}.{name}")


def _may_be_deleted(path: str, name: str) -> Asking:
    """Whether a module deletes a name of its own, so that its `__getattr__` is asked for it."""
    names: dict[str, list[str]] = yield scope(path, None)
    for key in names.get(name, ()) if "__getattr__" in names else ():
        form: f.FunctionForm = yield function_form(path, key, "")
        if any(b.name == name and isinstance(b.source, f.FromDelete) for b in form.bindings):
            return True
    return False


def _from_star(program: Program, path: str, source: f.FromStar, name: str) -> Asking:
    found: ModuleValue | UnknownValue = yield imported(path, source.module, source.level)
    parts: list[Values] = []
    for owner in (yield from _or_instead(program, path, found)):
        if not isinstance(owner, ModuleValue):
            native = yield builtin(name)
            parts.append(NONE if native else one(owner) if isinstance(owner, UnknownValue) else _starred(owner))
        elif owner.path and (yield exports(owner.path, name)):
            parts.append((yield own_global(owner.path, name)))
    return join(parts)


def _starred(owner: Value) -> Values:
    return unknown(Unresolved.DYNAMIC, f"import * from {type(owner).__name__}")


@query(bottom=lambda *_: False, widen=lambda *_: False)
def exports(program: Program, path: str, name: str) -> Asking:
    """Whether `from module import *` brings `name`: by `__all__` where that can be read, else unless it is private."""
    listed = yield own_global(path, "__all__")
    if not listed:
        return not name.startswith("_")
    names: set[str] = set()
    for value in listed:
        if not isinstance(value, DisplayValue) or value.kind == "dict":
            return not name.startswith("_")
        for item in value.items:
            for entry in item:
                if isinstance(entry, UnknownValue) or not hasattr(entry, "value"):
                    return not name.startswith("_")
                names.add(str(getattr(entry, "value", "")))
    return name in names


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def builtin(program: Program, name: str) -> Asking:
    """A builtin by name; empty when there is none."""
    stub = typeshed_stub("builtins")
    if stub is None:
        return NONE
    if name in ("True", "False", "None"):
        return NONE
    names: dict[str, list[str]] = yield scope(str(stub), None)
    if name == "ellipsis" or name not in names:
        return NONE
    key = names[name][0]
    whole: f.PieceForm = yield piece(str(stub), key)
    if name in whole.classes:
        return one(ClassValue(Definition(str(stub), key, name)))
    if name in whole.functions:
        return one(FunctionValue(Definition(str(stub), key, name)))
    return (yield own_global(str(stub), name))


# what is set from elsewhere


__all__ = ["InstanceValue", "NativeValue", "Value", "truth"]
