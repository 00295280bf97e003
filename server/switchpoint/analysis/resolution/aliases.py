"""Type aliases: the expression that a name in an annotation stands for.

In: a file and a module-level name. Out: the type expression assigned to it, and where it stands, wherever the name was
imported from. This module must not know what a type expression means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form, scope
from switchpoint.analysis.resolution.program import imported
from switchpoint.analysis.resolution.values import Definition, Frame, FunctionValue, ModuleValue

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


@query(bottom=lambda *_: None, widen=lambda *_: None)
def meaning(program: Program, path: str, name: str) -> Asking:
    """(frame, expression) of `name = Callable[...]` and `name = A | B`; None for anything else, and where the file
    binds the name more than once."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    found: list[tuple[str, f.Source]] = []
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        found.extend((key, b.source) for b in form.bindings if b.name == name and not isinstance(b.source, f.FromJoin))
    if len(found) != 1:
        return None
    ((key, source),) = found
    match source:
        case f.FromValue(value=f.Subscript(base=f.Global() | f.Attribute()) | f.Union_() as value):
            return Frame(FunctionValue(Definition(path, key, "")), ()), value
        case f.FromImport(module=module, level=level, name=str(inner)):
            owner = yield imported(path, module, level)
            return (yield meaning(owner.path, inner)) if isinstance(owner, ModuleValue) and owner.path else None
        case _:
            return None
