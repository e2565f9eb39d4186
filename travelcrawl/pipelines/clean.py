"""Turn what sites write into one form: text, numbers, units, times, positions; authors into hashes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from travelcrawl.pipelines import numbers, positions, prices, times
from travelcrawl.pipelines.authors import author_key
from travelcrawl.pipelines.base import QUARANTINE, Step, evolve, fields_of, kind_of
from travelcrawl.pipelines.cleaners import Context
from travelcrawl.pipelines.fields import TABLE

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time, aware, UTC."""
    return datetime.now(UTC)


def clean(item: Any, now: datetime, author_key: bytes, note: Callable[[str], object] | None = None) -> Any:
    """Return the clean form of an item, the item itself where it is clean or of no known type. Never raises for a value.

    ``now`` (aware) stands in where the item does not say when it was seen. ``note`` is told what was refused or cut:
    ``position/swapped``, ``rating/out_of_range``, ``implausible/published_at``, ``cut/summary``, … Cleaning twice is the
    same as cleaning once, authors included: a hash has a type of its own (AuthorHash).
    """
    kind = kind_of(item)
    if kind is None or kind == QUARANTINE:
        return item
    fields = fields_of(item)
    context = Context(platform=str(fields.get("platform") or ""), now=now, author_key=author_key)
    changes = changes_of(kind, fields, context)
    if note is not None:
        for one in context.notes:
            note(one)
    return evolve(item, changes) if changes else item


def changes_of(kind: str, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the fields that differ in their clean form."""
    new = {"seen_at": _seen_at(fields.get("seen_at"), context)}
    for field, cleaner in TABLE[kind].items():
        value = fields.get(field)
        if value is not None:
            new[field] = cleaner(value, context, field)
    _TOGETHER[kind]({**fields, **new}, new, context)
    return {field: value for field, value in new.items() if _differs(value, fields.get(field))}


def _differs(new: Any, old: Any) -> bool:
    return new is not old and (type(new) is not type(old) or new != old)


def _seen_at(value: Any, context: Context) -> datetime:
    """Return when the item was seen, and let its relative times count from then."""
    seen_at = times.moment(value, context.now) if value is not None else None
    if seen_at is None or not times.is_plausible(seen_at, context.now):
        return context.now
    context.now = seen_at
    return seen_at


def _position(fields: Mapping[str, Any], new: dict[str, Any], context: Context) -> None:
    """Convert the source's position to WGS-84; where there is none, a position already in WGS-84 stays."""
    lon, lat = fields.get("source_lon"), fields.get("source_lat")
    outside = positions.is_outside(*(fields.get(name) for name in ("adcode", "province", "city")))
    found, refused = positions.position(lon, lat, fields.get("datum"), inside=False if outside else None)
    if refused:
        context.notes.append(f"position/{refused}")
    if found is not None or refused:
        new["lon"], new["lat"] = found or (None, None)


def _rating(fields: Mapping[str, Any], new: dict[str, Any], context: Context) -> None:
    """Bring the source's rating to 0-5; where there is none, a rating already on 0-5 stays."""
    if fields.get("source_rating") is None:
        return
    new["source_rating"], scale = numbers.source_rating(fields["source_rating"])
    if scale is not None and fields.get("rating_scale") is None:
        new["rating_scale"] = scale
    new["rating"], refused = numbers.rating(new["source_rating"], fields.get("rating_scale") or scale)
    if refused:
        context.notes.append(f"rating/{refused}")


def _listing(fields: Mapping[str, Any], new: dict[str, Any], context: Context) -> None:
    _position(fields, new, context)
    _rating(fields, new, context)


def _offer(fields: Mapping[str, Any], new: dict[str, Any], context: Context) -> None:
    """Read the amount, and what its text says of currency, unit and *from* where the page has not said it."""
    if fields.get("amount") is None:
        return
    read = prices.price(fields["amount"])
    if read.amount is None:
        context.notes.append("unread/amount")
    new["amount"] = read.amount
    for name in ("currency", "unit", "lowest"):
        if fields.get(name) is None and (said := getattr(read, name)) is not None:
            new[name] = said


def _note(fields: Mapping[str, Any], new: dict[str, Any], context: Context) -> None:
    """Read the cost of the journey, and its currency where the page has not said it."""
    if fields.get("cost") is None:
        return
    read = prices.price(fields["cost"])
    if read.amount is None:
        context.notes.append("unread/cost")
    new["cost"] = read.amount
    if fields.get("currency") is None and read.currency is not None:
        new["currency"] = read.currency


_TOGETHER: Mapping[str, Callable[[Mapping[str, Any], dict[str, Any], Context], None]] = {
    "listing": _listing,
    "review": _rating,
    "note": _note,
    "offer": _offer,
}


class CleanPipeline(Step):
    """Put the clean form of every item in its place (``clean``).

    Settings: SECRET_KEY, TRAVELCRAWL_SECRET_FILE. Stats: ``processed/cleaner/…`` and ``clean/<what>`` for each value
    refused or cut.
    """

    name = "cleaner"

    def __init__(self, stats: StatsCollector, author_key: bytes, clock: Clock = utc_now) -> None:
        super().__init__(stats)
        self.author_key = author_key
        self.clock = clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline; raises UsageError where the key of the author hashes cannot be had."""
        assert crawler.stats
        return cls(crawler.stats, author_key(crawler.settings))

    def process(self, _kind: str, item: Any) -> Any:
        """Clean an item."""
        return clean(item, self.clock(), self.author_key, self._note)

    def _note(self, what: str) -> None:
        self.stats.inc_value(f"clean/{what}")
