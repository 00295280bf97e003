"""What an editor's user feels: seconds to hints, while typing, at the start, and megabytes.

In: contestants, a folder and one of its files. Out: samples by measure and contestant. All servers run at once and are
asked in turns, each alone: before the next is asked, this one has come to rest.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contestants import SWITCHPOINT
from benchmarks.keystrokes import Keystroke, Window, keystrokes, opening, window
from benchmarks.talking import Contestant, Talk, talking

PAUSE = 0.25
GIVE_UP = 90.0
REST = 30.0
"""Seconds after which a server that is left alone has put away what it does not need."""
EVERYTHING = 1_000_000

Samples = dict[str, dict[str, list[float]]]
"""Measure, contestant, values."""


@dataclass
class Measured:
    """Samples, and how many hints each contestant answered for the window and the file: that they do answer."""

    samples: Samples = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    hints: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def add(self, measure: str, name: str, value: float) -> None:
        self.samples[measure][name].append(value)


def typing(contestants: Sequence[Contestant], folder: Path, file: Path, rounds: int) -> Measured:
    """Keystrokes with hints of the window, of the file, and hovers, in turns."""
    measured = Measured()
    with ExitStack() as stack:
        talks = [opened(stack, each, folder, file) for each in contestants]
        here = window(talks[0].lines)
        strokes = {talk.contestant.name: keystrokes(here) for talk in talks}
        for talk in talks:
            first_hints(talk, here)
            talk.send(talk.edit(*opening(here)))
            settle(talk)
            visible, whole = talk.hints(here.first, here.last), talk.hints(0, EVERYTHING)
            measured.hints[talk.contestant.name] = (len(visible.value or ()), len(whole.value or ()))
            remember_memory(measured, "after opening", talk)
        time.sleep(REST)
        for talk in talks:
            remember_memory(measured, "at rest", talk)
        for _ in range(rounds):
            for talk in talks:
                one_round(measured, talk, here, strokes[talk.contestant.name])
        for talk in talks:
            remember_memory(measured, "after typing", talk)
    return measured


def one_round(measured: Measured, talk: Talk, here: Window, strokes: Iterator[Keystroke]) -> None:
    """A keystroke with the window's hints, one with the file's, one hover at rest."""
    name = talk.contestant.name
    measured.add("edit to visible hints", name, talk.hints(here.first, here.last, talk.edit(*next(strokes))).seconds)
    at_rest(measured, talk)
    measured.add("edit to whole-file hints", name, talk.hints(0, EVERYTHING, talk.edit(*next(strokes))).seconds)
    at_rest(measured, talk)
    measured.add("hover", name, talk.hover(here.line, here.await_col + 1).seconds)


def at_rest(measured: Measured, talk: Talk) -> None:
    """Wait for the final verdicts of what was edited, where a server can be asked for them."""
    began = time.perf_counter()
    if settle(talk):
        measured.add("edit to final verdicts", talk.contestant.name, time.perf_counter() - began)
    time.sleep(PAUSE)


def settle(talk: Talk) -> bool:
    if talk.contestant.name != SWITCHPOINT:
        return False
    talk.ask("switchpoint/sites", {"textDocument": {"uri": talk.uri}})
    return True


def burst(contestants: Sequence[Contestant], folder: Path, file: Path, strokes: int, pause: float) -> Measured:
    """Keystrokes with the window's hints, faster than the analysis follows, each server alone."""
    measured = Measured()
    for each in contestants:
        with ExitStack() as stack:
            talk = opened(stack, each, folder, file)
            here = window(talk.lines)
            first_hints(talk, here)
            talk.send(talk.edit(*opening(here)))
            for _, stroke in zip(range(strokes), keystrokes(here), strict=False):
                answer = talk.hints(here.first, here.last, talk.edit(*stroke))
                measured.add("edit to visible hints, without rest", each.name, answer.seconds)
                time.sleep(pause)
    return measured


def starts(contestants: Sequence[Contestant], folder: Path, file: Path, rounds: int, label: str = "") -> Measured:
    """From the start of the process to the first hints of the window, in turns."""
    measured = Measured()
    for _ in range(rounds):
        for each in contestants:
            with ExitStack() as stack:
                talk = opened(stack, each, folder, file)
                seconds = first_hints(talk, window(talk.lines))
                measured.add(f"start to first hints{label}", each.name, seconds)
                if settle(talk):
                    measured.add(f"start to final verdicts{label}", each.name, time.perf_counter() - talk.started)
                    # Time to keep what was learned.
                    time.sleep(10)
    return measured


def memory(contestant: Contestant, folder: Path, file: Path, edits: int, samples: int) -> list[tuple[int, float]]:
    """Resident megabytes after so many keystrokes; the analysis comes to rest at each sample."""
    found: list[tuple[int, float]] = []
    with ExitStack() as stack:
        talk = opened(stack, contestant, folder, file)
        here = window(talk.lines)
        first_hints(talk, here)
        talk.send(talk.edit(*opening(here)))
        every = max(1, edits // samples)
        for number, stroke in zip(range(edits + 1), keystrokes(here), strict=False):
            talk.hints(here.first, here.last, talk.edit(*stroke))
            if number % every == 0:
                settle(talk)
                found.append((number, talk.memory()[0]))
    return found


def opened(stack: ExitStack, contestant: Contestant, folder: Path, file: Path) -> Talk:
    talk = stack.enter_context(talking(contestant, folder))
    talk.open(file)
    return talk


def first_hints(talk: Talk, here: Window) -> float:
    """Seconds from the start of the process to the first answer that has hints."""
    while True:
        answer = talk.hints(here.first, here.last, since=talk.started)
        if answer.value or answer.seconds > GIVE_UP:
            return answer.seconds
        time.sleep(0.02)


def remember_memory(measured: Measured, when: str, talk: Talk) -> None:
    resident, proportional = talk.memory()
    measured.add(f"MB resident {when}", talk.contestant.name, resident)
    measured.add(f"MB, shared counted once, {when}", talk.contestant.name, proportional)
