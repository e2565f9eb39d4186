"""A hostile web without a network: egresses, limits and a crawler that asks a gate, as events on a clock of their own."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from random import Random

import attrs

from travelcrawl.access.budgets import Budgets
from travelcrawl.access.egress import Egress
from travelcrawl.access.followup import FOLLOW_UPS, wait_before
from travelcrawl.access.gate import Ask, Gate, Grant, Outcome, Terms, Wait
from travelcrawl.access.identities import Identity
from travelcrawl.access.verdicts import Verdict

EPOCH = 1_795_000_000.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def gate_of(clock: Clock, *urls: str, terms: Terms | None = None, seed: int = 1) -> Gate:
    """Return a gate over proxies (``direct`` is one) on a clock."""
    egresses = [Egress(None if url == "direct" else f"http://{url}") for url in urls]
    return Gate(
        egresses,
        identify=lambda site, random: Identity(headers={"User-Agent": f"{site} {random.random()}"}),
        terms=terms,
        clock=clock,
        wall=lambda: EPOCH + clock(),
        random=Random(seed),
    )


class Bucket:
    """A limit as servers keep it: so many at once, refilled at a rate."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.level, self.at = rate, burst, burst, 0.0

    def lets(self, now: float) -> bool:
        """Say whether one more may pass."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Window:
    """A limit as other servers keep it: so many within the last seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds, self.passed = most, seconds, deque[float]()

    def lets(self, now: float) -> bool:
        """Say whether one more may pass."""
        while self.passed and self.passed[0] <= now - self.seconds:
            self.passed.popleft()
        if len(self.passed) >= self.most:
            return False
        self.passed.append(now)
        return True


@attrs.define
class Page:
    """A page to fetch, and what was tried."""

    number: int
    tries: int = 0
    avoid: frozenset[str] = frozenset()


@attrs.frozen
class Result:
    """What came of a crawl."""

    answered: int
    sent: int
    violations: int
    seconds: float
    verdicts: Mapping[Verdict, int]
    by_egress: Mapping[str, int]


class Crawl:
    """Fetch pages of one site through egresses of several kinds, as fast as the gate lets it."""

    PLACES = 64

    def __init__(
        self, kinds: Sequence[str], limit: Callable[[], Bucket | Window], *, seed: int, budgets: Budgets | None = None
    ) -> None:
        self.clock = Clock()
        self.random = Random(seed)
        self.kinds = {f"e{number}:80": kind for number, kind in enumerate(self.random.sample(kinds, len(kinds)))}
        self.limits = {label: limit() for label in self.kinds}
        self.gate = gate_of(self.clock, *self.kinds, terms=Terms(budgets=budgets or Budgets()), seed=seed)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = count()
        self.queue: deque[Page] = deque()
        self.on_their_way = self.answered = self.sent = self.violations = 0
        self.finished_at = 0.0
        self.verdicts: Counter[Verdict] = Counter()
        self.by_egress: Counter[str] = Counter()

    def run(self, pages: int, longest: float = 3000.0) -> Result:
        """Crawl until all is answered or given up."""
        self.queue.extend(Page(number) for number in range(pages))
        while (self.queue or self.events) and self.clock.now < longest:
            again_at = self._ask()
            if self.events and self.events[0][0] <= again_at:
                self.clock.now, _, event = heappop(self.events)
                event()
            else:
                self.clock.now = again_at
        return Result(self.answered, self.sent, self.violations, self.finished_at, self.verdicts, self.by_egress)

    def _ask(self) -> float:
        """Send what may leave; return when it is worth asking again, within a second as the waiting room does."""
        soonest, asked, kept = float("inf"), set[frozenset[str]](), list[Page]()
        while self.queue and self.on_their_way < self.PLACES:
            page = self.queue.popleft()
            if page.avoid in asked:
                kept.append(page)
            elif isinstance(answer := self.gate.ask(Ask(site="s", avoid=page.avoid)), Wait):
                asked.add(page.avoid)
                kept.append(page)
                soonest = min(soonest, self.clock.now + min(max(answer.seconds, 0.001), 1.0))
            else:
                self._send(page, answer)
            if not page.avoid and page.avoid in asked:
                break
        self.queue.extendleft(reversed(kept))
        return soonest

    def _send(self, page: Page, grant: Grant) -> None:
        self.on_their_way += 1
        self.sent += 1
        self.by_egress[grant.session.egress] += 1
        match self.kinds[grant.session.egress]:
            case "dead":
                self._answer(page, grant, 0.005, Verdict.EGRESS_FAULT)
            case "hanging":
                self._answer(page, grant, grant.timeout, Verdict.EGRESS_FAULT)
            case "flapping" if self.clock.now % 14 > 9:
                self._answer(page, grant, 0.02, Verdict.EGRESS_FAULT)
            case kind:
                seconds = self.random.uniform(1.0, 3.0) if kind == "slow" else self.random.uniform(0.03, 0.08)
                self._at(self.random.uniform(0.01, 0.02), lambda: self._arrive(page, grant, kind, seconds))

    def _arrive(self, page: Page, grant: Grant, kind: str, seconds: float) -> None:
        if kind == "banned":
            self._answer(page, grant, seconds, Verdict.FORBIDDEN)
        elif not self.limits[grant.session.egress].lets(self.clock.now):
            self.violations += 1
            self._answer(page, grant, seconds, Verdict.RATE_LIMITED, 2.0)
        else:
            self._answer(page, grant, seconds, Verdict.OK)

    def _answer(
        self, page: Page, grant: Grant, seconds: float, verdict: Verdict, retry_after: float | None = None
    ) -> None:
        self._at(
            seconds, lambda: self._done(page, grant, Outcome(verdict=verdict, seconds=seconds, retry_after=retry_after))
        )

    def _done(self, page: Page, grant: Grant, outcome: Outcome) -> None:
        self.on_their_way -= 1
        self.verdicts[outcome.verdict] += 1
        self.gate.done(grant, outcome)
        self.gate.left(grant)
        if outcome.verdict is Verdict.OK:
            self.answered += 1
            self.finished_at = self.clock.now
            return
        follow_up = FOLLOW_UPS[outcome.verdict]
        avoid = page.avoid | {grant.session.egress} if follow_up.elsewhere else page.avoid
        wait = wait_before(outcome.verdict, page.tries + 1)
        if wait is not None:
            self._at(wait, lambda: self.queue.appendleft(Page(page.number, page.tries + 1, avoid)))

    def _at(self, seconds: float, event: Callable[[], None]) -> None:
        heappush(self.events, (self.clock.now + seconds, next(self.order), event))
