"""Spelled: the user's classes and functions that expressions name, read as they are written.

In: an expression and the function, class body or piece in which it stands. Out: the definitions that it names; the
classes of which it makes or names objects, by constructors, receivers and annotations. Nothing is evaluated, and what
others than the user wrote is not looked into, so that this costs little and is no part of any cycle of values. This
module must not know what is done with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, keys, piece, scope
from switchpoint.analysis.resolution import classes, known_calls, stored_attributes
from switchpoint.analysis.resolution.program import imported, known_files
from switchpoint.analysis.resolution.values import ClassValue, Definition, FunctionValue, ModuleValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from switchpoint.analysis.resolution.program import Program

Definitions = frozenset[Definition]

_NOBODY: Definitions = frozenset()
_MOST_BASES = 32


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def meant(program: Program, here: Definition, value: f.Expr) -> Asking:
    """The user's classes and functions that an expression names."""
    match value:
        case f.Global(name=name) | f.Scoped(name=name):
            return (yield _bound_globally(here.path, name))
        case f.Closure(name=name):
            whole: f.PieceForm = yield piece(here.path, here.piece)
            full = next((each for each in _scoped(here.name, name) if each in (whole.functions | whole.classes)), "")
            return frozenset((Definition(here.path, here.piece, full),)) if full else _NOBODY
        case f.Attribute(base=f.Global(name=module), name=name):
            for path in (yield _modules(here.path, module)):
                return (yield _bound_globally(path, name))
            return _NOBODY
        case f.Local() | f.Free():
            found: set[Definition] = set()
            for binding in (yield from bindings(here, value)):
                found |= yield from _by_binding(here, binding.source)
            return frozenset(found)
        case _:
            return _NOBODY


def _scoped(inside: str, name: str) -> Iterator[str]:
    yield f"{inside}.<locals>.{name}" if inside else name
    yield name


def bindings(here: Definition, place: f.Local | f.Free) -> Asking:
    """The bindings that a variable may have where it is read."""
    form: f.FunctionForm | None = yield function_form(*here)
    if isinstance(place, f.Local):
        return () if form is None else tuple(form.bindings[i] for i in place.reaching if i < len(form.bindings))
    found: list[f.Binding] = []
    while form is not None and form.parent is not None:
        form = yield function_form(here.path, here.piece, form.parent)
        found.extend(() if form is None else (each for each in form.bindings if each.name == place.name))
    return tuple(found)


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _bound_globally(program: Program, path: str, name: str) -> Asking:
    found: set[Definition] = set()
    for here, source in (yield from binding(path, None, name)) if program.is_own(path) else ():
        found |= yield from _by_binding(here, source)
    return frozenset(found)


def binding(path: str, owner: str | None, name: str) -> Asking:
    """(where, source) of each binding of a name at module level (None) or in a class body."""
    found: list[tuple[Definition, f.Source]] = []
    pieces: dict[str, list[str]] = yield scope(path, owner)
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        found.extend((Definition(path, key, ""), each.source) for each in form.bindings if each.name == name)
    return found


def _by_binding(here: Definition, source: f.Source) -> Asking:
    match source:
        case f.FromDefinition(name=name):
            return {Definition(here.path, here.piece, name)}
        case f.FromImport(module=module, level=level, name=str(inner)):
            owner = yield imported(here.path, module, level)
            is_file = isinstance(owner, ModuleValue) and owner.path
            return (yield _bound_globally(owner.path, inner)) if is_file else _NOBODY
        case f.FromValue(value=f.Global() | f.Attribute() | f.Closure() | f.Local() as value):
            return (yield meant(here, value))
        case _:
            return _NOBODY


@query()
def _modules(_: Program, path: str, name: str) -> Asking:
    """The files that a module-level name imports as modules."""
    found: list[str] = []
    for _, source in (yield from binding(path, None, name)):
        if isinstance(source, f.FromImport):
            inner = "." if source.module == "" or source.module.endswith(".") else f"{source.module}."
            whole = source.module.partition(".")[0] if source.top else source.module
            dotted = whole if source.name is None else f"{inner}{source.name}".lstrip(".")
            owner = yield imported(path, dotted, source.level)
            found.extend([owner.path] if isinstance(owner, ModuleValue) and owner.path else [])
    return tuple(found)


def is_class(definition: Definition) -> Asking:
    whole: f.PieceForm = yield piece(definition.path, definition.piece)
    return definition.name in whole.classes


