"""Annotations to the instances that they admit.

In: the frame in which an annotation stands and its form. Out: values; `unknown(VALUE)` for annotations that say nothing
that helps (`Any`, `object`, type variables without bound, callables). This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution import aliases, callables, classes, evaluation, importing
from switchpoint.analysis.resolution.program import Program, imported
from switchpoint.analysis.resolution.values import (
    BUDGET,
    NONE,
    ClassValue,
    ConstValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

_NAMELESS = "an annotation that names no class"
_NOTHING = unknown(Unresolved.VALUE, _NAMELESS)
_DEEPEST = 12
_FARTHEST = 5

_DATA = frozenset({"str", "bytes", "bytearray", "int", "float"})
_DATA_CONTAINERS = frozenset({"dict", "Dict", "list", "List", "set", "Set", "frozenset", "tuple", "Tuple"})
_MAPPINGS = frozenset({"Dict", "dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})
_DICTS = frozenset({"builtins.dict", "typing.Mapping", "collections.defaultdict", "collections.OrderedDict"})
_CONTAINERS = {
    "builtins.list": "some",
    "typing.List": "some",
    "builtins.set": "some",
    "typing.Set": "some",
    "builtins.frozenset": "some",
    "typing.Sequence": "some",
    "collections.abc.Sequence": "some",
    "typing.Iterable": "some",
    "collections.abc.Iterable": "some",
    "typing.Collection": "some",
    "collections.abc.Collection": "some",
    "builtins.tuple": "tuple",
    "typing.Tuple": "tuple",
}


def special_form(base: f.Expr) -> str:
    """Whether a subscripted name is a form of `typing` whose value is its arguments: "all" of them, the "first",
    "optional"; "" for anything else."""
    match _last(base):
        case "Union":
            return "all"
        case "Optional":
            return "optional"
        case "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired" | "ReadOnly":
            return "first"
        case _:
            return ""


def instances(program: Program, frame: Frame, annotation: f.Expr, depth: int = 0) -> Asking:
    """What a name with this annotation holds."""
    if depth > _DEEPEST:
        return _NOTHING
    meant: tuple[Frame, f.Expr] | None = yield from _meaning(program, frame, annotation)
    if meant is not None:
        return (yield from instances(program, *meant, depth + 1))
    match annotation:
        case f.Const(value=None):
            return one(ConstValue(None))
        case f.Union_(left=left, right=right):
            first = yield from instances(program, frame, left, depth + 1)
            second = yield from instances(program, frame, right, depth + 1)
            return join((first, second))
        case f.Subscript(base=base, index=index):
            return (yield from _subscripted(program, frame, base, index, depth))
        case f.Global() | f.Attribute() | f.Local() | f.Free() | f.Scoped():
            return (yield from _named(program, frame, annotation))
        case _:
            return _NOTHING


def _meaning(program: Program, frame: Frame, annotation: f.Expr) -> Asking:
    """(frame, expression) of the module-level alias that an annotation names; None where it names none, or what the
    class binds around it."""
    match annotation:
        case f.Global(name=name):
            return (yield aliases.meaning(frame.function.definition.path, name))
        case f.Scoped(name=name, outer=f.Global()):
            owner = yield from classes.class_of_scope(program, frame)
            is_bound = owner is not None and (yield classes.has_member(owner, name))
            return None if is_bound else (yield aliases.meaning(frame.function.definition.path, name))
        case _:
            return None


def is_data(path: str, annotation: f.Expr | None, depth: int = 0) -> Asking:
    """Whether an annotation names nothing but text, numbers, and containers of these or of anything: what has no part
    in who switches but as something that is not known."""
    match annotation:
        case f.Global(name=name) | f.Scoped(outer=f.Global(name=name)) if name in _DATA:
            return name not in (yield scope(path, None))
        case f.Subscript(base=base, index=index) if _last(base) in _DATA_CONTAINERS and depth < _FARTHEST:
            for item in index.items if isinstance(index, f.Display) else (index,):
                if _last(item) not in ("Any", "object") and not (yield from is_data(path, item, depth + 1)):
                    return False
            return True
        case _:
            return False


def argument_of(program: Program, frame: Frame, annotation: f.Expr, place: int, depth: int = 0) -> Asking:
    """What `Callable[[A, B], R]`, under whatever alias or in a union, says that its argument in that place is."""
    meant: tuple[Frame, f.Expr] | None = yield from _meaning(program, frame, annotation)
    if meant is not None and depth <= _DEEPEST:
        return (yield from argument_of(program, *meant, place, depth + 1))
    match annotation:
        case f.Union_(left=left, right=right) if depth <= _DEEPEST:
            first = yield from argument_of(program, frame, left, place, depth + 1)
            return join((first, (yield from argument_of(program, frame, right, place, depth + 1))))
        case f.Subscript(base=base, index=f.Display(items=(f.Display(items=items), *_))) if _last(base) == "Callable":
            return (yield from instances(program, frame, items[place])) if place < len(items) else _NOTHING
        case _:
            return _NOTHING


def _named(program: Program, frame: Frame, annotation: f.Expr) -> Asking:
    if _last(annotation) == "Self":
        owner = yield from classes.class_of_scope(program, frame)
        return one(InstanceValue(owner)) if owner is not None else _NOTHING
    found: Values = yield from evaluation.evaluate(program, frame, annotation)
    written = annotation.outer if isinstance(annotation, f.Scoped) else annotation
    if isinstance(written, f.Global):
        least: Values = yield least_of_variable(frame.function.definition.path, written.name, 0)
        if least:
            return least
    if isinstance(written, f.Global) and all(isinstance(v, UnknownValue) for v in found):
        found = (yield importing.for_typing(frame.function.definition.path, written.name)) or found
    parts: list[Values] = []
    for value in _as_written(found):
        parts.append((yield from _instance(program, value)))
    return join(parts) or _NOTHING


@query(bottom=lambda *_: NONE, widen=lambda *_: BUDGET)
def least_of_variable(program: Program, path: str, name: str, distance: int) -> Asking:
    """What a module-level type variable stands for at least: its bound, or any of its constraints; empty for all other
    names."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    for key in pieces.get(name, ()) if distance <= _FARTHEST else ():
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            match binding:
                case f.Binding(name=bound, source=f.FromValue(value=f.Call() as made)) if bound == name:
                    if classes.evaluated_name(made) == "TypeVar":
                        return (yield from _least(program, Frame(FunctionValue(Definition(path, key, "")), ()), made))
                case f.Binding(name=bound, source=f.FromImport(name=str(other)) as source) if bound == name:
                    found = yield imported(path, source.module, source.level)
                    if isinstance(found, ModuleValue) and found.path:
                        return (yield least_of_variable(found.path, other, distance + 1))
                case _:
                    pass
    return NONE


