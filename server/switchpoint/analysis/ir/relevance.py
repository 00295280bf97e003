"""Which parameters can matter to what a function suspends at, returns, yields or stores.

In: a function's form and those of the functions inside it. Out: parameter names. Contexts are keyed by the values of
these parameters only, so that calls that differ in nothing that matters share one answer. This module must not know
values.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import (
    Attribute,
    Call,
    ClassForm,
    Compare,
    Free,
    FromJoin,
    FromParameter,
    FromValue,
    FunctionForm,
    Global,
    Local,
    Subscript,
)
from switchpoint.analysis.ir.scopes import NO_NAMES, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def relevant_parameters(
    form: FunctionForm, functions: Mapping[str, FunctionForm], classes: Mapping[str, ClassForm]
) -> frozenset[str]:
    """The parameters that flow, through bindings, into something that others can observe."""
    if not form.parameters:
        return NO_NAMES
    names: set[str] = set()
    captured: set[str] = set()
    seen: set[int] = set()
    work: list[object] = [*_roots(form), *_made_here(form.name, functions, classes)]
    while work:
        item = work.pop()
        if isinstance(item, Local):
            work.extend(_sources(form, item.reaching, seen, names))
        elif isinstance(item, Call) and item.function == Global("super") and form.parameters:
            names.add(form.parameters[0].name)
            work.extend(item.arguments)
        elif isinstance(item, Free):
            if item.level == 0:
                captured.add(item.name)
        elif isinstance(item, tuple):
            work.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        else:
            work.extend([getattr(item, name) for name in _field_names(type(item))])
    captured |= _captured(form, functions)
    return frozen(names | {p.name for p in form.parameters if p.name in captured})


@cache
def _field_names(cls: type) -> tuple[str, ...]:
    """The fields that can hold further forms."""
    return tuple(field.name for field in fields(cls) if field.type not in _NO_FORMS) if is_dataclass(cls) else ()


_NO_FORMS = frozenset(
    {"str", "str | None", "bool", "bool | str | None", "int", "int | None", "int | tuple[int, int] | None", "Place",
     "SiteKind", "Unresolved", "tuple[int, ...]", "frozenset[str]"}
)  # fmt: skip


def _roots(form: FunctionForm) -> Iterator[object]:
    yield from (site.operand for site in form.sites)
    yield from (value for value, _ in form.returns)
    yield from form.yields
    yield from (part for store in form.stores for part in (store.base, store.value))
    yield from (region.test for region in form.regions if region.needs is not None)
    yield from (form.bindings[index].source for _, index in form.outer_writes)
    yield form.flow
    for call, _ in form.calls:
        if isinstance(call, Call) and isinstance(call.function, Attribute) and call.function.name == "__init__":
            yield call


def _made_here(name: str, functions: Mapping[str, FunctionForm], classes: Mapping[str, ClassForm]) -> Iterator[object]:
    """What the headers of inner functions and classes evaluate; those further inside read captured names."""
    for inside, cls in classes.items():
        if inside.rpartition(".")[0] == name:
            yield from (cls.bases, cls.decorators, cls.keywords)
    for inside, function in functions.items():
        if inside.rpartition(".")[0] == name:
            yield function.decorators
            yield from (parameter.default for parameter in function.parameters)


def _sources(form: FunctionForm, reaching: tuple[int, ...], seen: set[int], names: set[str]) -> Iterator[object]:
    for index in reaching:
        if index in seen:
            continue
        seen.add(index)
        match form.bindings[index].source:
            case FromParameter(name=name):
                names.add(name)
            case FromValue(value=value):
                yield value
            case FromJoin(reaching=inner):
                yield from _sources(form, inner, seen, names)
            case _:
                pass


def _captured(form: FunctionForm, functions: Mapping[str, FunctionForm]) -> set[str]:
    """Names that functions inside `form` read or rebind (a superset: every free name inside)."""
    prefix = form.name + "."
    found: set[str] = set()
    for name, inner in functions.items():
        if name.startswith(prefix):
            found |= inner.free
    return found


_BY_NAME = frozenset({"getattr", "hasattr", "import_module", "get", "pop", "setdefault"})


def text_parameters(form: FunctionForm) -> frozenset[str]:
    """The parameters of which the very string matters: compared, used as keys, or names of attributes or modules."""
    if not form.parameters:
        return NO_NAMES
    found: set[str] = set()
    work: list[object] = [*_roots(form), *(binding.source for binding in form.bindings)]
    while work:
        item = work.pop()
        match item:
            case Compare(left=left, right=right):
                found |= _names_in((left, right))
            case Subscript(index=index):
                found |= _names_in((index,))
            case Call(function=Global(name=name) | Attribute(name=name), arguments=arguments) if name in _BY_NAME:
                found |= _names_in(arguments)
            case _:
                pass
        if isinstance(item, tuple):
            work.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        else:
            work.extend([getattr(item, name) for name in _field_names(type(item))])
    return frozen(found & {parameter.name for parameter in form.parameters})


def _names_in(items: tuple[object, ...]) -> set[str]:
    return {item.name for item in items if isinstance(item, Local | Free)}
