import asyncio
import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from travelcrawl.errors import StoreError
from travelcrawl.items import Listing, Mention, Note, Review
from travelcrawl.pipelines.authors import AuthorHash
from travelcrawl.pipelines.base import rejected
from travelcrawl.pipelines.store import MOST_STATS, StorePipeline, outcome_of
from travelcrawl.stores.base import GroupCommit, Record, Run, Store
from travelcrawl.stores.durable import store_of
from travelcrawl.stores.factory import reader_for


class FakeStore(Store):
    """Keeps what it is given; ``broken`` makes every commit fail."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__(GroupCommit(seconds=0.01, retry=0.01, give_up=0.05))
        self.broken = broken
        self.records: list[Record] = []
        self.run: Run | None = None
        self.outcome: Mapping[str, Any] = {}

    async def _open(self, run: Run) -> None:
        self.run = run

    async def _write(self, batch: list[Record]) -> Mapping[str, int]:
        if self.broken:
            raise StoreError("the disk is full")
        self.records += batch
        return {"listings/new": len(batch)}

    async def _close(self, outcome: Mapping[str, Any]) -> None:
        self.outcome = outcome


class Engine:
    """Notes why the crawl is to end."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)


def pipeline_over(store: Store) -> StorePipeline:
    crawler = get_crawler(Spider)
    crawler.spider = Spider(name="demo")
    crawler.spider.arguments = {"city": "成都"}  # type: ignore[attr-defined]
    crawler.engine = Engine()  # type: ignore[assignment]
    return StorePipeline(crawler, lambda: store)


LISTING = Listing(platform="demo", ref="1", name="云岫")
NOTE = Note(platform="demo", ref="2", mentions=[Mention(name="云岫", evidence="tag", score=1.0)])


async def test_records_reach_the_store_and_items_go_on() -> None:
    store = FakeStore()
    pipeline = pipeline_over(store)
    await pipeline.open_spider()
    assert store_of(pipeline.crawler) is store
    foreign = {"type": "listing", "platform": "demo", "ref": "3", "name": "听澜"}
    bad = rejected("offer", {"type": "offer", "platform": "demo", "ref": "4"}, "no_amount")
    for item in (LISTING, NOTE, foreign, bad, {"unknown": 1}):
        assert await pipeline.process_item(item) is item
    await pipeline.close_spider()
    assert store.committed == 4
    await pipeline.spider_closed(reason="finished")
    listing, note, third, quarantined = store.records
    assert (listing["type"], listing["name"], third) == ("listing", "云岫", foreign)
    assert note["mentions"] == NOTE.mentions
    assert quarantined == {
        "type": "quarantine",
        "item_type": "offer",
        "platform": "demo",
        "ref": "4",
        "reasons": ["no_amount"],
        "item": {"platform": "demo", "ref": "4"},
        "seen_at": None,
    }
    assert store.run is not None
    assert (store.run.platform, store.run.arguments, store.run.started_at.tzinfo is None) == (
        "demo",
        {"city": "成都"},
        False,
    )
    assert store.outcome == {"reason": "finished", "stats": {"processed/store/success": 4}}
    assert pipeline.stats.get_stats() == {"processed/store/success": 4, "store/unknown": 1, "store/listings/new": 4}


async def test_an_author_in_clear_is_not_stored() -> None:
    store = FakeStore()
    pipeline = pipeline_over(store)
    await pipeline.open_spider()
    for author in ("旅行者", AuthorHash("ab" * 16), None):
        await pipeline.process_item(Review(platform="demo", ref="1", author=author))
    await pipeline.close_spider()
    await pipeline.spider_closed(reason="finished")
    assert [record["author"] for record in store.records] == [None, "ab" * 16, None]
    assert pipeline.stats.get_value("store/author_withheld") == 1


async def test_process_item_does_not_wait_for_commits() -> None:
    store = FakeStore(broken=True)
    pipeline = pipeline_over(store)
    await pipeline.open_spider()
    for _ in range(100):
        await asyncio.wait_for(pipeline.process_item(LISTING), 1)
    assert (store.accepted, store.committed) == (100, 0)
    await pipeline.close_spider()
    await pipeline.spider_closed(reason="finished")


