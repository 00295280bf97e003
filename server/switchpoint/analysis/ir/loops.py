"""Loops: `while`, `for` and `async for`, with what comes round to their heads.

In: the statement and the body that it stands in. Out: the body has grown by a `Loop`; every name that the loop rebinds
has a join at its head. This module must not know what stands in the loop.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.body import matters
from switchpoint.analysis.ir.forms import Const, Elements, Flow, Loop, Number
from switchpoint.analysis.ir.heads import close_heads, loop_heads
from switchpoint.analysis.ir.scopes import stored_names
from switchpoint.analysis.verdicts import SiteKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis.ir.body import Body, Environment


def lower_while(body: Body, node: ast.While) -> None:
    """A loop whose test is constantly true is left by `break` alone."""
    was_dead = body.dead
    heads = loop_heads(body, stored_names([node.test, *node.body]))
    body.open_loop()
    body.open_flow()
    test = body.piece.read(body, node.test)
    head = body.close_flow()
    at_test = body.env
    with body.catching() as bound:
        body.open_arm(test, holds=True)
        body.piece.block(body, node.body)
        inner = body.close_arm()
    close_heads(body, heads, bound)
    body.close_loop()
    body.dead = was_dead
    body.env = body.with_raised(at_test, bound)
    body.narrow(test, holds=False) if not _breaks(node.body) else None
    orelse = _orelse(body, node, body.with_raised(at_test, bound))
    endless = isinstance(test, Const | Number) and bool(test.value if isinstance(test, Const) else test.sign)
    body.dead = was_dead or (endless and not _breaks(node.body))
    if matters(inner) or matters(orelse) or matters(head) or endless:
        body.flow.append(Loop(test, inner, orelse, head))


def lower_for(body: Body, node: ast.For | ast.AsyncFor) -> None:
    """Each step binds the target; that of an `async for` is a site."""
    was_dead = body.dead
    iterable = body.piece.read(body, node.iter)
    is_async = isinstance(node, ast.AsyncFor)
    heads = loop_heads(body, stored_names([node.target, *node.body]))
    before = body.env
    body.open_loop()
    with body.catching() as bound:
        body.open_flow()
        body.env = dict(before)
        if is_async:
            place = body.place(node)
            keyword = body.async_keyword(node)
            body.suspend(
                SiteKind.NEXT, iterable, place, keyword=keyword, operand_place=body.place(node.iter), block=place
            )
        with body.perhaps():
            body.bind_target(node.target, Elements(iterable, is_async))
            body.piece.block(body, node.body)
        inner = body.close_flow()
    close_heads(body, heads, bound)
    body.close_loop()
    body.dead = was_dead
    body.env = body.with_raised(before, bound)
    orelse = _orelse(body, node, dict(body.env))
    body.dead = was_dead
    if matters(inner) or matters(orelse):
        body.flow.append(Loop(None, inner, orelse))


def _orelse(body: Body, node: ast.For | ast.AsyncFor | ast.While, broken: Environment) -> Flow:
    """The block that runs unless the loop is left by `break`: past it reaches what was bound there."""
    body.open_flow()
    with body.perhaps():
        body.piece.block(body, node.orelse)
    orelse = body.close_flow()
    if node.orelse and _breaks(node.body):
        body.env = body.merge(body.env, broken)
    return orelse


def _breaks(statements: Sequence[ast.stmt]) -> bool:
    """Whether a `break` of this very loop stands in these statements."""
    stack: list[ast.AST] = list(statements)
    while stack:
        node = stack.pop()
        match node:
            case ast.Break():
                return True
            case ast.For() | ast.AsyncFor() | ast.While():
                stack.extend(node.orelse)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.expr():
                pass
            case _:
                stack.extend(ast.iter_child_nodes(node))
    return False
