"""Comments against findings: two exhaustive comparisons, of what is claimed and of what was seen.

In: a case, and the sites that the analysis or the observer found in its files. Out: one sentence per disagreement.
This module must not know how either found them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.literate import Block, Case, Mark, without_marks

# The order in which sites that stand at one position are driven.
_DRIVEN = {"await": 0, "enter": 1, "exit": 2, "next": 3}


@dataclass(frozen=True, slots=True)
class Claim:
    """A site as the analysis reports it."""

    line: int
    col: int
    kind: str
    effect: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A site as the observer saw it: `quiet` counts the completions without a switch."""

    line: int
    col: int
    kind: str
    ran: int = 0
    quiet: int = 0
    switched: int = 0


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line whose comment is wrong, and the comment that would be right."""

    block: Block
    line: int
    right: tuple[Mark, ...]

    def __str__(self) -> str:
        return f"{self.block.name}:{self.line}: right is: {self.corrected()}"

    def corrected(self) -> str:
        code = without_marks(self.block.lines[self.line - 1])
        return f"{code}  # {', '.join(map(str, self.right))}" if self.right else code


def compare(case: Case, claims: Mapping[str, Sequence[Claim]]) -> list[Mismatch]:
    """Every line whose comment and whose claimed sites differ; a chain is compared where the comment gives one."""
    return [
        Mismatch(block, line, tuple(_shown(claim, mark) for claim, mark in _paired(found, said)))
        for block in case.blocks
        for line, found, said in _by_line(block, claims.get(block.name, ()))
        if not _agree(found, said)
    ]


def stale_bugs(case: Case) -> list[str]:
    """Bug lines that name no line of the case, or whose line already says what is right."""
    sentences: list[str] = []
    for bug in case.bugs:
        said = [marks for marks in _all_marks(case, bug.code) if marks]
        if not said:
            sentences.append(f"the bug line quotes no line that has an effect: {bug.code}")
        elif any([m.effect for m in marks] == [m.effect for m in bug.right] for marks in said):
            sentences.append(f"the bug is gone, and so should be its line: {bug.code}")
    return sentences


def contradictions(case: Case, seen: Mapping[str, Sequence[Seen]]) -> list[str]:
    """Lines whose effects the run proved wrong. Where a bug line stands, it is what is held to the truth."""
    right = {bug.code: bug.right for bug in case.bugs}
    sentences: list[str] = []
    for block in case.blocks:
        for line, found, said in _by_line(block, seen.get(block.name, ())):
            code = without_marks(block.lines[line - 1]).strip()
            where = f"{block.name}:{line}: {code}"
            held = right.get(code, said)
            if len(held) != len(found):
                sentences.append(f"{where}: the program has {len(found)} sites here, the comment {len(held)}")
            else:
                sentences += [f"{where}: {what}" for what in _proved_wrong(found, held)]
    return sentences


def unseen(case: Case, seen: Mapping[str, Sequence[Seen]]) -> list[str]:
    """What the run did not show: a switch never seen, a `never` that never ran. Thin evidence, no failure."""
    sentences: list[str] = []
    for block in case.blocks:
        for line, found, said in _by_line(block, seen.get(block.name, ())):
            for site, mark in zip(found, said, strict=False):
                if mark.effect in ("sometimes", "always") and not site.switched:
                    sentences.append(f"{block.name}:{line}: {site.kind} {mark.effect} was not seen to switch")
                elif mark.effect == "never" and not site.ran:
                    sentences.append(f"{block.name}:{line}: {site.kind} never did not run")
    return sentences


def _by_line(block: Block, sites: Sequence[Claim] | Sequence[Seen]):
    marks, found = block.marks(), defaultdict(list)
    for site in sorted(sites, key=lambda site: (site.line, site.col, _DRIVEN[site.kind])):
        found[site.line].append(site)
    for line in sorted({*marks, *found}):
        yield line, found[line], marks.get(line, ())


def _paired(found: Sequence[Claim], said: Sequence[Mark]):
    return zip(found, said if len(said) == len(found) else [None] * len(found), strict=True)


def _agree(found: Sequence[Claim], said: Sequence[Mark]) -> bool:
    return len(found) == len(said) and all(
        claim.effect == mark.effect
        and (mark.kind or _unlabelled(claim.kind)) == claim.kind
        and _follows(mark.chain, claim.chain)
        for claim, mark in zip(found, said, strict=True)
    )


def _follows(said: str, chain: str) -> bool:
    """A comment may leave the chain out, and shorten each name from the left: `inner` for `main.inner`."""
    parts, names = said.split(" > "), chain.split(" > ")
    return not said or (
        len(parts) == len(names)
        and all(name == part or name.endswith(f".{part}") for part, name in zip(parts, names, strict=True))
    )


def _unlabelled(kind: str) -> str:
    return kind if kind in ("await", "next") else ""


def _shown(claim: Claim, mark: Mark | None) -> Mark:
    """A comment that says the right effect without a chain keeps its brevity."""
    brief = mark is not None and not mark.chain and mark.effect == claim.effect
    return Mark(claim.effect, claim.kind, "" if brief else claim.chain)


def _proved_wrong(found: Sequence[Seen], said: Sequence[Mark]) -> list[str]:
    """Clauses of one comprehension cannot be told apart by position: a switch contradicts only if none may switch."""
    sentences: list[str] = []
    for site, mark in zip(found, said, strict=False):
        together = [m for s, m in zip(found, said, strict=False) if (s.kind, s.col) == (site.kind, site.col)]
        if (mark.kind or _unlabelled(site.kind)) != site.kind:
            sentences.append(f"the site is {site.kind!r}, the comment says {mark}")
        elif site.switched and all(m.effect == "never" for m in together):
            sentences.append(f"{site.kind} is called never and switched {site.switched} times")
        elif site.quiet and mark.effect == "always":
            sentences.append(f"{site.kind} is called always and completed {site.quiet} times without a switch")
    return sentences


def _all_marks(case: Case, code: str) -> list[tuple[Mark, ...]]:
    return [
        marks
        for block in case.blocks
        for line, marks in block.marks().items()
        if without_marks(block.lines[line - 1]).strip() == code
    ]