async def test_what_could_not_be_stored_is_said(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore(broken=True)
    pipeline = pipeline_over(store)
    await pipeline.open_spider()
    await pipeline.process_item(LISTING)
    with caplog.at_level(logging.WARNING):
        await pipeline.close_spider()
        await pipeline.spider_closed(reason="finished")
    assert pipeline.stats.get_value("store/uncommitted") == 1
    assert "the disk is full; 1 records were not stored" in caplog.text
    assert store.outcome["reason"] == "finished"


async def test_a_store_that_has_failed_ends_the_crawl_once(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    pipeline = pipeline_over(store)
    await pipeline.open_spider()
    store.failure = StoreError("the file is damaged")
    for _ in range(3):
        assert await pipeline.process_item(LISTING) is LISTING
    await asyncio.sleep(0)
    assert pipeline.crawler.engine.reasons == ["store_stopped"]  # type: ignore[union-attr]
    assert pipeline.stats.get_value("processed/store/failed") == 3
    assert caplog.text.count("the crawl ends here") == 1
    await pipeline.close_spider()
    await pipeline.spider_closed(reason="store_stopped")


async def test_a_store_that_does_not_open_needs_no_closing() -> None:
    class Shut(FakeStore):
        async def _open(self, run: Run) -> None:
            raise StoreError("no room")

    pipeline = pipeline_over(Shut())
    with pytest.raises(StoreError, match="no room"):
        await pipeline.open_spider()
    await pipeline.close_spider()
    await pipeline.spider_closed(reason="shutdown")


def test_outcome_is_bounded_and_plain() -> None:
    stats = {f"verdict/{number}": number for number in range(500)} | {"start_time": object(), "item_scraped_count": 5}
    kept = outcome_of({**stats, "item_odd": object()})
    assert len(kept) == MOST_STATS
    assert kept["item_scraped_count"] == 5
    assert "start_time" not in kept


def test_it_builds_the_store_of_the_settings(tmp_path: Path) -> None:
    crawler = get_crawler(Spider, {"TRAVELCRAWL_STORE": str(tmp_path / "a.gpkg")})
    assert isinstance(StorePipeline.from_crawler(crawler).make_store(), Store)


CRAWL = """
import sys
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from travelcrawl.items import Listing, Offer, Review

class Demo(Spider):
    name = "demo"
    async def start(self):
        for _ in range(2):
            yield Listing(platform="demo", ref="1", name="云岫博物馆", city="成都", source_lon=104.05, source_lat=30.65, datum="GCJ-02")
        yield Review(platform="demo", ref="r", about_ref="1", author="旅行者", text="很好", published_at="3天前")
        yield Offer(platform="demo", ref="1", what="ticket", amount="暂无")
        yield {"foreign": 1}

process = AsyncCrawlerProcess({
    "ITEM_PIPELINES": {f"travelcrawl.pipelines.{name.lower()}.{name}Pipeline": at for at, name in
                       enumerate(("Clean", "Enhance", "Validate", "Dedupe", "Store"))},
    "TRAVELCRAWL_STORE": sys.argv[1], "SECRET_KEY": "secret", "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "WARNING",
})
process.crawl(Demo)
process.start()
"""


def test_a_crawl_of_another_project_ends_in_the_store(tmp_path: Path) -> None:
    path = tmp_path / "travel.gpkg"
    run = subprocess.run(
        [sys.executable, "-c", CRAWL, str(path)], check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    with reader_for(path) as reader:
        (listing,) = reader.read("listings")
        (review,) = reader.read("reviews")
        (bad,) = reader.read("quarantine")
        (noted,) = reader.read("runs")
    assert (listing["adcode"], listing["category_class"], listing["city"]) == ("510100", "museum", "成都市")
    assert listing["h3"] is not None
    assert len(review["author"]) == 32
    assert (bad["item_type"], bad["reasons"]) == ("offer", ["no_amount"])
    assert noted["outcome"]["reason"] == "finished"
    assert noted["outcome"]["stats"]["dedupe/listing"] == 1
    assert "旅行者".encode() not in path.read_bytes()
