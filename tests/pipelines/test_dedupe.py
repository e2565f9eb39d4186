import tracemalloc
from datetime import UTC, datetime
from random import Random
from typing import Any

import attrs
import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from travelcrawl.items import Listing, Mention, Note, Review
from travelcrawl.pipelines.base import rejected
from travelcrawl.pipelines.dedupe import DedupePipeline, Recent


def pipeline(size: int = 1000) -> DedupePipeline:
    return DedupePipeline.from_crawler(get_crawler(settings_dict={"TRAVELCRAWL_DEDUPE_SIZE": size}))


def drops(deduper: DedupePipeline, item: Any) -> bool:
    try:
        assert deduper.process_item(item) is item
    except DropItem:
        return True
    return False


FIRST = Listing(platform="demo", ref="1", name="云岫", tags=["a"])


@pytest.mark.parametrize(
    ("second", "dropped"),
    [
        (attrs.evolve(FIRST), True),
        (attrs.evolve(FIRST, seen_at=datetime(2026, 11, 22, tzinfo=UTC), quality=0.5), True),
        ({"type": "listing", "tags": ["a"], "name": "云岫", "ref": "1", "platform": "demo"}, True),
        (attrs.evolve(FIRST, name="听澜"), False),
        (attrs.evolve(FIRST, tags=["a", "b"]), False),
        (attrs.evolve(FIRST, ref="2"), False),
        (attrs.evolve(FIRST, platform="other"), False),
        ({"type": "review", "platform": "demo", "ref": "1", "name": "云岫", "tags": ["a"]}, False),
        ({"name": "云岫"}, False),
    ],
)
def test_same_content_passes_once(second: Any, dropped: bool) -> None:
    deduper = pipeline()
    assert not drops(deduper, FIRST)
    assert drops(deduper, second) is dropped
    assert deduper.stats.get_value("dedupe/listing", 0) == int(dropped)
    assert deduper.stats.get_value("processed/deduplicator/dropped", 0) == int(dropped)


def test_an_earlier_part_does_not_come_again_after_a_later_one() -> None:
    deduper = pipeline()
    detail = attrs.evolve(FIRST, address="听澜大街1号")
    assert [drops(deduper, item) for item in (FIRST, detail, FIRST, detail)] == [False, False, True, True]


def test_nested_parts_and_rejected_items_count() -> None:
    deduper = pipeline()
    note = Note(platform="demo", ref="1", mentions=[Mention(name="a", evidence="tag", score=1.0)])
    other = attrs.evolve(note, mentions=[Mention(name="b", evidence="tag", score=1.0)])
    assert [drops(deduper, item) for item in (note, other, attrs.evolve(note))] == [False, False, True]
    bad = Review(platform="demo", ref="1")
    found = [drops(deduper, rejected("review", bad, reason)) for reason in ("empty", "no_x", "empty")]
    assert found == [False, False, True]
    assert deduper.stats.get_value("dedupe/quarantine") == 1


def test_lone_surrogates_are_no_trouble() -> None:
    assert not drops(pipeline(), attrs.evolve(FIRST, name="\ud800"))


def test_recent_keeps_the_latest() -> None:
    recent = Recent(100)
    assert all(recent.add(number) for number in range(1000))
    assert len(recent) <= 100
    assert not any(recent.add(number) for number in range(950, 1000))
    assert recent.add(5)


def test_what_is_asked_for_again_stays_known() -> None:
    recent = Recent(100)
    recent.add(7)
    for number in range(1000, 2000):
        recent.add(number)
        assert not recent.add(7)


def test_memory_of_a_content_is_bounded() -> None:
    numbers = Random(1)
    tracemalloc.start()
    recent = Recent(100_000)
    for _ in range(100_000):
        recent.add(numbers.getrandbits(60))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / len(recent) <= 100
