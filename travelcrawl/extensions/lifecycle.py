"""The beginning and the end of a crawl: said in the log, and kept within the time that a stopped process has."""

from __future__ import annotations

import asyncio
import logging

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from travelcrawl.extensions.logs import began, ended
from travelcrawl.frontier.engine import in_progress
from travelcrawl.middlewares.browser import BrowserMiddleware

logger = logging.getLogger(__name__)

EVERY = 0.25
"""Seconds between two looks."""
FOR_BROWSERS = 0.5
"""Share of the grace after which pages that are still open are closed: their requests go back to the frontier."""


class Lifecycle:
    """Say ``service started`` and ``shutdown signal received``, and end browsers whose pages would outlast the grace.

    The order of an orderly end is Scrapy's and ours together: nothing new is taken, leases that have not begun go back at once
    (frontier/exchange.py), what is in work is finished (DOWNLOAD_TIMEOUT bounds a request, this the browsers'), the store commits
    (pipelines close first), the rest of the leases is acked or given back (scheduler), browsers end, the last metrics are told.
    Setting: ``TRAVELCRAWL_GRACE``.
    """

    def __init__(self, crawler: Crawler, grace: float) -> None:
        self.crawler = crawler
        self.grace = grace
        self._is_told = False
        self._task: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Lifecycle:
        """Build."""
        one = cls(crawler, crawler.settings.getfloat("TRAVELCRAWL_GRACE", 110.0))
        crawler.signals.connect(one.spider_opened, signals.spider_opened)
        crawler.signals.connect(one.spider_closed, signals.spider_closed)
        return one

    def spider_opened(self, spider: Spider) -> None:
        """Say so, and begin to look whether the process has been told to stop."""
        began(spider.name)
        logger.info("service started: %s", spider.name)
        self._task = asyncio.ensure_future(self._watch())

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            if reason == "shutdown":
                self._say()
            logger.info("service stopped: %s", reason)
            ended(spider.name)

    def _say(self) -> None:
        if not self._is_told:
            self._is_told = True
            logger.info("shutdown signal received: %d requests are in work", len(in_progress(self.crawler)))

    async def _watch(self) -> None:
        # Scrapy has no signal for it; stop() is what the handlers of SIGTERM and SIGINT call.
        while self.crawler.crawling:  # noqa: ASYNC110
            await asyncio.sleep(EVERY)
        self._say()
        await asyncio.sleep(self.grace * FOR_BROWSERS)
        if browsers := self.crawler.get_downloader_middleware(BrowserMiddleware):
            logger.warning("pages in browsers take too long to end and are closed")
            await browsers.close()
