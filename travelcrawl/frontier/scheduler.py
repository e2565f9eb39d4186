"""The scheduler: Scrapy's synchronous questions, answered from memory. What talks to the backend is in exchange.py."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import cast

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.request import RequestFingerprinterProtocol
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from travelcrawl.access.secrets import without
from travelcrawl.access.verdicts import Verdict
from travelcrawl.errors import NotSerialisable, TravelcrawlError
from travelcrawl.frontier.backend import Backend, DeadLetter, Lease, Waiting
from travelcrawl.frontier.codec import decode, encode, secrets_of, seed_of, url_of
from travelcrawl.frontier.exchange import Exchange, Pace
from travelcrawl.frontier.factory import backend_from_crawler
from travelcrawl.frontier.seeds import plant
from travelcrawl.middlewares.departures import Departures, departures_of
from travelcrawl.middlewares.session import undress

logger = logging.getLogger(__name__)

SAMPLE = 4_000
"""Bytes of an answer that a dead letter keeps."""
REFUSALS = frozenset({*(verdict.value for verdict in Verdict if verdict.is_block), "robots"})
"""Causes of dead letters that are not for us to mend."""
OF_A_TRY = ("tries", "verdict", "why", "egress", "worn", "avoid", "not_before")
"""Meta that a replay begins without."""


class Scheduler(BaseScheduler):
    """Lease requests from a backend, hand them out as they may leave, and ack them once all that they gave is durable.

    ``enqueue_request`` and ``next_request`` touch memory only; a task pushes, prefetches, acks, beats and reaps. While the backend is
    away the crawl goes on with what is held, then waits. Settings: ``TRAVELCRAWL_PREFETCH``, ``TRAVELCRAWL_IDLE``,
    ``TRAVELCRAWL_LEASE``. Stats: ``frontier/found`` (requests that
    were there when it began), ``/pushed``, ``/seen``, ``/taken``, ``/acked``, ``/put_off``, ``/released``, ``/reaped``,
    ``/lost`` (leases that ran out while this worker stood still), ``/outages``, ``/dead/<cause>``, ``/refused``.
    """

    def __init__(
        self,
        crawler: Crawler,
        backend: Backend,
        fingerprinter: RequestFingerprinterProtocol,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.fingerprinter = fingerprinter
        self.exchange = Exchange(crawler, backend, pace, clock)
        self.buffers = self.exchange.buffers
        self.spider: Spider
        self.departures: Departures | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Scheduler:
        """Build over the backend of the settings."""
        scheduler = cls(
            crawler, backend_from_crawler(crawler), crawler.request_fingerprinter, Pace.from_settings(crawler.settings)
        )
        crawler.signals.connect(scheduler.page_raised, signals.spider_error)
        return scheduler

    # What Scrapy asks

    def open(self, spider: Spider) -> Deferred[None]:
        """Open the backend and begin to work."""
        self.spider = spider
        self.departures = departures_of(self.crawler)
        return deferred_from_coro(self.exchange.open())

    def close(self, reason: str) -> Deferred[None]:
        """Ack what is durable, give back the rest. The store has committed all by now: its pipeline closes before."""
        if self.departures:
            self.departures.close()
        return deferred_from_coro(self.exchange.close(finished=reason == "finished"))

    def has_pending_requests(self) -> bool:
        """Return False once queue, leases and seeds have been empty for ``idle`` seconds, everywhere."""
        return not self.exchange.is_over

    def enqueue_request(self, request: Request) -> bool:
        """Take a request; the backend decides whether it was seen. One that cannot be carried is logged and dropped."""
        undress(request)
        try:
            payload = encode(request, self.spider)
        except NotSerialisable as error:
            logger.error("%s", error)
            self.stats.inc_value("frontier/refused")
            return False
        self.exchange.push(
            Waiting(
                payload=payload,
                fingerprint=None if request.dont_filter else self._fingerprint(request),
                priority=request.priority,
                group=request.meta.get("group") or "",
            )
        )
        return True

    def _fingerprint(self, request: Request) -> int:
        """Return 64 bits of Scrapy's fingerprint, of the address without secrets: a new key makes no new page."""
        secrets = secrets_of(self.spider)
        plain = request.replace(url=without(request.url, secrets)) if secrets else request
        return int.from_bytes(self.fingerprinter.fingerprint(plain)[:8], "big", signed=True)

    def next_request(self) -> Request | None:
        """Return a request that is leased and may leave, or None while there is none."""
        while True:
            request = self.departures.next(self._draw) if self.departures else self._draw()
            if request is None:
                return None
            lease = self.buffers.drawn.pop(request, None)
            if lease is not None:
                self.buffers.watermark.took(request, lease)
                return request
            if self.departures:
                # Its lease ran out while it waited: others have it.
                self.departures.cancel(request)

    def _draw(self) -> Request | None:
        """Return a request that is leased, whether it may leave or not."""
        while lease := self.exchange.pop():
            try:
                if lease.payload.startswith('{"seed"') and (seed := seed_of(lease.payload)) is not None:
                    self._plant(seed, lease)
                    continue
                request = decode(lease.payload, self.spider)
            except TravelcrawlError as error:
                logger.error("%s", error)
                self._bury(lease, "refused", str(error), lease.crashes + 1)
                continue
            self.buffers.drawn[request] = lease
            return request
        return None

    def _plant(self, seed: str, lease: Lease) -> None:
        """Turn a start entry into requests; its lease is acked once they are in the queue. Raises UsageError."""
        for request in plant(self.spider, seed):
            self.enqueue_request(request)
        self.buffers.watermark.left(lease.id, self.exchange.mark())

    async def room(self) -> None:
        """Wait while much is still on its way to the backend."""
        await self.exchange.room()

    # What becomes of a request that fails

    def bury(
        self, request: Request, cause: str, why: str, traceback: str | None = None, sample: str | None = None
    ) -> None:
        """Take a request that the engine holds out of the crawl and keep it as a dead letter."""
        lease = self.buffers.watermark.forget(request)
        if lease is not None:
            meta = request.meta
            self._bury(lease, cause, why, meta.get("tries", 0) + 1, meta.get("egress"), traceback, sample)

    def put_off(self, request: Request) -> None:
        """Keep a request that the engine holds for another run: it goes back to the frontier when this worker stops."""
        lease = self.buffers.watermark.forget(request)
        if lease is not None:
            self.buffers.put_off.append(lease.id)
            self.stats.inc_value("frontier/put_off")

    def page_raised(self, failure: Failure, response: Response | Failure | None) -> None:
        """Bury the request whose page or errback raised. What it gave before that is stored all the same."""
        request = getattr(response, "request", None)
        if request is not None:
            text = sample_of(response) if isinstance(response, Response) else None
            self.bury(request, "error", repr(failure.value), failure.getTraceback(), text)

    def _bury(self, lease: Lease, cause: str, why: str, attempts: int, *more: str | None) -> None:
        egress, traceback, sample = (*more, None, None, None)[:3]
        # That a platform refuses something is an answer, which is counted; an error is what somebody can mend.
        level = logging.INFO if cause in REFUSALS else logging.ERROR
        logger.log(level, "task processing failed: %s: %s (%s)", url_of(lease.payload), why, cause)
        self.exchange.bury(
            DeadLetter(
                id=lease.id,
                payload=_fresh(lease.payload),
                url=url_of(lease.payload),
                platform=self.spider.name,
                cause=cause,
                why=why,
                attempts=attempts,
                egress=egress,
                traceback=traceback,
                sample=sample,
                buried_at=time.time(),
            )
        )


def sample_of(response: Response) -> str:
    """Return the beginning of an answer, as a dead letter keeps it."""
    return response.body[:SAMPLE].decode("utf-8", "replace")


def scheduler_of(crawler: Crawler) -> Scheduler | None:
    """Return the crawl's scheduler where it is ours."""
    scheduler = crawler.engine.scheduler
    return cast("Scheduler", scheduler) if is_ours(type(scheduler)) else None


def is_ours(cls: type) -> bool:
    """Say whether a class is this scheduler: Scrapy's isinstance and issubclass take any that has the same methods for it."""
    return Scheduler in cls.__mro__


def _fresh(payload: str) -> str:
    """Return a payload without what its tries left in it, so that a replay has all of them again."""
    try:
        data = json.loads(payload)
        data["meta"] = {name: value for name, value in data["meta"].items() if name not in OF_A_TRY}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return payload
    return json.dumps(data, ensure_ascii=False)
