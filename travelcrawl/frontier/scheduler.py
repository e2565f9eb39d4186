"""The scheduler: Scrapy's synchronous questions answered from memory, the backend asked by one task beside it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator

import attrs
from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.request import RequestFingerprinterProtocol
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from travelcrawl.access.secrets import without
from travelcrawl.errors import BackendDown, NotSerialisable, UsageError
from travelcrawl.frontier.backend import Backend, DeadLetter, Lease, Waiting
from travelcrawl.frontier.codec import decode, encode, secrets_of, seed_of, url_of
from travelcrawl.frontier.engine import in_progress, wake
from travelcrawl.frontier.factory import backend_from_crawler
from travelcrawl.frontier.seeds import plant
from travelcrawl.frontier.watermark import Mark, Watermark
from travelcrawl.stores.durable import Durable, store_of

logger = logging.getLogger(__name__)

SAMPLE = 4_000
"""Characters of an answer that a dead letter keeps."""


@attrs.frozen(kw_only=True)
class Pace:
    """How the frontier works."""

    prefetch: int = 64
    """Requests leased ahead."""
    tick: float = 0.1
    """Seconds between looks at what has left the engine."""
    idle: float = 0.5
    """Seconds that queue, leases and seeds must be empty before the spider closes."""
    beat: float = 10.0
    """Seconds between heartbeats and reaps."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Pace:
        """Read TRAVELCRAWL_PREFETCH, TRAVELCRAWL_IDLE and TRAVELCRAWL_LEASE."""
        return cls(
            prefetch=settings.getint("TRAVELCRAWL_PREFETCH", 64),
            idle=settings.getfloat("TRAVELCRAWL_IDLE", 0.5),
            beat=settings.getfloat("TRAVELCRAWL_LEASE", 60.0) / 6,
        )


