"""Hand what has come this far to the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import attrs
from scrapy import signals
from scrapy.crawler import Crawler

from travelcrawl.errors import StoreError
from travelcrawl.items import TYPES, Area
from travelcrawl.pipelines.authors import AuthorHash
from travelcrawl.pipelines.base import Rejected, fields_of, kind_of
from travelcrawl.stores.base import Record, Run, Store, record_of
from travelcrawl.stores.durable import register
from travelcrawl.stores.factory import store_from_settings, where

logger = logging.getLogger(__name__)

MOST_STATS = 200
"""Stats that are kept with a run."""
KEPT_STATS = (
    "clean/",
    "dedupe/",
    "downloader/response_count",
    "downloader/request_count",
    "given_up/",
    "item_",
    "log_count/",
    "missing/",
    "pages/",
    "processed/",
    "quarantine/",
    "tiles/",
    "verdict",
)
"""Which: paths that begin so."""

_OURS = frozenset(TYPES.values())


class StorePipeline:
    """Put every item and every Rejected into the store; it never waits for a commit, only for room.

    The store is opened with the spider and flushed with the other pipelines, before the scheduler closes and acks what
    is durable; how the run ended is noted when the spider is closed. Items of unknown types are passed on and stored
    nowhere. An author that is not hashed is not stored.

    Settings: those of ``store_from_settings``. Stats: ``processed/store/success``, ``/failed``; ``store/unknown``,
    ``store/author_withheld``, ``store/<layer>/<outcome>``, ``store/uncommitted`` (records lost to a store that failed:
    their leases are not acked).
    """

    def __init__(self, crawler: Crawler, make_store: Callable[[], Store]) -> None:
        assert crawler.stats
        self.crawler = crawler
        self.stats = crawler.stats
        self.make_store = make_store
        self.store: Store | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline as Scrapy does."""
        pipeline = cls(crawler, lambda: store_from_settings(crawler.settings))
        crawler.signals.connect(pipeline.spider_closed, signals.spider_closed)
        return pipeline

    async def open_spider(self) -> None:
        """Open the store. Raises StoreError."""
        spider = self.crawler.spider
        assert spider
        run = Run(
            id=uuid4().hex,
            platform=spider.name,
            arguments=dict(getattr(spider, "arguments", {})),
            started_at=datetime.now(UTC),
        )
        store = self.make_store()
        await store.open(run)
        settings = self.crawler.settings
        logger.info("database connected: %s", where(settings))
        self.store = store
        register(self.crawler, store)

    async def process_item(self, item: Any) -> Any:
        """Put an item into the store and pass it on."""
        record = self._record(item)
        if record is None:
            self.stats.inc_value("store/unknown")
            return item
        assert self.store
        try:
            await self.store.put(record)
        except StoreError as error:
            self.stats.inc_value("processed/store/failed")
            self._stop(error)
        else:
            self.stats.inc_value("processed/store/success")
        return item

    async def close_spider(self) -> None:
        """Wait until all is durable, or the store cannot make it so."""
        if self.store is None:
            return
        try:
            async with asyncio.timeout(self.store.policy.give_up):
                await self.store.flush()
        except (StoreError, TimeoutError):
            # Closing says why; what is not committed by then is not acked.
            logger.warning("%d records are not committed yet", self.store.accepted - self.store.committed)

    async def spider_closed(self, reason: str) -> None:
        """Close the store and note how the run ended."""
        store, self.store = self.store, None
        if store is None:
            return
        try:
            await store.close({"reason": reason, "stats": outcome_of(self.stats.get_stats())})
        except StoreError as error:
            lost = store.accepted - store.committed
            logger.error("%s; %d records were not stored", error, lost)
            self.stats.set_value("store/uncommitted", lost)
        for outcome, count in store.counts.items():
            self.stats.set_value(f"store/{outcome}", count)

    def _record(self, item: Any) -> Record | None:
        """Return the record of an item, None for one of an unknown type."""
        if isinstance(item, Rejected):
            return _quarantined(item)
        if isinstance(item, Area):
            return {"type": "tile", **attrs.asdict(item)}
        kind = kind_of(item)
        if kind is None:
            return None
        record = record_of(item) if type(item) in _OURS else {"type": kind, **fields_of(item)}
        if record.get("author") is not None and not isinstance(record["author"], AuthorHash):
            self.stats.inc_value("store/author_withheld")
            record["author"] = None
        return record

    def _stop(self, error: StoreError) -> None:
        """End the crawl, once, where the store takes nothing more: going on would only fetch to throw away."""
        if self.stats.get_value("store/stopped"):
            return
        self.stats.set_value("store/stopped", str(error))
        logger.error("%s; the crawl ends here", error)
        engine = self.crawler.engine
        assert engine
        self._closing = asyncio.ensure_future(engine.close_spider_async(reason="store_stopped"))


def outcome_of(stats: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stats that are kept with a run: KEPT_STATS, plain values, MOST_STATS at most."""
    kept = {
        name: value
        for name, value in sorted(stats.items())
        if name.startswith(KEPT_STATS) and isinstance(value, int | float | str)
    }
    return dict(list(kept.items())[:MOST_STATS])


def _quarantined(item: Rejected) -> Record:
    return {
        "type": "quarantine",
        "item_type": item.kind,
        "platform": item.platform,
        "ref": item.ref,
        "reasons": list(item.reasons),
        "item": item.item,
        "seen_at": item.seen_at,
    }
