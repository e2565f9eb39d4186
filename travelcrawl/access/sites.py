"""One site: what comes of its requests, and how it stands."""

from __future__ import annotations

import logging
from collections import Counter
from math import inf

from travelcrawl.access.followup import FOLLOW_UPS, Fault, Then
from travelcrawl.access.lanes import Lane
from travelcrawl.access.leave import Grant, Outcome, SiteState
from travelcrawl.access.lines import Lines
from travelcrawl.access.verdicts import Verdict

logger = logging.getLogger(__name__)

LONGEST_IN_VAIN = 60.0
"""Seconds of a pause at the most after a refusal that follows a refusal: the first pause was too short, and says nothing of the rate."""
LEAST_PAUSE = 1.0
"""Seconds, or the time between two requests if that is less, that follow a 429 whatever it says."""
WALLED = 3
"""Times in a row that an egress is asked to log in for what others are then shown, by which it is kept out."""


class Site(Lines):
    """Decide for one site, and learn from what came of its requests."""

    def done(self, lane: Lane, grant: Grant, outcome: Outcome, now: float) -> None:
        """Book an outcome on whom it is to be booked."""
        sent_at = now - max(0.0, outcome.seconds)
        if outcome.retry_after is not None:
            lane.pause(now, outcome.retry_after)
        if outcome.verdict.is_answer:
            self._answered(lane, grant, outcome, now)
            return
        follow_up = FOLLOW_UPS[outcome.verdict]
        if follow_up.session is Then.RETIRED:
            lane.book.retire(grant.session)
        elif follow_up.session is Then.RESTED:
            lane.book.mark_bad(grant.session)
        if follow_up.fault is Fault.PACE:
            self._refused(lane, outcome, now, sent_at)
        if follow_up.rest:
            self._failed(lane, grant, outcome, now, sent_at)
        if outcome.verdict is Verdict.LOGIN_REQUIRED:
            lane.is_walled = True
        if self.switch and lane.egress.url is None and follow_up.fault is not Fault.PAGE:
            self.switch.failed(now)
        if follow_up.counts and self.breaker.book(now, lane.label, refused=True, number=grant.number):
            logger.warning("%s refuses us through several egresses: it is left alone for a while", self.name)

    def _failed(self, lane: Lane, grant: Grant, outcome: Outcome, now: float, sent_at: float) -> None:
        follow_up = FOLLOW_UPS[outcome.verdict]
        at_once = follow_up.session is not Then.KEPT
        lane.health.failed(now, sent_at, outcome.verdict, follow_up.rest, self.random, at_once=at_once)
        if outcome.verdict is Verdict.EGRESS_FAULT and outcome.seconds >= 0.9 * grant.timeout:
            self._timed_out(lane)
        if lane.health.rests_until > now:
            self.pace.without(lane)
            self._say_if_dead(now)

    def _shown(self, grant: Grant, now: float) -> None:
        """Let egresses rest that are asked to log in for what others are shown; where all are, the page is to blame."""
        for label in grant.avoided:
            lane = self.lanes.get(label)
            if lane and lane.is_walled:
                lane.walls += 1
                if lane.walls >= WALLED:
                    self.failed(lane, Verdict.FORBIDDEN, now)

    def failed(self, lane: Lane, verdict: Verdict, now: float) -> None:
        """Book a fault that showed only when an answer was read."""
        lane.health.failed(now, now, verdict, FOLLOW_UPS[verdict].rest, self.random, at_once=True)
        self.pace.without(lane)
        self._say_if_dead(now)

    def rest(self, lane: Lane, until: float, level: float, now: float) -> None:
        """Let an egress rest that another worker had trouble with."""
        lane.health.rest(until)
        lane.health.level = max(lane.health.level, level)
        self.pace.without(lane)
        self._say_if_dead(now)

    def _answered(self, lane: Lane, grant: Grant, outcome: Outcome, now: float) -> None:
        if lane.in_vain and (seen := lane.filled(now - outcome.seconds)):
            self.pace.overran(lane, now, seen)
        lane.answered(outcome.seconds)
        lane.book.mark_good(grant.session)
        self._shown(grant, now)
        self.pace.answered(lane, grant.drive)
        self.breaker.book(now, lane.label, refused=False)
        self._said_dead = False
        if lane.health.latency < self._quickest or lane.health.answers % 16 == 1:
            self._quickest = min(one.health.latency or inf for one in self.lanes.values())
        if self.switch and lane.egress.url is None:
            self.switch.answered()

    def _refused(self, lane: Lane, outcome: Outcome, now: float, sent_at: float) -> None:
        lane.health.took(outcome.seconds)
        seconds = outcome.retry_after
        if lane.is_refused and sent_at > lane.refused_at:
            lane.in_vain += 1
            lane.pause(now, min(LONGEST_IN_VAIN, max(LEAST_PAUSE, seconds or 0.0) * 2**lane.in_vain))
            return
        seen, doubtful = lane.refused(sent_at, max(0.0, seconds or 0.0))
        self.pace.refused(lane, now, sent_at, seen, doubtful=doubtful)
        alone = 1 / self.pace.rate_of(lane)
        lane.pause(now, alone if seconds is None else min(alone, LEAST_PAUSE))

    def _timed_out(self, lane: Lane) -> None:
        if lane.health.latency:
            lane.health.timed_out()
        elif not any(one.health.answers for one in self.lanes.values()):
            # Nobody has been answered yet: perhaps it is the site that is slow.
            self.patience = min(self.longest, self.patience * 2)

    def _say_if_dead(self, now: float) -> None:
        if self._said_dead or any(not one.distrusted and one.health.rests_until <= now for one in self.lanes.values()):
            return
        self._said_dead = True
        soonest = min((one.health.rests_until for one in self.lanes.values() if not one.distrusted), default=inf)
        when = f"the first is tried again in {soonest - now:.0f} s" if soonest < inf else "none is left to try"
        logger.warning("%s pauses: none of its %d egresses is usable now; %s", self.name, len(self.lanes), when)

    def state(self, now: float) -> SiteState:
        """Return what metrics show."""
        return SiteState(
            breaker=self.breaker.state,
            egresses=Counter(lane.status(now) for lane in self.lanes.values()),
            uses_proxies=now < self.switch.until
            if self.switch
            else any(lane.egress.url for lane in self.lanes.values()),
            rate=min(self.pace.follow, self._limit),
        )

    def distrust(self, label: str, why: str, now: float) -> None:
        """Use an egress no more."""
        lane = self.lanes.get(label)
        if lane is None or lane.distrusted:
            return
        lane.distrusted = why
        lane.health.rest(inf)
        self.pace.without(lane)
        logger.warning("%s is not asked through %s any more: %s", self.name, label, why)
        self._say_if_dead(now)

    def obey(self, seconds: float) -> None:
        """Keep to a robots.txt's Crawl-delay, which tells the rate."""
        self.crawl_delay = max(0.0, min(seconds, 3600.0))
        for lane in self.lanes.values():
            lane.limit = self._limit
        if self.crawl_delay:
            self.pace.trust()
