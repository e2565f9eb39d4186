"""Scrapy with scrapy-rotating-proxies and its ban detection, as its README advises."""

from __future__ import annotations

import warnings
from typing import Any
from urllib.parse import urlsplit

from rotating_proxies.middlewares import RotatingProxyMiddleware
from scrapy.crawler import AsyncCrawlerProcess

from bench.hostile_peers.job import Job, read_job
from bench.hostile_peers.spider import COMMON, CarefulPlaces


class Rotating(RotatingProxyMiddleware):  # type: ignore[misc]
    """Give each proxy and site a slot of its own: by default all ports of one host share one."""

    def process_request(self, request: Any, spider: Any) -> None:
        """Choose a proxy."""
        super().process_request(request, spider)
        request.meta["download_slot"] = f"{request.meta.get('proxy')} {urlsplit(request.url).netloc}"


class Banned(CarefulPlaces):
    """Says what a ban looks like; a page that is missing or a site that fails is none."""

    def response_is_ban(self, _: Any, response: Any) -> bool:
        """Say whether the proxy is to blame."""
        return response.status in {403, 407, 429} or b"captcha" in response.body or not response.body


def settings(job: Job) -> dict[str, Any]:
    """Return the project's settings: each proxy asks each site as fast as it allows."""
    return COMMON | {
        "ROTATING_PROXY_LIST": job.proxies,
        "DOWNLOADER_MIDDLEWARES": {
            Rotating: 610,
            "rotating_proxies.middlewares.BanDetectionMiddleware": 620,
        },
        # A crawl of minutes cannot wait for the default, up to five minutes at the first failure.
        "ROTATING_PROXY_BACKOFF_BASE": 10,
        "ROTATING_PROXY_BACKOFF_CAP": 120,
        "DOWNLOAD_DELAY": 1 / job.rate if job.rate else 0,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "DOWNLOAD_TIMEOUT": 15,
        "RETRY_TIMES": CarefulPlaces.TIMES,
        "CLOSESPIDER_TIMEOUT": job.seconds,
    }


def main() -> None:
    """Crawl."""
    # Written for Scrapy 1: its methods still take a spider argument.
    warnings.simplefilter("ignore")
    job = read_job()
    process = AsyncCrawlerProcess(settings(job))
    process.crawl(Banned, job=job)
    process.start()


if __name__ == "__main__":
    main()
