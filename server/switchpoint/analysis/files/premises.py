"""What answers rest on outside a program: the files that were read, and what stood in folders that were looked into.

In: paths. Out: premises, plain tuples that can be kept for another process, and whether they still hold. This module
must not know what the answers are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.files.source import content_key, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from switchpoint.analysis.files.listings import Listing

Stamp: TypeAlias = tuple[int, int, int]
"""Size, and when the content and when anything about a file was last changed, in nanoseconds; a missing file has -1s.
A file whose stamp is the same is taken to be the same, as make and git take it."""

_MISSING: Stamp = (-1, -1, -1)


def stamp_of(path: str) -> Stamp:
    """The stamp of a file as it is now."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return _MISSING
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def stamp_of_text(path: str, text: str | None) -> Stamp | None:
    """The stamp of a file, if this is what stands in it; None when it is something else by now."""
    # The stamp is taken first: a change between the two reads leaves one that will not be found again.
    stamp = stamp_of(path)
    return stamp if read_source(Path(path)).text == text else None


def digest_of(listing: Listing) -> str:
    """A name for what an import can find in a folder. That compiled code came to lie there changes nothing."""
    extensions = sorted((name, tuple(sorted(files))) for name, files in listing.extensions.items())
    return content_key(repr((sorted(listing.folders - {"__pycache__"}), sorted(listing.files), extensions)))


def all_same(pairs: Iterable[tuple[str, object]], now: Callable[[str], object]) -> bool:
    """Whether each path still has what it had."""
    return all(now(path) == before for path, before in pairs)
