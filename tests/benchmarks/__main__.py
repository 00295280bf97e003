"""The benchmarks, by one command; what they print stands in RESULTS.md.

In: a scratch copy of the code to look at, an environment with its libraries, one with the peers. Out: Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import checking, editor
from benchmarks.contestants import SWITCHPOINT, floor, peers, switchpoint
from benchmarks.editor import Measured
from benchmarks.figures import median, p95, table
from benchmarks.talking import Contestant

SERVER = Path(__file__).resolve().parents[2] / "server"
LARGE, SMALL = Path("redis", "asyncio", "cluster.py"), Path("redis", "asyncio", "lock.py")


def main() -> None:
    options = arguments()
    load = os.getloadavg()[0]
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {load:.1f}, CPython {platform.python_version()}")
    if "editor" in options.what:
        in_the_editor(options)
    if "start" in options.what:
        at_the_start(options)
    if "memory" in options.what:
        over_time(options)
    if "check" in options.what:
        in_the_terminal(options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("what", nargs="*", default=["editor", "start", "memory", "check"])
    parser.add_argument("--code", type=Path, required=True, help="folder that holds a copy of the package redis")
    parser.add_argument("--libraries", type=Path, required=True, help="environment with redis and what it imports")
    parser.add_argument("--peers", type=Path, required=True, help="environment with ty, pyrefly, basedpyright, mypy")
    parser.add_argument("--server", type=Path, default=SERVER, help="sources to measure, if not these")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--edits", type=int, default=2000)
    options = parser.parse_args()
    for name in ("code", "libraries", "peers", "server"):
        setattr(options, name, Path(os.path.abspath(getattr(options, name))))
    return options


def in_the_editor(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as cache:
        own = switchpoint(options.server, options.libraries, Path(cache))
        others = peers(options.peers, options.libraries)
        base = as_many(own, options.code, LARGE)
        large = editor.typing([base, own, *others], options.code, options.code / LARGE, options.rounds)
        show(f"{LARGE.as_posix()}, {options.rounds} rounds", large)
        fewer = as_many(own, options.code, SMALL)
        small = editor.typing([fewer, own], options.code, options.code / SMALL, options.rounds)
        show(f"{SMALL.as_posix()}, {options.rounds} rounds", small)
        fast = editor.burst([base, own], options.code, options.code / LARGE, options.rounds * 5, 0.03)
        show(f"{LARGE.as_posix()}, a keystroke each 30 ms, {options.rounds * 5} of them", fast)


def as_many(own: Contestant, folder: Path, file: Path) -> Contestant:
    """The floor that answers as many hints as we do."""
    return floor(*editor.typing([own], folder, folder / file, 0).hints[SWITCHPOINT])


def at_the_start(options: argparse.Namespace) -> None:
    file = options.code / LARGE
    base, others = floor(9, 180), peers(options.peers, options.libraries)
    for _ in range(options.starts):
        with tempfile.TemporaryDirectory() as cache:
            own = switchpoint(options.server, options.libraries, Path(cache))
            show("no cache", editor.starts([base, own, *others], options.code, file, 1))
            show("warm cache", editor.starts([own], options.code, file, 1, ", warm"))


def over_time(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as cache:
        own = switchpoint(options.server, options.libraries, Path(cache))
        found = editor.memory(own, options.code, options.code / LARGE, options.edits, 20)
    print("\n".join(table(["edits", "MB resident"], [[f"{count:,}", f"{size:.0f}"] for count, size in found])))


def in_the_terminal(options: argparse.Namespace) -> None:
    folder = options.code / "redis"
    lines = sum(len(path.read_bytes().splitlines()) for path in folder.rglob("*.py"))
    rows = [
        [each.name, f"{each.seconds:.2f}", f"{1000 * each.seconds / (lines / 1000):.0f}", f"{each.megabytes:.0f}"]
        for each in checking.runs(options.server, folder, options.libraries, options.peers, 1)
    ]
    print(f"\n{lines:,} lines\n")
    print("\n".join(table(["program", "s", "ms per 1,000 lines", "MB"], rows)))


def show(title: str, measured: Measured) -> None:
    print(f"\n### {title}\n", flush=True)
    if measured.hints:
        print("hints (window, file):", ", ".join(f"{name} {pair}" for name, pair in measured.hints.items()), "\n")
    rows = [row for measure, by_name in measured.samples.items() for row in rows_of(measure, by_name)]
    print("\n".join(table(["measure", "server", "median", "p95", "ratio to floor", "p95 / floor's"], rows)), flush=True)


def rows_of(measure: str, by_name: dict[str, list[float]]) -> Sequence[list[str]]:
    base = by_name.get("floor")
    scale, unit = (1, "MB") if measure.startswith("MB") else (1000, "ms")
    for name, values in by_name.items():
        ratios = [f"{median(values) / median(base):.2f}", f"{p95(values) / p95(base):.2f}"] if base else ["", ""]
        yield [measure, name, f"{median(values) * scale:.1f} {unit}", f"{p95(values) * scale:.1f} {unit}", *ratios]


if __name__ == "__main__":
    main()
