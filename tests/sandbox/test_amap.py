from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import World, build_world
from sandbox.compare import metres
from sandbox.http import Reply, Request
from sandbox.platforms.amap import CAP, KEY, Amap
from travelcrawl.geo.datum import convert

V5, V3 = "https://restapi.amap.com/v5/place", "https://restapi.amap.com/v3/place"
CHENGDU = f"types=110000&region=510100&city_limit=true&key={KEY}"

Ask = Callable[..., Reply]


def data(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


@pytest.mark.parametrize(
    ("address", "infocode"),
    [
        (f"{V5}/text?types=110000", "10001"),
        (f"{V5}/text?types=110000&key=ffffffffffffffffffffffffffffffff", "10001"),
        (f"{V5}/txet?types=110000&key={KEY}", "10002"),
        (f"{V5}/text?key={KEY}", "20001"),
        (f"{V5}/around?key={KEY}", "20001"),
        (f"{V5}/around?location=nowhere&key={KEY}", "20000"),
        (f"{V5}/polygon?polygon=1&key={KEY}", "20000"),
        (f"{V5}/detail?key={KEY}", "20001"),
        (f"{V5}/text?{CHENGDU}&page_size=26", "20000"),
        (f"{V5}/text?{CHENGDU}&page_size=five", "20000"),
        (f"{V3}/text?types=110000&page=101&key={KEY}", "20000"),
    ],
)
def test_refusals_come_with_status_200(ask: Ask, address: str, infocode: str) -> None:
    answer = data(ask(Amap, address))
    assert (answer["status"], answer["infocode"]) == ("0", infocode)


def test_v5_shows_what_was_asked_for(ask: Ask) -> None:
    bare = data(ask(Amap, f"{V5}/text?{CHENGDU}&page_size=1"))
    full = data(ask(Amap, f"{V5}/text?{CHENGDU}&page_size=1&show_fields=business,photos,navi,children"))
    assert bare["count"] == "1"
    assert not {"business", "photos", "navi", "children"} & set(bare["pois"][0])
    assert {"business", "photos", "navi", "children"} <= set(full["pois"][0])


def test_v3_writes_empty_lists_for_empty_texts_and_counts_the_whole(ask: Ask, world: World) -> None:
    answer = data(ask(Amap, f"{V3}/text?types=110000&city=310000&citylimit=true&extensions=all&key={KEY}&offset=25"))
    sights = [one for one in world.shelves["amap"].listings if one.place.sort == "sight" and one.adcode[:2] == "31"]
    assert answer["count"] == str(len(sights))
    assert all(poi["parent"] == [] and poi["biz_ext"]["cost"] == [] for poi in answer["pois"])
    assert any(poi["tel"] == [] for poi in answer["pois"])
    assert all(isinstance(poi["location"], str) for poi in answer["pois"])


def test_paging_gives_every_thing_once_at_its_point_in_gcj02(ask: Ask, world: World) -> None:
    found: dict[str, dict[str, Any]] = {}
    for number in range(1, 9):
        answer = data(ask(Amap, f"{V5}/text?{CHENGDU}&page_size=5&page_num={number}"))
        assert not found.keys() & {poi["id"] for poi in answer["pois"]}
        found |= {poi["id"]: poi for poi in answer["pois"]}
    sights = {
        one.ref: one for one in world.shelves["amap"].listings if one.place.sort == "sight" and one.adcode[:4] == "5101"
    }
    assert set(found) == set(sights)
    for ref, poi in found.items():
        lon, lat = (float(part) for part in poi["location"].split(","))
        off = metres((sights[ref].lon, sights[ref].lat), convert(lon, lat, "GCJ-02", "WGS-84"))
        assert off is not None
        assert off < 0.2


@pytest.mark.parametrize("region", ["510104", "锦江区"])
def test_a_district_is_a_region(ask: Ask, world: World, region: str) -> None:
    answer = data(ask(Amap, f"{V5}/text?types=050000&region={region}&city_limit=true&page_size=25&key={KEY}"))
    there = [one for one in world.shelves["amap"].listings if one.adcode == "510104" and one.place.sort == "restaurant"]
    assert {poi["id"] for poi in answer["pois"]} == {one.ref for one in there}


def test_without_a_limit_the_region_only_comes_first(ask: Ask) -> None:
    pois = data(ask(Amap, f"{V3}/text?types=100000&city=028&offset=25&key={KEY}"))["pois"]
    inside = [poi["cityname"] == "成都市" for poi in pois]
    assert inside == sorted(inside, reverse=True)
    assert True in inside
    assert False in inside


def test_circle_polygon_and_detail_find_a_thing_where_it_is(ask: Ask, world: World) -> None:
    listing = world.shelves["amap"].listings[0]
    lon, lat = convert(listing.lon, listing.lat, "WGS-84", "GCJ-02")
    near = data(ask(Amap, f"{V5}/around?location={lon:.6f},{lat:.6f}&radius=1500&page_size=25&key={KEY}"))["pois"]
    assert near[0]["id"] == listing.ref
    assert [int(poi["distance"]) for poi in near] == sorted(int(poi["distance"]) for poi in near)
    box = f"{lon - 0.001:.6f},{lat - 0.001:.6f}|{lon + 0.001:.6f},{lat + 0.001:.6f}"
    triangle = f"{lon - 0.001},{lat - 0.001}|{lon + 0.001},{lat - 0.001}|{lon},{lat + 0.002}"
    for area in (box, triangle):
        assert listing.ref in {poi["id"] for poi in data(ask(Amap, f"{V3}/polygon?polygon={area}&key={KEY}"))["pois"]}
    assert data(ask(Amap, f"{V3}/detail?id={listing.ref}&key={KEY}"))["pois"][0]["name"] == listing.name


def test_a_query_gives_no_more_than_the_cap() -> None:
    dialect = Amap(build_world(7, 2400))
    found: set[str] = set()
    for number in range(1, 20):
        target = f"/v3/place/text?types=110000&city=510100&citylimit=true&offset=25&page={number}&key={KEY}"
        answer = data(dialect.answer(Request(host="restapi.amap.com", target=target)))
        assert int(answer["count"]) > CAP
        found |= {poi["id"] for poi in answer["pois"]}
    assert len(found) == CAP
