"""The breaker of a site: when several egresses are refused at once it is the site that refuses us, and nobody asks for a while."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from random import Random

import attrs

WINDOW = 20
"""Answers that are looked at."""
SHARE = 0.6
"""Share of them that must be refusals."""
SEVERAL = 3
"""Egresses that must have been refused."""
SOON = 60.0
"""Seconds after which an answer counts no more."""
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0


class State(StrEnum):
    """What the breaker lets through: everything, nothing, or one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@attrs.define(eq=False)
class Breaker:
    """Opens after a share of refusals across several egresses; one probe at a time finds out whether it may close.

    It pauses a site and nothing else: sessions and egresses that rest go on resting when it closes.
    """

    random: Random
    state: State = State.CLOSED
    opens_at: float = 0.0
    """When the next probe may leave, while it is open."""
    probe: int | None = None
    """Number of the grant that probes."""
    _seen: deque[tuple[float, str, bool]] = attrs.field(factory=lambda: deque(maxlen=WINDOW), alias="seen")
    _pause: float = attrs.field(default=FIRST_PAUSE, alias="pause")

    def wait(self, now: float) -> float:
        """Return the seconds until a request may leave: 0 where one may now, inf where a probe's outcome is awaited."""
        if self.state is State.CLOSED:
            return 0.0
        if self.probe is not None:
            return float("inf")
        return max(0.0, self.opens_at - now)

    def leave(self, number: int) -> None:
        """Book a grant: the first while it is open is the probe."""
        if self.state is State.OPEN:
            self.state, self.probe = State.HALF_OPEN, number

    def left(self, number: int) -> None:
        """Let another probe, where this one ended without an answer that says anything."""
        if number == self.probe:
            self.state, self.probe = State.OPEN, None

    def answered(self) -> None:
        """Close: the site answers."""
        if self.state is not State.CLOSED:
            self.state, self.probe, self._pause = State.CLOSED, None, FIRST_PAUSE
            self._seen.clear()

    def book(self, now: float, egress: str, *, refused: bool, number: int = -1) -> bool:
        """Book what an answer said; True where the breaker opens by it."""
        if not refused:
            self.answered()
        elif self.state is not State.CLOSED:
            if number == self.probe:
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
                self._open(now)
            return False
        self._seen.append((now, egress, refused))
        if not refused or not self._is_too_much(now):
            return False
        self._open(now)
        return True

    def _is_too_much(self, now: float) -> bool:
        recent = [(egress, refused) for at, egress, refused in self._seen if now - at <= SOON]
        refusers = {egress for egress, refused in recent if refused}
        share = sum(refused for _, refused in recent) / len(recent)
        return len(refusers) >= SEVERAL and len(recent) >= WINDOW // 2 and share >= SHARE

    def _open(self, now: float) -> None:
        self.open(now + self._pause * self.random.uniform(0.8, 1.2))

    def open(self, until: float) -> None:
        """Open, with the next probe then."""
        self.state, self.probe, self.opens_at = State.OPEN, None, until
        self._seen.clear()
