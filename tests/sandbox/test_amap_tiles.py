"""What Amap cuts off at 200 records is asked in smaller areas until nothing is cut off."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from web_poet import HttpResponse, PageParams

from sandbox import World
from sandbox.http import Request
from sandbox.platforms.amap import KEY, Amap
from sandbox.server import Options, Server
from sandbox.web import Web
from tests import programs
from tests.sandbox.dense import CITY, TYPE, dense_world
from travelcrawl.items import Area, Link, SearchPage
from travelcrawl.pages.amap_parts import Search
from travelcrawl.pages.base import pages_of

CROWDS = {"510104": 1_100, "510105": 230, "510106": 90, "510181": 20, "310101": 150}


async def crawl(world: World, seed: Link) -> tuple[Counter[str], Counter[str], int]:
    """Follow all links over the dialect: what was found how often, what was counted, and the requests."""
    dialect, pages = Amap(world), pages_of("amap")
    waiting, seen = [seed], set[tuple[str, str]]()
    found, counts = Counter[str](), Counter[str]()
    while waiting:
        link = waiting.pop()
        if (link.url, str(link.params) if link.again else "") in seen:
            continue
        seen.add((link.url, str(link.params) if link.again else ""))
        target = link.url.removeprefix("https://restapi.amap.com") + f"&key={KEY}"
        body = dialect.answer(Request(host="restapi.amap.com", target=target)).body
        response = HttpResponse(url=link.url, body=body)
        result: Any = await pages[link.page](response=response, params=PageParams(link.params)).to_item()
        assert isinstance(result, SearchPage)
        found.update(item.ref for item in result.items)
        counts.update([result.count] if result.count else [])
        waiting += result.links
    return found, counts, len(seen)


def of_city(world: World, prefix: str = "5101") -> set[str]:
    return {
        one.ref
        for one in world.shelves["amap"].listings
        if one.adcode.startswith(prefix) and one.place.kind.amap_code == TYPE
    }


async def test_a_dense_city_is_found_whole_and_nothing_of_its_neighbours() -> None:
    world = dense_world(CROWDS)
    found, counts, asked = await crawl(world, Search(types=TYPE, city=CITY).link)
    assert set(found) == of_city(world)
    assert len(found) == 1_440
    assert counts.keys() == {"tiles/city_split", "tiles/district_split", "tiles/split"}
    assert counts["tiles/district_split"] == 2
    assert asked < 300


async def test_what_is_not_cut_off_is_asked_once() -> None:
    world = dense_world({"510104": 199})
    found, counts, asked = await crawl(world, Search(types=TYPE, city=CITY).link)
    assert (len(found), counts, asked) == (199, Counter(), 8)


async def test_a_keyword_is_split_like_a_type() -> None:
    world = dense_world({"510104": 450})
    found, _, _ = await crawl(world, Search(keywords="虚构园", city=CITY).link)
    assert set(found) == of_city(world)


async def test_a_spot_that_is_too_dense_is_counted_and_ends() -> None:
    found, counts, _ = await crawl(dense_world({"510104": 300}, spread=3.0), Search(types=TYPE, city=CITY).link)
    assert counts["tiles/too_dense"] >= 1
    assert 200 <= len(found) < 300


async def test_without_a_city_there_is_nothing_to_split() -> None:
    found, counts, _ = await crawl(dense_world(CROWDS), Search(types=TYPE).link)
    assert len(found) == 200
    assert counts == Counter({"tiles/no_area": 1})


async def test_a_district_whose_border_is_not_told_is_counted() -> None:
    params = Search(types=TYPE, city=CITY, district="510104").params
    response = HttpResponse(url="https://restapi.amap.com/v3/config/district", body=b'{"status":"1","districts":[{}]}')
    result = await pages_of("amap")["DistrictPage"](response=response, params=PageParams(params)).to_item()
    assert (result.links, result.count) == ([], "tiles/no_bounds")


@pytest.mark.parametrize("city", ["441900", "419001"])
def test_a_city_without_districts_is_split_at_once(city: str) -> None:
    links, count = Search(types=TYPE, city=city).narrower()
    assert [link.page for link in links] == ["DistrictPage"]
    assert f"keywords={city}" in links[0].url
    assert count == "tiles/city_split"


async def test_a_real_crawl_finds_them_all(tmp_path: Path) -> None:
    world = dense_world({"510104": 450, "510105": 90, "310101": 50})
    server = Server(Options(folder=tmp_path, seed=7, size=40, egresses=1))
    server.web = Web(world)
    record = await server.start()
    environment = {**os.environ, **record["env"], "SECRET_KEY": "of the test", "LOG_LEVEL": "WARNING"}
    try:
        done = await asyncio.to_thread(
            programs.run,
            *("-m", "scrapy", "crawl", "amap", "-a", "city=成都", "-a", "category=sight"),
            *("-s", f"TRAVELCRAWL_STORE={tmp_path / 'travel.gpkg'}", "-s", f"JOBDIR={tmp_path / 'frontier'}"),
            env=environment,
        )
    finally:
        await server.close()
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "travel.gpkg") as db:
        stored = {ref for (ref,) in db.execute("SELECT ref FROM listings")}
    db.close()
    sights = {one.ref for one in world.shelves["amap"].listings if one.place.sort == "sight"}
    assert stored == {one.ref for one in world.shelves["amap"].listings if one.adcode[:4] == "5101"} & sights


async def covered(world: World, seed: Link) -> list[Area]:
    """Follow all links over the dialect; return the areas that were listed whole."""
    dialect, pages = Amap(world), pages_of("amap")
    waiting, found = [seed], []
    while waiting:
        link = waiting.pop()
        target = link.url.removeprefix("https://restapi.amap.com") + f"&key={KEY}"
        body = dialect.answer(Request(host="restapi.amap.com", target=target)).body
        page = pages[link.page](response=HttpResponse(url=link.url, body=body), params=PageParams(link.params))
        result: Any = await page.to_item()
        waiting += result.links
        found += [area] if (area := page.covered()) else []
    return found


async def test_what_is_listed_whole_is_said_once_and_with_its_number() -> None:
    world = dense_world(CROWDS)
    since = "2026-11-22T08:00:00+00:00"
    whole = await covered(world, Search(types=TYPE, city=CITY, since=since).link)
    assert {area.since for area in whole} == {since}
    names = [area.tile for area in whole]
    assert len(set(names)) == len(names)
    by_name = {area.tile: area for area in whole}
    assert by_name[f"{TYPE}@510106"].listings == 90
    assert by_name[f"{TYPE}@510106"].adcode == "510106"
    assert f"{TYPE}@510104" not in by_name
    tiles = [area for area in whole if area.west is not None]
    assert {area.adcode for area in tiles} == {"5101"}
    assert sum(area.listings or 0 for area in tiles) >= 1_330
    assert all((area.listings or 0) < 200 for area in whole)


@pytest.mark.parametrize(
    "search",
    [
        Search(types=TYPE, city=CITY),
        Search(types=TYPE, since="2026-11-22T08:00:00+00:00"),
        Search(types=TYPE, keywords="虚构园", city=CITY, since="2026-11-22T08:00:00+00:00"),
    ],
    ids=["no time", "no city", "keyword"],
)
async def test_what_was_not_all_asked_for_is_not_whole(search: Search) -> None:
    assert await covered(dense_world({"510104": 20}), search.link) == []
