"""Statements: `ast` to bindings and control flow.

In: the statements of one body. Out: the `Body` has grown by them. This module must not know how expressions are lowered,
nor how the piece was found.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from switchpoint.analysis.ir.body import Body, Environment
from switchpoint.analysis.ir.expressions import OPERATORS
from switchpoint.analysis.ir.forms import (
    Attribute,
    Branch,
    Call,
    Compare,
    Const,
    Display,
    Element,
    Elements,
    Entered,
    Expr,
    Flow,
    FromDefinition,
    FromDelete,
    FromImport,
    FromJoin,
    FromStar,
    FromValue,
    Global,
    Guarded,
    Jump,
    Local,
    Loop,
    Not,
    Number,
    Opaque,
    Operation,
    Risk,
    Try,
)
from switchpoint.analysis.ir.scopes import stored_names
from switchpoint.analysis.verdicts import SiteKind, Unresolved

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
    expression = body.piece.expression
    if not _is_safe(node) and (not body.flow or body.flow[-1] != Risk()):
        body.flow.append(Risk())
    match node:
        case ast.Expr():
            expression(body, node.value)
        case ast.Assign():
            value = expression(body, node.value)
            for target in node.targets:
                body.bind_target(target, value)
        case ast.AnnAssign():
            _annotated(body, node)
        case ast.AugAssign():
            _augmented(body, node)
        case ast.Return():
            value = Const(None) if node.value is None else expression(body, node.value)
            if not body.dead:
                body.returns.append((value, body.region))
            body.jump(Jump.RETURN)
        case ast.Raise():
            for part in (node.exc, node.cause):
                if part is not None:
                    expression(body, part)
            body.jump(Jump.RAISE)
        case ast.Break():
            body.jump(Jump.BREAK)
        case ast.Continue():
            body.jump(Jump.CONTINUE)
        case ast.If():
            _if(body, node)
        case ast.While():
            _while(body, node)
        case ast.For() | ast.AsyncFor():
            _for(body, node)
        case ast.With() | ast.AsyncWith():
            _with(body, node)
        case ast.Match():
            _match(body, node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            body.bind(node.name, FromDefinition(body.piece.inner_definition(body, node), False))
        case ast.ClassDef():
            body.bind(node.name, FromDefinition(body.piece.inner_class(body, node), True))
        case ast.Import() | ast.ImportFrom():
            _import(body, node)
        case ast.Delete():
            for target in node.targets:
                _delete(body, target)
        case ast.Assert():
            test = expression(body, node.test)
            if node.msg is not None:
                body.open_arm(test, holds=False)
                expression(body, node.msg)
                body.flow.append(Jump.RAISE)
                message = body.close_arm()
                body.flow.append(Branch(((Not(test), message),), ()))
            body.narrow(test, holds=True)
        case _ if isinstance(node, _TRY_STATEMENTS):
            _try(body, node)  # pyright: ignore[reportArgumentType]  # TryStar has the fields of Try (3.11)
        case _ if isinstance(node, _TYPE_ALIAS) and hasattr(node, "name"):
            name = getattr(node, "name").id  # noqa: B009  # ast.TypeAlias, 3.12
            body.bind(name, FromValue(expression(body, getattr(node, "value"))))  # noqa: B009
        case _:
            pass


def _is_safe(node: ast.stmt) -> bool:
    """Whether a statement cannot raise before it yields or jumps: `pass`, `yield x`, `return`, `try`."""
    match node:
        case ast.Expr(value=ast.Yield(value=None | ast.Constant() | ast.Name()) | ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant() | ast.Name()):
            return True
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
            body.piece.read(body, base)
            body.piece.expression(body, index)


def _if(body: Body, node: ast.If) -> None:
    """`elif` chains are walked: they may be thousands long."""
    arms: list[tuple[Expr | None, Flow]] = []
    ends: list[Environment] = []
    tail: list[ast.stmt] = [node]
    while len(tail) == 1 and isinstance(link := tail[0], ast.If):
        test = body.piece.read(body, link.test)
        before, was_dead = body.env, body.dead
        body.open_arm(test, holds=True)
        lower_block(body, link.body)
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
    lower_block(body, tail)
    orelse = body.close_flow()
    if not body.dead or was_dead:
        ends.append(body.env)
    body.region = region if exits else _outer_region(body, region, len(arms))
    _meet(body, ends, was_dead)
    if _matters(orelse) or any(_matters(flow) for _, flow in arms):
        body.flow.append(Branch(tuple(arms), orelse))


def _matters(flow: Flow) -> bool:
    """Whether a stretch does more than perhaps raise; that it may raise is noted before it as well."""
    return any(not isinstance(node, Risk) for node in flow)


def _outer_region(body: Body, region: int, count: int) -> int:
    """The region before `count` tests were entered one inside the other."""
    for _ in range(count):
        region = body.regions[region].parent
    return region


def _meet(body: Body, ends: list[Environment], was_dead: bool) -> None:
    body.dead = was_dead or not ends
    if ends:
        env = ends[0]
        for other in ends[1:]:
            env = body.merge(env, other)
        body.env = env


def _loop_heads(body: Body, nodes: Sequence[ast.AST]) -> dict[str, int]:
    """A join for every name that the loop rebinds; filled in when the loop's end is known."""
    heads: dict[str, int] = {}
    for name in sorted(stored_names(nodes)):
        if name in body.env:
            heads[name] = body.bind(name, FromJoin(body.env[name]))
        else:
            heads[name] = body.bind(name, FromJoin(()))
    return heads


