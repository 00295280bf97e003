"""What an attribute is set on where its name is computed, so that it may be any.

In: the base of `setattr(base, name, value)` and its like, in the frame of the function around it. Out: the modules,
classes and instances that it may be. In the user's files, where hardly anything does that, what the text does not tell
is evaluated, else it is what the expression mentions, and any of the user's objects where that tells nothing. This
module must not know which names are meant, nor who reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import beneath, query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import evaluation, mentions, targets
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Frame,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
)

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program


def under_any_name(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """What `base` names where it is set under a computed name, which may be any: in the user's files, where hardly
    anything does that, what is not told is evaluated. All that is evaluated depends on the answer, so that happens in
    the lower stratum, where nothing is set under a computed name."""
    asked = _told_or_evaluated(frame, base)
    return (yield beneath(asked) if program.is_own(frame.function.definition.path) else asked)


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _told_or_evaluated(program: Program, frame: Frame, base: f.Expr) -> Asking:
    told: Values = yield from targets.targets(program, frame, base)
    if not program.is_own(frame.function.definition.path) or not _says_little(told):
        return told
    found: Values = yield from evaluation.evaluate(program, frame, base)
    instances = frozenset(InstanceValue(v.cls) for v in found if isinstance(v, InstanceValue))
    known = told | instances | frozenset(v for v in found if isinstance(v, ClassValue | ModuleValue))
    if not _says_little(found):
        return known
    known |= yield mentions.mentioned(frame, base)
    if any(_is_told(program, v) for v in known) or (yield from _is_being_made(frame, base)):
        return known
    return known | mentions.ANY


def _is_being_made(frame: Frame, base: f.Expr) -> Asking:
    """Whether it is the class that tells an object its name: what becomes of that is asked of the class's body."""
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None or form.owner is None or form.name.rpartition(".")[2] != "__set_name__":
        return False
    return isinstance(base, f.Local) and any(
        form.bindings[index].source == f.FromParameter(p.name) for index in base.reaching for p in form.parameters[1:2]
    )


def _says_little(values: Values) -> bool:
    """Whether what these are is not known, or only as objects of classes without source: `type`, `object`."""
    stubs = (isinstance(v, InstanceValue) and v.cls.definition.path.endswith(".pyi") for v in values)
    return has_unknown(values) or all(stubs)


def _is_told(program: Program, value: Value) -> bool:
    """Whether it is known what something is, more than that it is an object."""
    if isinstance(value, InstanceValue):
        return program.dotted(value.cls.definition) not in ("builtins.object", "builtins.type")
    return not isinstance(value, UnknownValue)
