"""The Python environment against which code is analysed.

In: a folder to start from, and what the user asked for. Out: version, standard library and search paths of the target,
with notes in words on what had to be assumed. Found by reading only: no interpreter is ever run and nothing of the
environment is imported. This module must not know modules or source text.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.analysis.files.installation import (
    OWN_LIBRARY,
    Library,
    Version,
    distinct,
    dynload_of,
    joined,
    library_in,
    parse_version,
    read_config,
    sites_in,
    version_in,
)
from switchpoint.analysis.files.site_paths import Editable, editables_in, with_path_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERPRETER_NAME = re.compile(r"(?:python|pypy)(3\.\d{1,3})t?(?:\.exe)?", re.IGNORECASE)
_BINARY_FOLDERS = ("bin", "scripts")
_OWN_VERSION: Version = sys.version_info[:2]


class EnvironmentNotFound(Exception):
    """No environment where the user named one: one sentence with the thing, the place and the way out."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the analysis knows of the target.

    `search_paths` are the installed packages' folders and what their `.pth` files add; first-party roots are not in it.
    `editables` are single modules that editable installs map elsewhere; Python looks there last.
    `prefix` is the environment's folder, None when none was found and the server's own library stands in.
    """

    version: Version
    platform: str
    search_paths: tuple[Path, ...]
    stdlib: Path
    stdlib_dynload: Path | None
    stdlib_is_own: bool
    notes: tuple[str, ...] = ()
    editables: tuple[Editable, ...] = ()
    prefix: Path | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    """What was read under one prefix."""

    prefix: Path
    version: Version | None
    library: Library | None
    sites: tuple[Path, ...]


def find_environment(start: Path, python: Path | None = None, version: str | None = None) -> Environment:
    """The environment named by `python`, else the one that ruff and ty would find from `start`.

    Raises `EnvironmentNotFound` when what the user named is not there.
    """
    asked = _asked_version(version)
    notes: list[str] = []
    if python is not None:
        return _environment(_named(_absolute(python)), asked, notes)
    layout = _discovered(_absolute(start), notes) or _servers_own(_absolute(start))
    if layout is not None:
        return _environment(layout, asked, notes)
    notes.append(
        f"no environment was found, so installed packages are unknown and the standard library is that of Python "
        f"{_dotted(_OWN_VERSION)}, which runs switchpoint"
    )
    return _environment(None, asked, notes)


def _asked_version(text: str | None) -> Version | None:
    if text is None:
        return None
    version = parse_version(text)
    if version is None:
        raise EnvironmentNotFound(f"Python version {text!r} is not understood: give one like 3.12")
    return version


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def _named(python: Path) -> _Layout:
    """The layout around an interpreter file or environment folder that the user named."""
    candidates = list(_prefixes_of_folder(python)) if os.path.isdir(python) else list(_prefixes_of_file(python))
    hint = _version_hint(python)
    for prefix in candidates:
        layout = _layout(prefix, hint)
        if layout is not None:
            return layout
    raise EnvironmentNotFound(_refusal(python))


def _prefixes_of_folder(folder: Path) -> Iterator[Path]:
    yield folder
    if folder.name.lower() in _BINARY_FOLDERS:
        yield folder.parent


def _prefixes_of_file(file: Path) -> Iterator[Path]:
    """As CPython does: `pyvenv.cfg` is sought beside the name as given, an installation where its links lead."""
    given = (file.parent.parent, file.parent)
    if not os.path.lexists(file) and not os.path.lexists(file.with_name(file.name + ".exe")):
        return
    yield from (prefix for prefix in given if read_config(prefix) is not None)
    real = Path(os.path.realpath(file))
    if any("py" in name.lower() for name in (file.name, real.name)):
        yield from (real.parent.parent, real.parent, *given)


def _version_hint(python: Path) -> Version | None:
    """The version that the name of an interpreter, or of a library's folder, carries; several can share a prefix."""
    for name in (python.name, os.path.basename(os.path.realpath(python))):
        if match := _INTERPRETER_NAME.fullmatch(name):
            return parse_version(match[1])
    return None


def _refusal(python: Path) -> str:
    way_out = "give the path of an interpreter, or of an environment's folder"
    if not os.path.lexists(python):
        return f"no Python at {python}: {way_out}"
    if os.path.isdir(python):
        return f"no Python environment in the folder {python}: {way_out}"
    if _is_script(python):
        return (
            f"{python} is a script that starts some interpreter (a shim), and it is not run: give the interpreter "
            "itself, the path that `pyenv which python`, or `import sys; print(sys.executable)`, prints"
        )
    return f"no Python library was found around {python}: {way_out}"


def _is_script(file: Path) -> bool:
    if file.suffix.lower() in (".bat", ".cmd", ".ps1"):
        return True
    if not os.path.isfile(file):
        return False
    try:
        with file.open("rb") as opened:
            return opened.read(2) == b"#!"
    except OSError:
        return False


def _discovered(start: Path, notes: list[str]) -> _Layout | None:
    """The environment in which `start` is installed, else an activated one, a `.venv` above, or conda's base."""
    if (layout := _around(start)) is not None:
        return layout
    for origin, prefix in _places(start):
        layout = _layout(prefix, None)
        if layout is not None:
            return layout
        if origin:
            notes.append(f"{origin} names {prefix}, which is not a Python environment, and was passed over")
    return None