def _close_heads(body: Body, heads: dict[str, int], raised: dict[str, set[int]]) -> None:
    for name, index in heads.items():
        head = body.bindings[index]
        assert isinstance(head.source, FromJoin)
        reaching = {*head.source.reaching, *raised.get(name, ())} - {index}
        body.bindings[index] = type(head)(name, FromJoin(tuple(sorted(reaching))), head.region)


def _while(body: Body, node: ast.While) -> None:
    was_dead = body.dead
    heads = _loop_heads(body, [node.test, *node.body])
    body.open_flow()
    test = body.piece.read(body, node.test)
    head = body.close_flow()
    at_test = body.env
    with body.catching() as bound:
        body.open_arm(test, holds=True)
        lower_block(body, node.body)
        inner = body.close_arm()
    _close_heads(body, heads, bound)
    body.dead = was_dead
    body.env = body.with_raised(at_test, bound)
    body.narrow(test, holds=False) if not _breaks(node.body) else None
    body.open_flow()
    lower_block(body, node.orelse)
    orelse = body.close_flow()
    endless = isinstance(test, Const | Number) and bool(test.value if isinstance(test, Const) else test.sign)
    body.dead = was_dead or (endless and not _breaks(node.body))
    if _matters(inner) or _matters(orelse) or _matters(head) or endless:
        body.flow.append(Loop(test, inner, orelse, head))


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


def _for(body: Body, node: ast.For | ast.AsyncFor) -> None:
    was_dead = body.dead
    iterable = body.piece.read(body, node.iter)
    is_async = isinstance(node, ast.AsyncFor)
    heads = _loop_heads(body, [node.target, *node.body])
    before = body.env
    with body.catching() as bound:
        body.open_flow()
        body.env = dict(before)
        if is_async:
            place = body.place(node)
            body.suspend(SiteKind.NEXT, iterable, place, body.piece.async_keyword(node), body.place(node.iter), place)
        body.bind_target(node.target, Elements(iterable, is_async))
        lower_block(body, node.body)
        inner = body.close_flow()
    _close_heads(body, heads, bound)
    body.dead = was_dead
    body.env = body.with_raised(before, bound)
    body.open_flow()
    lower_block(body, node.orelse)
    orelse = body.close_flow()
    body.dead = was_dead
    if _matters(inner) or _matters(orelse):
        body.flow.append(Loop(None, inner, orelse))


def _with(body: Body, node: ast.With | ast.AsyncWith) -> None:
    """Items enter in order and exit in reverse; a manager may swallow what its block raised."""
    is_async = isinstance(node, ast.AsyncWith)
    was_dead = body.dead
    block, keyword = body.place(node), body.piece.async_keyword(node) if is_async else (0, 0, 0, 0)
    managers: list[tuple[Expr, ast.expr]] = []
    for item in node.items:
        manager = body.piece.expression(body, item.context_expr)
        managers.append((manager, item.context_expr))
        if is_async:
            place = body.place(item.context_expr)
            body.suspend(SiteKind.ENTER, manager, place, keyword, place, block)
        if item.optional_vars is not None:
            body.bind_target(item.optional_vars, Entered(manager, is_async))
    before = body.env
    with body.catching() as raised:
        body.open_flow()
        body.env = dict(before)
        lower_block(body, node.body)
        inner = body.close_flow()
    body.open_flow()
    if is_async:
        for manager, expression in reversed(managers):
            place = body.place(expression)
            body.suspend(SiteKind.EXIT, manager, place, keyword, place, block)
    exits = body.close_flow()
    body.env = body.merge(body.env, body.with_raised(before, raised))
    body.dead = was_dead or (body.dead and _leaves(node.body))
    if _matters(inner) or exits:
        body.flow.append(Guarded(inner, exits, tuple((manager, is_async) for manager, _ in managers)))


