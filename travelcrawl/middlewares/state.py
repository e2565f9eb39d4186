"""How access stands, as Scrapy stats: for metrics, progress displays and whoever reads the end of a log.

| stat | unit |
|---|---|
| ``access/breaker/<site>`` | 0 closed, 1 half open, 2 open |
| ``access/egresses/<status>/<site>`` | egresses that are available, working, cooling or failed |
| ``access/mode/<site>`` | 0 direct, 1 proxy |
| ``access/rate/<site>`` | requests per second that one egress may send now; absent where no limit is known |
| ``access/waiting`` | requests that wait before the downloader now |
| ``access/waits/<why>`` | requests that had to wait, by what they waited for first (``leave.Why``: budget, egress, breaker, quota, …) |
| ``access/waited/<why>`` | seconds they waited until they left, in all |

Verdicts are counted by VerdictMiddleware (``verdict/<verdict>/<platform>``), opinions and liars by AgreementMiddleware (``agreement/…``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from math import isfinite

from scrapy.crawler import Crawler

from travelcrawl.access.breaker import State
from travelcrawl.access.leave import SiteState
from travelcrawl.middlewares.departures import Departures

EVERY = 2.0
"""Seconds between two looks."""
MOST = 50
"""Sites that are shown: a crawl of many hosts would fill the stats."""
STATUSES = ("available", "working", "cooling", "failed")
BREAKER: Mapping[State, int] = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def stats_of(departures: Departures) -> dict[str, float]:
    """Return the stats of this moment, by name."""
    room = departures.room
    found: dict[str, float] = {"access/waiting": len(room)}
    found |= {f"access/waits/{why}": count for why, count in room.waits.items()}
    found |= {f"access/waited/{why}": round(seconds, 3) for why, seconds in room.waited.items()}
    for site, state in islice(departures.gate.state().items(), MOST):
        found |= _of_site(site, state)
    return found


def _of_site(site: str, state: SiteState) -> dict[str, float]:
    found: dict[str, float] = {
        f"access/breaker/{site}": BREAKER[state.breaker],
        f"access/mode/{site}": int(state.uses_proxies),
        **{f"access/egresses/{status}/{site}": state.egresses.get(status, 0) for status in STATUSES},
    }
    if isfinite(state.rate):
        found[f"access/rate/{site}"] = round(state.rate, 4)
    return found


class StateWriter:
    """Keep the stats of a crawl current: ``write`` them now, or ``run`` for ever."""

    def __init__(self, crawler: Crawler, departures: Departures) -> None:
        assert crawler.stats
        self.stats = crawler.stats
        self.departures = departures

    def write(self) -> None:
        """Put the state of this moment into the stats."""
        for name, value in stats_of(self.departures).items():
            self.stats.set_value(name, value)

    async def run(self) -> None:
        """Write every so often, until cancelled."""
        while True:
            self.write()
            await asyncio.sleep(EVERY)
