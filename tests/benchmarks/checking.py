"""What a terminal's user feels: seconds and megabytes of one `check` of a folder.

In: a folder and environments. Out: samples by program. Each runs alone, in turns.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import program

LONGEST = 300


@dataclass(frozen=True)
class Run:
    """One run: seconds, and the most megabytes that one process of it held."""

    name: str
    seconds: float
    megabytes: float
    code: int


def runs(server: Path, folder: Path, libraries: Path, peers: Path, rounds: int) -> list[Run]:
    """Every program, cold and then warm."""
    found: list[Run] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            for name, command in commands(server, folder, libraries, peers, Path(scratch)):
                for state in ("cold", "warm"):
                    found.append(run(f"{name}, {state}", command, libraries, Path(scratch)))
                    print(found[-1], file=sys.stderr, flush=True)
    return found


def commands(server: Path, folder: Path, libraries: Path, peers: Path, scratch: Path) -> list[tuple[str, list[str]]]:
    python = str(libraries / "bin" / "python")
    path, programs = str(folder), peers / "bin"
    known = [
        ("switchpoint check", program(server, ["check", "--format", "json", path])),
        ("ty check", [str(programs / "ty"), "check", "--python", python, path]),
        ("pyrefly check", [str(programs / "pyrefly"), "check", "--python-interpreter-path", python, path]),
        ("basedpyright", [str(programs / "basedpyright"), "--pythonpath", python, path]),
        ("mypy", [str(programs / "mypy"), "--python-executable", python, "--cache-dir", str(scratch / "mypy"), path]),
    ]
    return [(name, command) for name, command in known if Path(command[0]).exists()]


def run(name: str, command: list[str], libraries: Path, scratch: Path) -> Run:
    """The whole of it, its children too. What it prints is not looked at."""
    environment = {**os.environ, "VIRTUAL_ENV": str(libraries), "SWITCHPOINT_CACHE_DIR": str(scratch / "switchpoint")}
    measuring = f"import sys; from benchmarks.checking import measured; measured({command!r})"
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", measuring], env=environment, capture_output=True, text=True, timeout=LONGEST, check=True
    )
    seconds, megabytes, code = done.stdout.split()
    return Run(name, float(seconds), float(megabytes), int(code))


def measured(command: list[str]) -> None:
    """Runs in a process of its own, because the system counts the children of one process together."""
    os.environ.pop("PYTHONPATH", None)
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    seconds = time.perf_counter() - began
    print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, done.returncode)