class Scheduler(BaseScheduler):
    """Lease requests from a backend and ack them once all that they gave is durable.

    ``enqueue_request`` and ``next_request`` touch memory only; a task pushes, prefetches, acks, beats and reaps. While the backend is
    away the crawl goes on with what is held, then waits. Settings: ``TRAVELCRAWL_PREFETCH``, ``TRAVELCRAWL_IDLE``. Stats:
    ``frontier/pushed``, ``/seen``, ``/taken``, ``/acked``, ``/put_off``, ``/released``, ``/reaped``, ``/dead/<cause>``, ``/refused``.
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
        self.backend = backend
        self.fingerprinter = fingerprinter
        self.pace = pace
        self.clock = clock
        self.spider: Spider
        self.store: Durable | None = None
        self._in: deque[Waiting] = deque()
        self._out: deque[Lease] = deque()
        self._accepted = self._pushed = 0
        self._watermark: Watermark[Request] = Watermark()
        self._buried: list[DeadLetter] = []
        self._put_off: list[str] = []
        self._work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._empty_since: float | None = None
        self._closing = False
        self._out_of_step = False
        self._stopping: asyncio.Future[None] | None = None

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
        return deferred_from_coro(self._open())

    def close(self, reason: str) -> Deferred[None]:
        """Ack what is durable, give back the rest. The store has committed all by now: its pipeline closes before."""
        return deferred_from_coro(self._close(reason))

    def has_pending_requests(self) -> bool:
        """Return False once queue, leases and seeds have been empty for ``idle`` seconds, everywhere."""
        return self._empty_since is None or self.clock() - self._empty_since < self.pace.idle

    def enqueue_request(self, request: Request) -> bool:
        """Take a request; the backend decides whether it was seen. One that cannot be carried is logged and dropped."""
        try:
            payload = encode(request, self.spider)
        except NotSerialisable as error:
            logger.error("%s", error)
            self.stats.inc_value("frontier/refused")
            return False
        fingerprint = None if request.dont_filter else self._fingerprint(request)
        group = request.meta.get("group") or ""
        self._in.append(Waiting(payload=payload, fingerprint=fingerprint, priority=request.priority, group=group))
        self._accepted += 1
        self._empty_since = None
        self._work.set()
        return True

    def _fingerprint(self, request: Request) -> int:
        """Return 64 bits of Scrapy's fingerprint, of the address without secrets: a new key makes no new page."""
        secrets = secrets_of(self.spider)
        plain = request.replace(url=without(request.url, secrets)) if secrets else request
        return int.from_bytes(self.fingerprinter.fingerprint(plain)[:8], "big")

    def next_request(self) -> Request | None:
        """Return a request that is leased, or None while there is none."""
        while self._out:
            lease = self._out.popleft()
            if len(self._out) <= self.pace.prefetch // 2:
                self._work.set()
            try:
                seed = seed_of(lease.payload)
                if seed is not None:
                    self._plant(seed, lease)
                    continue
                request = decode(lease.payload, self.spider)
            except (NotSerialisable, UsageError) as error:
                logger.error("%s", error)
                self._bury(lease.id, lease.payload, "refused", str(error), lease.deliveries)
                continue
            self._watermark.took(request, lease.id)
            return request
        self._work.set()
        return None

    def _plant(self, seed: str, lease: Lease) -> None:
        """Turn a start entry into requests; its lease is acked once they are in the queue. Raises UsageError."""
        for request in plant(self.spider, seed):
            self.enqueue_request(request)
        self._watermark.left(lease.id, self._mark())

    def _mark(self) -> Mark:
        self.store = self.store or store_of(self.crawler)
        return Mark(self.store.accepted if self.store else 0, self._accepted)

    # What becomes of a request that fails

    def bury(
        self, request: Request, cause: str, why: str, traceback: str | None = None, sample: str | None = None
    ) -> None:
        """Take a request that the engine holds out of the crawl and keep it as a dead letter."""
        lease = self._watermark.forget(request)
        if lease is not None:
            payload = encode(request, self.spider)
            attempts, egress = request.meta.get("tries", 0) + 1, request.meta.get("egress")
            self._bury(lease, payload, cause, why, attempts, egress, traceback, sample)

    def put_off(self, request: Request) -> None:
        """Keep a request that the engine holds for another run: it goes back to the frontier when this worker stops."""
        lease = self._watermark.forget(request)
        if lease is not None:
            self._put_off.append(lease)
            self.stats.inc_value("frontier/put_off")

    def page_raised(self, failure: Failure, response: Response | None) -> None:
        """Bury the request whose page raised. What the page gave before it raised is stored all the same."""
        if response is not None and response.request is not None:
            text = response.body[:SAMPLE].decode("utf-8", "replace")
            self.bury(response.request, "error", repr(failure.value), failure.getTraceback(), text)

    def _bury(self, lease: str, payload: str, cause: str, why: str, attempts: int, *more: str | None) -> None:
        egress, traceback, sample = (*more, None, None, None)[:3]
        self._buried.append(
            DeadLetter(
                id=lease,
                payload=payload,
                url=url_of(payload),
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
        self.stats.inc_value(f"frontier/dead/{cause}")
        self._work.set()

    # The task beside the engine

    async def _open(self) -> None:
        await self.backend.open()
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Exchange with the backend until closed; wait and try again while it is away."""
        wait, beat = 0.0, self.clock()
        while not self._closing:
            try:
                await self._exchange()
                if self.clock() - beat >= self.pace.beat:
                    beat = self.clock()
                    await self.backend.renew()
                    self.stats.inc_value("frontier/reaped", await self.backend.reap())
                wait = 0.0
            except BackendDown as error:
                if not wait:
                    logger.warning("%s; going on with %d requests", error, len(self._out))
                self._out_of_step = True
                wait = min(max(wait * 2, 0.5), 10.0)
                await asyncio.sleep(wait)
            self._work.clear()
            try:
                await asyncio.wait_for(self._work.wait(), self.pace.tick)
            except TimeoutError:
                continue

    async def _exchange(self) -> None:
        """Push, ack, bury, prefetch, count: each only where there is something to do."""
        if self._out_of_step:
            await self.backend.resync([*self._held()])
            self._out_of_step = False
        await self._push()
        await self._ack()
        while self._buried:
            await self.backend.bury(self._buried[0])
            self._buried.pop(0)
        if len(self._out) <= self.pace.prefetch // 2 and not self._closing:
            taken = await self.backend.take(self.pace.prefetch - len(self._out))
            self._out.extend(taken)
            self._obey(self.backend.control)
            if taken:
                self._empty_since = None
                self.stats.inc_value("frontier/taken", len(taken))
                wake(self.crawler)
                return
        if not (self._out or self._in or len(self._watermark)):
            await self._look_whether_empty()

    async def _push(self) -> None:
        while self._in:
            batch = list(self._in)[:1000]
            new = await self.backend.push(batch)
            for _ in batch:
                self._in.popleft()
            self._pushed += len(batch)
            self.stats.inc_value("frontier/pushed", new)
            self.stats.inc_value("frontier/seen", len(batch) - new)

    async def _ack(self) -> None:
        self._watermark.sweep(in_progress(self.crawler), self._mark())
        await self._ack_durable()

    async def _ack_durable(self) -> None:
        ready = self._watermark.durable(Mark(self.store.committed if self.store else 0, self._pushed))
        if ready:
            await self.backend.ack(ready)
            self.stats.inc_value("frontier/acked", len(ready))

    def _held(self) -> Iterator[str]:
        """Yield the leases this worker holds."""
        yield from self._watermark.unacked()
        yield from (lease.id for lease in self._out)
        yield from (letter.id for letter in self._buried)
        yield from self._put_off

    def _obey(self, control: str) -> None:
        """Close the spider where the crawl is being drained or was cancelled: what it holds is finished or given back."""
        if control in ("draining", "cancelled") and not self._stopping:
            logger.info("the crawl is %s: this worker stops", control)
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=control))

    async def _look_whether_empty(self) -> None:
        depth = await self.backend.depth()
        if not depth.is_empty or self.backend.control:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self.clock()
        elif not self.has_pending_requests():
            wake(self.crawler)

    async def _close(self, reason: str) -> None:
        self._closing = True
        self._work.set()
        if self._task is not None:
            await self._task
        try:
            await self._push()
            await self._ack()
            for letter in self._buried:
                await self.backend.bury(letter)
            back = [*self._held()]
            await self.backend.release(back)
            self.stats.inc_value("frontier/released", len(back))
            if self.backend.control == "cancelled":
                await self.backend.command("cancelled")
            if reason == "finished" and (await self.backend.depth()).is_empty:
                await self.backend.finish()
        except BackendDown as error:
            logger.error("%s; what this worker held goes to others when its leases run out", error)
        await self.backend.close()


def scheduler_of(crawler: Crawler) -> Scheduler | None:
    """Return the crawl's scheduler where it is ours."""
    scheduler = crawler.engine.scheduler
    return scheduler if isinstance(scheduler, Scheduler) else None
