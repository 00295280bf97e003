"""What CPython implements in C and analysis must therefore be told: builtins, and the methods of its own objects.

In: a callable that has no Python source, and arguments. Out: what calling it gives. Each name here is proved to exist by a
test. Whether something suspends is not said here. Facts: CPython 3.13 `Objects/genobject.c`, `Objects/descrobject.c`,
`Modules/_functoolsmodule.c`, Library Reference.
"""

from __future__ import annotations

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import attributes, calls, classes, names
from switchpoint.analysis.resolution.program import Program, module, stub_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    ConstValue,
    Definition,
    DescriptorValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NativeValue,
    NothingValue,
    NumberValue,
    PartialValue,
    StepValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

ACTIVATION_METHODS = frozenset(
    {"__await__", "__iter__", "__aiter__", "__anext__", "asend", "athrow", "aclose", "send", "throw", "close", "__next__"}
)
DISPLAY_METHODS = frozenset(
    {"get", "values", "items", "keys", "pop", "popleft", "popitem", "copy", "__getitem__", "__iter__", "__aiter__",
     "append", "add", "insert", "extend", "update", "setdefault", "clear", "remove", "discard", "sort", "reverse",
     "appendleft", "index", "count", "__len__", "__contains__", "__await__", "__aenter__", "__aexit__"}
)  # fmt: skip
_TAKING = frozenset({"pop", "popleft", "__getitem__"})
_ABSENT = frozenset({"__aiter__", "__await__", "__aenter__", "__aexit__"})


def method(owner: Value, name: str) -> Values:
    """A method of a coroutine, generator, step, container or partial object."""
    if isinstance(owner, ActivationValue) and name in ACTIVATION_METHODS:
        return one(MethodValue(NativeValue(f"activation.{name}"), owner))
    if isinstance(owner, StepValue):
        if name in ("__await__", "__iter__"):
            return one(MethodValue(NativeValue("activation.__await__"), owner))
        return one(NothingValue()) if name.startswith("__a") else unknown(Unresolved.ATTRIBUTE, name)
    if isinstance(owner, DisplayValue):
        if name in _ABSENT:
            return one(NothingValue())
        if name in DISPLAY_METHODS:
            return one(MethodValue(NativeValue(f"display.{name}"), owner))
    if isinstance(owner, DescriptorValue) and name in ("setter", "getter", "deleter"):
        return one(MethodValue(NativeValue(f"property.{name}"), owner))
    if isinstance(owner, PartialValue) and name == "args":
        return one(DisplayValue("tuple", owner.arguments.positional))
    if name in _ABSENT:
        return one(NothingValue())
    return unknown(Unresolved.ATTRIBUTE, f"{type(owner).__name__.removesuffix('Value').lower()}.{name}")


def call_method(program: Program, name: str, receiver: Value | None, arguments: Arguments) -> Asking:
    """Calling what `method` gave."""
    first = arguments.positional[0] if arguments.positional else NONE
    match name:
        case "activation.__await__" | "activation.__iter__" | "activation.__aiter__":
            return one(receiver) if receiver is not None else NONE
        case "activation.__anext__" | "activation.asend" | "activation.athrow" | "activation.aclose":
            if not isinstance(receiver, ActivationValue):
                return unknown(Unresolved.VALUE, name)
            phase = {"new": "first", "begun": "later"}.get(receiver.phase, "any")
            starts = name in ("activation.__anext__", "activation.asend")
            plain = ActivationValue(receiver.function, receiver.context)
            return one(StepValue(plain, phase if starts or phase == "later" else "any"))
        case "activation.close":
            return one(ConstValue(None))
        case "object.__new__":
            return frozenset(
                InstanceValue(ClassValue(v.definition, v.frame), (), not v.is_open, "fresh")
                if isinstance(v, ClassValue)
                else v
                for v in first
            ) or unknown(Unresolved.VALUE, name)
        case "object.__init__" | "object.__setattr__" | "object.__init_subclass__":
            return one(ConstValue(None))
        case "object.__call__":
            if isinstance(receiver, ClassValue):
                return (yield from calls.make(program, receiver, arguments))
            return unknown(Unresolved.VALUE, name)
        case "property.setter" | "property.getter" | "property.deleter":
            return one(receiver) if receiver is not None else NONE
        case "function.__get__":
            found = [one(MethodValue(receiver, v)) if v != ConstValue(None) else one(receiver) for v in first if receiver]
            return join(found)
        case _ if name.startswith("display.") and isinstance(receiver, DisplayValue):
            return _container(receiver, name.removeprefix("display."), arguments)
        case _:
            return unknown(Unresolved.NO_SOURCE, name)


