"""Calls of `setattr` and its like under names that other files or other statements gave them.

In: the program. Out: the objects on which such calls set attributes of computed names. This module must not know which
attributes that concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.setters import FUNCTIONS, METHODS
from switchpoint.analysis.ir.summaries import Asking, calls_in
from switchpoint.analysis.resolution import attributes, names, targets
from switchpoint.analysis.resolution.program import Program, also_called, calls_of
from switchpoint.analysis.resolution.values import (
    NONE,
    Definition,
    Frame,
    FunctionValue,
    NativeValue,
    UnknownValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_NATIVE = frozenset({"object.__setattr__"})


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def set_under_other_names(program: Program) -> Asking:
    """What `put(x, name, value)` writes to in the analysed files, where `put` is such a function."""
    parts: list[Values] = []
    for alias in (yield from _aliases()):
        pieces: Iterable[tuple[str, str]] = yield calls_of(alias)
        for path, key in pieces:
            for function, call in (yield calls_in(path, key, alias)):
                frame = Frame(FunctionValue(Definition(path, key, function)), ())
                if call.arguments and (yield from _is_setter(program, frame, call.function)):
                    parts.append((yield from targets.targets(program, frame, call.arguments[0])))
    return frozenset(v for v in join(parts) if not isinstance(v, UnknownValue))


def _aliases() -> Asking:
    found: set[str] = set()
    for name in sorted(FUNCTIONS | METHODS):
        found.update((yield also_called(name)))
    return sorted(found - FUNCTIONS - METHODS)


def _is_setter(program: Program, frame: Frame, function: f.Expr) -> Asking:
    found: Values = NONE
    match function:
        case f.Global(name=name) | f.Scoped(name=name):
            found = yield names.global_value(frame.function.definition.path, name)
        case f.Attribute(base=base, name=name):
            bases: Values = yield from targets.targets(program, frame, base)
            known = frozenset(v for v in bases if not isinstance(v, UnknownValue))
            found = yield from attributes.attribute(program, known, name)
        case _:
            pass  # a local name: lowering has seen it
    return any(_sets(program, value) for value in found)


def _sets(program: Program, value: Value) -> bool:
    match value:
        case NativeValue(name=name):
            return name in _NATIVE
        case FunctionValue(definition=definition):
            module, _, name = program.dotted(definition).partition(".")
            return module == "builtins" and name.rpartition(".")[2] in FUNCTIONS | METHODS
        case _:
            return False
