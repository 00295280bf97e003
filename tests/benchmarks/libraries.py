"""One table over real libraries: that every site is listed, what it was called, and what that cost.

    PYTHONPATH=tests python -m benchmarks.libraries --libraries ENV --scratch FOLDER FOLDER_OF_PACKAGE...

In: an environment and folders of packages to look at. Out: Markdown on stdout, and each report in the scratch folder.
That nothing is missing is held by a count of its own, which knows nothing of switchpoint: run it on a Python that
parses what the libraries are written for.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants import program
from benchmarks.figures import table

SERVER = Path(__file__).resolve().parents[2] / "server"
Place = tuple[str, str, int]
EFFECTS = ("never", "always", "sometimes", "unknown")
HEAD = ["library", "files", "problems", "lines", "sites", "astray", "inline", *EFFECTS[1:]]
COST = ["library", "cold, s", "cold, user CPU s", "MB", "warm, s", "warm, user CPU s", "MB"]


@dataclass(frozen=True)
class Cost:
    """One run: seconds by the clock, of the processor in user mode, and the most megabytes held."""

    seconds: float
    processor: float
    megabytes: float


@dataclass(frozen=True)
class Library:
    """What one package is called, cold and warm."""

    name: str
    lines: int
    own: Counter[Place]
    report: Any
    cold: Cost
    warm: Cost


def main() -> None:
    options = arguments()
    found = [looked_at(folder, options) for folder in options.folders]
    print("\n".join(table(HEAD, [counts(each) for each in found])), "\n")
    print("\n".join(unknowns(found)), "\n")
    print("\n".join(table(COST, [costs(each) for each in found])))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.libraries")
    parser.add_argument("folders", nargs="+", type=lambda text: Path(text).resolve(), help="folders of packages")
    parser.add_argument("--libraries", type=Path, required=True, help="environment to analyse against")
    parser.add_argument("--scratch", type=Path, required=True, help="where the reports are put")
    parser.add_argument("--server", type=Path, default=SERVER, help="sources to measure, if not these")
    return parser.parse_args()


def looked_at(folder: Path, options: argparse.Namespace) -> Library:
    """A cache of its own for each library, so that none is warmed by the one before."""
    command = program(options.server, ["check", "--format", "json", "--python", str(options.libraries), str(folder)])
    report = options.scratch / f"{folder.name}.json"
    with tempfile.TemporaryDirectory(dir=options.scratch) as cache:
        cold, warm = (run(command, report, cache) for _ in range(2))
    found = Library(folder.name, lines_of(folder), expected(folder), json.loads(report.read_text()), cold, warm)
    print(found.name, cold, warm, file=sys.stderr, flush=True)
    return found


def run(command: list[str], report: Path, cache: str) -> Cost:
    began = time.perf_counter()
    with report.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, env={**os.environ, "SWITCHPOINT_CACHE_DIR": cache})
        _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command[3:])} failed: {os.waitstatus_to_exitcode(status)}")
    return Cost(time.perf_counter() - began, used.ru_utime, used.ru_maxrss / 1024)


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def lines_of(folder: Path) -> int:
    return sum(len(path.read_bytes().splitlines()) for path in sources(folder))


def expected(folder: Path) -> Counter[Place]:
    """How many sites of each kind each line of each file must have."""
    return Counter(
        (str(path), kind, node.lineno)
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_bytes()))
        for kind, node in sites(node)
    )


def sites(node: ast.AST) -> Iterator[tuple[str, ast.stmt | ast.expr]]:
    match node:
        case ast.Await():
            yield "await", node
        case ast.AsyncFor():
            yield "next", node
        case ast.AsyncWith():
            for item in node.items:
                yield "enter", item.context_expr
                yield "exit", item.context_expr
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from (("next", node) for clause in node.generators if clause.is_async)
        case _:
            pass


def counts(library: Library) -> list[str]:
    effects = Counter(site["effect"] for site in library.report["sites"])
    report = library.report
    whole = [report["files"], len(report["problems"]), library.lines, len(report["sites"]), astray(library)]
    return [library.name, *(f"{count:,}" for count in [*whole, *(effects[name] for name in EFFECTS)])]


def astray(library: Library) -> int:
    """Sites that only one of the two counts has."""
    difference = library.own.copy()
    difference.subtract((site["file"], site["kind"], site["line"]) for site in library.report["sites"])
    return sum(map(abs, difference.values()))


def unknowns(found: list[Library]) -> list[str]:
    """The reasons that occur at all, the most frequent first."""
    reasons = {each.name: Counter(reasons_of(each.report["sites"])) for each in found}
    order = [name for name, _ in sum(reasons.values(), Counter[str]()).most_common()]
    rows = [[name, *(str(reasons[each.name][name]) for each in found)] for name in order]
    return table(["unknown because", *(each.name for each in found)], rows)


def reasons_of(listed: Any) -> Iterator[str]:
    for site in listed:
        if site["effect"] == "unknown":
            yield site["because"][-1]["unresolved"].split(":")[0]


def costs(library: Library) -> list[str]:
    runs = (library.cold, library.warm)
    return [
        library.name,
        *(f"{figure:.1f}" for each in runs for figure in (each.seconds, each.processor, each.megabytes)),
    ]


if __name__ == "__main__":
    main()
