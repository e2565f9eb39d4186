from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import World
from sandbox.compare import metres
from sandbox.http import Reply
from sandbox.platforms.ctrip import Ctrip
from travelcrawl.geo.datum import convert

Ask = Callable[..., Reply]
SOA = "https://m.ctrip.com/restapi/soa2"
DATUMS = {"WGS84": "WGS-84", "GCJ02": "GCJ-02", "BD09": "BD-09"}


def post(ask: Ask, path: str, body: Any) -> dict[str, Any]:
    reply = ask(Ctrip, f"{SOA}/{path}", method="POST", body=json.dumps(body).encode())
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


def test_a_district_is_listed_in_pages_in_the_datum_each_card_names(ask: Ask, world: World) -> None:
    cards: list[dict[str, Any]] = []
    for index in range(1, 9):
        answer = post(ask, "18109/json/getAttractionList", {"districtId": 2, "index": index, "count": 4})
        cards += [one["card"] for one in answer["attractionList"]]
        if not answer["hasMore"]:
            break
    sights = {
        one.ids["poi"]: one for one in world.shelves["ctrip"].listings if one.adcode[:2] == "31" and "poi" in one.ids
    }
    assert len(cards) == answer["totalCount"] == len(sights)
    assert {card["coordinate"]["coordinateType"] for card in cards} > {"WGS84"}
    for card in cards:
        sight, place = sights[str(card["poiId"])], card["coordinate"]
        point = convert(place["longitude"], place["latitude"], DATUMS[place["coordinateType"]], "WGS-84")
        off = metres((sight.lon, sight.lat), point)
        assert off is not None
        assert off < 0.2
        assert f"/{sight.ref}.html" in card["detailUrl"]
        assert card.get("price") == sight.price


@pytest.mark.parametrize("body", [{}, {"districtId": "x"}, {"districtId": 2, "count": 50}, "rubbish"])
def test_a_wrong_question_gets_no_sights(ask: Ask, body: Any) -> None:
    answer = post(ask, "18109/json/getAttractionList", body)
    assert answer["ResponseStatus"]["Ack"] == "Failure"
    assert answer["attractionList"] == []


def test_reviews_come_by_poi_or_resource_and_carry_stamps(ask: Ask, world: World) -> None:
    review = world.shelves["ctrip"].reviews[0]
    sight = next(one for one in world.shelves["ctrip"].listings if one.ref == review.about_ref)
    about = [one for one in world.shelves["ctrip"].reviews if one.about_ref == sight.ref]
    for named in ({"poiId": sight.ids["poi"]}, {"resourceId": int(sight.ref), "resourceType": 11}):
        answer = post(ask, "13444/json/getCommentCollapseList", {"arg": {**named, "pageIndex": 1, "pageSize": 10}})
        assert answer["code"] == 200
        assert answer["result"]["totalCount"] == len(about)
        first = answer["result"]["items"][0]
        assert first["content"] == review.text
        assert first["publishTime"] == f"/Date({int(review.published_at.timestamp())}000+0800)/"
    beyond = post(ask, "13444/json/getCommentCollapseList", {"arg": {"poiId": sight.ids["poi"], "pageIndex": 301}})
    assert beyond["result"]["items"] == []
    assert "result" not in post(ask, "13444/json/getCommentCollapseList", {"arg": {"poiId": 1}})


def test_the_old_list_says_one_place_in_three_datums(ask: Ask) -> None:
    answer = post(ask, "10159/json/getsightinfolistforapp670", {"DistrictId": 104, "Count": 5, "PageIndex": 2})[
        "Result"
    ]
    assert (answer["DistrictPinYin"], len(answer["SightInfoList"])) == ("chengdu", 5)
    for sight in answer["SightInfoList"]:
        true = (sight["Lng"], sight["Lat"])
        for name, datum in (("GDCoord", "GCJ-02"), ("BCoord", "BD-09")):
            off = metres(true, convert(sight[name]["Lng"], sight[name]["Lat"], datum, "WGS-84"))
            assert off is not None
            assert off < 0.3
    assert post(ask, "10159/json/getsightinfolistforapp670", {"DistrictId": 99})["Result"] is None


def test_search_finds_districts_and_sights(ask: Ask, world: World) -> None:
    found = post(ask, "30668/search?action=online", {"keyword": "成都"})["data"]
    assert found[0] == found[0] | {"type": "district", "id": 104}
    name = world.shelves["ctrip"].listings[0].name
    assert any(one["word"] == name for one in json.loads(ask(Ctrip, f"{SOA}/26872/search?keyword={name}").body)["data"])
    assert post(ask, "30668/search", {"keyword": ""})["data"] == []


def test_pages_hold_what_the_services_want(ask: Ask, world: World) -> None:
    sight = next(one for one in world.shelves["ctrip"].listings if "poi" in one.ids)
    city = sight.place.city
    page = ask(Ctrip, f"https://you.ctrip.com/sight/{city.pinyin}{city.ctrip}/{sight.ref}.html").body.decode()
    assert re.search(r'"poiId":\s*(\d+)', page)[1] == sight.ids["poi"]  # type: ignore[index]
    listed = ask(Ctrip, f"https://you.ctrip.com/sight/{city.pinyin}{city.ctrip}.html").body.decode()
    assert re.search(r"/sight/\w+/\d+\.html", listed)
    assert ask(Ctrip, f"https://you.ctrip.com/sight/beijing1/{sight.ref}.html").status == 404
    assert ask(Ctrip, "https://you.ctrip.com/sight/beijing1/s0-p3.html").status == 404
    assert ask(Ctrip, "https://you.ctrip.com/robots.txt").status == 404


def test_hotels_are_linked_from_their_list_and_keep_their_state(ask: Ask, world: World) -> None:
    hotel = next(one for one in world.shelves["ctrip"].listings if one.ref.startswith("hotel-"))
    number = hotel.ref.removeprefix("hotel-")
    city = hotel.place.city.ctrip
    assert f"/hotels/{number}.html" in ask(Ctrip, f"https://hotels.ctrip.com/hotels/list?city={city}").body.decode()
    page = ask(Ctrip, f"https://hotels.ctrip.com/hotels/{number}.html").body.decode()
    state = json.loads(re.search(r"window\.IBU_HOTEL=(.*?);</script>", page)[1])  # type: ignore[index]
    assert state["initData"]["base"]["hotelName"] == hotel.name
    assert ask(Ctrip, "https://hotels.ctrip.com/hotels/1.html").status == 404
