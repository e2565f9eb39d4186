"""The rate of one key: additive increase, multiplicative decrease, as TCP has it (RFC 5681), below what was refused."""

from __future__ import annotations

from math import inf

import attrs

BELOW = 0.85
"""Share of the refused rate up to which it climbs back."""
CAREFUL = 0.75
"""The same where the rate that was refused is a careful guess."""
CLIMB = 5
"""Answers in which it does."""
SLOWEST = 1 / 60
"""Requests per second."""


@attrs.define(eq=False)
class Pace:
    """The rate of one key: a refusal halves it at once, answers let it climb back additively to a little below what was refused."""

    rate: float = inf
    ceiling: float = inf
    seen: float = 0.0
    """What was refused last."""
    _step: float = attrs.field(default=0.0, alias="step")

    @property
    def is_learned(self) -> bool:
        """True where it was refused."""
        return self.ceiling < inf

    def refused(self, seen: float, *, surely: bool = False, doubtful: bool = False) -> None:
        """Halve a rate that was refused: the one it had, or the one at which requests really left where that was lower.

        ``surely``: what was seen is no guess, and believed where it is far below what was seen before. ``doubtful``: it is one.
        """
        least = self.ceiling / 2 if self.is_learned and not surely else SLOWEST
        seen = max(least, SLOWEST, min(self.rate, seen))
        self.ceiling, self.seen = max(SLOWEST, (CAREFUL if doubtful else BELOW) * seen), seen
        self.rate = max(SLOWEST, seen / 2)
        self._step = (self.ceiling - self.rate) / CLIMB

    def answered(self) -> None:
        """Climb."""
        if self.is_learned:
            self.rate = min(self.ceiling, self.rate + self._step)

    def rise(self, times: float) -> None:
        """Let it climb further."""
        self.ceiling *= times

    @property
    def is_beyond(self) -> bool:
        """True where it may climb beyond what was refused."""
        return self.seen < self.ceiling < inf
