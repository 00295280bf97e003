"""What `--format json` prints: stable, versioned objects.

In: rows, problems, hovers, a comparison with observations. Out: one line of JSON in ASCII, so that no console's
encoding matters. Must not know the command line nor how anything was found.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from switchpoint.features.report import Row, json_problem, json_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from switchpoint.analysis import Problem
    from switchpoint.features.hover import Hover
    from switchpoint.observer import Comparison, Joined

# Rises when a reader of what was there before could break; new keys do not make it rise.
VERSION = 1


def of_run(
    python: tuple[int, int],
    files: int,
    rows: Iterable[Row],
    problems: Iterable[Problem],
    seen: Comparison | None = None,
) -> str:
    """The object of `check` and `annotate`; with observations, also where they disagree and where they may improve."""
    whole: dict[str, object] = {
        **_head(python),
        "files": files,
        "sites": [json_site(row) for row in rows],
        "problems": [json_problem(found) for found in problems],
    }
    if seen is not None:
        whole["contradictions"] = [_seen(one) for one in seen.contradictions]
        whole["candidates"] = [_seen(one) for one in seen.candidates]
    return json.dumps(whole)


def of_hovers(python: tuple[int, int], hovers: Sequence[Hover]) -> str:
    """The object of `explain`."""
    shown = [{"line": hover.span.line, "col": hover.span.col, "text": list(hover.lines)} for hover in hovers]
    return json.dumps({**_head(python), "hovers": shown})


def _head(python: tuple[int, int]) -> dict[str, object]:
    return {"version": VERSION, "python": f"{python[0]}.{python[1]}"}


def _seen(one: Joined) -> dict[str, object]:
    seen = one.seen
    place = {"file": str(one.path), "kind": seen.kind, "line": seen.line, "col": seen.col}
    return {**place, "ran": seen.ran, "switched": seen.switched}
