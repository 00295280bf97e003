"""Hold what the analysis says against what was seen.

In: observations, and what each site was called. Out: contradictions (called inline, seen to switch: our defects),
candidates (called may switch, ran often, never switched), and how far the two lists name the same places. This module
must not know how either was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis import Site, Verdict
from switchpoint.observer.store import Observed, SeenSite, content_hash, real

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

OFTEN = 5


@dataclass(frozen=True, slots=True)
class Called:
    """What the analysis calls one site. `effect` is the effect's word."""

    path: Path
    kind: str
    line: int
    col: int
    inline: bool
    effect: str

    @classmethod
    def of(cls, site: Site) -> Called:
        """A site of the facade in these words."""
        start = site.span
        inline = site.verdict is Verdict.INLINE
        return cls(site.path, site.kind.value, start.line, start.col, inline, site.effect.value)


@dataclass(frozen=True, slots=True)
class Joined:
    """A place that was seen, with what it is called. Two clauses of one comprehension share their place."""

    path: Path
    seen: SeenSite
    called: tuple[Called, ...]

    @property
    def inline(self) -> bool:
        return all(site.inline for site in self.called)


@dataclass(frozen=True, slots=True)
class Contradiction(Joined):
    """Called inline, seen to switch: a defect of the analysis."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`unjoined` was seen but is not called anything; `unseen` counts sites that did not run."""

    joined: tuple[Joined, ...]
    contradictions: tuple[Contradiction, ...]
    candidates: tuple[Joined, ...]
    unjoined: tuple[tuple[Path, SeenSite], ...]
    unseen: int


def compare(
    observed: Observed,
    called: Iterable[Called],
    *,
    often: int = OFTEN,
    hash_of: Callable[[Path], str | None] | None = None,
) -> Comparison:
    """Join by file, kind, line and column; only files that `called` names, and only in the text that ran.

    A candidate ran at least `often` times; candidates are sorted by how often, the rest by place.
    """
    joined: list[Joined] = []
    unjoined: list[tuple[Path, SeenSite]] = []
    unseen = 0
    for path, sites in _by_path(called).items():
        digest = (hash_of or _hash_on_disk)(path)
        seen = observed.file(path, digest) if digest else None
        here = _join(path, seen.sites if seen else (), sites)
        joined += [each for each in here if each.called]
        unjoined += [(path, each.seen) for each in here if not each.called]
        unseen += len(sites) - sum(len(each.called) for each in here)
    wrong = [Contradiction(each.path, each.seen, each.called) for each in joined if each.inline and each.seen.switched]
    idle = [each for each in joined if not each.inline and each.seen.ran >= often and not each.seen.switched]
    idle.sort(key=lambda each: -each.seen.ran)
    return Comparison(tuple(joined), tuple(wrong), tuple(idle), tuple(unjoined), unseen)


def _by_path(called: Iterable[Called]) -> dict[Path, list[Called]]:
    files: dict[str, tuple[Path, list[Called]]] = {}
    for site in called:
        files.setdefault(str(site.path), (site.path, []))[1].append(site)
    # One file under two spellings is one file.
    found: dict[str, tuple[Path, list[Called]]] = {}
    for path, sites in files.values():
        found.setdefault(real(path), (path, []))[1].extend(sites)
    return dict(found[name] for name in sorted(found))


def _hash_on_disk(path: Path) -> str | None:
    try:
        return content_hash(path.read_bytes())
    except OSError:
        return None


def _join(path: Path, seen: Iterable[SeenSite], called: Iterable[Called]) -> list[Joined]:
    names: dict[tuple[str, int, int], list[Called]] = {}
    for site in called:
        names.setdefault((site.kind, site.line, site.col), []).append(site)
    return [Joined(path, each, tuple(names.get((each.kind, each.line, each.col), ()))) for each in seen]
