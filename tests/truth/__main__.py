"""`python -m tests.truth --python 3.13 --suite trio --scratch FOLDER`: the truth, suite by suite.

Prints the table; writes per suite what has to be looked into. Exits with 1 when a site was called inline and switched,
or was not listed at all, or when `check` did not answer. A site that never switched is held against every run in the
folder: one that did elsewhere depends on what it is given. The second run in a scratch folder needs no network.
`--unseen`: the suites of `unseen.py`, of libraries that nobody here had looked at, in place of those that are known.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from runner.pythons import find

from .measure import CheckFailed, Measured, measure, switched_in
from .prepared import NotReady, prepare
from .report import details, table
from .suites import SUITES
from .unseen import UNSEEN

_ALL = SUITES | UNSEEN


def main() -> int:
    # A shell starts what runs in the background with interrupts ignored; suites interrupt themselves, and would wait.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asked = _arguments()
    measured: dict[str, Measured] = {}
    reports: dict[str, Path] = {}
    failed: list[str] = []
    for python in asked.python:
        interpreter = Path(python) if Path(python).exists() else find(python)
        if interpreter is None:
            sys.exit(f"no CPython {python} here")
        for name in asked.suite:
            label = f"{name} {python}"
            scratch = asked.scratch.absolute() / python.replace(os.sep, "_")
            output = scratch / f"{name}.json"
            print(f"{label} ...", file=sys.stderr, flush=True)
            try:
                ready = prepare(name, _ALL[name], interpreter, scratch)
                measured[label] = measure(
                    ready, output, bare=not asked.no_bare, listing=asked.listing, again=asked.again
                )
            except (CheckFailed, NotReady) as error:
                failed.append(f"{label}: {error}")
                continue
            reports[label] = scratch / f"{name}.md"
    elsewhere = switched_in(asked.scratch.glob("*/*.json"))
    measured = {label: replace(each, elsewhere=elsewhere) for label, each in measured.items()}
    for label, report in reports.items():
        report.write_text(details(label, measured[label]), encoding="utf-8")
        print(f"{label}: {report}", file=sys.stderr)
    print(table(measured), flush=True)
    for line in failed:
        print(line, file=sys.stderr)
    return int(bool(failed) or not all(each.holds for each in measured.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--python", action="append", help="version or path; may be repeated (default: 3.12 and 3.13)")
    parser.add_argument("--suite", action="append", choices=sorted(_ALL), help="may be repeated (default: the whole)")
    parser.add_argument("--unseen", action="store_true", help="the suites of `unseen.py`, on 3.13 alone by default")
    parser.add_argument("--scratch", type=Path, required=True, help="folder for environments and results, kept")
    parser.add_argument("--no-bare", action="store_true", help="do not time the suite without the observer")
    parser.add_argument("--listing", action="store_true", help="join with the list of sites by ast, not with `check`")
    parser.add_argument("--again", action="store_true", help="analyse anew what earlier runs in the folder observed")
    asked = parser.parse_args()
    asked.python = asked.python or (["3.13"] if asked.unseen else ["3.12", "3.13"])
    asked.suite = asked.suite or [name for name in (UNSEEN if asked.unseen else SUITES) if not name.endswith("-small")]
    return asked


if __name__ == "__main__":
    sys.exit(main())