def _container(owner: DisplayValue, name: str, arguments: Arguments) -> Values:
    extra = unknown(Unresolved.VALUE, "a container that others may change") if owner.is_open else NONE
    items = join((*owner.items, extra))
    key = next(iter(arguments.positional[0]), None) if arguments.positional else None
    default = arguments.positional[1] if len(arguments.positional) > 1 else NONE
    if owner.kind == "dict" and isinstance(key, ConstValue) and len(arguments.positional[0]) == 1:
        chosen = [v for k, v in zip(owner.keys, owner.items, strict=True) if k in (key.value, None)]
        present = key.value in owner.keys
        items = join((*chosen, extra))
        default = NONE if present and not owner.is_open and name == "get" else default
        if name == "get" and not present and not default:
            items = join((items, one(ConstValue(None))))
    elif name == "get" and not default:
        items = join((items, one(ConstValue(None))))
    match name:
        case "get" | "setdefault":
            return join((items, default))
        case _ if name in _TAKING:
            return join((items, default)) or one(NothingValue())
        case "values":
            return one(DisplayValue("some", (join(owner.items),), (), owner.is_open))
        case "items":
            keys = unknown(Unresolved.VALUE, "keys of a dict")
            pair = one(DisplayValue("tuple", (keys, join((*owner.items, extra)))))
            return one(DisplayValue("some", (pair,)))
        case "copy" | "__iter__":
            return one(owner)
        case "append" | "add" | "insert" | "extend" | "update" | "clear" | "remove" | "discard" | "sort" | "reverse":
            return one(ConstValue(None))
        case _:
            return unknown(Unresolved.VALUE, f"{owner.kind}.{name}()")


# builtin and C-implemented functions


def call_function(program: Program, function: FunctionValue, arguments: Arguments) -> Asking:
    """Calling a function of which there is no Python source, or whose source says less than CPython's documentation;
    None when it is to be read like any other."""
    name = program.dotted(function.definition)
    handler = _FUNCTIONS.get(name)
    if handler is not None:
        return (yield from handler(program, arguments))
    if name.endswith(".__new__") and function.definition.path.endswith(".pyi"):
        return (yield from call_method(program, "object.__new__", None, arguments))
    return None


def _first(arguments: Arguments) -> Values:
    return arguments.positional[0] if arguments.positional else unknown(Unresolved.VALUE, "an argument")


def _getattr(program: Program, arguments: Arguments) -> Asking:
    if len(arguments.positional) < 2:
        return unknown(Unresolved.DYNAMIC, "getattr")
    parts: list[Values] = []
    for key in arguments.positional[1]:
        if not isinstance(key, ConstValue) or not isinstance(key.value, str):
            return unknown(Unresolved.DYNAMIC, "getattr with a computed name")
        parts.append((yield from attributes.attribute(program, arguments.positional[0], key.value)))
    found = join(parts)
    default = arguments.positional[2] if len(arguments.positional) > 2 else NONE
    missing = not found or any(
        isinstance(v, NothingValue) or (isinstance(v, UnknownValue) and v.why is Unresolved.ATTRIBUTE) for v in found
    )
    return join((found, default)) if default and (missing or not _sure(arguments)) else found


def _sure(arguments: Arguments) -> bool:
    return all(isinstance(v, FunctionValue | ClassValue) for v in arguments.positional[0])


