"""One mind for all workers: send slots are reserved in Redis, and what one learns of an egress the others know soon."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from importlib.resources import files
from math import inf
from typing import Any

import attrs
from redis.asyncio import Redis

from travelcrawl.access.gate import Gate
from travelcrawl.access.lanes import Lane
from travelcrawl.access.news import Reporter
from travelcrawl.access.sites import Site
from travelcrawl.access.slots import Slots
from travelcrawl.errors import TravelcrawlError
from travelcrawl.frontier.backend import worker_name
from travelcrawl.frontier.server import asking

logger = logging.getLogger(__name__)

PREFIX = "travelcrawl:access"
"""Budgets are a site's, whichever crawl asks: all crawls of one Redis share them."""
TICK = 0.1
"""Seconds between two exchanges."""
HORIZON = 0.25
"""Seconds ahead of which slots are reserved: an exchange may be late by some."""
SILENCE = 5.0
"""Seconds after which a worker that says nothing is counted no more."""
FORGET = 3600
"""Seconds after which what nobody speaks of is forgotten."""
LONGEST_WAIT = 2.0
"""Seconds between two tries to reach Redis."""


@attrs.define(eq=False)
class _Asked:
    """The keys that one exchange reserves slots for and counts."""

    slots: list[tuple[str, Slots, dict[str, Any]]] = attrs.field(factory=list)
    days: list[tuple[Site | Lane, dict[str, Any]]] = attrs.field(factory=list)


class SharedAccess:
    """Exchange beside a gate: slots, counts of the day, places taken, and news of egresses.

    One script does it all in one step, every 0.1 s. ``changed`` is called with a site when it is worth asking the gate again. While
    Redis is away the gate goes on with its share of each rate, never faster. Build it before the gate is first asked.
    """

    def __init__(
        self, gate: Gate, server: Redis, changed: Callable[[str], None] = lambda _: None, prefix: str = PREFIX
    ) -> None:
        self.gate = gate
        self.server = server
        self.changed = changed
        self.prefix = prefix
        self.worker = worker_name()
        self.workers = 1
        """That share the budgets, this one among them."""
        self.is_away = False
        self._last = "0"
        self._reporter = Reporter(gate)
        self._counted: dict[str, tuple[str, int]] = {}
        self._script = server.register_script((files(__package__) / "lua" / "exchange.lua").read_text(encoding="utf-8"))
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        gate.space = Slots

    async def open(self) -> None:
        """Begin to exchange; where Redis is away, begin alone."""
        await self._turn()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Say what is left to say and end."""
        self._end.set()
        if self._task:
            await self._task
            await self._turn()
        await self.server.aclose()

    async def _run(self) -> None:
        wait = TICK
        while not self._end.is_set():
            try:
                await asyncio.wait_for(self._end.wait(), wait)
            except TimeoutError:
                wait = TICK if await self._turn() else min(LONGEST_WAIT, wait * 2)

    async def _turn(self) -> bool:
        try:
            await self.exchange()
        except TravelcrawlError as error:
            self._go_alone(error)
            return False
        return True

    async def exchange(self) -> None:
        """Exchange once. Raises FrontierError."""
        asked, said = _Asked(), self._said()
        for site in self.gate.sites.values():
            self._ask_for(site, asked)
        said["slots"] = [ask for *_, ask in asked.slots]
        said["days"] = [day for _, day in asked.days]
        async with asking():
            answer = json.loads(await self._script(args=[self.prefix, json.dumps(said)]))
        if self.is_away:
            self.is_away = False
            logger.info("Redis is there again: budgets are shared with %d workers", answer["workers"])
        self.workers, self._last = answer["workers"], answer["last"]
        self._reporter.told(said["events"])
        self._reporter.hear(_listed(answer["news"]), dict(zip(said["sites"], _listed(answer["leads"]), strict=True)))
        self._take(asked, answer)

    def _said(self) -> dict[str, Any]:
        flying = {
            _name(site, label): lane.on_its_way
            for site in self.gate.sites.values()
            for label, lane in site.lanes.items()
            if lane.on_its_way
        }
        return {
            "worker": self.worker,
            "horizon": HORIZON,
            "silence": SILENCE,
            "forget": FORGET,
            "flying": json.dumps(flying),
            "sites": list(self.gate.sites),
            "events": self._reporter.events(),
            "last": self._last,
        }

    def _ask_for(self, site: Site, asked: _Asked) -> None:
        total = site.budget.total
        keys: list[tuple[str, Site | Lane, float, float]] = [(site.name, site, total.rate, total.daily)]
        keys += [
            (_name(site, label), one, site.pace.rate_of(one), one.limits.daily) for label, one in site.lanes.items()
        ]
        for name, key, rate, daily in keys:
            slots = key.spacing
            if isinstance(slots, Slots) and 0 < rate < inf and (slots.wanted or slots.debt):
                held = len(slots.times)
                ask = {"name": name, "rate": rate, "burst": slots.room(rate), "held": held, "debt": slots.debt}
                asked.slots.append((site.name, slots, ask))
                slots.wanted, slots.debt = False, 0.0
            if daily < inf:
                day = site.calendar.day.isoformat()
                known_day, known = self._counted.get(name, ("", 0))
                sent = key.today - (known if known_day == day else 0)
                asked.days.append((key, {"name": f"{name}:{day}", "sent": max(0, sent), "key": name, "day": day}))

    def _take(self, asked: _Asked, answer: dict[str, Any]) -> None:
        now = self.gate.clock()
        changed = set()
        for (site, slots, _), given in zip(asked.slots, _listed(answer["slots"]), strict=True):
            times = [now + float(seconds) for seconds in given.split()]
            slots.give(now, times)
            if times:
                changed.add(site)
        for (key, day), count in zip(asked.days, _listed(answer["days"]), strict=True):
            key.today = count
            self._counted[day["key"]] = day["day"], count
        elsewhere: dict[str, int] = {}
        for flying in _listed(answer["flying"]):
            for name, count in json.loads(flying).items():
                elsewhere[name] = elsewhere.get(name, 0) + count
        for site_ in self.gate.sites.values():
            for label, lane in site_.lanes.items():
                lane.elsewhere = elsewhere.get(_name(site_, label), 0)
            before, site_.elsewhere = site_.elsewhere, sum(lane.elsewhere for lane in site_.lanes.values())
            if site_.elsewhere < before:
                changed.add(site_.name)
        for name in changed | self._reporter.changed():
            self.changed(name)

    def _go_alone(self, error: TravelcrawlError) -> None:
        if not self.is_away:
            self.is_away = True
            logger.warning("%s; each egress is asked at 1/%d of its rate until it is there again", error, self.workers)
        for slots in self._all_slots():
            slots.share = 1 / self.workers
        for name in self.gate.sites:
            self.changed(name)

    def _all_slots(self) -> Iterator[Slots]:
        for site in self.gate.sites.values():
            keys: list[Site | Lane] = [site, *site.lanes.values()]
            for key in keys:
                if isinstance(key.spacing, Slots):
                    yield key.spacing


def _name(site: Site, label: str) -> str:
    return f"{site.name}|{label}"


def _listed(value: Any) -> list[Any]:
    """Return a list that Lua's JSON may have written as an empty object."""
    return value or []
