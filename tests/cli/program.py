"""The program as people start it, in a process of its own.

In: arguments and a folder. Out: what it printed and its code.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "examples"
LONGEST = 120


@dataclass(frozen=True)
class Done:
    """A finished run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Done:
    """Run `switchpoint ARGUMENTS` without a terminal; `environment` adds variables."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", "switchpoint", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd or ROOT, env=surroundings(environment), capture_output=True, timeout=LONGEST, check=False
    )
    return Done(done.returncode, text(done.stdout), text(done.stderr))


@functools.cache
def shown(*arguments: str | Path) -> Done:
    """A run over the examples, which change nothing and are asked for often: once for all tests of a process."""
    return run(*arguments)


def surroundings(more: dict[str, str]) -> dict[str, str]:
    """The environment of a plain shell, whose terminal has colours that nobody asked for."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONIOENCODING")}
    return {**kept, "TERM": "xterm", **more}


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def one_clear_line(done: Done) -> bool:
    """Could not run: code 2, nothing on stdout, one line on stderr that says who speaks."""
    return (done.code, done.out) == (2, "") and done.err.count("\n") == 1 and done.err.startswith("switchpoint: ")
