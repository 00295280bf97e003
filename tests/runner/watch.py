"""A small observer, independent of the product's: run a program and see which of its sites really switch.

In: a folder, a file for the result, options and expressions to run in the namespace of the folder's main.py. Out: JSON,
per file the sites with how often each ran, completed without a switch, and switched. Run as a script, by any CPython
from 3.11 up; it must know nothing of switchpoint.

Each value that a task yields to the loop is noticed by `Watched`, which then walks the chain of suspended frames: every
site on it switched. Completions are counted by calls woven around the sites of the program's own files.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import collections.abc
import gc
import importlib.machinery
import json
import sys
import types
from pathlib import Path

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
ROOT = Path()
SITES: list[dict] = []
BY_SPAN: dict[tuple, list[int]] = {}
LIVE: dict[tuple[int, int], bool] = {}  # (frame, site) -> has it switched since it began


class Weaver(ast.NodeTransformer):
    """Calls `__begin__` before and `__done__` after each site, and takes `async with a, b` apart into nested ones."""

    def __init__(self, path: str) -> None:
        self.path = path

    def site(self, kind: str, node: ast.AST) -> int:
        span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        BY_SPAN.setdefault((self.path, *span), []).append(len(SITES))
        place = {"file": self.path, "kind": kind, "line": span[0], "col": span[1]}
        SITES.append({**place, "ran": 0, "quiet": 0, "switched": 0})
        return len(SITES) - 1

    def visit_Await(self, node: ast.Await) -> ast.expr:
        site = self.site("await", node)
        self.generic_visit(node)
        return call(node, "__done__", site, call(node, "__begin__", site), node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> list[ast.stmt]:
        spans = [(self.site("enter", item.context_expr), self.site("exit", item.context_expr)) for item in node.items]
        self.generic_visit(node)
        body = node.body
        for (entering, leaving), item in list(zip(spans, node.items, strict=True))[::-1]:
            at = item.context_expr
            item.context_expr = call(at, "__begin__", entering, at)
            body = [stmt(at, "__done__", entering), *body, stmt(at, "__begin__", leaving)]
            nested = ast.copy_location(ast.AsyncWith(items=[item], body=body), at)
            body = [nested, stmt(at, "__done__", leaving)]
        return body

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.stmt:
        site = self.site("next", node)
        self.generic_visit(node)
        node.iter = call(node.iter, "__begin__", site, node.iter)
        node.body = [stmt(node, "__done__", site), *node.body, stmt(node, "__begin__", site)]
        node.orelse = [stmt(node, "__done__", site), *node.orelse]
        return node

    def comprehension(self, node: ast.expr) -> ast.expr:
        for clause in node.generators:
            if clause.is_async:
                clause.iter = call(clause.iter, "__begin__", self.site("next", node), clause.iter)
        self.generic_visit(node)
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension


def call(at: ast.AST, name: str, site: int, *operands: ast.expr) -> ast.expr:
    made = ast.Call(ast.Name(name, ast.Load()), [ast.Constant(site), *operands], [])
    for node in (made, made.func, made.args[0]):
        ast.copy_location(node, at)
    return made


def stmt(at: ast.AST, name: str, site: int) -> ast.stmt:
    return ast.copy_location(ast.Expr(call(at, name, site)), at)


def begin(site: int, operand: object = None) -> object:
    SITES[site]["ran"] += 1
    LIVE[id(sys._getframe(1)), site] = False
    return operand


def done(site: int, token: object = None, value: object = None) -> object:
    if LIVE.pop((id(sys._getframe(1)), site), True) is False:
        SITES[site]["quiet"] += 1
    return value


class Watched(collections.abc.Coroutine):
    """A coroutine around a task's coroutine that notices what is yielded to the loop."""

    def __init__(self, inner) -> None:
        self.inner = inner

    def send(self, value):
        return self.noted(self.inner.send(value))

    def throw(self, *error):
        return self.noted(self.inner.throw(*error))

    def noted(self, value):
        for frame in suspended(self.inner):
            note(frame)
        return value

    def close(self):
        self.inner.close()

    def __await__(self):
        raise TypeError("only tasks are watched")


