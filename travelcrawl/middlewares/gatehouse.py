"""Build a crawl's gate of its settings, and keep its list of egresses current."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from random import Random

import attrs
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from travelcrawl.access.budgets import Budget, Budgets, parse_budgets
from travelcrawl.access.gate import Gate, Terms
from travelcrawl.access.identities import Identity, age_warning, identity_for
from travelcrawl.access.shared import SharedAccess
from travelcrawl.frontier.server import connect, redis_url
from travelcrawl.middlewares.departures import Departures, register
from travelcrawl.middlewares.proxies import ProxyList
from travelcrawl.middlewares.state import StateWriter

logger = logging.getLogger(__name__)

AHEAD = 4096
"""Requests that are taken ahead from a project's own scheduler, some 8 MB, to look past those that wait for others that may leave: with
256 a site of four was not asked for 17 s of a crawl of 100, as those before its own all waited for the other three (2026-11-29)."""
PLAIN = Identity(headers={})
"""Whoever the project says it is."""


class Gatehouse:
    """The departures of a crawl, from its begin to its end.

    Settings: ``TRAVELCRAWL_PROXIES``, ``TRAVELCRAWL_PROXIES_REFRESH``, ``TRAVELCRAWL_RATE``, ``TRAVELCRAWL_BUDGETS``,
    ``TRAVELCRAWL_SITE``, ``TRAVELCRAWL_IDENTITIES``, ``TRAVELCRAWL_PREFETCH`` (four times as many wait; over a project's own
    scheduler 4,096), ``PROXY_AUTO_SWITCH``, ``PROXY_FAILURE_THRESHOLD``, ``PROXY_COOLDOWN``, ``DOWNLOAD_TIMEOUT`` (the longest that a
    learned time-out may be); with
    ``TRAVELCRAWL_REDIS_URL`` (or ``REDIS_URL``) budgets and bans are all workers'. Stats: see middlewares/state.py.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        assert crawler.spider
        self.crawler = crawler
        self.proxies = ProxyList(
            settings.get("TRAVELCRAWL_PROXIES") or "", ca_file=settings.get("TRAVELCRAWL_CA_FILE") or ""
        )
        egresses = self.proxies.read()
        if egresses:
            logger.info("%d egresses: %s", len(egresses), ", ".join(egress.label for egress in egresses[:5]))
        by_spider = settings.get("TRAVELCRAWL_SITE") == "spider"
        mobile = getattr(crawler.spider, "mobile", False)
        self.wears = settings.getbool("TRAVELCRAWL_IDENTITIES", True)

        def identify(_: str, random: Random) -> Identity:
            return identity_for(random, mobile=mobile) if self.wears else PLAIN

        self.gate = Gate(egresses, identify=identify, terms=terms_of(settings, by_host=not by_spider))
        self.departures = Departures(
            crawler,
            self.gate,
            site=crawler.spider.name if by_spider else None,
            size=AHEAD if settings["TRAVELCRAWL_SCHEDULER"] else 4 * settings.getint("TRAVELCRAWL_PREFETCH", 64),
            sets_proxy=bool(egresses),
        )
        self.departures.may_change = self.proxies.may_change
        self.shared = None
        if redis_url(settings):
            self.shared = SharedAccess(self.gate, connect(settings), self.departures.changed)
        self.state = StateWriter(crawler, self.departures)
        self._tasks: list[asyncio.Task[None]] = []
        crawler.signals.connect(self.open, signals.spider_opened)
        crawler.signals.connect(self.close, signals.spider_closed)

    async def open(self) -> None:
        """Begin to look after the list of egresses, and to share what is known with other workers."""
        if self.wears and (said := age_warning(datetime.now(UTC).date())):
            logger.warning(said)
        if self.shared:
            await self.shared.open()
        self._tasks.append(asyncio.create_task(self.state.run()))
        if self.proxies.may_change:
            seconds = self.crawler.settings.getfloat("TRAVELCRAWL_PROXIES_REFRESH", 60.0)
            self._tasks.append(asyncio.create_task(self.proxies.watch(self.gate.replace, seconds)))

    async def close(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        self.state.write()
        if self.shared:
            await self.shared.close()


def open_gate(crawler: Crawler) -> Departures:
    """Return the departures of a crawl over a new gate. Raises UsageError."""
    return register(crawler, Gatehouse(crawler).departures)


def terms_of(settings: BaseSettings, *, by_host: bool) -> Terms:
    """Return what the settings say of budgets and switching. Raises UsageError."""
    budgets = parse_budgets(settings.get("TRAVELCRAWL_BUDGETS") or "", settings.getfloat("TRAVELCRAWL_RATE"))
    if by_host:
        # What Scrapy would let wait in the downloader waits before it.
        budgets = _at_once(budgets, settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"))
    return Terms(
        budgets=budgets,
        timeout=settings.getfloat("DOWNLOAD_TIMEOUT"),
        auto_switch=settings.getbool("PROXY_AUTO_SWITCH"),
        failure_threshold=settings.getint("PROXY_FAILURE_THRESHOLD", 10),
        cooldown=settings.getfloat("PROXY_COOLDOWN", 600.0),
    )


def _at_once(budgets: Budgets, most: int) -> Budgets:
    def limited(budget: Budget) -> Budget:
        places = min(budget.total.concurrency, most)
        return attrs.evolve(budget, total=attrs.evolve(budget.total, concurrency=places))

    return Budgets({site: limited(budget) for site, budget in budgets.named.items()}, limited(budgets.default))
