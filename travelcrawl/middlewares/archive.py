"""Keep raw answers in a WARC file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from os import getpid
from pathlib import Path

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from travelcrawl.access.secrets import without
from travelcrawl.middlewares.robots import answer_of
from travelcrawl.stores.archive import ArchiveWriter, Kept


class ArchiveMiddleware:
    """Keep each 2xx answer to the platform's pages, decompressed, in one WARC file a run.

    Setting: ``TRAVELCRAWL_ARCHIVE``, a folder; off without. Stats: ``archive/kept``. The file holds what the site sent, authors'
    names included: docs/data.md says who should read it.
    """

    WAITING = 64
    """Answers not yet written at which the crawl waits for the disk."""

    def __init__(self, crawler: Crawler, writer: ArchiveWriter) -> None:
        assert crawler.spider
        self.platform = crawler.spider.name
        self.secrets = getattr(crawler.spider, "secrets", {})
        self.stats = crawler.stats
        self.writer = writer
        self._places = asyncio.Semaphore(self.WAITING)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveMiddleware:
        """Begin a file. Raises StoreError where the folder cannot be written."""
        folder = crawler.settings["TRAVELCRAWL_ARCHIVE"]
        if not folder:
            raise NotConfigured
        assert crawler.spider
        name = f"{crawler.spider.name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{getpid()}.warc.gz"
        middleware = cls(crawler, ArchiveWriter(Path(folder) / name))
        crawler.signals.connect(middleware.writer.close, signals.spider_closed)
        return middleware

    async def process_response(self, request: Request, response: Response) -> Response:
        """Hand a 2xx answer to the writer."""
        if 200 <= response.status < 300 and "page" in request.cb_kwargs:
            await self._places.acquire()
            loop = asyncio.get_running_loop()
            done = self.writer.put(self._kept(request, response))
            done.add_done_callback(lambda _: loop.call_soon_threadsafe(self._places.release))
            self.stats.inc_value("archive/kept")
        return response

    def _kept(self, request: Request, response: Response) -> Kept:
        answer = answer_of(response)
        return Kept(
            url=without(answer.url, self.secrets),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            platform=self.platform,
            page=request.cb_kwargs["page"],
            params=request.cb_kwargs.get("params") or {},
            method=request.method,
            request_body=request.body.decode("utf-8", "replace") or None,
        )
