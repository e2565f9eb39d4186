"""The lanes of one site, and which of them the next request leaves by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from random import Random

import attrs

from travelcrawl.access.breaker import Breaker
from travelcrawl.access.budgets import Budget, Calendar, Spacing
from travelcrawl.access.egress import Egress
from travelcrawl.access.health import PATIENCE, Health
from travelcrawl.access.lanes import Everywhere, Lane
from travelcrawl.access.leave import Ask, Grant, Wait, Why
from travelcrawl.access.pace import Kin, SitePace
from travelcrawl.access.sessions import Session, SessionBook
from travelcrawl.access.switch import Switch

Begin = Callable[[str, Egress, int], Session]
"""Makes the session of a site, an egress and a number."""

Behind = Callable[[], float]
"""Says how many requests of a site wait behind one; inf where there may be more than anybody knows."""

Space = Callable[[float | None], Spacing]
"""Makes what keeps requests apart, from a burst."""

SPARED = 30.0
"""Seconds for which a request waits for an egress that it need not avoid."""
PLACES = 8
"""Requests on their way through one of several egresses, where no number is set."""
SEVERAL = 3
"""Egresses from which on one that nobody knows is tried by one site at a time."""
GLANCE = 0.2
"""Seconds until a site asks again for an egress that another site is trying."""
SLOW = 4
"""Times the latency of the fastest lane, from which one is taken only when no other is free."""


def _seconds(wait: Wait) -> float:
    return wait.seconds


class Lines:
    """The lanes of one site, and which of them the next request leaves by."""

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

    def ask(self, ask: Ask, now: float, wall: float, behind: Behind | None = None) -> Lane | Wait:
        """Return the lane that a request may leave by now; ``behind``: see ``Gate.ask``."""
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
        found = self._choose(ask, now, wall)
        if behind and isinstance(found, Lane) and self._is_slow(found) and (count := behind()) < inf:
            return self._sooner(found, ask, now, count) or found
        return found

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
        return 2 if self._is_slow(lane) else 1, lane.used_at

    def _is_slow(self, lane: Lane) -> bool:
        return lane.health.latency > SLOW * self._quickest

    def _sooner(self, slow: Lane, ask: Ask, now: float, behind: float) -> Wait | None:
        """Say for how long to wait where quick lanes bring a request, and all that wait as well, sooner than a slow one."""
        places, soonest, until = 0.0, inf, now + slow.health.latency
        for lane in self.lanes.values():
            if lane.label in ask.avoid or lane.health.on_trial or self._is_slow(lane):
                continue
            rate = self.pace.rate_of(lane)
            ready = max(now, lane.health.rests_until, inf if lane.is_full else lane.free_at(rate))
            if ready < until:
                places += 1 + (until - ready) * rate
                soonest = min(soonest, ready)
        # Where a quick one is free, a slow one was chosen for what it finds out.
        return Wait(seconds=soonest - now, why=Why.BUDGET) if places > behind + 1 and soonest > now else None

    def take(self, lane: Lane, number: int, now: float, avoided: frozenset[str] = frozenset()) -> Grant:
        """Book a request that leaves by a lane; one that failed elsewhere is waited for longer each time."""
        rate = self.pace.rate_of(lane)
        drive = lane.take(now, rate, 1 + self._phase(lane))
        self.spacing.take(now, self.budget.total.rate)
        self.on_its_way += 1
        self.today += 1
        self.breaker.leave(number)
        timeout = (
            lane.health.timeout(self.patience, self.longest, len(avoided)) if len(self.lanes) > 1 else self.longest
        )
        return Grant(number=number, session=lane.book.use(now), timeout=timeout, drive=drive, avoided=avoided)

    def _phase(self, lane: Lane) -> float:
        """Draw when in its turn a lane is next, where rates are learned: all in step would be refused at once, where one is enough."""
        is_new = lane.used_at == -inf
        return self.random.random() if is_new and self.pace.learns and lane.limit == inf else 0.0

    def left(self, lane: Lane, number: int) -> None:
        """Give back what a request held."""
        lane.left()
        self.on_its_way -= 1
        self.breaker.left(number)
