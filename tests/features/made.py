"""Verdicts made by hand: places are where Python's parser sees them, effects are what the names say.

In: source in which operands are called `never…`, `always…`, `sometimes…` or `unknown…`. Out: a `FileReport`.
"""

from __future__ import annotations

import ast
from pathlib import Path

from switchpoint.analysis import (
    Effect,
    FileReport,
    Footing,
    Function,
    Reason,
    Site,
    SiteKind,
    Span,
    Step,
    TaskStart,
    Unresolved,
)
from switchpoint.features.hover import NO_FOOTING, Asking
from switchpoint.wording import Assumptions, Observed

HERE = Path(__file__).resolve().parent / "example.py"
TASKS = HERE.with_name("tasks.py")
ASSUMED = Assumptions((3, 12))
SLEEP = Reason(
    (
        Step(TASKS, Span(702, 8, 702, 24), "await __sleep0()", "sleep", SiteKind.AWAIT),
        Step(TASKS, Span(651, 4, 651, 9), "yield", "__sleep0"),
    ),
    primitive="asyncio.sleep",
    through=("app.child", "asyncio.sleep", "asyncio.tasks.__sleep0"),
)
LOCK = Reason(
    (Step(TASKS, Span(113, 12, 113, 21), "await fut", "Lock.acquire", SiteKind.AWAIT),),
    primitive="asyncio.Lock.acquire",
    through=("asyncio.locks._ContextManagerMixin.__aenter__", "asyncio.Lock.acquire", "asyncio.Future.__await__"),
)
NO_NAME = Reason((Step(HERE, Span(1, 0, 1, 4), "await what()", "below", SiteKind.AWAIT),), Unresolved.NAME, "what")


def report(source: str, tasks: tuple[TaskStart, ...] = ()) -> FileReport:
    """What the analysis would say if the names told the truth."""
    tree = ast.parse(source)
    lines = source.splitlines()
    found = sorted(_sites(tree, lines), key=lambda site: (site.span.line, site.span.col))
    sites = tuple(
        Site(HERE, index, s.kind, s.span, s.function, s.effect, s.keyword, s.operand, s.block)
        for index, s in enumerate(found)
    )
    functions = tuple(_function(node, name, sites, lines) for node, name in _functions(tree))
    return FileReport(HERE, sites, functions, tasks)


def reason(site: Site) -> Reason | None:
    """The reason that fits a site's effect."""
    match site.effect:
        case Effect.NEVER:
            return None
        case Effect.ALWAYS:
            return SLEEP
        case Effect.SOMETIMES:
            return LOCK
        case Effect.UNKNOWN:
            return NO_NAME


def asking(observed: Observed | None = None, assumed: Assumptions = ASSUMED, footing: Footing = NO_FOOTING) -> Asking:
    """Reasons for everything."""
    return Asking(
        reason,
        lambda function: None if function.effect is Effect.NEVER else SLEEP,
        assumed,
        observed=lambda _: observed,
        footing=lambda _: footing,
        function_footing=lambda _: footing,
    )


def _functions(tree: ast.AST, prefix: str = "") -> list[tuple[ast.AsyncFunctionDef, str]]:
    found: list[tuple[ast.AsyncFunctionDef, str]] = []
    for node in ast.iter_child_nodes(tree):
        name = prefix
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef):
            name = f"{prefix}.{node.name}".lstrip(".")
        if isinstance(node, ast.AsyncFunctionDef):
            found.append((node, name))
        found += _functions(node, name)
    return found


def _function(node: ast.AsyncFunctionDef, name: str, sites: tuple[Site, ...], lines: list[str]) -> Function:
    own = tuple(site.index for site in sites if site.function == name)
    effects = {sites[index].effect for index in own}
    effect = Effect.ALWAYS if Effect.ALWAYS in effects else Effect.NEVER
    span = _span(node, lines)
    return Function(HERE, name, span, Span(span.line, span.col, span.line, span.col + 5), effect, own)


def _sites(tree: ast.AST, lines: list[str], function: str = "") -> list[Site]:
    found: list[Site] = []
    for node in ast.iter_child_nodes(tree):
        name = function
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef):
            name = f"{function}.{node.name}".lstrip(".")
        match node:
            case ast.Await(value=value):
                found.append(_site(SiteKind.AWAIT, node, node, value, name, lines=lines))
            case ast.AsyncFor(iter=iterable):
                found.append(_site(SiteKind.NEXT, node, node, iterable, name, lines=lines, block=True))
            case ast.AsyncWith(items=items):
                for item in items:
                    for kind in (SiteKind.ENTER, SiteKind.EXIT):
                        context = item.context_expr
                        found.append(_site(kind, context, node, context, name, lines=lines, block=True))
            case _:
                pass
        found += _sites(node, lines, name)
    return found


def _site(
    kind: SiteKind,
    place: ast.expr | ast.stmt,
    owner: ast.AST,
    operand: ast.expr,
    function: str,
    *,
    lines: list[str],
    block: bool = False,
) -> Site:
    whole, span = _span(owner, lines), _span(place, lines)
    keyword = Span(whole.line, whole.col, whole.line, whole.col + 5)
    name = ast.unparse(operand).split("(")[0].rpartition(".")[2]
    effect = next(effect for effect in Effect if name.startswith(effect.value))
    if kind is SiteKind.EXIT:
        effect = Effect.ALWAYS if "exits" in name else Effect.NEVER
    return Site(HERE, 0, kind, span, function, effect, keyword, _span(operand, lines), whole if block else None)


def _span(node: ast.AST, lines: list[str]) -> Span:
    def col(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode())

    line, end = node.lineno, node.end_lineno or node.lineno
    return Span(line, col(line, node.col_offset), end, col(end, node.end_col_offset or 0))
