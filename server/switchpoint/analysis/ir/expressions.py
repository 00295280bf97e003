"""Expressions: `ast` to forms, noting sites, yields and calls on the way in the order of evaluation.

In: an `ast` expression and the body that it stands in. Out: a form; the body's flow has grown by what evaluating it
may do. This module must not know statements.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.conditions import branch
from switchpoint.analysis.ir.forms import (
    SENT,
    Attribute,
    Await,
    Call,
    Choice,
    Closure,
    Compare,
    Const,
    Delegated,
    Display,
    Elements,
    Expr,
    FromValue,
    Global,
    Local,
    Loop,
    Not,
    Number,
    Opaque,
    Operation,
    Starred,
    Subscript,
    Union_,
    YieldForm,
)
from switchpoint.analysis.ir.handling import note_fillers, note_further_call, note_handed, note_run
from switchpoint.analysis.ir.heads import close_heads, loop_heads
from switchpoint.analysis.ir.made_classes import made_class
from switchpoint.analysis.ir.namespaces import REMOVING, note_escape, note_given
from switchpoint.analysis.ir.scopes import FILLING, READING, READING_CALLS, stored_names, walrus_names
from switchpoint.analysis.ir.setters import METHODS, note_taken
from switchpoint.analysis.verdicts import SiteKind, Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from switchpoint.analysis.ir.body import Body

DEEPEST = 90
"""Nesting of one expression beyond which nothing is followed; sites inside are then a problem of the piece."""

TASK_STARTERS = frozenset(
    {"create_task", "ensure_future", "start_soon", "start", "gather", "run_coroutine_threadsafe", "as_completed"}
)
"""Last names of calls that may make tasks. Only what their source proves is shown; this only says where to look."""

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Is: "is", ast.IsNot: "is not", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def lower_expression(body: Body, node: ast.expr) -> Expr:
    """The form of `node`."""
    form = _lowered(body, node)
    note_escape(body, form)
    return form


def _lowered(body: Body, node: ast.expr) -> Expr:
    body.depth += 1
    try:
        if body.depth > DEEPEST:
            return _too_deep(body, node)
        return _dispatch(body, node)
    finally:
        body.depth -= 1


def lower_read(body: Body, node: ast.expr) -> Expr:
    """The form of `node` where it is only looked into: iterated, subscripted, tested."""
    return body.load(node.id, reads=True) if isinstance(node, ast.Name) else _lowered(body, node)


def _operand(body: Body, node: ast.expr) -> Expr:
    """The form of `node` where something new is made of it."""
    return lower_expression(body, node) if isinstance(node, ast.Name) else _lowered(body, node)


def _dispatch(body: Body, node: ast.expr) -> Expr:
    match node:
        case ast.Name():
            note_taken(body, node.id)
            return body.load(node.id)
        case ast.Constant():
            return _constant(node.value)
        case ast.Attribute():
            base = _base(body, node)
            note_taken(body, node.attr, base)
            return Attribute(base, body.piece.mangled(node.attr))
        case ast.Call():
            return _call(body, node)
        case ast.Await():
            return _await(body, node)
        case ast.Subscript():
            return Subscript(lower_read(body, node.value), lower_expression(body, node.slice))
        case ast.BoolOp():
            return _bool_op(body, node)
        case ast.IfExp():
            return _conditional(body, node)
        case ast.UnaryOp():
            return _unary(body, node)
        case ast.BinOp():
            return _binary(body, node)
        case ast.Compare():
            return _compare(body, node)
        case ast.NamedExpr():
            value = lower_expression(body, node.value)
            return body.bind_and_load(node.target.id, FromValue(value))
        case ast.Yield() | ast.YieldFrom():
            return _yield(body, node)
        case _:
            return _made(body, node)


def _made(body: Body, node: ast.expr) -> Expr:
    """Expressions that make something new: containers, functions, generators, strings."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            return Display(type(node).__name__.lower(), tuple(lower_expression(body, item) for item in node.elts))
        case ast.Dict():
            return _dict(body, node)
        case ast.JoinedStr():
            return _parts(body, _formatted(node), "str")
        case ast.Lambda():
            return Closure(body.inner_function(node, "<lambda>"))
        case ast.GeneratorExp():
            return _generator_expression(body, node)
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            return _comprehension(body, node)
        case ast.Starred():
            return Starred(lower_read(body, node.value))
        case ast.Slice():
            return _parts(body, ast.iter_child_nodes(node), "slice")
        case _:
            return _parts(body, ast.iter_child_nodes(node))


def _base(body: Body, node: ast.Attribute) -> Expr:
    if node.attr in READING:
        return lower_read(body, node.value)
    return _operand(body, node.value) if node.attr in REMOVING else lower_expression(body, node.value)


