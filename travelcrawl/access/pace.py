"""How fast a site may be asked through one egress, learned from what it refuses.

Limits are mostly the same for all egresses of a site. So where no rate is set, one egress, the scout, goes ahead and becomes faster
until it is refused, and the others stay below what is known to be safe: a limit is found out once, not once for each.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Protocol

import attrs

from travelcrawl.access.aimd import Pace

START = 1.0
"""Requests per second of a scout that knows nothing. At 4.0 a limit of 0.6 was met in half a second, with hardly a request from
which to tell it, and then again: 2-3 violations per 1,000 requests in place of 0.5-1.5 (simulated, 2026-11-29)."""
BOLD = 4.0
"""The same where a rate is set."""
AT_FIRST = 0.5
"""Requests per second of the others then, and after a refusal until the scout has proved less."""
DOUBLING = 16
"""Answers after which a scout that was not refused is twice as fast, but never in less than a second."""
SURE = 8
"""Answers of such a scout from which on it is faster by half of them: a low limit would have shown."""
PROOF = 5
"""Answers of the scout that prove a rate safe for the others."""
LONG_PROOF = 16
"""The same for a rate beyond one that was refused: a bucket takes long to empty at a little more than the limit."""
BEHIND = 0.8
"""Share of the proven rate that the others take while the scout becomes faster: their buckets stay fuller than its own."""
RISE = 0.00005
"""Share by which the ceiling rises with each answer: a tenth in 2,000, and at most one violation for that."""
REGAIN = 0.001
"""The same up to ``NEARLY`` of the rate that was refused, where that is a careful guess: it is there after 200 answers."""
NEARLY = 0.9
OUTDONE = 30
"""Answers of a site without a refusal after which a careful guess is dropped, where another site has proved more."""
FREE = 200.0
"""Requests per second beyond which a site is taken to have no limit."""
DISSENT = 30.0
"""Seconds in which two others are refused where the scout is not: then what the scout proved holds no more."""
HEED = 0.95
"""Share of the rate that one site has proved which the others take, as limits of sites are often alike: a limit is found out once."""
HEEDED = 1000
"""Answers of such a site without a refusal after which it takes more: at most one violation for so many."""
MORE = 1.25
"""Times by which it does."""
IDLE = 64
"""Answers of other sites since the last of the one that finds out, after which another does."""


class Key(Protocol):
    """One egress of a site, as far as pace is concerned."""

    own: Pace
    limit: float
    """Requests per second that are set: by the operator, by robots.txt."""


class Kin:
    """Sites whose limits are often alike: one of them finds out, and the others heed it."""

    def __init__(self) -> None:
        self.leader: SitePace | None = None
        self._idle = 0
        """Answers of others since it was last answered."""

    def leads(self, pace: SitePace, *, surely: bool = False) -> None:
        """Let a site find out for the others: if none does yet, where it is sure, or has proved more than one that is not."""
        leader = self.leader
        if surely or leader is None or (leader.is_unsure and pace.lead.is_learned and pace.follow > leader.follow):
            self.leader, self._idle = pace, 0

    def leaves(self, pace: SitePace) -> None:
        """Let another find out."""
        if self.leader is pace:
            self.leader = None

    def answered(self, pace: SitePace) -> None:
        """Note an answer of a site. Who has nothing more to ask finds nothing out."""
        self._idle = 0 if pace is self.leader else self._idle + 1
        if self.leader and not self.leader.lead.is_learned and self._idle > IDLE:
            self.leader = None


@attrs.define(eq=False)
class SitePace:
    """The rates of all egresses of a site."""

    learns: bool
    """True: begins slowly, with a scout. False: is as fast as the limits let it be until the first refusal."""
    lead: Pace = attrs.field(factory=Pace)
    follow: float = inf
    """What all but the scout may do."""
    scout: Key | None = None
    leads: bool = True
    """False where another worker has the scout: this one keeps off it, and takes over what that one found out."""
    kin: Kin = attrs.field(factory=Kin)
    """What all sites share."""
    heed: float = HEED
    """Share of what another site has proved that is taken here without a proof."""
    _proven: deque[float] = attrs.field(factory=lambda: deque(maxlen=LONG_PROOF), alias="proven")
    _dissent: list[tuple[float, Key, float]] = attrs.field(factory=list, alias="dissent")
    _refused_at: float = attrs.field(default=-inf, alias="refused_at")
    _answers: int = attrs.field(default=0, alias="answers")
    """Since the last refusal."""
    _doubtful: bool = attrs.field(default=False, alias="doubtful")
    _was_outdone: bool = attrs.field(default=False, alias="was_outdone")

    def __attrs_post_init__(self) -> None:
        if self.learns:
            self.lead.rate, self.follow = START, AT_FIRST

    def rate_of(self, key: Key) -> float:
        """Return the requests per second that one egress may send now."""
        rate = self.follow
        if key.limit < inf and rate < START and not self.lead.is_learned:
            # What is set is believed: at 0.5 in place of 0.6 the first answers of a crawl took a sixth longer (2026-11-29).
            rate = START
        if key.limit == inf and (elder := self.elder):
            heeded = elder.follow * self.heed
            rate = heeded if key is self.scout or heeded < rate else rate
        elif key is self.scout:
            rate = self.lead.rate if self.leads else self.follow if self.follow >= self.lead.rate else 0.0
        own, limit = key.own.rate, key.limit
        rate = own if own < rate else rate
        return limit if limit < rate else rate

    @property
    def is_unsure(self) -> bool:
        """True where it is not known what is refused here, or from a few requests only."""
        return self._doubtful or not self.lead.is_learned

    @property
    def elder(self) -> SitePace | None:
        """Return the site that finds out for this one, unless this one knows better by a refusal of its own."""
        leader = self.kin.leader
        return None if leader is self or not self.learns or self.lead.is_learned else leader

    def answered(self, key: Key, drive: float) -> None:
        """Learn from an answer to a request that left at ``drive`` requests per second; 0: nothing to learn of its rate."""
        self.kin.answered(self)
        self._answers += 1
        elder = self.elder if key.limit == inf else None
        (elder or self)._rise()
        if elder:
            self._heed(key, drive)
            return
        if self.leads and self.scout is None and (self.learns or self.lead.is_learned):
            self._appoint(key)
        if self.leads and self.learns and self.scout and self.scout.limit == inf and not self.kin.leader:
            self.kin.leads(self)
        self._try_again()
        if key is not self.scout or not self.leads:
            key.own.answered()
            return
        if not drive or drive == inf:
            return
        needed = LONG_PROOF if self.lead.is_beyond or (self._doubtful and self.learns) else PROOF
        proven = self._prove(drive, needed, is_sure=self.lead.is_learned)
        if self.lead.is_learned:
            self.lead.answered()
        elif self.learns:
            self.lead.rate *= 2 ** (1 / max(DOUBLING if len(self._proven) < SURE else DOUBLING / 2, self.lead.rate))
        if proven and self.learns and key.limit == inf:
            self.kin.leads(self)
        if proven >= min(FREE, key.limit):
            self.trust()

    def _heed(self, key: Key, drive: float) -> None:
        """Learn from an answer where another site finds out: the scout goes as far as that has proved, and proves it here."""
        if self.scout is None:
            self.scout = key
            self._proven.clear()
        if self._answers % HEEDED == 0:
            self.heed *= MORE
        key.own.answered()
        if key is self.scout and 0 < drive < inf:
            self._prove(drive, PROOF, is_sure=bool(self.elder and self.elder.lead.is_learned))

    def _prove(self, drive: float, needed: int, *, is_sure: bool) -> float:
        """Book an answer of the scout; let the others follow once it has proved a rate, which is returned."""
        self._proven.append(drive)
        if len(self._proven) < needed:
            return 0.0
        proven = min(list(self._proven)[-needed:])
        self.follow = max(self.follow, proven * (1.0 if is_sure else BEHIND))
        return proven

    def _try_again(self) -> None:
        """Try what others have proved where a few requests were refused here, perhaps only too many at once; that once."""
        leader = self.kin.leader
        is_outdone = self._doubtful and self.learns and leader is not None and leader.follow > self.lead.ceiling
        if is_outdone and self._answers >= OUTDONE:
            self.lead, self._doubtful, self._was_outdone = Pace(START), False, True

    def _rise(self) -> None:
        """Let all climb a little with each answer, the scout ahead."""
        if self.lead.is_learned and self.leads:
            times = 1 + (REGAIN if self._doubtful and self.lead.ceiling < NEARLY * self.lead.seen else RISE)
            self.lead.rise(times)
            self.follow = max(self.follow, min(self.follow * times, HEED * self.lead.ceiling))

    def refused(self, key: Key, now: float, sent_at: float, seen: float, *, doubtful: bool = False) -> None:
        """Learn from a 429 to a request that left when the egress really sent ``seen`` requests per second."""
        if sent_at < self._refused_at:
            return
        if self.leads and (key is self.scout or self.lead.rate == inf or (key.limit == inf and self.elder)):
            if key.limit < inf and not self.lead.is_learned and seen < key.limit:
                # What is set is believed at first: a machine that stalled sends at once what was well apart. A 429 after a lull had
                # been taken for a limit of a third, and cost a crawl a factor of 2.4 (2026-11-23).
                seen, doubtful = key.limit, True
            self._hold(key, now, seen, doubtful=doubtful and self.learns)
            self._answers, self._doubtful = 0, doubtful and not self._was_outdone
            return
        key.own.refused(min(seen, self.rate_of(key)))
        self._dissent = [one for one in self._dissent if now - one[0] < DISSENT and one[1] is not key] + [
            (now, key, seen)
        ]
        if self.leads and len(self._dissent) > 1:
            self._hold(key, now, min(seen for *_, seen in self._dissent))

    def overran(self, key: Key, now: float, seen: float) -> None:
        """Learn from an answer that came only after further refusals: so many requests had filled all the time until it."""
        if self.leads and key is self.scout:
            if seen < self.lead.rate:
                self._hold(key, now, seen, surely=True)
        elif seen < key.own.rate:
            key.own.refused(seen, surely=True)

    def adopt(self, scout: Key | None, lead: float, ceiling: float, follow: float, *, learns: bool) -> None:
        """Take over what the worker knows that has the scout."""
        self.scout, self.follow, self.learns = scout, follow, learns
        self.lead.rate, self.lead.ceiling = lead, ceiling
        if scout and learns and scout.limit == inf:
            self.kin.leads(self)

    def trust(self) -> None:
        """Learn no more, unless something was refused: the rate that is set is right, or there is no limit."""
        if not self.lead.is_learned:
            self.learns, self.lead.rate, self.follow = False, inf, inf
            self.kin.leaves(self)

    def without(self, key: Key) -> None:
        """Appoint another scout when an egress is out of use."""
        if key is self.scout:
            self.scout = None

    def _appoint(self, key: Key) -> None:
        self.scout = key
        self._proven.clear()
        if key.limit < inf and self.learns and not self.lead.is_learned:
            self.lead.rate = max(self.lead.rate, BOLD)
        elif self.lead.rate < inf:
            self.lead.rate = max(min(self.lead.rate, self.follow / BEHIND), min(START, self.lead.rate))

    def _hold(self, key: Key, now: float, seen: float, *, surely: bool = False, doubtful: bool = False) -> None:
        before = self.follow if self.lead.is_learned else AT_FIRST
        self.lead.refused(min(seen, key.limit), surely=surely, doubtful=doubtful)
        self.scout, self.follow, self._refused_at = key, self.lead.rate, now
        if self.learns and key.limit == inf:
            # A limit may be so many in a window, whatever their rate: nobody else fills it before the scout has proved less.
            self.follow = min(HEED * self.lead.ceiling, before)
            if not doubtful:
                self.kin.leads(self, surely=True)
        self._proven.clear()
        self._dissent.clear()
