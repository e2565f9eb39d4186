"""Take load off a machine that has too much, and put it back when it has not."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable

import attrs
import psutil
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from travelcrawl.access.relief import Action, Change, Load, Relief
from travelcrawl.frontier.scheduler import scheduler_of
from travelcrawl.middlewares.browser import BrowserMiddleware
from travelcrawl.middlewares.handler import keep_idle

logger = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks."""


class LoadRelief:
    """Act on what access/relief.py decides; each action is logged and counted.

    CPU: fewer requests at once. Memory: half the prefetch, fresh browsers. Connections: idle ones are closed. Setting:
    ``TRAVELCRAWL_RELIEF``. Stats: ``relief/<action>/count``, ``relief/<action>/on`` (steps in force).
    """

    def __init__(self, crawler: Crawler, measure: Callable[[], Load], clock: Callable[[], float]) -> None:
        assert crawler.stats
        self.crawler = crawler
        self.stats = crawler.stats
        self.measure = measure
        self.relief = Relief(clock)
        self.concurrency = crawler.settings.getint("CONCURRENT_REQUESTS")
        self._task: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LoadRelief:
        """Build where it is not switched off."""
        if not crawler.settings.getbool("TRAVELCRAWL_RELIEF", True):
            raise NotConfigured
        one = cls(crawler, Gauge().measure, time.monotonic)
        crawler.signals.connect(one.spider_opened, signals.spider_opened)
        crawler.signals.connect(one.spider_closed, signals.spider_closed)
        return one

    def spider_opened(self) -> None:
        """Begin to look."""
        self._task = asyncio.ensure_future(self._run())

    async def spider_closed(self) -> None:
        """Stop."""
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.look(await asyncio.to_thread(self.measure))

    def look(self, load: Load) -> None:
        """Do what a load calls for."""
        for change in self.relief.look(load):
            self.stats.inc_value(f"relief/{change.action}/count")
            self.stats.set_value(f"relief/{change.action}/on", change.steps)
            said = self._do(change)
            word = "relief" if change.is_relief else "relief undone"
            logger.info("%s: %s at %.0f: %s", word, change.action, change.figure, said)

    def _do(self, change: Change) -> str:
        if change.action is Action.CONCURRENCY:
            downloader = self.crawler.engine.downloader
            downloader.total_concurrency = max(1, round(self.concurrency * change.share))
            return f"{downloader.total_concurrency} requests at once"
        if change.action is Action.MEMORY:
            return self._do_memory(change)
        keep_idle(is_short=change.is_relief)
        return "idle connections are closed" if change.is_relief else "connections are kept again"

    def _do_memory(self, change: Change) -> str:
        said = "the prefetch is Scrapy's own"
        if scheduler := scheduler_of(self.crawler):
            whole = self.crawler.settings.getint("TRAVELCRAWL_PREFETCH", 64)
            prefetch = max(1, whole // 2) if change.is_relief else whole
            scheduler.exchange.pace = attrs.evolve(scheduler.exchange.pace, prefetch=prefetch)
            said = f"{prefetch} requests ahead"
        browsers = self.crawler.get_downloader_middleware(BrowserMiddleware)
        if change.is_relief and browsers:
            browsers.renew()
            return f"{said}, fresh browsers"
        return said


class Gauge:
    """Measure this machine; the processor since the last time."""

    def __init__(self) -> None:
        self._last = psutil.cpu_times()

    def measure(self) -> Load:
        """Return the load. Counting connections takes some milliseconds."""
        now, last = psutil.cpu_times(), self._last
        self._last = now
        spent = sum(now) - sum(last)
        idle = now.idle - last.idle + getattr(now, "iowait", 0.0) - getattr(last, "iowait", 0.0)
        return Load(
            cpu=100.0 * (1 - idle / spent) if spent > 0 else 0.0,
            memory=psutil.virtual_memory().percent,
            connections=len(psutil.Process(os.getpid()).net_connections()),
        )
