"""What goes between a worker's memory (buffers.py) and the backend: one task, beside the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import attrs
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from travelcrawl.errors import BackendDown, TravelcrawlError
from travelcrawl.frontier.backend import SUSPECTS, Backend, DeadLetter, Lease, Waiting
from travelcrawl.frontier.buffers import BATCH, Buffers
from travelcrawl.frontier.engine import in_progress, is_closing, wake
from travelcrawl.frontier.watermark import Mark
from travelcrawl.stores.durable import Durable, store_of

logger = logging.getLogger(__name__)

FULL = 2_000
"""Requests not yet pushed at which a spider's ``start()`` has to wait."""


@attrs.frozen(kw_only=True)
class Pace:
    """How the frontier works."""

    prefetch: int = 64
    """Requests leased ahead."""
    tick: float = 0.1
    """Seconds between looks at what has left the engine, at most."""
    idle: float = 0.5
    """Seconds that queue, leases and seeds must be empty before the spider closes."""
    lease: float = 60.0
    """Seconds without a sign of life after which a worker's leases go to others."""
    greeting: float = 5.0
    """Seconds that a worker tries to reach the backend when it begins."""
    farewell: float = 20.0
    """Seconds that it tries to give back what it holds when it ends."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Pace:
        """Read TRAVELCRAWL_PREFETCH, TRAVELCRAWL_IDLE and TRAVELCRAWL_LEASE."""
        return cls(
            prefetch=settings.getint("TRAVELCRAWL_PREFETCH", 64),
            idle=settings.getfloat("TRAVELCRAWL_IDLE", 0.5),
            lease=settings.getfloat("TRAVELCRAWL_LEASE", 60.0),
        )

    @property
    def beat(self) -> float:
        """Seconds between heartbeats and reaps, and at most between two tries to reach the backend."""
        return self.lease / 6


class Exchange:
    """Push, ack, bury and prefetch for one worker, beside the engine and in batches."""

    def __init__(self, crawler: Crawler, backend: Backend, pace: Pace, clock: Callable[[], float]) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.backend = backend
        self.pace = pace
        self.clock = clock
        self.buffers = Buffers()
        self.is_over = False
        """Queue, leases and seeds have been empty everywhere for ``idle`` seconds."""
        self._store: Durable | None = None
        self._work, self._room, self._end = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Future[None] | None = None
        self._empty_since: float | None = None
        self._out_of_step = False
        self._lost: set[str] = set()
        """Leases that went to others while their requests are still at work here."""
        self._beaten = clock()
        self._may_reap = clock() if backend.can_reap_at_once else clock() + pace.lease
        self._wait = 0.0

    # What the scheduler calls: memory only

    def push(self, request: Waiting) -> None:
        """Take a request that is to wait."""
        self.buffers.accept(request)
        self._alive()
        if not self.buffers.ready or self.buffers.unpushed >= BATCH:
            self._work.set()

    def pop(self) -> Lease | None:
        """Return a leased request, None while there is none; have more fetched before it comes to that."""
        ready = self.buffers.ready
        if len(ready) <= self.pace.prefetch // 2:
            self._work.set()
        return ready.popleft() if ready else None

    def bury(self, letter: DeadLetter) -> None:
        """Keep a leased request as a dead letter."""
        self.buffers.letters.append(letter)
        self.stats.inc_value(f"frontier/dead/{letter.cause}")
        self._work.set()

    def mark(self) -> Mark:
        """Return how far store and queue have accepted."""
        self._store = self._store or store_of(self.crawler)
        return Mark(self._store.accepted if self._store else 0, self.buffers.accepted)

    async def room(self) -> None:
        """Wait while much is still to be pushed."""
        while self.buffers.unpushed >= FULL and not self._end.is_set():
            self._work.set()
            self._room.clear()
            await self._room.wait()

    # Life

    async def open(self) -> None:
        """Open the backend and begin; wait for some time where it is away. Raises FrontierError."""
        await self._patiently(self._begin, self.pace.greeting)
        self._task = asyncio.create_task(self._run())

    async def _begin(self) -> None:
        await self.backend.open()
        for risk in await self.backend.check():
            logger.warning("%s", risk)
        if self.backend.can_reap_at_once:
            self.stats.inc_value("frontier/reaped", await self.backend.reap())
        depth = await self.backend.depth()
        if found := depth.waiting + depth.leased:
            self.stats.set_value("frontier/found", found)
            logger.info("%d requests of this crawl are there already: it goes on with them", found)

    async def close(self, *, finished: bool) -> None:
        """Ack what is durable and give back the rest; for some time where the backend is away. Never raises."""
        self._end.set()
        for event in (self._work, self._room):
            event.set()
        if self._task is None:
            return
        await self._task
        try:
            await self._patiently(lambda: self._say_farewell(finished), self.pace.farewell)
            await self.backend.close()
        except TravelcrawlError as error:
            logger.error("%s; what this worker held goes to others when its leases run out", error)

    async def _say_farewell(self, finished: bool) -> None:
        await self._push_and_ack()
        await self._bury_all()
        back = [*self.buffers.held()]
        await self.backend.release(back)
        self.stats.inc_value("frontier/released", len(back))
        if self.backend.control == "cancelled":
            await self.backend.command("cancelled")
        if finished:
            await self.backend.finish()

    async def _patiently(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Try again for some seconds while the backend is away. Raises BackendDown."""
        began, said = self.clock(), False
        while True:
            try:
                return await work()
            except BackendDown as error:
                if self.clock() - began >= seconds:
                    raise
                if not said:
                    logger.warning("%s; trying again for %.0f s", error, seconds)
                said = True
                await asyncio.sleep(min(1.0, self.pace.beat))

    # The task

    async def _run(self) -> None:
        """Exchange with the backend until closed; where it fails for good, close the spider."""
        try:
            while not self._end.is_set():
                self._work.clear()
                await self._turn()
        except TravelcrawlError as error:
            logger.error("%s", error)
            self._stop("frontier_failed")
        except Exception:
            logger.exception("the frontier's task failed")
            self._stop("frontier_failed")

    async def _turn(self) -> None:
        try:
            await self._exchange()
            await self._beat()
        except BackendDown as error:
            if not self._wait:
                logger.warning("%s; going on with %d requests", error, len(self.buffers.ready))
                self.stats.inc_value("frontier/outages")
            self._out_of_step = True
            self._alive()
            self._wait = min(max(self._wait * 2, 0.25), self.pace.beat)
            await _wait_for(self._end, self._wait)
            return
        self._wait = 0.0
        await _wait_for(self._work, self.pace.tick)

    async def _exchange(self) -> None:
        if self._out_of_step:
            await self._resync()
        await self._push_and_ack()
        await self._bury_all()
        if is_closing(self.crawler):
            await self._give_back()
        elif len(self.buffers.ready) <= self.pace.prefetch // 2 and not self._end.is_set():
            await self._take()
        if self.buffers.is_empty:
            await self._look_whether_empty()

    async def _give_back(self) -> None:
        """Release at once what has not begun: others can go on with it while this worker finishes the rest."""
        if back := self.buffers.not_begun():
            await self.backend.release(back)
            self.buffers.forget_not_begun()
            self.stats.inc_value("frontier/released", len(back))

    async def _resync(self) -> None:
        """Agree with the backend on what this worker holds."""
        lost = await self.backend.resync([*self.buffers.held()])
        if lost:
            self.stats.inc_value("frontier/lost", len(lost - self._lost))
            self.buffers.lose(lost)
        self._lost = lost
        self._out_of_step = False
        self._may_reap = self.clock() + self.pace.lease

    async def _push_and_ack(self) -> None:
        accepted = self.mark()
        left = self.buffers.watermark.sweep(in_progress(self.crawler), accepted)
        try:
            await self._push()
        finally:
            # Also where a full Redis takes nothing new: acks are what makes room.
            await self._ack()
        if left and not accepted.reached_by(self._committed()):
            await self.backend.spare(left)

    async def _push(self) -> None:
        while batch := self.buffers.batch():
            new = await self.backend.push(batch)
            count = self.buffers.batch_pushed()
            self.stats.inc_value("frontier/pushed", new)
            self.stats.inc_value("frontier/seen", count - new)
            if self.buffers.unpushed < FULL:
                self._room.set()

    def _committed(self) -> Mark:
        return Mark(self._store.committed if self._store else 0, self.buffers.pushed)

    async def _ack(self) -> None:
        if durable := self.buffers.ack_up_to(self._committed()):
            await self.backend.ack(durable)
            self.stats.inc_value("frontier/acked", len(durable))
            durable.clear()

    async def _bury_all(self) -> None:
        letters = self.buffers.letters
        while letters:
            await self.backend.bury(letters[0])
            letters.popleft()

    async def _take(self) -> None:
        suspects = (0, 0) if self.buffers.has_suspects else SUSPECTS
        taken = await self.backend.take(self.pace.prefetch - len(self.buffers.ready), suspects)
        self._obey(self.backend.control)
        if taken:
            self.buffers.took(taken)
            self._alive()
            self.stats.inc_value("frontier/taken", len(taken))
            wake(self.crawler)

    async def _beat(self) -> None:
        now = self.clock()
        silent = now - self._beaten
        if silent < self.pace.beat:
            return
        self._beaten = now
        await self.backend.renew()
        if silent > self.pace.lease:
            # This process stood still for longer than a lease: others may have been given what it holds.
            await self._resync()
        # After an outage, of which one that has just begun knows nothing, others need time to say that they live.
        if now >= self._may_reap:
            self.stats.inc_value("frontier/reaped", await self.backend.reap())

    def _obey(self, control: str) -> None:
        """Close the spider where the crawl is being drained or was cancelled: what it holds is finished or given back."""
        if control in ("draining", "cancelled"):
            self._stop(control)

    def _stop(self, reason: str) -> None:
        if self._stopping is None and not self._end.is_set():
            logger.info("this worker stops: %s", reason)
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason))

    # Whether it is over

    def _alive(self) -> None:
        self._empty_since, self.is_over = None, False

    async def _look_whether_empty(self) -> None:
        """Find the crawl over when it is empty now and has been at each look for ``idle`` seconds."""
        depth = await self.backend.depth()
        if self.buffers.unpushed or self.buffers.ready or not depth.is_empty or self.backend.control:
            self._alive()
        elif self._empty_since is None:
            self._empty_since = self.clock()
        elif self.clock() - self._empty_since >= self.pace.idle:
            self.is_over = True
            wake(self.crawler)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
