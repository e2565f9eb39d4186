"""Hold back a spider's ``start()`` while what it gave is still on its way to the backend: memory stays bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.crawler import Crawler

from travelcrawl.frontier.scheduler import scheduler_of


class StartMiddleware:
    """Ask the scheduler for room before each start request. Off under other schedulers."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StartMiddleware:
        """Build."""
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass on what the spider begins with, not faster than the backend takes it."""
        async for one in start:
            if scheduler := scheduler_of(self.crawler):
                await scheduler.room()
            yield one
