"""What jedi would decide of the sites that our own resolution leaves `unknown`.

    PYTHONPATH=server:tests .venv/bin/python -m switchpoint check --python ENV --format json FOLDER... > report.json
    PYTHONPATH=tests .venv/bin/python -m benchmarks.jedi_measure report.json --libraries ENV [--most 300] [--list]

In: the report of a `check`, and the environment that it looked at, of the running Python's version. Out: Markdown on
stdout. jedi is asked where the chain of a site ends, for what was not resolved is there; the name called at the site
itself is mostly known. Nothing of the environment is imported, as is checked at the end. POSIX only (alarms).
"""

from __future__ import annotations

import argparse
import ast
import json
import signal
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jedi
import jedi.settings

from benchmarks.figures import median, p95, table

Place = tuple[str, int, int]
ALL_ASYNC = "only source `async def` or generators, with bodies"
ALL_SOURCE = "only source, but plain functions or classes among them"
HOLLOW = "source, but an abstract or empty body among them"
PART = "source among them, and something without"
NO_SOURCE = "only stubs, instances, builtins"
NOTHING = "nothing"
LATE = "not within the limit"
ORDER = [ALL_ASYNC, ALL_SOURCE, HOLLOW, PART, NO_SOURCE, NOTHING, LATE]


class Late(BaseException):
    """The limit has passed. Not an `Exception`: jedi catches those."""


@dataclass(frozen=True)
class Answer:
    """What jedi named at one place, and how long it took."""

    outcome: str
    named: tuple[str, ...]
    seconds: float


def main() -> None:
    options = arguments()
    sites = [site for site in json.loads(options.report.read_text())["sites"] if site["effect"] == "unknown"]
    chosen = evenly(sites, options.most)
    signal.signal(signal.SIGALRM, out_of_time)
    with tempfile.TemporaryDirectory() as scratch:
        jedi.settings.cache_directory = scratch
        jedi.settings.auto_import_modules = []
        answers = {key: ask(key, options) for key in dict.fromkeys(map(leaf, chosen))}
    imported = [name for name, module in list(sys.modules.items()) if within(module, options.libraries)]
    show(sites, chosen, answers, imported)
    if options.list:
        show_places(answers)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jedi_measure")
    parser.add_argument("report", type=Path, help="what `switchpoint check --format json` printed")
    parser.add_argument("--libraries", type=lambda text: Path(text).absolute(), required=True, help="its environment")
    parser.add_argument("--most", type=int, default=300, help="so many sites, evenly chosen")
    parser.add_argument("--limit", type=float, default=5.0, help="seconds for each place")
    parser.add_argument("--list", action="store_true", help="every place and what jedi named there")
    return parser.parse_args()


def evenly(sites: list[Any], most: int) -> list[Any]:
    step = max(1.0, len(sites) / most)
    return [sites[int(index * step)] for index in range(min(most, len(sites)))]


def out_of_time(*_: object) -> None:
    raise Late


def leaf(site: Any) -> tuple[Place, str]:
    """Where its chain ends, and the special method that is driven there if the site itself is no `await`."""
    last = site["because"][-1]
    driven = {"enter": "__aenter__", "exit": "__aexit__", "next": "__anext__"}.get(site["kind"], "__aenter__")
    return (last["file"], last["line"], last["col"]), driven


def ask(key: tuple[Place, str], options: argparse.Namespace) -> Answer:
    place, driven = key
    start = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, options.limit)
    try:
        outcome, named = decided(place, driven, options.libraries)
    except Late:
        outcome, named = LATE, []
    # Every failure of jedi is a row of the table.
    except Exception as error:
        outcome, named = f"error: {type(error).__name__}", []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Answer(outcome, tuple(named), time.perf_counter() - start)


def decided(place: Place, driven: str, libraries: Path) -> tuple[str, list[str]]:
    file = Path(place[0])
    text = file.read_text(encoding="utf-8")
    names: list[Any] = []
    for code, line, column in questions(text, place, driven):
        script = jedi.Script(
            code, path=file, project=project(file, libraries), environment=jedi.api.environment.InterpreterEnvironment()
        )
        names = script.infer(line, column) or script.goto(line, column, follow_imports=True)
        if any(name.type != "instance" for name in names):
            break
    kinds = Counter(kind(name) for name in names)
    return outcome(kinds), [f"{name.full_name or name.name} ({kind(name)})" for name in names]


def project(file: Path, libraries: Path) -> jedi.Project:
    paths = [sysconfig.get_path("stdlib"), str(Path(sysconfig.get_path("stdlib"), "lib-dynload"))]
    return jedi.Project(
        path=file.parent,
        sys_path=paths,
        added_sys_path=[str(path) for path in libraries.glob("lib/python*/site-packages")],
        smart_sys_path=False,
        load_unsafe_extensions=False,
    )