def _leaves(statements: Sequence[ast.stmt]) -> bool:
    """Whether control surely leaves by `return`, `break` or `continue`, which no manager swallows."""
    return bool(statements) and isinstance(statements[-1], ast.Return | ast.Break | ast.Continue)


def _try(body: Body, node: ast.Try) -> None:
    was_dead = body.dead
    before = body.env
    imports = _imports_of(node)
    with body.catching() as raised_anywhere:
        with body.catching() as raised:
            body.open_arm(None, holds=True, imports=imports)
            lower_block(body, node.body)
            inner = body.close_arm()
        at_handlers = body.with_raised(before, raised)
        body.open_flow()
        lower_block(body, node.orelse)
        orelse = body.close_flow()
        ends = [] if body.dead and not was_dead else [body.env]
        handlers: list[Flow] = []
        for handler in node.handlers:
            body.dead, body.env = was_dead, dict(at_handlers)
            handlers.append(_handler(body, handler, imports))
            if not body.dead or was_dead:
                ends.append(body.env)
    exits = not ends
    body.dead = was_dead
    body.env = body.with_raised(before, raised_anywhere)
    if not node.finalbody and ends:
        _meet(body, ends, was_dead)
    elif ends and not node.handlers:
        body.env = ends[0]
    body.open_flow()
    lower_block(body, node.finalbody)
    final = body.close_flow()
    body.dead = body.dead or exits
    if any(map(_matters, (inner, orelse, final, *handlers))):
        body.flow.append(Try(inner, tuple(handlers), orelse, final, imports))


def _handler(body: Body, handler: ast.ExceptHandler, imports: tuple[FromImport, ...]) -> Flow:
    catches_import = imports and handler.type is not None and _names_import_error(handler.type)
    body.open_arm(None, holds=False, imports=imports if catches_import else ())
    if handler.type is not None:
        kind = body.piece.expression(body, handler.type)
        if handler.name:
            body.bind(handler.name, FromValue(Call(kind)))
    lower_block(body, handler.body)
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


def _match(body: Body, node: ast.Match) -> None:
    subject = body.piece.expression(body, node.subject)
    before, was_dead = body.env, body.dead
    arms: list[tuple[Expr | None, Flow]] = []
    ends: list[Environment] = []
    exhaustive = False
    for case in node.cases:
        body.env, body.dead = dict(before), was_dead
        test = _pattern_test(body, subject, case.pattern)
        body.open_arm(test, holds=True)
        _bind_pattern(body, subject, case.pattern)
        if case.guard is not None:
            guard = body.piece.expression(body, case.guard)
            body.narrow(guard, holds=True)
        lower_block(body, case.body)
        arms.append((test if case.guard is None else None, body.close_arm()))
        exhaustive = exhaustive or (case.guard is None and _irrefutable(case.pattern))
        if not body.dead or was_dead:
            ends.append(body.env)
    if not exhaustive:
        ends.append(dict(before))
    _meet(body, ends, was_dead)
    if any(_matters(flow) for _, flow in arms):
        body.flow.append(Branch(tuple(arms), (), exhaustive))


def _irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _irrefutable(pattern.pattern))


def _pattern_test(body: Body, subject: Expr, pattern: ast.pattern) -> Expr | None:
    """What a pattern says of its subject, as the test that an `if` would make."""
    match pattern:
        case ast.MatchClass(cls=cls, patterns=[], kwd_patterns=[]):
            return Call(Global("isinstance"), (subject, body.piece.expression(body, cls)))
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
            body.piece.expression(body, base)
            body.piece.expression(body, index)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            for inner in elts:
                _delete(body, inner)
        case _:
            pass
