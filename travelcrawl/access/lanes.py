"""A lane: one site through one egress, with all that is kept of the two together."""

from __future__ import annotations

from collections import deque
from math import inf

import attrs

from travelcrawl.access.aimd import Pace
from travelcrawl.access.budgets import Limits, Spacing
from travelcrawl.access.egress import Egress
from travelcrawl.access.health import Health
from travelcrawl.access.sessions import SessionBook

LATELY = 1.0
"""Seconds, or four requests if that is longer, over which the rate is measured at which requests really left."""
MANY = 20
"""Requests since a refusal in which what the pause had filled no longer counts."""
AFRESH = 15.0
"""Seconds after a refusal in which a bucket that was empty then cannot have filled unseen."""
FEW = 10
"""Requests so few that a burst may have let them pass: the rate is then told from the pause as well."""
WINDOW = 4.0
"""Seconds of a Retry-After from which it may be the end of a window, in which so many are allowed, and not only a pause."""
LONGEST_WINDOW = 60.0
"""Seconds of a limit of so many in a time, at the most."""
FIRST_WINDOW = 2.0
LONGEST_PAUSE = 3600.0
"""Seconds that a Retry-After is obeyed at the most: whoever asks for more is asked again after an hour."""


LEAST_REST = 2.5
"""Seconds that an egress rests that fails wherever it is asked; longer where it has failed for longer."""
FLAPS = 3
"""Faults in a row that are hardly chance: an egress that comes back after them may go as it came, and one more fault is enough then."""


@attrs.define(eq=False)
class Everywhere:
    """What is known of an egress at all sites together."""

    answers: int = 0
    on_its_way: int = 0
    faults: int = 0
    """In a row."""
    failing_since: float = inf
    """When the first of them was booked."""
    has_flapped: bool = False
    """It failed so often in a row that it was out for a while, and has answered again since."""

    @property
    def fails(self) -> bool:
        """Say whether it fails wherever it is asked: one fault where it has never answered or failed so before, else two in a row."""
        return self.faults >= (2 if self.answers and not self.has_flapped else 1)

    @property
    def is_tried(self) -> bool:
        """Say whether somebody is finding out just now what it is worth: the others need not meet the same."""
        return self.on_its_way > 0 and (not self.answers or self.fails)

    def answered(self) -> None:
        """Book an answer."""
        self.has_flapped |= self.answers > 0 and self.faults >= FLAPS
        self.answers += 1
        self.faults, self.failing_since = 0, inf

    def failed(self, now: float) -> None:
        """Book a fault of its own."""
        self.faults += 1
        self.failing_since = min(self.failing_since, now)


