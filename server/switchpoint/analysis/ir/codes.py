"""Code of functions that is run with other names than those where it stands: other globals, other cells.

In: the forms of calls, and the body that they stand in; the nodes of a piece. Out: the body has a store on each
function whose code is taken, under a name that no attribute has. This module must not know what other names stand for.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import Attribute, Call, Expr, FromValue, Global, Local, Opaque
from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from switchpoint.analysis.ir.body import Body

GLOBALS = "()code"
"""The store whose value is the globals that a function's code is run with."""

CELLS = "()cells"
"""The store that says that a function's code is run with other cells."""

OTHER_NAMES = Opaque(Unresolved.DYNAMIC, "code that is run with other names")

_MEANING = frozenset({"co_code", "co_names", "co_consts", "co_varnames", "co_freevars", "co_cellvars", ""})
"""The parts of a code object that say what is read where ("": a `**`)."""


def note_borrowed(body: Body, call: Call) -> None:
    """`FunctionType(f.__code__, names)`, `eval(f.__code__, names)`, and whatever else is given both; `replace`."""
    match call:
        case Call(function=Attribute(name="replace", base=base), keywords=keywords) if any(
            key in _MEANING for key, _ in keywords
        ):
            function = _function_of(body, base)
            if function is not None:
                body.store(function, GLOBALS, OTHER_NAMES)
                body.store(function, CELLS, OTHER_NAMES)
        case Call(arguments=(code, *rest), keywords=keywords) if rest or keywords:
            function = _function_of(body, code)
            if function is None and not _makes_functions(call.function):
                return
            names = rest[0] if rest else dict(keywords).get("globals", OTHER_NAMES)
            body.store(function or code, GLOBALS, names)
            if len(rest) > 1 or any(key in ("closure", "") for key, _ in keywords):
                body.store(function or code, CELLS, OTHER_NAMES)
        case _:
            pass


def note_moved(body: Body, base: Expr, code: Expr) -> None:
    """`g.__code__ = f.__code__`: what one function does is done with the names of another."""
    function = _function_of(body, code)
    if function is not None and function != base:
        body.store(function, GLOBALS, Attribute(base, "__globals__"))


def _makes_functions(function: Expr) -> bool:
    return isinstance(function, Global | Attribute) and function.name == "FunctionType"


def _function_of(body: Body, form: Expr) -> Expr | None:
    """The function whose code an expression is, as far as the function around it tells."""
    match form:
        case Attribute(base=base, name="__code__"):
            return base
        case Call(function=Attribute(base=base, name="replace")):
            return _function_of(body, base)
        case Local(reaching=(index,)):
            source = body.bindings[index].source
            value = source.value if isinstance(source, FromValue) else None
            return None if value is None or isinstance(value, Local) else _function_of(body, value)
        case _:
            return None


def borrows(node: ast.AST) -> bool:
    """Whether a node may be such a call, or keep code for one."""
    match node:
        case ast.Call(func=ast.Name(id="FunctionType") | ast.Attribute(attr="FunctionType")):
            return True
        case ast.Call(args=arguments, keywords=keywords):
            return len(arguments) + len(keywords) > 1 and any(_is_code(argument) for argument in arguments[:1])
        case ast.Assign(value=value) | ast.NamedExpr(value=value):
            return _is_code(value)
        case ast.Attribute(value=value, attr="replace"):
            return _is_code(value)
        case _:
            return False


def _is_code(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="__code__"):
            return True
        case ast.Call(func=ast.Attribute(attr="replace", value=value)):
            return _is_code(value)
        case _:
            return False
