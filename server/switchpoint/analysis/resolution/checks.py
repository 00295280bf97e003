"""What `isinstance` asks of a class besides which classes stand above an object's own.

In: a class. Out: whether anything more is asked. This module must not know what is narrowed by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.marks import DISGUISE
from switchpoint.analysis.resolution import classes
from switchpoint.analysis.resolution.program import Program, setters_of
from switchpoint.analysis.resolution.values import ClassValue, UnknownValue

if TYPE_CHECKING:
    from switchpoint.analysis.ir.summaries import Asking
    from switchpoint.analysis.resolution.world import Piece


@query(bottom=lambda *_: False, widen=lambda *_: False)
def has_open_check(program: Program, cls: ClassValue) -> Asking:
    """Whether `isinstance` asks more than the order: protocols, and classes whose metaclass or registry decides."""
    if (yield classes.is_protocol(cls)):
        return True
    name = program.dotted(cls.definition)
    if name.startswith(("collections.abc.", "_collections_abc.", "typing.")):
        return True
    if (yield setters_of("register " + cls.definition.name.rpartition(".")[2])):
        return True  # virtual subclasses (abc.ABCMeta.register)
    if (yield from _has_own_hook(program, cls)) or (yield from _some_disguise(program)):
        return True
    meta = yield classes.metaclass(cls)
    if isinstance(meta, ClassValue) and not program.in_stdlib(meta.definition.path):
        for name in ("__instancecheck__", "__subclasscheck__"):
            if (yield classes.all_member_bindings(meta, name)):
                return True
    return isinstance(meta, UnknownValue)


def _has_own_hook(program: Program, cls: ClassValue) -> Asking:
    """Whether a `__subclasshook__` is asked."""
    for above in (yield classes.order(cls)):
        path = above.definition.path if isinstance(above, ClassValue) else ".pyi"
        # Those of the standard library speak of no class but their own.
        if path.endswith(".pyi") or (program.in_stdlib(path) and above != cls):
            continue
        if (yield classes.all_member_bindings(above, "__subclasshook__")):
            return True
    return False


def _some_disguise(program: Program) -> Asking:
    """Whether a class of the user's says that its objects are of another, by a `__class__` of its own."""
    pieces: tuple[Piece, ...] = yield setters_of(DISGUISE)
    return any(program.is_own(path) for path, _ in pieces)
