"""Type aliases: the expression that a name in an annotation stands for.

In: a file and a module-level name. Out: the type expression assigned to it, and where it stands, wherever the name was
imported from; or only where that is. This module must not know what a type expression means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution.program import imported, stub_of
from switchpoint.analysis.resolution.values import Definition, Frame, FunctionValue, ModuleValue

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: None, widen=lambda *_: None)
def meaning(_: Program, path: str, name: str) -> Asking:
    """(frame, expression) of `name = Callable[...]` and `name = A | B`; None for anything else, and where the file
    binds the name more than once."""
    found: tuple[tuple[Frame, f.Expr] | None, ...] = yield meanings(path, name)
    return found[0] if len(found) == 1 else None


@query(bottom=lambda *_: (), widen=lambda *_: ())
def meanings(program: Program, path: str, name: str) -> Asking:
    """The same of every binding of the name, None for those that are no alias."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    found: list[tuple[Frame, f.Expr] | None] = []
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            if binding.name != name or isinstance(binding.source, f.FromJoin):
                continue
            match binding.source:
                case f.FromValue(value=f.Subscript(base=f.Global() | f.Attribute()) | f.Union_() as value):
                    found.append((Frame(FunctionValue(Definition(path, key, "")), ()), value))
                case f.FromImport(module=module, level=level, name=str(inner)):
                    owner: str | None = yield from _file_of(path, module, level)
                    found.extend((None,) if owner is None else (yield meanings(owner, inner)))
                case _:
                    found.append(None)
    return tuple(found)


def _file_of(path: str, name: str, level: int) -> Asking:
    """The file in which names that a file imports are looked for: stubs mean each other."""
    owner = yield imported(path, name, level)
    if not isinstance(owner, ModuleValue) or not owner.path:
        return None
    return ((yield stub_of(owner.path)) if path.endswith(".pyi") else None) or owner.path


@query(bottom=lambda *_: None, widen=lambda *_: None)
def origin(program: Program, path: str, name: str) -> Asking:
    """The definition of a module-level class or alias that a file may have imported; None for builtins and modules, and
    where the name may be one of several."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    found: set[Definition | None] = set()
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        for binding in form.bindings:
            match binding:
                case f.Binding(name=bound, source=f.FromImport(name=str(inner)) as source) if bound == name:
                    owner: str | None = yield from _file_of(path, source.module, source.level)
                    found.add(None if owner is None else (yield origin(owner, inner)))
                case f.Binding(name=bound, source=f.FromDefinition() | f.FromValue()) if bound == name:
                    found.add(Definition(path, name, ""))
                case _:
                    pass
    return found.pop() if len(found) == 1 else None
