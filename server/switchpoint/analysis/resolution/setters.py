"""Calls of `setattr` and its like, and of `patch`, under names that other files or other statements gave them.

In: the program. Out: the objects on which such calls set attributes of computed names, and what such calls replace.
This module must not know where attributes are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.calls import calls_in
from switchpoint.analysis.ir.setters import FUNCTIONS, METHODS
from switchpoint.analysis.resolution import attributes, known_calls, names, targets
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

    from switchpoint.analysis.ir.summaries import Asking

_NO_PATCHES: frozenset[tuple[Value, str]] = frozenset()
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


@query(bottom=lambda *_: _NO_PATCHES, widen=lambda *_: _NO_PATCHES)
def patched_under_other_names(program: Program) -> Asking:
    """(owner, name) of everything that `p("module.name")` replaces in the analysed files, where `p` stands for `patch`:
    what comes in its place may be told only later, to the object that the call gives."""
    found: set[tuple[Value, str]] = set()
    for alias in (yield also_called("patch")):
        for frame, call in (yield from known_calls.named(alias)):
            match call.arguments:
                case (f.Const(value=str(dotted)), *_) if "." in dotted:
                    module, _, name = dotted.rpartition(".")
                    owners: Values = yield from targets.by_dotted_name(program, frame, module)
                    found.update((owner, name) for owner in owners)
                case _:
                    pass
    return frozenset(found)


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
