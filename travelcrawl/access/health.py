"""How an egress fares at a site: whether it may be used, how long its answers are waited for, how long it rests."""

from __future__ import annotations

from collections import deque
from random import Random

import attrs

from travelcrawl.access.verdicts import Verdict

PATIENCE = 5.0
"""Seconds that the first answer of an egress is waited for."""
LEAST_PATIENCE = 2.0
"""Seconds that any answer is waited for."""
MENDS = 3
"""Answers that make one fault good: an egress that fails more often than one time in four rests more and more."""
UNTRIED = 3
"""Level that the first fault of an egress counts for that has never answered; each further one counts for two."""
HIGHEST = 16
"""Level beyond which rests grow no more."""


@attrs.define(eq=False)
class Health:
    """What is known of one site × egress.

    ``level`` is faults not yet made good. With the first the egress is on trial: one request at a time. From the second it
    rests, each time twice as long.
    """

    longest_rest: float = 600.0
    """Seconds."""
    answers: int = 0
    faults: deque[tuple[float, Verdict]] = attrs.field(factory=lambda: deque(maxlen=5))
    """The last ones."""
    level: float = 0.0
    rests_until: float = -float("inf")
    latency: float = 0.0
    """Seconds, smoothed (RFC 6298); 0 while nothing is known."""
    _spread: float = attrs.field(default=0.0, alias="spread")
    _backoff: float = attrs.field(default=1.0, alias="backoff")

    @property
    def on_trial(self) -> bool:
        """True where one request at a time may find out what it is worth."""
        return not self.answers or self.level >= 1

    def answered(self, seconds: float) -> None:
        """Book an answer."""
        self.answers += 1
        self.level = max(0.0, self.level - 1 / MENDS)
        self.took(seconds)

    def took(self, seconds: float) -> None:
        """Learn how long an answer takes, as RFC 6298 learns round-trip times."""
        seconds = max(0.0, seconds)
        if self.latency:
            self._spread += (abs(self.latency - seconds) - self._spread) / 4
            self.latency += (seconds - self.latency) / 8
        else:
            self.latency, self._spread = seconds, seconds / 2
        self._backoff = 1.0

    def failed(
        self, now: float, sent_at: float, verdict: Verdict, rest: float, random: Random, *, at_once: bool = False
    ) -> bool:
        """Book a fault; False where it tells nothing new.

        ``rest`` is the seconds of the first rest, which the first fault brings ``at_once``, else the second. What left before the
        last fault was booked belongs to that: ten requests that fail together are one fault.
        """
        if self.faults and sent_at < self.faults[-1][0]:
            return False
        self.faults.append((now, verdict))
        self.level = min(HIGHEST, self.level + 1 if self.answers else max(UNTRIED, self.level + 2))
        if at_once:
            self.level = max(2.0, self.level)
        if self.level >= 2:
            seconds = min(self.longest_rest, rest * 2 ** (int(self.level) - 2))
            self.rest(now + seconds * random.uniform(0.8, 1.2))
        return True

    def timed_out(self) -> None:
        """Wait twice as long for the next answer."""
        self._backoff = min(64.0, self._backoff * 2)

    def rest(self, until: float) -> None:
        """Let it rest until then, or longer where it does already."""
        self.rests_until = max(self.rests_until, until)

    def timeout(self, patience: float, longest: float, failures: int = 0) -> float:
        """Return the seconds an answer is waited for: ``patience`` until the first has come, then what was learned.

        A request that failed elsewhere gets twice as long for each time: it may be the page that is slow.
        """
        if not self.latency:
            return min(patience, longest)
        learned = max(LEAST_PATIENCE, self.latency + 4 * self._spread)
        return min(longest, learned * self._backoff * 2.0 ** min(failures, 6))
