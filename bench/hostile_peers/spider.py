"""A foreign Scrapy project: a spider that yields plain items and follows links, and a pipeline that writes them down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import scrapy
from scrapy.downloadermiddlewares.retry import get_retry_request

from bench.hostile_peers.job import Job
from bench.hostile_peers.pages import is_whole, links, place

COMMON: dict[str, Any] = {
    "ROBOTSTXT_OBEY": True,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "WARNING",
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
    "COOKIES_ENABLED": False,
    "ITEM_PIPELINES": {"bench.hostile_peers.spider.Keep": 300},
}


class Keep:
    """Write each item down at once."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Keep:
        """Build."""
        return cls(crawler)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Write."""
        self.crawler.spider.job.keep(item)
        return item


class Places(scrapy.Spider):
    """Follows lists, yields places; knows nothing of access."""

    name = "places"
    job: Job

    async def start(self) -> AsyncIterator[Any]:
        """Begin with the first list of each city."""
        for url in self.job.seeds:
            yield scrapy.Request(url, callback=self.parse_list)

    def parse_list(self, response: Any) -> Iterator[Any]:
        """Follow."""
        for kind, url in links(response.url, response.text):
            yield response.follow(url, callback=self.parse_place if kind == "place" else self.parse_list)

    def parse_place(self, response: Any) -> Iterator[Any]:
        """Yield."""
        yield place(response.url, response.text)


class CarefulPlaces(Places):
    """Asks again for pages that do not hold what they should, as Scrapy's documentation advises (get_retry_request)."""

    TIMES: ClassVar[int] = 8

    def parse_list(self, response: Any) -> Iterator[Any]:
        """Follow, or ask again."""
        try:
            found = list(super().parse_list(response))
        except (ValueError, KeyError, TypeError):
            found = []
        yield from found or self._again(response)

    def parse_place(self, response: Any) -> Iterator[Any]:
        """Yield a whole place, or ask again."""
        try:
            found = [item for item in super().parse_place(response) if is_whole(item)]
        except (ValueError, KeyError, TypeError):
            found = []
        yield from found or self._again(response)

    def _again(self, response: Any) -> list[Any]:
        again = get_retry_request(response.request, spider=self, reason="not a whole page", max_retry_times=self.TIMES)
        return [again] if again else []