@attrs.define(eq=False)
class Lane:
    """One site × egress."""

    egress: Egress
    limits: Limits
    book: SessionBook
    health: Health
    spacing: Spacing = attrs.field(factory=Spacing)
    own: Pace = attrs.field(factory=Pace)
    everywhere: Everywhere = attrs.field(factory=Everywhere)
    limit: float = inf
    """Requests per second that are set: by the operator, by robots.txt."""
    on_its_way: int = 0
    today: int = 0
    """Requests sent since midnight."""
    paused_until: float = -inf
    """The site asked to be left alone until then."""
    distrusted: str = ""
    """Why it is used no more: its answers were not true."""
    used_at: float = -inf
    refused_at: float = -inf
    refusals: int = 0
    is_refused: bool = False
    """True from a refusal to the next answer."""
    in_vain: int = 0
    """Times that it was refused again before an answer: the pause was too short."""
    refused_rate: tuple[float, bool] = (0.0, False)
    """What the last refusal told: see ``seen``."""
    is_walled: bool = False
    """True from a page that it was asked to log in for to the next answer."""
    walls: int = 0
    """Times since its last answer that others were shown what it was asked to log in for."""
    elsewhere: int = 0
    """Requests that other workers have on their way."""
    window: float = FIRST_WINDOW
    """Requests that may be on their way at the same time, one more with each answer: slow start, as TCP's."""
    _sent: deque[float] = attrs.field(factory=lambda: deque(maxlen=256), alias="sent")

    @property
    def label(self) -> str:
        """What logs may say."""
        return self.egress.label

    def status(self, now: float) -> str:
        """Return what metrics call its state."""
        if self.distrusted:
            return "failed"
        if max(self.health.rests_until, self.paused_until) > now:
            return "cooling"
        return "working" if self.on_its_way else "available"

    @property
    def places(self) -> float:
        """Requests that may be on their way at the same time."""
        if self.health.on_trial:
            return 1
        window, most = self.window, self.limits.concurrency
        return window if window < most else most

    @property
    def is_full(self) -> bool:
        """True where none may leave before one comes back."""
        return self.on_its_way + self.elsewhere >= self.places

    def ready_at(self, rate: float) -> float:
        """Return when the next request may leave; inf: not before one comes back."""
        return inf if self.is_full else self.free_at(rate)

    def free_at(self, rate: float) -> float:
        """Return when rate and pauses let the next request leave."""
        ready, paused = self.spacing.ready_at(rate), self.paused_until
        return ready if ready > paused else paused

    def take(self, now: float, rate: float, count: float = 1.0) -> float:
        """Book a request that leaves now; return the rate it was driven at, 0 where it could have left earlier."""
        idle = now - max(self.ready_at(rate), self.used_at)
        self.spacing.take(now, rate, count)
        self._sent.append(now)
        self.on_its_way += 1
        self.everywhere.on_its_way += 1
        self.today += 1
        self.used_at = now
        return rate if rate in (0.0, inf) or idle < 0.5 / rate + 0.02 else 0.0

    def left(self) -> None:
        """Give back the place of a request."""
        self.on_its_way -= 1
        self.everywhere.on_its_way -= 1

    def answered(self, seconds: float) -> None:
        """Book an answer."""
        self.health.answered(seconds)
        self.everywhere.answered()
        self.window += 1
        self.is_refused, self.in_vain = False, 0
        self.is_walled, self.walls = False, 0

    def filled(self, sent_at: float) -> float | None:
        """Return the requests per second that had filled a limit, by when one was answered again; None: that says nothing.

        The limit opened between the last refusal and that answer.
        """
        opened_at = (self._sent[-2] + sent_at) / 2 if len(self._sent) > 1 else sent_at
        before = [at for at in self._sent if self.refused_at - LONGEST_WINDOW <= at < self.refused_at]
        seconds = opened_at - before[0] if before else inf
        return len(before) / seconds if seconds <= LONGEST_WINDOW else None

    def pause(self, now: float, seconds: float) -> None:
        """Leave the site alone for so long."""
        self.paused_until = max(self.paused_until, now + min(max(seconds, 0.0), LONGEST_PAUSE))

    def refused(self, sent_at: float, retry_after: float) -> tuple[float, bool]:
        """Book a 429; return what it tells of the rate: see ``seen``."""
        self.refused_rate = self.seen(sent_at, retry_after)
        self.refused_at = sent_at
        self.refusals += 1
        self.is_refused = True
        return self.refused_rate

    def seen(self, sent_at: float, retry_after: float) -> tuple[float, bool]:
        """Return the requests per second that really left before one that was refused; True where that is a careful guess.

        Just before it; or since the refusal before, when a bucket would have been as empty as now, in the middle between with and
        without the pause in which it filled; or, where a longer wait than a pause is asked for, all that is known to have left is
        taken for the quota of one window, which ends then. A few requests may all have been a burst.
        """
        before = [at for at in self._sent if at <= sent_at][:-1]
        if not before:
            return 1.0, True
        lately = before[-max(4, 1 + sum(at >= sent_at - LATELY for at in before)) :]
        span = max(LATELY, sent_at - lately[0])
        rate = len(lately) / span
        if 1 < len(before) < FEW:
            # After a lull a bucket is full again: the densest of what came before is what emptied it.
            ages = (max(LATELY, sent_at - at) for at in reversed(before))
            rate = max(count / (age + (retry_after or LATELY)) for count, age in enumerate(ages, 1))
        since = [at for at in before if at > self.refused_at]
        if sent_at - self.refused_at < AFRESH and len(since) >= 4:
            with_pause, without = (len(since) / (sent_at - at) for at in (self.refused_at, since[0]))
            rate = min(rate, without if len(since) >= MANY else (with_pause + without) / 2)
        of_window = len(before) / (sent_at - before[0] + retry_after) if retry_after >= WINDOW else inf
        return min(rate, of_window), of_window < rate or len(before) < FEW
