"""A scheduler that hands out requests as they may leave, over any other: for projects that keep theirs."""

from __future__ import annotations

from typing import Any

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.utils.misc import build_from_crawler, load_object
from twisted.internet.defer import Deferred

from travelcrawl.middlewares.departures import Departures, departures_of
from travelcrawl.middlewares.session import undress


class WaitingScheduler(BaseScheduler):
    """Ask the gate before a request of another scheduler goes to the downloader.

    What still waits at the end is given back to the other, so that its JOBDIR or its Redis keeps it. Setting:
    ``TRAVELCRAWL_SCHEDULER``, the class that requests wait in.
    """

    def __init__(self, inner: Any, departures: Departures) -> None:
        self.inner = inner
        self.departures = departures

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WaitingScheduler:
        """Build over the scheduler of the settings."""
        departures = departures_of(crawler)
        assert departures, "SessionMiddleware is switched off"
        inner = load_object(crawler.settings["TRAVELCRAWL_SCHEDULER"])
        return cls(build_from_crawler(inner, crawler), departures)

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Open the other."""
        opened: Deferred[None] | None = self.inner.open(spider)
        return opened

    def close(self, reason: str) -> Deferred[None] | None:
        """Give back what waits, then close the other."""
        for request in self.departures.close():
            # It was seen when it came in, and is no other request for that.
            self.inner.enqueue_request(request.replace(dont_filter=True))
        closed: Deferred[None] | None = self.inner.close(reason)
        return closed

    def has_pending_requests(self) -> bool:
        """Say whether requests wait, here or there."""
        return self.departures.waiting > 0 or bool(self.inner.has_pending_requests())

    def enqueue_request(self, request: Request) -> bool:
        """Have the other take a request, without what a session put on it."""
        undress(request)
        return bool(self.inner.enqueue_request(request))

    def next_request(self) -> Request | None:
        """Return a request that may leave now."""
        return self.departures.next(self.inner.next_request)
