"""Predicates: functions of CPython that only look at what a value is, such as `isinstance` and `callable`.

In: a called function and its arguments. Out: the answer as a value; None where the function is no predicate. This
module must not know where it is asked.
"""

from __future__ import annotations

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import attributes, checks, classes, lacking, presence
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClaimedValue,
    ClassValue,
    ConstValue,
    DescriptorValue,
    DisplayValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NativeValue,
    NothingValue,
    NumberValue,
    PartialValue,
    StepValue,
    SuperValue,
    UnknownValue,
    Value,
    Values,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

PREDICATES: dict[str, str] = {
    "inspect.iscoroutinefunction": "coroutine function",
    "asyncio.coroutines.iscoroutinefunction": "coroutine function",
    "asyncio.iscoroutinefunction": "coroutine function",
    "inspect.isasyncgenfunction": "async generator function",
    "inspect.isgeneratorfunction": "generator function",
    "inspect.isawaitable": "awaitable",
    "inspect.iscoroutine": "coroutine",
    "asyncio.coroutines.iscoroutine": "coroutine",
    "asyncio.iscoroutine": "coroutine",
    "inspect.isasyncgen": "async generator",
    "inspect.isgenerator": "generator",
    "builtins.callable": "callable",
    "builtins.isinstance": "isinstance",
    "builtins.issubclass": "issubclass",
    "builtins.hasattr": "hasattr",
}
"""Functions that only look at the kind of an object (CPython 3.13 Lib/inspect.py, Lib/asyncio/coroutines.py)."""


def predicate(program: Program, function: Values, arguments: Arguments) -> Asking:
    """What calling one of the predicates gives; None when `function` is not one of them."""
    if len(function) != 1 or not arguments.positional or arguments.rest:
        return None
    (called,) = function
    if not isinstance(called, FunctionValue):
        return None
    name = program.dotted(called.definition)
    kind = PREDICATES.get(name)
    if kind is None:
        return None
    subject, *more = arguments.positional
    other = more[0] if more else NONE
    if not subject or (more and not other):
        return NONE
    found: set[bool | None] = set()
    for value in subject:
        found.add((yield from _is(program, value, kind, other)))
    if len(found) == 1 and None not in found:
        return one(ConstValue(found.pop()))
    return unknown(Unresolved.VALUE, "the result of a test")


def _is(program: Program, value: Value, kind: str, other: Values) -> Asking:
    if isinstance(value, UnknownValue | ClaimedValue | NothingValue):
        return None
    match kind:
        case "isinstance":
            return (yield from is_instance(program, value, other))
        case "issubclass":
            return (yield from _is_subclass(program, value, other))
        case "hasattr":
            return (yield from _has_attribute(program, value, other))
        case "callable":
            return (yield from _is_callable(program, value))
        case "awaitable":
            return (yield from _is_awaitable(program, value))
        case _:
            return (yield from _has_kind(program, value, kind))


def _has_kind(program: Program, value: Value, kind: str) -> Asking:
    is_function = kind.endswith("function")
    while isinstance(value, MethodValue | PartialValue):
        value = value.function
    match value:
        case FunctionValue(definition=definition) | ActivationValue(function=FunctionValue(definition=definition)):
            form: f.FunctionForm | None = yield function_form(*definition)
            if form is None or is_function != isinstance(value, FunctionValue):
                return None if form is None else False
            if form.kind is f.FunctionKind.GENERATOR and "coroutine" in kind:
                return None
            if form.kind is f.FunctionKind.PLAIN and kind == "coroutine function":
                # A mark makes anything that can be called count as one.
                return None if (yield from _marks_coroutine_functions(program)) else False
            return form.kind.value == kind.removesuffix(" function")
        case InstanceValue() if kind == "coroutine function" and (yield from _marks_coroutine_functions(program)):
            return None
        case InstanceValue() if kind == "coroutine":
            found = yield from attributes.special(program, value, "__await__")
            return _found(found, value.exact) and None
        case InstanceValue(exact=False) | NativeValue() | StepValue():
            return None
        case _:
            return False


def _marks_coroutine_functions(program: Program) -> Asking:
    """Whether some known file calls `inspect.markcoroutinefunction` (3.12), or sets the older attribute."""
    marked = (*(yield setters_of("_is_coroutine_mark")), *(yield setters_of("_is_coroutine")))
    return any(not program.in_stdlib(path) for path, _ in marked)


def _is_callable(program: Program, value: Value) -> Asking:
    match value:
        case FunctionValue() | ClassValue() | MethodValue() | PartialValue() | NativeValue():
            return True
        case InstanceValue():
            found = yield from attributes.special(program, value, "__call__")
            return _found(found, value.exact)
        case DescriptorValue() | ModuleValue() | SuperValue():
            return None
        case _:
            return False


def _is_awaitable(program: Program, value: Value) -> Asking:
    match value:
        case ActivationValue():
            return (yield from _has_kind(program, value, "coroutine"))
        case StepValue():
            return True
        case InstanceValue():
            found = yield from attributes.special(program, value, "__await__")
            return _found(found, value.exact)
        case NativeValue() | ModuleValue() | SuperValue():
            return None
        case ClassValue():
            return None if (yield classes.metaclasses(value)) else False
        case _:
            return False


