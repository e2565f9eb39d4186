"""Put what is stored into places, while the crawl goes on and to the end when it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.statscollectors import StatsCollector

from travelcrawl.errors import StoreError, UsageError
from travelcrawl.stores.durable import store_of
from travelcrawl.stores.factory import places_at, where_from_settings

if TYPE_CHECKING:
    from travelcrawl.stores.matchmaker import Matchmaker

T = TypeVar("T")
logger = logging.getLogger(__name__)

IDLE, TROUBLED = 2.0, 15.0
"""Seconds until it looks again whether something waits, and after the store could not be used."""
PATIENCE = 30.0
"""Seconds that an area waits for more while crawls go on."""
GIVE_UP = 600.0
"""Seconds that matching may go on after the end of a crawl; what waits then is matched by the next."""


class Matching:
    """The matching of one store by all crawls of this process: one thread, one step after the other.

    While crawls go on a step of t seconds of the processor is followed by a rest so long that ``share`` of the time is spent.
    """

    def __init__(self, where: str, share: float) -> None:
        self.where = where
        self.share = share
        self.crawls: list[StatsCollector] = []
        self.seconds = 0.0
        """Of the processor, spent so far."""
        self.moved = 0
        """Listings that came to a place, or to another one."""
        self._maker: Matchmaker | None = None
        self._said = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="match")
        self._task = asyncio.create_task(self._along(), name="match") if share else None

    async def finish(self, *, whole: bool) -> None:
        """Stop working along, match all that waits where there is time for it (``whole``), and let go of the store."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        end = time.monotonic() + GIVE_UP
        try:
            while whole and await self._step():
                if time.monotonic() > end:
                    logger.warning("matching takes longer than %d s; what waits still is matched later", GIVE_UP)
                    break
            await self._in_thread(self._say_shifts)
        except StoreError:
            pass
        except Exception:
            self._fail()
        finally:
            await self._in_thread(self._close)
            self._thread.shutdown(wait=False)

    async def _along(self) -> None:
        """Match beside the crawl, a share of the time."""
        while True:
            before = self.seconds
            try:
                worked = await self._step(PATIENCE)
            except StoreError:
                await asyncio.sleep(TROUBLED)
                continue
            except Exception:
                self._fail()
                return
            rest = (self.seconds - before) * (1 - self.share) / self.share
            await asyncio.sleep(rest if worked else max(rest, IDLE))

    async def _step(self, patience: float = 0.0) -> bool:
        """Do one step and book it. Raises StoreError, which is logged."""
        step = asyncio.ensure_future(self._in_thread(lambda: self._work(patience)))
        try:
            worked = await asyncio.shield(step)
        except asyncio.CancelledError:
            # The thread cannot be stopped: what it does is whole before anything else begins.
            with contextlib.suppress(StoreError):
                await step
            raise
        self._tell()
        return worked

    def _work(self, patience: float) -> bool:
        begun = time.thread_time()
        try:
            if self._maker is None:
                from travelcrawl.stores.matchmaker import Matchmaker  # noqa: PLC0415 (0.3 s of imports, in this thread)

                self._maker = Matchmaker(places_at(self.where))
            return self._maker.step(patience)
        except StoreError as error:
            if str(error) != self._said:
                self._said = str(error)
                logger.error("%s; what waits to be matched is matched later", error)
            self._close()
            raise
        except BaseException:
            self._close()
            raise
        finally:
            self.seconds += time.thread_time() - begun

    def _tell(self) -> None:
        """Put how it stands into the stats: what was done into one crawl's, so that nothing counts twice; offsets into all."""
        maker = self._maker
        if maker is None or not self.crawls:
            return
        from travelcrawl.matching.shift import offsets  # noqa: PLC0415 (as above)

        counts = {f"match/decision/{decision}": count for decision, count in maker.decisions.items()}
        if maker.matched:
            counts |= {"match/moved": maker.matched, "processed/matcher/success": maker.matched}
        for name, count in counts.items():
            self.crawls[0].inc_value(name, count)
        self.moved += maker.matched
        maker.matched = 0
        maker.decisions.clear()
        found = offsets(itertools.chain.from_iterable(maker.watch.values()))
        for stats in self.crawls:
            stats.set_value("match/seconds", round(self.seconds, 3))
            for platform, other in {(offset.platform, offset.other) for offset in found}:
                worst = max(one.metres for one in found if (one.platform, one.other) == (platform, other))
                stats.set_value(f"datum/offset/{platform}/{other}", round(worst, 1))

    def _fail(self) -> None:
        logger.exception("matching stopped on a fault of its own; what waits is matched later")
        for stats in self.crawls[:1]:
            stats.inc_value("processed/matcher/failed")

    def _say_shifts(self) -> None:
        from travelcrawl.matching.shift import offsets, suspects  # noqa: PLC0415 (as above)

        if self._maker is None:
            return
        for suspect in suspects(offsets(itertools.chain.from_iterable(self._maker.watch.values()))):
            logger.warning("wrong datum? %s", suspect)
        if self.moved:
            logger.info("%d listings came to a place, or to another one", self.moved)

    def _close(self) -> None:
        if self._maker is not None:
            maker, self._maker = self._maker, None
            with contextlib.suppress(StoreError):
                maker.store.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


_matchings: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Matching]] = WeakKeyDictionary()


class MatchPipeline:
    """Match what the store has committed. Items do not pass through here: it reads what the store says.

    All crawls of a process that write one store share the work; the last to end finishes it, after the store has let go.

    Settings: TRAVELCRAWL_MATCH_SHARE. Stats: ``match/moved`` (listings that came to a place, or to another),
    ``match/decision/same`` and ``/review`` (pairs that were scored so), ``processed/matcher/success`` and ``/failed``,
    ``match/seconds`` of the processor, ``datum/offset/<platform>/<other>`` (metres, median, of the city where it is worst).
    """

    def __init__(self, crawler: Crawler, where: str, share: float) -> None:
        assert crawler.stats
        self.crawler = crawler
        self.stats = crawler.stats
        self.where = where
        self.share = share

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline as Scrapy does. Raises NotConfigured where it is off."""
        said = str(crawler.settings.get("TRAVELCRAWL_MATCH_SHARE")).strip().lower()
        if said == "off":
            raise NotConfigured("TRAVELCRAWL_MATCH_SHARE is off")
        pipeline = cls(crawler, where_from_settings(crawler.settings), share_of(said))
        crawler.signals.connect(pipeline.spider_closed, signals.spider_closed)
        return pipeline

    def open_spider(self) -> None:
        """Begin to match, or join those who do."""
        running = _matchings.setdefault(asyncio.get_running_loop(), {})
        if self.where not in running:
            running[self.where] = Matching(self.where, self.share)
        running[self.where].crawls.append(self.stats)

    async def spider_closed(self, reason: str) -> None:
        """Finish what waits, where no other crawl of this process is left to do so and it is not shut down."""
        store = store_of(self.crawler)
        if store is not None:
            await store.closed.wait()
        running = _matchings.get(asyncio.get_running_loop(), {})
        matching = running.get(self.where)
        if matching is None or self.stats not in matching.crawls:
            return
        if len(matching.crawls) == 1:
            del running[self.where]
            await matching.finish(whole=reason != "shutdown")
        matching.crawls.remove(self.stats)


def share_of(said: str) -> float:
    """Return the share of the time that matching may take, 0-0.9. Raises UsageError."""
    try:
        share = float(said)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 0.9:
        raise UsageError(f"TRAVELCRAWL_MATCH_SHARE must be a number from 0 to 0.9, or off (it is {said[:20]!r})")
    return share