def questions(text: str, place: Place, driven: str) -> Iterator[tuple[str, int, int]]:
    """Code and a position in it, the next one if the answer before was an instance: whose method is it then?"""
    node, special = asked(text, place, driven)
    if isinstance(node, ast.Call) and special not in {"__aenter__", "__aexit__"}:
        node, special = node.func, "__call__"
    lines = text.splitlines(keepends=True)
    row = (node.end_lineno or 1) - 1
    before = lines[row].encode()[: node.end_col_offset].decode()
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield text, row + 1, len(before) - 1
    lines[row] = f"{before}.{special}{lines[row][len(before) :]}"
    yield "".join(lines), row + 1, len(before) + 2


def asked(text: str, place: Place, driven: str) -> tuple[ast.expr, str]:
    """The expression that was not resolved, and the special method that drives it."""
    standing = [node for node in ast.walk(ast.parse(text)) if starts(node, text, place)]
    for node in standing:
        if isinstance(node, ast.Await):
            return node.value, "__await__"
        if isinstance(node, ast.AsyncFor):
            return node.iter, "__anext__"
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            return next(each.iter for each in node.generators if each.is_async), "__anext__"
    return next(node for node in standing if isinstance(node, ast.expr)), driven


def starts(node: ast.AST, text: str, place: Place) -> bool:
    if not isinstance(node, (ast.stmt, ast.expr)) or node.lineno != place[1]:
        return False
    return len(line_of(text, node.lineno).encode()[: node.col_offset].decode()) == place[2]


@cache
def split(text: str) -> list[str]:
    return text.splitlines()


def line_of(text: str, number: int) -> str:
    return split(text)[number - 1]


def kind(name: Any) -> str:
    if name.module_path is None or name.module_path.suffix != ".py":
        return "stub"
    if name.type not in ("function", "class"):
        return name.type
    if name.type == "class":
        return "class"
    node = functions(name.module_path).get(name.line)
    if node is None:
        return "other"
    if hollow(node):
        return "hollow"
    return "async" if isinstance(node, ast.AsyncFunctionDef) or yields(node) else "plain"


@cache
def functions(file: Path) -> dict[int, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_bytes())
    return {node.lineno: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def hollow(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Nothing is done there: what runs is somewhere else."""
    marks = {mark.attr if isinstance(mark, ast.Attribute) else getattr(mark, "id", "") for mark in node.decorator_list}
    empty = (ast.Pass, ast.Raise)
    return "abstractmethod" in marks or all(
        isinstance(each, empty) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )


def yields(node: ast.FunctionDef) -> bool:
    return any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in ast.walk(node))


def outcome(kinds: Counter[str]) -> str:
    found = set(kinds)
    if not found:
        return NOTHING
    if found == {"async"}:
        return ALL_ASYNC
    if found <= {"async", "plain", "class"}:
        return ALL_SOURCE
    if not found & {"async", "plain", "class", "hollow"}:
        return NO_SOURCE
    return HOLLOW if found <= {"async", "plain", "class", "hollow"} else PART


def within(module: Any, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and folder in Path(file).absolute().parents


def show(sites: list[Any], chosen: list[Any], answers: dict[tuple[Place, str], Answer], imported: list[str]) -> None:
    behind = Counter(answers[leaf(site)].outcome for site in chosen)
    places = Counter(answer.outcome for answer in answers.values())
    rows = [
        [name, str(behind[name]), f"{100 * behind[name] / len(chosen):.0f} %", str(places[name])]
        for name in [*ORDER, *sorted(set(behind) - set(ORDER))]
    ]
    print(f"{len(sites)} unknown sites, {len(chosen)} evenly chosen, their chains end at {len(answers)} places\n")
    print("\n".join(table(["jedi names", "sites", "share", "places"], rows)))
    spent = [answer.seconds for answer in answers.values()]
    print(f"\nPer place: median {median(spent) * 1000:.0f} ms, p95 {p95(spent):.2f} s, worst {max(spent):.2f} s,")
    print(f"together {sum(spent):.0f} s. Modules of the environment imported: {len(imported)} {imported[:3]}")


def show_places(answers: dict[tuple[Place, str], Answer]) -> None:
    for (place, _), answer in answers.items():
        file, line, column = place
        print(f"- {file}:{line}:{column} {answer.seconds:.2f} s, {answer.outcome}: {'; '.join(answer.named)}")


if __name__ == "__main__":
    main()
