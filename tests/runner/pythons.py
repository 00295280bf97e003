"""Which CPythons are here: the current one, those on PATH, under pyenv and under uv.

In: nothing but the machine. Out: executables by version "X.Y". This module must not know what they are wanted for.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.13", "3.12", "3.14", "3.11", "3.10")


@functools.cache
def find(version: str) -> Path | None:
    """An interpreter of "X.Y", or None."""
    if version == "{}.{}".format(*sys.version_info):
        return Path(sys.executable)
    said = (_said(path) for path in _candidates(version))
    return next((executable for spoken, executable in said if spoken == version), None)


@functools.cache
def preferred() -> tuple[str, Path] | None:
    """The version that a case runs on when it names none: the best that the observer understands."""
    found = ((version, find(version)) for version in VERSIONS[:4])
    return next(((version, path) for version, path in found if path), None)


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for folder in sorted(pyenv.glob(f"versions/{version}*")):
        yield folder / "bin" / "python"
    if uv := shutil.which("uv"):
        command = [uv, "python", "find", "--no-project", "--offline", version]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def _said(path: Path) -> tuple[str, Path]:
    """The version and the place that the interpreter itself tells: a shim on PATH stands for another, or for none."""
    if not path.exists():
        return "", path
    command = [str(path), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return (answer[0], Path(answer[1])) if len(answer) == 2 else ("", path)
