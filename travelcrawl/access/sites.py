"""One site: its lanes, and which of them the next request leaves by."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from math import inf
from random import Random

import attrs

from travelcrawl.access.breaker import Breaker
from travelcrawl.access.budgets import Budget, Calendar, Spacing
from travelcrawl.access.egress import Egress
from travelcrawl.access.followup import FOLLOW_UPS, Fault, Then
from travelcrawl.access.health import PATIENCE, Health
from travelcrawl.access.lanes import Everywhere, Lane
from travelcrawl.access.leave import Ask, Grant, Outcome, SiteState, Wait, Why
from travelcrawl.access.pace import Kin, SitePace
from travelcrawl.access.sessions import Session, SessionBook
from travelcrawl.access.switch import Switch
from travelcrawl.access.verdicts import Verdict

logger = logging.getLogger(__name__)

Begin = Callable[[str, Egress, int], Session]
"""Makes the session of a site, an egress and a number."""

Space = Callable[[float | None], Spacing]
"""Makes what keeps requests apart, from a burst."""

SPARED = 30.0
"""Seconds for which a request waits for an egress that it need not avoid."""
LONGEST_IN_VAIN = 60.0
"""Seconds of a pause at the most after a refusal that follows a refusal: the first pause was too short, and says nothing of the rate."""
LEAST_PAUSE = 1.0
"""Seconds, or the time between two requests if that is less, that follow a 429 whatever it says."""
PLACES = 8
"""Requests on their way through one of several egresses, where no number is set."""
WALLED = 3
"""Times in a row that an egress is asked to log in for what others are then shown, by which it is kept out."""
SEVERAL = 3
"""Egresses from which on one that nobody knows is tried by one site at a time."""
GLANCE = 0.2
"""Seconds until a site asks again for an egress that another site is trying."""
SLOW = 4
"""Times the latency of the fastest lane, from which one is taken only when no other is free."""


def _seconds(wait: Wait) -> float:
    return wait.seconds


class Site:
    """Decide for one site."""

    def __init__(
        self,
        name: str,
        budget: Budget,
        egresses: Iterable[Egress],
        *,
        begin: Begin,
        random: Random,
        longest: float,
        switch: Switch | None = None,
        longest_rest: float = 600.0,
        space: Space = Spacing,
        known: dict[str, Everywhere] | None = None,
        kin: Kin | None = None,
    ) -> None:
        self.name = name
        self.budget = budget
        self.begin = begin
        self.random = random
        self.longest = longest
        """Seconds an answer is waited for at the most."""
        self.longest_rest = longest_rest
        self.space = space
        self.known = {} if known is None else known
        """Label of an egress → what is known of it at all sites together."""
        self.switch = switch
        self.patience = min(PATIENCE, longest)
        self.lanes: dict[str, Lane] = {}
        self.breaker = Breaker(random)
        self.crawl_delay = 0.0
        self.spacing = space(budget.total.burst)
        self.on_its_way = 0
        self.elsewhere = 0
        """Requests that other workers have on their way."""
        self.today = 0
        self.calendar = Calendar(budget.zone, budget.quiet, clear=self._new_day)
        self.replace(egresses)
        several = len(self.lanes) > 1
        self.pace = SitePace(learns=several, kin=kin or Kin())
        self._said_dead = False
        self._quickest = inf

    def replace(self, egresses: Iterable[Egress]) -> None:
        """Take another list of egresses; those that stay keep all that is known of them."""
        listed = {egress.label: egress for egress in egresses}
        for label in [label for label in self.lanes if label not in listed]:
            self.pace.without(self.lanes.pop(label))
        for label, egress in listed.items():
            if label in self.lanes:
                self.lanes[label].egress = egress
            else:
                self.lanes[label] = self._lane(egress, several=len(listed) > 1)
        tiers = sorted({lane.egress.tier for lane in self.lanes.values()})
        self._tiers = [[lane for lane in self.lanes.values() if lane.egress.tier == tier] for tier in tiers]

    def _lane(self, egress: Egress, *, several: bool) -> Lane:
        limits = self.budget.each
        if several and limits.concurrency == inf:
            limits = attrs.evolve(limits, concurrency=PLACES)
        lane = Lane(
            egress,
            limits,
            SessionBook(lambda number: self.begin(self.name, egress, number)),
            Health(longest_rest=self.longest_rest),
            self.space(limits.burst),
            everywhere=self.known.setdefault(egress.label, Everywhere()),
        )
        lane.limit = self._limit
        return lane

    @property
    def _limit(self) -> float:
        return min(self.budget.each.rate, 1 / self.crawl_delay if self.crawl_delay else inf)

    def _new_day(self) -> None:
        self.today = 0
        for lane in self.lanes.values():
            lane.today = 0

    # Whether one may leave

    def ask(self, ask: Ask, now: float, wall: float) -> Lane | Wait:
        """Return the lane that a request may leave by now."""
        self.calendar.look(wall)
        if self.calendar.is_quiet:
            return Wait(seconds=max(0.0, self.calendar.changes_at - wall), why=Why.QUIET)
        if self.today >= self.budget.total.daily:
            return Wait(seconds=max(0.0, self.calendar.changes_at - wall), why=Why.QUOTA)
        if wait := self.breaker.wait(now):
            return Wait(seconds=wait, why=Why.BREAKER)
        if self.on_its_way + self.elsewhere >= self.budget.total.concurrency:
            return Wait(seconds=inf, why=Why.BUDGET)
        if (ready := self.spacing.ready_at(self.budget.total.rate)) > now:
            return Wait(seconds=ready - now, why=Why.BUDGET)
        return self._choose(ask, now, wall)

    def _choose(self, ask: Ask, now: float, wall: float) -> Lane | Wait:
        lane = self.lanes.get(ask.egress) if ask.egress is not None else None
        if lane and lane.distrusted and ask.is_question:
            ready = lane.ready_at(self.pace.rate_of(lane))
            return lane if ready <= now else Wait(seconds=ready - now, why=Why.BUDGET)
        if lane and not lane.distrusted:
            return self._best([[lane]], now, wall)
        if ask.egress is not None and ask.strictly:
            return Wait(seconds=inf, why=Why.EGRESS)
        tiers = self.switch.tiers(self._tiers, now) if self.switch else self._tiers
        if not ask.avoid:
            return self._best(tiers, now, wall)
        found = self._best([[lane for lane in tier if lane.label not in ask.avoid] for tier in tiers], now, wall)
        if isinstance(found, Wait) and found.why is Why.EGRESS and found.seconds > SPARED and not ask.strictly:
            return self._best(tiers, now, wall)
        return found

    def _best(self, tiers: Iterable[Iterable[Lane]], now: float, wall: float) -> Lane | Wait:
        """Return the best lane of the lowest tier in which one is in use; a higher tier only where none is."""
        benched = Wait(seconds=inf, why=Why.EGRESS)
        for tier in tiers:
            best, best_rank, soonest = None, (inf, inf), None
            for lane in tier:
                if lane.health.rests_until > now or lane.today >= lane.limits.daily:
                    benched = min(benched, self._rests(lane, now, wall), key=_seconds)
                    continue
                ready = inf if lane.is_full else lane.free_at(self.pace.rate_of(lane))
                if ready <= now and lane.everywhere.is_tried and len(self.lanes) >= SEVERAL:
                    ready = now + GLANCE
                if ready > now:
                    if soonest is None or ready < soonest:
                        soonest = ready
                elif (rank := self._rank(lane)) < best_rank:
                    best, best_rank = lane, rank
            if best:
                return best
            if soonest is not None:
                return Wait(seconds=soonest - now, why=Why.BUDGET)
        return benched

    def _rests(self, lane: Lane, now: float, wall: float) -> Wait:
        """Say for how long a lane is out of use."""
        if lane.health.rests_until > now:
            return Wait(seconds=lane.health.rests_until - now, why=Why.EGRESS)
        return Wait(seconds=max(0.0, self.calendar.changes_at - wall), why=Why.QUOTA)

    def _rank(self, lane: Lane) -> tuple[float, float]:
        """Order lanes that are free: the scout, those that do well, slow ones, those on trial; each in turn."""
        if lane is self.pace.scout:
            return 0, 0.0
        if lane.health.on_trial:
            return 3, lane.used_at
        return 2 if lane.health.latency > SLOW * self._quickest else 1, lane.used_at

    def take(self, lane: Lane, number: int, now: float, avoided: frozenset[str] = frozenset()) -> Grant:
        """Book a request that leaves by a lane; one that failed elsewhere is waited for longer each time."""
        rate = self.pace.rate_of(lane)
        drive = lane.take(now, rate)
        self.spacing.take(now, self.budget.total.rate)
        self.on_its_way += 1
        self.today += 1
        self.breaker.leave(number)
        timeout = (
            lane.health.timeout(self.patience, self.longest, len(avoided)) if len(self.lanes) > 1 else self.longest
        )
        return Grant(number=number, session=lane.book.use(now), timeout=timeout, drive=drive, avoided=avoided)

    def left(self, lane: Lane, number: int) -> None:
        """Give back what a request held."""
        lane.left()
        self.on_its_way -= 1
        self.breaker.left(number)

    # What comes of it

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
