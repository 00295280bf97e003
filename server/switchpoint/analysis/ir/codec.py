"""Layouts and forms to bytes and back.

In: a layout, a piece's form, verdicts, or one more frozen class that holds such; or several values of classes that the
caller names. Out: bytes, or from bytes an equal object, or None where they are damaged. The bytes are a pickle that can
name nothing but those classes, the frozen data of `forms`, `layout` and `verdicts`, which run no code of their own when
they are made, and paths: reading one can fail, but not call anything else. This module must not know where bytes are
kept.

A restricted pickle was measured against `marshal` of tagged tuples, nested and flat: it reads pieces in two thirds of
the time of the better of them, writes in less than half, and is a third smaller.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from switchpoint.analysis import verdicts
from switchpoint.analysis.ir import layout, outline
from switchpoint.analysis.ir.forms import flow, functions, values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

T = TypeVar("T")
Vocabulary: TypeAlias = dict[tuple[str, str], type[Any]]
"""Classes by module and name."""
_DAMAGED = (
    pickle.UnpicklingError, ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip


def encode(value: object) -> bytes | None:
    """The bytes of a value; None when it is nested too deeply to be written."""
    written = io.BytesIO()
    try:
        _Writer(written, pickle.HIGHEST_PROTOCOL).dump(value)
    except RecursionError:
        return None
    return written.getvalue()


def decode(data: bytes, kind: type[T]) -> T | None:
    """The value of that type that these bytes are; None when they are not such."""
    try:
        value = _Reader(io.BytesIO(data), kind, _CLASSES).load()
    except _DAMAGED:
        return None
    return value if type(value) is kind else None


def decode_tuple(data: bytes, words: Vocabulary | None = None) -> tuple[Any, ...] | None:
    """The tuple that these bytes are; None when they are none. `words`: what it can hold in place of the classes of
    summaries."""
    try:
        value: object = _Reader(io.BytesIO(data), tuple, words or _CLASSES).load()
    except _DAMAGED:
        return None
    return cast("tuple[Any, ...]", value) if type(value) is tuple else None


def vocabulary(modules: Iterable[ModuleType]) -> Vocabulary:
    """The plain data that modules define, their data classes, named tuples and enumerations, and paths."""
    own = (
        cls
        for module in modules
        for cls in vars(module).values()
        if isinstance(cls, type) and cls.__module__ == module.__name__ and _is_plain(cls)
    )
    return {(cls.__module__, cls.__qualname__): cls for cls in (*own, Path)}


def _is_plain(cls: type[Any]) -> bool:
    return is_dataclass(cls) or issubclass(cls, (Enum, tuple))


_CLASSES = vocabulary((values, flow, functions, outline, layout, verdicts))


@cache
def _fields(cls: type[Any]) -> tuple[str, ...] | None:
    return tuple(field.name for field in fields(cls)) if is_dataclass(cls) else None


class _Writer(pickle.Pickler):
    """Data as a call of its class; an attempt to write anything of another class fails when it is read."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Path):
            return Path, (str(obj),)
        names = _fields(type(obj))  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(obj, Enum):
            # By its value: the first releases of 3.11 would write it as an attribute to be got, which nobody may name.
            return type(obj), (obj.value,)
        if names is None:
            return NotImplemented
        return type(obj), tuple([getattr(obj, name) for name in names])


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kind: type[Any], words: Vocabulary) -> None:
        super().__init__(file)
        self._kind = kind
        self._words = words

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) == (self._kind.__module__, self._kind.__qualname__):
            return self._kind
        found = self._words.get((module_name, global_name))
        if found is None:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of a summary")
        return found
