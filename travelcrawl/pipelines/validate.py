"""Tell items that can be kept from those that cannot, and score those that can. docs/data.md, *Quality*, has the formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias, TypeGuard

import attrs
from scrapy.statscollectors import StatsCollector

from travelcrawl.items import TYPES
from travelcrawl.pipelines.base import Step, evolve, fields_of, rejected
from travelcrawl.pipelines.clean import Clock, utc_now
from travelcrawl.pipelines.numbers import BEST_RATING
from travelcrawl.pipelines.times import is_plausible

Fields: TypeAlias = Mapping[str, Any]

LONGEST_REF = 500
"""Characters of an id: an index entry of PostgreSQL holds 2,704 bytes."""
HIGHEST_AMOUNT = 1_000_000.0
"""Of a price, where HIGHEST_AMOUNTS has no other: the dearest hotel suites are below 100,000 US$ a night."""
HIGHEST_AMOUNTS = {"JPY": 2e7, "KRW": 2e8, "VND": 4e9, "IDR": 4e9}
"""Of a price in currencies of small units."""

WEIGHTS: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "listing": (
        (("name",), 5),
        (("lon",), 3),
        (("category", "category_code", "category_class"), 2),
        (("address",), 2),
        (("city", "district", "adcode"), 1),
        (("url",), 1),
        (("rating", "level"), 1),
        (("review_count", "tags"), 1),
        (("phones", "opening_hours", "website"), 1),
        (("summary", "photos"), 1),
    ),
    "review": ((("text",), 5), (("rating", "likes"), 3), (("about_ref",), 2), (("published_at",), 2), (("author",), 1)),
    "note": (
        (("text",), 4),
        (("title",), 3),
        (("published_at",), 2),
        (("author",), 1),
        (("url",), 1),
        (("photos",), 1),
        (("views", "likes", "comments", "favourites", "shares"), 1),
        (("city", "mentions", "tags"), 1),
    ),
    "offer": ((("amount",), 5), (("currency",), 3), (("unit", "what"), 1), (("seen_at",), 1)),
}
"""What a type of item should have, and what it counts. Of several fields one is enough."""

PENALTY = 0.2
"""What each doubt takes from the score."""


@attrs.frozen
class Rule:
    """A reason for quarantine, and when it holds."""

    reason: str
    kinds: frozenset[str]
    holds: Callable[[Fields, datetime], bool]
    """Fields and the crawl's time → whether the item fails."""


def failures(kind: str, fields: Fields, now: datetime) -> tuple[str, ...]:
    """Return the reasons for which an item cannot be kept; none: it can."""
    return tuple(rule.reason for rule in RULES if kind in rule.kinds and rule.holds(fields, now))


def quality_of(kind: str, fields: Fields) -> float:
    """Return the score, 0-1: the share of WEIGHTS that is seen, less PENALTY for each doubt.

    What the platform hides (``hidden``) is in neither part of the share. Serves merged rows of a store as well.
    """
    hidden = fields.get("hidden") or ()
    seen = whole = 0
    for names, weight in WEIGHTS[kind]:
        if any(fields.get(name) is not None for name in names):
            seen += weight
        elif any(name in hidden for name in names):
            continue
        whole += weight
    share = seen / whole if whole else 0.0
    return round(max(0.0, share - PENALTY * doubts(fields)), 3)


def doubts(fields: Fields) -> int:
    """Count what a source gave and clean refused: a position, a rating, a currency."""
    return (
        (fields.get("source_lon") is not None and fields.get("lon") is None and fields.get("datum") is not None)
        + (bool(fields.get("source_rating")) and fields.get("rating") is None)
        + (bool(fields.get("amount")) and fields.get("currency") is None)
    )


