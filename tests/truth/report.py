"""Say what was measured, in Markdown.

In: measured suites by name. Out: text. What counts and what it means is decided in `measure.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from switchpoint.observer import Joined

from .measure import Measured, Ran

_HEAD = (
    "| suite | observed sites | joined | wrong | ran >= 5, never switched | proved, raw | `sometimes` | seen to switch "
    "elsewhere | proved, of the rest | unknown | bare, s (CPU) | observed, s (CPU) | check, s |"
)


def table(measured: Mapping[str, Measured]) -> str:
    """One line per suite."""
    lines = [_HEAD, "|" + "---|" * (_HEAD.count("|") - 1)]
    return "\n".join([*lines, *(_line(name, each) for name, each in measured.items())])


def _line(name: str, measured: Measured) -> str:
    joined, idle, proved = len(measured.comparison.joined), len(measured.idle), len(measured.proved)
    cells = [
        name,
        measured.seen,
        _share(joined, measured.seen),
        len(measured.comparison.contradictions),
        idle,
        _share(proved, idle),
        len(measured.conditional),
        len(measured.shown),
        _share(proved, proved + len(measured.open)),
        _share(len(measured.unknown), joined),
        _time(measured.bare),
        _time(measured.observed),
        f"{measured.check_seconds:.1f}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part})" if whole else "-"


def _time(ran: Ran | None) -> str:
    return f"{ran.seconds:.1f} ({ran.cpu_seconds:.1f})" if ran else "-"


def details(name: str, measured: Measured) -> str:
    """Everything that a wrong or unjoined site, or a frequent reason, needs to be looked into."""
    return "\n".join(_details(name, measured))


def _details(name: str, measured: Measured) -> Iterator[str]:
    yield f"## {name}"
    yield f"suite: exit {measured.observed.code}: {measured.observed.last_line}"
    if measured.bare:
        yield f"bare: exit {measured.bare.code}: {measured.bare.last_line}"
    yield f"\nwrong (called inline, seen to switch): {len(measured.comparison.contradictions)}"
    yield from (_place(each) for each in measured.comparison.contradictions)
    yield f"\nunjoined: {len(measured.comparison.unjoined)}"
    yield from (
        f"- {path}:{seen.line}:{seen.col} {seen.kind} {seen.switched} of {seen.ran}"
        for path, seen in measured.comparison.unjoined
    )
    yield f"\ncalled always, but did not always switch: {len(measured.never_always)}"
    yield from (_place(each) for each in measured.never_always[:100])
    leaves = measured.unknown_leaves()
    yield "\ntwenty most frequent reasons of unknown, by observed sites:"
    yield from (f"- {count} {reason}" for reason, count in _added(leaves, lambda why: why).most_common(20))
    yield "\nfirst words of those reasons:"
    heads = _added(leaves, lambda why: why.split(":")[0])
    yield from (f"- {count} {reason}" for reason, count in heads.most_common())
    yield "\nwhere the chains of the unknown end:"
    yield from (f"- {count} {where} {why}" for (why, where), count in leaves.most_common())
    yield f"\nran >= 5 times, never switched here, seen to switch elsewhere: {len(measured.shown)}"
    yield from (f"{_place(each)} {_why(measured, each)}" for each in measured.shown)
    yield f"\nran >= 5 times, never switched, neither inline nor conditional by nature: {len(measured.open)}"
    yield from (f"{_place(each)} {_why(measured, each)}" for each in measured.open)
    yield f"\nran >= 5 times, never switched, `sometimes`, by where their chains end: {len(measured.conditional)}"
    yield from (f"- {count} {leaf}" for leaf, count in measured.conditional_leaves().most_common())


def _added(leaves: Counter[tuple[str, str]], under: Callable[[str], str]) -> Counter[str]:
    """How many sites are unknown for each reason, by what `under` makes of it."""
    found: Counter[str] = Counter()
    for (reason, _), count in leaves.items():
        found[under(reason)] += count
    return found


def _place(joined: Joined) -> str:
    seen = joined.seen
    effects = "/".join(site.effect for site in joined.called)
    return (
        f"- {joined.path}:{seen.line}:{seen.col} {seen.kind} {effects}, {seen.switched} of {seen.ran}{_source(joined)}"
    )


def _source(joined: Joined) -> str:
    lines = Path(joined.path).read_text(encoding="utf-8", errors="replace").splitlines()
    return f" `{lines[joined.seen.line - 1].strip()[:80]}`" if joined.seen.line <= len(lines) else ""


def _why(measured: Measured, joined: Joined) -> str:
    return "; ".join(filter(None, (measured.why_unknown(site) for site in joined.called)))