def _around(start: Path) -> _Layout | None:
    """Code among an environment's installed packages, or in its standard library, can only run there."""
    hint = next((version for folder in start.parents if (version := _version_hint(folder))), None)
    for prefix in start.parents:
        library = library_in(prefix, hint)
        installed = (*sites_in(prefix, hint), *((library.folder,) if library else ()))
        if any(start.is_relative_to(folder) for folder in installed):
            return _layout(prefix, hint)
    return None


def _places(start: Path) -> Iterator[tuple[str, Path]]:
    active, conda = os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")
    # Conda's base is active in every shell of many users and says nothing about the project.
    conda_is_base = os.environ.get("CONDA_DEFAULT_ENV") in ("base", "root")
    if active:
        yield "VIRTUAL_ENV", _absolute(Path(active))
    if conda and not conda_is_base:
        yield "CONDA_PREFIX", _absolute(Path(conda))
    for folder in (start, *start.parents):
        if os.path.isdir(folder / ".venv"):
            yield "", folder / ".venv"
    if conda and conda_is_base:
        yield "CONDA_PREFIX", _absolute(Path(conda))


def _servers_own(start: Path) -> _Layout | None:
    """The server's environment, if it is a virtual one that lies beside or above the project."""
    prefix = Path(sys.prefix)
    if sys.prefix != sys.base_prefix and prefix.parent in (start, *start.parents):
        return _layout(prefix, None)
    return None


def _layout(prefix: Path, hint: Version | None) -> _Layout | None:
    config = read_config(prefix)
    if config is not None:
        return _virtual(prefix, config, hint)
    library = library_in(prefix, hint)
    version = library.version if library else version_in(prefix)
    sites = sites_in(prefix, version)
    if library is None and not sites:
        return None
    return _Layout(prefix, version, library, (*_user_sites(version), *sites))


def _virtual(prefix: Path, config: dict[str, str], hint: Version | None) -> _Layout:
    written = parse_version(config.get("version_info", "")) or parse_version(config.get("version", ""))
    version = written or version_in(prefix) or hint
    bases = list(distinct(_bases(prefix, config)))
    library = next((found for base in bases if (found := library_in(base, version))), None)
    version = version or (library.version if library else None)
    sites = sites_in(prefix, version)
    if config.get("include-system-site-packages", "").lower() == "true":
        outer = (folder for base in bases for folder in sites_in(base, version))
        sites = (*_user_sites(version), *sites, *outer)
    return _Layout(prefix, version, library, sites)


def _bases(prefix: Path, config: dict[str, str]) -> Iterator[Path]:
    """The folders in which the installation beneath a virtual environment may stand, likeliest first."""
    for key in ("base-prefix", "base-exec-prefix"):
        if base := joined(prefix, config.get(key, "")):
            yield base
    if home := joined(prefix, config.get("home", "")):
        yield home.parent if home.name.lower() in _BINARY_FOLDERS else home
    written = (joined(prefix, config.get(key, "")) for key in ("base-executable", "executable"))
    for interpreter in (prefix / "bin" / "python", prefix / "bin" / "python3", *written):
        if interpreter is not None and os.path.isfile(interpreter):
            real = Path(os.path.realpath(interpreter))
            yield from (real.parent.parent, real.parent)


def _user_sites(version: Version | None) -> tuple[Path, ...]:
    """Packages installed for the user, which every interpreter outside a virtual environment sees."""
    if version is None:
        return ()
    dotted, short = f"{version[0]}.{version[1]}", f"{version[0]}{version[1]}"
    base = os.environ.get("PYTHONUSERBASE")
    roots = [_absolute(Path(base))] if base else [Path(os.path.expanduser("~/.local"))]
    candidates = [root / "lib" / f"python{dotted}" / "site-packages" for root in roots]
    candidates.append(_absolute(Path("~/Library/Python")) / dotted / "lib" / "python" / "site-packages")
    if roaming := os.environ.get("APPDATA"):
        candidates.append(Path(roaming) / "Python" / f"Python{short}" / "site-packages")
    return tuple(folder for folder in candidates if os.path.isdir(folder))


def _environment(layout: _Layout | None, asked: Version | None, notes: list[str]) -> Environment:
    library = layout.library if layout else None
    own = Library(OWN_LIBRARY, _OWN_VERSION)
    used = library or own
    sites = layout.sites if layout else ()
    found = layout.version if layout else None
    version = asked or found or used.version or _OWN_VERSION
    notes += _version_notes(version, found, used, is_own=library is None) if layout else ()
    return Environment(
        version=version,
        platform=sys.platform,
        search_paths=with_path_files(sites),
        stdlib=used.folder,
        stdlib_dynload=dynload_of(used.folder),
        stdlib_is_own=library is None,
        notes=tuple(notes),
        editables=editables_in(sites),
        prefix=layout.prefix if layout else None,
    )


def _version_notes(version: Version, found: Version | None, used: Library, *, is_own: bool) -> Iterator[str]:
    if is_own:
        yield f"standard library of the server's own Python {_dotted(_OWN_VERSION)} (the target's was not found)"
    elif used.version not in (None, version):
        yield f"standard library of Python {_dotted(used.version)}, analysed as Python {_dotted(version)}"
    elif found not in (None, version):
        yield f"Python {_dotted(version)} was asked for, the environment's is {_dotted(found)}"


def _dotted(version: Version | None) -> str:
    return ".".join(map(str, version or ()))
