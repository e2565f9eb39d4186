"""A crawl of a numbered site, run as a process of its own: python demo.py SITE FOLDER [SETTING=VALUE …].

Page n links to 2n and 2n+1 and gives one item. Items are committed in groups by a pipeline that is slower than the crawl,
so that an ack that does not wait for it shows.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from travelcrawl.errors import UsageError
from travelcrawl.stores import durable

LAST = 200


class GroupCommit:
    """Commits every 0.2 s, in its own time."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler
        self.accepted = self.committed = 0
        self.rows: list[tuple[int]] = []

    @classmethod
    def from_crawler(cls, crawler: Any) -> GroupCommit:
        return cls(crawler)

    def open_spider(self) -> None:
        self.db = sqlite3.connect(Path(sys.argv[2]) / "items.sqlite", isolation_level=None, timeout=30)
        self.db.execute("CREATE TABLE IF NOT EXISTS items (n INTEGER)")
        if "foreign" not in sys.argv:
            durable.register(self.crawler, self)
        self.task = asyncio.ensure_future(self.write())

    def process_item(self, item: Any) -> Any:
        self.rows.append((item["n"],))
        self.accepted += 1
        return item

    async def write(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self.commit()

    def commit(self) -> None:
        rows, self.rows = self.rows, []
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany("INSERT INTO items SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM items WHERE n = ?1)", rows)
        self.db.execute("COMMIT")
        self.committed += len(rows)

    def close_spider(self) -> None:
        self.task.cancel()
        self.commit()


class Numbers(scrapy.Spider):
    name = "numbers"

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(f"{sys.argv[1]}/1", callback=self.page, errback=self.failed)

    def make_request_from_data(self, data: bytes) -> Any:
        """Read a start entry, as scrapy-redis asks spiders to."""
        url = json.loads(data)["url"] if data.startswith(b"{") else data.decode()
        if not url.startswith("http"):
            raise UsageError(f"no address: {url}")
        return scrapy.Request(url, callback=self.page, errback=self.failed)

    async def page(self, response: Any) -> AsyncIterator[Any]:
        n = int(response.url.rpartition("/")[2])
        if n == 13 and "raise" in sys.argv:
            raise ValueError("page 13 is bad luck")
        yield {"n": n}
        for m in (2 * n, 2 * n + 1):
            if m <= LAST:
                yield response.follow(f"/{m}", callback=self.page, errback=self.failed)

    def failed(self, failure: Any) -> None:
        from travelcrawl.frontier.scheduler import scheduler_of

        scheduler = scheduler_of(self.crawler)
        if scheduler:
            scheduler.bury(failure.request, "gone", failure.getErrorMessage())


if __name__ == "__main__":
    settings = {
        "SCHEDULER": "travelcrawl.frontier.scheduler.Scheduler",
        "JOBDIR": sys.argv[2],
        "TRAVELCRAWL_REDIS_URL": "",
        "ITEM_PIPELINES": {GroupCommit: 1},
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "RETRY_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }
    settings |= dict(word.split("=", 1) for word in sys.argv[3:] if "=" in word)
    process = AsyncCrawlerProcess(settings)
    process.crawl(Numbers)
    process.start()
