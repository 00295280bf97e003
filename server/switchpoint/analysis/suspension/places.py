"""Places: where forms stand in their file today.

In: the place of a form within its piece. Out: the place in the file. This module must not know what is reported there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir.summaries import Asking, layout, piece
from switchpoint.analysis.resolution.program import Program
from switchpoint.analysis.resolution.values import (
    Definition,
)
from switchpoint.analysis.verdicts import (
    Span,
)

if TYPE_CHECKING:
    from switchpoint.analysis.ir import forms as f
    from switchpoint.analysis.ir.layout import Layout
    from switchpoint.analysis.resolution.program import Program


def absolute(place: f.Place, first: int) -> Span:
    return Span(place[0] + first + 1, place[1], place[2] + first + 1, place[3])


def as_typed(form: f.FunctionForm, shape: Layout, key: str) -> list[tuple[int, f.SiteForm]]:
    """The sites of a form with their indexes, but for those in a statement that is half typed."""
    sites = list(enumerate(form.sites))
    mended = shape.mended.get(key)
    if mended is None:
        return sites
    return [(i, site) for i, site in sites if not any(a <= site.keyword[0] < b for a, b in mended.lines)]


@query()
def site_places(program: Program, path: str) -> Asking:
    """(definition, index within it) of each site of `file_report`, in the same order."""
    shape: Layout = yield layout(path)
    found: list[tuple[tuple[object, ...], Definition, int]] = []
    for part in shape.pieces:
        whole: f.PieceForm = yield piece(path, part.key)
        for form in (whole.main, *whole.functions.values()):
            for index, site in as_typed(form, shape, part.key):
                key = (absolute(site.place, part.first), site.kind.value != "enter", site.kind.value)
                found.append((key, Definition(path, part.key, form.name), index))
    found.sort(key=lambda item: item[0])
    return tuple((definition, index) for _, definition, index in found)
