"""Statements: `ast` to bindings and control flow.

In: the statements of one body. Out: the `Body` has grown by them. This module must not know how expressions are
lowered, nor how the piece was found.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.branches import lower_if, lower_match
from switchpoint.analysis.ir.conditions import branch
from switchpoint.analysis.ir.expressions import OPERATORS
from switchpoint.analysis.ir.forms import (
    Attribute,
    Const,
    FromDefinition,
    FromDelete,
    FromImport,
    FromStar,
    FromValue,
    Jump,
    Not,
    Operation,
    Risk,
    Subscript,
)
from switchpoint.analysis.ir.handling import note_held
from switchpoint.analysis.ir.loops import lower_for, lower_while
from switchpoint.analysis.ir.namespaces import note_escape, note_named, note_removed
from switchpoint.analysis.ir.protected import lower_try, lower_with
from switchpoint.analysis.ir.writes import note_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.analysis.ir.body import Body
    from switchpoint.analysis.ir.forms import Expr

_TRY_STATEMENTS: tuple[type, ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))
_TYPE_ALIAS: tuple[type, ...] = (getattr(ast, "TypeAlias", ast.Pass),)


def lower_block(body: Body, statements: Sequence[ast.stmt]) -> None:
    """Lowers statements in order. A region that an early exit opened ends with the block."""
    region = body.region
    for statement in statements:
        lower_statement(body, statement)
    body.region = region


def lower_statement(body: Body, node: ast.stmt) -> None:
    """Adds what one statement binds and does."""
    if not _is_safe(body, node) and (not body.flow or body.flow[-1] != Risk()):
        body.flow.append(Risk())
    match node:
        case ast.Expr():
            body.piece.expression(body, node.value)
        case ast.Assign():
            value = _assigned(body, node)
            for target in node.targets:
                body.bind_target(target, value)
                if len(node.targets) > 1 and isinstance(target, ast.Name):
                    body.escaped.add(target.id)  # one container has both names
        case ast.AnnAssign():
            _annotated(body, node)
        case ast.AugAssign():
            _augmented(body, node)
        case ast.Return():
            _return(body, node)
        case ast.Raise():
            _raise(body, node)
        case ast.Break():
            body.jump(Jump.BREAK)
        case ast.Continue():
            body.jump(Jump.CONTINUE)
        case ast.Import() | ast.ImportFrom():
            _import(body, node)
        case ast.Delete():
            for target in node.targets:
                _delete(body, target)
        case ast.Assert():
            _assert(body, node)
        case _:
            _lower_compound(body, node)


def _lower_compound(body: Body, node: ast.stmt) -> None:
    """Statements that have blocks, and `type` statements, which are evaluated like a function's body."""
    match node:
        case ast.If():
            lower_if(body, node)
        case ast.While():
            lower_while(body, node)
        case ast.For() | ast.AsyncFor():
            lower_for(body, node)
        case ast.With() | ast.AsyncWith():
            lower_with(body, node)
        case ast.Match():
            lower_match(body, node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            body.bind(node.name, FromDefinition(body.piece.inner_definition(body, node), False))
        case ast.ClassDef():
            body.bind(node.name, FromDefinition(body.piece.inner_class(body, node), True))
        case _ if isinstance(node, _TRY_STATEMENTS):
            lower_try(body, node)  # pyright: ignore[reportArgumentType]  # TryStar has the fields of Try (3.11)
        case _ if isinstance(node, _TYPE_ALIAS) and hasattr(node, "name"):
            name = getattr(node, "name").id  # noqa: B009  # ast.TypeAlias, 3.12
            body.bind(name, FromValue(body.piece.expression(body, getattr(node, "value"))))  # noqa: B009
        case _:
            pass


def _assigned(body: Body, node: ast.Assign) -> Expr:
    """The assigned value; where it is a namespace, one local name for it is watched."""
    note_held(body, node.value)
    match node.targets:
        case [ast.Name(id=name)] if not isinstance(node.value, ast.Name | ast.List | ast.Tuple | ast.Set):
            value = body.piece.read(body, node.value)
            if not note_named(body, name, value):
                note_escape(body, value)
            return value
        case _:
            return body.piece.expression(body, node.value)


def _return(body: Body, node: ast.Return) -> None:
    value = Const(None) if node.value is None else body.piece.expression(body, node.value)
    if not body.dead:
        body.returns.append((value, body.region))
    body.jump(Jump.RETURN)


def _raise(body: Body, node: ast.Raise) -> None:
    for part in (node.exc, node.cause):
        if part is not None:
            body.piece.expression(body, part)
    body.jump(Jump.END if _may_end_iteration(body, node.exc) else Jump.RAISE)


def _may_end_iteration(body: Body, raised: ast.expr | None) -> bool:
    """`raise StopAsyncIteration`, and what raises again something of which the text does not say what it is."""
    match raised:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            return name == "StopAsyncIteration" or name in body.names.own
        case _:
            return raised is None or isinstance(raised, ast.Attribute)


def _assert(body: Body, node: ast.Assert) -> None:
    """The message is evaluated only where the test failed, and then raises."""
    test = body.piece.expression(body, node.test)
    if node.msg is not None:
        body.open_arm(test, holds=False)
        body.piece.expression(body, node.msg)
        body.flow.append(Jump.RAISE)
        message = body.close_arm()
        body.flow.append(branch([(Not(test), message)]))
    body.narrow(test, holds=True)


def _is_safe(body: Body, node: ast.stmt) -> bool:
    """Whether a statement cannot raise before it yields or jumps: `pass`, `yield x`, `return`, `try`."""
    match node:
        case ast.Expr(value=ast.Yield(value=None | ast.Constant() | ast.Name()) | ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant()):
            return True
        case ast.Return(value=ast.Name(id=name)):
            return name in body.names.own  # one that is not the function's own need not be there
        case ast.Pass() | ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal():
            return True
        case _:
            return isinstance(node, _TRY_STATEMENTS)


def _annotated(body: Body, node: ast.AnnAssign) -> None:
    value = None if node.value is None else body.piece.expression(body, node.value)
    annotation = body.piece.annotation(body, node.annotation)
    if value is None and isinstance(node.target, ast.Name) and body.scope == "function":
        return
    body.bind_target(node.target, value, annotation)


def _augmented(body: Body, node: ast.AugAssign) -> None:
    value = body.piece.expression(body, node.value)
    match node.target:
        case ast.Name(id=name):
            before = body.load(name)
            operator = "i" + OPERATORS[type(node.op)]
            body.bind(name, FromValue(Operation(before, operator, value)))
        case ast.Attribute(value=base, attr=attr):
            form = body.piece.expression(body, base)
            before = Attribute(form, body.piece.mangled(attr))
            operator = "i" + OPERATORS[type(node.op)]
            body.store(form, body.piece.mangled(attr), Operation(before, operator, value))
        case ast.Subscript(value=base, slice=index):
            form, key = body.piece.read(body, base), body.piece.expression(body, index)
            operator = "i" + OPERATORS[type(node.op)]
            note_item(body, form, key, Operation(Subscript(form, key), operator, value))


def _import(body: Body, node: ast.Import | ast.ImportFrom) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                body.bind(alias.asname, FromImport(alias.name, None, 0))
            else:
                body.bind(alias.name.partition(".")[0], FromImport(alias.name, None, 0, top=True))
        return
    module = node.module or ""
    for alias in node.names:
        if alias.name == "*":
            body.bind("*", FromStar(module, node.level))
        else:
            body.bind(alias.asname or alias.name, FromImport(module, alias.name, node.level))


def _delete(body: Body, target: ast.expr) -> None:
    match target:
        case ast.Name(id=name):
            body.bind(name, FromDelete())
        case ast.Attribute(value=base, attr=attr):
            body.store(body.piece.expression(body, base), attr, None)
        case ast.Subscript(value=base, slice=index):
            note_removed(body, body.piece.expression(body, base))
            body.piece.expression(body, index)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            for inner in elts:
                _delete(body, inner)
        case _:
            pass
