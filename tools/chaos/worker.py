"""One worker of a crawl of the numbered site, over our frontier or scrapy-redis. Page n gives one item and leads to 2n and 2n+1.

It is started by a fork server that has everything imported: on a busy machine a start takes longer than the two seconds
between kills, and no fleet would ever get to work.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy_redis.spiders import RedisSpider

from travelcrawl.frontier.scheduler import scheduler_of
from travelcrawl.stores import durable


@attrs.frozen
class Task:
    """What a worker crawls, and with what."""

    kind: str
    """``ours`` or ``scrapy-redis``."""
    site: str
    redis: str
    store: int
    """Port."""
    last: int
    """Number of the last page."""
    settings: dict[str, Any]
    log: str


class GroupCommit:
    """Commits every 0.3 s over the wire; a batch that failed is sent again."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler
        self.accepted = self.committed = 0
        self.rows: list[int] = []
        self.wire: Any = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> GroupCommit:
        """Build."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Begin."""
        durable.register(self.crawler, self)
        self.closing = asyncio.Event()
        self.task = asyncio.ensure_future(self.write())

    def process_item(self, item: Any) -> Any:
        """Take a row."""
        self.rows.append(item["n"])
        self.accepted += 1
        return item

    async def write(self) -> None:
        """Commit until closed and empty."""
        while self.rows or not self.closing.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.closing.wait(), 0.3)
            rows, self.rows = self.rows, []
            if rows and not await self.commit(rows):
                self.rows = rows + self.rows
            else:
                self.committed += len(rows)

    async def commit(self, rows: list[int]) -> bool:
        """Say whether a batch is durable."""
        try:
            async with asyncio.timeout(2):
                self.wire = self.wire or await asyncio.open_connection("127.0.0.1", self.crawler.spider.task.store)
                self.wire[1].write(json.dumps(rows).encode() + b"\n")
                answer = await self.wire[0].readline()
        except (OSError, TimeoutError):
            answer = b""
        if answer != b"ok\n" and self.wire:
            self.wire[1].close()
            self.wire = None
        return bool(answer == b"ok\n")

    async def close_spider(self) -> None:
        """Commit the rest."""
        self.closing.set()
        await self.task


class Pages:
    """What both spiders do with a page."""

    task: Task

    def page(self, response: Any) -> Iterator[Any]:
        """Give the item and the links."""
        n = int(response.url.rpartition("/")[2])
        yield {"n": n}
        for m in (2 * n, 2 * n + 1):
            if m <= self.task.last:
                yield response.follow(f"/{m}", callback=self.page, errback=self.failed)

    def failed(self, failure: Any) -> None:
        """Keep what failed."""
        scheduler = scheduler_of(self.crawler)  # type: ignore[attr-defined]
        if scheduler:
            scheduler.bury(failure.request, "gone", failure.getErrorMessage())


class Ours(Pages, scrapy.Spider):
    """Over our frontier."""

    name = "numbers"

    async def start(self) -> AsyncIterator[Any]:
        """Begin at 1."""
        yield scrapy.Request(f"{self.task.site}/1", callback=self.page, errback=self.failed)


class Theirs(Pages, RedisSpider):  # type: ignore[misc]
    """Over scrapy-redis, begun by an address in its start key."""

    name = "numbers"
    redis_key = "numbers:start_urls"

    def make_request_from_data(self, data: bytes) -> Any:
        """Read a start address."""
        return scrapy.Request(data.decode(), callback=self.page, errback=self.failed)


SETTINGS: dict[str, dict[str, Any]] = {
    "ours": {"SCHEDULER": "travelcrawl.frontier.scheduler.Scheduler"},
    "scrapy-redis": {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_PERSIST": True,
        "MAX_IDLE_TIME_BEFORE_CLOSE": 5,
    },
}
COMMON = {
    "ITEM_PIPELINES": {GroupCommit: 1},
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "RETRY_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


def main(task: Task) -> None:
    """Crawl until the scheduler says that it is over."""
    with open(task.log, "ab") as log:  # noqa: PTH123
        os.dup2(log.fileno(), 2)
    process = AsyncCrawlerProcess(COMMON | SETTINGS[task.kind] | {"REDIS_URL": task.redis} | task.settings)
    crawler = process.create_crawler(Ours if task.kind == "ours" else Theirs)
    process.crawl(crawler, task=task)
    process.start()
    # What could not even begin, Redis being away, is started again like what was killed.
    sys.exit(crawler.stats is None or crawler.stats.get_value("finish_reason") != "finished")
