"""Make a suite ready to be run: an environment of its own, and its archive unpacked.

In: what a suite needs, an interpreter and a scratch folder. Out: a command, and the folder to run it in. This module
must not know which suites there are.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "-W", "ignore")


@dataclass(frozen=True)
class Suite:
    """`arguments` go to the interpreter; `archive` is unpacked and becomes the folder to run in."""

    arguments: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    archive: str = ""


@dataclass(frozen=True)
class Ready:
    """A suite that can be run."""

    python: Path
    command: tuple[str, ...]
    folder: Path


class NotReady(Exception):
    """What a suite needs could not be had; with what was said."""


def prepare(name: str, suite: Suite, interpreter: Path, scratch: Path) -> Ready:
    """Make the environment and unpack the archive, once per scratch folder; registries are asked only here."""
    python = interpreter
    folder = scratch / "run"
    folder.mkdir(parents=True, exist_ok=True)
    if suite.requirements:
        python = _environment(interpreter, scratch / f"env-{name}", suite.requirements)
    if suite.archive:
        folder = _unpacked(python, suite.archive, scratch / f"source-{name}")
    # Files that tests write for themselves are observed too, and must still be there to be analysed.
    kept = (f"--basetemp={scratch / f'temporary-{name}'}",) if "pytest" in suite.arguments else ()
    return Ready(python, (str(python), *suite.arguments, *kept), folder)


def _environment(interpreter: Path, folder: Path, requirements: tuple[str, ...]) -> Path:
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "requirements.done"
    if not done.exists() or done.read_text() != "\n".join(requirements):
        _run(str(interpreter), "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "-q", *requirements)
        done.write_text("\n".join(requirements))
    return python


def _unpacked(python: Path, archive: str, folder: Path) -> Path:
    if not folder.exists():
        download = folder.with_name(folder.name + "-download")
        options = ("-q", "--no-deps", "--no-binary", ":all:", "-d", str(download))
        _run(str(python), "-m", "pip", "download", *options, archive)
        with tarfile.open(next(download.glob("*.tar.gz"))) as packed:
            packed.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReady(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
