"""`python -m tests.truth.cost [VERSION...]`: what the observer costs, as a ratio of CPU seconds.

Each part of `awaiting.py` is run bare and observed, by turns, and says itself what it used, so that the start of an
interpreter is not in it. The median of the ratios is printed, with the least and the most.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from runner.pythons import find

PROGRAM = Path(__file__).with_name("awaiting.py")
TURNS = 7


def main(versions: list[str]) -> None:
    """Print the table."""
    print("| CPython | part | bare, CPU s | observed / bare: median (least to most) |\n|---|---|---|---|")
    for version in versions:
        python = find(version)
        if python is None:
            sys.exit(f"no CPython {version} here")
        for part in ("mixed", "tight", "deep"):
            print(_line(version, part, [str(python), str(PROGRAM), part]), flush=True)


def _line(version: str, part: str, command: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder, "observed.json"))
        observed = [sys.executable, "-m", "switchpoint", "observe", "--output", output, "--", *command]
        turns = [(_seconds(command), _seconds(observed)) for _ in range(TURNS)]
    ratios = [after / before for before, after in turns]
    bare = statistics.median(before for before, _ in turns)
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return f"| {version} | {part} | {bare:.2f} | {spread} |"


def _seconds(command: list[str]) -> float:
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main(sys.argv[1:] or ["3.12", "3.13"])