def is_imported(here: Definition, function: f.Expr) -> Asking:
    """Whether an expression names something that was imported, or something in that, or a builtin."""
    base = function.base if isinstance(function, f.Attribute) else function
    if isinstance(base, f.Local):
        sources = [binding.source for binding in (yield from bindings(here, base))]
    elif isinstance(base, f.Global):
        sources = [source for _, source in (yield from binding(here.path, None, base.name))]
        if not sources:
            return base is function
    else:
        return False
    return any(isinstance(source, f.FromImport) for source in sources)


# objects


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def classes_of(program: Program, here: Definition, value: f.Expr) -> Asking:
    """The user's classes of which an expression is an object, as far as constructors, receivers and annotations say."""
    match value:
        case f.Call(function=function):
            return (yield from _made(here, function))
        case f.Await(value=inner) | f.Narrowed(value=inner) | f.Entered(manager=inner):
            return (yield classes_of(here, inner))
        case f.Element(value=f.Display(items=items), index=int(place)) if place < len(items):
            return (yield classes_of(here, items[place]))
        case f.Choice(options=options):
            found: set[Definition] = set()
            for option in options:
                found |= yield classes_of(here, option)
            return frozenset(found)
        case f.Local() | f.Free():
            found = set()
            for binding in (yield from bindings(here, value)):
                found |= yield from _of_binding(here, binding.source)
            return frozenset(found)
        case f.Global(name=name) | f.Scoped(name=name):
            return (yield _of_global(here.path, name))
        case f.Attribute(base=base, name=name):
            found = set()
            for cls in (yield classes_of(here, base)):
                found |= yield _of_attribute(cls, name)
            return frozenset(found)
        case _:
            return _NOBODY


def _made(here: Definition, function: f.Expr) -> Asking:
    """What a call makes: by a class, or by a function that says so or returns it."""
    found: set[Definition] = set()
    for each in (yield from called(here, function)):
        if (yield from is_class(each)):
            found.add(each)
            continue
        form: f.FunctionForm | None = yield function_form(*each)
        if form is not None and form.annotation is not None:
            found |= yield from annotated(each, form.annotation)
        for returned, _ in form.returns if form is not None else ():
            found |= yield classes_of(each, returned)
    return frozenset(found)


def called(here: Definition, function: f.Expr) -> Asking:
    """The user's classes and functions that a call is of, among them methods of objects whose class is spelled."""
    named: Definitions = yield meant(here, function)
    found = set(named)
    if isinstance(function, f.Attribute):
        for cls in (yield classes_of(here, function.base)) | (yield meant(here, function.base)):
            found |= (yield method(cls, function.name)) | (yield overriding(cls, function.name))
    for cls in (yield classes_of(here, function)) if not named else ():
        found |= yield method(cls, "__call__")
    return found


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def method(_: Program, cls: Definition, name: str) -> Asking:
    """The function under a name in a class, or in the nearest above it that has one."""
    for above in (yield above_of(cls)):
        inner = "" if above.name == above.piece.partition("#")[0] else above.name + "."
        key, full = (above.piece, inner + name) if inner else (f"{above.piece}.{name}", name)
        if key in (yield keys(above.path)) and (yield function_form(above.path, key, full)) is not None:
            return frozenset((Definition(above.path, key, full),))
    return _NOBODY


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def overriding(program: Program, cls: Definition, name: str) -> Asking:
    """The functions under a name in the classes below a class."""
    found: set[Definition] = set()
    for path in (yield known_files()):
        owners: dict[str, tuple[Definition, ...]] = (yield _owners(path)) if program.is_own(path) else {}
        for owner in owners.get(name, ()):
            if owner != cls and cls in (yield above_of(owner)):
                found |= yield method(owner, name)
    return frozenset(found)


@query()
def _owners(_: Program, path: str) -> Asking:
    """Name -> the classes of a file that define a method of that name in a piece of its own."""
    found: dict[str, tuple[Definition, ...]] = {}
    for key in (yield keys(path)):
        owner, _dot, last = key.rpartition(".")
        if owner and "." not in owner:
            found[last] = (*found.get(last, ()), Definition(path, owner, owner.partition("#")[0]))
    return found


@query(bottom=lambda *_: (), widen=lambda *_: ())
def above_of(_: Program, cls: Definition) -> Asking:
    """A class and those of the user above it, the nearest first."""
    found = [cls]
    for each in found:
        whole: f.PieceForm = yield piece(each.path, each.piece)
        form = whole.classes.get(each.name)
        for base in form.bases if form is not None and len(found) < _MOST_BASES else ():
            named = base.base if isinstance(base, f.Subscript) else base
            around = Definition(each.path, each.piece, form.parent or "" if form is not None else "")
            for above in sorted((yield meant(around, named))):
                found.extend(() if above in found else (above,))
    return tuple(found)


