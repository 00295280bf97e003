"""Run a suite bare and observed, analyse the files that ran, and hold the one against the other.

In: a suite that is ready. Out: a `Measured` with every count that issue 3 asks for. Verdicts come from the command
`check` in a process of its own, as a user gets them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from switchpoint.observer import Called, Comparison, Joined, compare, content_hash, load
from switchpoint.observer.store import KINDS

from .prepared import Ready

_LISTING = Path(__file__).with_name("listing.py")
_SWITCHPOINT = (sys.executable, "-m", "switchpoint")


Switched: TypeAlias = "tuple[str, str, int, int]"
"""A site that was seen to switch: its text's hash, kind, line and column."""


@dataclass(frozen=True)
class Ran:
    """One run of a suite."""

    code: int
    seconds: float
    cpu_seconds: float
    last_line: str


@dataclass(frozen=True)
class Measured:
    """`rows` are the sites of `check` by place; `elsewhere` are sites, in any run, that switched; the rest is what the
    tables are made of."""

    bare: Ran | None
    observed: Ran
    seen: int
    check_seconds: float
    comparison: Comparison
    rows: dict[tuple[str, str, int, int], dict[str, Any]]
    elsewhere: frozenset[Switched] = frozenset()

    @property
    def holds(self) -> bool:
        """Nothing wrong, and nothing seen that is not listed."""
        return not self.comparison.contradictions and len(self.comparison.joined) == self.seen > 0

    @property
    def idle(self) -> list[Joined]:
        """Sites that ran at least five times and never switched."""
        return [each for each in self.comparison.joined if each.seen.ran >= 5 and not each.seen.switched]

    @property
    def proved(self) -> list[Joined]:
        return [each for each in self.idle if each.inline]

    @property
    def conditional(self) -> list[Joined]:
        """Of the idle: `sometimes`, down to a real leaf. They could have switched, and did not."""
        return [each for each in self.idle if not each.inline and all(map(self.is_conditional, each.called))]

    @property
    def shown(self) -> list[Joined]:
        """Of the other idle ones: the same site of the same text switched in another run, where it was given something
        else. That it may switch is right."""
        known = {*self.proved, *self.conditional}
        return [each for each in self.idle if each not in known and self._switched_elsewhere(each)]

    @property
    def open(self) -> list[Joined]:
        """The idle of which nothing says why they are not proved."""
        known = {*self.proved, *self.conditional, *self.shown}
        return [each for each in self.idle if each not in known]

    def _switched_elsewhere(self, each: Joined) -> bool:
        seen = each.seen
        return (content_hash(each.path.read_bytes()), seen.kind, seen.line, seen.col) in self.elsewhere

    @property
    def unknown(self) -> list[Joined]:
        return [each for each in self.comparison.joined if any(site.effect == "unknown" for site in each.called)]

    @property
    def never_always(self) -> list[Joined]:
        """Called `always`, ran, and did not always switch: an exception each time, or a defect."""
        return [
            each
            for each in self.comparison.joined
            if each.seen.switched < each.seen.ran and all(site.effect == "always" for site in each.called)
        ]

    def is_conditional(self, site: Called) -> bool:
        return site.inline or (site.effect == "sometimes" and not self.why_unknown(site))

    def why_unknown(self, site: Called) -> str:
        because = self.rows[str(site.path), site.kind, site.line, site.col]["because"] or [{}]
        return str(because[-1].get("unresolved", ""))

    def unknown_leaves(self) -> Counter[tuple[str, str]]:
        """(reason, where the chain ends) of the unknown sites that were seen."""
        sites = (site for each in self.unknown for site in each.called if site.effect == "unknown")
        return Counter((self.why_unknown(site) or "no reason given", self._leaf(site)) for site in sites)

    def conditional_leaves(self) -> Counter[str]:
        """Where it is decided whether the conditional ones switch: the last step of a chain that is `sometimes`."""
        sites = (site for each in self.conditional for site in each.called if not site.inline)
        return Counter(self._deciding(site) for site in sites)

    def _deciding(self, site: Called) -> str:
        row = self.rows[str(site.path), site.kind, site.line, site.col]
        steps: list[dict[str, Any]] = [
            step
            for step in row["because"] or ()
            for kind in KINDS
            if self.rows.get((step["file"], kind, step["line"], step["col"]), {}).get("effect") == "sometimes"
        ]
        return _named(steps[-1]) if steps else f"{site.path}:{site.line}"

    def _leaf(self, site: Called) -> str:
        return _named((self.rows[str(site.path), site.kind, site.line, site.col]["because"] or [{}])[-1])


