"""When the first analysis of a module gives way to what has arrived, so that neither keeps the other waiting for ever.

In: steps of the analysis, and whether something presses. Out: whether it stops here. What it has found is kept, but
what it was about to find is lost when it stops, and that can be all of a file whose verdicts hang together. So it stops
at once the first time; later, once pressed, only after it went on for as many steps as it has had to take anew. It
takes steps anew for as long as it asks nothing that was not asked before. This module must not know what is analysed,
nor what presses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class FirstAnalysis:
    """The work on one module, in steps. `stops` and `anew` are what it has cost to give way.

    `reached`: how many questions had been asked when it last began. `pressed_for`: steps since something pressed.
    """

    steps: int = 0
    stops: int = 0
    anew: int = 0
    reached: int = 0
    pressed_for: int = 0

    def begin(self, asked: int) -> None:
        """It begins, or goes on with what it knows; so many questions were asked by anybody before."""
        self.reached = asked if self.steps else 0
        self.pressed_for = 0

    def gives_way(self, *, pressed: bool, asked: int) -> bool:
        """One step more; whether it stops here."""
        self.steps += 1
        if asked <= self.reached:
            self.anew += 1
        if not pressed:
            return False
        self.pressed_for += 1
        return self.pressed_for > self.anew

    def keep(self) -> None:
        """A verdict was found, which is known now, whatever comes."""
        self.reached = 0