def annotated(here: Definition, annotation: f.Expr) -> Asking:
    """The classes that an annotation admits, as `A`, `A | None`, `Optional[A]`."""
    match annotation:
        case f.Union_(left=left, right=right):
            return (yield from annotated(here, left)) | (yield from annotated(here, right))
        case f.Subscript(base=f.Global(name="Optional" | "Annotated" | "Final" | "ClassVar"), index=index):
            return (yield from annotated(here, index.items[0] if isinstance(index, f.Display) else index))
        case _:
            found: Definitions = yield meant(Definition(here.path, here.piece, ""), annotation)
            kept: set[Definition] = set()
            for each in found:
                if (yield from is_class(each)):
                    kept.add(each)
            return frozenset(kept)


def _of_binding(here: Definition, source: f.Source) -> Asking:
    match source:
        case f.FromValue(value=value, annotation=annotation):
            said: Definitions = _NOBODY if annotation is None else (yield from annotated(here, annotation))
            return said or (_NOBODY if value is None else (yield classes_of(here, value)))
        case f.FromParameter(name=name):
            return (yield _of_parameter(here, name))
        case f.FromImport(module=module, level=level, name=str(inner)):
            owner = yield imported(here.path, module, level)
            is_file = isinstance(owner, ModuleValue) and owner.path
            return (yield _of_global(owner.path, inner)) if is_file else _NOBODY
        case _:
            return _NOBODY


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _of_global(program: Program, path: str, name: str) -> Asking:
    found: set[Definition] = set()
    for here, source in (yield from binding(path, None, name)) if program.is_own(path) else ():
        found |= yield from _of_binding(here, source)
    return frozenset(found)


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _of_parameter(_: Program, here: Definition, name: str) -> Asking:
    form: f.FunctionForm | None = yield function_form(*here)
    declared = None if form is None else next((p for p in form.parameters if p.name == name), None)
    if form is None or declared is None:
        return _NOBODY
    owner = owner_of(here, form)
    if owner is not None and declared is form.parameters[0]:
        return frozenset((owner,))
    if declared.annotation is not None:
        return (yield from annotated(here, declared.annotation))
    found: set[Definition] = set()
    for where, argument in (yield arguments(here, name)):
        found |= yield classes_of(where, argument)
    return frozenset(found)


def owner_of(here: Definition, form: f.FunctionForm) -> Definition | None:
    """The class in whose body a function stands."""
    owner = classes.class_of(FunctionValue(here), form)
    return None if owner is None else owner.definition


@query(bottom=lambda *_: _NOBODY, widen=lambda *_: _NOBODY)
def _of_attribute(_: Program, cls: Definition, name: str) -> Asking:
    found: set[Definition] = set()
    for above in (yield above_of(cls)):
        stores: dict[str, tuple[tuple[FunctionValue, f.Store], ...]] = yield stored_attributes.self_stores(
            ClassValue(above)
        )
        for method_, store in stores.get(name, ()):
            if store.annotation is not None:
                found |= yield from annotated(method_.definition, store.annotation)
            elif store.value is not None:
                found |= yield classes_of(method_.definition, store.value)
        for here, source in (yield from binding(above.path, above.piece, name)):
            found |= yield from _of_binding(here, source)
    return frozenset(found)


# what is passed


@query(bottom=lambda *_: (), widen=lambda *_: ())
def arguments(_: Program, here: Definition, name: str) -> Asking:
    """(where, expression) of what calls of a function's name give for a parameter; not those that are spelled to be of
    others."""
    form: f.FunctionForm | None = yield function_form(*here)
    plain = [] if form is None else [p.name for p in form.parameters if p.kind in ("plain", "positional")]
    if form is None:
        return ()
    owner = owner_of(here, form)
    last = known_calls.last_part(here.name)
    made = owner if last == "__init__" else None
    found: list[tuple[Definition, f.Expr]] = []
    for frame, call in (yield from known_calls.named(known_calls.last_part(made.name) if made else last)):
        where = frame.function.definition
        spelled: set[Definition] = yield from called(where, call.function)
        if spelled and (made or here) not in spelled:
            continue
        shift = int(owner is not None)
        place = plain.index(name) - shift if name in plain else None
        given = next((value for key, value in call.keywords if key == name), None)
        if given is None and place is not None and 0 <= place < len(call.arguments):
            given = call.arguments[place]
        found.extend(() if given is None else ((where, given),))
    return tuple(found)
