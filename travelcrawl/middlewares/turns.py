"""Leave for requests beside the scheduler, which would take every place before they are asked for."""

from __future__ import annotations

import asyncio

import attrs
from scrapy.crawler import Crawler

from travelcrawl.access.gate import Ask, Grant, Wait, Why
from travelcrawl.frontier.engine import is_closing
from travelcrawl.middlewares.departures import Departures

PATIENCE = 20.0
"""Seconds that one waits for leave; after a quarter of them through anybody who need not be avoided."""
CHOICE = 6
"""Egresses in use that the gate is asked about for one request."""
SOON = 0.25
"""Seconds until it is asked again, at the most."""


@attrs.define(eq=False)
class _Waiter:
    """A request that waits for leave."""

    site: str
    egresses: tuple[str, ...]
    avoid: frozenset[str]
    is_bound: bool
    since: float
    is_question: bool
    leave: asyncio.Future[Grant | None]
    is_hopeless: bool = False
    """None of those whom it may leave by is in use."""

    def asks(self, now: float) -> list[Ask]:
        asks = [
            Ask(site=self.site, egress=egress, strictly=True, is_question=self.is_question) for egress in self.egresses
        ]
        if not self.is_bound and (not asks or now - self.since > PATIENCE / 4):
            asks.append(Ask(site=self.site, avoid=self.avoid, strictly=True))
        return asks

    def is_over(self, now: float) -> bool:
        waits = now - self.since
        return waits > PATIENCE or (self.is_hopeless and (self.is_bound or waits > PATIENCE / 10))


class Turns:
    """Give leave to those who wait for it whenever the scheduler is asked for a request, and before it."""

    def __init__(self, crawler: Crawler, departures: Departures) -> None:
        self.crawler = crawler
        self.departures = departures
        self.clock = departures.gate.clock
        self._waiters: dict[_Waiter, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        departures.first.append(self._serve)

    async def leave(
        self,
        site: str,
        egresses: tuple[str, ...],
        avoid: frozenset[str],
        *,
        is_bound: bool = False,
        is_question: bool = False,
    ) -> Grant | None:
        """Wait for leave through one of the egresses, the best choice first; None where there is none in time.

        ``is_bound``: through no other. ``is_question``: though it is distrusted. The request has to go to the downloader at once.
        """
        future: asyncio.Future[Grant | None] = asyncio.get_running_loop().create_future()
        self._waiters[_Waiter(site, egresses, avoid, is_bound, self.clock(), is_question, future)] = None
        self._serve()
        return await future

    def close(self) -> None:
        """Stop."""
        if self._timer:
            self._timer.cancel()

    def _serve(self) -> None:
        self.close()
        if not self._waiters:
            return
        # The engine does not ask for requests, and nothing is given back, while much is in work.
        self.departures.give_back()
        said: dict[Ask, Wait] = {}
        for waiter in [*self._waiters]:
            grant = self._grant(waiter, said)
            if grant or waiter.is_over(self.clock()) or is_closing(self.crawler):
                del self._waiters[waiter]
                self._tell(waiter, grant)
        if self._waiters:
            soonest = min((answer.seconds for answer in said.values()), default=SOON)
            self._timer = asyncio.get_running_loop().call_later(min(max(soonest, 0.001), SOON), self._serve)

    def _tell(self, waiter: _Waiter, grant: Grant | None) -> None:
        if not waiter.leave.done():
            waiter.leave.set_result(grant)
        elif grant:
            self.departures.gate.left(grant)

    def _grant(self, waiter: _Waiter, said: dict[Ask, Wait]) -> Grant | None:
        """Ask the gate for the best choice that is to be had; ``said`` is what it said to others just now."""
        in_use = 0
        for ask in waiter.asks(self.clock()):
            answer = said.get(ask) or self.departures.gate.ask(ask)
            if isinstance(answer, Grant):
                return answer
            said[ask] = answer
            in_use += answer.why is not Why.EGRESS
            if in_use >= CHOICE:
                break
        waiter.is_hopeless = not in_use
        return None