def _found(found: Values, exact: bool) -> bool | None:
    """Whether a special method is there, from what looking it up gave."""
    if not found or all(isinstance(v, NothingValue) for v in found):
        return False if exact else None
    return None if any(isinstance(v, UnknownValue | NothingValue) for v in found) else True


def _has_attribute(program: Program, value: Value, other: Values) -> Asking:
    if len(other) != 1 or not isinstance(name := next(iter(other)), ConstValue) or not isinstance(name.value, str):
        return None
    if isinstance(value, ConstValue):
        return None
    if (yield from lacking.lacks(program, value, name.value)):
        held: Values = yield from attributes.attribute(program, one(value), name.value)
        return False if held == one(NothingValue()) else None
    if isinstance(value, InstanceValue | ClassValue):
        # What is stored on an instance need not be there yet; only what its class has is.
        cls = value.cls if isinstance(value, InstanceValue) else value
        return (yield presence.surely_has(cls, name.value)) or None
    if isinstance(value, ModuleValue):
        return (yield presence.surely_binds(value.path, name.value)) or None
    found = yield from attributes.attribute(program, one(value), name.value)
    return True if found and not any(isinstance(v, UnknownValue | NothingValue) for v in found) else None


def classes_in(other: Values) -> list[Value]:
    found: list[Value] = []
    for value in other:
        if isinstance(value, DisplayValue) and value.kind == "tuple":
            found.extend(v for item in value.items for v in item)
        else:
            found.append(value)
    return found


def is_instance(program: Program, value: Value, other: Values) -> Asking:
    """What `isinstance` says of a value, True, False or None."""
    results: list[bool | None] = []
    for cls in classes_in(other):
        results.append((yield from _is_instance_of(program, value, cls)))
    if True in results and len(other) == 1:
        return True
    return False if results and all(result is False for result in results) else None


def _is_instance_of(program: Program, value: Value, cls: Value) -> Asking:
    if not isinstance(cls, ClassValue):
        return None
    name = program.dotted(cls.definition)
    if (yield checks.has_open_check(cls)):
        return None
    match value:
        case InstanceValue():
            if (yield from classes.derives(program, value.cls, cls)):
                return True
            if not (yield from classes.is_fully_known(program, value.cls)):
                return None
            if not value.exact and (yield from classes.derives(program, cls, value.cls)):
                return None
            if value.exact and not value.cls.is_open:
                return False
            return (yield from _no_subclass_is(program, value.cls, cls))
        case ConstValue() | NumberValue() | DisplayValue():
            return _builtin_is(value, name)
        case ClassValue():
            return True if name == "builtins.type" else None
        case FunctionValue() | MethodValue():
            return False if not name.startswith(("types.", "builtins.object", "typing.", "collections.abc.")) else None
        case PartialValue():
            return name == "functools.partial" or None
        case ActivationValue():
            return (yield from _is_builtin_activation(program, value, name))
        case _:
            return None


def _no_subclass_is(program: Program, cls: ClassValue, other: ClassValue) -> Asking:
    """False when no known subclass of one class derives from the other as well."""
    if program.overrides == "strict":
        return None
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(cls)
    if below is None:
        return None
    for candidate in below:
        if (yield from classes.derives(program, candidate, other)) or not (
            yield from classes.is_fully_known(program, candidate)
        ):
            return None
    return False


def _is_builtin_activation(program: Program, value: ActivationValue, name: str) -> Asking:
    kinds = {"types.CoroutineType": "coroutine", "types.GeneratorType": "generator"}
    kinds["types.AsyncGeneratorType"] = "async generator"
    if name in kinds:
        return (yield from _has_kind(program, value, kinds[name]))
    return None if name.startswith(("typing.", "collections.abc.", "_collections_abc.", "builtins.object")) else False


def _builtin_is(value: Value, name: str) -> bool | None:
    kinds: dict[str, type] = {
        "builtins.str": ConstValue, "builtins.int": NumberValue, "builtins.bool": ConstValue,
        "builtins.dict": DisplayValue, "builtins.list": DisplayValue, "builtins.tuple": DisplayValue,
        "builtins.set": DisplayValue,
    }  # fmt: skip
    if isinstance(value, ConstValue) and value.value is None:
        return False if name not in ("builtins.object", "types.NoneType") else None
    if name not in kinds:
        return None if name.startswith(("typing.", "collections.", "numbers.", "builtins.", "_coll")) else False
    if name == "builtins.int" and isinstance(value, ConstValue):
        return isinstance(value.value, bool)
    return None if isinstance(value, kinds[name]) else False


def _is_subclass(program: Program, value: Value, other: Values) -> Asking:
    if not isinstance(value, ClassValue):
        return None
    for cls in classes_in(other):
        if isinstance(cls, ClassValue) and (yield from classes.derives(program, value, cls)):
            return None if (yield checks.has_open_check(cls)) else True
    return None