SUSPENDED = {
    types.CoroutineType: ("cr_frame", "cr_await"),
    types.GeneratorType: ("gi_frame", "gi_yieldfrom"),
    types.AsyncGeneratorType: ("ag_frame", "ag_await"),
}


def suspended(driven):
    """The frames of the chain from `driven` down to the yield; through awaitables made in C by their referents."""
    while driven is not None:
        if type(driven) in SUSPENDED:
            frame, inner = (getattr(driven, name) for name in SUSPENDED[type(driven)])
            # Before 3.12 a comprehension was a coroutine of its own, awaited where no site of its owner stands.
            if frame is not None and not getattr(inner, "__name__", "").endswith("comp>"):
                yield frame
            driven = inner
        else:
            held = gc.get_referents(driven)
            held += [value for part in held if type(part) is dict for value in part.values()]
            driven = next((part for part in held if type(part) in SUSPENDED), None)


def note(frame) -> None:
    """Of the sites that share one span (`async with await x()`), the one that has begun; after the enter, the exit."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end_line, col, end_col = positions
    sites = BY_SPAN.get((frame.f_code.co_filename, line, col, end_line, end_col), [])
    if any(SITES[site]["kind"] != "next" for site in sites):
        begun = [site for site in sites if (id(frame), site) in LIVE]
        sites = begun[:1] or [site for site in sites if SITES[site]["kind"] == "exit"]
    for site in sites:
        SITES[site]["switched"] += 1
        if (id(frame), site) in LIVE:
            LIVE[id(frame), site] = True


class Loader(importlib.machinery.SourceFileLoader):
    """Imports a file of the program as it was woven."""

    def source_to_code(self, data, path, *, _optimize=-1):
        return WOVEN[str(path)]


WOVEN: dict[str, types.CodeType] = {}


def weave(path: Path) -> None:
    try:
        tree = Weaver(str(path)).visit(ast.parse(path.read_bytes(), str(path)))
        flags = FLAGS if path.name == "main.py" else 0
        WOVEN[str(path)] = compile(ast.fix_missing_locations(tree), str(path), "exec", flags, dont_inherit=True)
    except SyntaxError:
        pass  # a file that is broken on purpose has no sites and cannot be imported


def importable(folder: str):
    if not Path(folder).is_relative_to(ROOT):
        raise ImportError(folder)
    return importlib.machinery.FileFinder(folder, (Loader, [".py"]))


def factory(eager: bool):
    def make(loop, coro, **options):
        if eager:
            options.setdefault("eager_start", True)
        return asyncio.Task(Watched(coro), loop=loop, **options)

    return make


def run(expressions: list[str], eager: bool) -> None:
    sys.dont_write_bytecode = True
    sys.path[0] = str(ROOT)
    sys.path_hooks.insert(0, importable)
    sys.path_importer_cache.clear()
    main = sys.modules["main"] = types.ModuleType("main")
    main.__file__, main.__builtins__ = str(ROOT / "main.py"), builtins
    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(factory(eager))
        top = types.FunctionType(WOVEN[main.__file__], main.__dict__)()
        for made in [lambda: top, *(lambda text=text: eval(text, main.__dict__) for text in expressions)]:
            value = made()
            if isinstance(value, collections.abc.Coroutine):
                runner.run(value)


def watch(root: str, result: str, eager: str, *expressions: str) -> None:
    global ROOT  # noqa: PLW0603 - one program, one process
    ROOT = Path(root)
    builtins.__begin__, builtins.__done__ = begin, done
    for path in sorted(ROOT.rglob("*.py")):
        weave(path)
    if expressions != ("",):
        run(list(expressions), eager == "eager")
    files = {site["file"]: [] for site in SITES}
    for site in SITES:
        files[site["file"]].append({key: value for key, value in site.items() if key != "file"})
    named = {Path(file).relative_to(ROOT).as_posix(): sites for file, sites in files.items()}
    Path(result).write_text(json.dumps(named), encoding="utf-8")


if __name__ == "__main__":
    watch(*sys.argv[1:])
