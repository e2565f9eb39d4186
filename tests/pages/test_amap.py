from typing import Any

import pytest

from travelcrawl.access.verdicts import Verdict
from travelcrawl.items import Listing, Offer
from travelcrawl.pages.amap import PoiPage

PLACE: dict[str, Any] = {"id": "B0FF", "name": "茶馆", "location": "104.08,30.65"}
TEXT = "https://restapi.amap.com/v5/place/text?region=510100"


def envelope(*places: Any, **more: Any) -> dict[str, Any]:
    return {"status": "1", "info": "OK", "infocode": "10000", "count": str(len(places)), "pois": list(places), **more}


@pytest.mark.parametrize(
    ("code", "name", "verdict", "ends_run"),
    [
        ("10001", "INVALID_USER_KEY", Verdict.FORBIDDEN, True),
        ("10003", "DAILY_QUERY_OVER_LIMIT", Verdict.RATE_LIMITED, True),
        ("10004", "ACCESS_TOO_FREQUENT", Verdict.RATE_LIMITED, False),
        ("10009", "USERKEY_PLAT_NOMATCH", Verdict.FORBIDDEN, True),
        ("10010", "IP_QUERY_OVER_LIMIT", Verdict.FORBIDDEN, True),
        ("10013", "USER_KEY_RECYCLED", Verdict.FORBIDDEN, True),
        ("10014", "QPS_HAS_EXCEEDED_THE_LIMIT", Verdict.RATE_LIMITED, False),
        ("10015", "GATEWAY_TIMEOUT", Verdict.RATE_LIMITED, False),
        ("10017", "RESOURCE_UNAVAILABLE", Verdict.SITE_DOWN, False),
        ("10021", "CUQPS_HAS_EXCEEDED_THE_LIMIT", Verdict.RATE_LIMITED, False),
        ("10044", "USER_DAILY_QUERY_OVER_LIMIT", Verdict.RATE_LIMITED, True),
        ("20000", "INVALID_PARAMS", Verdict.MALFORMED, False),
        ("20003", "UNKNOWN_ERROR", Verdict.MALFORMED, False),
        ("30001", "ENGINE_RESPONSE_DATA_ERROR", Verdict.SITE_DOWN, False),
        ("99999", "SOMETHING_NEW", Verdict.SOFT_BLOCKED, False),
    ],
)
def test_every_infocode_has_its_verdict(judged: Any, code: str, name: str, verdict: Verdict, ends_run: bool) -> None:
    judgement = judged("amap", {"info": name, "infocode": code, "status": "0"})

    assert (judgement.verdict, judgement.ends_run) == (verdict, ends_run)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"status": "0", "info": "INVALID_USER_KEY"}, Verdict.FORBIDDEN),
        ({"status": 0, "info": "ACCESS_TOO_FREQUENT"}, Verdict.RATE_LIMITED),
        ({"status": "1", "count": "0", "info": "OK", "infocode": "10000", "pois": []}, Verdict.EMPTY),
        ({"status": "1", "count": "0", "info": "OK", "geocodes": []}, Verdict.EMPTY),
        (envelope(PLACE), Verdict.OK),
        ([PLACE], Verdict.OK),
        ("<html><body>welcome</body></html>", Verdict.MALFORMED),
        ('{"status":"1","pois":[{"id":', Verdict.MALFORMED),
        (b"", Verdict.MALFORMED),
    ],
)
def test_verdict(judged: Any, answer: Any, verdict: Verdict) -> None:
    assert judged("amap", answer).verdict is verdict


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "1", "regeocode": {"formatted_address": "四川省", "pois": [], "aois": [], "roads": [{"id": "1"}]}},
        {
            "status": "1",
            "tips": [{"id": [], "name": "茶", "location": []}, {"id": "L1", "name": "1路", "location": []}],
        },
        {"status": "1", "count": "1", "geocodes": [{"location": "104.08,30.65", "adcode": "510104"}]},
        {"status": "1", "count": "1", "districts": [{"name": "成都市", "adcode": "510100", "center": "104.08,30.65"}]},
        {"status": "1", "pois": {"id": "B0FF"}},
        {"status": "1", "pois": [None, 1, "x", [], {}, {"id": []}, {"name": "茶馆"}]},
        [1, 2],
        [],
        "null",
        "<html></html>",
        b"\xff\xfe\x00",
    ],
)
def test_what_holds_no_place_gives_none(read: Any, answer: Any) -> None:
    assert read(PoiPage, answer).items == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"location": []}, {"source_lon": None, "datum": None}),
        ({"location": "abc,def"}, {"source_lon": None, "datum": None}),
        ({"location": "0,0"}, {"source_lon": None, "datum": None}),
        ({"location": "104.08,95"}, {"source_lat": None, "datum": None}),
        ({"tel": "028-1;028-2", "address": []}, {"phones": ["028-1", "028-2"], "address": None}),
        ({"biz_ext": [], "business": []}, {"source_rating": None, "rating_scale": None}),
        ({"business": {"rating": "4.5", "tel": ""}, "tel": "028-3"}, {"source_rating": "4.5", "phones": ["028-3"]}),
        (
            {"biz_ext": {"rating": [], "open_time": "09:00-17:00"}},
            {"source_rating": None, "opening_hours": "09:00-17:00"},
        ),
        ({"photos": [{"url": "http://a/1"}, {"url": []}, "x"]}, {"photos": ["http://a/1"]}),
        ({"parent": "B0AA", "alias": "甲|乙"}, {"parent": "B0AA", "aliases": ["甲", "乙"]}),
        ({"name": {"x": 1}, "type": 5}, {"name": None, "category": "5"}),
    ],
)
def test_fields(read: Any, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    (listing,) = read(PoiPage, envelope({**PLACE, **fields})).items

    assert {name: getattr(listing, name) for name in expected} == expected


@pytest.mark.parametrize(("cost", "amount"), [("68.00", "68.00"), ("0.00", None), ([], None), ("free", None)])
def test_what_is_spent_per_head(read: Any, cost: Any, amount: str | None) -> None:
    items = read(PoiPage, envelope({**PLACE, "biz_ext": {"cost": cost}})).items

    assert [item.amount for item in items if isinstance(item, Offer)] == ([amount] if amount else [])


def test_children_are_listings_in_part(read: Any) -> None:
    items = read(PoiPage, envelope({**PLACE, "children": [{"id": "B0CC", "name": "东门"}, {"name": "x"}, 3]})).items

    assert [(item.ref, item.parent) for item in items if isinstance(item, Listing)] == [
        ("B0FF", None),
        ("B0CC", "B0FF"),
    ]


@pytest.mark.parametrize(
    ("url", "found", "count", "following"),
    [
        (f"{TEXT}&page_num=1&page_size=2&key=secret", 2, "2", "2"),
        (f"{TEXT}&page_num=1&page_size=3", 2, "2", None),
        (f"{TEXT}&page_num=100&page_size=2", 2, "2", None),
        ("https://restapi.amap.com/v3/place/text?page=4&offset=2", 2, "431", "5"),
        ("https://restapi.amap.com/v3/place/text?page=2&offset=2", 2, "4", None),
        ("https://restapi.amap.com/v5/place/detail?id=B0FF", 2, "2", None),
        ("http://[", 2, "2", None),
        ("", 2, "431", None),
    ],
)
def test_next_page(read: Any, url: str, found: int, count: str, following: str | None) -> None:
    links = read(PoiPage, envelope(*[PLACE] * found, count=count), url).links

    assert [link.url.partition("page")[2].partition("=")[2].partition("&")[0] for link in links] == (
        [following] if following else []
    )
    assert not any("secret" in link.url for link in links)


NEAR = {"id": "B0FF", "name": "茶馆", "type": "餐饮服务;茶艺馆;茶艺馆", "tel": [], "distance": "3.1", "location": "104.08,30.65",
        "address": "云上路1号"}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "refs"),
    [
        ({"status": "1", "regeocode": {"pois": [NEAR], "aois": []}}, ["B0FF"]),
        (
            {"status": "1", "regeocodes": [{"pois": [NEAR], "aois": []}, {"pois": [{**NEAR, "id": "B2"}]}]},
            ["B0FF", "B2"],
        ),
        ({"status": "1", "tips": [{"id": [], "name": "茶", "location": []}, NEAR]}, ["B0FF"]),
        ({"info": "OK", "poiList": {"pois": [{**NEAR, "location": {"lng": 104.08, "lat": 30.65}}]}}, ["B0FF"]),
    ],
)
def test_places_that_other_answers_hold(read: Any, answer: Any, refs: list[str]) -> None:
    listings = read(PoiPage, answer).items

    assert [listing.ref for listing in listings] == refs
    assert {(one.source_lon, one.source_lat, one.datum, one.address) for one in listings} == {
        (104.08, 30.65, "GCJ-02", "云上路1号")
    }


def test_an_area_near_a_point_has_the_code_of_its_kind(read: Any) -> None:
    area = {
        "id": "B0A",
        "name": "云上公园",
        "adcode": "510104",
        "location": "104.1,30.6",
        "area": "120",
        "type": "110101",
    }

    (listing,) = read(PoiPage, {"status": "1", "regeocode": {"pois": [], "aois": [area]}}).items

    assert (listing.category, listing.category_code, listing.adcode) == (None, "110101", "510104")


@pytest.mark.parametrize("first", ["parent", "child"])
def test_a_child_that_is_in_the_list_itself_comes_once(read: Any, first: str) -> None:
    child = {"id": "B0C", "name": "云上公园东门", "location": "104.1,30.6"}
    places = [{**PLACE, "children": [child]}, {**child, "type": "通行设施;通行设施;门"}]

    listings = read(PoiPage, envelope(*(places if first == "parent" else places[::-1]))).items

    assert sorted((one.ref, one.parent, one.category) for one in listings) == [
        ("B0C", "B0FF", "通行设施;通行设施;门"),
        ("B0FF", None, None),
    ]
