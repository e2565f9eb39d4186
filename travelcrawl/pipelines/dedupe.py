"""Let the same thing with the same content pass once a run."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, ClassVar, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector

from travelcrawl.items import TYPES
from travelcrawl.pipelines.base import QUARANTINE, Step, fields_of

DEFAULT_SIZE = 200_000
"""Contents remembered: at most 20 MB."""
UNTOLD = frozenset({"seen_at", "quality"})
"""Fields that say nothing new by themselves."""


class Recent:
    """The latest contents, by 60-bit hashes: between half of ``size`` and all of it.

    Two generations instead of one ordered dict: when the young is full, the old is forgotten. About 75 bytes a content,
    where an OrderedDict takes 200. Two contents have one hash with a probability of size / 2^60.
    """

    def __init__(self, size: int = DEFAULT_SIZE) -> None:
        self.half = max(1, size // 2)
        self._young: set[int] = set()
        self._old: set[int] = set()

    def __len__(self) -> int:
        return len(self._young | self._old)

    def add(self, content: int) -> bool:
        """Remember a content; True where it was not known."""
        if content in self._young:
            return False
        known = content in self._old
        if len(self._young) >= self.half:
            self._young, self._old = set(), self._young
        self._young.add(content)
        return not known


def content_hash(kind: str, fields: Mapping[str, Any]) -> int:
    """Return a 60-bit hash of what an item says, when it was seen and its score left out."""
    said = [(name, value) for name, value in fields.items() if value is not None and name not in UNTOLD]
    digest = blake2b(repr((kind, sorted(said, key=_name))).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 4


def _name(field: tuple[str, Any]) -> str:
    return field[0]


class DedupePipeline(Step):
    """Drop what has passed in this run already: the same type, platform, ref and content.

    Other content of the same thing passes: a listing comes in parts, which the store merges.

    Settings: TRAVELCRAWL_DEDUPE_SIZE (contents remembered, 200,000). Stats: ``processed/deduplicator/…``,
    ``dedupe/<type>``.
    """

    name = "deduplicator"
    kinds: ClassVar[frozenset[str]] = frozenset(TYPES) | {QUARANTINE}

    def __init__(self, stats: StatsCollector, size: int = DEFAULT_SIZE) -> None:
        super().__init__(stats)
        self.recent = Recent(size)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline as Scrapy does."""
        assert crawler.stats
        return cls(crawler.stats, crawler.settings.getint("TRAVELCRAWL_DEDUPE_SIZE", DEFAULT_SIZE))

    def process(self, kind: str, item: Any) -> Any:
        """Pass what is new, drop what is not."""
        if self.recent.add(content_hash(kind, fields_of(item))):
            return item
        self.stats.inc_value(f"dedupe/{kind}")
        raise DropItem(f"the same {kind} has passed before", log_level="DEBUG")
