"""Heads of loops: where what was bound before the loop meets what the loop binds.

In: the names that a loop rebinds, and afterwards what it has bound. Out: the body has a join for each, read inside of
the loop and below it. This module must not know what loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import FromJoin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.ir.body import Body


def loop_heads(body: Body, names: Iterable[str]) -> dict[str, int]:
    """A join for every name that the loop rebinds; filled in when the loop's end is known."""
    heads: dict[str, int] = {}
    for name in sorted(names):
        if name in body.env:
            heads[name] = body.bind(name, FromJoin(body.env[name]))
        else:
            heads[name] = body.bind(name, FromJoin(()))
    return heads


def close_heads(body: Body, heads: dict[str, int], raised: dict[str, set[int]]) -> None:
    """Tells the joins what the loop has bound."""
    for name, index in heads.items():
        head = body.bindings[index]
        assert isinstance(head.source, FromJoin)
        reaching = {*head.source.reaching, *raised.get(name, ())} - {index}
        body.bindings[index] = type(head)(name, FromJoin(tuple(sorted(reaching))), head.region)
