"""Add to each note the places its text and hashtags name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import attrs
from scrapy.crawler import Crawler

from travelcrawl.errors import StoreError
from travelcrawl.items import Note
from travelcrawl.pipelines.gazetteer import Gazetteer, Named
from travelcrawl.stores.factory import reader_for

logger = logging.getLogger(__name__)


class MentionsPipeline:
    """Find the listings already stored in the text of notes.

    The gazetteer is read from the store when the first note comes, ``TRAVELCRAWL_GAZETTEER`` names at the most; 0 switches
    it off. What a note links itself is kept as it is. Stats: ``mentions/<evidence>``.
    """

    def __init__(self, crawler: Crawler, read: Callable[[], Iterator[Named]]) -> None:
        self.stats = crawler.stats
        self.read = read
        self._gazetteer: asyncio.Task[Gazetteer] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MentionsPipeline:
        """Build over the store of the settings."""
        limit = crawler.settings.getint("TRAVELCRAWL_GAZETTEER")
        return cls(crawler, lambda: islice(_stored(crawler.settings), limit))

    async def process_item(self, item: Any) -> Any:
        """Return the note with its mentions; other items pass."""
        if not isinstance(item, Note):
            return item
        if self._gazetteer is None:
            self._gazetteer = asyncio.create_task(asyncio.to_thread(lambda: Gazetteer(self.read())))
        text = f"{item.title or ''}\n{item.text or ''}"
        linked = item.mentions or []
        found = (await self._gazetteer).mentions(text, item.tags or (), item.city, item.platform)
        known = {mention.name for mention in linked} | {mention.ref for mention in linked}
        new = [
            mention for mention in found if mention.name not in known and (not mention.ref or mention.ref not in known)
        ]
        for mention in (*linked, *new):
            self.stats.inc_value(f"mentions/{mention.evidence}")
        return attrs.evolve(item, mentions=[*linked, *new]) if new else item


def _stored(settings: Any) -> Iterator[Named]:
    """Yield the listings of the store; nothing where there is none yet."""
    try:
        for row in reader_for(settings["TRAVELCRAWL_DATABASE_URL"] or settings["TRAVELCRAWL_STORE"]).read("listings"):
            if row.get("name"):
                yield Named(row["platform"], row["ref"], row["name"], row.get("city"))
    except StoreError as error:
        logger.info("no gazetteer: %s", error)
