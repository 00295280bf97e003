"""Gaps: what is not known of values, and what an annotation says instead.

In: what code visibly gives, and what the annotation of its place admits. Out: the same, with what is admitted where
something is not known: instead of a value, or beside what a container holds that others can reach, at any depth. This
module must not know where either was found.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.resolution.values import (
    DisplayValue,
    Value,
    Values,
    has_unknown,
    join,
    without_unknown,
)


def has_gaps(values: Values) -> bool:
    """Whether something of these is not known."""
    return any(_is_open(value) for value in values) or has_unknown(values)


def filled(values: Values, typed: Values) -> Values:
    """The values, with what an annotation admits where they have gaps; as they are where it says too little."""
    if has_unknown(typed):
        return values
    known = frozenset(_filled(value, typed) for value in without_unknown(values))
    return join((known, typed)) if has_unknown(values) else known


def _is_open(value: Value) -> bool:
    if not isinstance(value, DisplayValue):
        return False
    return (value.is_open and value.kind != "tuple") or any(has_gaps(item) for item in value.items)


def _filled(value: Value, typed: Values) -> Value:
    if not isinstance(value, DisplayValue) or not _is_open(value):
        return value
    admitted = [v for v in typed if isinstance(v, DisplayValue) and (v.kind == "dict") == (value.kind == "dict")]
    if not admitted:
        return value
    within = join(item for display in admitted for item in display.items)
    if value.kind == "tuple":
        return replace(value, items=tuple(filled(item, within) for item in value.items))
    if has_unknown(within):
        return value
    held = join((filled(join(value.items), within), within))
    if value.kind == "dict":
        return DisplayValue("dict", (held,), (None,), False, True)
    return DisplayValue("some", (held,), (), False, True)