def _least(program: Program, frame: Frame, made: f.Call) -> Asking:
    """`TypeVar("T", bound=X)`, `TypeVar("T", X, Y)`; a bound may be written as a string."""
    admitted = [value for key, value in made.keywords if key == "bound"] or made.arguments[1:]
    parts: list[Values] = []
    for each in admitted:
        written = f.Global(each.value) if isinstance(each, f.Const) and isinstance(each.value, str) else each
        parts.append((yield from instances(program, frame, written)))
    return join(parts) or _NOTHING


def _as_written(found: Values) -> Values:
    """An annotation means the class that stands in the text, whatever may be put in its place at run time."""
    classes_ = frozenset(v for v in found if isinstance(v, ClassValue))
    return frozenset(v for v in found if not _is_dynamic(v)) if classes_ else found


def _is_dynamic(value: Value) -> bool:
    return isinstance(value, UnknownValue) and value.why is Unresolved.DYNAMIC


def _instance(program: Program, value: Value) -> Asking:
    match value:
        case ClassValue():
            name = program.dotted(value.definition)
            if name in ("builtins.object", "typing.Any", "typing.Generic", "typing.Protocol"):
                return _NOTHING
            if name.startswith(("_collections_abc.", "collections.abc.")):
                return _NOTHING
            if (yield from classes.derives_from_named(program, value, "typing.TypeVar")):
                return _NOTHING
            return one(InstanceValue(value))
        case ConstValue(value=None):
            return one(value)
        case UnknownValue(why=Unresolved.IMPORT | Unresolved.EXTENSION):
            return one(value)
        case _:
            return _NOTHING


