"""What all pipelines share: which items are theirs, how an item is read and changed, what is counted.

An item is taken as one of ours by its class (travelcrawl.items), by a field ``type`` that names a key of
``items.TYPES``, or by a class of that name with fields ``platform`` and ``ref``. Every other item passes untouched, so
each pipeline can stand in another project.
"""

from __future__ import annotations

import copy
import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from time import perf_counter
from typing import Any, ClassVar, Self

import attrs
from itemadapter import ItemAdapter
from scrapy import Item
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector

from travelcrawl.extensions.buckets import Buckets
from travelcrawl.extensions.figures import ITEM_SECONDS
from travelcrawl.items import TYPES
from travelcrawl.pipelines.authors import AuthorHash

logger = logging.getLogger(__name__)

QUARANTINE = "quarantine"
"""The kind of a Rejected."""
DEEPEST = 20
"""Levels of nesting that a quarantined item keeps; what lies deeper is left out."""


@attrs.frozen(kw_only=True)
class Rejected:
    """An item that goes to quarantine instead of its layer. It flows on through the later pipelines to the store."""

    kind: str
    """``listing``, ``review``, ``note`` or ``offer``."""
    platform: str | None
    ref: str | None
    reasons: tuple[str, ...]
    """Why, one word each (``no_name``)."""
    item: dict[str, Any]
    """The item in plain JSON types; its author only as a hash."""
    seen_at: datetime | None


_KINDS: dict[type, str] = {**{cls: kind for kind, cls in TYPES.items()}, Rejected: QUARANTINE}
_NAMES: dict[type, tuple[str, ...]] = {cls: tuple(field.name for field in attrs.fields(cls)) for cls in TYPES.values()}
_GET = {cls: attrgetter(*names) for cls, names in _NAMES.items()}


def kind_of(item: Any) -> str | None:
    """Return the key of items.TYPES that an item is of (``quarantine`` for a Rejected), None for an unknown one."""
    kind = _KINDS.get(type(item))
    if kind is not None or not ItemAdapter.is_item(item):
        return kind
    fields = ItemAdapter(item)
    said = fields.get("type")
    if isinstance(said, str) and said in TYPES:
        return said
    named = type(item).__name__.lower()
    return named if named in TYPES and {"platform", "ref"} <= set(fields.field_names()) else None


def fields_of(item: Any) -> dict[str, Any]:
    """Return the fields of an item by name, as they are; a foreign item's ``type`` is left out."""
    names = _NAMES.get(type(item))
    if names is not None:
        return dict(zip(names, _GET[type(item)](item), strict=True))
    return {name: value for name, value in ItemAdapter(item).items() if name != "type"}


def evolve(item: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of an item with other values; the item itself where nothing changes.

    A dict takes every field, other items only those they declare.
    """
    cls = type(item)
    if cls not in _NAMES and not isinstance(item, dict):
        declared = set(ItemAdapter(item).field_names())
        changes = {name: value for name, value in changes.items() if name in declared}
    if not changes:
        return item
    if attrs.has(cls):
        return attrs.evolve(item, **changes)
    if is_dataclass(cls):
        return replace(item, **changes)
    # A shallow copy of a scrapy.Item would share its values.
    fresh = item.copy() if isinstance(item, dict | Item) else copy.copy(item)
    adapter = ItemAdapter(fresh)
    for name, value in changes.items():
        adapter[name] = value
    return fresh


def rejected(kind: str, item: Any, *reasons: str) -> Rejected:
    """Return what goes to quarantine in place of an item. An author that is not hashed yet is left out."""
    fields = fields_of(item)
    if not isinstance(fields.get("author"), AuthorHash):
        fields.pop("author", None)
    seen_at = fields.get("seen_at")
    return Rejected(
        kind=kind,
        platform=_word(fields.get("platform")),
        ref=_word(fields.get("ref")),
        reasons=reasons,
        item={name: plain(value) for name, value in fields.items() if value is not None},
        seen_at=seen_at if isinstance(seen_at, datetime) else None,
    )


def plain(value: Any, depth: int = DEEPEST) -> Any:
    """Return a value in plain JSON types: times and days as ISO text, what is none as its type's name."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if depth > 0 and ItemAdapter.is_item(value):
        return {str(name): plain(part, depth - 1) for name, part in ItemAdapter(value).items()}
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return [plain(part, depth - 1) for part in value]
    return f"({type(value).__name__})"


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class Step(ABC):
    """Base of the pipelines that turn one item into one item.

    An item on which ``process`` fails is not lost: it goes on as a Rejected, and the log names the place in the code,
    not the content.

    Stats: ``processed/<name>/success``, ``/failed`` (rejected) and ``/dropped``; how long it took is in ``seconds``.
    """

    name: ClassVar[str]
    """The processor type of the metrics: cleaner, validator, enhancer, deduplicator."""
    kinds: ClassVar[frozenset[str]] = frozenset(TYPES)
    """What it works on; all else passes untouched."""

    def __init__(self, stats: StatsCollector) -> None:
        self.stats = stats
        self.seconds = Buckets(ITEM_SECONDS)
        self._success, self._failed, self._dropped = (
            f"processed/{self.name}/{status}" for status in ("success", "failed", "dropped")
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline as Scrapy does."""
        assert crawler.stats
        return cls(crawler.stats)

    @abstractmethod
    def process(self, kind: str, item: Any) -> Any:
        """Return what an item becomes. Raises DropItem."""

    def process_item(self, item: Any) -> Any:
        """Process an item and count how it went."""
        kind = kind_of(item)
        if kind is None or kind not in self.kinds:
            return item
        begun = perf_counter()
        try:
            result = self.process(kind, item)
        except DropItem:
            self.stats.inc_value(self._dropped)
            raise
        except Exception as error:
            logger.error("the %s failed on a %s (%s); it goes to quarantine", self.name, kind, where(error))
            result = rejected(kind, item, f"{self.name}_failed")
            self.stats.inc_value(f"quarantine/{self.name}_failed")
        finally:
            self.seconds.add(perf_counter() - begun)
        failed = isinstance(result, Rejected) and kind != QUARANTINE
        self.stats.inc_value(self._failed if failed else self._success)
        return result


def where(error: Exception) -> str:
    """Return kind and place of an error, without its text: that may hold what the item says."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
