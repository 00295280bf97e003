"""Mutations: a program of the specification, changed so that it still runs and means nearly the same.

In: the text of a module and a source of chance. Out: another text, and what was done to it. Bodies begin to switch or
cease to; values take detours; names are bound in other ways; classes get subclasses; statements get blocks around them.
This module must not know what is claimed of either program.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

Mutation: TypeAlias = Callable[[ast.Module, Random], str]
"""Changes a tree; says how, or "" where there is nothing to change."""

_HEAD = """\
def _same(value, *_):
    return value

class _Cell:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value
"""
_SWITCH = "import asyncio as _asyncio\nawait _asyncio.sleep(0)"
_DETOURS = (
    "[VALUE][0]", "{'k': VALUE}['k']", "(VALUE, None)[0]", "next(iter([VALUE]))", "(lambda: VALUE)()", "_same(VALUE)",
    "_Cell(VALUE).get()", "_Cell(VALUE).value", "(VALUE if len('a') else None)", "(None or VALUE)",
    "[each for each in [VALUE]][0]", "dict(k=VALUE).get('k')", "list(map(lambda each: each, [VALUE]))[-1]",
    "getattr(_Cell(VALUE), 'value')", "_same(*[VALUE])", "_same(**{'value': VALUE})", "[*[VALUE]].pop()",
)  # fmt: skip
_BINDINGS = (
    "for NAME in [VALUE]:\n pass", "NAME, _ = VALUE, 0", "[NAME] = [VALUE]", "NAME = None\nNAME = VALUE",
    "NAME = _other = VALUE", "_other = VALUE\nNAME = _other", "try:\n NAME = VALUE\nfinally:\n pass",
    "*_, NAME = [VALUE]", "while True:\n NAME = VALUE\n break", "NAME = None\nif len('a'):\n NAME = VALUE",
    "with __import__('contextlib').nullcontext(VALUE) as NAME:\n pass",
)  # fmt: skip
_BLOCKS = (
    "try:\n BODY\nfinally:\n pass", "while True:\n BODY\n break", "for _ in range(1):\n BODY", "if len('a'):\n BODY",
    "with __import__('contextlib').suppress(KeyError):\n BODY", "try:\n BODY\nexcept KeyError:\n raise",
    "try:\n raise KeyError\nexcept KeyError:\n BODY",
)  # fmt: skip
_STAYING = (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Break, ast.Continue)
"""What a block around it, or around something that has it inside, would give another meaning."""


def mutated(source: str, chance: Random, *, openly: bool) -> tuple[str, list[str]]:
    """Another program, and what was done. `openly`: values take no detours, and names are bound as they were."""
    tree = ast.parse(source)
    kinds: list[Mutation] = [_switching, _quiet, _subclassed, _in_a_block]
    kinds += [] if openly else [_by_a_detour, _by_a_detour, _bound_otherwise]
    done = [chance.choice(kinds)(tree, chance) for _ in range(chance.randint(1, 4))]
    # A docstring and `from __future__` stay first.
    place = sum(isinstance(s, ast.ImportFrom) and s.module == "__future__" for s in tree.body)
    place += bool(tree.body) and isinstance(tree.body[0], ast.Expr)
    tree.body[place:place] = ast.parse(_HEAD).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n", [each for each in done if each]


def _switching(tree: ast.Module, chance: Random) -> str:
    function = _one(_coroutine_functions(tree), chance)
    if function is None:
        return ""
    is_end = chance.random() < 0.5 and not isinstance(function.body[-1], ast.Return | ast.Raise)
    place = len(function.body) if is_end else 0
    function.body[place:place] = ast.parse(_SWITCH).body
    return f"{function.name} switches"


def _quiet(tree: ast.Module, chance: Random) -> str:
    function = _one((f for f in _coroutine_functions(tree) if not _has(f, ast.Yield)), chance)
    if function is None:
        return ""
    kept = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Await))]
    function.body = kept or [ast.Pass()]
    return f"{function.name} awaits nothing by itself"


def _subclassed(tree: ast.Module, chance: Random) -> str:
    classes = {s.name: s for s in tree.body if isinstance(s, ast.ClassDef) and not s.keywords}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    call = _one((c for c in calls if isinstance(c.func, ast.Name) and c.func.id in classes), chance)
    if call is None or not isinstance(call.func, ast.Name):
        return ""
    cls = classes[call.func.id]
    plain = [f for f in cls.body if isinstance(f, ast.AsyncFunctionDef) and not _has(f, ast.Yield)]
    method = _one((f for f in plain if not f.decorator_list), chance)
    new = ast.parse(f"class _Sub{cls.name}({cls.name}):\n pass").body[0]
    if method is not None and isinstance(new, ast.ClassDef):
        text = f"async def {method.name}(self, *a, **k):\n {_SWITCH}\n return await super().{method.name}(*a, **k)"
        new.body = ast.parse(text.replace("\nawait", "\n await")).body
    tree.body.insert(tree.body.index(cls) + 1, new)
    call.func = ast.Name("_Sub" + cls.name, ast.Load())
    return f"a subclass of {cls.name}"


def _in_a_block(tree: ast.Module, chance: Random) -> str:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    spots = [(f.body, i) for f in functions for i, s in enumerate(f.body) if not _has(s, *_STAYING)]
    if not spots:
        return ""
    body, index = chance.choice(spots)
    statement, block = body[index], chance.choice(_BLOCKS)
    body[index : index + 1] = [_Filled(BODY=statement).visit(s) for s in ast.parse(block).body]
    return f"{block!r} around {ast.unparse(statement)[:40]}"


def _by_a_detour(tree: ast.Module, chance: Random) -> str:
    spots = [
        (holder, at) for holder, at in _values(tree) if not _has(_at(holder, at), ast.Await, ast.Yield, ast.NamedExpr)
    ]
    if not spots:
        return ""
    holder, at = chance.choice(spots)
    value, detour = _at(holder, at), chance.choice(_DETOURS)
    new = _Filled(VALUE=value).visit(ast.parse(detour, mode="eval").body)
    if isinstance(at, int):
        holder[at] = new
    else:
        setattr(holder, at, new)
    return f"{detour} for {ast.unparse(value)[:40]}"


def _bound_otherwise(tree: ast.Module, chance: Random) -> str:
    bodies = [b for n in ast.walk(tree) if isinstance(b := getattr(n, "body", None), list)]
    found = [(b, i, s) for b in bodies for i, s in enumerate(b) if isinstance(s, ast.Assign) and len(s.targets) == 1]
    named = [each for each in found if isinstance(each[2].targets[0], ast.Name | ast.Attribute)]
    spot = _one((each for each in named if not _has(each[2].value, ast.Await, ast.Yield)), chance)
    if spot is None:
        return ""
    body, index, assignment = spot
    binding = chance.choice(_BINDINGS)
    filled = _Filled(NAME=assignment.targets[0], VALUE=assignment.value)
    body[index : index + 1] = [filled.visit(s) for s in ast.parse(binding).body]
    return f"{binding!r} for {ast.unparse(assignment)[:40]}"


class _Filled(ast.NodeTransformer):
    """Puts what stands for names into a pattern: expressions, or a statement for a name that is one by itself."""

    def __init__(self, **parts: ast.AST) -> None:
        self._parts = parts

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        is_part = isinstance(node.value, ast.Name) and node.value.id in self._parts
        return self.visit(node.value) if is_part else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        part = copy.deepcopy(self._parts.get(node.id, node))
        if isinstance(part, ast.Name | ast.Attribute):
            part.ctx = node.ctx
        return part


def _values(tree: ast.Module) -> Iterator[tuple[object, int | str]]:
    """Where values stand that may be anything: arguments, items, what is assigned or returned."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=parts) | ast.List(elts=parts, ctx=ast.Load()) | ast.Tuple(elts=parts, ctx=ast.Load()):
                yield from ((parts, i) for i, part in enumerate(parts) if not isinstance(part, ast.Starred))
            case ast.Assign() | ast.Return(value=ast.expr()):
                yield node, "value"
            case _:
                pass


def _at(holder, at: int | str) -> ast.AST:
    return holder[at] if isinstance(at, int) else getattr(holder, at)


def _coroutine_functions(tree: ast.Module) -> list[ast.AsyncFunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef)]


def _has(tree: ast.AST, *kinds: type[ast.AST]) -> bool:
    return any(isinstance(node, kinds) for node in ast.walk(tree))


def _one(found, chance: Random):
    every = list(found)
    return chance.choice(every) if every else None