def _subscripted(program: Program, frame: Frame, base: f.Expr, index: f.Expr, depth: int) -> Asking:
    """`Optional[X]`, `Union[X, Y]`, `Annotated[X, ...]`, `ClassVar[X]`, `type[X]`, containers, `Generic[T]` classes."""
    items = index.items if isinstance(index, f.Display) else (index,)
    match _last(base):
        case "Optional":
            inner = yield from instances(program, frame, items[0], depth + 1)
            return join((inner, one(ConstValue(None))))
        case "Union":
            parts: list[Values] = []
            for item in items:
                parts.append((yield from instances(program, frame, item, depth + 1)))
            return join(parts)
        case "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired" | "ReadOnly":
            return (yield from instances(program, frame, items[0], depth + 1))
        case "Type" | "type":
            inner = yield from instances(program, frame, items[0], depth + 1)
            found = frozenset(
                ClassValue(v.cls.definition, v.cls.frame, True) if isinstance(v, InstanceValue) else v for v in inner
            )
            return found or _NOTHING
        case "Literal":
            return _NOTHING
        case "Callable":
            return (yield from _callable(program, frame, items, depth))
        case "Awaitable" | "Coroutine":
            return _giving("await", (yield from instances(program, frame, items[-1], depth + 1)))
        case "AsyncIterator" | "AsyncIterable" | "AsyncGenerator":
            return _giving("async for", (yield from instances(program, frame, items[0], depth + 1)))
        case _ if (yield from _meaning(program, frame, base)) is not None:
            return (yield from instances(program, frame, base, depth + 1))
        case _:
            return (yield from _generic(program, frame, base, items, depth))


def _callable(program: Program, frame: Frame, items: tuple[f.Expr, ...], depth: int) -> Asking:
    """`Callable[[A], R]`: what a call gives, and where that is awaited, the type by which functions can be found."""
    result: Values = yield from instances(program, frame, items[-1], depth + 1)
    kind = yield from callables.described(program, frame.function.definition.path, items[0], items[-1])
    if kind is None:
        return _giving("call", result)
    awaited = next((v for v in result if isinstance(v, UnknownValue) and v.by == "await"), None)
    plain = UnknownValue(Unresolved.VALUE, _NAMELESS)
    made = replace(awaited or plain, made_by=kind)
    return one(replace(plain, by="call", gives=frozenset(v for v in result if v not in (awaited, plain)) | {made}))


def _giving(by: str, result: Values) -> Values:
    """Something of which only is said what it gives."""
    says = any(not isinstance(v, UnknownValue) or v.by for v in result)
    return frozenset((UnknownValue(Unresolved.VALUE, _NAMELESS, by, result),)) if says else _NOTHING


def _generic(program: Program, frame: Frame, base: f.Expr, items: tuple[f.Expr, ...], depth: int) -> Asking:
    found: Values = yield from _named(program, frame, base)
    if len(found) != 1:
        return found
    (value,) = found
    kind = _container_kind(program, value, _last(base))
    if kind is None and isinstance(value, InstanceValue) and _last(base).endswith("ContextManager"):
        entered: Values = yield from instances(program, frame, items[0], depth + 1)
        return found if has_unknown(entered) else one(InstanceValue(value.cls, (("return", entered),)))
    if kind is None:
        return found
    if kind == "dict":
        inner: Values = yield from instances(program, frame, items[-1], depth + 1)
        return one(DisplayValue("dict", (inner,), (None,), False, True))
    parts: list[Values] = []
    for item in items:
        if item != f.Opaque(Unresolved.VALUE, builtin="ellipsis"):
            parts.append((yield from instances(program, frame, item, depth + 1)))
    if kind == "some" or len(parts) < len(items):
        return one(DisplayValue("some", (join(parts),), (), False, True))
    return one(DisplayValue("tuple", tuple(parts), (), False, True))


def _container_kind(program: Program, value: Value, written: str) -> str | None:
    """The display that a generic container is; by the name as written where its class is not known."""
    if isinstance(value, InstanceValue):
        name = program.dotted(value.cls.definition)
        return "dict" if name in _DICTS else _CONTAINERS.get(name)
    return "dict" if written in _MAPPINGS else _CONTAINERS.get("typing." + written)


def _last(annotation: f.Expr) -> str:
    match annotation:
        case f.Attribute(name=name) | f.Global(name=name) | f.Scoped(name=name) | f.Local(name=name):
            return name
        case _:
            return ""
