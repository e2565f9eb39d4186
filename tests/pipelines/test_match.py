"""Matching beside a crawl: all crawls of a process share one, and the last finishes what waits."""

import asyncio
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from tests.servers import PostgresServer
from tests.stores.matching import world_listings
from tests.waiting import until
from travelcrawl.errors import UsageError
from travelcrawl.geo.datum import GCJ02, WGS84, convert
from travelcrawl.items import Listing
from travelcrawl.pipelines import match
from travelcrawl.pipelines.match import Matching, MatchPipeline, share_of
from travelcrawl.pipelines.store import StorePipeline
from travelcrawl.stores.factory import reader_for
from travelcrawl.stores.matchmaker import Matchmaker


@pytest.fixture(params=["geopackage", "postgis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "geopackage":
        return str(tmp_path / "travel.gpkg")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database("migrated")


class Crawl:
    """A spider's store and match pipelines, without an engine."""

    def __init__(self, where: str, share: str = "0") -> None:
        name = "TRAVELCRAWL_DATABASE_URL" if "://" in where else "TRAVELCRAWL_STORE"
        self.crawler: Crawler = get_crawler(Spider, {name: where, "TRAVELCRAWL_MATCH_SHARE": share})
        self.crawler.spider = Spider(name="demo")
        self.storing = StorePipeline.from_crawler(self.crawler)
        self.matching = MatchPipeline.from_crawler(self.crawler)

    async def begin(self, *items: Listing) -> None:
        await self.storing.open_spider()
        self.matching.open_spider()
        for item in items:
            await self.storing.process_item(item)

    async def end(self, reason: str = "finished") -> dict[str, Any]:
        await self.storing.close_spider()
        await asyncio.gather(self.matching.spider_closed(reason), self.storing.spider_closed(reason=reason))
        assert self.crawler.stats
        return self.crawler.stats.get_stats()


def placed(where: str) -> int:
    with reader_for(where) as reader:
        return reader.count("links")


LISTINGS = [listing for listing, _ in world_listings()]


async def test_what_is_stored_is_in_places_when_the_crawl_has_ended(where: str) -> None:
    crawl = Crawl(where)
    await crawl.begin(*LISTINGS)
    stats = await crawl.end()
    assert stats["match/moved"] == placed(where) == len(LISTINGS)
    assert stats["match/decision/same"] > 20
    assert stats["match/seconds"] > 0
    again = Crawl(where)
    await again.begin(*LISTINGS)
    assert "match/moved" not in await again.end()


async def test_a_crawl_that_is_shut_down_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    crawl = Crawl(where)
    await crawl.begin(*LISTINGS[:40])
    await crawl.end("shutdown")
    assert placed(where) == 0
    following = Crawl(where)
    await following.begin()
    await following.end()
    assert placed(where) == 40


async def test_it_does_not_go_on_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(match, "GIVE_UP", 0.0)
    where = str(tmp_path / "travel.gpkg")
    crawl = Crawl(where)
    await crawl.begin(*LISTINGS)
    await crawl.end()
    assert "what waits still is matched later" in caplog.text
    assert placed(where) < len(LISTINGS)


async def test_it_matches_while_the_crawl_goes_on(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "IDLE", 0.01)
    monkeypatch.setattr(match, "PATIENCE", 0.1)
    crawl = Crawl(where, "0.9")
    await crawl.begin(*LISTINGS)
    await crawl.storing.store.flush()  # type: ignore[union-attr]
    await until(lambda: crawl.matching.stats.get_value("match/moved", 0) >= len(LISTINGS))
    await crawl.end()
    assert placed(where) == len(LISTINGS)


async def test_the_last_crawl_of_a_process_finishes_for_all(tmp_path: Path) -> None:
    where = str(tmp_path / "travel.gpkg")
    first, second = Crawl(where), Crawl(where)
    await first.begin(*LISTINGS[:30])
    await second.begin(*LISTINGS[30:60])
    assert "match/moved" not in await first.end()
    assert placed(where) == 0
    assert (await second.end())["match/moved"] == placed(where) == 60
    # One whole file is left.
    assert os.listdir(tmp_path) == ["travel.gpkg"]  # noqa: PTH208 (no Path in a coroutine)
    with closing(sqlite3.connect(where)) as connection:
        extent = connection.execute("SELECT min_x FROM gpkg_contents WHERE table_name = 'places'").fetchone()
    assert extent[0] is not None


async def test_a_wrong_datum_is_said_and_measured(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    crawl = Crawl(str(tmp_path / "travel.gpkg"))
    await crawl.begin(*(_shifted(one) if one.platform == "ctrip" else one for one, _ in world_listings(960)))
    with caplog.at_level(logging.WARNING):
        stats = await crawl.end()
    assert 300 < stats["datum/offset/amap/ctrip"] < 600
    assert stats["datum/offset/amap/mafengwo"] < 50
    assert "wrong datum? ctrip: the pins in 上海 lie" in caplog.text
    assert "likely GCJ-02 taken as WGS-84" in caplog.text


def _shifted(listing: Listing) -> Listing:
    lon, lat = convert(listing.lon or 0.0, listing.lat or 0.0, WGS84, GCJ02)
    return attrs.evolve(listing, lon=lon, lat=lat)


async def test_a_store_that_cannot_be_used_is_said_and_ends_no_crawl(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "travel.gpkg"
    crawl = Crawl(str(path))
    await crawl.begin(*LISTINGS[:5])
    await crawl.storing.close_spider()
    await crawl.storing.spider_closed(reason="finished")
    path.write_bytes(b"rubbish" * 99)
    await crawl.matching.spider_closed("finished")
    assert (
        f"{path} is no GeoPackage; move it away or give another path; what waits to be matched is matched later"
        in caplog.text
    )


async def test_a_fault_of_ours_ends_no_crawl(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Matchmaker, "step", fail)
    monkeypatch.setattr(match, "TROUBLED", 0.01)
    crawl = Crawl(str(tmp_path / "travel.gpkg"), "0.5")
    await crawl.begin(LISTINGS[0])
    await asyncio.sleep(0.5)
    await crawl.end()
    assert caplog.text.count("matching stopped on a fault of its own; what waits is matched later") == 2


async def test_it_rests_so_long_that_its_share_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise asyncio.CancelledError

    async def step(self: Matching, _: float) -> bool:
        self.seconds += 0.2
        return len(slept) < 2

    matching = Matching(str(tmp_path / "travel.gpkg"), 0)
    matching.share = 0.1
    monkeypatch.setattr(Matching, "_step", step)
    monkeypatch.setattr(match.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await matching._along()
    assert slept == pytest.approx([1.8, 1.8, 2.0])


async def test_a_store_that_did_not_open_is_not_waited_for(tmp_path: Path) -> None:
    crawl = Crawl(str(tmp_path / "travel.gpkg"))
    async with asyncio.timeout(5):
        await crawl.matching.spider_closed("finished")
        crawl.matching.open_spider()
        await crawl.matching.spider_closed("finished")


@pytest.mark.parametrize(("said", "share"), [("0", 0.0), ("0.1", 0.1), ("0.9", 0.9)])
def test_share(said: str, share: float) -> None:
    assert share_of(said) == share


@pytest.mark.parametrize("said", ["much", "-1", "1", "nan", ""])
def test_a_wrong_share_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match=r"TRAVELCRAWL_MATCH_SHARE must be a number from 0 to 0\.9, or off"):
        share_of(said)


def test_it_is_off_where_it_is_said_to_be() -> None:
    with pytest.raises(NotConfigured):
        MatchPipeline.from_crawler(get_crawler(Spider, {"TRAVELCRAWL_MATCH_SHARE": " Off "}))
