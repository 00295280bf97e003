"""Classes of CPython whose instances are not plain: descriptors, partials, containers, `type` itself.

In: a class by its dotted name, and arguments. Out: what calling it gives; None when it is a class like any other.
Each name here is proved to exist by a test. Facts: CPython 3.13 `Objects/descrobject.c`,
`Modules/_functoolsmodule.c`, Library Reference. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.files import typeshed_stub
from switchpoint.analysis.resolution import attributes, calls, names, natives, protocols, truth
from switchpoint.analysis.resolution.values import (
    NONE,
    Arguments,
    ClassValue,
    ConstValue,
    DescriptorValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NothingValue,
    NumberValue,
    PartialValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    taken_out,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program

    Handler: TypeAlias = Callable[[Program, Arguments], Asking]


def construct(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """Calling one of CPython's own classes; None when it is a class like any other."""
    name = program.dotted(cls.definition)
    handler = _CLASSES.get(name)
    made: Values | None = None if handler is None else (yield from handler(program, arguments))
    return _of_some_subclass(made) if made and (cls.is_open or name == "builtins.tuple") else made


def _of_some_subclass(made: Values) -> Values:
    """Of `tuple` that may be what `namedtuple` makes."""
    return frozenset(replace(v, is_declared=True) if isinstance(v, DisplayValue) else v for v in made)


def _descriptor(kind: str) -> Handler:
    def made(_: Program, arguments: Arguments) -> Asking:
        return frozenset(DescriptorValue(kind, v) for v in natives.first_argument(arguments)) or None
        yield

    return made


def _partial(_: Program, arguments: Arguments) -> Asking:
    return _held(arguments)
    yield


def _partial_method(_: Program, arguments: Arguments) -> Asking:
    return frozenset(DescriptorValue("partialmethod", v) for v in _held(arguments))
    yield


def _held(arguments: Arguments) -> Values:
    positional = tuple(map(taken_out, arguments.positional[1:]))
    keywords = tuple((name, taken_out(values)) for name, values in arguments.keywords)
    held = Arguments(positional, keywords, arguments.rest, arguments.others)
    return frozenset(
        v if isinstance(v, UnknownValue | NothingValue) else PartialValue(v, held)
        for v in natives.first_argument(arguments)
    )


def _type(_: Program, arguments: Arguments) -> Asking:
    """With one argument its class; with three a new class."""
    if len(arguments.positional) == 1 and not arguments.rest:
        parts: list[Values] = []
        for value in natives.first_argument(arguments):
            parts.append((yield from _type_of(value)))
        return join(parts)
    return unknown(Unresolved.VALUE, "a class made at run time")


def _type_of(value: Value) -> Asking:
    match value:
        case InstanceValue(cls=cls, exact=exact):
            return one(ClassValue(cls.definition, cls.frame, not exact or cls.is_open))
        case UnknownValue():
            return one(value)
        case ModuleValue():
            return (yield from _of_types("ModuleType"))
        case MethodValue(function=FunctionValue()):
            return (yield from _of_types("MethodType"))
        case _:
            return unknown(Unresolved.VALUE, "type()")


def _of_types(name: str) -> Asking:
    stub = typeshed_stub("types")
    return NONE if stub is None else (yield names.own_global(str(stub), name))


def _super(_: Program, _arguments: Arguments) -> Asking:
    return unknown(Unresolved.VALUE, "super with computed arguments")
    yield


def _container(kind: str) -> Handler:
    def made(program: Program, arguments: Arguments) -> Asking:
        if not arguments.positional:
            return one(DisplayValue(kind, ()))
        only = arguments.positional[0]
        if kind == "tuple" and all(isinstance(v, DisplayValue) and v.kind == "tuple" for v in only):
            return only
        return one(DisplayValue("some", ((yield from protocols.elements(program, only, False)),)))

    return made


def _dict(program: Program, arguments: Arguments) -> Asking:
    keys: tuple[str | None, ...] = tuple(name for name, _ in arguments.keywords)
    items = tuple(values for _, values in arguments.keywords)
    extra: Values = arguments.others
    is_open = False
    for value in natives.first_argument(arguments):
        if isinstance(value, DisplayValue) and value.kind == "dict":
            extra = join((extra, *value.items))
            is_open = is_open or value.is_open
        else:
            pairs: Values = yield from protocols.elements(program, one(value), False)
            extra = join((extra, *(_second_of(pair) for pair in pairs)))
    if extra:
        return one(DisplayValue("dict", (*items, extra), (*keys, None), is_open))
    return one(DisplayValue("dict", items, keys, is_open))


