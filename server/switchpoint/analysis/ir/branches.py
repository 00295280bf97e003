"""Branches: `if` and `match`, each arm in a region of its own with what its test tells of names.

In: the statement and the body that it stands in. Out: the body has grown by a `Branch`, and by what reaches the place
where the ways meet. This module must not know what stands in the arms.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.body import matters
from switchpoint.analysis.ir.conditions import branch
from switchpoint.analysis.ir.forms import (
    Attribute,
    Compare,
    Const,
    Display,
    Element,
    Expr,
    Flow,
    FromValue,
    Local,
    Opaque,
)
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.body import Body, Environment


def lower_if(body: Body, node: ast.If) -> None:
    """`elif` chains are walked: they may be thousands long."""
    arms: list[tuple[Expr | None, Flow]] = []
    ends: list[Environment] = []
    tail: list[ast.stmt] = [node]
    while len(tail) == 1 and isinstance(link := tail[0], ast.If):
        test = body.piece.read(body, link.test)
        before, was_dead = body.env, body.dead
        body.open_arm(test, holds=True)
        body.piece.block(body, link.body)
        arms.append((test, body.close_arm()))
        if not body.dead or was_dead:
            ends.append(body.env)
        body.env, body.dead = dict(before), was_dead
        body.enter_region(test, holds=False)
        tail = link.orelse
    exits = not ends
    region = body.region
    body.open_flow()
    was_dead = body.dead
    body.piece.block(body, tail)
    orelse = body.close_flow()
    if not body.dead or was_dead:
        ends.append(body.env)
    body.region = region if exits else _outer_region(body, region, len(arms))
    body.meet(ends, was_dead)
    if matters(orelse) or any(matters(flow) for _, flow in arms):
        body.flow.append(branch(arms, orelse))


def _outer_region(body: Body, region: int, count: int) -> int:
    """The region before `count` tests were entered one inside the other."""
    for _ in range(count):
        region = body.regions[region].parent
    return region


def lower_match(body: Body, node: ast.Match) -> None:
    """Cases are arms; only where one of them takes everything is there no way past them all."""
    subject = body.piece.expression(body, node.subject)
    before, was_dead = body.env, body.dead
    arms: list[tuple[Expr | None, Flow]] = []
    ends: list[Environment] = []
    exhaustive = False
    for case in node.cases:
        body.env, body.dead = dict(before), was_dead
        test = _pattern_test(body, subject, case.pattern)
        body.open_arm(test, holds=True)
        with body.perhaps():
            _bind_pattern(body, subject, case.pattern)
            if case.guard is not None:
                guard = body.piece.expression(body, case.guard)
                body.narrow(guard, holds=True)
            body.piece.block(body, case.body)
        arms.append((test if case.guard is None else None, body.close_arm()))
        exhaustive = exhaustive or (case.guard is None and _irrefutable(case.pattern))
        if not body.dead or was_dead:
            ends.append(body.env)
    if not exhaustive:
        ends.append(dict(before))
    body.meet(ends, was_dead)
    if any(matters(flow) for _, flow in arms):
        body.flow.append(branch(arms, exhaustive=exhaustive))


def _irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _irrefutable(pattern.pattern))


def _pattern_test(body: Body, subject: Expr, pattern: ast.pattern) -> Expr | None:
    """What a pattern says of its subject, as the test that an `if` would make."""
    match pattern:
        case ast.MatchClass(cls=cls, patterns=[], kwd_patterns=[]):
            return Compare(subject, "isinstance", body.piece.expression(body, cls))
        case ast.MatchSingleton(value=value):
            return Compare(subject, "is", Const(value))
        case ast.MatchValue(value=value):
            return Compare(subject, "==", body.piece.expression(body, value))
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _pattern_test(body, subject, inner)
        case _:
            return None


def _bind_pattern(body: Body, subject: Expr, pattern: ast.pattern) -> None:
    """Captures: the whole subject where that is what is captured, otherwise something inside it."""
    inside = Opaque(Unresolved.VALUE, "a value captured by a pattern")
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                _bind_pattern(body, subject, inner)
            if name is not None:
                narrowed = body.load(subject.name, reads=True) if isinstance(subject, Local) else subject
                body.bind(name, FromValue(narrowed))
        case ast.MatchSequence(patterns=patterns):
            starred = any(isinstance(item, ast.MatchStar) for item in patterns)
            for index, item in enumerate(patterns):
                _bind_pattern(body, Element(subject, None if starred else index), item)
        case ast.MatchOr(patterns=patterns):
            for item in patterns:
                _bind_pattern(body, inside, item)
        case ast.MatchClass(patterns=patterns, kwd_attrs=names, kwd_patterns=keywords):
            for item in patterns:
                _bind_pattern(body, inside, item)
            for name, item in zip(names, keywords, strict=True):
                _bind_pattern(body, Attribute(subject, name), item)
        case ast.MatchMapping(patterns=patterns, rest=rest):
            for item in patterns:
                _bind_pattern(body, inside, item)
            if rest is not None:
                body.bind(rest, FromValue(inside))
        case ast.MatchStar(name=str(name)):
            body.bind(name, FromValue(Display("some", (Element(subject, None),))))
        case _:
            pass
