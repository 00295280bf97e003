"""Outcomes: in which states a path can end, and the effect that follows.

In: nothing. Out: the lattice that control flow is walked over, plain data. This module must not know Python.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchpoint.analysis.verdicts import Effect

CLEAN, SWITCHED, UNSURE = 1, 2, 4
"""States of a path: it has not left the task, it has, it passed something unresolved. Combined as bits."""

BEFORE = CLEAN | SWITCHED | UNSURE
"""The bits of paths that have passed no `yield` of an async generator."""

BEGUN = 3
"""By how many bits the states of paths are shifted that have passed a `yield` of an async generator."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`normal`: the states in which driving can complete. `touched`: what any path does, also one that then raises.
    `ended`: the states in which it can raise `StopAsyncIteration`, which completes a step of an `async for`."""

    normal: int = 0
    touched: int = 0
    ended: int = 0

    @property
    def effect(self) -> Effect:
        if not (self.normal | self.touched) & (SWITCHED | UNSURE):
            return Effect.NEVER
        if self.normal == SWITCHED or (self.normal == 0 and self.touched & SWITCHED):
            return Effect.ALWAYS
        if (self.normal | self.touched) & SWITCHED:
            return Effect.SOMETIMES
        return Effect.UNKNOWN

    def joined(self, other: Outcome) -> Outcome:
        return Outcome(self.normal | other.normal, self.touched | other.touched, self.ended | other.ended)

    def as_step(self) -> Outcome:
        """The same where the end of what is iterated over is no exception."""
        return Outcome(self.normal | self.ended, self.touched)


NOTHING = Outcome()
NEVER = Outcome(CLEAN, CLEAN)
ALWAYS = Outcome(SWITCHED, SWITCHED)
SOMETIMES = Outcome(CLEAN | SWITCHED, CLEAN | SWITCHED)
UNKNOWN = Outcome(UNSURE, UNSURE)
RAISES = Outcome(0, CLEAN)


def after(states: int, result: int) -> int:
    """The states of paths that were in `states` and then passed something that can end in `result`."""
    if states >> BEGUN:
        return after(states & BEFORE, result) | after(states >> BEGUN, result) << BEGUN
    found = 0
    for state in (CLEAN, SWITCHED, UNSURE):
        if states & state:
            for ended in (CLEAN, SWITCHED, UNSURE):
                if result & ended:
                    found |= max(state, ended) if SWITCHED not in (state, ended) else SWITCHED
    return found
