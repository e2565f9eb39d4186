"""A gate that does as it is told, and keeps books: what the glue is tested against."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from math import inf

import attrs

from travelcrawl.access.gate import Ask, Gate, Grant, Outcome, Session, Wait, Why
from travelcrawl.access.identities import Identity
from travelcrawl.access.lines import Behind

WORN = Identity(headers={"User-Agent": "Browser/1", "Accept-Language": "zh-CN"})


def session(site: str = "a.example", egress: str = "direct", proxy: str | None = None) -> Session:
    return Session(id=f"{site} {egress}", site=site, egress=egress, proxy=proxy, identity=WORN)


class ToldGate(Gate):
    """Grants what is not in ``waits`` (site → Wait), through the first egress that may be used."""

    def __init__(self, *egresses: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.egresses = {egress.rpartition("@")[2].rpartition("/")[2]: egress for egress in egresses} or {"direct": ""}
        self.waits: dict[str, Wait] = {}
        self.places: dict[str, int] = {}
        """Site → requests at once."""
        self.asked: list[Ask] = []
        self.held: dict[int, Session] = {}
        self.lefts: Counter[int] = Counter()
        self.dones: dict[int, Outcome] = {}
        self.delays: dict[str, float] = {}
        self.timeout = 20.0
        self.seconds_apart = 0.0

    def ask(self, ask: Ask, behind: Behind | None = None) -> Grant | Wait:
        self.asked.append(ask)
        if ask.not_before > time.time():
            return Wait(seconds=ask.not_before - time.time(), why=Why.NOT_BEFORE)
        if wait := self.waits.get(ask.site):
            return wait
        if sum(one.site == ask.site for one in self.held.values()) >= self.places.get(ask.site, 10**6):
            return Wait(seconds=inf, why=Why.BUDGET)
        labels = [ask.egress] if ask.egress else [label for label in self.egresses if label not in ask.avoid]
        if not labels or labels[0] not in self.egresses:
            return Wait(seconds=inf, why=Why.EGRESS)
        return self._grant(session(ask.site, labels[0], self.egresses[labels[0]] or None))

    def charge(self, session: Session) -> Grant:
        return self._grant(session)

    def apart(self, session: Session) -> float:
        return self.seconds_apart

    def _grant(self, session: Session) -> Grant:
        number = len(self.lefts) + 1
        self.lefts[number] = 0
        self.held[number] = session
        return Grant(number=number, session=session, timeout=self.timeout)

    def done(self, grant: Grant, outcome: Outcome) -> None:
        assert grant.number not in self.dones
        self.dones[grant.number] = outcome

    def left(self, grant: Grant) -> None:
        self.lefts[grant.number] += 1
        del self.held[grant.number]

    def distrust(self, site: str, egress: str, why: str) -> None:
        raise NotImplementedError

    def crawl_delay(self, site: str, seconds: float) -> None:
        self.delays[site] = seconds

    @property
    def verdicts(self) -> list[str]:
        return [outcome.verdict.value for outcome in self.dones.values()]

    def check(self) -> None:
        """Every grant was given back, once."""
        assert not self.held
        assert set(self.lefts.values()) <= {1}


@attrs.define
class Hand:
    """A clock that is set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now
