"""Protected blocks: `with`, `async with` and `try`, which see what leaves them early.

In: the statement and the body that it stands in. Out: the body has grown by a `Guarded` or a `Try`; after it reaches
what may have been bound when an exception left. This module must not know what stands in the blocks.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.body import matters
from switchpoint.analysis.ir.forms import (
    Display,
    Entered,
    Expr,
    Flow,
    FromDelete,
    FromImport,
    FromValue,
    Guarded,
    Jump,
    Risk,
    Try,
    Union_,
)
from switchpoint.analysis.verdicts import SiteKind

if TYPE_CHECKING:
    from switchpoint.analysis.ir.body import Body, Environment


_TRY_STAR: tuple[type, ...] = (ast.TryStar,) if sys.version_info >= (3, 11) else ()


def lower_with(body: Body, node: ast.With | ast.AsyncWith) -> None:
    """Items enter in order and exit in reverse; a manager may swallow what its block raised."""
    is_async = isinstance(node, ast.AsyncWith)
    was_dead = body.dead
    block, keyword = body.place(node), body.async_keyword(node) if is_async else (0, 0, 0, 0)
    managers: list[tuple[Expr, ast.withitem]] = []
    for item in node.items:
        manager = body.piece.expression(body, item.context_expr)
        managers.append((manager, item))
        if is_async:
            place = body.place(item.context_expr)
            body.suspend(SiteKind.ENTER, manager, place, keyword=keyword, operand_place=place, block=block)
        if item.optional_vars is not None:
            body.bind_target(item.optional_vars, Entered(manager, is_async))
    before = body.env
    with body.catching() as raised:
        body.open_flow()
        body.env = dict(before)
        with body.perhaps():
            body.piece.block(body, node.body)
        inner = body.close_flow()
    body.open_flow()
    if is_async:
        for manager, item in reversed(managers):
            place, name = body.place(item.context_expr), _only_name(item)
            body.suspend(SiteKind.EXIT, manager, place, keyword=keyword, operand_place=place, block=block, name=name)
    exits = body.close_flow()
    body.env = body.merge(body.env, body.with_raised(before, raised))
    body.dead = was_dead or (body.dead and not _may_raise(inner))
    if matters(inner) or exits:
        body.flow.append(Guarded(inner, exits, tuple((manager, is_async) for manager, _ in managers)))


def _only_name(item: ast.withitem) -> str | None:
    """The one variable that has what a call makes, "" if none has; None where that may be in other places too."""
    match item:
        case ast.withitem(context_expr=ast.Call(), optional_vars=None):
            return ""
        case ast.withitem(context_expr=ast.Call(), optional_vars=ast.Name(id=name)):
            return name
        case _:
            return None


def _may_raise(flow: Flow) -> bool:
    """Whether anything may be raised, which a manager may swallow, before control leaves."""
    return any(not isinstance(node, Jump) or node in (Jump.RAISE, Jump.END) for node in flow)


def lower_try(body: Body, node: ast.Try) -> None:
    """Handlers and `finally` see every binding that may have been made when something was raised."""
    was_dead = body.dead
    before = body.env
    imports = _imports_of(node)
    with body.catching() as raised_anywhere:
        with body.catching() as raised:
            body.open_arm(None, holds=True, imports=imports)
            with body.perhaps():
                body.piece.block(body, node.body)
            inner = body.close_arm()
        at_handlers = body.with_raised(before, raised)
        body.open_flow()
        with body.perhaps():
            body.piece.block(body, node.orelse)
        orelse = body.close_flow()
        ends = [] if body.dead and not was_dead else [body.env]
        handlers: list[Flow] = []
        for handler in node.handlers:
            body.dead, body.env = was_dead, dict(at_handlers)
            handlers.append(_handler(body, handler, imports))
            if isinstance(node, _TRY_STAR):  # the later handlers run after this one
                at_handlers = body.merge(at_handlers, body.env)
            if not body.dead or was_dead:
                ends.append(body.env)
    raised_env = body.with_raised(before, raised_anywhere)
    body.env = raised_env
    body.meet(ends, was_dead)
    final = _lower_final(body, node.finalbody, raised_env, was_dead=was_dead) if node.finalbody else ()
    if any(map(matters, (inner, orelse, final, *handlers))):
        body.flow.append(Try(inner, tuple(handlers), orelse, final, imports))
    elif any((inner, orelse, final, *handlers)):
        body.flow.append(Risk())


def _lower_final(body: Body, block: list[ast.stmt], raised: Environment, *, was_dead: bool) -> Flow:
    """The block sees what may have been bound when something was raised. Below it, what it has not bound is what is
    bound where the ways to it end."""
    at_end, is_left = body.env, body.dead
    inside = body.merge(raised, at_end)
    body.env, body.dead = dict(inside), was_dead
    body.open_flow()
    body.piece.block(body, block)
    final = body.close_flow()
    body.dead = body.dead or is_left
    body.env = {name: at_end.get(name, at) if at == inside.get(name) else at for name, at in body.env.items()}
    return final


def _handler(body: Body, handler: ast.ExceptHandler, imports: tuple[FromImport, ...]) -> Flow:
    catches_import = imports and handler.type is not None and _names_import_error(handler.type)
    body.open_arm(None, holds=False, imports=imports if catches_import else ())
    with body.perhaps():
        if handler.type is not None:
            kind = body.piece.expression(body, handler.type)
            if handler.name:
                body.bind(handler.name, FromValue(None, _any_of(kind)))
        body.piece.block(body, handler.body)
        if handler.name:
            body.bind(handler.name, FromDelete())
    return body.close_arm()


def _imports_of(node: ast.Try) -> tuple[FromImport, ...]:
    """The imports of a `try` whose body is nothing but imports and simple assignments."""
    if not any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in node.body):
        return ()
    found: list[FromImport] = []
    for statement in node.body:
        match statement:
            case ast.Import():
                found.extend(FromImport(alias.name, None, 0) for alias in statement.names)
            case ast.ImportFrom():
                module = statement.module or ""
                found.extend(FromImport(module, alias.name, statement.level) for alias in statement.names)
            case _:
                pass
    return tuple(found)


def _names_import_error(node: ast.expr) -> bool:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return all(isinstance(name, ast.Name) and name.id in {"ImportError", "ModuleNotFoundError"} for name in names)


def _any_of(kind: Expr) -> Expr:
    """`except (A, B) as x` binds an instance of A or of B, or of a subclass: what an annotation `A | B` would say."""
    if not isinstance(kind, Display) or not kind.items:
        return kind
    found = kind.items[0]
    for item in kind.items[1:]:
        found = Union_(found, item)
    return found
