"""Whether a request may leave now, and from where: the one place that decides it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import inf
from random import Random

import attrs

from travelcrawl.access.budgets import Budgets, Spacing
from travelcrawl.access.egress import DIRECT, Egress
from travelcrawl.access.identities import Identity
from travelcrawl.access.lanes import LEAST_REST, Everywhere, Lane
from travelcrawl.access.leave import Ask, Grant, Outcome, SiteState, Wait, Why
from travelcrawl.access.lines import SPARED, Behind, Space
from travelcrawl.access.pace import Kin
from travelcrawl.access.sessions import Session
from travelcrawl.access.sites import Site
from travelcrawl.access.switch import Switch
from travelcrawl.access.verdicts import Verdict
from travelcrawl.errors import UsageError

__all__ = ["Ask", "Gate", "Grant", "Outcome", "Session", "SiteState", "Terms", "Wait", "Why"]

DAY = 86_400.0
"""Seconds ahead beyond which a ``not_before`` was written by a clock that was wrong."""
BOTH = 2
"""Requests of a burst in which a page may leave together with its robots.txt."""


@attrs.frozen(kw_only=True)
class Terms:
    """What an operator sets for all sites."""

    budgets: Budgets = attrs.field(factory=Budgets)
    timeout: float = 30.0
    """Seconds that an answer is waited for at the most."""
    auto_switch: bool = False
    """PROXY_AUTO_SWITCH: direct until it fails too often, then proxies for ``cooldown`` seconds."""
    failure_threshold: int = 10
    """PROXY_FAILURE_THRESHOLD."""
    cooldown: float = 600.0
    """PROXY_COOLDOWN, seconds; no egress rests longer."""


class Gate:
    """Decides in memory, at once; what workers share is exchanged beside it (access/shared.py).

    ``identify(site, random)`` draws the identity of a new session. No egresses: everything leaves directly. Raises UsageError where
    ``auto_switch`` is set and ``direct`` is not in the list.
    """

    PATIENCE = SPARED

    def __init__(
        self,
        egresses: Iterable[Egress],
        *,
        identify: Callable[[str, Random], Identity],
        terms: Terms | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self.identify = identify
        self.clock = clock
        """Seconds, monotonic."""
        self.wall = wall
        """Seconds since the epoch."""
        self.random = random or Random()  # noqa: S311 - jitter, no secret
        self.space: Space = Spacing
        """What keeps requests apart: in this process alone, or together with others (access/shared.py)."""
        self.sites: dict[str, Site] = {}
        self.known: dict[str, Everywhere] = {}
        """Label of an egress → what is known of it at all sites together."""
        self.kin = Kin()
        """What the paces of all sites learn from each other."""
        self.egresses = self._checked(egresses)
        self._numbers = 0
        self._open: dict[int, tuple[Site, Lane]] = {}

    def _checked(self, egresses: Iterable[Egress]) -> tuple[Egress, ...]:
        found = tuple(egresses) or (Egress(None),)
        if self.terms.auto_switch and all(egress.url for egress in found):
            raise UsageError(
                f"PROXY_AUTO_SWITCH needs {DIRECT} in TRAVELCRAWL_PROXIES: nothing leaves directly that is not listed"
            )
        return found

    def replace(self, egresses: Iterable[Egress]) -> None:
        """Go on with another list; what is known of those that stay is kept, what is on its way comes back as it left."""
        self.egresses = self._checked(egresses)
        for site in self.sites.values():
            site.replace(self.egresses)

    def site(self, name: str) -> Site:
        """Return a site, with all its lanes."""
        if (site := self.sites.get(name)) is None:
            terms = self.terms
            switch = Switch(name, terms.failure_threshold, terms.cooldown) if terms.auto_switch else None
            site = self.sites[name] = Site(
                name,
                terms.budgets.of(name),
                self.egresses,
                begin=self._begin,
                random=self.random,
                longest=terms.timeout,
                switch=switch,
                longest_rest=terms.cooldown,
                space=self.space,
                known=self.known,
                kin=self.kin,
            )
        return site

    def _begin(self, site: str, egress: Egress, number: int) -> Session:
        return Session(
            id=f"{site}/{egress.label}/{number}",
            site=site,
            egress=egress.label,
            proxy=egress.url,
            identity=self.identify(site, self.random),
        )

    def ask(self, ask: Ask, behind: Behind | None = None) -> Grant | Wait:
        """Give leave or say when to ask again. A grant takes a token of each budget and a place of each concurrency limit.

        ``behind`` is asked where a slow egress is next: the last requests of a site wait rather for a quick one.
        """
        wall = self.wall()
        if 0 < (ahead := ask.not_before - wall) < DAY:
            return Wait(seconds=ahead, why=Why.NOT_BEFORE)
        site, now = self.site(ask.site), self.clock()
        found = site.ask(ask, now, wall, behind)
        return found if isinstance(found, Wait) else self._grant(site, found, now, ask.avoid)

    def charge(self, session: Session) -> Grant:
        """Give leave at once for a request that cannot wait, as its page already has leave: its robots.txt.

        Budgets go into debt for it, so that what comes after waits longer; ``done`` and ``left`` follow as for any grant.
        """
        site, now = self.site(session.site), self.clock()
        lane = site.lanes.get(session.egress)
        if lane is None:
            # The list has it no more: the request still leaves as its page did.
            self._numbers += 1
            return Grant(number=self._numbers, session=session, timeout=self.terms.timeout, drive=0.0)
        return attrs.evolve(self._grant(site, lane, now), session=session, drive=0.0)

    def apart(self, session: Session) -> float:
        """Return the seconds by which two requests of a session have to be apart: its page does not leave at once after its robots.txt."""
        site = self.site(session.site)
        lane = site.lanes.get(session.egress)
        return 0.0 if lane is None or (lane.limits.burst or 0) >= BOTH else 1 / site.pace.rate_of(lane)

    def _grant(self, site: Site, lane: Lane, now: float, avoided: frozenset[str] = frozenset()) -> Grant:
        self._numbers += 1
        self._open[self._numbers] = site, lane
        return site.take(lane, self._numbers, now, avoided)

    def done(self, grant: Grant, outcome: Outcome) -> None:
        """Book what came of it: once for each request that was sent."""
        site = self.site(grant.session.site)
        if lane := site.lanes.get(grant.session.egress):
            site.done(lane, grant, outcome, self.clock())
            if outcome.verdict is Verdict.EGRESS_FAULT:
                lane.everywhere.failed(self.clock())
                self._spare(lane)

    def _spare(self, lane: Lane) -> None:
        """Let an egress rest at all sites that fails wherever it is asked: it is dead, hangs, flaps or wants other credentials.

        One that has answered rests as long as it has failed by now, so that it is back soon after it has recovered.
        """
        everywhere, now = lane.everywhere, self.clock()
        if not everywhere.fails:
            return
        until, level = lane.health.rests_until, lane.health.level
        if everywhere.answers:
            seconds = min(self.terms.cooldown, max(LEAST_REST, now - everywhere.failing_since))
            until, level = now + seconds * self.random.uniform(0.8, 1.2), 1.0
        for site in self.sites.values():
            if twin := site.lanes.get(lane.label):
                site.rest(twin, until, level, now)

    def left(self, grant: Grant) -> None:
        """Give back the places the request held: once for each grant, sent or not."""
        if found := self._open.pop(grant.number, None):
            site, lane = found
            site.left(lane, grant.number)

    def state(self) -> dict[str, SiteState]:
        """Return what metrics show of each site."""
        now = self.clock()
        return {name: site.state(now) for name, site in self.sites.items()}

    def distrust(self, site: str, egress: str, why: str) -> None:
        """Use an egress no more for a site: its answers were not true."""
        self.site(site).distrust(egress, why, self.clock())

    def fault(self, site: str, egress: str, verdict: Verdict) -> None:
        """Let an egress rest at a site for a fault that showed only when its answers were read."""
        found = self.site(site)
        if lane := found.lanes.get(egress):
            found.failed(lane, verdict, self.clock())

    def liars(self) -> list[str]:
        """Return the labels of the egresses that are used no more at some site, as their answers were not true."""
        found = (label for site in self.sites.values() for label, lane in site.lanes.items() if lane.distrusted)
        return list(dict.fromkeys(found))

    def in_use(self) -> int:
        """Return how many egresses may answer: neither do they fail wherever they are asked, nor do they lie."""
        liars = self.liars()
        known = (self.known.get(egress.label) for egress in self.egresses if egress.label not in liars)
        return sum(one is None or not one.fails for one in known)

    def crawl_delay(self, site: str, seconds: float) -> None:
        """Obey a robots.txt that asks for so many seconds between requests of one egress."""
        self.site(site).obey(seconds if 0 <= seconds < inf else 0.0)
