"""Run programs under the real command, on every interpreter here that the observer understands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.pythons import find
from switchpoint.observer import Observed, content_hash, load

LONGEST = 120


@dataclass(frozen=True)
class Run:
    """One run of the command: how it ended, what it printed, what was seen."""

    code: int
    out: str
    err: str
    observed: Observed

    def seen(self, file: Path) -> dict[tuple[str, int, int], tuple[int, int]]:
        """(switched, ran) by kind, line and column, of the text that `file` has now."""
        there = self.observed.file(file, content_hash(file.read_bytes()))
        sites = there.sites if there else ()
        return {(site.kind, site.line, site.col): (site.switched, site.ran) for site in sites}


@pytest.fixture(params=["3.12", "3.13", "3.14"])
def python(request: pytest.FixtureRequest) -> str:
    found = find(request.param)
    if found is None:
        pytest.skip(f"no CPython {request.param} here")
    return str(found)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    def run(*command: str | Path, environment: dict[str, str] | None = None) -> Run:
        output = tmp_path / ".switchpoint" / "observed.json"
        # -E: what `environment` says of PYTHONPATH is for the program, not for switchpoint's own process.
        switchpoint = [sys.executable, "-E", "-m", "switchpoint", "observe", "--output", str(output), "--"]
        done = subprocess.run(
            [*switchpoint, *map(str, command)],
            cwd=tmp_path,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, load(output))

    return run


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    def program(text: str, name: str = "program.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return program
