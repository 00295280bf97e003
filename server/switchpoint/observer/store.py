"""The observations of a project: `.switchpoint/observed.json`, read, looked up, merged, written.

In: that file, which may be stale, hand-edited or hostile. Out: frozen data keyed by file, kind, line and column (lines
from 1, columns from 0, in code points). An observation counts only for the very text that ran: it carries that text's
hash. This module must not know how sites are observed, nor what the analysis says of them.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = 1
LARGEST_FILE = 256 * 1024 * 1024
KINDS = frozenset({"await", "enter", "exit", "next"})


@dataclass(frozen=True, slots=True, order=True)
class SeenSite:
    """One place, how often its await began, and how often at least one yield went up through it.

    `ran` stops at 10,000 in one process, or when `switched` reaches 1,000: then both are at least that.
    """

    line: int
    col: int
    kind: str
    end_line: int
    end_col: int
    ran: int
    switched: int


@dataclass(frozen=True, slots=True)
class SeenFile:
    """The sites seen in one text of a file."""

    hash: str
    sites: tuple[SeenSite, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen, by real path. `problem` says why nothing could be read from a file that exists."""

    python: str = ""
    files: Mapping[str, SeenFile] = field(default_factory=dict[str, SeenFile])
    problem: str = ""
    _index: dict[str, dict[tuple[str, int, int], SeenSite]] = field(
        default_factory=dict[str, "dict[tuple[str, int, int], SeenSite]"], repr=False, compare=False
    )

    def lookup(self, file: Path, kind: str, line: int, col: int, content_hash: str) -> tuple[int, int] | None:
        """(switched, ran) of a site; None when it was not seen, or only in another text of the file."""
        seen = self.file(file, content_hash)
        if seen is None:
            return None
        key = real(file)
        if key not in self._index:
            self._index[key] = {(site.kind, site.line, site.col): site for site in seen.sites}
        site = self._index[key].get((kind, line, col))
        return None if site is None else (site.switched, site.ran)

    def file(self, file: Path, content_hash: str) -> SeenFile | None:
        """What was seen in `file` while it had the content of that hash."""
        seen = self.files.get(real(file))
        return seen if seen is not None and seen.hash == content_hash else None


def content_hash(content: bytes) -> str:
    """By which an observation knows the text that it was made of."""
    return blake2b(content, digest_size=16).hexdigest()


def real(path: Path | str) -> str:
    """The one spelling of a path under which its observations are kept."""
    return os.path.normcase(os.path.realpath(path))


def load(path: Path) -> Observed:
    """The observations in `path`; empty when there are none, with a `problem` when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return Observed(problem=f"{path}: larger than {LARGEST_FILE} bytes")
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Observed()
    except (OSError, ValueError, RecursionError) as error:
        return Observed(problem=f"{path}: {error}")
    try:
        return _observed(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Observed(problem=f"{path}: not in the format of version {VERSION} ({error})")


def _observed(raw: Any) -> Observed:
    if raw["version"] != VERSION:
        raise ValueError(f"version {raw['version']!r}")
    files = cast("dict[str, Any]", raw["files"])
    return Observed(str(raw["python"]), {str(path): _seen_file(file) for path, file in files.items()})


def _seen_file(raw: Any) -> SeenFile:
    return SeenFile(str(raw["hash"]), tuple(sorted(_seen_site(site) for site in raw["sites"])))


def _seen_site(raw: Any) -> SeenSite:
    if raw["kind"] not in KINDS:
        raise ValueError(f"kind {raw['kind']!r}")
    names = ("line", "col", "end_line", "end_col", "ran", "switched")
    return SeenSite(kind=raw["kind"], **{name: int(raw[name]) for name in names})


def merge_into(path: Path, new: Observed) -> None:
    """Add `new` to the observations in `path`, atomically. What cannot be read there is replaced."""
    save(path, merge(load(path), new))


def merge(old: Observed, new: Observed) -> Observed:
    """The sums per site where the text is the same, the new ones where it changed; vanished files are dropped."""
    files = {path: file for path, file in old.files.items() if os.path.exists(path)}
    for path, file in new.files.items():
        files[path] = added(files.get(path), file)
    return Observed(new.python or old.python, files)


def added(before: SeenFile | None, file: SeenFile) -> SeenFile:
    """`file`, with what was seen `before` if that was the same text."""
    if before is None or before.hash != file.hash:
        return file
    return SeenFile(file.hash, _sum((*before.sites, *file.sites)))


def _sum(sites: Iterable[SeenSite]) -> tuple[SeenSite, ...]:
    sums: dict[tuple[str, int, int, int, int], tuple[int, int]] = {}
    for site in sites:
        key = (site.kind, site.line, site.col, site.end_line, site.end_col)
        ran, switched = sums.get(key, (0, 0))
        sums[key] = (ran + site.ran, switched + site.switched)
    return tuple(
        sorted(
            SeenSite(line, col, kind, end_line, end_col, *counts)
            for (kind, line, col, end_line, end_col), counts in sums.items()
        )
    )


def save(path: Path, observed: Observed) -> None:
    """Write `observed` so that a reader sees the whole of it or the whole of what was there before."""
    files = {name: asdict(file) for name, file in sorted(observed.files.items())}
    text = json.dumps({"version": VERSION, "python": observed.python, "files": files}, indent=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
