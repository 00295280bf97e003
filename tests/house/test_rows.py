"""Rows of tables: what the analysis is told of the standard library really stands in the running CPython."""

from __future__ import annotations

import asyncio
import builtins
import collections
import importlib
import sys
import types

import pytest

from switchpoint.analysis.resolution.lacking import (
    ACTIVATION_METHODS,
    ASYNC_SPECIALS,
    CONTAINER_NAMES,
    METHODS,
    OF_ACTIVATIONS,
    PLAIN_TYPES,
)
from switchpoint.analysis.resolution.native_classes import NATIVE_CLASSES
from switchpoint.analysis.resolution.natives import DISPLAY_METHODS, NATIVE_FUNCTIONS
from switchpoint.analysis.resolution.predicates import PREDICATES
from switchpoint.analysis.suspension.task_starts import STARTERS

STANDARD = sorted(
    name
    for name in {*NATIVE_FUNCTIONS, *NATIVE_CLASSES, *PREDICATES, *STARTERS}
    if name.partition(".")[0] in sys.stdlib_module_names
)
SINCE = {"asyncio.taskgroups.TaskGroup.create_task": (3, 11)}
BEFORE = {"asyncio.tasks._ensure_future": (3, 12)}
ACTIVATIONS = (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)
CONTAINERS = (tuple, list, set, dict, collections.deque)
ITERATED = (
    frozenset,
    enumerate,
    filter,
    map,
    zip,
    reversed,
    *(type(view()) for view in ({}.keys, {}.values, {}.items)),
)


@pytest.mark.parametrize("name", STANDARD)
def test_name_exists(name: str) -> None:
    is_there = SINCE.get(name, (3, 0)) <= sys.version_info[:2] < BEFORE.get(name, (4, 0))
    assert (found(name) is not None) == is_there


@pytest.mark.parametrize("name", sorted(NATIVE_CLASSES))
def test_class_is_a_class(name: str) -> None:
    assert isinstance(found(name), type)


@pytest.mark.parametrize("name", sorted({*NATIVE_FUNCTIONS, *PREDICATES}))
def test_function_is_called(name: str) -> None:
    assert callable(found(name))


@pytest.mark.parametrize("name", sorted(PLAIN_TYPES))
def test_a_plain_object_takes_no_attribute(name: str) -> None:
    kind = getattr(builtins, name)
    made = kind(b"") if kind is memoryview else kind(1) if kind in (range, slice) else kind()
    with pytest.raises(AttributeError):
        made.anything = None
    assert ASYNC_SPECIALS.isdisjoint(dir(kind))


@pytest.mark.parametrize("kind", [*CONTAINERS, *ITERATED], ids=lambda kind: kind.__name__)
def test_a_container_has_no_other_attribute(kind: type) -> None:
    assert {name for name in dir(kind) if not name.startswith("_")} <= CONTAINER_NAMES
    assert ASYNC_SPECIALS.isdisjoint(dir(kind))


@pytest.mark.parametrize(("kind", "methods"), list(zip(ACTIVATIONS, METHODS.values(), strict=True)))
def test_an_activation_has_no_other_attribute(kind: type, methods: frozenset[str]) -> None:
    assert methods == {name for name in dir(kind) if name in ACTIVATION_METHODS or not name.startswith(OF_ACTIVATIONS)}


def test_every_other_row_is_a_task_start() -> None:
    assert {name.partition(".")[0] for name in STARTERS - set(STANDARD)} == {"trio", "anyio"}


@pytest.mark.parametrize("name", sorted(ACTIVATION_METHODS))
def test_method_of_an_activation_exists(name: str) -> None:
    assert any(hasattr(kind, name) for kind in ACTIVATIONS)


@pytest.mark.parametrize("name", sorted(DISPLAY_METHODS))
def test_method_of_a_container_exists(name: str) -> None:
    assert any(hasattr(kind, name) for kind in CONTAINERS)


def test_a_name_that_is_not_there_is_not_found() -> None:
    assert found("asyncio.tasks.no_such_task") is None
    assert found("asyncio.no_such_module.sleep") is None
    assert found("asyncio.tasks.create_task") is asyncio.create_task


def found(dotted: str) -> object:
    """What a dotted name stands for: as much of it as can be imported, then attributes."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            owner: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            owner = getattr(owner, part, None)
        return owner
    return None
