"""What an attribute is set on where its name is computed, so that it may be any.

In: the base of `setattr(base, name, value)` and its like, in the frame of the function around it. Out: the modules,
classes and instances that it may be. In the user's files, where hardly anything does that, what the text does not tell
is evaluated, else it is what the expression mentions. Where nothing tells, it is nothing: to take it for any of the
user's objects made most of some packages unknown. This module must not know which names are meant, nor who reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import beneath, query
from switchpoint.analysis.resolution import evaluation, mentions, targets
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Frame,
    InstanceValue,
    ModuleValue,
    Values,
    has_unknown,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.ir.summaries import Asking
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
    return known | (yield mentions.mentioned(frame, base))


def _says_little(values: Values) -> bool:
    """Whether what these are is not known, or only as objects of classes without source: `type`, `object`."""
    stubs = (isinstance(v, InstanceValue) and v.cls.definition.path.endswith(".pyi") for v in values)
    return has_unknown(values) or all(stubs)
