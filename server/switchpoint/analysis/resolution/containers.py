"""Containers: displays, subscripts, and what is put into them later.

In: forms of displays and subscripts, in a frame. Out: containers of which the items are known as far as the text tells,
and items of them. A container that others can reach is open: it may hold more. This module must not know what suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.resolution import (
    annotations,
    attributes,
    calls,
    evaluation,
    lies,
    overriding,
    protocols,
    stores,
)
from switchpoint.analysis.resolution.values import (
    NONE,
    Arguments,
    ClassValue,
    ConstValue,
    DescriptorValue,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    NothingValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    settled,
    taken_out,
    unknown,
    without_unknown,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.program import Program


_NOTHING = NothingValue()


def display(program: Program, frame: Frame, expr: f.Display, assumed: evaluation.Assumed) -> Asking:
    """The container that a display makes; one of unknown length where a `*` of unknown length is in it."""
    items: list[Values] = []
    kind = expr.kind
    keys: list[str | None] = []
    for item in expr.items:
        inner = yield from evaluation.evaluate(program, frame, item, assumed)
        if isinstance(item, f.Starred):
            inner = yield from with_fillings(program, frame, item.value, inner)
            known = spread(inner)
            if known is None:
                kind = "some" if kind != "dict" else kind
                inner = yield from protocols.elements(program, inner, False)
                items.append(inner)
            else:
                items.extend(map(taken_out, known))
            continue
        items.append(inner)
    for key in expr.keys:
        keys.append(key.value if isinstance(key, f.Const) and isinstance(key.value, str) else None)
    if kind == "dict" and any(key is None for key in expr.keys):
        return one(_merged_dict(expr, items))
    if len(items) > 64:
        return one(DisplayValue("some" if kind != "dict" else kind, (join(items),), (None,) if keys else ()))
    return one(DisplayValue(kind, tuple(settled(item) for item in items), tuple(keys)))


def _merged_dict(expr: f.Display, items: list[Values]) -> DisplayValue:
    """`{**first, "key": value}`: later keys win; a part that is not known makes the rest computed."""
    found: dict[str | None, Values] = {}
    for key, values in zip(expr.keys, items, strict=True):
        if key is not None:
            name = key.value if isinstance(key, f.Const) and isinstance(key.value, str) else None
            found[name] = values if name is not None else join((found.get(None, NONE), values))
            continue
        for value in values:
            match value:
                case DisplayValue(kind="dict", items=inner, keys=names_, is_open=False):
                    for name, item in zip(names_, inner, strict=True):
                        found[name] = item if name is not None else join((found.get(None, NONE), item))
                case _:
                    found[None] = join((found.get(None, NONE), unknown(Unresolved.VALUE, "a ** part of a dict")))
    return DisplayValue("dict", tuple(found.values()), tuple(found))


def spread(values: Values) -> tuple[Values, ...] | None:
    """The items of a display of known length, None when it is not one."""
    if len(values) == 1:
        (value,) = values
        if isinstance(value, DisplayValue) and value.kind in ("tuple", "list") and not value.is_open:
            return value.items
    return None


def with_fillings(program: Program, frame: Frame, base: f.Expr, values: Values) -> Asking:
    """Adds what `base[k] = v` and `base.append(v)` put into a container of this name, here and in other known files;
    where an annotation in the user's files says what the container holds, only what that does not admit."""
    is_own = program.is_own(frame.function.definition.path)
    if not any(_may_be_filled(v) and (is_own or not v.is_declared) for v in values if isinstance(v, DisplayValue)):
        return values
    extra: Values = join((yield from stores.fillings(program, frame, base)))
    parts: list[Values] = []
    for value in values if extra else ():
        if not isinstance(value, DisplayValue) or not _may_be_filled(value):
            parts.append(one(value))
        elif value.is_declared:
            beyond = yield from lies.lies(program, one(value), one(DisplayValue("some", (without_unknown(extra),))))
            parts.append(beyond or one(value))
        else:
            parts.append(one(_filled(value, extra)))
    return join(parts) if extra else values


def _may_be_filled(value: DisplayValue) -> bool:
    return value.kind != "tuple" and (value.is_open or not value.is_whole)


def with_fillings_seen(program: Program, frame: Frame, base: f.Expr, values: Values) -> Asking:
    """Adds the same where others can reach the container: who gets it in the user's files, where annotations may lie,
    knows only what they say of the rest."""
    shared = (v.is_open or v.is_declared for v in values if isinstance(v, DisplayValue) and v.kind != "tuple")
    if not any(shared) or not program.is_own(frame.function.definition.path):
        return values
    return (yield from with_fillings(program, frame, base, values))


