"""Times at which a worker may send, reserved ahead where several share a budget."""

from __future__ import annotations

from collections import deque
from math import inf

import attrs

from travelcrawl.access.budgets import EARLY, Spacing

STALE = 0.25
"""Seconds after which a slot that was not used is given up: several that are used late would come at once."""


@attrs.define(eq=False)
class Slots(Spacing):
    """The spacing of a key that workers share: requests leave at times that were reserved for this one.

    While Redis is away, what was reserved is used up and then ``share`` of the rate is kept to alone.
    """

    times: deque[float] = attrs.field(factory=deque)
    """By the gate's clock, ascending."""
    share: float = 0.0
    """0: Redis is there."""
    wanted: bool = False
    """A request asked since the last exchange."""
    debt: float = 0.0
    """Requests that left without a slot."""

    def room(self, rate: float) -> float:
        """Return how many requests may leave together after a pause."""
        return 1 + rate * EARLY if self.burst is None else self.burst

    def ready_at(self, rate: float) -> float:
        """Return when the next request may leave; inf: not before more slots are reserved."""
        if rate in (0.0, inf):
            return -inf if rate else inf
        if self.times:
            return self.times[0]
        self.wanted = True
        return super().ready_at(rate * self.share) if self.share else inf

    def take(self, now: float, rate: float, count: float = 1.0) -> None:
        """Use a slot; without one it is owed."""
        self.wanted = True
        super().take(now, rate * (self.share or 1.0), count)
        if rate == inf:
            return
        if self.times:
            self.times.popleft()
        elif not self.share:
            self.debt += count

    def give(self, now: float, times: list[float]) -> None:
        """Take more slots, and give up those that are stale."""
        self.share = 0.0
        while self.times and self.times[0] < now - STALE:
            self.times.popleft()
        self.times.extend(times)