class ValidatePipeline(Step):
    """Give every item its quality score; what fails goes on as a Rejected, which the store keeps in quarantine.

    Stats: ``processed/validator/…``, ``quarantine/<reason>``.
    """

    name = "validator"

    def __init__(self, stats: StatsCollector, clock: Clock = utc_now) -> None:
        super().__init__(stats)
        self.clock = clock

    def process(self, kind: str, item: Any) -> Any:
        """Score an item or reject it."""
        fields = fields_of(item)
        reasons = failures(kind, fields, self.clock())
        for reason in reasons:
            self.stats.inc_value(f"quarantine/{reason}")
        return rejected(kind, item, *reasons) if reasons else evolve(item, {"quality": quality_of(kind, fields)})


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _outside(value: Any, lowest: float, highest: float) -> bool:
    """Say whether a value is given and lies not within bounds (so does NaN)."""
    return value is not None and not (_is_number(value) and lowest <= value <= highest)


def _has_no_name(fields: Fields, _now: datetime) -> bool:
    # A page that says "removed" has no name any more, and that it is gone is worth keeping.
    return (
        not _is_text(fields.get("name"))
        and fields.get("status") != "gone"
        and "name" not in (fields.get("hidden") or ())
    )


def _has_half_position(fields: Fields, _now: datetime) -> bool:
    return (fields.get("lon") is None) != (fields.get("lat") is None)


def _is_off_the_earth(fields: Fields, _now: datetime) -> bool:
    return _outside(fields.get("lon"), -180, 180) or _outside(fields.get("lat"), -90, 90)


def _is_empty(fields: Fields, _now: datetime) -> bool:
    hidden = fields.get("hidden") or ()
    said = ("text", "title", "photos", "rating", "source_rating")
    return not any(fields.get(name) or name in hidden for name in said)


def _has_no_amount(fields: Fields, _now: datetime) -> bool:
    return fields.get("amount") is None and "amount" not in (fields.get("hidden") or ())


def _is_too_dear(fields: Fields, _now: datetime) -> bool:
    amount = fields.get("amount")
    return _is_number(amount) and not amount <= HIGHEST_AMOUNTS.get(str(fields.get("currency")), HIGHEST_AMOUNT)


def _is_stay_reversed(fields: Fields, _now: datetime) -> bool:
    first, last = fields.get("stay_from"), fields.get("stay_to")
    return isinstance(first, date) and isinstance(last, date) and type(first) is type(last) and last <= first


def _implausible(name: str) -> Callable[[Fields, datetime], bool]:
    def holds(fields: Fields, now: datetime) -> bool:
        at = fields.get(name)
        return isinstance(at, datetime) and at.tzinfo is not None and not is_plausible(at, now)

    return holds


_EVERY = frozenset(TYPES)
RULES: tuple[Rule, ...] = (
    Rule("no_platform", _EVERY, lambda fields, _: not _is_text(fields.get("platform"))),
    Rule("no_ref", _EVERY, lambda fields, _: not _is_text(fields.get("ref"))),
    Rule("ref_too_long", _EVERY, lambda fields, _: len(str(fields.get("ref") or "")[: LONGEST_REF + 1]) > LONGEST_REF),
    Rule("no_name", frozenset({"listing"}), _has_no_name),
    Rule("half_position", frozenset({"listing"}), _has_half_position),
    Rule("position_out_of_range", frozenset({"listing"}), _is_off_the_earth),
    Rule(
        "rating_out_of_range",
        frozenset({"listing", "review"}),
        lambda fields, _: _outside(fields.get("rating"), 0, BEST_RATING),
    ),
    Rule("empty", frozenset({"review", "note"}), _is_empty),
    Rule("no_amount", frozenset({"offer"}), _has_no_amount),
    Rule(
        "amount_out_of_range",
        frozenset({"offer"}),
        lambda fields, _: _outside(fields.get("amount"), 0, float("inf")) or _is_too_dear(fields, _),
    ),
    Rule("no_what", frozenset({"offer"}), lambda fields, _: not _is_text(fields.get("what"))),
    Rule("stay_reversed", frozenset({"offer"}), _is_stay_reversed),
    Rule("published_implausible", frozenset({"review", "note"}), _implausible("published_at")),
    Rule("seen_implausible", _EVERY, _implausible("seen_at")),
)
"""Every reason for quarantine, in the order in which they are told."""
