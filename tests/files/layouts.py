"""Builds small projects, installations and environments as plain folders. In: a folder. Out: what was written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Writes a file when it is run: how a test sees that nothing ran it.
TELLTALE = "#!/bin/sh\necho ran > '{mark}'\n"


def write(folder: Path, *names: str) -> Path:
    """Empty files at these paths below a folder."""
    for name in names:
        put(folder / name)
    return folder


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def installation(prefix: Path, version: str = "3.12") -> Path:
    """A POSIX installation: interpreter, standard library, extension modules, site-packages."""
    library = prefix / "lib" / f"python{version}"
    tag = version.replace(".", "")
    put(library / "os.py")
    put(library / "asyncio" / "__init__.py")
    put(library / "lib-dynload" / f"_asyncio.cpython-{tag}-x86_64-linux-gnu.so")
    (library / "site-packages").mkdir()
    _interpreter(prefix / "bin" / f"python{version}", prefix)
    return prefix


def windows_installation(prefix: Path, version: str = "3.12") -> Path:
    put(prefix / "python.exe", "MZ")
    put(prefix / f"python{version.replace('.', '')}.dll", "MZ")
    put(prefix / "Lib" / "os.py")
    put(prefix / "DLLs" / "_asyncio.pyd", "MZ")
    (prefix / "Lib" / "site-packages").mkdir()
    return prefix


def venv(prefix: Path, base: Path, version: str = "3.12", *, key: str = "version", system: bool = False) -> Path:
    """A POSIX virtual environment of an installation made by `installation`."""
    put(
        prefix / "pyvenv.cfg",
        f"home = {base / 'bin'}\ninclude-system-site-packages = {str(system).lower()}\n{key} = {version}.4\n",
    )
    site(prefix, version).mkdir(parents=True)
    _interpreter(prefix / "bin" / "python", prefix)
    return prefix


def site(prefix: Path, version: str = "3.12") -> Path:
    return prefix / "lib" / f"python{version}" / "site-packages"


def mark_of(prefix: Path) -> Path:
    """The file that exists once an interpreter of this prefix was run."""
    return prefix / "it-was-run"


def can_link(folder: Path) -> bool:
    try:
        (folder / "probe").symlink_to(folder)
    except OSError:
        return False
    (folder / "probe").unlink()
    return True


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _interpreter(path: Path, prefix: Path) -> None:
    put(path, TELLTALE.format(mark=mark_of(prefix))).chmod(0o755)
