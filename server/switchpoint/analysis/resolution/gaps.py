"""Gaps: what is not known of values, and what an annotation says instead.

In: what code visibly gives, and what the annotation of its place admits. Out: the same, with what is admitted where
something is not known: instead of a value, or beside what a container holds that others can reach, at any depth. This
module must not know where either was found.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.resolution.values import (
    ClaimedValue,
    ClassValue,
    ConstValue,
    DisplayValue,
    InstanceValue,
    UnknownValue,
    Value,
    Values,
    has_unknown,
    join,
    without_unknown,
)


def has_gaps(values: Values) -> bool:
    """Whether something of these is not known."""
    return any(_is_open(value) for value in values) or has_unknown(values)


def filled(values: Values, typed: Values, *, is_own: bool, is_handed: bool = False) -> Values:
    """The values, with what an annotation admits where they have gaps; as they are where it says too little. Of what
    comes from a parameter the annotation is believed, and in code that is not the user's of all; else it is a claim, as
    it is of a container that is handed to others, who may fill it."""
    if has_unknown(typed):
        return values
    is_filled = is_handed and any(isinstance(v, DisplayValue) and v.is_open for v in values)
    if is_own and (is_filled or any(isinstance(v, UnknownValue) and v.is_afar for v in values)):
        typed = typed | claims(typed)
    known = frozenset(_filled(value, typed, is_own=is_own) for value in without_unknown(values))
    return join((known, typed)) if has_unknown(values) else known


def claims(typed: Values) -> Values:
    """What may stand where nobody sees what does, and an annotation admits these: in containers, too."""
    objects = frozenset(v.cls for v in typed if isinstance(v, InstanceValue) and not is_plain(v))
    classes = frozenset(v for v in typed if isinstance(v, ClassValue))
    found: list[Value] = [ClaimedValue(objects)] if objects else []
    found.extend([ClaimedValue(classes, as_class=True)] if classes else [])
    for value in typed:
        if isinstance(value, DisplayValue) and any(map(claims, value.items)):
            found.append(replace(value, items=tuple(item | claims(item) for item in value.items)))
    return frozenset(found)


def is_plain(value: Value) -> bool:
    """Whether it is text, a number or the like: what stands there instead is asked for what these do not have, which is
    not known in any case."""
    match value:
        case InstanceValue(cls=ClassValue(definition=definition)):
            return definition.path.endswith("builtins.pyi") and definition.piece != "object"
        case ConstValue():
            return True
        case _:
            return False


def _is_open(value: Value) -> bool:
    if not isinstance(value, DisplayValue):
        return False
    return (value.is_open and value.kind != "tuple") or any(has_gaps(item) for item in value.items)


def _filled(value: Value, typed: Values, *, is_own: bool) -> Value:
    if not isinstance(value, DisplayValue) or not _is_open(value):
        return value
    admitted = [v for v in typed if isinstance(v, DisplayValue) and (v.kind == "dict") == (value.kind == "dict")]
    if not admitted:
        return value
    within = join(item for display in admitted for item in display.items)
    if value.kind == "tuple":
        return replace(value, items=tuple(filled(item, within, is_own=is_own) for item in value.items))
    if has_unknown(within):
        return value
    held = join((filled(join(value.items), within, is_own=is_own), within))
    if value.kind == "dict":
        return DisplayValue("dict", (held,), (None,), False, True)
    return DisplayValue("some", (held,), (), False, True)
