"""Names across scopes and files: module globals, attributes of modules, builtins.

In: a file and a name. Out: the join of everything that is ever bound to it, here or from elsewhere. This module
must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.files import typeshed_stub
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, is_unread, keys, members, piece, scope, writers
from switchpoint.analysis.resolution import annotations, borrowed, calls, evaluation, gaps, importing, stores
from switchpoint.analysis.resolution.program import Program, imported, module, setters_of
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
    ModuleValue,
    UnknownValue,
    Values,
    has_unknown,
    join,
    one,
    opened,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def global_value(program: Program, path: str, name: str) -> Asking:
    """What a module-level name of a file can be; builtins where the file binds none."""
    found = yield own_global(path, name)
    below = (yield from _below(program, path, name)) if found else (yield from _not_bound(program, path, name))
    return join((found, below, (yield from _borrowed(path, name))))


def _below(program: Program, path: str, name: str) -> Asking:
    """What a name of the user's file may mean while nothing binds it there: what was put among the builtins."""
    if not program.is_own(path):
        return NONE
    named: Values = (yield stores.set_on_builtins(name)) if (yield setters_of(name)) else NONE
    is_deleted = yield from _is_deleted(path, name)
    return join((named, (yield stores.set_on_builtins_by_computed_names()))) if is_deleted else named


def _is_deleted(path: str, name: str) -> Asking:
    """Whether a file deletes a name of its own, in its own code or by `global name` in a function."""
    names: dict[str, list[str]] = yield scope(path, None)
    for key in {*names.get(name, ()), *(yield writers(path, name))}:
        whole: f.PieceForm = yield piece(path, key)
        if any(b.name == name and isinstance(b.source, f.FromDelete) for b in whole.main.bindings):
            return True
        for form in whole.functions.values():
            written = (form.bindings[index] for each, index in form.outer_writes if each == name)
            if any(isinstance(binding.source, f.FromDelete) for binding in written):
                return True
    return False


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
    if (yield is_unread(path, name)):
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
        is_handed: bool = yield stores.escapes(path, name)
        found = opened(found, is_handed)
        if not has_unknown(found) and gaps.has_gaps(found):
            typed = yield from _annotated(program, path, binding, name)
            found = gaps.filled(found, typed, is_own=program.is_own(path), is_handed=is_handed)
    return found


def _annotated(program: Program, path: str, binding: list[str], name: str) -> Asking:
    """What annotations of a module-level name say that it is."""
    parts: list[Values] = []
    for key in binding:
        form: f.FunctionForm = yield function_form(path, key, "")
        frame = Frame(FunctionValue(Definition(path, key, "")), ())
        for source in (each.source for each in form.bindings if each.name == name):
            if isinstance(source, f.FromValue) and source.annotation is not None:
                parts.append((yield from annotations.instances(program, frame, source.annotation)))
    return join(parts)


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
    parts.append((yield from _below(program, path, name)))
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
            if isinstance(found, ModuleValue) and found.path and (yield importing.exports(found.path, name)):
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
            parts.append((yield from importing.from_star(program, path, binding.source, name)))
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
                    if not (yield stores.may_write(frame, store)):
                        continue
                    if store.name is None or store.value is None:
                        parts.append(unknown(Unresolved.DYNAMIC, name))
                    else:
                        parts.append((yield from evaluation.evaluate(program, frame, store.value)))
    return parts


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
    if (yield is_unread(owner.path, name)):
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
