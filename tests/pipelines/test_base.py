import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
import scrapy
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from travelcrawl.items import Listing, Mention, Note, Offer, Review
from travelcrawl.pipelines.authors import AuthorHash
from travelcrawl.pipelines.base import QUARANTINE, Rejected, Step, evolve, fields_of, kind_of, plain, rejected

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def foreign() -> tuple[Any, ...]:
    """Listings as other projects write them."""

    @dataclass
    class Listing:
        platform: str
        ref: str
        name: str
        lon: float | None = None

    @dataclass(frozen=True)
    class FrozenPlace:
        platform: str
        ref: str
        name: str
        lon: float | None = None
        type: str = "listing"

    @attrs.frozen
    class Place:
        platform: str
        ref: str
        name: str
        lon: float | None = None
        type: str = "listing"

    class ScrapyPlace(scrapy.Item):
        type = scrapy.Field()
        platform = scrapy.Field()
        ref = scrapy.Field()
        name = scrapy.Field()
        lon = scrapy.Field()

    values = {"platform": "demo", "ref": "1", "name": "云岫"}
    typed = {"type": "listing", **values}
    return Listing(**values), FrozenPlace(**values), Place(**values), ScrapyPlace(**typed), dict(typed)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (Listing(platform="demo", ref="1"), "listing"),
        (Review(platform="demo", ref="1"), "review"),
        (Note(platform="demo", ref="1"), "note"),
        (Offer(platform="demo", ref="1", what="ticket"), "offer"),
        (Rejected(kind="offer", platform=None, ref=None, reasons=(), item={}, seen_at=None), QUARANTINE),
        ({"type": "review"}, "review"),
        ({"type": "quarantine"}, None),
        ({"type": ["listing"]}, None),
        ({"name": "云岫"}, None),
        ("text", None),
        (None, None),
        *((item, "listing") for item in foreign()),
    ],
)
def test_kind(item: Any, kind: str | None) -> None:
    assert kind_of(item) == kind


def test_a_class_of_our_name_without_our_key_is_unknown() -> None:
    @dataclass
    class Review:
        stars: int

    assert kind_of(Review(5)) is None


@pytest.mark.parametrize("item", foreign())
def test_foreign_items_are_read_and_changed_in_a_copy(item: Any) -> None:
    assert fields_of(item)["name"] == "云岫"
    assert "type" not in fields_of(item)
    changed = evolve(item, {"name": "听澜", "lon": 1.5})
    assert type(changed) is type(item)
    assert (fields_of(changed)["name"], fields_of(changed)["lon"]) == ("听澜", 1.5)
    assert fields_of(item)["name"] == "云岫"
    assert evolve(item, {}) is item


def test_only_dicts_take_fields_they_did_not_have() -> None:
    *others, as_dict = foreign()
    assert evolve(as_dict, {"h3": "x"})["h3"] == "x"
    assert all(evolve(item, {"h3": "x"}) is item for item in others)


@dataclass
class Odd:
    many: list[Any] = field(default_factory=lambda: [{1}, (2,), object()])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, 2.5, True, None, "x"], [1, 2.5, True, None, "x"]),
        (NOW, "2026-11-22T00:00:00+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (Mention(name="a", evidence="tag", score=1.0), attrs.asdict(Mention(name="a", evidence="tag", score=1.0))),
        (Odd(), {"many": [[1], [2], "(object)"]}),
        ({1: b"x"}, {"1": "(bytes)"}),
    ],
)
def test_plain(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_plain_knows_where_to_stop() -> None:
    value: Any = "x"
    for _ in range(5000):
        value = [value]
    assert str(plain(value)).count("[") == 20


def test_rejected_keeps_all_but_an_author_in_clear() -> None:
    review = Review(platform="demo", ref="1", author="旅行者", text="好", seen_at=NOW)
    found = rejected("review", review, "no_x", "no_y")
    assert found == Rejected(
        kind="review",
        platform="demo",
        ref="1",
        reasons=("no_x", "no_y"),
        item={"platform": "demo", "ref": "1", "about": "listing", "text": "好", "seen_at": NOW.isoformat()},
        seen_at=NOW,
    )
    hashed = rejected("review", attrs.evolve(review, author=AuthorHash("ab"), ref=None))
    assert (hashed.item["author"], hashed.ref) == ("ab", None)


class Doubler(Step):
    name = "doubler"

    def process(self, _kind: str, item: Any) -> Any:
        if item.ref == "drop":
            raise DropItem("no")
        if item.ref == "fail":
            raise ValueError(f"cannot read {item.author}")
        return evolve(item, {"ref": item.ref * 2})


def step(cls: type[Step]) -> Step:
    return cls.from_crawler(get_crawler())


def test_step_counts_and_passes_unknown_items() -> None:
    doubler = step(Doubler)
    assert doubler.process_item(Listing(platform="demo", ref="1")).ref == "11"
    assert doubler.process_item({"a": 1}) == {"a": 1}
    with pytest.raises(DropItem):
        doubler.process_item(Listing(platform="demo", ref="drop"))
    assert doubler.stats.get_stats() == {"processed/doubler/success": 1, "processed/doubler/dropped": 1}


def test_an_item_that_breaks_a_step_goes_to_quarantine_and_not_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    doubler = step(Doubler)
    with caplog.at_level(logging.ERROR):
        found = doubler.process_item(Review(platform="demo", ref="fail", author="旅行者"))
    assert isinstance(found, Rejected)
    assert found.reasons == ("doubler_failed",)
    assert doubler.stats.get_stats() == {"processed/doubler/failed": 1, "quarantine/doubler_failed": 1}
    assert "ValueError in process" in caplog.text
    assert "旅行者" not in caplog.text
    assert doubler.process_item(found) is found
