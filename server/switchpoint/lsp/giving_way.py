"""When the first analysis of a module gives way to what has arrived, so that neither keeps the other waiting for ever.

In: steps of the analysis, and whether something presses. Out: whether it stops here. What it has found is kept, but
what it was about to find is lost when it stops, and that can be all of a file whose verdicts hang together. So it stops
at once the first time, and then only after it went on, once pressed, for as many steps as it has lost by now. What was
lost at least doubles each time: all of it together is less than what one run needs, times a small number. This module
must not know what is analysed, nor what presses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class FirstAnalysis:
    """The work on one module, in steps. `at_stake`: what is lost if it stops now. `pressed_for`: how long it has gone
    on since something pressed. `stops` and `lost` are what it has cost to give way."""

    steps: int = 0
    at_stake: int = 0
    pressed_for: int = 0
    stops: int = 0
    lost: int = 0

    def gives_way(self, *, pressed: bool) -> bool:
        """One step more; whether it stops here."""
        self.steps += 1
        self.at_stake += 1
        if not pressed:
            return False
        self.pressed_for += 1
        return self.pressed_for > self.lost

    def keep(self) -> None:
        """What was found so far is known now, whatever comes."""
        self.at_stake = 0

    def stop(self) -> None:
        """It gave way: what was at stake has to be found again."""
        self.stops += 1
        self.lost += self.at_stake
        self.at_stake = self.pressed_for = 0