def _parts(body: Body, parts: Iterable[ast.AST], builtin: str = "") -> Expr:
    """A value that is not followed, but whose parts are evaluated."""
    for part in parts:
        if isinstance(part, ast.expr):
            _operand(body, part)
    return Opaque(Unresolved.VALUE, builtin=builtin)


def _formatted(node: ast.JoinedStr) -> list[ast.expr]:
    """The expressions of an f-string, each followed by those of its format."""
    found: list[ast.expr] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            found.extend((part.value, *(() if part.format_spec is None else (part.format_spec,))))
    return found


def _constant(value: object) -> Expr:
    match value:
        case None | bool():
            return Const(value)
        case int() | float():
            exact = value if isinstance(value, int) and abs(value) < 100 else None
            return Number((value > 0) - (value < 0), exact)
        case str():
            return Const(value) if len(value) <= 120 else Opaque(Unresolved.VALUE, builtin="str")
        case _:
            return Opaque(Unresolved.VALUE, builtin=type(value).__name__)


def _call(body: Body, node: ast.Call) -> Expr:
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        body.handled.add(node.func.value.id)
    function = _function(body, node.func)
    lower, reads = _lower_argument(node.func)
    arguments = tuple(lower(body, argument) for argument in node.args)
    keywords = tuple(
        (keyword.arg or "", (_operand if keyword.arg else lower_read)(body, keyword.value)) for keyword in node.keywords
    )
    if not reads:
        note_further_call(body)
        for place, form in (*enumerate(arguments), *keywords):
            note_given(body, function, place, form)
            note_handed(body, function, form)
    note_fillers(body, arguments)
    note_run(body, function)
    call = Call(function, arguments, keywords)
    body.note_call(call, node)
    made = made_class(node)
    if made is None or function == Local("type", ()):
        return call
    cls = body.made_class(made.node)
    return cls if made.is_sure and function == Global("type") else call


def _function(body: Body, node: ast.expr) -> Expr:
    if isinstance(node, ast.Attribute) and node.attr in FILLING:
        return Attribute(lower_read(body, node.value), node.attr)
    if isinstance(node, ast.Attribute) and node.attr in METHODS:
        return Attribute(lower_expression(body, node.value), node.attr)
    return lower_expression(body, node)


def _lower_argument(function: ast.expr) -> tuple[Callable[[Body, ast.expr], Expr], bool]:
    """How an argument of that function is lowered, and whether that is a builtin that only looks into it, or copies."""
    name = function.id if isinstance(function, ast.Name) else ""
    return (lower_read, True) if name in READING_CALLS else (_operand, name in _COPYING_CALLS)


_COPYING_CALLS = frozenset({"dict", "repr", "str", "print", "bool", "id", "type", "isinstance", "hash", "frozenset"})


def _await(body: Body, node: ast.Await) -> Expr:
    operand = lower_expression(body, node.value)
    place = body.place(node)
    keyword = (place[0], place[1], place[0], place[1] + len("await"))
    body.suspend(SiteKind.AWAIT, operand, place, keyword=keyword, operand_place=body.place(node.value))
    return Await(operand)


def _dict(body: Body, node: ast.Dict) -> Expr:
    keys: list[Expr | None] = []
    items: list[Expr] = []
    for key, value in zip(node.keys, node.values, strict=True):
        keys.append(None if key is None else lower_expression(body, key))
        items.append((_operand if key is None else lower_expression)(body, value))
    return Display("dict", tuple(items), tuple(keys))


def _bool_op(body: Body, node: ast.BoolOp) -> Expr:
    """Later operands run only where the earlier ones let them: each is a branch, narrowed by what came before it."""
    operator = "and" if isinstance(node.op, ast.And) else "or"
    options: list[Expr] = [lower_expression(body, node.values[0])]
    saved = body.env
    for value in node.values[1:]:
        body.open_arm(options[-1], holds=operator == "and")
        options.append(lower_expression(body, value))
    for test in reversed(options[:-1]):
        arm = body.close_arm()
        if arm:
            body.flow.append(branch([(Not(test) if operator == "or" else test, arm)]))
    body.env = body.merge(saved, body.env)
    return Choice(tuple(options), operator=operator)


def _conditional(body: Body, node: ast.IfExp) -> Expr:
    test = lower_expression(body, node.test)
    before = body.env
    body.open_arm(test, holds=True)
    first = lower_expression(body, node.body)
    then = body.close_arm()
    after_then, body.env = body.env, before
    body.open_arm(test, holds=False)
    second = lower_expression(body, node.orelse)
    orelse = body.close_arm()
    body.env = body.merge(after_then, body.env)
    if then or orelse:
        body.flow.append(branch([(test, then)], orelse))
    return Choice((first, second), test=test)


