"""Scrapy with proxies in turn, RetryMiddleware and AutoThrottle, as its documentation advises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess

from bench.hostile_peers.job import Job, read_job
from bench.hostile_peers.spider import COMMON, CarefulPlaces


class Turns:
    """Give each request the next proxy of its host's round, retries too."""

    def __init__(self, proxies: list[str]) -> None:
        self.turns: dict[str, Iterator[str]] = defaultdict(lambda: cycle(proxies))

    @classmethod
    def from_crawler(cls, crawler: Any) -> Turns:
        """Build."""
        return cls(crawler.settings.getlist("PROXIES"))

    def process_request(self, request: Any) -> None:
        """Set the proxy."""
        request.meta["proxy"] = next(self.turns[urlsplit(request.url).netloc])


def settings(job: Job) -> dict[str, Any]:
    """Return the project's settings: a site is asked as fast as it allows all egresses together."""
    return COMMON | {
        "PROXIES": job.proxies,
        "DOWNLOADER_MIDDLEWARES": {Turns: 740},
        "DOWNLOAD_DELAY": 1 / (job.rate * len(job.proxies)) if job.rate else 0,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "DOWNLOAD_TIMEOUT": 15,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": 1,
        "AUTOTHROTTLE_MAX_DELAY": 5,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 16,
        "RETRY_TIMES": CarefulPlaces.TIMES,
        "RETRY_HTTP_CODES": [403, 407, 408, 429, 500, 502, 503, 504, 522, 524],
        "CLOSESPIDER_TIMEOUT": job.seconds,
    }


def main() -> None:
    """Crawl."""
    job = read_job()
    process = AsyncCrawlerProcess(settings(job))
    process.crawl(CarefulPlaces, job=job)
    process.start()


if __name__ == "__main__":
    main()
