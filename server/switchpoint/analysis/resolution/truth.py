"""Conditions: what a test is for the values at hand, and what a name can be where a test held.

In: a frame and a test. Out: True, False or None (not decided), or fewer values. A test is decided only when every
alternative agrees. This module must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import attributes, classes, evaluation, names
from switchpoint.analysis.resolution.program import Program
from switchpoint.analysis.resolution.values import (
    NONE,
    ActivationValue,
    Arguments,
    ClassValue,
    ConstValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    NativeValue,
    NothingValue,
    NumberValue,
    PartialValue,
    StepValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

Assumed = tuple[f.Local, Values] | None

PENDING = "pending"
"""The bottom of decisions: nothing flows here yet. Neither branch is alive until something does."""


def is_dead(program: Program, frame: Frame, form: f.FunctionForm, region: int) -> Asking:
    """Whether code of this region cannot run in this frame."""
    while region > 0:
        where = form.regions[region]
        if where.imports:
            missing = yield names.some_missing(frame.function.definition.path, where.imports)
            if missing == where.holds:
                return True
        elif where.test is not None and is_cheap(where.test) and depends_on_context(frame, form, where.test):
            decided = yield decided_in(frame, where.test)
            if decided is not None and decided is not where.holds:
                return True
        region = where.parent
    return False


def is_cheap(test: f.Expr) -> bool:
    """Whether a test is worth trying just to tell which bindings are alive: no calls but predicates on names."""
    match test:
        case f.Const() | f.Number() | f.Local() | f.Free() | f.Global() | f.Scoped():
            return True
        case f.Attribute(base=base):
            return is_cheap(base)
        case f.Not(value=value):
            return is_cheap(value)
        case f.Choice(options=options, test=None):
            return all(map(is_cheap, options))
        case f.Compare(left=left, right=right):
            return is_cheap(left) and is_cheap(right)
        case f.Subscript(base=base, index=index):
            return is_cheap(base) and is_cheap(index)
        case f.Display(items=items):
            return len(items) < 6 and all(map(is_cheap, items))
        case f.Call(function=function, arguments=arguments):
            return len(arguments) in (1, 2) and is_cheap(function) and all(map(is_cheap, arguments))
        case _:
            return False


def depends_on_context(frame: Frame, form: f.FunctionForm, test: f.Expr) -> bool:
    """Whether a test speaks only of what is the same everywhere, or of arguments that this frame knows."""
    known = {name for name, _ in frame.context}
    work: list[object] = [test]
    while work:
        item = work.pop()
        match item:
            case f.Local(reaching=reaching):
                for index in reaching:
                    match form.bindings[index].source:
                        case f.FromParameter(name=name):
                            if name not in known:
                                return False
                        case f.FromValue(value=f.Narrowed(value=inner)):
                            work.append(inner)
                        case _:
                            return False
            case f.Free() | f.Scoped():
                return False
            case f.Attribute(base=inner) | f.Not(value=inner):
                work.append(inner)
            case f.Choice(options=options):
                work.extend(options)
            case f.Compare(left=left, right=right):
                work.extend((left, right))
            case f.Call(function=function, arguments=arguments):
                work.extend((function, *arguments))
            case f.Subscript(base=base, index=index_):
                work.extend((base, index_))
            case _:
                pass
    return True


@query(bottom=lambda *_: PENDING, widen=lambda *_: None)
def decided_in(program: Program, frame: Frame, test: f.Expr) -> Asking:
    """What `test` is in `frame`: True, False or None."""
    return (yield from decide(program, frame, test))


def decide(program: Program, frame: Frame, test: f.Expr, assumed: Assumed = None) -> Asking:
    match test:
        case f.Not(value=value):
            inner = yield from decide(program, frame, value, assumed)
            return not inner if isinstance(inner, bool) else inner
        case f.Choice(options=options, operator="and" | "or" as operator):
            return (yield from _combined(program, frame, options, operator == "or", assumed))
        case f.Compare():
            return (yield from _compare(program, frame, test, assumed))
        case _:
            values = yield from evaluation.evaluate(program, frame, test, assumed)
            return (yield from truth_of(program, values))


def _combined(program: Program, frame: Frame, options: tuple[f.Expr, ...], stops: bool, assumed: Assumed) -> Asking:
    open_ = False
    for option in options:
        decided = yield from decide(program, frame, option, assumed)
        if decided is stops or decided is PENDING:
            return decided
        open_ = open_ or decided is None
    return None if open_ else not stops


def truth_of(program: Program, values: Values) -> Asking:
    """Whether all of these are true, or all false; `PENDING` for none at all."""
    if not values:
        return PENDING
    found: set[bool | None] = set()
    for value in values:
        found.add((yield from _truth(program, value)))
    return found.pop() if len(found) == 1 else None


def only(program: Program, values: Values, wanted: bool) -> Asking:
    """Those values that can be true (or false)."""
    kept: list[Value] = []
    for value in values:
        truth = yield from _truth(program, value)
        if truth is None or truth is wanted:
            kept.append(value)
    return frozenset(kept)


def _truth(program: Program, value: Value) -> Asking:
    match value:
        case ConstValue(value=const):
            return bool(const)
        case NumberValue(sign=sign):
            return sign != 0
        case DisplayValue(kind=kind, items=items, is_open=is_open):
            return None if is_open or kind == "some" or (kind == "dict" and items) else bool(items)
        case FunctionValue() | ClassValue() | MethodValue() | ActivationValue() | StepValue() | ModuleValue():
            return True
        case InstanceValue() if value.exact:
            return True if (yield classes.is_always_true(value.cls)) else None
        case _:
            return None
    yield


_OPPOSITE = {"is not": "is", "!=": "==", "not in": "in"}


def _compare(program: Program, frame: Frame, test: f.Compare, assumed: Assumed) -> Asking:
    static = _static(program, test)
    if static is not None:
        return static
    left = yield from evaluation.evaluate(program, frame, test.left, assumed)
    right = yield from evaluation.evaluate(program, frame, test.right, assumed)
    operator = _OPPOSITE.get(test.operator, test.operator)
    if not left or not right:
        return PENDING
    found: set[bool | None] = set()
    for first in left:
        for second in right:
            found.add((yield from _related(program, first, operator, second)))
    if len(found) != 1 or None in found:
        return None
    (same,) = found
    return (not same) if test.operator in _OPPOSITE else same


def _static(program: Program, test: f.Compare) -> bool | None:
    """`sys.version_info` and `sys.platform`, as the target has them."""
    match test.left, test.right:
        case f.Attribute(base=f.Global(name="sys"), name="version_info"), f.Display(items=items):
            return _version(program, test.operator, items)
        case f.Attribute(base=f.Global(name="sys"), name="platform"), f.Const(value=str(name)):
            same = program.environment.platform == name
            return same if test.operator == "==" else not same if test.operator == "!=" else None
        case _:
            return None


def _version(program: Program, operator: str, items: tuple[f.Expr, ...]) -> bool | None:
    asked = tuple(item.exact for item in items if isinstance(item, f.Number) and item.exact is not None)[:2]
    if len(asked) != min(len(items), 2):
        return None
    target = program.environment.version[: len(asked)]
    full = len(items) <= 2
    match operator:
        case ">=":
            return target >= asked
        case "<":
            return target < asked
        case ">":
            return target > asked or (full and len(asked) <= 2 and target == asked)
        case "<=":
            return target < asked
        case _:
            return None


def _related(program: Program, first: Value, operator: str, second: Value) -> Asking:
    match operator:
        case "is":
            return _identical(first, second)
        case "==":
            return _equal(first, second)
        case "in":
            return (yield from _contained(program, first, second))
        case "<" | "<=" | ">" | ">=":
            return _ordered(first, operator, second)
        case _:
            return None


def _identical(first: Value, second: Value) -> bool | None:
    if isinstance(first, UnknownValue | NothingValue) or isinstance(second, UnknownValue | NothingValue):
        return None
    if isinstance(first, ConstValue) and isinstance(second, ConstValue):
        return first == second if not isinstance(first.value, str) else (None if first == second else False)
    if isinstance(first, ConstValue) or isinstance(second, ConstValue):
        return False
    if isinstance(first, FunctionValue | ClassValue | ModuleValue) and type(first) is type(second):
        if first == second and not (isinstance(first, ClassValue) and first.is_open):
            return True if isinstance(first, ModuleValue) or first.frame is None else None
        return None if isinstance(first, ClassValue) else False
    return None if type(first) is type(second) else False


def _equal(first: Value, second: Value) -> bool | None:
    match first, second:
        case ConstValue(), ConstValue():
            return first == second
        case NumberValue(sign=a), NumberValue(sign=b):
            return (True if a == 0 else None) if a == b else False
        case (ConstValue(value=None), InstanceValue()) | (InstanceValue(), ConstValue(value=None)):
            return None
        case (ConstValue(value=None), NumberValue()) | (NumberValue(), ConstValue(value=None)):
            return False
        case _:
            return None


def _ordered(first: Value, operator: str, second: Value) -> bool | None:
    if not isinstance(first, NumberValue) or not isinstance(second, NumberValue):
        return None
    if first.sign == second.sign:
        return operator in ("<=", ">=") if first.sign == 0 else None
    return first.sign < second.sign if operator in ("<", "<=") else first.sign > second.sign


def _contained(program: Program, first: Value, second: Value) -> Asking:
    if not isinstance(second, DisplayValue) or second.is_open or second.kind in ("some", "dict"):
        return None
    parts: set[bool | None] = set()
    for item in second.items:
        for value in item:
            parts.add(_equal(first, value))
    if parts <= {False}:
        return False
    if True in parts and all(len(item) == 1 for item in second.items):
        return True
    return None
    yield


# predicates of CPython that look at what a value is

_PREDICATES: dict[str, str] = {
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
    kind = _PREDICATES.get(name)
    if kind is None:
        return None
    if not arguments.positional[0] or (len(arguments.positional) > 1 and not arguments.positional[1]):
        return NONE
    found: set[bool | None] = set()
    other = arguments.positional[1] if len(arguments.positional) > 1 else NONE
    for value in arguments.positional[0]:
        found.add((yield from _is(program, value, kind, other)))
    if len(found) == 1 and None not in found:
        return one(ConstValue(found.pop()))
    return unknown(Unresolved.VALUE, "a condition")


def _is(program: Program, value: Value, kind: str, other: Values) -> Asking:
    if isinstance(value, UnknownValue | NothingValue):
        return None
    match kind:
        case "isinstance":
            return (yield from _is_instance(program, value, other))
        case "issubclass":
            return (yield from _is_subclass(program, value, other))
        case "hasattr":
            return (yield from _has_attribute(program, value, other))
        case "callable":
            return (yield from _is_callable(program, value))
        case "awaitable":
            return (yield from _is_awaitable(program, value))
        case _:
            return (yield from _has_kind(value, kind))


def _has_kind(value: Value, kind: str) -> Asking:
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
            return form.kind.value == kind.removesuffix(" function")
        case InstanceValue(exact=False) | NativeValue() | StepValue():
            return None
        case _:
            return False


def _is_callable(program: Program, value: Value) -> Asking:
    match value:
        case FunctionValue() | ClassValue() | MethodValue() | PartialValue() | NativeValue():
            return True
        case InstanceValue():
            found = yield from attributes.special(program, value, "__call__")
            return _found(found, value.exact)
        case _:
            return False


def _is_awaitable(program: Program, value: Value) -> Asking:
    match value:
        case ActivationValue():
            return (yield from _has_kind(value, "coroutine"))
        case StepValue():
            return True
        case InstanceValue():
            found = yield from attributes.special(program, value, "__await__")
            return _found(found, value.exact)
        case NativeValue():
            return None
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
    if isinstance(value, InstanceValue):
        # What is stored on an instance need not be there yet; only what its class has is.
        found = yield from attributes.special(program, value, name.value)
    else:
        found = yield from attributes.attribute(program, one(value), name.value)
    return True if found and not any(isinstance(v, UnknownValue | NothingValue) for v in found) else None


def _classes_in(other: Values) -> list[Value]:
    found: list[Value] = []
    for value in other:
        if isinstance(value, DisplayValue) and value.kind == "tuple":
            found.extend(v for item in value.items for v in item)
        else:
            found.append(value)
    return found


def _is_instance(program: Program, value: Value, other: Values) -> Asking:
    results: list[bool | None] = []
    for cls in _classes_in(other):
        results.append((yield from _is_instance_of(program, value, cls)))
    if True in results and len(other) == 1:
        return True
    return False if results and all(result is False for result in results) else None


def _is_instance_of(program: Program, value: Value, cls: Value) -> Asking:
    if not isinstance(cls, ClassValue):
        return None
    name = program.dotted(cls.definition)
    if (yield classes.has_open_check(cls)):
        return None
    match value:
        case InstanceValue():
            if (yield from classes.derives(program, value.cls, cls)):
                return True
            if not (yield from classes.is_fully_known(program, value.cls)):
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
            return (yield from _is_builtin_activation(value, name))
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
        if (yield from classes.derives(program, candidate, other)) or not (yield from classes.is_fully_known(program, candidate)):
            return None
    return False


def _is_builtin_activation(value: ActivationValue, name: str) -> Asking:
    kinds = {"types.CoroutineType": "coroutine", "types.GeneratorType": "generator"}
    kinds["types.AsyncGeneratorType"] = "async generator"
    if name in kinds:
        return (yield from _has_kind(value, kinds[name]))
    return None if name.startswith(("typing.", "collections.abc.", "_collections_abc.", "builtins.object")) else False


def _builtin_is(value: Value, name: str) -> bool | None:
    kinds = {
        "builtins.str": ConstValue, "builtins.int": NumberValue, "builtins.bool": ConstValue, "builtins.dict": DisplayValue,
        "builtins.list": DisplayValue, "builtins.tuple": DisplayValue, "builtins.set": DisplayValue,
    }  # fmt: skip
    if isinstance(value, ConstValue) and value.value is None:
        return False if name not in ("builtins.object", "types.NoneType") else None
    if name not in kinds:
        return None if name.startswith(("typing.", "collections.", "numbers.", "builtins.", "_coll")) else False
    return None if isinstance(value, kinds[name]) else False


def _is_subclass(program: Program, value: Value, other: Values) -> Asking:
    if not isinstance(value, ClassValue):
        return None
    for cls in _classes_in(other):
        if isinstance(cls, ClassValue) and (yield from classes.derives(program, value, cls)):
            return True
    return None


# narrowing


def narrow(program: Program, frame: Frame, subject: f.Expr, values: Values, test: f.Expr, holds: bool) -> Asking:
    """Of `values`, those for which `test` can be `holds`; an unknown that passed `isinstance` is of that class."""
    if not isinstance(subject, f.Local):
        return values
    kept: list[Values] = []
    for value in values:
        decided = yield from decide(program, frame, test, (subject, one(value)))
        if decided is not None and decided is not holds:
            continue
        kept.append((yield from _sharpened(program, frame, subject, value, test, holds)))
    return join(kept) if kept else one(NothingValue()) if values else NONE


def _sharpened(program: Program, frame: Frame, subject: f.Local, value: Value, test: f.Expr, holds: bool) -> Asking:
    match test:
        case f.Not(value=inner):
            return (yield from _sharpened(program, frame, subject, value, inner, not holds))
        case f.Choice(options=options, operator="and") if holds:
            result = one(value)
            for option in options:
                if isinstance(value, UnknownValue):
                    result = yield from _sharpened(program, frame, subject, value, option, holds)
                    if result != one(value):
                        return result
            return result
        case f.Call(function=f.Global(name="isinstance"), arguments=(first, cls)) if holds and first == subject:
            return (yield from _as_instance(program, frame, value, cls))
        case _:
            return one(value)


def _as_instance(program: Program, frame: Frame, value: Value, cls: f.Expr) -> Asking:
    found = yield from evaluation.evaluate(program, frame, cls)
    instances: list[Value] = []
    for item in _classes_in(found):
        if not isinstance(item, ClassValue):
            return one(value)
        if (yield classes.has_open_check(item)):
            return one(value)
        if isinstance(value, UnknownValue):
            instances.append(InstanceValue(item))
        elif isinstance(value, InstanceValue) and not value.exact and (yield from classes.derives(program, item, value.cls)):
            instances.append(InstanceValue(item))
        else:
            return one(value)
    return frozenset(instances) or one(value)