def _filled(value: DisplayValue, extra: Values) -> DisplayValue:
    is_dict = value.kind == "dict"
    keys = (*value.keys, None) if value.keys or is_dict else ()
    return DisplayValue("dict" if is_dict else "some", (*value.items, extra), keys, value.is_open)


def subscript(program: Program, frame: Frame, base: f.Expr, index: f.Expr, assumed: evaluation.Assumed) -> Asking:
    """What `base[index]` gives."""
    bases = yield from evaluation.evaluate(program, frame, base, assumed)
    special = annotations.special_form(base)
    if special:
        items = index.items if isinstance(index, f.Display) else (index,)
        return (yield from _alternatives(program, frame, items if special == "all" else items[:1], special, assumed))
    bases = yield from with_fillings(program, frame, base, bases)
    parts: list[Values] = []
    for value in bases:
        match value:
            case ClassValue():
                parts.append((yield from _subscripted(program, frame, value, index)))
            case DisplayValue():
                key = yield from evaluation.evaluate(program, frame, index, assumed)
                parts.append(taken_out(_item(value, key, index)))
            case UnknownValue() | NothingValue():
                parts.append(one(value))
            case FunctionValue():
                parts.append(unknown(Unresolved.VALUE, "the value of a subscript"))
            case InstanceValue(cls=cls) if program.dotted(cls.definition).startswith("typing."):
                parts.append(one(value))  # an alias of a class: as a base and as a type, it is that class
            case _:
                method = yield from attributes.special(program, value, "__getitem__")
                key = yield from evaluation.evaluate(program, frame, index, assumed)
                parts.append((yield from calls.call(program, method, Arguments((key,)))))
    return join(parts)


def _subscripted(program: Program, frame: Frame, cls: ClassValue, index: f.Expr) -> Asking:
    """`C[T]` is `C`, unless its class has a `__class_getitem__` in Python which visibly gives something else, or its
    metaclass has items."""
    asked: Values = yield from attributes.special(program, cls, "__getitem__")
    if asked - {_NOTHING}:
        key: Values = yield from evaluation.evaluate(program, frame, index)
        return (yield from calls.call(program, asked - {_NOTHING}, Arguments((key,))))
    raw, where = yield from overriding.declared(program, cls, "__class_getitem__")
    written = frozenset(v for v in raw if isinstance(v, FunctionValue | DescriptorValue))
    if (
        not written
        or where is None
        or where.definition.path.endswith(".pyi")
        or program.in_stdlib(where.definition.path)
    ):
        return one(cls)
    makers: Values = yield from attributes.attribute(program, one(cls), "__class_getitem__")
    key = yield from evaluation.evaluate(program, frame, index)
    given: Values = yield from calls.call(program, makers, Arguments((key,)))
    return one(cls) | frozenset(v for v in given if isinstance(v, ClassValue | FunctionValue))


def _alternatives(
    program: Program, frame: Frame, items: tuple[f.Expr, ...], special: str, assumed: evaluation.Assumed
) -> Asking:
    """`Optional[X]`, `Union[X, Y]`, `Annotated[X, ...]` as values: type aliases are assigned like anything else."""
    parts: list[Values] = []
    for item in items:
        parts.append((yield from evaluation.evaluate(program, frame, item, assumed)))
    if special == "optional":
        parts.append(one(ConstValue(None)))
    return join(parts)


def _item(value: DisplayValue, key: Values, index: f.Expr) -> Values:
    found = value.items
    if isinstance(index, f.Opaque) and index.builtin == "slice":
        return one(DisplayValue("some", (join(found),), (), value.is_open))
    if value.kind == "dict":
        if len(key) == 1 and isinstance(k := next(iter(key)), ConstValue) and isinstance(k.value, str):
            found = tuple(v for name, v in zip(value.keys, value.items, strict=True) if name in (k.value, None))
    elif isinstance(index, f.Number) and index.exact is not None and value.kind in ("tuple", "list"):
        place = index.exact
        found = (value.items[place],) if -len(value.items) <= place < len(value.items) else ()
    if value.is_open:
        found = (*found, unknown(Unresolved.VALUE, "a container that other code may change"))
    return join(found) if found else one(NothingValue())


def is_container_method(value: Value) -> bool:
    return isinstance(value, MethodValue) and isinstance(value.receiver, DisplayValue)


def methods_with_fillings(program: Program, frame: Frame, base: f.Expr, functions: Values) -> Asking:
    """Methods of the container that `base` names, as those of one that has what is put into it."""
    found: set[Value] = set()
    for value in functions:
        if isinstance(value, MethodValue) and isinstance(value.receiver, DisplayValue):
            owners: Values = yield from with_fillings(program, frame, base, one(value.receiver))
            found.update(MethodValue(value.function, owner) for owner in owners if isinstance(owner, DisplayValue))
        else:
            found.add(value)
    return frozenset(found)