def _named(step: Mapping[str, Any]) -> str:
    return f"{step.get('file', '')}:{step.get('line', '')} `{str(step.get('text', ''))[:80]}`"


class CheckFailed(Exception):
    """The analysis did not answer; with what it said instead."""


def measure(ready: Ready, output: Path, *, bare: bool = True, listing: bool = False, again: bool = False) -> Measured:
    """Both runs, then the analysis (or, with `listing`, the independent list of sites in its place). `again`: what the
    runs before this one gave, where they are there."""
    kept = output.with_suffix(".runs")
    if again and kept.exists() and output.exists():
        runs = [None if run is None else Ran(**run) for run in json.loads(kept.read_text(encoding="utf-8"))]
    else:
        runs = [run_suite(ready.command, ready) if bare else None, run_observed(ready, output)]
        kept.write_text(json.dumps([None if run is None else asdict(run) for run in runs]), encoding="utf-8")
    before, after = runs
    assert after is not None
    return judge(ready, output, before, after, listing=listing)


def run_observed(ready: Ready, output: Path) -> Ran:
    """Run the suite as a user would, into a new `output`."""
    output.unlink(missing_ok=True)
    return run_suite((*_SWITCHPOINT, "observe", "--output", str(output), "--", *ready.command), ready)


def judge(ready: Ready, output: Path, before: Ran | None, after: Ran, *, listing: bool) -> Measured:
    """Hold what is in `output` against what the analysis says of the files that ran."""
    observed = load(output)
    started = time.perf_counter()
    files = sorted(observed.files)
    if not files:
        raise CheckFailed(f"no site was seen to run: exit {after.code}: {after.last_line}")
    check = (*_SWITCHPOINT, "check", "--format", "json", "--python", str(ready.python))
    rows = _rows((str(ready.python), str(_LISTING), *files) if listing else (*check, *files))
    seconds = time.perf_counter() - started
    comparison = compare(observed, [_called(row) for each in rows.values() for row in each])
    by_place = {place: each[0] for place, each in rows.items()}
    seen = sum(len(file.sites) for file in observed.files.values())
    return Measured(before, after, seen, seconds, comparison, by_place)


def switched_in(outputs: Iterable[Path]) -> frozenset[Switched]:
    """Every site that was seen to switch in some run."""
    files = (file for output in outputs for file in load(output).files.values())
    return frozenset(
        (file.hash, each.kind, each.line, each.col) for file in files for each in file.sites if each.switched
    )


def run_suite(command: Sequence[str], ready: Ready) -> Ran:
    """Run `command` where the suite wants to be run."""
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command,
        cwd=ready.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    lines = [line for line in done.stdout.splitlines() if re.search(r"passed|failed|Total tests|Result", line)]
    return Ran(done.returncode, seconds, cpu, "; ".join(lines[-2:]) or done.stdout[-300:])


def _rows(command: Sequence[str]) -> dict[tuple[str, str, int, int], list[dict[str, Any]]]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise CheckFailed(f"{' '.join(command[1:8])} ...: exit {done.returncode}: {done.stderr.strip()}")
    rows: dict[tuple[str, str, int, int], list[dict[str, Any]]] = {}
    for row in json.loads(done.stdout)["sites"]:
        rows.setdefault((row["file"], row["kind"], row["line"], row["col"]), []).append(row)
    return rows


def _called(row: dict[str, Any]) -> Called:
    inline = row["verdict"] == "inline"
    return Called(Path(row["file"]), row["kind"], row["line"], row["col"], inline, row["effect"])
