"""Tell a person how the crawl gets on."""

from __future__ import annotations

from typing import Any

from itemadapter import ItemAdapter
from scrapy import Spider, signals
from scrapy.crawler import Crawler

from travelcrawl.extensions.display import Display, shared_display
from travelcrawl.extensions.tally import Tally
from travelcrawl.pipelines.base import kind_of


class Progress:
    """Show pages, items, rate, errors and time left by platform, and a table at the end, on stderr.

    A live table on a terminal, a line every few seconds elsewhere; all crawls of a process share it. Setting:
    ``TRAVELCRAWL_PROGRESS``.
    """

    def __init__(self, crawler: Crawler, display: Display) -> None:
        assert crawler.stats
        self.stats = crawler.stats
        self.display = display
        self.tally: Tally | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """Build on the display of the process. Raises UsageError."""
        progress = cls(crawler, shared_display(crawler.settings.get("TRAVELCRAWL_PROGRESS", "auto")))
        crawler.signals.connect(progress.spider_opened, signals.spider_opened)
        crawler.signals.connect(progress.item_scraped, signals.item_scraped)
        crawler.signals.connect(progress.spider_closed, signals.spider_closed)
        return progress

    def spider_opened(self, spider: Spider) -> None:
        """Begin to show the crawl."""
        limit = getattr(getattr(spider, "query", None), "limit", None)
        self.tally = Tally(platform=spider.name, stats=self.stats, limit=limit, started=self.display.clock())
        self.display.join(self.tally)

    def item_scraped(self, item: Any) -> None:
        """Count an item that has come through the pipelines."""
        if self.tally is not None and (kind := kind_of(item)) is not None:
            self.tally.count(kind, ItemAdapter(item).get("ref"))

    def spider_closed(self, reason: str) -> None:
        """Show how it ended. A crawl that never opened has nothing to show."""
        if self.tally is not None:
            self.tally.ended, self.tally.reason = self.display.clock(), reason
            self.display.leave()
