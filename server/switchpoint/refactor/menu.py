"""What can be done at a place: each refactoring that concerns it, done or refused.

In: the ground and a place. Out: proposals. This module must not know how any refactoring decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from switchpoint.refactor.inlining import await_inline, started_at
from switchpoint.refactor.plain import defined_at, make_plain
from switchpoint.refactor.proposals import FileEdit, Kind, Proposal, Refusal, Refused
from switchpoint.refactor.reading import Place, compiles, read
from switchpoint.refactor.starting import awaited_at, start_task
from switchpoint.refactor.trial import Ground, applied

Make = Callable[[], tuple[FileEdit, ...]]


def proposals(ground: Ground, place: Place) -> tuple[Proposal, ...]:
    """The proposals for a place of the open file; none where it does not parse. Raises `Cancelled`."""
    return tuple(_tried(ground, kind, make) for kind, make in _concerning(ground, place))


def _concerning(ground: Ground, place: Place) -> Iterator[tuple[Kind, Make]]:
    source = read(ground.workspace.text(ground.path))
    if source is None:
        return
    report = ground.report()
    if site := awaited_at(source, report, place):
        yield Kind.RUN_AS_TASK, lambda: start_task(ground, source, report, site)
    if (call := started_at(source, report, place)) is not None:
        yield Kind.AWAIT_INLINE, lambda: await_inline(ground, source, call)
    if function := defined_at(source, report, place):
        yield Kind.MAKE_PLAIN, lambda: make_plain(ground, source, report, function)


def _tried(ground: Ground, kind: Kind, make: Make) -> Proposal:
    try:
        edits = make()
        for file in edits:
            if not compiles(applied(ground.workspace.text(file.path), file.edits)):
                raise Refused(Refusal.NOT_EDITABLE, file.path)
    except Refused as refused:
        path = refused.path or (ground.path if refused.line else None)
        return Proposal(kind, refusal=refused.refusal, path=path, line=refused.line)
    return Proposal(kind, edits)