def _anext(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in _first(arguments):
        step = yield from attributes.special(program, value, "__anext__")
        parts.append((yield from calls.call(program, step, Arguments())))
    return join(parts)


def _aiter(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in _first(arguments):
        maker = yield from attributes.special(program, value, "__aiter__")
        parts.append((yield from calls.call(program, maker, Arguments())))
    return join(parts)


def _iter(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in _first(arguments):
        if isinstance(value, DisplayValue | ActivationValue):
            parts.append(one(value))
            continue
        maker = yield from attributes.special(program, value, "__iter__")
        parts.append((yield from calls.call(program, maker, Arguments())))
    return join(parts)


def _next(program: Program, arguments: Arguments) -> Asking:
    return (yield from calls.elements(program, _first(arguments), False))


def _identity(program: Program, arguments: Arguments) -> Asking:
    return _first(arguments)
    yield


def _elements(program: Program, arguments: Arguments) -> Asking:
    inner = yield from calls.elements(program, _first(arguments), False)
    return one(DisplayValue("some", (inner,)))


def _map(program: Program, arguments: Arguments) -> Asking:
    columns: list[Values] = []
    for argument in arguments.positional[1:]:
        columns.append((yield from calls.elements(program, argument, False)))
    result = yield from calls.call(program, _first(arguments), Arguments(tuple(columns)))
    return one(DisplayValue("some", (result,)))


def _zip(program: Program, arguments: Arguments) -> Asking:
    columns: list[Values] = []
    for argument in arguments.positional:
        columns.append((yield from calls.elements(program, argument, False)))
    return one(DisplayValue("some", (one(DisplayValue("tuple", tuple(columns))),)))


def _enumerate(program: Program, arguments: Arguments) -> Asking:
    inner = yield from calls.elements(program, _first(arguments), False)
    number: Values = frozenset({NumberValue(0), NumberValue(1)})
    return one(DisplayValue("some", (one(DisplayValue("tuple", (number, inner))),)))


def _context_run(program: Program, arguments: Arguments) -> Asking:
    """`Context.run(self, f, ...)` calls `f` (CPython `Python/context.c`)."""
    if len(arguments.positional) < 2:
        return unknown(Unresolved.VALUE, "Context.run")
    rest = Arguments(arguments.positional[2:], arguments.keywords, arguments.rest, arguments.others)
    return (yield from calls.call(program, arguments.positional[1], rest))


def _type_call(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest, arguments.others)
    for value in _first(arguments):
        if isinstance(value, ClassValue):
            parts.append((yield from calls.make(program, value, rest)))
        else:
            parts.append(one(value) if isinstance(value, UnknownValue) else unknown(Unresolved.VALUE, "type.__call__"))
    return join(parts)


def _import_module(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in _first(arguments):
        if not isinstance(value, ConstValue) or not isinstance(value.value, str) or value.value.startswith("."):
            return unknown(Unresolved.DYNAMIC, "a module imported by a computed name")
        parts.append(one((yield module(value.value, ""))))
    return join(parts)


def _namedtuple(program: Program, arguments: Arguments) -> Asking:
    """A subclass of tuple whose methods CPython compiles from text (Lib/collections/__init__.py)."""
    return (yield names.builtin("tuple"))


_FUNCTIONS = {
    "collections.namedtuple": _namedtuple,
    "importlib.import_module": _import_module,
    "builtins.getattr": _getattr,
    "builtins.anext": _anext,
    "builtins.aiter": _aiter,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "builtins.sorted": _elements,
    "builtins.type.__call__": _type_call,
    "types.coroutine": _identity,
    "contextvars.Context.run": _context_run,
    "_contextvars.Context.run": _context_run,
}
NATIVE_FUNCTIONS = frozenset(_FUNCTIONS)


# classes whose instances are not plain


def construct(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """Calling one of CPython's own classes; None when it is a class like any other."""
    name = program.dotted(cls.definition)
    first = _first(arguments)
    match name:
        case "builtins.property" | "functools.cached_property":
            return frozenset(DescriptorValue("property", v) for v in first) or None
        case "abc.abstractproperty":
            return frozenset(DescriptorValue("property", v) for v in first) or None
        case "builtins.staticmethod" | "builtins.classmethod":
            return frozenset(DescriptorValue(name.rpartition(".")[2], v) for v in first) or None
        case "abc.abstractclassmethod" | "abc.abstractstaticmethod":
            return frozenset(DescriptorValue(name.rpartition("abstract")[2], v) for v in first) or None
        case "functools.partial" | "functools.partialmethod":
            held = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest, arguments.others)
            made = frozenset(_partial(v, held) for v in first)
            if name.endswith("partialmethod"):
                return frozenset(DescriptorValue("partialmethod", v) for v in made)
            return made
        case "builtins.type" if len(arguments.positional) == 1 and not arguments.rest:
            return frozenset(_type_of(v) for v in first)
        case "builtins.type":
            return unknown(Unresolved.VALUE, "a class made at run time")
        case "builtins.super":
            return unknown(Unresolved.VALUE, "super with computed arguments")
        case "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset" | "collections.deque":
            return (yield from _container_of(program, name, arguments))
        case "builtins.dict":
            return _dict_of(arguments)
        case "builtins.map":
            return (yield from _map(program, arguments))
        case "builtins.zip":
            return (yield from _zip(program, arguments))
        case "builtins.enumerate":
            return (yield from _enumerate(program, arguments))
        case "builtins.reversed" | "builtins.filter":
            index = -1 if name.endswith("filter") else 0
            source = arguments.positional[index] if arguments.positional else NONE
            return one(DisplayValue("some", ((yield from calls.elements(program, source, False)),)))
        case "builtins.bool":
            from switchpoint.analysis.resolution import truth

            decided = yield from truth.truth_of(program, first)
            return one(ConstValue(decided)) if isinstance(decided, bool) and arguments.positional else None
        case "types.MethodType" if len(arguments.positional) == 2:
            return frozenset(MethodValue(a, b) for a in first for b in arguments.positional[1])
        case _:
            return None


NATIVE_CLASSES = frozenset(
    {"builtins.property", "functools.cached_property", "builtins.staticmethod", "builtins.classmethod", "functools.partial",
     "functools.partialmethod", "builtins.type", "builtins.super", "builtins.list", "builtins.tuple", "builtins.set",
     "builtins.frozenset", "collections.deque", "builtins.dict", "builtins.map", "builtins.zip", "builtins.enumerate",
     "builtins.reversed", "builtins.filter", "builtins.bool", "types.MethodType", "abc.abstractproperty",
     "abc.abstractclassmethod", "abc.abstractstaticmethod"}
)  # fmt: skip


def _partial(value: Value, held: Arguments) -> Value:
    return value if isinstance(value, UnknownValue | NothingValue) else PartialValue(value, held)


def _type_of(value: Value) -> Value:
    match value:
        case InstanceValue(cls=cls, exact=exact):
            return ClassValue(cls.definition, cls.frame, not exact or cls.is_open)
        case UnknownValue():
            return value
        case _:
            return UnknownValue(Unresolved.VALUE, "type()")


def _container_of(program: Program, name: str, arguments: Arguments) -> Asking:
    kind = name.rpartition(".")[2]
    if not arguments.positional:
        return one(DisplayValue({"tuple": "tuple", "list": "list"}.get(kind, "some"), ()))
    only = arguments.positional[0]
    if kind == "tuple" and all(isinstance(v, DisplayValue) and v.kind == "tuple" for v in only):
        return only
    return one(DisplayValue("some", ((yield from calls.elements(program, only, False)),)))


def _dict_of(arguments: Arguments) -> Values:
    keys: tuple[str | None, ...] = tuple(name for name, _ in arguments.keywords)
    items = tuple(values for _, values in arguments.keywords)
    extra: Values = arguments.others
    for values in arguments.positional:
        for value in values:
            if isinstance(value, DisplayValue) and value.kind == "dict" and not value.is_open:
                extra = join((extra, *value.items))
            else:
                extra = join((extra, unknown(Unresolved.VALUE, "an item of a dict")))
    return one(DisplayValue("dict", (*items, extra), (*keys, None)) if extra else DisplayValue("dict", items, keys))


__all__ = ["SuperValue", "call_function", "call_method", "construct", "method"]