def _second_of(pair: Value) -> Values:
    if isinstance(pair, DisplayValue) and pair.kind == "tuple" and len(pair.items) == 2:
        return pair.items[1]
    return NONE if isinstance(pair, NothingValue) else unknown(Unresolved.VALUE, "an item of a dict")


def _map(program: Program, arguments: Arguments) -> Asking:
    columns: list[Values] = []
    for argument in arguments.positional[1:]:
        columns.append((yield from protocols.elements(program, argument, False)))
    result = yield from calls.call(program, natives.first_argument(arguments), Arguments(tuple(columns)))
    return one(DisplayValue("some", (result,)))


def _zip(program: Program, arguments: Arguments) -> Asking:
    columns: list[Values] = []
    for argument in arguments.positional:
        columns.append((yield from protocols.elements(program, argument, False)))
    return one(DisplayValue("some", (one(DisplayValue("tuple", tuple(columns))),)))


def _enumerate(program: Program, arguments: Arguments) -> Asking:
    inner = yield from protocols.elements(program, natives.first_argument(arguments), False)
    number: Values = frozenset({NumberValue(0), NumberValue(1)})
    return one(DisplayValue("some", (one(DisplayValue("tuple", (number, inner))),)))


def _items_of(place: int) -> Handler:
    """An iterator over what the argument at `place` holds."""

    def made(program: Program, arguments: Arguments) -> Asking:
        source = arguments.positional[place] if arguments.positional else NONE
        return one(DisplayValue("some", ((yield from protocols.elements(program, source, False)),)))

    return made


def _reversed(program: Program, arguments: Arguments) -> Asking:
    """What `__reversed__` gives, where the class has one; otherwise the items, which a sequence gives by number."""
    parts: list[Values] = []
    for value in natives.first_argument(arguments):
        maker: Values = yield from attributes.special(program, value, "__reversed__")
        own = frozenset(v for v in maker if isinstance(v, MethodValue) and isinstance(v.function, FunctionValue))
        if isinstance(value, InstanceValue):
            maker = own or (yield from attributes.special(program, value, "__getitem__"))
            index = () if own else (unknown(Unresolved.VALUE, "an index"),)
            made = yield from calls.call(program, maker, Arguments(index))
            parts.append((yield from protocols.elements(program, made, False)) if own else made)
        else:
            parts.append((yield from protocols.elements(program, one(value), False)))
    return one(DisplayValue("some", (join(parts),)))


def _bool(program: Program, arguments: Arguments) -> Asking:
    decided = yield from truth.truth_of(program, natives.first_argument(arguments))
    return one(ConstValue(decided)) if isinstance(decided, bool) and arguments.positional else None


def _method(_: Program, arguments: Arguments) -> Asking:
    if len(arguments.positional) != 2:
        return None
    functions, receivers = arguments.positional
    return frozenset(MethodValue(function, receiver) for function in functions for receiver in receivers)
    yield


_CLASSES: dict[str, Handler] = {
    "abc.abstractclassmethod": _descriptor("classmethod"),
    "abc.abstractproperty": _descriptor("property"),
    "abc.abstractstaticmethod": _descriptor("staticmethod"),
    "builtins.bool": _bool,
    "builtins.classmethod": _descriptor("classmethod"),
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.filter": _items_of(-1),
    "builtins.frozenset": _container("some"),
    "builtins.list": _container("list"),
    "builtins.map": _map,
    "builtins.property": _descriptor("property"),
    "builtins.reversed": _reversed,
    "builtins.set": _container("some"),
    "builtins.staticmethod": _descriptor("staticmethod"),
    "builtins.super": _super,
    "builtins.tuple": _container("tuple"),
    "builtins.type": _type,
    "builtins.zip": _zip,
    "collections.deque": _container("some"),
    "functools.cached_property": _descriptor("property"),
    "functools.partial": _partial,
    "functools.partialmethod": _partial_method,
    "types.MethodType": _method,
}
NATIVE_CLASSES = frozenset(_CLASSES)
