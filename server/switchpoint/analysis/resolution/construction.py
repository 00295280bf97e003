"""Construction: what calling a class gives.

In: a class and arguments. Out: usually an instance that remembers what it was made with; otherwise what a metaclass's
`__call__` or the class's `__new__` gives. This module must not know what suspends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from switchpoint.analysis.resolution import (
    attributes,
    calls,
    classes,
    native_classes,
    overriding,
    parameters,
    transforms,
)
from switchpoint.analysis.resolution.nesting import DEEPEST, bounded
from switchpoint.analysis.resolution.values import (
    NONE,
    Arguments,
    ClassValue,
    Context,
    FunctionValue,
    InstanceValue,
    MethodValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    settled,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


def construct(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """`Class(...)`: what a metaclass's `__call__` or the class's `__new__` gives, usually an instance."""
    native = yield from native_classes.construct(program, cls, arguments)
    if native is not None:
        return native
    meta = yield classes.metaclass(cls)
    if isinstance(meta, ClassValue):
        method = yield attributes.type_attribute(InstanceValue(meta, exact=True), "__call__")
        own = [v for v in method if isinstance(v, MethodValue) and _is_source(v.function)]
        if own:
            parts: list[Values] = []
            for value in own:
                parts.append((yield from calls.call_one(program, value.function, calls.with_first(cls, arguments))))
            return join(parts)
    elif isinstance(meta, UnknownValue):
        return one(meta)
    return (yield from make(program, cls, arguments))


def _is_source(value: Value) -> bool:
    return isinstance(value, FunctionValue) and not value.definition.path.endswith(".pyi")


def make(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    """`type.__call__`: `__new__`, then `__init__` of what it gave (CPython `Objects/typeobject.c`, type_call)."""
    maker = yield attributes.class_attribute(cls, "__new__")
    for value in maker:
        if isinstance(value, UnknownValue) and value.why is not Unresolved.ATTRIBUTE:
            return one(value)
        if isinstance(value, FunctionValue) and _is_source(value):
            made = yield from calls.call_one(
                program, value, calls.with_first(ClassValue(cls.definition, cls.frame, cls.is_open), arguments)
            )
            parts: list[Values] = []
            for result in made:
                if isinstance(result, InstanceValue) and result.cls.definition == cls.definition:
                    initialised: Values = yield from _initialised(program, cls, arguments)
                    parts.append(initialised if result.state == "fresh" else _made_before(initialised))
                else:
                    parts.append(one(result))
            return join(parts)
    return (yield from _initialised(program, cls, arguments))


def _made_before(values: Values) -> Values:
    """Objects that `__new__` had already: they were made, and may have been initialised, with other arguments."""
    return frozenset(replace(v, init=(), state="") if isinstance(v, InstanceValue) else v for v in values)


def _initialised(program: Program, cls: ClassValue, arguments: Arguments) -> Asking:
    context: Context = ()
    fields: tuple[str, ...] = yield transforms.fields_of(cls)
    if fields:
        given = [*zip(fields, arguments.positional, strict=False), *arguments.keywords]
        context = tuple(
            sorted((name, bounded(settled(v), DEEPEST - 1)) for name, v in given if not parameters.says_nothing(v))
        )
    raw: Values = NONE if fields else (yield from _initialiser(program, cls))
    functions = [v for v in raw if isinstance(v, FunctionValue)]
    if len(functions) == 1 and len(raw) == 1:
        given = calls.with_first(InstanceValue(ClassValue(cls.definition, cls.frame)), arguments)
        context = yield from parameters.bind(program, functions[0], given)
        context = tuple(pair for pair in context if not _is_receiver(pair[1], cls))
    fresh = not (program.eager_tasks and (yield from classes.derives_from_named(program, cls, "asyncio.tasks.Task")))
    return one(InstanceValue(ClassValue(cls.definition, cls.frame), context, not cls.is_open, "fresh" if fresh else ""))


def _initialiser(program: Program, cls: ClassValue) -> Asking:
    """What initialises objects of a class. What libraries set on their own classes does as the text of these says."""
    if program.is_own(cls.definition.path):
        return (yield from overriding.declared(program, cls, "__init__"))[0]
    for above in (yield classes.order(cls)):
        raw: Values = NONE if isinstance(above, UnknownValue) else (yield classes.own_member(above, "__init__"))
        if raw or isinstance(above, UnknownValue):
            return raw
    return NONE


def _is_receiver(values: Values, cls: ClassValue) -> bool:
    return len(values) == 1 and values == one(InstanceValue(ClassValue(cls.definition, cls.frame)))
