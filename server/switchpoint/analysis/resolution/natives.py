"""What CPython implements in C and analysis must be told: builtins, and the methods of its own objects.

In: a callable that has no Python source, and arguments. Out: what calling it gives. Each name here is proved to
exist by a test. Facts: CPython 3.13 `Objects/genobject.c`, Library Reference. This module must not know what
suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import (
    attributes,
    calls,
    construction,
    container_methods,
    names,
    protocols,
    replaced,
)
from switchpoint.analysis.resolution.lacking import ACTIVATION_METHODS
from switchpoint.analysis.resolution.program import Program, module
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    ConstValue,
    DescriptorValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NativeValue,
    NothingValue,
    PartialValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    opened,
    settled,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking

DISPLAY_METHODS = frozenset(
    {"get", "values", "items", "keys", "pop", "popleft", "popitem", "copy", "__getitem__", "__iter__",
     "append", "add", "insert", "extend", "update", "setdefault", "clear", "remove", "discard", "sort", "reverse",
     "appendleft", "index", "count", "__len__", "__contains__"}
)  # fmt: skip
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
                return (yield from construction.make(program, receiver, arguments))
            return unknown(Unresolved.VALUE, name)
        case "property.setter" | "property.deleter":
            return one(receiver) if receiver is not None else NONE
        case "property.getter":
            return frozenset(DescriptorValue("property", v) for v in first)
        case "cached.__call__":
            # What the function gives, now or at an earlier call with what was equal to the arguments then.
            given = yield from calls.call(program, one(receiver) if receiver is not None else NONE, _ANYTHING)
            return opened(settled(given), True)
        case "function.__get__":
            found = [
                one(MethodValue(receiver, v)) if v != ConstValue(None) else one(receiver) for v in first if receiver
            ]
            return join(found)
        case _ if name.startswith("display.") and isinstance(receiver, DisplayValue):
            return container_methods.call_container_method(receiver, name.removeprefix("display."), arguments)
        case _:
            return unknown(Unresolved.NO_SOURCE, name)


_UNTOLD = unknown(Unresolved.VALUE, "an argument that was equal")
_ANYTHING = Arguments(rest=_UNTOLD, others=_UNTOLD)


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


def first_argument(arguments: Arguments) -> Values:
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
    return join((found, default))


def _plain_getattr(program: Program, arguments: Arguments) -> Asking:
    """`object.__getattribute__(self, name)`."""
    if len(arguments.positional) != 2:
        return unknown(Unresolved.DYNAMIC, "object.__getattribute__")
    parts: list[Values] = []
    for key in arguments.positional[1]:
        if not isinstance(key, ConstValue) or not isinstance(key.value, str):
            return unknown(Unresolved.DYNAMIC, "object.__getattribute__ with a computed name")
        for owner in arguments.positional[0]:
            if isinstance(owner, InstanceValue):
                parts.append((yield from attributes.plain_attribute(program, owner, key.value)))
            else:
                parts.append((yield from attributes.attribute(program, one(owner), key.value)))
    return join(parts)


def _anext(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in first_argument(arguments):
        step = yield from attributes.special(program, value, "__anext__")
        parts.append((yield from calls.call(program, step, Arguments())))
    return join(parts)


def _aiter(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in first_argument(arguments):
        maker = yield from attributes.special(program, value, "__aiter__")
        parts.append((yield from calls.call(program, maker, Arguments())))
    return join(parts)


def _iter(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in first_argument(arguments):
        if isinstance(value, DisplayValue):
            parts.append((yield from _iterator(program, value)))
            continue
        if isinstance(value, ActivationValue):
            parts.append(one(value))
            continue
        maker = yield from attributes.special(program, value, "__iter__")
        parts.append((yield from calls.call(program, maker, Arguments())))
    return join(parts)


def _iterator(program: Program, value: DisplayValue) -> Asking:
    """An iterator over a container: it hands out the items once, and is true even where there is none."""
    if value.kind != "dict":
        return one(DisplayValue("list" if value.kind == "tuple" else value.kind, value.items, (), value.is_open))
    return one(DisplayValue("some", ((yield from protocols.elements(program, one(value), False)),)))


def _next(program: Program, arguments: Arguments) -> Asking:
    return (yield from protocols.elements(program, first_argument(arguments), False))


def _identity(program: Program, arguments: Arguments) -> Asking:
    return first_argument(arguments)
    yield


def _elements(program: Program, arguments: Arguments) -> Asking:
    inner = yield from protocols.elements(program, first_argument(arguments), False)
    return one(DisplayValue("some", (inner,)))


def _context_run(program: Program, arguments: Arguments) -> Asking:
    """`Context.run(self, f, ...)` calls `f` (CPython `Python/context.c`)."""
    if len(arguments.positional) < 2:
        return unknown(Unresolved.VALUE, "Context.run")
    rest = Arguments(arguments.positional[2:], arguments.keywords, arguments.rest, arguments.others)
    return (yield from calls.call(program, arguments.positional[1], rest))


def _type_call(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest, arguments.others)
    for value in first_argument(arguments):
        if isinstance(value, ClassValue):
            parts.append((yield from construction.make(program, value, rest)))
        else:
            parts.append(one(value) if isinstance(value, UnknownValue) else unknown(Unresolved.VALUE, "type.__call__"))
    return join(parts)


def _import_module(program: Program, arguments: Arguments) -> Asking:
    parts: list[Values] = []
    for value in first_argument(arguments):
        if not isinstance(value, ConstValue) or not isinstance(value.value, str) or value.value.startswith("."):
            return unknown(Unresolved.DYNAMIC, "a module imported by a computed name")
        parts.append(one((yield module(value.value, ""))))
        parts.append((yield replaced.replacements(value.value, True)))
    return join(parts)


def _namedtuple(program: Program, arguments: Arguments) -> Asking:
    """A subclass of tuple whose methods CPython compiles from text (Lib/collections/__init__.py)."""
    return (yield names.builtin("tuple"))


def _cached(_: Program, arguments: Arguments) -> Asking:
    """A function that remembers what it gave (CPython `Modules/_functoolsmodule.c`, lru_cache_call)."""
    return frozenset(
        value if isinstance(value, UnknownValue | NothingValue) else MethodValue(NativeValue("cached.__call__"), value)
        for value in first_argument(arguments)
    )
    yield


def _registered(_: Program, arguments: Arguments) -> Asking:
    """`register` gives back the class that it is given (CPython `Modules/_abc.c`)."""
    return arguments.positional[1] if len(arguments.positional) > 1 else unknown(Unresolved.VALUE, "a class")
    yield


_FUNCTIONS = {
    "abc.ABCMeta.register": _registered,
    "collections.namedtuple": _namedtuple,
    "functools._lru_cache_wrapper": _cached,
    "importlib.import_module": _import_module,
    "builtins.getattr": _getattr,
    "builtins.object.__getattribute__": _plain_getattr,
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
