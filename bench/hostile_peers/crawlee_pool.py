"""crawlee-python with ProxyConfiguration and its session pool, as its guides advise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from datetime import timedelta

from crawlee import ConcurrencySettings, Request
from crawlee.crawlers import HttpCrawler, HttpCrawlingContext
from crawlee.errors import SessionError
from crawlee.http_clients import ImpitHttpClient
from crawlee.proxy_configuration import ProxyConfiguration
from crawlee.sessions import SessionPool
from crawlee.storage_clients import MemoryStorageClient

from bench.hostile_peers.job import Job, read_job
from bench.hostile_peers.pages import is_whole, kind_of, links, place


def crawler_of(job: Job) -> HttpCrawler:
    """Build the crawler: as many requests a minute as the sites allow all egresses together."""
    sites = len({url.split("/")[2] for url in job.seeds})
    return HttpCrawler(
        proxy_configuration=ProxyConfiguration(proxy_urls=list(job.proxies)),
        use_session_pool=True,
        session_pool=SessionPool(
            max_pool_size=100, create_session_settings={"blocked_status_codes": [401, 403, 407, 429]}
        ),
        max_session_rotations=10,
        max_request_retries=5,
        retry_on_blocked=True,
        # Its robots.txt requests leave past the proxy (1.11.0, 2026-11), where nothing of a hostile web can be reached.
        respect_robots_txt_file=False,
        http_client=ImpitHttpClient(verify=False),
        navigation_timeout=timedelta(seconds=15),
        storage_client=MemoryStorageClient(),
        concurrency_settings=ConcurrencySettings(
            # By default it starts one request at a time while other processes keep the processors busy.
            min_concurrency=32,
            desired_concurrency=32,
            max_concurrency=64,
            max_tasks_per_minute=60 * job.rate * len(job.proxies) * sites if job.rate else float("inf"),
        ),
        configure_logging=False,
    )


async def crawl(job: Job) -> None:
    """Crawl until all is done or the time is over."""
    crawler = crawler_of(job)

    @crawler.router.default_handler
    async def handle(context: HttpCrawlingContext) -> None:
        text = (await context.http_response.read()).decode("utf-8", "replace")
        url = context.request.url
        try:
            if kind_of(url) == "place":
                item = place(url, text)
                if not is_whole(item):
                    raise SessionError("not a whole page")
                job.keep(item)
                return
            found = list(links(url, text))
            if not found:
                raise SessionError("an empty list")
        except (ValueError, KeyError, TypeError) as error:
            raise SessionError("not the page that was asked for") from error
        await context.add_requests([Request.from_url(link) for _, link in found])

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(crawler.run(job.seeds), job.seconds)


def main() -> None:
    """Crawl."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CRAWLEE_STORAGE_DIR"] = folder
        asyncio.run(crawl(read_job()))


if __name__ == "__main__":
    main()
