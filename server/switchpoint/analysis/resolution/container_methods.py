"""Methods of tuples, lists, sets, dicts and deques.

In: a container, the name of a method, arguments. Out: what the call gives. What the call changes is not said here:
fillings are found by `stores`, and a container that others can reach is open already.
"""

from __future__ import annotations

from dataclasses import replace

from switchpoint.analysis.resolution.values import (
    NONE,
    Arguments,
    ConstValue,
    DisplayValue,
    NothingValue,
    Values,
    join,
    one,
    taken_out,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved


def call_container_method(owner: DisplayValue, name: str, arguments: Arguments) -> Values:
    """What `owner.name(...)` gives."""
    extra = unknown(Unresolved.VALUE, "a container that other code may change") if owner.is_open else NONE
    match name:
        case "get" | "setdefault":
            return taken_out(_chosen(owner, name, arguments, extra))
        case "pop" | "popleft" | "__getitem__":
            return taken_out(_chosen(owner, name, arguments, extra)) or one(NothingValue())
        case "values":
            return one(DisplayValue("some", (join(owner.items),), (), owner.is_open))
        case "items":
            keys = unknown(Unresolved.VALUE, "the keys of a dict")
            pair = one(DisplayValue("tuple", (keys, join((*owner.items, extra)))))
            return one(DisplayValue("some", (pair,)))
        case "__iter__":
            return one(owner)
        case "copy":
            return one(replace(owner, is_whole=False))
        case "append" | "add" | "insert" | "extend" | "update" | "clear" | "remove" | "discard" | "sort" | "reverse":
            return one(ConstValue(None))
        case _:
            return unknown(Unresolved.VALUE, f"{owner.kind}.{name}()")


def _chosen(owner: DisplayValue, name: str, arguments: Arguments, extra: Values) -> Values:
    """The item under a key, or any item where the key is computed, or the default; `get` has one by itself."""
    given = arguments.positional
    default = given[1] if len(given) > 1 else NONE
    missing = one(ConstValue(None)) if name == "get" and not default else NONE
    key = next(iter(given[0])) if given and len(given[0]) == 1 else None
    if owner.kind != "dict" or not isinstance(key, ConstValue):
        return join((*owner.items, extra, missing, default))
    items = [v for k, v in zip(owner.keys, owner.items, strict=True) if k in (key.value, None)]
    if key.value not in owner.keys:
        return join((*items, extra, missing, default))
    surely = name == "get" and not owner.is_open and not owner.is_whole  # what is whole may shrink
    return join((*items, extra, NONE if surely else default))