def _unary(body: Body, node: ast.UnaryOp) -> Expr:
    value = lower_read(body, node.operand)
    match node.op, value:
        case ast.Not(), _:
            return Not(value)
        case ast.USub(), Number(sign=sign, exact=exact):
            return Number(-sign, None if exact is None else -exact)
        case _:
            return Opaque(Unresolved.VALUE)


def _binary(body: Body, node: ast.BinOp) -> Expr:
    """`a + b + c ...` leans left and may be thousands long: walked, not recursed."""
    chain: list[ast.BinOp] = [node]
    while isinstance(left := chain[-1].left, ast.BinOp):
        chain.append(left)
    value = _operand(body, chain[-1].left)
    for link in reversed(chain):
        right = _operand(body, link.right)
        value = _operation(value, link.op, right) if len(chain) < 40 else Opaque(Unresolved.VALUE)
    return value


def _operation(left: Expr, operator: ast.operator, right: Expr) -> Expr:
    if isinstance(operator, ast.BitOr):
        return Union_(left, right)
    plain = (Const, Number, Opaque)
    if isinstance(left, plain) and isinstance(right, plain):
        return Opaque(Unresolved.VALUE)
    return Operation(left, OPERATORS[type(operator)], right)


OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv",
}  # fmt: skip


def _compare(body: Body, node: ast.Compare) -> Expr:
    """A chained comparison may stop after any of its links."""
    left = lower_read(body, node.left)
    rights = [lower_read(body, node.comparators[0])]
    for right in node.comparators[1:]:
        body.open_arm(None, holds=True)
        rights.append(lower_expression(body, right))
    for _ in node.comparators[1:]:
        arm = body.close_arm()
        if arm:
            body.flow.append(branch([(None, arm)]))
    if len(rights) != 1:
        return Opaque(Unresolved.VALUE, builtin="bool")
    return Compare(left, _COMPARISONS[type(node.ops[0])], rights[0])


def _generator_expression(body: Body, node: ast.GeneratorExp) -> Expr:
    """The first iterable is evaluated here, everything else where the generator is consumed."""
    first = lower_read(body, node.generators[0].iter)
    return Call(Closure(body.inner_function(node, "<genexpr>", first)), (first,))


def _comprehension(body: Body, node: ast.ListComp | ast.SetComp | ast.DictComp) -> Expr:
    first = lower_read(body, node.generators[0].iter)
    heads = loop_heads(body, walrus_names(node))
    with body.catching() as bound, body.comprehension_scope(), body.perhaps():
        for index, clause in enumerate(node.generators):
            open_clause(body, node, clause, lower_read(body, clause.iter) if index else first)
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        items = tuple(lower_expression(body, result) for result in results)
        for _ in node.generators:
            close_clause(body)
    close_heads(body, heads, bound)
    for name, head in heads.items():
        body.env[name] = tuple(sorted({head, *bound.get(name, ())}))
    if isinstance(node, ast.DictComp):
        return Display("dict", items[1:], (items[0] if isinstance(items[0], Local) else Opaque(Unresolved.VALUE),))
    return Display("some", items)


def open_clause(body: Body, node: ast.expr, clause: ast.comprehension, iterable: Expr) -> None:
    """Begins the loop of one `for` clause: its step, its target, its conditions. Closed by `close_clause`."""
    body.open_flow()
    body.open_loop()
    if clause.is_async:
        place = body.place(node)
        keyword = body.async_keyword(clause)
        body.suspend(SiteKind.NEXT, iterable, place, keyword=keyword, operand_place=body.place(clause.iter))
    body.hide(stored_names([clause.target]))
    body.bind_target(clause.target, Elements(iterable, bool(clause.is_async)))
    for condition in clause.ifs:
        test = lower_expression(body, condition)
        body.narrow(test, holds=True)


def close_clause(body: Body) -> None:
    """Ends the innermost clause: its flow becomes a loop's."""
    inner = body.close_flow()
    body.close_loop()
    if inner:
        body.flow.append(Loop(None, inner, ()))


def _yield(body: Body, node: ast.Yield | ast.YieldFrom) -> Expr:
    value = None if node.value is None else lower_expression(body, node.value)
    if isinstance(node, ast.YieldFrom):
        body.add_yield(YieldForm(None, value, body.place(node)))
        return Delegated(value) if value is not None else Opaque(Unresolved.VALUE)
    body.add_yield(YieldForm(value, None, body.place(node)))
    return SENT


def _too_deep(body: Body, node: ast.expr) -> Expr:
    body.piece.is_cut = True
    for inner in ast.walk(node):
        if isinstance(inner, ast.Await | ast.comprehension | ast.Yield | ast.YieldFrom):
            body.problem = "an expression is nested too deeply: the awaits inside it are not listed"
            break
    return Opaque(Unresolved.BUDGET, "an expression nested too deeply")
